"""Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685) through peft: a frozen base, rank-r updates of chosen matrices."""

from __future__ import annotations

import contextlib
import copy
import warnings
from typing import TYPE_CHECKING, Any

import peft
from torch import nn
from transformers.pytorch_utils import Conv1D

from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import torch

    from workers.contract.spec import LoraMethod
    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel

ADAPTER = "default"


@contextlib.contextmanager
def quiet_peft() -> Iterator[None]:
    """Without two warnings that say nothing to anybody here."""
    with warnings.catch_warnings():
        # peft still asks for a property that transformers renamed.
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated")
        # It looks for the base model's public name on the disk, to see whether the vocabulary grew. It did not.
        warnings.filterwarnings("ignore", message="Could not find a config file")
        yield


class LowRankAdaptation:
    # Updates start at zero and pass through two small factors, so they need a rate about ten times that of full training.
    learning_rate_factor = 10.0

    def __init__(self, spec: LoraMethod) -> None:
        self.spec = spec

    def prepare(self, model: TaskModel) -> None:
        body = model.body
        hidden = body.config.hidden_size
        if self.spec.rank > hidden:
            raise JobError(
                "spec:rank_too_large",
                f"A LoRA rank of {self.spec.rank} is larger than the width of the base model ({hidden}); "
                f"choose at most {hidden}.",
                rank=self.spec.rank,
                limit=hidden,
            )
        body.requires_grad_(requires_grad=False)
        names = self._target_names(body)
        config = self._config(target_modules=names, fan_in_fan_out=_is_transposed(body))
        peft.inject_adapter_in_model(config, body, adapter_name=ADAPTER)

    def merged(self, body: Any) -> dict[str, torch.Tensor]:
        merged = copy.deepcopy(body)
        for name, part in list(merged.named_modules()):
            if isinstance(part, peft.tuners.lora.Linear):
                part.merge()
                merged.set_submodule(name, part.get_base_layer())
        return {name: tensor.detach().cpu().clone() for name, tensor in merged.state_dict().items()}

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        """A folder for plain peft, on top of the base model opened with the extra pooling layer (see its README)."""
        config = self._config(
            target_modules=[f"{deliverable.body_prefix}{name}" for name in self._target_names(body)],
            fan_in_fan_out=_is_transposed(body),
            task_type=deliverable.peft_task,
            modules_to_save=deliverable.new_modules,
        )
        with quiet_peft():
            wrapped = peft.get_peft_model(deliverable.untouched(), config)
        learnt = {
            f"base_model.model.{deliverable.body_prefix}{name}": parameter.detach().cpu()
            for name, parameter in body.named_parameters()
            if ".lora_" in name
        }
        _, unexpected = wrapped.load_state_dict(learnt, strict=False)
        if unexpected:
            raise JobError("training:parity", f"The adapter holds weights that peft does not know: {unexpected[:3]}.")
        # peft writes down where the base model lay on this machine; its public name is what others can use.
        config.base_model_name_or_path = deliverable.base_name
        config.inference_mode = True
        with quiet_peft():
            wrapped.save_pretrained(str(folder), safe_serialization=True)
        return True

    def _config(self, **more: Any) -> peft.LoraConfig:
        return peft.LoraConfig(
            r=self.spec.rank,
            lora_alpha=self.spec.alpha,  # type: ignore[arg-type]  # peft divides by the rank; any number will do
            lora_dropout=self.spec.dropout,
            bias="none",
            **more,
        )

    def _target_names(self, body: Any) -> list[str]:
        """Full names of the adapted matrices, so that nothing outside the transformer is met by accident.

        Hu et al. adapt the attention matrices; the feed-forward matrices are worth their few weights too (Dettmers et al. 2023,
        arXiv:2305.14314, figure 2), so `auto` is every matrix but the output layer.
        """
        output = body.get_output_embeddings()
        linears = [
            name.removesuffix(".base_layer")
            for name, part in body.named_modules()
            if isinstance(part, nn.Linear | Conv1D) and ".lora_" not in name and part is not output
        ]
        if self.spec.target_modules == "auto":
            return linears
        wanted = self.spec.target_modules
        unknown = [name for name in wanted if not any(linear.endswith(f".{name}") for linear in linears)]
        if unknown:
            raise JobError(
                "spec:invalid",
                f"The base model has no linear layer named {unknown[0]!r}; it has: "
                f"{', '.join(sorted({linear.rsplit('.', 1)[-1] for linear in linears}))}.",
                field="method.target_modules",
            )
        return [linear for linear in linears if any(linear.endswith(f".{name}") for name in wanted)]


def _is_transposed(body: Any) -> bool:
    """GPT-2 keeps its matrices the other way round."""
    return any(isinstance(part, Conv1D) for part in body.modules())
