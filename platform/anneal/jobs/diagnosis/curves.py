"""What curves say of the settings: too many or too few passes, steps that are too large or too small.

Curves are noisy, so each threshold stands beside what chance alone would do, and nothing is said of a difference that chance makes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median
from typing import Final

from anneal.jobs.diagnosis.facts import Action, Finding, Points, RunFacts, error_of_share, figure

FEWEST_STEPS: Final = 12
"""Points of a training curve below which its shape is not judged: a twelfth is the coarsest part that is compared below."""
WARM_UP: Final = 0.1
"""Share of the points at the beginning that are left out: while the rate climbs, losses jump in sound runs too."""
STEPS_BACK: Final = 3.0
"""What a rate that is too high is divided by. Rates matter by their order of magnitude: a third is about half of one on a log scale."""
RISE: Final = 1.5
"""A training loss this many times its lowest level has lost what it had learnt; drift by the order of the rows stays far below."""
SURE: Final = 5.0
"""How many standard errors of a level a rise must be: it could be seen in dozens of places, and 2 come by chance."""
NOTHING_LEARNT: Final = 0.95
"""Of the loss of a model that ignores its text: any word that tells something brings it down by more."""
LOST: Final = 0.5
"""Share of what the loss had come down by that a rise must undo: near 0, levels double by the chance of a few hard rows."""
SPIKE: Final = 8.0
"""How many robust deviations a single point must jump. Losses have long tails: of an exponential one 3 of 10,000 points reach this."""
FEWEST_SPIKES: Final = 3
SPIKES_OF_A_PASS: Final = 2
"""A hard or wrong row makes one spike in every pass. Steps that are too large make more than a pair of such rows could."""
SURELY_WRONG: Final = 10.0
"""A loss of one row that is next to certainly wrong (nats): in a small batch it alone makes a spike, and it comes again in every pass."""
NORMS_GROWN: Final = 10.0
"""Gradients of a run that learns shrink or stay; an order of magnitude more without a falling loss is a way to divergence."""
HARDLY: Final = 0.02
"""A loss that falls by less than 2 % in a whole run has hardly moved; continued pre-training, the slowest, falls by more."""
OVER_FIT: Final = 0.1
"""A validation loss 10 % above its lowest. Less is the usual end of a run that was as long as it should be."""
STILL: Final = 0.03
"""A validation loss that fell by 3 % in the last pass has not levelled off: sound schedules end with less than 1 %."""
AS_GOOD_AS_DONE: Final = 0.99
"""Where so large a share is right already, more passes have nothing to find."""
FEWEST_JUDGEMENTS: Final = 3
LOWER_IS_BETTER: Final = ("loss", "perplexity", "_error", "kl")
MOST_EPOCHS: Final = 1000


def of_curves(run: RunFacts) -> Finding | None:
    """The one thing that the curves say: a rate that is wrong explains what passes would be blamed for."""
    for check in (diverged, rate_too_high, over_fitted, rate_too_low, still_improving):
        finding = check(run)
        if finding is not None:
            return finding
    return None


def diverged(run: RunFacts) -> Finding | None:
    """The loss is no number any more: this ended the run."""
    if run.diverged_at is None:
        return None
    return Finding("rate:diverged", "error", {"step": run.diverged_at, **_rate(run)}, _smaller_rate(run))


def rate_too_high(run: RunFacts) -> Finding | None:
    """Steps too large to learn by: the loss climbs back, jumps again and again, or gradients grow though it does not fall."""
    losses = _after_warm_up(run)
    if len(losses) < FEWEST_STEPS:
        return None
    width = max(5, len(losses) // FEWEST_STEPS)
    every = _values(run, "train/loss")
    all_levels = _levels(every, width)
    collapsed = _collapsed(run, every, all_levels)
    if collapsed is not None:
        return collapsed
    levels = all_levels[len(every) - len(losses) :]
    noise = _deviation(losses, width)
    lowest, last = min(levels), levels[-1]
    # Before anything was learnt: a step that lands above that has thrown everything away.
    start = max(levels[0], all_levels[0])
    # The standard error of a median of normal values is 1.25 deviations over the root of their number.
    least = max(LOST * (start - lowest), SURE * 1.25 * noise / math.sqrt(width))
    if last > RISE * lowest and last - lowest > least:
        return _too_high(run, "rate:loss_rose", {"lowest": figure(lowest), "last": figure(last)})
    jump = max(SPIKE * noise, _of_a_row(run))
    spikes = [
        value
        for at, value in enumerate(losses)
        if at >= width and value > RISE * start and value > median(losses[at - width : at]) + jump
    ]
    passes = math.ceil(run.curve("train/loss")[-1][1])
    if noise > 0 and len(spikes) >= FEWEST_SPIKES and len(spikes) > SPIKES_OF_A_PASS * passes:
        return _too_high(
            run, "rate:spikes", {"count": len(spikes), "highest": figure(max(spikes)), "start": figure(start)}
        )
    norms = _values(run, "train/gradient_norm")[-len(losses) :]
    if len(norms) == len(losses):
        before, after = median(norms[:width]), median(norms[-width:])
        if before > 0 and after >= NORMS_GROWN * before and last >= start:
            return _too_high(run, "rate:gradients_grew", {"before": figure(before), "after": figure(after)})
    return None


def _of_a_row(run: RunFacts) -> float:
    """How far a single row can lift the loss of its step, where a loss is that of answers to rows."""
    num_rows = run.setting("optimisation.batch_size")
    if run.ignorant_loss is None or not isinstance(num_rows, int):
        return 0.0
    return SURELY_WRONG / (num_rows * (run.asked("optimisation.gradient_accumulation") or 1))


def _collapsed(run: RunFacts, losses: Sequence[float], levels: Sequence[float]) -> Finding | None:
    """The loss exploded, in the warm-up as a rule, and settled where a model stands that ignores its text: nothing was learnt, or kept."""
    ignorant = run.ignorant_loss
    if ignorant is None:
        return None
    if levels[-1] < NOTHING_LEARNT * ignorant or max(levels) < RISE * ignorant:
        return None
    params: dict[str, str | float] = {
        "highest": figure(max(losses)),
        "last": figure(levels[-1]),
        "ignorant": figure(ignorant),
    }
    return _too_high(run, "rate:collapsed", params)


def rate_too_low(run: RunFacts) -> Finding | None:
    """The loss hardly moved. Said of rates that somebody set, and not of an output layer that was solved, which needs to move little."""
    rate = run.asked("optimisation.learning_rate")
    losses = _values(run, "train/loss")
    is_chosen = isinstance(rate, int | float) and run.setting("optimisation.head") != "probe"
    if not is_chosen or not run.is_over or len(losses) < FEWEST_STEPS:
        return None
    width = max(3, len(losses) // FEWEST_STEPS)
    first, last = fmean(losses[:width]), fmean(losses[-width:])
    validation = _values(run, "validation/loss")
    fell = max([first - last, *(validation[0] - value for value in validation[1:])])
    if not abs(first - last) < HARDLY * first or fell >= HARDLY * first:
        return None
    params = {"first": figure(first), "last": figure(last), "steps": run.curve("train/loss")[-1][0]}
    tried = min(1.0, figure(STEPS_BACK * float(rate), 2))
    return Finding(
        "rate:hardly_moved", "warning", {**params, **_rate(run)}, run.duplicate("optimisation.learning_rate", tried)
    )


def over_fitted(run: RunFacts) -> Finding | None:
    """Validation loss has risen since some pass while training loss fell on, and no other figure became better meanwhile."""
    judged = _judged(run)
    if len(judged) < FEWEST_JUDGEMENTS:
        return None
    values = [point[2] for point in judged]
    best = values.index(min(values))
    after = values[best + 1 :]
    # One bad pass is a bump; two in a row are a direction.
    if len(after) < 2 or values[best] <= 0:  # noqa: PLR2004 - as said
        return None
    least = 1 + max(OVER_FIT, _chance(run))
    if values[-1] < least * values[best] or after[-2] < (1 + least) / 2 * values[best]:
        return None
    before, since = _loss_around(run, judged[best])
    if since is None or before is None or not since < (1 - HARDLY) * before:
        return None
    if _has_gained(run, judged[best][0]) or _is_only_surer(run, judged[best][0], least):
        return None
    epoch = max(1, round(judged[best][1]))
    params: dict[str, str | float] = {
        "epoch": epoch,
        "lowest": figure(values[best]),
        "last": figure(values[-1]),
        "last_epoch": max(1, round(judged[-1][1])),
        "train_before": figure(before),
        "train_last": figure(since),
    }
    enough = max(1, epoch - run.passes_before)
    action = run.duplicate("optimisation.epochs", enough) if run.is_over else None
    return (
        Finding("passes:over_fitted_kept_best", "info", params, action)
        if run.is_finished
        else Finding("passes:over_fitted", "warning", params, action)
    )


def still_improving(run: RunFacts) -> Finding | None:
    """Validation loss fell to the very end of a run that had all its passes."""
    judged = _judged(run)
    if not run.is_finished or len(judged) < FEWEST_JUDGEMENTS:
        return None
    earlier, before, last = (point[2] for point in judged[-3:])
    # A step down and a step down again, the last one larger than chance makes of so few rows: one alone may be luck.
    least = max(STILL, _chance(run) / 2)
    if before > (1 - least / 2) * earlier or last > (1 - least) * before or _is_as_good_as_done(run):
        return None
    params: dict[str, str | float] = {
        "before": figure(before),
        "last": figure(last),
        "epoch": max(1, round(judged[-1][1])),
    }
    budget = run.asked("limits.budget_seconds")
    if run.warned("limit:budget_spent") and budget:
        return Finding("passes:budget_short", "warning", params, run.duplicate("limits.budget_seconds", 2 * budget))
    epochs = run.setting("optimisation.epochs")
    if not isinstance(epochs, int):
        return None
    if judged[-1][1] < run.passes_before + epochs - 0.5:  # ended by patience, or by a limit
        return None
    twice = min(MOST_EPOCHS, 2 * epochs)
    return Finding("passes:still_improving", "warning", params, run.duplicate("optimisation.epochs", twice))


def _too_high(run: RunFacts, code: str, params: dict[str, str | float]) -> Finding:
    return Finding(code, "warning", {**params, **_rate(run)}, _smaller_rate(run))


def _rate(run: RunFacts) -> dict[str, str | float]:
    rate = run.setting("optimisation.learning_rate")
    if not isinstance(rate, int | float):
        return {"rate": "?"}
    return {"rate": figure(float(rate))}


def _smaller_rate(run: RunFacts) -> Action | None:
    rate = run.setting("optimisation.learning_rate")
    if not isinstance(rate, int | float):
        return None
    return run.duplicate("optimisation.learning_rate", figure(rate / STEPS_BACK, 2))


def _values(run: RunFacts, name: str) -> list[float]:
    return [point[2] for point in run.curve(name)]


def _after_warm_up(run: RunFacts) -> list[float]:
    losses = _values(run, "train/loss")
    ratio = run.setting("optimisation.warmup_ratio")
    share = max(WARM_UP, float(ratio) if isinstance(ratio, int | float) else 0.0)
    return losses[math.ceil(share * len(losses)) :]


def _levels(losses: Sequence[float], width: int) -> list[float]:
    """Where the loss stands from each point on, over so many points: medians, which single spikes do not move."""
    return [median(losses[at : at + width]) for at in range(len(losses) - width + 1)]


def _deviation(losses: Sequence[float], width: int) -> float:
    """How far points lie from the level around them, as a standard deviation that single spikes do not move (1.4826 MAD)."""
    half = width // 2
    residuals = [abs(value - median(losses[max(0, at - half) : at + half + 1])) for at, value in enumerate(losses)]
    return 1.4826 * median(residuals)


def _judged(run: RunFacts) -> list[Sequence[float]]:
    """Validation losses after passes; that of the start, step 0, belongs to no pass."""
    return [point for point in run.curve("validation/loss") if point[0] > 0]


def _chance(run: RunFacts) -> float:
    """What two looks at the same rows may differ by, as a share of the loss.

    Losses of rows are spread about as widely as they are large, so that a mean over n has an error of 1/sqrt(n) of itself. Both looks
    share the rows, which makes their difference surer than that; two such errors are on the safe side.
    """
    return 2 / math.sqrt(run.num_validation) if run.num_validation else 0.2


def _loss_around(run: RunFacts, best: Sequence[float]) -> tuple[float | None, float | None]:
    """Mean training loss in the pass that ended at a judgement, and in the last pass."""
    points = run.curve("train/loss")
    if not points:
        return None, None
    last_epoch = points[-1][1]
    before = [point[2] for point in points if best[1] - 1 < point[1] <= best[1]]
    since = [point[2] for point in points if point[1] > max(best[1], last_epoch - 1)]
    return (fmean(before) if before else None), (fmean(since) if since else None)


def _has_gained(run: RunFacts, best_step: float) -> bool:
    """Whether a figure that customers read became better after the lowest loss: then the model is only surer than it should be."""
    return any(_is_above_chance(points, best_step, run.num_validation) for points in _shares(run))


def _is_only_surer(run: RunFacts, best_step: float, least: float) -> bool:
    """Whether it is only the confidence that made the loss rise `least` times: it is set right in the end."""
    refined = run.curve("validation/refined_loss")
    then = [point[2] for point in refined if point[0] <= best_step]
    return bool(then) and refined[-1][2] < least * then[-1]


def _is_above_chance(points: Points, step: float, num_rows: int) -> bool:
    then = [point[2] for point in points if point[0] <= step]
    now = [point[2] for point in points if point[0] > step]
    if not then or not now:
        return False
    error = error_of_share(then[-1], num_rows) if num_rows else 0.01
    return max(now) > then[-1] + error


def _is_as_good_as_done(run: RunFacts) -> bool:
    return any(points[-1][2] >= AS_GOOD_AS_DONE for points in _shares(run))


def _shares(run: RunFacts) -> list[Points]:
    """Validation figures between 0 and 1 of which more is better."""
    return [
        list(points)
        for name, points in run.curves.items()
        if name.startswith("validation/")
        and not name.endswith(LOWER_IS_BETTER)
        and points
        and all(0 <= point[2] <= 1 for point in points)
    ]
