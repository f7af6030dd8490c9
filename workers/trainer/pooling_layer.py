"""A pooled model as a network of plain transformers: no code of ours, no remote code.

Training pools the mean of all tokens (`workers.trainer.model.mean_pool`), but `BertForSequenceClassification`, and RoBERTa's, reads the
first token. The exported network therefore has one more, perfectly standard layer, whose weights are written, not learnt, so that it
computes exactly that mean:

* attention: query and key are zero, so every token attends to all unmasked tokens alike; value is the identity, so the result
  is their mean. `attention.output.dense` is K times the identity, so that its LayerNorm (gamma 1, beta 0) sees
  K * mean + residual, with K = 4096: the normalised mean, in which the first token's own state has no weight to speak of.
* feed-forward: zero, so that the second LayerNorm sees an already normalised vector again.
* pooler (of RoBERTa the first layer of the classifier): e times the identity, with e = 2**-10: tanh(e x) is e x to one part in ten
  thousand; the classifier is W / e.

Training computes the same formula with the same K and e, including the residual and the tanh, so that trained and exported
answers differ by float rounding only. That is not believed but measured: golden inputs are recorded from the trained model and
replayed through plain transformers before the folder gets its name. The layer costs one seventh of the serving time of a
six-layer model, and nothing in training.
"""

# ruff: noqa: N815 - capital suffixes name the axes of a tensor: C channel, L label

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification

from workers.contract.reasons import JobError
from workers.trainer.bodies import stored_encoder
from workers.trainer.model import MEAN_SCALE, TANH_SCALE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from workers.trainer.bases import Base
    from workers.trainer.model import PooledModel


@dataclass(frozen=True)
class _Shape:
    """How a family's sequence classifier is named: its body, and the two layers that read the first token."""

    architecture: str
    prefix: str
    dense: str
    output: str

    @property
    def new_modules(self) -> list[str]:
        """By the first parts of their names."""
        return list(dict.fromkeys(name.removeprefix(self.prefix).split(".")[0] for name in (self.dense, self.output)))


_ROBERTA = ("roberta.", "classifier.dense", "classifier.out_proj")
_SHAPES = {
    "bert": _Shape("BertForSequenceClassification", "bert.", "bert.pooler.dense", "classifier"),
    "roberta": _Shape("RobertaForSequenceClassification", *_ROBERTA),
    "xlm-roberta": _Shape("XLMRobertaForSequenceClassification", *_ROBERTA),
}


@dataclass(frozen=True)
class PooledDeliverable:
    """What an export is made of: the base it stands on, and the head. `workers.trainer.export.Deliverable` says what for."""

    config: Any
    """Of the exported network: one layer more than the base model's."""
    base_weights: dict[str, torch.Tensor]
    """Of the base model's encoder, under its own names."""
    head_weight_LC: torch.Tensor
    head_bias_L: torch.Tensor
    base_name: str
    auto_class: str = "AutoModelForSequenceClassification"
    takes_words: bool = True
    tokenizer_settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        model: PooledModel,
        base: Base,
        *,
        labels: Sequence[str],
        problem_type: str,
        scale: tuple[float, float] = (0.0, 1.0),
    ) -> PooledDeliverable:
        """`scale` is the mean and deviation that outputs are multiplied back with."""
        config = AutoConfig.from_pretrained(base.folder, local_files_only=True)
        config._name_or_path = base.info.source  # noqa: SLF001 - libraries write it into files; not the path on this machine
        config.num_hidden_layers += 1
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: i for i, label in enumerate(labels)}
        config.problem_type = problem_type
        shape = _SHAPES[config.model_type]
        config.architectures = [shape.architecture]
        stored = stored_encoder(base, config)
        mean, deviation = scale
        return cls(
            config=config,
            base_weights={name: tensor for name, tensor in stored.items() if not name.startswith("pooler.")},
            head_weight_LC=model.head.weight.detach().cpu() * deviation,
            head_bias_L=model.head.bias.detach().cpu() * deviation + mean,
            base_name=base.info.source,
        )

    @property
    def body_prefix(self) -> str:
        """What the body's names begin with inside the plain network."""
        return _SHAPES[self.config.model_type].prefix

    @property
    def new_modules(self) -> list[str]:
        """What the base model does not have, by the names that peft's `modules_to_save` understands."""
        last = f"encoder.layer.{int(self.config.num_hidden_layers) - 1}"
        return [last, *_SHAPES[self.config.model_type].new_modules]

    def plain(self, body_weights: dict[str, torch.Tensor]) -> Any:
        """A standard sequence classifier with these encoder weights, the pooling layer and the head."""
        model = AutoModelForSequenceClassification.from_config(self.config, dtype=torch.float32)
        weights = {f"{self.body_prefix}{name}": tensor for name, tensor in body_weights.items()}
        shape = _SHAPES[self.config.model_type]
        weights |= _pooling_weights(self.config, shape)
        weights |= {
            f"{shape.output}.weight": self.head_weight_LC / TANH_SCALE,
            f"{shape.output}.bias": self.head_bias_L,
        }
        missing, unexpected = model.load_state_dict(weights, strict=False)
        if missing or unexpected:
            raise JobError(
                "training:parity", f"The exported network does not fit its weights: {(missing + unexpected)[:3]}."
            )
        return model.eval()

    def untouched(self) -> Any:
        """The same on the untouched base model: what an adapter is put on."""
        return self.plain(self.base_weights)

    @staticmethod
    def save(network: Any, folder: Path) -> None:
        network.save_pretrained(folder)

    @staticmethod
    def reopen(folder: Path) -> Any:
        return AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()

    def opening_lines(self, *settings: str) -> str:
        """How a reader opens the base model so that an adapter fits on it."""
        options = [
            f"num_hidden_layers={self.config.num_hidden_layers}",
            f"num_labels={len(self.config.id2label)}",
            *settings,
        ]
        return (
            "base = AutoModelForSequenceClassification.from_pretrained(\n"
            f'    "{self.base_name}", {", ".join(options)}\n)'
        )


def _pooling_weights(config: Any, shape: _Shape) -> dict[str, torch.Tensor]:
    layer = f"{shape.prefix}encoder.layer.{config.num_hidden_layers - 1}"
    width, inner = config.hidden_size, config.intermediate_size
    identity, zeros, ones = torch.eye(width), torch.zeros(width), torch.ones(width)
    attention, output = f"{layer}.attention", f"{layer}.output"
    return {
        f"{attention}.self.query.weight": torch.zeros(width, width),
        f"{attention}.self.query.bias": zeros,
        f"{attention}.self.key.weight": torch.zeros(width, width),
        f"{attention}.self.key.bias": zeros,
        f"{attention}.self.value.weight": identity,
        f"{attention}.self.value.bias": zeros,
        f"{attention}.output.dense.weight": MEAN_SCALE * identity,
        f"{attention}.output.dense.bias": zeros,
        f"{attention}.output.LayerNorm.weight": ones,
        f"{attention}.output.LayerNorm.bias": zeros,
        f"{layer}.intermediate.dense.weight": torch.zeros(inner, width),
        f"{layer}.intermediate.dense.bias": torch.zeros(inner),
        f"{output}.dense.weight": torch.zeros(width, inner),
        f"{output}.dense.bias": zeros,
        f"{output}.LayerNorm.weight": ones,
        f"{output}.LayerNorm.bias": zeros,
        f"{shape.dense}.weight": TANH_SCALE * identity,
        f"{shape.dense}.bias": zeros,
    }
