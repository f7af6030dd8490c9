"""Conversations whose turns are out of order: nothing to learn, nobody asked, two in a row, an answer that is missing at the end."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from workers.doctor.cells import messages_of
from workers.doctor.found import Found, Suspect, dropped
from workers.doctor.materials import Materials

_WEIGHT = {
    "unknown_role": 1.0,
    "no_assistant": 0.95,
    "late_system": 0.8,
    "assistant_first": 0.7,
    "tool_without_call": 0.6,
    "two_in_a_row": 0.5,
    "ends_with_user": 0.3,
}
_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


def examine(materials: Materials) -> Found | None:
    suspects = []
    for row, cell in enumerate(materials.rows.cells["messages"]):
        kind, position = trouble(messages_of(cell))
        if kind is not None:
            suspects.append(Suspect(row, _WEIGHT[kind], {"kind": kind, "message": position}))
    if not suspects:
        return None
    counts = Counter(suspect.note["kind"] for suspect in suspects)
    return Found(
        severity="error" if counts["unknown_role"] + counts["no_assistant"] else "warning",
        suspects=suspects,
        params={kind: counts[kind] for kind in _WEIGHT},
        fixes={"drop": dropped(materials.rows, [suspect.row for suspect in suspects])},
    )


def trouble(messages: Sequence[Mapping[str, Any]]) -> tuple[str | None, int]:  # noqa: PLR0911 - one for each kind
    """The worst kind of trouble and the number of its message, counted from 1."""
    roles = [_ROLES.get(str(message.get("role")), "") for message in messages]
    if "" in roles:
        return "unknown_role", roles.index("") + 1
    if "assistant" not in roles:
        return "no_assistant", len(roles)
    if "system" in roles[1:]:
        return "late_system", roles.index("system", 1) + 1
    spoken = [(role, number) for number, role in enumerate(roles, start=1) if role != "system"]
    if spoken[0][0] != "user":
        return ("assistant_first" if spoken[0][0] == "assistant" else "tool_without_call"), spoken[0][1]
    for (before, _), (role, number) in itertools.pairwise(spoken):
        if role == "tool" and before == "user":
            return "tool_without_call", number
        if role == before and role != "tool":
            return "two_in_a_row", number
    return ("ends_with_user", len(roles)) if spoken[-1][0] == "user" else (None, 0)
