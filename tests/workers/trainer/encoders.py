"""Tiny members of other families of encoders than BERT, with random weights, in files as such models are published."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import torch
import transformers

from workers.contract.catalogue import CATALOGUE
from workers.trainer.describe import describe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workers.contract.catalogue import BaseModelInfo

_SIZES: dict[str, Any] = {
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
    "initializer_range": 0.3,
}
_WIDE: dict[str, Any] = {**_SIZES, "hidden_size": 32, "intermediate_size": 64}
_DEBERTA = {
    "relative_attention": True,
    "pos_att_type": "p2c|c2p",
    "share_att_key": True,
    "norm_rel_ebd": "layer_norm",
    "position_buckets": 16,
    "position_biased_input": False,
}
# By slug: the family's name in class names, its configuration, the network whose weights are published, and whether it knows token types.
ENCODERS: dict[str, tuple[str, dict[str, Any], str, bool]] = {
    "tiny-electra": ("Electra", {**_WIDE, "embedding_size": 16}, "ForPreTraining", True),
    "tiny-distilbert": ("DistilBert", {**_SIZES, "dim": 32, "hidden_dim": 64}, "ForMaskedLM", False),
    "tiny-deberta": ("DebertaV2", {**_WIDE, **_DEBERTA}, "Model", True),
    "tiny-modernbert": ("ModernBert", {**_WIDE, "local_attention": 16}, "ForMaskedLM", False),
}


def build_encoders(models_dir: Path, *, tokenizer: Path, files: Sequence[str], vocab_size: int) -> None:
    """Every one under its slug, with the tokenizer from these files of a BERT."""
    for slug, (family, values, network, has_types) in ENCODERS.items():
        folder = models_dir / slug
        folder.mkdir()
        for name in files:
            shutil.copy(tokenizer / name, folder / name)
        settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        settings["model_input_names"] = ["input_ids", *(["token_type_ids"] if has_types else []), "attention_mask"]
        (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
        torch.manual_seed(7)
        special = {
            "pad_token_id": 0,
            "cls_token_id": 101,
            "bos_token_id": 101,
            "sep_token_id": 102,
            "eos_token_id": 102,
        }
        config = getattr(transformers, f"{family}Config")(**values, vocab_size=vocab_size, **special)
        getattr(transformers, f"{family}{network}")(config).save_pretrained(folder)


def register_encoders(models_dir: Path) -> None:
    CATALOGUE.update(encoder_infos(models_dir))


def encoder_infos(models_dir: Path) -> dict[str, BaseModelInfo]:
    """As their folders are described."""
    return {
        slug: describe(models_dir / slug, name=None, source=f"tests/{slug}", licence="MIT", languages=["en"])
        for slug in ENCODERS
    }
