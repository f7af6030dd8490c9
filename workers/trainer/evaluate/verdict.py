"""Whether it helped: the tuned model against the best of its rivals on the same rows, in the primary metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.bootstrap import SIGNIFICANT, mcnemar_p_value
from workers.contract.results import Interval, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from workers.bootstrap import Bootstrap
    from workers.contract.results import ContenderName
    from workers.trainer.evaluate.metrics import FloatArray, IntArray


def verdict_by_rows(bootstrap: Bootstrap, is_right: Mapping[ContenderName, FloatArray]) -> Verdict:
    """For a primary metric that is the share of right rows: of each contender 1 for right and 0 for wrong."""
    against = max(_rivals(is_right), key=lambda name: float(is_right[name].mean()))
    p_value = mcnemar_p_value(is_right["tuned"], is_right[against])
    difference = bootstrap.as_sure_as(p_value, bootstrap.mean(is_right["tuned"] - is_right[against]))
    return _verdict(against, difference, p_value, "mcnemar")


def verdict_by_statistic(
    bootstrap: Bootstrap,
    statistics: Mapping[ContenderName, Callable[[IntArray], float]],
    *,
    is_lower_better: bool = False,
) -> Verdict:
    """For any other metric; `difference` is turned so that positive means that the tuned model is better."""
    sign = -1.0 if is_lower_better else 1.0
    against = max(_rivals(statistics), key=lambda name: sign * statistics[name](bootstrap.rows))
    found, p_value = bootstrap.difference(
        lambda rows: sign * statistics["tuned"](rows), lambda rows: sign * statistics[against](rows)
    )
    return _verdict(against, found, p_value, bootstrap.paired_test)


def _rivals(contenders: Iterable[ContenderName]) -> list[ContenderName]:
    return [name for name in contenders if name != "tuned"]


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
