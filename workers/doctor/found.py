"""What a check says: rows with scores, values for the sentence, and changes that mend it. Rows are positions among those of the version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workers.contract.changes import RowChange
from workers.contract.doctor import Severity, SkipReason

if TYPE_CHECKING:
    from workers.doctor.materials import Materials
    from workers.doctor.rows import Rows


_MANY_DOUBTED = 0.03


@dataclass(frozen=True)
class Suspect:
    """One row; `score` ranks it among the others, larger first. `around` says where in which cell the trouble is, as (role, position),
    `length` how many signs of it are in question.
    """

    row: int
    score: float
    note: Mapping[str, Any] = field(default_factory=dict)
    around: tuple[str, int] | None = None
    length: int = 0


@dataclass(frozen=True)
class Found:
    """A finding before it has files."""

    severity: Severity
    suspects: Sequence[Suspect] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    fixes: Mapping[str, Sequence[RowChange]] = field(default_factory=dict)
    by_columns: Mapping[str, Mapping[tuple[str, ...], Sequence[RowChange]]] = field(default_factory=dict)
    """Of fixes that can be made in some columns alone: the changes of every such choice of roles."""
    num_rows: int | None = None
    """Rows concerned, where that is not the number of suspects."""


class NotPossibleError(Exception):
    """A check that cannot be made on these rows."""

    def __init__(self, reason: SkipReason) -> None:
        super().__init__(reason)
        self.reason = reason


def doubted(
    materials: Materials,
    suspects: Sequence[Suspect],
    num_judged: int,
    fixes: Mapping[str, Sequence[RowChange]],
    **params: Any,
) -> Found | None:
    """What checks of label errors say of suspects among so many judged rows, which can be dropped; None without any."""
    if not suspects:
        return None
    share = len(suspects) / num_judged
    return Found(
        severity="warning" if share > _MANY_DOUBTED else "info",
        suspects=suspects,
        params={"judged": num_judged, "rows": len(materials), "share": round(share, 4), **params},
        fixes={**fixes, "drop": dropped(materials.rows, [suspect.row for suspect in suspects])},
    )


Examine = Callable[["Materials"], Found | None]


def dropped(rows: Rows, indices: Iterable[int]) -> list[RowChange]:
    """Changes that take these rows out, each once, in the order of the rows."""
    return [RowChange(id=int(rows.ids[index]), action="drop") for index in sorted(set(indices))]


def cells_set(rows: Rows, cells: Mapping[int, Mapping[str, Any]]) -> list[RowChange]:
    """Changes that set cells, by row."""
    return [RowChange(id=int(rows.ids[index]), action="set", cells=dict(cells[index])) for index in sorted(cells)]
