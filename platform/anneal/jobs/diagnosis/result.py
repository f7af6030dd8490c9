"""What an evaluation, the data and the way that a run ended say.

Rivals that are as good, too few rows to tell, splits that differ, rare labels, cut texts, a model that was left behind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from anneal.jobs.diagnosis.facts import Action, Finding, RunFacts, error_of_share, figure, percent
from workers.contract.results import ClassScore, Evaluation

GUESSING: Final = frozenset({"majority", "mean", "most_frequent_tag", "random", "popularity", "typical_target"})
SIMPLE: Final = frozenset(
    {
        "tfidf_linear",
        "word_linear",
        "nearest_centroid",
        "base_probe",
        "tfidf_cosine",
        "matching_sentence",
        "first_sentence",
        "copy_source",
        "nearest_example",
    }
)
AS_GOOD_AS_DONE: Final = 0.97
"""Where a simple way answers so many rows rightly, the task is easy; nothing is wrong with the data."""
WORTH_TELLING: Final = 0.01
"""A difference below one point is not worth more rows to anybody."""
MANY_TIMES: Final = 20
"""Where more rows than so many times those there would be needed, the two are alike and it is no matter of rows."""
APART: Final = 0.05
SURE: Final = 4.0
"""Standard errors between two splits. Validation chose the weights, which flatters it by about one; 4 leaves three for the rest."""
FEW: Final = 100
"""Rows below which one standard error of a share is four points and more: the passes of a run rarely differ by that."""
RARE: Final = 10.0
"""How many times more rows the most frequent label has. Up to this models find the rare one all the same."""
FOUND: Final = 0.5
FEWEST_SEEN: Final = 10
"""Held-out rows of a label below which its recall is a coin or two."""
CUT: Final = 0.05
"""Share of the training texts that lose their end. Of fewer, the loss is smaller than what two seeds differ by."""
LEAKED: Final = 0.02
"""Share of held-out rows that were trained on: it flatters a figure by up to as much, which is more than most differences."""
MOST_WEIGHTED: Final = frozenset({"classification", "multi_label", "spans"})


def left_without_model(run: RunFacts) -> Finding | None:
    """It was cancelled or failed, and what it had learnt by its best checkpoint is there."""
    if run.best_checkpoint is None:
        return None
    step, checkpoint_id = run.best_checkpoint
    return Finding("ended:checkpoint_left", "info", {"step": step}, Action("checkpoint", value=checkpoint_id))


def no_better_than(run: RunFacts) -> Finding | None:
    """Something that knows nothing, or little, answers as well: settings do not mend that."""
    told = run.evaluation
    if told is None or told.verdict.outcome == "better" or told.verdict.difference.high >= _gap_worth_rows(told):
        return None
    against = told.verdict.against
    rival = next((found.metrics[told.primary].value for found in told.contenders if found.name == against), None)
    if rival is None:
        return None
    params: dict[str, str | float] = {
        "against": against,
        "tuned": _shown(told, told.tuned.metrics[told.primary].value),
        "rival": _shown(told, rival),
        "rows": told.num_rows,
    }
    if against in GUESSING:
        return Finding("data:no_better_than_guessing", "error", params, Action("dataset"))
    if against in SIMPLE and not (_is_share(told) and rival >= AS_GOOD_AS_DONE):
        return Finding("data:no_better_than_simple", "warning", params, Action("dataset"))
    return None


def too_few_to_tell(run: RunFacts) -> Finding | None:
    """The verdict is open, and would not be with a number of held-out rows that can be had."""
    told = run.evaluation
    if told is None or told.verdict.outcome != "no_difference" or not _is_share(told):
        return None
    difference = told.verdict.difference
    half = (difference.high - difference.low) / 2
    if abs(difference.value) < WORTH_TELLING or half <= 0:
        return None
    # An interval narrows with the root of the rows: it leaves 0 outside once its half is below the difference.
    needed = math.ceil(told.num_rows * (half / abs(difference.value)) ** 2)
    if not told.num_rows < needed <= MANY_TIMES * told.num_rows:
        return None
    params: dict[str, str | float] = {
        "rows": told.num_rows,
        "difference": percent(abs(difference.value)),
        "half": percent(half),
        "needed": int(figure(needed, 2)),
    }
    return Finding("data:held_out_small", "warning", params, Action("dataset"))


def validation_too_small(run: RunFacts) -> Finding | None:
    """Passes differ by less than chance makes of so few rows, so that which of them is best is not known."""
    rows = run.num_validation
    if not run.is_over or not 0 < rows < FEW:
        return None
    points = [point[2] for point in run.curve("validation/accuracy") if point[0] > 0]
    if len(points) < 2 or min(points) < 0:  # noqa: PLR2004 - two to differ
        return None
    error = error_of_share(max(points), rows)
    spread = max(points) - min(points)
    if not 0 < spread < error:
        return None
    params: dict[str, str | float] = {"rows": rows, "spread": percent(spread), "error": percent(error)}
    return Finding("data:validation_small", "info", params, Action("dataset"))


def splits_apart(run: RunFacts) -> Finding | None:
    """Validation and test rows are answered so differently that they cannot be of one kind."""
    told = run.evaluation
    rows = run.num_validation
    if told is None or told.split != "test" or not rows or not _is_share(told):
        return None
    judged = {point[0]: point[2] for point in run.curve(f"validation/{told.primary}")}
    losses = [point for point in run.curve("validation/loss") if point[0] in judged]
    if not losses:
        return None
    # The pass with the lowest loss: the highest figure of all passes is the luckiest one.
    validation = judged[min(losses, key=lambda point: point[2])[0]]
    test = told.tuned.metrics[told.primary].value
    gap = abs(validation - test)
    error = math.hypot(error_of_share(validation, rows), error_of_share(test, told.num_rows))
    if gap < APART or gap < SURE * error:
        return None
    code = "data:test_harder" if validation > test else "data:test_easier"
    params: dict[str, str | float] = {
        "validation": percent(validation),
        "test": percent(test),
        "validation_rows": rows,
        "test_rows": told.num_rows,
    }
    return Finding(code, "warning", params, Action("dataset"))


def leaked(run: RunFacts) -> Finding | None:
    """Held-out rows stand among the training rows, enough of them to flatter the figures."""
    worst = max(run.warned("data:leakage"), key=lambda params: _share_in(params, "total"), default=None)
    if worst is None or _share_in(worst, "total") < LEAKED:
        return None
    params: dict[str, str | float] = {
        "split": str(worst.get("split")),
        "count": int(worst["count"]),
        "total": int(worst["total"]),
        "share": percent(_share_in(worst, "total")),
    }
    if worst.get("split") == "validation" and run.num_rows.get("test"):
        # What is reported is of the test rows, and stays true.
        return Finding("data:leaked_validation", "info", params, Action("dataset"), "data:leakage")
    return Finding("data:leaked", "warning", params, Action("dataset"), "data:leakage")


def truncated(run: RunFacts) -> Finding | None:
    """Many training texts are longer than what is read of them."""
    warnings = [(code, params) for code in ("data:truncated", "data:truncated_left") for params in run.warned(code)]
    warning, cut = next((found for found in warnings if found[1].get("split") == "train"), ("", None))
    total = run.num_rows.get("train", 0)
    if cut is None or not total or not isinstance(cut.get("max_length"), int):
        return None
    share = min(1.0, int(cut.get("count", 0)) / total)
    if share < CUT:
        return None
    limit, length = run.longest_readable, int(cut["max_length"])
    params: dict[str, str | float] = {"count": int(cut["count"]), "share": percent(share), "max_length": length}
    if limit is not None and length >= limit:
        # Left to the data it was compared already. Specs of before the choice existed say nothing of it, and neither do tasks without it.
        other = {"right": "left", "left": "right"}.get(run.asked("task.truncation_side") or "")
        action = None if other is None else run.duplicate("task.truncation_side", other)
        return Finding("length:at_the_limit", "info", params, action, warning)
    longer = 2 * length if limit is None else min(limit, 2 * length)
    return Finding("length:cut", "warning", params, run.duplicate("task.max_length", longer), warning)


def rare_label_missed(run: RunFacts) -> Finding | None:
    """A label with few training rows is mostly not found, though the others are. Imbalance that does no harm is none of ours."""
    told = run.evaluation
    weights = run.asked("optimisation.class_weights")
    if told is None or told.details.kind not in MOST_WEIGHTED or weights not in {"none", None} or not run.label_counts:
        return None
    most = max(run.label_counts.values())
    missed = [
        score
        for score in _scores(told)
        if score.support >= FEWEST_SEEN
        and score.recall < FOUND
        and 0 < run.label_counts.get(score.label, 0) * RARE <= most
    ]
    others = [score.recall for score in _scores(told) if RARE * run.label_counts.get(score.label, 0) > most]
    if not missed or not others or max(others) < FOUND:
        return None
    worst = min(missed, key=lambda score: score.recall)
    params: dict[str, str | float] = {
        "label": worst.label,
        "count": run.label_counts[worst.label],
        "most": most,
        "recall": percent(worst.recall),
        "support": worst.support,
        "labels": len(missed),
    }
    action = run.duplicate("optimisation.class_weights", "balanced")
    return Finding("data:rare_label_missed", "warning", params, action)


def memory_short(run: RunFacts) -> Finding | None:
    """Batches did not fit and were halved: slower, and for tasks that compare rows of a batch, a little different."""
    halved = [
        int(params["rows"]) for params in run.warned("memory:batch_halved") if isinstance(params.get("rows"), int)
    ]
    if not halved or min(halved) < 2:  # noqa: PLR2004 - a single row cannot be halved
        return None
    fits = min(halved) // 2
    params: dict[str, str | float] = {"rows": max(halved), "fits": fits, "times": len(halved)}
    action = run.duplicate("optimisation.gradient_checkpointing", value=True)
    return Finding("memory:halved", "info", params, action, "memory:batch_halved")


def _share_in(params: object, whole: str) -> float:
    if not isinstance(params, dict) or not params.get(whole):
        return 0.0
    return int(params.get("count", 0)) / int(params[whole])


def _scores(told: Evaluation) -> Sequence[ClassScore]:
    found: Sequence[ClassScore] = getattr(told.details, "per_class", getattr(told.details, "per_type", ()))
    return found


def _is_share(told: Evaluation) -> bool:
    """Whether the primary metric is a share of rows, whose chance is known."""
    return told.primary in {"accuracy", "exact_match", "f1", "micro_f1", "macro_f1"}


def _shown(told: Evaluation, value: float) -> str:
    return f"{percent(value):g} %" if _is_share(told) else f"{figure(value):g}"


def _gap_worth_rows(told: Evaluation) -> float:
    """Above this an open verdict may still be a gain that too few rows hide."""
    return APART if _is_share(told) and told.verdict.outcome == "no_difference" else math.inf
