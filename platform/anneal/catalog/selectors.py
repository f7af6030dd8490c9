"""Reads of the catalogue: the base models that this installation knows."""

from __future__ import annotations

from typing import get_args

from anneal.common.errors import AnnealError
from workers.contract.catalogue import CATALOGUE, BaseModelInfo
from workers.contract.spec import Method

# Every base model takes every method of the contract; a machine that cannot (4-bit without a GPU) says so in the run.
METHODS: tuple[str, ...] = tuple(kind.model_fields["type"].default for kind in get_args(get_args(Method)[0]))


def base_model_list() -> list[BaseModelInfo]:
    """Every base model, by name."""
    return sorted(CATALOGUE.values(), key=lambda info: info.name)


def base_model_get(slug: str, *, param: str = "base_model") -> BaseModelInfo:
    """One base model. Raises AnnealError for a name that the catalogue lacks, saying which it has; `param` is the field with the name."""
    info = CATALOGUE.get(slug)
    if info is None:
        known = ", ".join(sorted(CATALOGUE))
        raise AnnealError("base_model.unknown", param=param, params={"slug": slug, "known": known})
    return info
