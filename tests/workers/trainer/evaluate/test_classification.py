"""Averages over classes and the confusions of many labels, against their plain formulas."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from workers.bootstrap import Bootstrap
from workers.contract.results import ClassificationDetails
from workers.trainer.evaluate.classification import MOST_CELLS, averages_of, confusions
from workers.trainer.evaluate.metrics import macro_f1


def answers(num_rows: int, num_labels: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    true = draw.integers(0, num_labels, num_rows)
    return true, np.where(draw.random(num_rows) < 0.6, true, draw.integers(0, num_labels, num_rows))


def of_matrix(true: np.ndarray, predicted: np.ndarray, num_labels: int) -> tuple[float, float]:
    """Macro and weighted F1 from a labels x labels matrix."""
    matrix = np.bincount(true * num_labels + predicted, minlength=num_labels**2).reshape(num_labels, num_labels)
    occurrences = matrix.sum(1) + matrix.sum(0)
    with np.errstate(invalid="ignore"):
        scores = np.where(occurrences > 0, 2 * np.diagonal(matrix).astype(np.float64) / occurrences, np.nan)
    return float(np.nanmean(scores)), float(np.nansum(scores * matrix.sum(1)) / len(true))


@pytest.mark.parametrize(("num_rows", "num_labels"), [(1, 2), (40, 30), (500, 7)])
def test_f1_and_its_interval_are_to_the_bit_those_of_the_matrix(num_rows: int, num_labels: int) -> None:
    true, predicted = answers(num_rows, num_labels)
    resamples = np.random.Generator(np.random.Philox(0)).integers(0, num_rows, size=(1000, num_rows))
    samples = np.array([of_matrix(true[rows], predicted[rows], num_labels) for rows in resamples])
    low, high = np.quantile(samples, (0.025, 0.975), axis=0)
    value = of_matrix(true, predicted, num_labels)
    found = averages_of(Bootstrap(num_rows), true, predicted, num_labels=num_labels)
    for i, name in enumerate(("macro_f1", "weighted_f1")):
        assert (found[name].value, found[name].low, found[name].high) == (value[i], low[i], high[i])


def test_confusions_of_many_labels_are_their_cells_wrong_ones_first() -> None:
    true, predicted = answers(30_000, 400)
    found = ClassificationDetails(
        labels=(), per_class=(), expected_calibration_error=0, **confusions(true, predicted, num_labels=400)
    )
    assert found.confusion == ()
    cells = found.confusion_cells
    assert len(cells) == MOST_CELLS
    assert cells[0].count == max(cell.count for cell in cells if cell.true != cell.predicted)
    for cell in cells[:50]:
        assert cell.count == np.sum((true == cell.true) & (predicted == cell.predicted))
    few = confusions(true % 10, predicted % 10, num_labels=400)["confusion_cells"]
    assert [cell.true == cell.predicted for cell in few] == [False] * 90 + [True] * 10
    assert sum(cell.count for cell in few) == 30_000
    assert sum(map(sum, confusions(true % 10, predicted % 10, num_labels=10)["confusion"])) == 30_000


def test_f1_of_ten_thousand_labels_needs_no_matrix() -> None:
    true, predicted = answers(2000, 10_000)
    tracemalloc.start()
    try:
        found = macro_f1(true, predicted, num_labels=10_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.2 < found < 0.9
    assert peak < 2_000_000
