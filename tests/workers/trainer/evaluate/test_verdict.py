from __future__ import annotations

import numpy as np
import pytest

from workers.bootstrap import Bootstrap
from workers.trainer.evaluate.verdict import verdict_by_rows, verdict_by_statistic


@pytest.mark.parametrize("num_rows", [1, 3])
def test_a_handful_of_rows_decides_nothing(num_rows: int) -> None:
    values = np.linspace(0.6, 0.9, num_rows)
    by_statistic = verdict_by_statistic(
        Bootstrap(num_rows),
        {
            "tuned": lambda rows: float(values[rows].mean()),
            "base_probe": lambda rows: float(values[rows].mean() - 0.01),
        },
    )
    by_rows = verdict_by_rows(Bootstrap(num_rows), {"majority": np.zeros(num_rows), "tuned": np.ones(num_rows)})
    assert (by_statistic.test, by_rows.test) == ("paired_permutation", "mcnemar")
    for verdict in (by_statistic, by_rows):
        assert verdict.outcome == "no_difference"
        assert verdict.difference.low == 0 < verdict.difference.value
