"""Opens base models and their tokenizers, and rehearses a step before the first job comes."""

from __future__ import annotations

import copy
import functools
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoTokenizer, EncoderDecoderModel

from workers.contract.reasons import JobError
from workers.trainer import attention
from workers.trainer.data.encoded import Encoded
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.engine import Engine, pick_device
from workers.trainer.environment import num_threads
from workers.trainer.model import PooledModel
from workers.trainer.optimiser import ShardedAdamW
from workers.trainer.probe import solve_linear

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workers.trainer.bases import Base


# Families whose layers have a place for attention to a source.
_CAN_BECOME_DECODERS = frozenset({"bert", "roberta", "xlm-roberta"})
# Families whose attention also looks at how far tokens are apart, which fused kernels have no place for.
_WITHOUT_FUSED_ATTENTION = frozenset({"deberta-v2"})


def load_tokenizer(folder: Path, *, truncation_side: str = "right") -> Any:
    """As the base model has it, but that it cuts where it is told to. Decoders often lack a token for padding; any will do, since nothing
    ever sees it.
    """
    return _open_tokenizer(folder, truncation_side)


@functools.lru_cache(maxsize=4)
def _open_tokenizer(folder: Path, truncation_side: str) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, truncation_side=truncation_side)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    return tokenizer


_loaded_ahead: dict[str, Any] = {}


def load_ahead(base: Base) -> None:
    """Open an encoder before a job asks for it, and rehearse a step on a copy.

    Much of a first step is not work: thread pools, kernels made on first use, modules that torch imports late.
    """
    if "classification" not in base.info.tasks:
        return
    encoder = _open_encoder(base)
    tokens = Tokeniser(load_tokenizer(base.folder)).texts(["one", "two or three"] * 16)
    targets = torch.zeros(len(tokens), dtype=torch.long)
    encoded = Encoded(ids=tokens.ids, targets={"target": targets})
    engine = Engine(
        PooledModel(copy.deepcopy(encoder), 2),
        pad_id=0,
        device=pick_device(),
        threads=num_threads(),
        batch_size=len(encoded),
    )
    features = engine.tensor(encoded, lambda model, batch: model.pooled_of(batch))
    cross_entropy = torch.nn.functional.cross_entropy
    solve_linear(features, targets, num_outputs=2, criterion=cross_entropy, judge=lambda _: 0.0)
    engine.accumulate(
        encoded,
        [np.arange(len(encoded))],
        loss=lambda model, batch: cross_entropy(model.of(batch), batch.targets["target"], reduction="sum"),
        units=len(encoded),
        position=(0, 0),
    )
    ShardedAdamW(engine.team, weight_decay=0.0).update(learning_rate=0.0, max_grad_norm=1.0)
    engine.close()
    _loaded_ahead[base.info.slug] = encoder


def open_network(base: Base, auto_class: Any, **config: Any) -> Any:
    """The base model inside a network with a head, whose weights are new. Raises `platform:base_model_damaged`.

    `config` are changes to the network's configuration, such as `id2label`.
    """
    network, missing = _open(base, auto_class, **config)
    _refuse_missing(base, [name for name in missing if name.startswith(f"{network.base_model_prefix}.")])
    if "head.dense.weight" in missing:
        # What lies before the output layer is as new, but the base model is opened again to be compared with: it gets the same head.
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(torch.initial_seed())
            network.head.dense.reset_parameters()
    return network


def open_language_network(base: Base, auto_class: Any, *, may_be_new: bool = False) -> tuple[Any, frozenset[str]]:
    """The base model with its own output layer, and the names of what it lacked: new values, where that may be.

    Raises `platform:base_model_damaged`.
    """
    network, missing = _open(base, auto_class)
    inside = {f"{network.base_model_prefix}.{name}" for name, _ in network.base_model.named_parameters()}
    _refuse_missing(base, [name for name in missing if not may_be_new or name in inside])
    if network.can_generate():
        network.generation_config.pad_token_id = load_tokenizer(base.folder).pad_token_id
    return network, frozenset(missing)


