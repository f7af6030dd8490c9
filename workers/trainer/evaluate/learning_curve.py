"""What more examples would bring: scores on growing parts of the training rows, and a saturating power law through them.

Error falls with the number of rows as c + a * n**-b over many tasks and models (Hestness et al. 2017, arXiv:1712.00409; Viering & Loog
2022, arXiv:2103.10948). Training on every part would cost several jobs, so the parts are learnt by what costs seconds: the output layer
solved on features of the untouched base model. What fine-tuning adds is therefore not in the figures; how much the data are worth is.

Tasks that answer with such a layer have a curve: labels and numbers of texts, tags of tokens, passages. Where every token is asked, parts
come from no more rows than hold about 40,000 tokens, and the law goes on from there to all rows. The others (texts that are written or
go on, hidden words, preferences, vectors of texts) have no part that can be solved alone, and are told so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.contract.results import CurvePoint, Forecast, LearningCurve
from workers.trainer.fingerprint import derived_seed
from workers.trainer.probe import PENALTIES
from workers.trainer.tasks import Probed

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.contract.results import NoLearningCurve
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.probe import Head, Probing

_HALVINGS = 4
_DRAWS = 3
# A part below this says more about luck than about data; with fewer than three sizes there is no curve.
_FEWEST_ROWS = 32
_FEWEST_SIZES = 3
_RESAMPLES = 100
_EXPONENTS = np.geomspace(0.05, 1.5, 30)
_SHARES_MORE = (0.1, 0.5, 1.0)


def learning_curve(run: Run) -> LearningCurve | NoLearningCurve:
    """The curve, or why there is none."""
    if not isinstance(run.task, Probed):
        return "needs_training"
    if run.watched_name in run.task.lower_is_better:
        return "figure_falls"
    probing = run.task.probing(run)
    sizes = [probing.num_rows >> halvings for halvings in range(_HALVINGS, -1, -1)]
    sizes = [size for size in sizes if size >= max(_FEWEST_ROWS, 2 * probing.num_outputs)]
    if len(sizes) < _FEWEST_SIZES:
        return "few_rows"
    sized, heads = _learnt(run, probing, sizes)
    return _curve(
        run.watched_name,
        probing,
        sized,
        probing.scores(heads),
        num_rows=len(run.data.train),
        seed=run.spec.seed,
        between_resamples=run.control.check,
    )


def _learnt(run: Run, probing: Probing, sizes: list[int]) -> tuple[IntArray, list[Head]]:
    """How many rows each layer was learnt from, and the layers.

    Parts are prefixes of one order of the rows for each draw, so that a larger one holds the smaller.
    """
    whole = probing.solve(np.arange(probing.num_rows), PENALTIES)
    # Fewer rows want a stronger penalty.
    penalties = sorted({min(PENALTIES[0], 3 * whole.penalty), whole.penalty}, reverse=True)
    sized, heads = [probing.num_rows], [whole]
    for draw in range(_DRAWS):
        order = np.random.default_rng(derived_seed("part", run.spec.seed, draw)).permutation(probing.num_rows)
        for size in sizes[:-1]:
            sized.append(size)
            heads.append(probing.solve(order[:size], penalties))
    return np.array(sized), heads


def _curve(
    metric: str,
    probing: Probing,
    sized: IntArray,
    statistics: list[Callable[[IntArray], float]],
    *,
    num_rows: int,
    seed: int,
    between_resamples: Callable[[], None] = lambda: None,
) -> LearningCurve:
    """Through the statistics of layers that were learnt from so many rows each; the job has `num_rows`."""
    sizes, num_held_out = np.unique(sized).tolist(), probing.num_held_out
    more = [_rounded(num_rows * share) for share in _SHARES_MORE]
    unseen = num_rows - probing.num_rows

    def gains(chosen: IntArray, scores: FloatArray) -> FloatArray:
        """What the rows that no part holds add to the last point, and what so many more add to all."""
        found = _gains(
            sized[chosen].astype(float), scores, probing.num_rows, [unseen, *(unseen + count for count in more)]
        )
        found[1:] -= found[0]
        return found

    scores = np.array([statistic(np.arange(num_held_out)) for statistic in statistics])
    found = gains(np.arange(len(sized)), scores)
    drawn = np.random.default_rng(derived_seed("curve", seed))
    resampled = []
    for _ in range(_RESAMPLES):
        between_resamples()
        rows = drawn.integers(0, num_held_out, num_held_out)
        chosen = np.concatenate([drawn.choice(np.flatnonzero(sized == size), (sized == size).sum()) for size in sizes])
        resampled.append(gains(chosen, np.array([statistics[i](rows) for i in chosen])))
    low, high = np.percentile(np.array(resampled), [2.5, 97.5], axis=0)
    reached, *forecasts = (
        Forecast(num_more=count, gain=float(found[i]), low=float(low[i]), high=float(high[i]))
        for i, count in enumerate([unseen, *more])
    )
    return LearningCurve(
        metric=metric,
        points=tuple(
            CurvePoint(
                num_rows=size,
                value=float(scores[sized == size].mean()),
                low=float(scores[sized == size].min()),
                high=float(scores[sized == size].max()),
            )
            for size in sizes
        ),
        forecasts=tuple(forecasts),
        reached=reached if unseen else None,
    )


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
