"""What a method is: which weights learn, and what is taken out of the trained model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel


class Method:
    """The ways in which methods differ, each with what holds for most of them.

    Everything that a method adds to a model lies inside of the body, so that replicas, optimizer and checkpoints treat it as any other
    weight.
    """

    learning_rate_factor: ClassVar[float]
    """How many times the rate of full training this method needs (docs/auto-rules.md)."""
    starts_as_base: ClassVar[bool] = True
    """Whether the prepared body computes what the base model does until its first update."""

    may_shard: ClassVar[bool] = True
    """Whether the weights of a layer may lie in parts in several processes."""

    why_alone: ClassVar[str] = ""
    """Of a method whose adapter may be the only artifact: the notice that says why."""

    def __init__(self, spec: Any) -> None:
        self.spec = spec

    @property
    def num_virtual_tokens(self) -> int:
        """Positions that the method takes from what the base model can read."""
        return 0

    def check(self, device: torch.device) -> None:
        """Refuse what this machine cannot do, before data are read. Raises JobError `spec:unsupported`."""

    # --- training

    def prepare(self, model: TaskModel) -> None:
        """Choose what of the body learns (`requires_grad`); may put new parts in. Raises JobError `spec:*`."""
        raise NotImplementedError

    def begin(self, body: Any, *, total_steps: int) -> None:
        """The run knows how long it will be; comes before a checkpoint is restored."""

    def before_update(self, body: Any, step: int) -> None:
        """Gradients of all replicas lie summed in `body`, not yet clipped; `step` updates are complete."""

    def after_update(self, body: Any, step: int) -> None:
        """`body` holds the weights of after the update that began when `step` updates were complete."""

    def restrict(self, body: Any) -> None:
        """`body` holds an average of the weights so far: take out of it what training has taken out of them."""

    def state(self) -> dict[str, torch.Tensor]:
        """Copies of what the hooks above stand on besides weights and position; kept in checkpoints."""
        return {}

    def load_state(self, state: dict[str, torch.Tensor]) -> None:
        """Continue from what `state` gave."""
        del state

    # --- what is taken out

    def merged(self, body: Any) -> dict[str, torch.Tensor] | None:
        """Weights of a plain body that computes the same, under the names of the base model; None when no plain body can."""
        return plain_weights(body)

    def virtual_words(self, body: Any) -> torch.Tensor | None:
        """(words, channels): embeddings that the merged model needs in front of every text, as new words of its vocabulary."""
        del body
        return None

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        """Write what was learnt on its own, if that is a thing of its own; says whether it is."""
        raise NotImplementedError

    def open_adapter(self, folder: Path, deliverable: Deliverable) -> Any:
        """The untouched base model with the adapter on it, opened as the adapter's README says."""
        raise NotImplementedError

    def opening_code(self, deliverable: Deliverable) -> str:
        """Python lines of the README that end with `model`, made of the base model and the folder."""
        raise NotImplementedError


def plain_weights(body: Any) -> dict[str, torch.Tensor]:
    """Copies of all weights of a body that no method has added anything to."""
    return {name: tensor.detach().cpu().clone() for name, tensor in body.state_dict().items()}
