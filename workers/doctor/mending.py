"""The cells of a row after its texts were edited, whatever shape its task gives them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workers.doctor.cells import Editor, answers_moved, rewritten
from workers.doctor.materials import Materials


def mended(materials: Materials, row: int, edits_of: Editor, *, roles: Iterable[str] | None = None) -> dict[str, Any]:
    """The cells that change, by role; answers of a context that changes move with it."""
    cells = materials.rows.cells
    changed: dict[str, Any] = {}
    for role in materials.text_roles if roles is None else roles:
        cell = cells[role][row]
        new = rewritten(materials.kinds[role], cell, edits_of)
        if new != cell:
            changed[role] = new
    if "context" in changed and "answers" in cells:
        context = str(cells["context"][row])
        answers = answers_moved(cells["answers"][row], edits_of(context), context)
        if answers != cells["answers"][row]:
            changed["answers"] = answers
    return changed
