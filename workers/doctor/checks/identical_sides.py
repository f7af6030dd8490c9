"""Rows whose two texts ought to differ and are the same: left untranslated, not summed up, paired with itself."""

from __future__ import annotations

from workers.doctor.found import Found, Suspect, dropped
from workers.doctor.materials import Materials
from workers.doctor.normal import normalised

SIDES = {
    "embedding": ("anchor", "positive"),
    "translation": ("source", "target"),
    "summarisation": ("source", "target"),
}
# Of more rows than this it is hardly an accident.
_MANY = 0.05


def examine(materials: Materials) -> Found | None:
    first, second = SIDES.get(materials.rows.task, ("text_a", "text_b"))
    pairs = zip(materials.texts(first), materials.texts(second), strict=True)
    # Names, numbers and single words are rightly the same in both languages.
    suspects = [
        Suspect(row, float(len(one)), {"roles": [first, second]})
        for row, (one, other) in enumerate(pairs)
        if normalised(one) == normalised(other)
        and (materials.rows.task != "translation" or len(one.split()) > 1 or len(one) > 12)  # noqa: PLR2004
    ]
    if not suspects:
        return None
    return Found(
        severity="warning" if len(suspects) > _MANY * len(materials) else "info",
        suspects=suspects,
        params={"share": round(len(suspects) / len(materials), 4)},
        fixes={"drop": dropped(materials.rows, [suspect.row for suspect in suspects])},
    )
