"""Tags of the tokens that the model sees, put back on all tokens of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.workers.trainer.tiny import write_rows
from workers.contract.spec import JobSpec
from workers.contract.tags import Span
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.encoded import IGNORED
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.evaluate.spans import sureness
from workers.trainer.tasks.token_classification import Tagging, TokenClassification

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.tiny import Tiny

# None of these has a single piece: a variation selector, a space without width, an accent without a letter.
SELECTOR, NO_WIDTH, ACCENT = "\ufe0f", "\u200b", "\u0301"
ROWS = [
    (["I", "❤", SELECTOR, "Rome", "and", "Ada"], ["O", "O", "O", "B-place", "O", "B-person"]),
    ([NO_WIDTH, "Ada", ACCENT, "Lovelace", NO_WIDTH], ["O", "B-person", "I-person", "I-person", "O"]),
    (["Rome", SELECTOR, "Ada", NO_WIDTH, "Bob"], ["B-place", "O", "B-person", "O", "B-person"]),
    ([NO_WIDTH, SELECTOR], ["O", "O"]),
    (["Rome"] * 30, ["B-place"] * 30),
]


def test_answers_stay_on_their_tokens_when_the_model_does_not_see_some(tmp_path: Path, tiny_base: Tiny) -> None:
    write_rows(tmp_path / "train.jsonl", [{"tokens": tokens, "tags": tags} for tokens, tags in ROWS])
    spec = JobSpec.model_validate(
        {
            "base_model": tiny_base.info.slug,
            "data": {"train": "train.jsonl", "validation": "train.jsonl"},
            "task": {"type": "token_classification"},
        }
    )
    task = TokenClassification(spec)
    data, _ = task.read(spec, tmp_path)
    base = find_base(tiny_base.info.slug)
    encoded = task.encode(data.validation, data, Tokeniser(load_tokenizer(base.folder)), base, max_length=22)
    labels = encoded.beside["labels"]
    right = [labels.row(row)[labels.row(row) != IGNORED] for row in range(len(encoded))]
    said = Tagging(tags=right, probabilities=[0.1 * (1 + np.arange(len(tags))) for tags in right], loss=0.0)
    answered = task.tags_for_rows(said.tags, encoded, data.validation)
    likely = task.probabilities_for_rows(said, encoded, data.validation)
    assert likely[0].tolist() == pytest.approx([0.1, 0.2, np.nan, 0.3, 0.4, 0.5], nan_ok=True)
    spans = {0: Span("place", 3, 4), 1: Span("person", 1, 4), 3: None}
    asked = task.asking(encoded, answered, spans).beside["asked"]
    named = [[data.labels[number - 1] for number in asked.row(place) if number] for place in range(3)]
    assert named == [["B-place"], ["B-person", "I-person"], []]  # The model sees no accent.
    assert len(task.asking(encoded, answered, {})) == 0
    # An accent within a name is part of it; what is cut off is outside.
    assert [list(tags) for tags in answered] == [*(tags for _, tags in ROWS[:-1]), ["B-place"] * 20 + ["O"] * 10]


def test_rows_without_a_piece_are_not_trained_on_and_said(tmp_path: Path, tiny_base: Tiny) -> None:
    """Alone in a batch, such a row made the loss zero by zero."""
    write_rows(tmp_path / "train.jsonl", [{"tokens": tokens, "tags": tags} for tokens, tags in ROWS])
    spec = JobSpec.model_validate(
        {
            "base_model": tiny_base.info.slug,
            "data": {"train": "train.jsonl", "validation": "train.jsonl"},
            "task": {"type": "token_classification"},
        }
    )
    task = TokenClassification(spec)
    data, _ = task.read(spec, tmp_path)
    base = find_base(tiny_base.info.slug)
    encoded = task.encode(data.train, data, Tokeniser(load_tokenizer(base.folder)), base, max_length=22)
    assert all(task.units(encoded, np.array([row])) for row in range(len(encoded)))
    assert task.taught(encoded, data).origin.tolist() == [0, 1, 2, 4]
    (note,) = encoded.notes
    assert (note.code, note.params["count"], note.params["row"]) == ("data:no_trained_tokens", 1, 4)


def test_a_wrong_tagging_is_as_sure_as_its_surest_wrong_span() -> None:
    true = ["B-place", "I-place", "O", "B-person", "O"]
    found = ["B-place", "I-place", "B-place", "O", "O"]
    probabilities = np.array([1.0, np.nan, 0.7, 0.8, 1.0])
    assert sureness(true, found, probabilities) == 0.8
    assert sureness(true, true, probabilities) is None
    # A span is as sure as its tags on average, whatever was not seen of it; nothing can be said of one that was not seen at all.
    assert sureness(true, ["B-place", "O", "O", "B-person", "O"], probabilities) == 1
    assert sureness(["O", "B-place"], ["O", "O"], np.array([0.9, np.nan])) is None
