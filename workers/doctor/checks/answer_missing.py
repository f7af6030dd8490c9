"""Answers that do not stand in their context where they say, or not at all. A question without any answer is a legal one.

`repair` moves an answer to its nearest occurrence, and leaves rows with an answer that occurs nowhere; `drop` takes out both.
"""

from __future__ import annotations

import json
from typing import Any

from workers.contract.passages import nearest_place
from workers.doctor.found import Found, Suspect, cells_set, dropped
from workers.doctor.materials import Materials
from workers.doctor.rows import value_of

_WEIGHT = {"not_in_context": 1.0, "wrong_place": 0.5}


def examine(materials: Materials) -> Found | None:
    rows = materials.rows
    suspects, repaired, lost = [], {}, []
    for row, (cell, context) in enumerate(zip(rows.cells["answers"], materials.texts("context"), strict=True)):
        answers = value_of(cell) or {}
        texts, starts = answers.get("text", []), answers.get("answer_start", [])
        places = [_place(context, text, start) for text, start in zip(texts, starts, strict=False)]
        if len(texts) == len(starts) and places == starts:
            continue
        is_lost = len(texts) != len(starts) or None in places
        kind = "not_in_context" if is_lost else "wrong_place"
        bad = next((text for text, start, place in zip(texts, starts, places, strict=False) if start != place), "")
        suspects.append(Suspect(row, _WEIGHT[kind], {"kind": kind, "answer": bad}))
        if is_lost:
            lost.append(row)
        else:
            repaired[row] = {"answers": json.dumps({**answers, "answer_start": places}, ensure_ascii=False)}
    if not suspects:
        return None
    return Found(
        severity="error" if lost else "warning",
        suspects=suspects,
        params={"not_in_context": len(lost), "wrong_place": len(repaired), "left": len(lost)},
        fixes={
            "repair": cells_set(rows, repaired),
            "drop": dropped(rows, [suspect.row for suspect in suspects]),
        },
    )


def _place(context: str, text: Any, start: Any) -> int | None:
    """Where the answer stands; None where it does not, or is none."""
    is_answer = isinstance(text, str) and text and isinstance(start, int)
    return nearest_place(context, text, start) if is_answer else None
