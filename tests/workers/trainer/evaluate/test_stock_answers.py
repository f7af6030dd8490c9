from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.trainer.data.read import Rows
from workers.trainer.evaluate.rewriting import translation_scores
from workers.trainer.evaluate.stock_answers import nearest_targets, typical_target

if TYPE_CHECKING:
    from collections.abc import Sequence


def rows(*pairs: tuple[str, str]) -> Rows:
    sources, targets = zip(*pairs, strict=True)
    return Rows("train", "train.jsonl", {"source": sources, "target": targets}, tuple(range(1, len(pairs) + 1)))


def chrf(references: Sequence[str], written: Sequence[str]) -> float:
    return translation_scores(references, written).statistics["chrf"](np.arange(len(references)))


def test_the_typical_answer_is_nearest_to_all_others() -> None:
    train = rows(
        ("a", "the card has not arrived"),
        ("b", "the card has not come"),
        ("c", "a card has not arrived"),
        ("d", "where is my pin"),
    )
    assert typical_target(train, chrf) == "the card has not arrived"


def test_answers_of_the_most_similar_sources_are_looked_up() -> None:
    train = rows(("where is my card", "Karte"), ("change my pin", "PIN"), ("I lost the phone", "Telefon"))
    assert nearest_targets(train, ["lost phone", "a new pin", "where is it"]) == ["Telefon", "PIN", "Karte"]
    assert nearest_targets(rows(("!?", "a"), ("...", "b")), ["lost phone"]) is None
