"""One text, one of at least two labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from workers.contract.reasons import JobError
from workers.trainer.data import values
from workers.trainer.data.read import Column, refuse_unseen
from workers.trainer.evaluate.classification import evaluate_labels, primary_of_labels
from workers.trainer.evaluate.metrics import accuracy, macro_f1
from workers.trainer.losses import ClassLoss, choice_divergence
from workers.trainer.tasks._sequence import TARGET, LabellingTask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.results import Evaluation
    from workers.contract.spec import JobSpec
    from workers.trainer.data.encoded import Encoded
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.evaluate.effect import Primary
    from workers.trainer.model import PooledModel
    from workers.trainer.parts import Run


class Classification(LabellingTask):
    problem_type = "single_label_classification"

    def __init__(self, spec: JobSpec) -> None:
        super().__init__(spec)
        self.watched = "macro_f1"
        self.shares = frozenset({"accuracy", "macro_f1"})
        self._loss = ClassLoss(spec.optimisation)

    def target_column(self) -> Column:
        return Column("label", self.spec.label_column, values.label)

    def strata(self, rows: Rows) -> Sequence[Any]:
        return rows["label"]

    def learn_labels(self, data: TaskData) -> TaskData:
        train = data.train
        labels = tuple(sorted(set(train["label"])))
        if len(labels) < 2:  # noqa: PLR2004 - choosing needs two
            raise JobError(
                "data:single_class",
                f"Every row of {train.file} has the label {labels[0]!r}; a classifier needs at least two labels.",
                file=train.file,
                label=labels[0],
            )
        for rows in (data.validation, data.held_out):
            refuse_unseen(rows, ([label] for label in rows["label"]), labels, what="label")
        counts = Counter(train["label"])
        self._loss.learn_choices(torch.tensor([counts[label] for label in labels]))
        return replace(data, labels=labels)

    def title(self, data: TaskData) -> str:
        return f"{len(data.labels)}-label {'text pair' if self.is_pair else 'text'} classifier"

    def num_outputs(self, data: TaskData) -> int:
        return len(data.labels)

    def targets(self, rows: Rows, data: TaskData) -> torch.Tensor:
        number = {label: i for i, label in enumerate(data.labels)}
        return torch.tensor([number[label] for label in rows["label"]])

    def named(self, target: torch.Tensor, data: TaskData) -> tuple[str, ...]:
        return (data.labels[int(target)],)

    def criterion(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return self._loss.of_choices(logits, targets)

    def divergence(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return choice_divergence(one, other)

    def mixable(self, targets: torch.Tensor, model: PooledModel) -> torch.Tensor:
        return functional.one_hot(targets, model.head.out_features).float()

    def probe_criterion(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(logits, targets)

    def outputs(self, logits: torch.Tensor, data: TaskData) -> torch.Tensor:
        del data
        return self.plain_outputs(logits)

    def plain_outputs(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.softmax(-1)

    def metrics(self, answers: torch.Tensor, encoded: Encoded) -> dict[str, float]:
        targets = encoded.targets[TARGET]
        predicted, true = answers.argmax(-1).numpy(), targets.numpy()
        return {
            "loss": float(functional.cross_entropy(answers.double(), targets)),
            "accuracy": accuracy(true, predicted),
            "macro_f1": macro_f1(true, predicted, num_labels=answers.shape[-1]),
        }

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_labels(run, self)

    def primary(self, run: Run) -> Primary:
        return primary_of_labels(run, self)
