"""A network of plain transformers that was trained as it is: delivered with its own weights, nothing rewritten."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
import transformers
from safetensors.torch import load_file

from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workers.trainer.bases import Base
    from workers.trainer.model import HeadedModel

_NAMING_WORDS = {
    "AutoModelForCausalLM",
    "AutoModelForMaskedLM",
    "AutoModelForSeq2SeqLM",
    "AutoModelForQuestionAnswering",
}


@dataclass(frozen=True)
class HeadedDeliverable:
    """What an export is made of; `workers.trainer.export.Deliverable` says what for."""

    config: Any
    base_weights: dict[str, torch.Tensor]
    head_weights: dict[str, torch.Tensor]
    """Of what lies outside of the body, by its names in the network."""
    body_prefix: str
    base_name: str
    auto_class: str
    new_modules: list[str]
    tokenizer_settings: Mapping[str, Any] = field(default_factory=dict)
    generation_config: Any = None
    """Of networks that write texts."""

    @property
    def takes_words(self) -> bool:
        """Outputs over the vocabulary or over positions would name the new words as well."""
        return self.auto_class not in _NAMING_WORDS

    @classmethod
    def of(
        cls,
        model: HeadedModel,
        base: Base,
        *,
        auto_class: str,
        new_modules: list[str],
        tokenizer_settings: Mapping[str, Any] | None = None,
    ) -> HeadedDeliverable:
        network = model.network
        prefix = _body_prefix(network)
        config = type(network.config).from_dict(network.config.to_dict())
        config._name_or_path = base.info.source  # noqa: SLF001 - libraries write it into files; not the path on this machine
        if hasattr(config, "vocab_size"):
            config.vocab_size = base.vocab_size
        config.architectures = [type(network).__name__]
        return cls(
            config=config,
            base_weights=_body_weights(base, config, auto_class, prefix),
            head_weights={
                name: tensor.detach().cpu().clone()
                for name, tensor in network.state_dict().items()
                if prefix and not name.startswith(prefix)
            },
            body_prefix=prefix,
            base_name=base.info.source,
            auto_class=auto_class,
            new_modules=new_modules,
            tokenizer_settings=tokenizer_settings or {},
            generation_config=getattr(network, "generation_config", None),
        )

    def plain(self, body_weights: dict[str, torch.Tensor]) -> Any:
        """The network with these weights in its body and the trained head."""
        network = getattr(transformers, self.auto_class).from_config(self.config, dtype=torch.float32)
        weights = {f"{self.body_prefix}{name}": tensor for name, tensor in body_weights.items()} | self.head_weights
        missing, unexpected = network.load_state_dict(weights, strict=False)
        tied = set(network.all_tied_weights_keys)
        lacking = [name for name in missing if name not in tied]
        if lacking or unexpected:
            raise JobError(
                "training:parity", f"The exported network does not fit its weights: {(lacking + unexpected)[:3]}."
            )
        network.tie_weights()
        if self.generation_config is not None:
            network.generation_config = self.generation_config
        return network.eval()

    def untouched(self) -> Any:
        return self.plain(self.base_weights)

    @staticmethod
    def save(network: Any, folder: Path) -> None:
        network.save_pretrained(folder)

    def reopen(self, folder: Path) -> Any:
        return getattr(transformers, self.auto_class).from_pretrained(folder, local_files_only=True).eval()

    def opening_lines(self, *settings: str) -> str:
        labels = [f"num_labels={len(self.config.id2label)}"] if self.new_modules else []
        arguments = [f'"{self.base_name}"', *labels, *settings]
        return f"base = {self.auto_class}.from_pretrained({', '.join(arguments)})"


class WarmStartedDeliverable(HeadedDeliverable):
    """Of an encoder-decoder that was made of an encoder: no base model has its weights, so it is delivered whole."""

    def plain(self, body_weights: dict[str, torch.Tensor]) -> Any:
        """Plain transformers gives its encoder a pooling layer that nothing reads; it gets zeros, so that all copies are alike."""
        with torch.device("meta"):
            wanted = getattr(transformers, self.auto_class).from_config(self.config).state_dict()
        unread = {
            name: torch.zeros(tensor.shape) for name, tensor in wanted.items() if name.startswith("encoder.pooler.")
        }
        return super().plain(unread | body_weights)


def _body_prefix(network: Any) -> str:
    """What the body's names begin with: nothing where the network is its own body, as T5 is."""
    return "" if network.base_model is network else f"{network.base_model_prefix}."


def _body_weights(base: Base, config: Any, auto_class: str, prefix: str) -> dict[str, torch.Tensor]:
    """Of the untouched base model, under the names of its body; files hold them with or without the prefix, and more than is needed."""
    with torch.device("meta"):
        wanted = getattr(transformers, auto_class).from_config(config).base_model.state_dict()
    stored = {
        name.removeprefix(prefix): tensor for name, tensor in load_file(base.folder / "model.safetensors").items()
    }
    return {name: stored[name] for name in wanted if name in stored}
