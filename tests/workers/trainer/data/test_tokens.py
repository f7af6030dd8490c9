from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.tokens import Tokeniser

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.tiny import Tiny

TEXTS = ["my card is lost", "why", "the rate of the euro " * 30]
SECOND = ["it was stolen", "because " * 40, "no"]


def tokeniser(tiny: Tiny, cache: Path | None = None) -> Tokeniser:
    return Tokeniser(load_tokenizer(tiny.models_dir / "tiny-bert"), cache=cache)


def test_tokens_are_those_of_the_tokenizer(tiny: Tiny) -> None:
    found = tokeniser(tiny)
    tokens = found.texts(TEXTS)
    for row, text in enumerate(TEXTS):
        assert tokens.ids.row(row).tolist() == found.tokenizer(text)["input_ids"]


def test_cut_rows_keep_their_closing_token(tiny: Tiny) -> None:
    found = tokeniser(tiny)
    tokens = found.texts(TEXTS, max_length=16)
    expected = found.tokenizer(TEXTS, truncation=True, max_length=16)["input_ids"]
    assert [tokens.ids.row(row).tolist() for row in range(3)] == expected
    assert tokens.num_truncated == 1


def test_texts_that_are_cut_on_the_left_keep_their_ends(tiny: Tiny) -> None:
    found = Tokeniser(load_tokenizer(tiny.models_dir / "tiny-bert", truncation_side="left"))
    for second in (None, SECOND):
        tokens, whole = found.texts(TEXTS, second, max_length=16), found.texts(TEXTS, second)
        expected = found.tokenizer(TEXTS, second, truncation=True, max_length=16)["input_ids"]
        assert [tokens.ids.row(row).tolist() for row in range(3)] == expected
        lost = whole.ids.lengths - tokens.ids.lengths
        assert tokens.cuts.lost.values.tolist() == lost.tolist()
        (encoding,) = found.encodings([TEXTS[2] if second is None else (TEXTS[2], second[2])], max_length=16)
        assert encoding.ids == expected[2]
        assert encoding.offsets[-2][1] == len(TEXTS[2].rstrip() if second is None else second[2])
    # What repeats itself begins alike with what it has lost and without.
    assert found.texts(TEXTS, max_length=16).cuts.at.row(2).tolist() == [1]
    assert found.texts(TEXTS, SECOND, max_length=16).num_truncated == 2


def test_of_a_pair_the_longer_text_is_cut_and_types_tell_them_apart(tiny: Tiny) -> None:
    found = tokeniser(tiny)
    tokens = found.texts(TEXTS, SECOND, max_length=16)
    expected = found.tokenizer(TEXTS, SECOND, truncation="longest_first", max_length=16)
    for row in range(3):
        assert tokens.ids.row(row).tolist() == expected["input_ids"][row]
        assert tokens.types.row(row).tolist() == expected["token_type_ids"][row]
    assert tokens.num_truncated == 2
    assert set(tokens.types.row(0).tolist()) == {0, 1}


def test_second_time_comes_from_the_cache_unless_it_is_damaged(tiny: Tiny, tmp_path: Path) -> None:
    first = tokeniser(tiny, tmp_path).texts(TEXTS)
    (cached,) = tmp_path.iterdir()
    assert np.array_equal(tokeniser(tiny, tmp_path).texts(TEXTS).ids.values, first.ids.values)
    cached.write_bytes(b"damaged")
    assert np.array_equal(tokeniser(tiny, tmp_path).texts(TEXTS).ids.values, first.ids.values)
    tokeniser(tiny, tmp_path).texts(TEXTS[:2])
    assert len(list(tmp_path.iterdir())) == 2


def test_windows_hold_the_first_text_and_share_tokens_of_the_second(tiny: Tiny) -> None:
    found = tokeniser(tiny)
    (windows,) = found.windows(["why is it"], [" ".join(f"word{i}" for i in range(40))], max_length=24, overlap=5)
    assert len(windows) > 2
    parts = []
    for window in windows:
        assert len(window) <= 24
        assert [token for token, sequence in zip(window.tokens, window.sequence_ids, strict=True) if sequence == 0] == [
            "why",
            "is",
            "it",
        ]
        parts.append(
            [offset for offset, number in zip(window.offsets, window.sequence_ids, strict=True) if number == 1]
        )
    for before, after in pairwise(parts):
        assert before[-5:] == after[:5]
    assert parts[-1][-1][1] == len(" ".join(f"word{i}" for i in range(40)))
    assert found.texts(TEXTS).ids.row(0).tolist() == found.tokenizer(TEXTS[0])["input_ids"]


def test_texts_are_cut_at_the_end_of_a_token(tiny: Tiny) -> None:
    texts, num_cut = tokeniser(tiny).shortened(["my unbelievable card", "why"], most_tokens=3)
    assert texts == ["my un", "why"], "of un, ##be, ##li and more the second has no room"
    assert num_cut == 1
