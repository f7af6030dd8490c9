"""What lies between two versions of a dataset, by the ids of their rows, and the file in which that is kept."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anneal.datasets.files.stored import StoredFile, groups
from workers.contract.changes import ROW_ID
from workers.contract.columns import COLUMNS

KINDS: Final = ("added", "removed", "changed")


def _ids() -> array[int]:
    return array("q")


@dataclass
class Difference:
    """Ids of rows by what became of them, in the order of their version."""

    added: array[int] = field(default_factory=_ids)
    removed: array[int] = field(default_factory=_ids)
    changed: array[int] = field(default_factory=_ids)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each."""
        return {kind: len(getattr(self, kind)) for kind in KINDS}

    def write(self, path: Path) -> None:
        """Keep it: Parquet with `id` and `kind`."""
        ids = pa.concat_arrays([pa.array(getattr(self, kind), pa.int64()) for kind in KINDS])
        kinds = pa.array([kind for kind in KINDS for _ in getattr(self, kind)], pa.string()).dictionary_encode()
        pq.write_table(pa.table({ROW_ID: ids, "kind": kinds}), path, compression="zstd")

    @staticmethod
    def read(path: Path) -> Difference:
        """The other direction of `write`."""
        table = pq.read_table(path, use_threads=False, memory_map=False)
        kinds = table.column("kind").cast(pa.string())
        found = Difference()
        for kind in KINDS:
            getattr(found, kind).extend(table.column(ROW_ID).filter(pc.equal(kinds, kind)).to_pylist())
        return found


def difference_of(before: Sequence[StoredFile], after: Sequence[StoredFile], task: str) -> Difference:
    """Go through two versions and compare their rows: cells and split. Memory: sixteen bytes for each row."""
    roles = [column.role for column in COLUMNS[task]]
    old_ids, old_digests = _digested(before, roles)
    new_ids, new_digests = _digested(after, roles)
    places = pc.index_in(new_ids, value_set=old_ids)
    is_known = pc.is_valid(places)
    known_places = places.drop_null()
    is_other = pc.not_equal(old_digests.take(known_places), new_digests.filter(is_known))
    found = Difference()
    found.added.extend(new_ids.filter(pc.invert(is_known)).to_pylist())
    found.removed.extend(old_ids.filter(pc.invert(pc.is_in(old_ids, value_set=new_ids))).to_pylist())
    found.changed.extend(new_ids.filter(is_known).filter(is_other).to_pylist())
    return found


def _digested(files: Sequence[StoredFile], roles: Sequence[str]) -> tuple[pa.Array, pa.Array]:
    """Ids of all rows, and a number for each that tells whether two are the same. The numbers hold for this process alone."""
    ids, digests = _ids(), _ids()
    for group in groups(files):
        rows = group.table([ROW_ID, *roles])
        ids.extend(rows.column(ROW_ID).to_pylist())
        cells = [
            rows.column(role).to_pylist() if role in rows.column_names else [None] * rows.num_rows for role in roles
        ]
        digests.extend(hash((group.split, *map(_hashable, row))) for row in zip(*cells, strict=True))
    return pa.array(ids, pa.int64()), pa.array(digests, pa.int64())


def _hashable(cell: Any) -> Any:
    return tuple(cell) if isinstance(cell, list) else cell
