"""What more examples would bring: scores on growing parts of the training rows, and a saturating power law through them.

Error falls with the number of rows as c + a * n**-b over many tasks and models (Hestness et al. 2017, arXiv:1712.00409; Viering & Loog
2022, arXiv:2103.10948). Training on every part would cost several jobs, so the parts are learnt by what costs seconds: the output layer
solved on features of the untouched base model. What fine-tuning adds is therefore not in the figures; how much the data are worth is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workers.contract.results import CurvePoint, Forecast, LearningCurve
from workers.trainer.evaluate.rivals import base_features
from workers.trainer.fingerprint import derived_seed
from workers.trainer.probe import PENALTIES, solve_linear
from workers.trainer.tasks._sequence import TARGET

if TYPE_CHECKING:
    import torch

    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.probe import Head
    from workers.trainer.tasks._sequence import SequenceTask

_HALVINGS = 4
_DRAWS = 3
# A part below this says more about luck than about data; with fewer than three sizes there is no curve.
_FEWEST_ROWS = 32
_FEWEST_SIZES = 3
_RESAMPLES = 100
_EXPONENTS = np.geomspace(0.05, 1.5, 30)
_SHARES_MORE = (0.1, 0.5, 1.0)


@dataclass(frozen=True)
class _Part:
    """A head that was learnt from `size` rows: what it says on the held-out rows."""

    size: int
    logits: torch.Tensor


def learning_curve(run: Run, task: SequenceTask) -> LearningCurve | None:
    """None where there are too few rows for a curve."""
    num_rows = len(run.data.train)
    sizes = [num_rows >> halvings for halvings in range(_HALVINGS, -1, -1)]
    sizes = [size for size in sizes if size >= max(_FEWEST_ROWS, 2 * task.num_outputs(run.data))]
    name = run.watched_name
    if len(sizes) < _FEWEST_SIZES or name in task.lower_is_better:
        return None
    parts = _learnt(run, task, sizes)
    held_out = run.encoded["held_out"]

    def score(part: _Part, rows: IntArray | None = None) -> float:
        if rows is None:
            return task.metrics(part.logits, held_out)[name]
        return task.metrics(part.logits[rows], held_out.select(rows))[name]

    scores = np.array([score(part) for part in parts])
    sized = np.array([part.size for part in parts], dtype=float)
    more = [_rounded(num_rows * share) for share in _SHARES_MORE]
    gains = _gains(sized, scores, num_rows, more)
    drawn = np.random.default_rng(derived_seed("curve", run.spec.seed))
    resampled = []
    for _ in range(_RESAMPLES):
        run.control.check()
        rows = drawn.integers(0, len(held_out), len(held_out))
        chosen = np.concatenate([drawn.choice(np.flatnonzero(sized == size), (sized == size).sum()) for size in sizes])
        values = np.array([score(parts[i], rows) for i in chosen])
        resampled.append(_gains(sized[chosen], values, num_rows, more))
    low, high = np.percentile(np.array(resampled), [2.5, 97.5], axis=0)
    return LearningCurve(
        metric=name,
        points=tuple(
            CurvePoint(
                num_rows=size,
                value=float(scores[sized == size].mean()),
                low=float(scores[sized == size].min()),
                high=float(scores[sized == size].max()),
            )
            for size in sizes
        ),
        forecasts=tuple(
            Forecast(num_more=count, gain=float(gains[i]), low=float(low[i]), high=float(high[i]))
            for i, count in enumerate(more)
        ),
    )


def _learnt(run: Run, task: SequenceTask, sizes: list[int]) -> list[_Part]:
    """Parts are prefixes of one order of the rows for each draw, so that a larger one holds the smaller."""
    features = base_features(run)
    targets = run.encoded["train"].targets[TARGET]
    validation = run.encoded["validation"]

    def solve(rows: IntArray, penalties: tuple[float, ...]) -> Head:
        return solve_linear(
            features["train"][rows],
            targets[rows],
            num_outputs=task.num_outputs(run.data),
            criterion=task.probe_criterion,
            judge=lambda head: run.watched(task.metrics(head.logits(features["validation"]), validation)),
            between_solutions=run.control.check,
            penalties=penalties,
        )

    with run.engine.all_threads():
        whole = solve(np.arange(len(targets)), PENALTIES)
        # Fewer rows want a stronger penalty.
        penalties = tuple(sorted({min(PENALTIES[0], 3 * whole.penalty), whole.penalty}, reverse=True))
        parts = [_Part(len(targets), whole.logits(features["held_out"]))]
        for draw in range(_DRAWS):
            order = np.random.default_rng(derived_seed("part", run.spec.seed, draw)).permutation(len(targets))
            for size in sizes[:-1]:
                head = solve(order[:size], penalties)
                parts.append(_Part(size, head.logits(features["held_out"])))
    return parts


def _gains(sizes: FloatArray, scores: FloatArray, num_rows: int, more: list[int]) -> FloatArray:
    """What so many rows more than `num_rows` would add to the score, by the power law that fits best."""
    from scipy.optimize import nnls  # noqa: PLC0415 - slow to import, and only an evaluation needs it

    best: tuple[float, float, float] | None = None
    for exponent in _EXPONENTS:
        falling = sizes**-exponent
        # Scaled, so that both unknowns are of the size of an error.
        design = np.stack([np.ones_like(sizes), falling / falling.max()], axis=1)
        (_, slope), residual = nnls(design, 1 - scores)
        if best is None or residual < best[0]:
            best = (residual, slope / falling.max(), exponent)
    assert best is not None  # noqa: S101 - there are exponents
    _, slope, exponent = best
    later = np.array([num_rows + count for count in more], dtype=float)
    found: FloatArray = slope * (num_rows**-exponent - later**-exponent)
    return found


def _rounded(count: float) -> int:
    """To one digit: nobody plans for 137 rows."""
    power: int = 10 ** (len(str(int(count))) - 1)
    return max(1, round(count / power) * power)
