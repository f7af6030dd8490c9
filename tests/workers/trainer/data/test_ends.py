from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import Ridge

from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.data.ends import CLEAR, STRENGTHS, compare_ends

NUM_ROWS = 80
LABELS = np.random.default_rng(1).integers(0, 3, NUM_ROWS)
TARGETS = {
    "labels": torch.from_numpy(LABELS),
    "label sets": torch.eye(3)[LABELS],
    "scores": torch.from_numpy(LABELS).float()[:, None],
}


def rows(telling: bool, targets: torch.Tensor, *, seed: int) -> Encoded:
    """Twenty tokens each out of fifty; where they are telling, some are those of the row's label."""
    draws = np.random.default_rng(seed)
    ids = draws.integers(10, 60, (NUM_ROWS, 20))
    if telling:
        ids[:, 3:6] = LABELS[:, None]
    return Encoded(ids=Ragged.of(list(ids)), targets={"target": targets})


@pytest.mark.parametrize("targets", TARGETS.values(), ids=TARGETS)
def test_the_end_that_has_the_telling_words_is_ahead(targets: torch.Tensor) -> None:
    telling, noise = rows(True, targets, seed=2), rows(False, targets, seed=3)
    found = compare_ends(noise, telling)
    assert found.lead > CLEAR
    assert found.endings > 0.8
    assert found.beginnings < 0.1
    assert compare_ends(telling, noise).lead == -found.lead
    assert abs(compare_ends(noise, rows(False, targets, seed=4)).lead) < CLEAR
    assert compare_ends(telling, telling).lead == 0


def test_every_row_is_judged_by_a_model_of_the_others() -> None:
    targets = TARGETS["scores"]
    beginnings, endings = rows(True, targets, seed=2), rows(False, targets, seed=3)
    found = compare_ends(beginnings, endings)
    wanted = targets.double().numpy() - targets.double().numpy().mean(0)
    for encoded, share in ((beginnings, found.beginnings), (endings, found.endings)):
        counts = np.stack([np.bincount(encoded.ids.row(i), minlength=60) for i in range(NUM_ROWS)])
        words = np.hstack([TfidfTransformer(sublinear_tf=True).fit_transform(counts).toarray(), np.ones((NUM_ROWS, 1))])
        errors = {strength: np.zeros(NUM_ROWS) for strength in STRENGTHS}
        for strength, error in errors.items():
            for i in range(NUM_ROWS):
                others = np.arange(NUM_ROWS) != i
                model = Ridge(alpha=strength, fit_intercept=False).fit(words[others], wanted[others])
                error[i] = (wanted[i] - model.predict(words[i : i + 1])).item() ** 2
        assert share == pytest.approx(1 - min(error.mean() for error in errors.values()) / (wanted**2).mean())


def test_one_answer_alone_is_foretold_by_neither() -> None:
    same = torch.ones(NUM_ROWS, 1)
    found = compare_ends(rows(True, same, seed=2), rows(False, same, seed=3))
    assert (found.beginnings, found.endings, found.lead) == (0, 0, 0)
