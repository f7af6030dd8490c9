"""What is learnt. A new task is one file here and one line in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from workers.trainer.tasks.classification import Classification

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from workers.contract.events import Warned
    from workers.contract.spec import JobSpec
    from workers.trainer.tasks.classification import LabelledData


class Task(Protocol):
    """From columns to a loss and to figures; everything else is the loop's."""

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[LabelledData, list[Warned]]:
        """Read and check the splits. Raises JobError `data:*`."""

    def loss(self, logits: torch.Tensor, targets: torch.Tensor, *, label_smoothing: float) -> torch.Tensor:
        """Sum over the rows."""

    def metrics(self, logits: torch.Tensor, targets: torch.Tensor) -> dict[str, float]:
        """What is watched on validation rows; the names that a spec may stop on are among them."""


TASKS: dict[str, Any] = {"classification": Classification}


def build_task(spec: Any) -> Task:
    task: Task = TASKS[spec.type](spec)
    return task
