"""The evaluation of tasks that choose one label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import ClassificationDetails, ClassScore, ConfusionCell
from workers.trainer.evaluate.areas import areas_of, worth_areas
from workers.trainer.evaluate.baselines import centroid_cosines, majority, tfidf_logreg
from workers.trainer.evaluate.by_row import rows_keep
from workers.trainer.evaluate.confidence import confidence_scale
from workers.trainer.evaluate.contenders import against_rivals, contenders_of, evaluation_of
from workers.trainer.evaluate.contributions import explained
from workers.trainer.evaluate.effect import Primary
from workers.trainer.evaluate.metrics import (
    calibration_bins,
    class_counts,
    class_scores,
    confusion,
    expected_calibration_error,
)
from workers.trainer.evaluate.mistakes import MOST_MISTAKES, joined, mistake
from workers.trainer.evaluate.rivals import base_features, learnable_texts
from workers.trainer.evaluate.thresholds import threshold_curves
from workers.trainer.evaluate.verdict import verdict_by_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

    from workers.contract.results import ContenderName, Evaluation, Interval, Mistake, ThresholdCurve
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks.classification import Classification

MOST_LABELS_OF_MATRIX: Final = 200
"""Of more labels the cells that count are listed: a matrix of ten thousand would have a hundred million."""
MOST_CELLS: Final = 5000
MOST_OF_CELL: Final = 5
MOST_EXAMPLES: Final = 300
"""With texts of up to 500 letters the document stays far below a megabyte."""


@dataclass(frozen=True)
class _Answers:
    """The label of each row, and scores (rows, labels) of all labels where there are any."""

    labels: IntArray
    scores: FloatArray | None

    @classmethod
    def of(cls, labels: IntArray, scores: FloatArray | None) -> _Answers:
        return cls(labels, None if scores is None else worth_areas(scores))

    @classmethod
    def highest(cls, scores: FloatArray) -> _Answers:
        return cls.of(scores.argmax(1), scores)


def evaluate_labels(run: Run, task: Classification) -> Evaluation:
    encoded = run.encoded["held_out"]
    logits = task.answer(run.engine, encoded).double()
    true: IntArray = encoded.targets["target"].numpy()
    num_labels = len(run.data.labels)
    predicted: IntArray = logits.argmax(-1).numpy()
    probabilities: FloatArray = logits.softmax(-1).numpy()
    answers = against_rivals(run, _Answers.of(predicted, probabilities), _rivals(run, task))
    bootstrap = Bootstrap(len(true))
    is_right = {name: (found.labels == true).astype(np.float64) for name, (found, _) in answers.items()}
    rows_keep(run, "accuracy", is_right["tuned"])
    bins = calibration_bins(probabilities, true)

    def figures(name: ContenderName) -> dict[str, Interval]:
        found, _ = answers[name]
        return {
            "accuracy": bootstrap.mean(is_right[name]),
            **averages_of(bootstrap, true, found.labels, num_labels=num_labels),
            **areas_of(bootstrap, found.scores, lambda label: true == label),
        }

    return evaluation_of(
        run,
        primary="accuracy",
        contenders=contenders_of(answers, figures),
        verdict=verdict_by_rows(bootstrap, is_right),
        mistakes=_mistakes(run, task, probabilities, predicted, true),
        details=ClassificationDetails(
            labels=run.data.labels,
            per_class=tuple(
                ClassScore(label=label, **scores)
                for label, scores in zip(
                    run.data.labels, class_scores(class_counts(true, predicted, num_labels=num_labels)), strict=True
                )
            ),
            **confusions(true, predicted, num_labels=num_labels),
            expected_calibration_error=expected_calibration_error(bins),
            calibration=bins,
            confidence_scale=confidence_scale(
                run, logits, lambda logits: calibration_bins(logits.softmax(-1).numpy(), true)
            ),
            thresholds=_thresholds(run.data.labels, probabilities, true),
            examples=_examples(run, probabilities, predicted, true),
        ),
    )


def primary_of_labels(run: Run, task: Classification) -> Primary:
    encoded = run.encoded["held_out"]
    predicted: IntArray = task.answer(run.engine, encoded).argmax(-1).numpy()
    is_right = (predicted == encoded.targets["target"].numpy()).astype(np.float64)
    return Primary("accuracy", lambda rows: float(is_right[rows].mean()), num_rows=len(is_right))


def averages_of(bootstrap: Bootstrap, true: IntArray, found: IntArray, *, num_labels: int) -> dict[str, Interval]:
    """Classes that a resample happens to miss do not count in it."""

    def averages(rows: IntArray) -> dict[str, float]:
        return class_counts(true[rows], found[rows], num_labels=num_labels).averages("macro", "weighted")

    return bootstrap.of_several(averages)


def confusions(true: IntArray, predicted: IntArray, *, num_labels: int) -> dict[str, Any]:
    """The matrix of few labels; of many its most frequent cells that are not zero, those of wrong answers before those of right ones."""
    if num_labels <= MOST_LABELS_OF_MATRIX:
        return {"confusion": tuple(map(tuple, confusion(true, predicted, num_labels=num_labels).tolist()))}
    cells, counts = np.unique(true * num_labels + predicted, return_counts=True)
    truth, given = np.divmod(cells, num_labels)
    order = np.lexsort((-counts, truth == given))[:MOST_CELLS]
    return {
        "confusion": (),
        "confusion_cells": tuple(
            ConfusionCell(true=int(truth[i]), predicted=int(given[i]), count=int(counts[i])) for i in order
        ),
    }


def _rivals(run: Run, task: Classification) -> dict[ContenderName, Callable[[], _Answers]]:
    targets: torch.Tensor = run.encoded["train"].targets["target"]
    features: dict[str, torch.Tensor] = {}

    def centroid() -> _Answers:
        features.update(base_features(run))
        return _Answers.highest(centroid_cosines(features["train"], targets, features["held_out"]))

    def probe() -> _Answers:
        head = task.solve_head(run, features["train"], features["validation"])
        return _Answers.highest(head.logits(features["held_out"]).double().softmax(1).numpy())

    train, held_out = learnable_texts(run, "train"), learnable_texts(run, "held_out")
    return {
        "majority": lambda: _Answers.of(majority(targets.numpy(), len(held_out)), None),
        "tfidf_linear": lambda: _Answers.of(*tfidf_logreg(train, targets.numpy(), held_out)),
        "nearest_centroid": centroid,
        "base_probe": probe,
    }


def _mistakes(
    run: Run, task: Classification, probabilities: FloatArray, predicted: IntArray, true: IntArray
) -> tuple[Mistake, ...]:
    """The surest first, with the words that spoke for the label that was given."""
    confidence = probabilities.max(-1)
    wrong = np.flatnonzero(predicted != true)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_MISTAKES]

    def of_given(logits: torch.Tensor, which: IntArray) -> FloatArray:
        found: FloatArray = logits.double().softmax(-1).numpy()[np.arange(len(which)), predicted[worst[which]]]
        return found

    mistakes = _answered(run, worst, confidence, predicted, true)
    return explained(run, task, mistakes, positions=worst, whole=confidence[worst], score=of_given)


def _examples(run: Run, probabilities: FloatArray, predicted: IntArray, true: IntArray) -> tuple[Mistake, ...]:
    """A few rows of every cell of the confusion matrix."""
    confidence = probabilities.max(-1)
    chosen = rows_of_cells(true * probabilities.shape[1] + predicted, confidence)
    return _answered(run, chosen, confidence, predicted, true)


def rows_of_cells(cells: IntArray, confidence: FloatArray) -> IntArray:
    """Rows by their cells, the most frequent cell first, and in a cell the surest row first: few of each, and not many in all."""
    found, sizes = np.unique(cells, return_counts=True)
    chosen: list[int] = []
    for cell in found[np.argsort(-sizes, kind="stable")]:
        inside = np.flatnonzero(cells == cell)
        chosen += inside[np.argsort(-confidence[inside], kind="stable")][:MOST_OF_CELL].tolist()
        if len(chosen) >= MOST_EXAMPLES:
            break
    return np.array(chosen[:MOST_EXAMPLES], dtype=np.int64)


def _answered(
    run: Run, rows: IntArray, confidence: FloatArray, predicted: IntArray, true: IntArray
) -> tuple[Mistake, ...]:
    labels = run.data.labels
    return tuple(
        mistake(
            run.data.held_out,
            int(i),
            label=joined([labels[true[i]]]),
            predicted=joined([labels[predicted[i]]]),
            confidence=float(confidence[i]),
        )
        for i in rows
    )


def _thresholds(labels: Sequence[str], probabilities: FloatArray, true: IntArray) -> tuple[ThresholdCurve, ...]:
    """Only between two labels does a threshold of one decide."""
    if len(labels) != 2:  # noqa: PLR2004 - as said
        return ()
    return threshold_curves(labels, probabilities, true[:, None] == np.arange(2))
