"""Whether it helped: the tuned model against the best of its rivals on the same rows, in the primary metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.bootstrap import SIGNIFICANT, mcnemar_p_value
from workers.contract.results import Interval, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workers.bootstrap import Bootstrap
    from workers.contract.results import ContenderName
    from workers.trainer.evaluate.metrics import FloatArray, IntArray


def verdict_by_rows(bootstrap: Bootstrap, tuned: FloatArray, rivals: Mapping[ContenderName, FloatArray]) -> Verdict:
    """For a primary metric that is the share of right rows: `tuned` and `rivals` hold 1 for right and 0 for wrong."""
    against = max(rivals, key=lambda name: float(rivals[name].mean()))
    p_value = mcnemar_p_value(tuned, rivals[against])
    difference = bootstrap.as_sure_as(p_value, bootstrap.mean(tuned - rivals[against]))
    return _verdict(against, difference, p_value, "mcnemar")


def verdict_by_statistic(
    bootstrap: Bootstrap,
    tuned: Callable[[IntArray], float],
    rivals: Mapping[ContenderName, Callable[[IntArray], float]],
    *,
    num_rows: int,
    is_lower_better: bool = False,
) -> Verdict:
    """For any other metric; `difference` is turned so that positive means that the tuned model is better."""
    sign = -1.0 if is_lower_better else 1.0
    rows = np.arange(num_rows)
    against = max(rivals, key=lambda name: sign * rivals[name](rows))
    found, p_value = bootstrap.difference(lambda rows: sign * tuned(rows), lambda rows: sign * rivals[against](rows))
    return _verdict(against, found, p_value, bootstrap.paired_test)


def _verdict(against: ContenderName, difference: Interval, p_value: float, test: str) -> Verdict:
    is_sure = p_value < SIGNIFICANT
    return Verdict.model_validate(
        {
            "outcome": "no_difference" if not is_sure else "better" if difference.value > 0 else "worse",
            "against": against,
            "difference": difference,
            "p_value": p_value,
            "test": test,
        }
    )
