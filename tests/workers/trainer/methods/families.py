"""Tiny members of families of models with random weights, and what a method needs to be tried on them without data."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import transformers

from workers.trainer import attention
from workers.trainer.bodies import without_pooler
from workers.trainer.model import HeadedModel, PooledModel, TaskModel
from workers.trainer.pooling_layer import PooledDeliverable, averaging

VOCABULARY = 60
_SIZES = {"vocab_size": VOCABULARY, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
_ENCODER = {
    **_SIZES,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
    "num_labels": 3,
    "initializer_range": 0.3,
}
_DECODER = {**_ENCODER, "num_key_value_heads": 2}
_SEQ2SEQ = {
    **_SIZES,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 64,
    "decoder_start_token_id": 2,
    "init_std": 0.3,
}
_T5 = {**_SIZES, "d_model": 32, "d_kv": 8, "num_layers": 2, "num_heads": 4, "d_ff": 64, "decoder_start_token_id": 0}
_DISTIL = {
    **_SIZES,
    "dim": 32,
    "n_layers": 2,
    "n_heads": 4,
    "hidden_dim": 64,
    "max_position_embeddings": 64,
    "num_labels": 3,
    "initializer_range": 0.3,
}
_GPT2 = {**_SIZES, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64, "initializer_range": 0.3}

# By name: the class of the configuration, its values, and the class of the network; None is our pooled model.
FAMILIES: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "bert pooled": ("BertConfig", {**_ENCODER, "layer_norm_eps": 1e-12}, None),
    "electra pooled": ("ElectraConfig", {**_ENCODER, "embedding_size": 16}, None),
    "distilbert pooled": ("DistilBertConfig", _DISTIL, None),
    "deberta pooled": (
        "DebertaV2Config",
        {**_ENCODER, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
        None,
    ),
    "modernbert pooled": ("ModernBertConfig", _ENCODER, None),
    "bert": ("BertConfig", _ENCODER, "AutoModelForTokenClassification"),
    "roberta": ("RobertaConfig", _ENCODER, "AutoModelForTokenClassification"),
    "electra": ("ElectraConfig", {**_ENCODER, "embedding_size": 16, "num_labels": 2}, "AutoModelForQuestionAnswering"),
    "deberta": ("DebertaV2Config", _ENCODER, "AutoModelForTokenClassification"),
    "distilbert": ("DistilBertConfig", _DISTIL, "AutoModelForTokenClassification"),
    "modernbert": ("ModernBertConfig", _ENCODER, "AutoModelForTokenClassification"),
    "llama": ("LlamaConfig", _DECODER, "AutoModelForCausalLM"),
    "qwen": ("Qwen3Config", {**_DECODER, "head_dim": 8}, "AutoModelForCausalLM"),
    "gpt2": ("GPT2Config", _GPT2, "AutoModelForCausalLM"),
    "t5": ("T5Config", _T5, "AutoModelForSeq2SeqLM"),
    "bart": ("BartConfig", _SEQ2SEQ, "AutoModelForSeq2SeqLM"),
}


@dataclass
class FamilyDeliverable:
    """A headed network that is delivered as it is; what `HeadedDeliverable` is for a base model on the disk."""

    network: Any
    auto_class: str
    base_name: str = "tests/tiny"
    new_modules: list[str] = field(default_factory=list)

    @property
    def body_prefix(self) -> str:
        is_inside = self.network.base_model is not self.network
        return f"{self.network.base_model_prefix}." if is_inside else ""

    @property
    def base_weights(self) -> dict[str, torch.Tensor]:
        return dict(self.network.base_model.state_dict())

    def plain(self, body_weights: dict[str, torch.Tensor]) -> Any:
        network = copy.deepcopy(self.network)
        network.base_model.load_state_dict(body_weights)
        return network.eval()

    def untouched(self) -> Any:
        return copy.deepcopy(self.network).eval()

    def opening_lines(self, *settings: str) -> str:
        return f"base = open_base({', '.join(settings)})"


@dataclass
class Case:
    """A model to prepare, and how to ask it and what it is delivered as."""

    model: TaskModel
    deliverable: Any
    inputs: dict[str, torch.Tensor]

    def ask(self, model: TaskModel) -> torch.Tensor:
        """Outputs (rows, …) of the model that is trained, with padding set to zero."""
        if isinstance(model, PooledModel):
            return model(self.inputs["input_ids"], self.inputs["attention_mask"])
        return self.outputs(model.network(**self.inputs))

    def ask_plain(self, network: Any) -> torch.Tensor:
        """The same of what is delivered."""
        return self.outputs(network(**self.inputs))

    def outputs(self, found: Any) -> torch.Tensor:
        values = found.start_logits.unsqueeze(-1) if "start_logits" in found else found.logits
        if values.shape[:2] != self.inputs["attention_mask"].shape or "decoder_input_ids" in self.inputs:
            return values
        return values * self.inputs["attention_mask"].unsqueeze(-1)


def build(family: str) -> Case:
    torch.manual_seed(3)
    config_class, values, auto_class = FAMILIES[family]
    config = getattr(transformers, config_class)(**values)
    ids = torch.randint(3, VOCABULARY, (3, 7))
    mask = torch.ones_like(ids)
    mask[1, 4:] = 0
    ids[1, 4:] = 0
    inputs = {"input_ids": ids, "attention_mask": mask}
    if auto_class is None:
        kind = attention.NAME if config.model_type in attention.FAMILIES else None
        body = transformers.AutoModel.from_config(config, **without_pooler(config), attn_implementation=kind).eval()
        model = PooledModel(body, 3)
        return Case(model.eval(), _pooled_deliverable(model, config), {**inputs, "attention_mask": mask.bool()})
    network = getattr(transformers, auto_class).from_config(config).eval()
    new = [name for name in ("classifier", "qa_outputs") if hasattr(network, name)]
    if config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.randint(3, VOCABULARY, (3, 5))
    deliverable = FamilyDeliverable(copy.deepcopy(network), auto_class, new_modules=new)
    return Case(HeadedModel(network).eval(), deliverable, inputs)


def _pooled_deliverable(model: PooledModel, config: Any) -> PooledDeliverable:
    more = copy.deepcopy(config)
    averaging(more)
    return PooledDeliverable(
        config=more,
        base_weights={name: tensor.clone() for name, tensor in model.encoder.state_dict().items()},
        head_weight_LC=model.head.weight.detach(),
        head_bias_L=model.head.bias.detach(),
        base_name="tests/tiny",
    )


def move_learnt_weights(model: TaskModel, *, by: float = 0.3, only: Callable[[str], bool] = lambda _: True) -> None:
    """As if training had moved what learns in the body a long way."""
    torch.manual_seed(11)
    with torch.no_grad():
        for name, parameter in model.body.named_parameters():
            if parameter.requires_grad and only(name):
                parameter.add_(by * torch.randn_like(parameter))


def learning(model: TaskModel) -> Sequence[str]:
    return [name for name, parameter in model.body.named_parameters() if parameter.requires_grad]
