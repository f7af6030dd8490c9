"""Translations whose two sides are exchanged, told by script, or by language where both are written in Latin letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from workers.doctor.found import Found, NotPossibleError, Suspect, cells_set
from workers.doctor.materials import Materials
from workers.doctor.scripts import language_of, script_of

# The share of rows that must agree before the others count as exchanged.
_HABIT = 0.6


def examine(materials: Materials) -> Found | None:
    sources, targets = materials.texts("source"), materials.texts("target")
    swapped, names = _swapped(sources, targets, script_of) or _swapped(sources, targets, language_of) or ([], ())
    if not names:
        raise NotPossibleError("sides_alike")
    if not swapped:
        return None
    cells = {row: {"source": targets[row], "target": sources[row]} for row in swapped}
    return Found(
        severity="error",
        suspects=[Suspect(row, float(len(sources[row]))) for row in swapped],
        params={"source": names[0], "target": names[1], "share": round(len(swapped) / len(materials), 4)},
        fixes={"swap": cells_set(materials.rows, cells)},
    )


def _swapped(
    sources: Sequence[str], targets: Sequence[str], kind_of: Callable[[str], str | None]
) -> tuple[list[int], tuple[str, ...]] | None:
    """Rows whose kinds are those of the columns the other way round, and these kinds; None when the columns do not differ in kind."""
    pairs = [(kind_of(source), kind_of(target)) for source, target in zip(sources, targets, strict=True)]
    told = [pair for pair in pairs if None not in pair]
    if not told:
        return None
    (source, target), count = Counter(told).most_common(1)[0]
    if source is None or target is None or source == target or count < _HABIT * len(told):
        return None
    return [row for row, pair in enumerate(pairs) if pair == (target, source)], (source, target)
