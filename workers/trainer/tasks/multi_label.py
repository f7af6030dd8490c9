"""One text, any number of labels out of a closed set."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from workers.contract.reasons import JobError
from workers.trainer.data import values
from workers.trainer.data.read import Column, refuse_unseen
from workers.trainer.evaluate.metrics import label_set_counts
from workers.trainer.evaluate.multi_label import (
    best_threshold,
    decided_threshold,
    evaluate_label_sets,
    primary_of_label_sets,
)
from workers.trainer.losses import ClassLoss, decision_divergence
from workers.trainer.tasks._sequence import TARGET, LabellingTask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.results import Evaluation
    from workers.contract.spec import JobSpec
    from workers.trainer.data.encoded import Encoded
    from workers.trainer.data.read import Place, Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.evaluate.effect import Primary
    from workers.trainer.parts import Run


class MultiLabel(LabellingTask):
    problem_type = "multi_label_classification"

    def __init__(self, spec: JobSpec) -> None:
        super().__init__(spec)
        self.watched = "macro_f1"
        self.shares = frozenset({"micro_f1", "macro_f1"})
        self._loss = ClassLoss(spec.optimisation)

    def target_column(self) -> Column:
        return Column("labels", self.spec.labels_column, _label_set)

    def strata(self, rows: Rows) -> Sequence[Any]:
        """The whole set of a row: combinations that are frequent keep their share."""
        return [",".join(labels) for labels in rows["labels"]]

    def kinds(self, rows: Rows) -> Sequence[Sequence[str]]:
        found: tuple[tuple[str, ...], ...] = rows["labels"]
        return found

    def learn_labels(self, data: TaskData) -> TaskData:
        train = data.train
        labels = tuple(sorted({label for found in train["labels"] for label in found}))
        if not labels:
            raise JobError(
                "data:single_class",
                f"No row of {train.file} has a label; at least one label must occur.",
                file=train.file,
                label="",
            )
        for rows in (data.validation, data.held_out):
            refuse_unseen(rows, rows["labels"], labels, what="label")
        counts = Counter(label for found in train["labels"] for label in found)
        self._loss.learn_decisions(torch.tensor([counts[label] for label in labels]), len(train))
        return replace(data, labels=labels)

    def title(self, data: TaskData) -> str:
        return f"Classifier that gives any of {len(data.labels)} labels"

    def num_outputs(self, data: TaskData) -> int:
        return len(data.labels)

    def targets(self, rows: Rows, data: TaskData) -> torch.Tensor:
        number = {label: i for i, label in enumerate(data.labels)}
        targets = torch.zeros(len(rows), len(data.labels))
        for row, labels in enumerate(rows["labels"]):
            targets[row, [number[label] for label in labels]] = 1.0
        return targets

    def named(self, target: torch.Tensor, data: TaskData) -> tuple[str, ...]:
        return tuple(label for label, is_given in zip(data.labels, target.tolist(), strict=True) if is_given)

    def criterion(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return self._loss.of_decisions(logits, targets)

    def divergence(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return decision_divergence(one, other)

    def probe_criterion(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(targets)

    def outputs(self, logits: torch.Tensor, data: TaskData) -> torch.Tensor:
        del data
        return self.plain_outputs(logits)

    def plain_outputs(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.sigmoid()

    def metrics(self, answers: torch.Tensor, encoded: Encoded) -> dict[str, float]:
        """F1 at the threshold that is best on these rows: it is chosen on the validation rows in the end as well."""
        targets = encoded.targets[TARGET]
        probabilities = answers.double().sigmoid()
        loss = functional.binary_cross_entropy_with_logits(answers.double(), targets.double(), reduction="sum")
        given = (probabilities >= best_threshold(probabilities.numpy(), targets.numpy())).numpy()
        counts = label_set_counts(targets.numpy() > 0, given)
        return {"loss": float(loss) / len(targets), "micro_f1": counts.micro_f1, "macro_f1": counts.macro(counts.f1)}

    def threshold(self, run: Run) -> float | None:
        return decided_threshold(run, self)

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_label_sets(run, self)

    def primary(self, run: Run) -> Primary:
        return primary_of_label_sets(run, self)


def _label_set(value: Any, place: Place) -> tuple[str, ...]:
    """A list of labels, without repetition, in alphabetical order. An empty list says: none applies."""
    if value is None:
        raise values.missing_label(place)
    return tuple(sorted({values.label(part, place) for part in values.listed(value, place)}))
