"""Reads of the catalogue: the base models that this installation knows."""

from __future__ import annotations

from anneal.common.errors import AnnealError
from workers.contract.catalogue import CATALOGUE, BaseModelInfo

METHODS = ("full", "lora")


def base_model_list() -> list[BaseModelInfo]:
    """Every base model, by name."""
    return sorted(CATALOGUE.values(), key=lambda info: info.name)


def base_model_get(slug: str) -> BaseModelInfo:
    """One base model. Raises AnnealError for a name that the catalogue lacks, saying which it has."""
    info = CATALOGUE.get(slug)
    if info is None:
        raise AnnealError(
            "base_model.unknown", param="base_model", params={"slug": slug, "known": ", ".join(sorted(CATALOGUE))}
        )
    return info
