"""A pooled model as a network of plain transformers: no code of ours, no remote code.

Training pools the mean of all tokens (`workers.trainer.model.mean_pool`), but the sequence classifiers of most families read the
first token. The exported network therefore has one more, perfectly standard layer of its family, whose weights are written, not
learnt, so that it computes exactly that mean:

* attention: query and key are zero, so every token attends to all unmasked tokens alike; value is the identity, so the result
  is their mean. The matrix behind attention is K times the identity, so that the norm behind it (gamma 1, beta 0) sees
  K * mean + residual, with K = 4096: the normalised mean, in which the first token's own state has no weight to speak of.
* feed-forward: zero, so that the second norm sees an already normalised vector again.

Behind it stand one matrix and a function before the output layer:

* tanh (BERT, RoBERTa): the matrix is e times the identity, with e = 2**-10: tanh(e x) is e x to one part in ten thousand; the output
  layer is W / e.
* gelu (ELECTRA): the same, and gelu(e x) is nearly e x / 2; the output layer is 2 W / e.
* relu (DistilBERT): the matrix is the identity and its bias s = 8, which the bias of the output layer takes off again.
* of DeBERTa and ModernBERT the config names the function: there is none.

ModernBERT's classifier averages the tokens itself where its config says so, and has a norm behind its matrix: it needs no layer.

Training computes the same formula with the same K, e and s, including the residual and the function, so that trained and exported
answers differ by float rounding only. That is not believed but measured: golden inputs are recorded from the trained model and
replayed through plain transformers before the folder gets its name. The layer costs one seventh of the serving time of a
six-layer model, and nothing in training.
"""

# ruff: noqa: N803, N806, N815 - capital suffixes name the axes of a tensor: C channel, L label

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification

from workers.contract.reasons import JobError
from workers.trainer.bodies import stored_encoder
from workers.trainer.model import BEND_SCALE, BENDS, MEAN_SCALE, RELU_SHIFT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from workers.trainer.bases import Base
    from workers.trainer.model import PooledModel


@dataclass(frozen=True)
class _Layer:
    """Names inside a layer with its norms behind its blocks; whatever is not named is zero."""

    value: str
    behind_attention: str
    norms: tuple[str, str]


_NORMS = ("attention.output.LayerNorm", "output.LayerNorm")
_BERT_LAYER = _Layer("attention.self.value", "attention.output.dense", _NORMS)
_DEBERTA_LAYER = _Layer("attention.self.value_proj", "attention.output.dense", _NORMS)
_DISTILBERT_LAYER = _Layer("attention.v_lin", "attention.out_lin", ("sa_layer_norm", "output_layer_norm"))


@dataclass(frozen=True)
class _Shape:
    """How a family's sequence classifier is named: its body, and the two layers that read what is pooled."""

    architecture: str
    prefix: str
    dense: str
    output: str
    layers: str = "encoder.layer"
    layer: _Layer | None = _BERT_LAYER
    """None where the network averages the tokens itself."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Of its config, beside how many layers it has."""

    @property
    def new_modules(self) -> list[str]:
        """By the first parts of their names."""
        return list(dict.fromkeys(name.removeprefix(self.prefix).split(".")[0] for name in (self.dense, self.output)))


_IN_CLASSIFIER = ("classifier.dense", "classifier.out_proj")
_SHAPES = {
    "bert": _Shape("BertForSequenceClassification", "bert.", "bert.pooler.dense", "classifier"),
    "roberta": _Shape("RobertaForSequenceClassification", "roberta.", *_IN_CLASSIFIER),
    "xlm-roberta": _Shape("XLMRobertaForSequenceClassification", "roberta.", *_IN_CLASSIFIER),
    "electra": _Shape("ElectraForSequenceClassification", "electra.", *_IN_CLASSIFIER),
    "distilbert": _Shape(
        "DistilBertForSequenceClassification",
        "distilbert.",
        "pre_classifier",
        "classifier",
        layers="transformer.layer",
        layer=_DISTILBERT_LAYER,
    ),
    "deberta-v2": _Shape(
        "DebertaV2ForSequenceClassification",
        "deberta.",
        "pooler.dense",
        "classifier",
        layer=_DEBERTA_LAYER,
        settings={"pooler_hidden_act": "linear"},
    ),
    "modernbert": _Shape(
        "ModernBertForSequenceClassification",
        "model.",
        "head.dense",
        "classifier",
        layer=None,
        settings={"classifier_pooling": "mean", "classifier_activation": "linear"},
    ),
}


