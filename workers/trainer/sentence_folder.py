"""An encoder that turns texts into vectors, as a folder of plain transformers that sentence-transformers opens as well.

The mean over the tokens and its length are no layers of the network: whoever opens the folder with transformers alone computes them
(the card says how), and sentence-transformers reads from `modules.json` that it has to.
"""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B text, T token, C channel

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from transformers import AutoConfig, AutoModel

from workers.contract.reasons import JobError
from workers.trainer.bodies import stored_encoder, without_pooler
from workers.trainer.model import token_mean
from workers.trainer.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from workers.contract.results import Golden
    from workers.trainer.bases import Base

_POOLING = "1_Pooling"
_MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": _POOLING, "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]


@dataclass(frozen=True)
class SentenceDeliverable:
    """What an export is made of; `workers.trainer.export.Deliverable` says what for."""

    config: Any
    base_weights: dict[str, torch.Tensor]
    base_name: str
    max_length: int
    body_prefix: str = ""
    auto_class: str = "AutoModel"
    tokenizer_settings: Mapping[str, Any] = field(default_factory=dict)
    takes_words: bool = False
    """The mean is over the words of the text, whoever computes it."""

    @classmethod
    def of(cls, base: Base, *, max_length: int) -> SentenceDeliverable:
        config = AutoConfig.from_pretrained(base.folder, local_files_only=True)
        config._name_or_path = base.info.source  # noqa: SLF001 - libraries write it into files; not the path on this machine
        weights = stored_encoder(base, config)
        return cls(config=config, base_weights=weights, base_name=base.info.source, max_length=max_length)

    @property
    def new_modules(self) -> list[str]:
        """Nothing: every weight is the base model's."""
        return []

    def plain(self, body_weights: dict[str, torch.Tensor]) -> Any:
        """The encoder with these weights; a pooler, which no mean reads, stays as the base model has it."""
        poolers = {name: tensor for name, tensor in self.base_weights.items() if name.startswith("pooler.")}
        more = {} if poolers else without_pooler(self.config)
        network = AutoModel.from_config(self.config, dtype=torch.float32, **more)
        missing, unexpected = network.load_state_dict(poolers | body_weights, strict=False)
        if missing or unexpected:
            raise JobError(
                "training:parity", f"The exported network does not fit its weights: {(missing + unexpected)[:3]}."
            )
        return network.eval()

    def untouched(self) -> Any:
        return self.plain(self.base_weights)

    def save(self, network: Any, folder: Path) -> None:
        network.save_pretrained(folder)
        (folder / _POOLING).mkdir()
        files = {
            "modules.json": _MODULES,
            "sentence_bert_config.json": {"max_seq_length": self.max_length, "do_lower_case": False},
            f"{_POOLING}/config.json": {
                "word_embedding_dimension": self.config.hidden_size,
                "pooling_mode_cls_token": False,
                "pooling_mode_mean_tokens": True,
                "pooling_mode_max_tokens": False,
                "pooling_mode_mean_sqrt_len_tokens": False,
            },
        }
        for name, content in files.items():
            (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    @staticmethod
    def reopen(folder: Path) -> Any:
        return AutoModel.from_pretrained(folder, local_files_only=True).eval()

    def opening_lines(self, *settings: str) -> str:
        return f"base = AutoModel.from_pretrained({', '.join([repr(self.base_name), *settings])})"


def plain_vectors(model: Any, tokenizer: Any, texts: Sequence[str]) -> torch.Tensor:
    """What the card tells its reader to compute: (texts, channels), each of length one."""
    inputs = tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
    hidden_BTC = model(**inputs).last_hidden_state
    return functional.normalize(token_mean(hidden_BTC, inputs["attention_mask"]), dim=-1)


def plain_cosines(model: Any, tokenizer: Any, golden: Sequence[Golden]) -> torch.Tensor:
    """(golden inputs,): how alike the two texts of each are, by the vectors that the card tells of."""
    first, second = (
        plain_vectors(model, tokenizer, [str(item.inputs[role]) for item in golden]) for role in ("text", "text_b")
    )
    return (first * second).sum(-1)


def sentence_usage(title: str) -> Usage:
    return Usage(
        title=title,
        pipeline_tag="sentence-similarity",
        code=_CODE,
        note='With sentence-transformers: `SentenceTransformer("path/to/this/folder").encode(texts)` gives the same vectors.',
    )


_CODE = """import torch
from transformers import AutoModel, AutoTokenizer

folder = "path/to/this/folder"
tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
inputs = tokenizer(["one text", "another"], padding=True, truncation=True, return_tensors="pt")
with torch.inference_mode():
    hidden = model(**inputs).last_hidden_state
weight = inputs["attention_mask"].unsqueeze(-1)
vectors = torch.nn.functional.normalize((hidden * weight).sum(1) / weight.sum(1), dim=-1)
print(vectors @ vectors.T)"""
