"""Which matrices the low-rank methods adapt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workers.contract.reasons import JobError
from workers.trainer.anatomy import is_linear, linears_of_layers

if TYPE_CHECKING:
    from collections.abc import Sequence


def refuse_large_rank(rank: int, body: Any, *, field: str) -> None:
    width = body.config.hidden_size
    if rank > width:
        raise JobError(
            "spec:rank_too_large",
            f"A rank of {rank} is larger than the width of the base model ({width}); choose at most {width}.",
            field=field,
            rank=rank,
            limit=width,
        )


def adapted_matrices(body: Any, wanted: Sequence[str] | str, *, layers: Sequence[str] | None = None) -> list[str]:
    """Full names of the matrices inside of layers whose names end with one of `wanted`; `auto` is all of them.

    Hu et al. adapt the attention matrices; on models this small those of the feed-forward blocks are worth their few weights too.
    """
    found = linears_of_layers(body, layers)
    if wanted == "auto":
        return found
    unknown = [name for name in wanted if not any(linear.endswith(f".{name}") for linear in found)]
    if unknown:
        raise JobError(
            "spec:invalid",
            f"The base model has no linear layer named {unknown[0]!r}; it has: "
            f"{', '.join(sorted({linear.rsplit('.', 1)[-1] for linear in found}))}.",
            field="method.target_modules",
        )
    return [linear for linear in found if any(linear.endswith(f".{name}") for name in wanted)]


def are_transposed(body: Any, names: Sequence[str]) -> bool:
    """Whether the matrices are stored as (in, out), as GPT-2 does."""
    return any(is_linear(part) and not hasattr(part, "in_features") for part in map(body.get_submodule, names))