@dataclass(frozen=True)
class PooledDeliverable:
    """What an export is made of: the base it stands on, and the head. `workers.trainer.export.Deliverable` says what for."""

    config: Any
    """Of the exported network: most have one layer more than the base model."""
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
        averaging(config)
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: i for i, label in enumerate(labels)}
        config.problem_type = problem_type
        config.architectures = [_SHAPES[config.model_type].architecture]
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
        shape = _SHAPES[self.config.model_type]
        layer = [] if shape.layer is None else [f"{shape.layers}.{int(self.config.num_hidden_layers) - 1}"]
        return [*layer, *shape.new_modules]

    def plain(self, body_weights: dict[str, torch.Tensor]) -> Any:
        """A standard sequence classifier with these encoder weights, the pooling layer and the head."""
        model = AutoModelForSequenceClassification.from_config(self.config, dtype=torch.float32)
        weights = {f"{self.body_prefix}{name}": tensor for name, tensor in body_weights.items()}
        shape = _SHAPES[self.config.model_type]
        weights |= _layer_weights(model, shape)
        weights |= _head_weights(model, shape, self.head_weight_LC, self.head_bias_L)
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
        shape = _SHAPES[self.config.model_type]
        options = [
            *([] if shape.layer is None else [f"num_hidden_layers={self.config.num_hidden_layers}"]),
            f"num_labels={len(self.config.id2label)}",
            *(f'{name}="{value}"' for name, value in shape.settings.items()),
            *settings,
        ]
        return (
            "base = AutoModelForSequenceClassification.from_pretrained(\n"
            f'    "{self.base_name}", {", ".join(options)}\n)'
        )


def averaging(config: Any) -> None:
    """Make the config of a base model that of a network which averages the tokens."""
    shape = _SHAPES[config.model_type]
    config.num_hidden_layers += shape.layer is not None
    for name, value in shape.settings.items():
        setattr(config, name, value)


def _layer_weights(network: Any, shape: _Shape) -> dict[str, torch.Tensor]:
    """Of the layer that averages, where there is one."""
    if shape.layer is None:
        return {}
    layer = f"{shape.prefix}{shape.layers}.{network.config.num_hidden_layers - 1}."
    found = {name: torch.zeros_like(tensor) for name, tensor in network.state_dict().items() if name.startswith(layer)}
    identity = torch.eye(network.config.hidden_size)
    found |= {f"{layer}{norm}.weight": identity.sum(0) for norm in shape.layer.norms}
    found[f"{layer}{shape.layer.value}.weight"] = identity
    found[f"{layer}{shape.layer.behind_attention}.weight"] = MEAN_SCALE * identity
    return found


def _head_weights(
    network: Any, shape: _Shape, weight_LC: torch.Tensor, bias_L: torch.Tensor
) -> dict[str, torch.Tensor]:
    """From behind the mean to the outputs."""
    before = f"{shape.dense.rpartition('.')[0]}."
    found = {name: torch.zeros_like(tensor) for name, tensor in network.state_dict().items() if name.startswith(before)}
    identity, bend = torch.eye(weight_LC.shape[1]), BENDS.get(network.config.model_type)
    scale, gain = {"tanh": (BEND_SCALE, 1), "gelu": (BEND_SCALE, 2)}.get(bend or "", (1, 1))
    if f"{before}norm.weight" in found:
        found[f"{before}norm.weight"] = identity.sum(0)
    if bend == "relu":
        found[f"{shape.dense}.bias"] = RELU_SHIFT * identity.sum(0)
        bias_L = bias_L - RELU_SHIFT * weight_LC.sum(1)
    return found | {
        f"{shape.dense}.weight": scale * identity,
        f"{shape.output}.weight": gain * weight_LC / scale,
        f"{shape.output}.bias": bias_L,
    }


def pooling_note(base: Base) -> str:
    """What a card says of the network, for a base model of one of these families."""
    shape = _SHAPES[base.info.family]
    how = (
        "It averages the tokens, as its config says, and passes their mean through to its output layer."
        if shape.layer is None
        else "Its last layer is written, not learnt: it averages the tokens, whose mean says more of a text than its first token does."
    )
    return f"The network is a standard `{shape.architecture}`. {how}"
