"""Puts the evaluation document together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.contract.results import ClassScore, Contender, Evaluation, Mistake, Verdict
from workers.trainer.evaluate.bootstrap import Bootstrap, mcnemar_p_value
from workers.trainer.evaluate.metrics import (
    confusion,
    expected_calibration_error,
    f1_scores,
    precision_recall,
    weighted_f1,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from workers.trainer.evaluate.baselines import Answers
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.tasks.classification import LabelledData

MOST_MISTAKES = 50
_LONGEST_TEXT = 500
SIGNIFICANT = 0.05


def evaluation_document(
    data: LabelledData, *, logits: torch.Tensor, tuned: Answers, others: Sequence[Answers]
) -> Evaluation:
    """`logits` are the tuned model's on the held-out rows; `others` answered the same rows."""
    true: IntArray = data.targets(data.held_out).numpy()
    num_labels = len(data.labels)
    probabilities: FloatArray = logits.double().softmax(-1).numpy()
    bootstrap = Bootstrap(true, num_labels=num_labels)
    matrix = confusion(true, tuned.predicted, num_labels=num_labels)
    precision, recall = precision_recall(matrix)
    f1 = np.nan_to_num(f1_scores(matrix))
    return Evaluation(
        split=data.held_out_split,
        num_rows=len(true),
        labels=data.labels,
        contenders=tuple(
            Contender(
                name=answers.name,
                accuracy=bootstrap.accuracy(answers.predicted),
                macro_f1=bootstrap.macro_f1(answers.predicted),
                weighted_f1=weighted_f1(true, answers.predicted, num_labels=num_labels),
                seconds=round(answers.seconds, 3),
            )
            for answers in (tuned, *others)
        ),
        per_class=tuple(
            ClassScore(
                label=label,
                precision=float(precision[i]),
                recall=float(recall[i]),
                f1=float(f1[i]),
                support=int(matrix[i].sum()),
            )
            for i, label in enumerate(data.labels)
        ),
        confusion=tuple(tuple(int(count) for count in row) for row in matrix),
        mistakes=_mistakes(data, probabilities, tuned.predicted, true),
        verdict=_verdict(bootstrap, true, tuned, others),
        expected_calibration_error=expected_calibration_error(probabilities, true),
    )


def _mistakes(
    data: LabelledData, probabilities: FloatArray, predicted: IntArray, true: IntArray
) -> tuple[Mistake, ...]:
    confidence = probabilities.max(-1)
    wrong = np.flatnonzero(predicted != true)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_MISTAKES]
    return tuple(
        Mistake(
            row=data.held_out.rows[i],
            text=data.held_out.texts[i][:_LONGEST_TEXT],
            label=data.labels[true[i]],
            predicted=data.labels[predicted[i]],
            confidence=float(confidence[i]),
        )
        for i in worst
    )


def _verdict(bootstrap: Bootstrap, true: IntArray, tuned: Answers, others: Sequence[Answers]) -> Verdict:
    best = max(others, key=lambda answers: float(np.mean(answers.predicted == true)))
    difference = bootstrap.accuracy_difference(tuned.predicted, best.predicted)
    p_value = mcnemar_p_value(true, tuned.predicted, best.predicted)
    is_sure = p_value < SIGNIFICANT
    return Verdict(
        outcome="no_difference" if not is_sure else "better" if difference.value > 0 else "worse",
        against=best.name,
        difference=difference,
        p_value=p_value,
    )
