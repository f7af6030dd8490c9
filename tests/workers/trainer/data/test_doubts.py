"""What is said of rows that can be learnt from: here, what the tokenizer would not read as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.candidates import Candidate
from workers.trainer.data.doubts import special_tokens
from workers.trainer.data.read import Rows

if TYPE_CHECKING:
    from tests.workers.trainer.tiny import Tiny


def rows_of(**fields: tuple[Any, ...]) -> Rows:
    count = len(next(iter(fields.values())))
    return Rows("train", "train.jsonl", fields, tuple(range(1, count + 1)))


@pytest.mark.parametrize(
    ("base", "token", "fields"),
    [
        ("tiny-bert", "[SEP]", {"text": ("plain", "one [SEP] other", "my [MASK]"), "label": ("[CLS]", "a", "b")}),
        ("tiny-bert", "[MASK]", {"tokens": (("a", "b"), ("a", "[MASK]"), ("x[PAD]",))}),
        (
            "tiny-bert",
            "[CLS]",
            {
                "query": ("a", "b", "c"),
                "candidates": (
                    (Candidate("x", "[SEP]"),),
                    (Candidate("[CLS]", "1"), Candidate("y", "2")),
                    (Candidate("[SEP]", "1"),),
                ),
            },
        ),
        ("tiny-t5", "</s>", {"source": ("a", "b", "c </s>"), "target": ("[SEP]", "b</s>c", "c")}),
        ("tiny-bert", "[PAD]", {"anchor": ("a", "b", "c"), "negative": (None, "[PAD]", "[PAD]")}),
    ],
)
def test_rows_with_special_tokens_are_counted(
    tiny_base: Tiny, base: str, token: str, fields: dict[str, tuple[Any, ...]]
) -> None:
    (warning,) = special_tokens(rows_of(**fields), load_tokenizer(find_base(base).folder))
    assert warning.code == "data:special_tokens"
    assert warning.params == {"file": "train.jsonl", "count": 2, "row": 2, "token": token}


def test_texts_that_only_look_like_them_are_text(tiny_base: Tiny) -> None:
    rows = rows_of(text=("[sep]", "<b>bold</b>", "[SEPTEMBER]", "</s>"))
    assert special_tokens(rows, load_tokenizer(find_base("tiny-bert").folder)) == []
