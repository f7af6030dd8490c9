"""The cells of a row after its texts were edited, whatever shape its task gives them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workers.doctor.cells import TEXT_KINDS, Editor, answers_moved, rewritten, tools_rewritten
from workers.doctor.materials import Materials


def mended(
    materials: Materials,
    row: int,
    edits_of: Editor,
    *,
    roles: Iterable[str] | None = None,
    with_tools: bool = False,
) -> dict[str, Any]:
    """The cells that change, by role; answers of a context that changes move with it. `with_tools`: what is told to tools as well."""
    cells = materials.rows.cells
    changed: dict[str, Any] = {}
    for role in materials.text_roles if roles is None else roles:
        kind, cell = materials.kinds[role], cells[role][row]
        new = rewritten(kind, cell, edits_of) if kind in TEXT_KINDS else cell
        if with_tools:
            new = tools_rewritten(kind, new, edits_of)
        if new != cell:
            changed[role] = new
    if "context" in changed and "answers" in cells:
        context = str(cells["context"][row])
        answers = answers_moved(cells["answers"][row], edits_of(context), context)
        if answers != cells["answers"][row]:
            changed["answers"] = answers
    return changed
