from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.trainer.build import load_tokenizer
from workers.trainer.data.tokens import cut, tokenise

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.tiny import Tiny

TEXTS = ["my card is lost", "why", "the rate of the euro " * 30]


def test_tokens_are_those_of_the_tokenizer(tiny: Tiny) -> None:
    tokenizer = load_tokenizer(tiny.models_dir / "tiny-bert")
    tokens = tokenise(tokenizer.backend_tokenizer, TEXTS)
    for row, text in enumerate(TEXTS):
        assert tokens.ids[tokens.offsets[row] : tokens.offsets[row + 1]].tolist() == tokenizer(text)["input_ids"]


def test_cut_rows_keep_their_closing_token(tiny: Tiny) -> None:
    tokenizer = load_tokenizer(tiny.models_dir / "tiny-bert")
    tokens = cut(tokenise(tokenizer.backend_tokenizer, TEXTS), tokenizer.backend_tokenizer, TEXTS, max_length=16)
    expected = tokenizer(TEXTS, truncation=True, max_length=16)["input_ids"]
    assert [list(row) for row in np.split(tokens.ids, tokens.offsets[1:-1])] == expected
    assert tokens.num_truncated == 1


def test_second_time_comes_from_the_cache_unless_it_is_damaged(tiny: Tiny, tmp_path: Path) -> None:
    backend = load_tokenizer(tiny.models_dir / "tiny-bert").backend_tokenizer
    first = tokenise(backend, TEXTS, cache=tmp_path)
    (cached,) = tmp_path.iterdir()
    assert np.array_equal(tokenise(backend, TEXTS, cache=tmp_path).ids, first.ids)
    cached.write_bytes(b"damaged")
    assert np.array_equal(tokenise(backend, TEXTS, cache=tmp_path).ids, first.ids)
    tokenise(backend, TEXTS[:2], cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