def open_as_encoder_decoder(base: Base) -> tuple[Any, frozenset[str]]:
    """An encoder as both halves of an encoder-decoder, and the names of what is new (Rothe et al. 2020, arXiv:1907.12461).

    The decoder begins with the encoder's weights and sees only what is before; its attention to the source is new, and its output
    layer where the base model's files have none. Words are looked up and said by one table, as source and target have one vocabulary.
    A text begins and ends with the tokens that the tokenizer puts around it. Raises `platform:base_model_damaged`, and
    `spec:unsupported` for families whose layers have no place for attention to a source.
    """
    if base.info.family not in _CAN_BECOME_DECODERS:
        raise JobError(
            "spec:unsupported",
            f"{base.info.name} only reads, and no decoder can be made of the family {base.info.family}; choose a base_model that writes.",
            field="base_model",
            family=base.info.family,
        )
    encoder = load_encoder(base)
    decoder, missing = _open(base, AutoModelForCausalLM, is_decoder=True, add_cross_attention=True)
    network = EncoderDecoderModel(encoder=encoder, decoder=decoder)
    decoder.set_input_embeddings(encoder.get_input_embeddings())
    decoder.tie_weights()
    tokenizer = load_tokenizer(base.folder)
    settings = {
        "decoder_start_token_id": tokenizer.cls_token_id,
        "eos_token_id": tokenizer.sep_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    for config in (network.config, network.generation_config):
        for name, value in settings.items():
            setattr(config, name, value)
    inside = [
        name for name in missing if "crossattention" not in name and name.startswith(f"{decoder.base_model_prefix}.")
    ]
    _refuse_missing(base, inside)
    return network.eval(), frozenset(f"decoder.{name}" for name in missing)


def _open(base: Base, auto_class: Any, **config: Any) -> tuple[Any, list[str]]:
    """The network, and the names of its weights that the base model's files lack."""
    _be_quiet()
    network, report = auto_class.from_pretrained(
        base.folder,
        local_files_only=True,
        attn_implementation=_attention_of(base),
        dtype=torch.float32,
        output_loading_info=True,
        **config,
    )
    return network.eval(), sorted(report["missing_keys"])


def _attention_of(base: Base) -> str:
    """Ours where the family's attention drops out by a module; else the family's own, fused where it has that."""
    if base.info.family in attention.FAMILIES:
        return attention.NAME
    return "eager" if base.info.family in _WITHOUT_FUSED_ATTENTION else "sdpa"


def _be_quiet() -> None:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def _refuse_missing(base: Base, names: Sequence[str]) -> None:
    if names:
        raise JobError(
            "platform:base_model_damaged",
            f"The weights of {base.info.slug} lack {min(names)}.",
            base_model=base.info.slug,
        )


def load_encoder(base: Base) -> Any:
    """The base model's encoder, untouched and nobody else's. Raises `platform:base_model_damaged`."""
    return _loaded_ahead.pop(base.info.slug, None) or _open_encoder(base)


def stored_encoder(base: Base, config: Any) -> dict[str, torch.Tensor]:
    """Weights of an encoder under its own names, its pooler included. Files hold them with a prefix or without one, beside the output layer
    that the base model was made with.
    """
    kind: Any = transformers.MODEL_MAPPING[type(config)]
    with torch.device("meta"):
        wanted = kind(config).state_dict()
    stored = load_file(base.folder / "model.safetensors")
    weights = {name.removeprefix(f"{kind.base_model_prefix}."): tensor for name, tensor in stored.items()}
    return {name: tensor for name, tensor in weights.items() if name in wanted}


def without_pooler(config: Any) -> dict[str, bool]:
    """What a family's encoder is told so that it is made without its pooler, where it has one."""
    kind: Any = transformers.MODEL_MAPPING[type(config)]
    has_pooler = "add_pooling_layer" in inspect.signature(kind.__init__).parameters
    return {"add_pooling_layer": False} if has_pooler else {}


def _open_encoder(base: Base) -> Any:
    _be_quiet()
    encoder, report = AutoModel.from_pretrained(
        base.folder,
        local_files_only=True,
        **without_pooler(AutoConfig.from_pretrained(base.folder, local_files_only=True)),
        attn_implementation=_attention_of(base),
        dtype=torch.float32,
        output_loading_info=True,
    )
    _refuse_missing(base, report["missing_keys"])
    return encoder.eval()
