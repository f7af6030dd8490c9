"""The evaluation of tasks that give any number of labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import ClassScore, MultiLabelDetails
from workers.trainer.evaluate.areas import areas_of, worth_areas
from workers.trainer.evaluate.baselines import label_centroid_cosines, tfidf_label_sets
from workers.trainer.evaluate.by_row import rows_keep
from workers.trainer.evaluate.confidence import confidence_scale
from workers.trainer.evaluate.contenders import against_rivals, contenders_of, evaluation_of
from workers.trainer.evaluate.contributions import explained
from workers.trainer.evaluate.effect import Primary
from workers.trainer.evaluate.metrics import (
    bins_of,
    class_scores,
    expected_calibration_error,
    label_set_counter,
    label_set_counts,
)
from workers.trainer.evaluate.mistakes import MOST_MISTAKES, joined, mistake
from workers.trainer.evaluate.rivals import base_features, learnable_texts
from workers.trainer.evaluate.thresholds import threshold_curve, threshold_curves
from workers.trainer.evaluate.verdict import verdict_by_statistic

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    import torch

    from workers.contract.results import ContenderName, Evaluation, Interval, Mistake
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks.multi_label import MultiLabel

    Given = npt.NDArray[np.bool_]

_THRESHOLDS = np.arange(0.05, 0.96, 0.05)


def best_threshold(probabilities: FloatArray, targets: FloatArray) -> float:
    """One threshold for all labels: the one with the highest micro F1, the middle one of several."""
    true = targets > 0
    scores = np.array([label_set_counts(true, probabilities >= t).micro_f1 for t in _THRESHOLDS])
    best = np.flatnonzero(scores == scores.max())
    return float(_THRESHOLDS[best[len(best) // 2]])


def best_thresholds(scores: FloatArray, targets: FloatArray) -> FloatArray:
    """One for each label: the score from which on giving it has the highest F1, halfway to the next lower one; of several the highest."""
    order = np.argsort(-scores, axis=0, kind="stable")
    falling = np.take_along_axis(scores, order, axis=0)
    hits = np.take_along_axis(targets > 0, order, axis=0).cumsum(0)
    given = np.arange(1, len(scores) + 1)[:, None]
    f1 = 2 * hits / (given + (targets > 0).sum(0))
    # Rows with equal scores get a label together.
    is_last = np.vstack([falling[1:] < falling[:-1], np.ones((1, scores.shape[1]), dtype=bool)])
    best = np.where(is_last, f1, -1.0).argmax(0)
    below = np.vstack([falling[1:], falling[-1:]])
    columns = np.arange(scores.shape[1])
    found: FloatArray = (falling[best, columns] + below[best, columns]) / 2
    return found


@dataclass(frozen=True)
class _Answers:
    """Which labels each row gets, and their probabilities where there are any. Arrays are (rows, labels)."""

    given: Given
    scores: FloatArray | None

    @classmethod
    def from_threshold(cls, validation: FloatArray, targets: FloatArray, held_out: FloatArray) -> _Answers:
        """From the one on that is best on the validation rows."""
        return cls(held_out >= best_threshold(validation, targets), worth_areas(held_out))


def evaluate_label_sets(run: Run, task: MultiLabel) -> Evaluation:
    """Every contender's threshold is chosen on the validation rows and used on the held-out ones; those of centroids, one for each label,
    on the training rows, as there may be too few others of a label.
    """
    true: Given = run.encoded["held_out"].targets["target"].numpy() > 0
    logits = task.answer(run.engine, run.encoded["held_out"]).double()
    probabilities: FloatArray = logits.sigmoid().numpy()
    threshold = decided_threshold(run, task)
    given = probabilities >= threshold
    answers = against_rivals(run, _Answers(given, worth_areas(probabilities)), _rivals(run, task))
    bootstrap = Bootstrap(len(true))
    rows_keep(run, "micro_f1", 2.0 * (true & given).sum(1), (true.sum(1) + given.sum(1)).astype(np.float64))

    def figures(name: ContenderName) -> dict[str, Interval]:
        found, _ = answers[name]
        return {
            **_averages(bootstrap, true, found.given),
            "exact_match": bootstrap.mean((found.given == true).all(1).astype(np.float64)),
            **areas_of(bootstrap, found.scores, lambda label: true[:, label]),
        }

    bins = bins_of(probabilities.ravel(), true.ravel())
    return evaluation_of(
        run,
        primary="micro_f1",
        contenders=contenders_of(answers, figures),
        verdict=verdict_by_statistic(
            bootstrap, {name: _micro_f1(true, found.given) for name, (found, _) in answers.items()}
        ),
        mistakes=_mistakes(run, task, probabilities, given, true),
        details=MultiLabelDetails(
            labels=run.data.labels,
            per_class=tuple(
                ClassScore(label=label, **scores)
                for label, scores in zip(run.data.labels, class_scores(label_set_counts(true, given)), strict=True)
            ),
            threshold=threshold,
            expected_calibration_error=expected_calibration_error(bins),
            calibration=bins,
            confidence_scale=confidence_scale(
                run, logits, lambda logits: bins_of(logits.sigmoid().numpy().ravel(), true.ravel())
            ),
            thresholds=(
                threshold_curve(None, probabilities, true),
                *threshold_curves(run.data.labels, probabilities, true),
            ),
        ),
    )


def primary_of_label_sets(run: Run, task: MultiLabel) -> Primary:
    true: Given = run.encoded["held_out"].targets["target"].numpy() > 0
    given = _probabilities(run, task, "held_out") >= decided_threshold(run, task)
    return Primary("micro_f1", _micro_f1(true, given), num_rows=len(true))


def _micro_f1(true: Given, given: Given) -> Callable[[IntArray], float]:
    hits, all_named = (true & given).sum(1), true.sum(1) + given.sum(1)

    def statistic(rows: IntArray) -> float:
        total = all_named[rows].sum()
        return float(2 * hits[rows].sum() / total) if total else 1.0

    return statistic


def _averages(bootstrap: Bootstrap, true: Given, given: Given) -> dict[str, Interval]:
    counter = label_set_counter(true, given)

    return bootstrap.of_several(lambda rows: counter(rows).averages("micro", "macro", "weighted"))


def decided_threshold(run: Run, task: MultiLabel) -> float:
    return best_threshold(_probabilities(run, task, "validation"), _targets(run, "validation"))


def _probabilities(run: Run, task: MultiLabel, split: str) -> FloatArray:
    found: FloatArray = task.answer(run.engine, run.encoded[split]).double().sigmoid().numpy()
    return found


def _targets(run: Run, split: str) -> FloatArray:
    found: FloatArray = run.encoded[split].targets["target"].double().numpy()
    return found


def _rivals(run: Run, task: MultiLabel) -> dict[ContenderName, Callable[[], _Answers]]:
    train, validation = _targets(run, "train"), _targets(run, "validation")
    num_held_out = len(run.encoded["held_out"])
    features: dict[str, torch.Tensor] = {}

    def centroid() -> _Answers:
        features.update(base_features(run))
        labels = run.encoded["train"].targets["target"]
        learnt = label_centroid_cosines(features["train"], labels, features["train"])
        found = label_centroid_cosines(features["train"], labels, features["held_out"])
        return _Answers(found >= best_thresholds(learnt, train), worth_areas(found))

    def majority() -> _Answers:
        """The labels that more than half of the training rows have; the most frequent one when there is none."""
        shares = train.mean(0)
        usual = (shares > 0.5) | (shares == shares.max())  # noqa: PLR2004 - more often than not
        return _Answers(np.tile(usual, (num_held_out, 1)), None)

    def linear() -> _Answers:
        texts = [*learnable_texts(run, "validation"), *learnable_texts(run, "held_out")]
        found = tfidf_label_sets(learnable_texts(run, "train"), train, texts)
        return _Answers.from_threshold(found[: len(validation)], validation, found[len(validation) :])

    def probe() -> _Answers:
        head = task.solve_head(run, features["train"], features["validation"])
        found = {name: head.logits(features[name]).double().sigmoid().numpy() for name in ("validation", "held_out")}
        return _Answers.from_threshold(found["validation"], validation, found["held_out"])

    return {"majority": majority, "tfidf_linear": linear, "nearest_centroid": centroid, "base_probe": probe}


def _mistakes(run: Run, task: MultiLabel, probabilities: FloatArray, given: Given, true: Given) -> tuple[Mistake, ...]:
    """The rows with the surest wrong decisions about any label, with the words that spoke for the surest of them."""
    sureness = np.where(given != true, np.abs(probabilities - (1 - given)), 0.0)
    wrong = np.flatnonzero((given != true).any(1))
    worst = wrong[np.argsort(-sureness.max(1)[wrong], kind="stable")][:MOST_MISTAKES]
    about = sureness[worst].argmax(1)
    labels = run.data.labels

    def of_decision(logits: torch.Tensor, which: IntArray) -> FloatArray:
        found: FloatArray = logits.double().sigmoid().numpy()[np.arange(len(which)), about[which]]
        return np.where(given[worst[which], about[which]], found, 1 - found)

    mistakes = [
        mistake(
            run.data.held_out,
            int(i),
            label=joined([labels[j] for j in np.flatnonzero(true[i])]),
            predicted=joined([labels[j] for j in np.flatnonzero(given[i])]),
            confidence=float(sureness[i].max()),
        )
        for i in worst
    ]
    return explained(run, task, mistakes, positions=worst, whole=sureness[worst].max(1), score=of_decision)
