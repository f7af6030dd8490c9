"""One text, one number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from workers.trainer.data import values
from workers.trainer.data.read import Column
from workers.trainer.data.scores import flat_correlation, varied
from workers.trainer.evaluate.metrics import pearson, spearman
from workers.trainer.evaluate.regression import evaluate_numbers, primary_of_numbers
from workers.trainer.tasks._sequence import TARGET, SequenceTask

if TYPE_CHECKING:
    from workers.contract.events import Warned
    from workers.contract.results import Evaluation
    from workers.contract.spec import JobSpec
    from workers.trainer.data.encoded import Encoded
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.evaluate.effect import Primary
    from workers.trainer.parts import Run


class Regression(SequenceTask):
    """Learns the standardised score: (score - mean) / deviation of the training rows. The output layer is scaled back at export."""

    problem_type = "regression"

    def __init__(self, spec: JobSpec) -> None:
        super().__init__(spec)
        self.watched = "spearman"
        self.lower_is_better = frozenset({"loss", "mean_squared_error", "mean_absolute_error"})  # type: ignore[misc]

    def flat(self, rows: Rows, figure: str) -> Warned | None:
        return flat_correlation(rows, figure)

    def target_column(self) -> Column:
        return Column("score", self.spec.score_column, values.number)

    def learn_labels(self, data: TaskData) -> TaskData:
        scores = varied(data.train)
        return replace(data, scale=(float(scores.mean()), float(scores.std())))

    def title(self, data: TaskData) -> str:
        mean, deviation = data.scale
        return f"Score of a {'pair of texts' if self.is_pair else 'text'} (mean {mean:.3g}, deviation {deviation:.3g})"

    def num_outputs(self, data: TaskData) -> int:
        del data
        return 1

    def targets(self, rows: Rows, data: TaskData) -> torch.Tensor:
        mean, deviation = data.scale
        return ((torch.tensor(rows["score"], dtype=torch.float64) - mean) / deviation).float()

    def named(self, target: torch.Tensor, data: TaskData) -> tuple[str, ...]:
        mean, deviation = data.scale
        return (f"{float(target) * deviation + mean:.6g}",)

    def criterion(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.mse_loss(logits.squeeze(-1), targets, reduction="sum")

    def divergence(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return functional.mse_loss(one, other, reduction="sum")

    def probe_criterion(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.mse_loss(logits.squeeze(-1), targets)

    def outputs(self, logits: torch.Tensor, data: TaskData) -> torch.Tensor:
        mean, deviation = data.scale
        return logits * deviation + mean

    def plain_outputs(self, logits: torch.Tensor) -> torch.Tensor:
        return logits

    def metrics(self, answers: torch.Tensor, encoded: Encoded) -> dict[str, float]:
        predicted, true = answers.squeeze(-1).double().numpy(), encoded.targets[TARGET].double().numpy()
        return {
            "loss": float(((predicted - true) ** 2).mean()),
            "pearson": pearson(true, predicted),
            "spearman": spearman(true, predicted),
        }

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_numbers(run, self)

    def primary(self, run: Run) -> Primary:
        return primary_of_numbers(run, self)
