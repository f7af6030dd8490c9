"""What other thresholds than the one in use would come to, counted on the held-out rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from workers.contract.results import ThresholdCurve

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from workers.trainer.evaluate.metrics import FloatArray

THRESHOLDS: Final = tuple(round(percent / 100, 2) for percent in range(1, 100))
MOST_LABELS: Final = 20
"""Of more labels only the counts of all together are kept: hundreds of curves are looked at by nobody."""


def threshold_curve(label: str | None, probabilities: FloatArray, is_true: npt.NDArray[np.bool_]) -> ThresholdCurve:
    """Counts at each threshold over all entries of two arrays of one shape; a label is given from the threshold on, itself included."""
    everywhere, right = np.sort(probabilities, axis=None), np.sort(probabilities[is_true])
    cuts = np.array(THRESHOLDS)
    return ThresholdCurve(
        label=label,
        num_true=len(right),
        thresholds=THRESHOLDS,
        given=tuple((len(everywhere) - np.searchsorted(everywhere, cuts)).tolist()),
        hits=tuple((len(right) - np.searchsorted(right, cuts)).tolist()),
    )


def threshold_curves(
    labels: Sequence[str], probabilities: FloatArray, is_true: npt.NDArray[np.bool_]
) -> tuple[ThresholdCurve, ...]:
    """One for each label; arrays are (rows, labels). None for more labels than are worth it."""
    if len(labels) > MOST_LABELS:
        return ()
    return tuple(threshold_curve(label, probabilities[:, at], is_true[:, at]) for at, label in enumerate(labels))
