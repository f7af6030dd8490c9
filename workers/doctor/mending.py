"""The cells of a row after its texts were edited, whatever shape its task gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workers.doctor.cells import TEXT_KINDS, Editor, answers_moved, rewritten, texts_in, tools_rewritten
from workers.doctor.materials import Materials
from workers.doctor.rows import value_of


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


def is_refused(materials: Materials, row: int, changed: Mapping[str, Any]) -> bool:
    """Whether nothing could be learnt from the row with these cells: an answer that is gone, or alternatives that have become the same.

    A version is not made with such a row, and none of the changes beside it would be.
    """

    def cell(role: str) -> Any:
        return changed[role] if role in changed else materials.rows.cells[role][row]

    match materials.rows.task:
        case "question_answering":
            return any(not str(text).strip() for text in _answer_texts(cell("answers")))
        case "preference":
            return "chosen" in materials.rows.cells and _are_alike(cell("chosen"), cell("rejected"))
        case "ranking":
            texts = texts_in("candidates", cell("candidates"))
            return bool(texts) and all(_are_alike(text, cell("positive")) for text in texts)
        case _:
            return False


def is_answer_cut(materials: Materials, row: int, changed: Mapping[str, Any]) -> bool:
    """Whether a text lost a part of an answer in it."""
    if "answers" not in changed:
        return False
    return _answer_texts(changed["answers"]) != _answer_texts(materials.rows.cells["answers"][row])


def _answer_texts(cell: Any) -> list[Any]:
    answers = value_of(cell)
    return list(answers.get("text", ())) if isinstance(answers, Mapping) else []


def _are_alike(one: Any, other: Any) -> bool:
    return str(one).split() == str(other).split()
