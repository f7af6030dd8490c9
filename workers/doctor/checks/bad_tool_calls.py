"""Tools that are not described as JSON, and calls of tools that are unknown or whose arguments are not JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from workers.doctor.cells import messages_of
from workers.doctor.found import Found, NotPossibleError, Suspect, dropped
from workers.doctor.materials import Materials
from workers.doctor.rows import value_of

_WEIGHT = {"bad_tools": 1.0, "bad_call": 0.9, "bad_arguments": 0.8, "unknown_tool": 0.6}


def examine(materials: Materials) -> Found | None:
    rows = materials.rows
    described = rows.cells.get("tools", [None] * len(rows))
    suspects, num_with = [], 0
    for row, (tools, cell) in enumerate(zip(described, rows.cells["messages"], strict=True)):
        calls = [call for message in messages_of(cell) for call in _calls_of(message)]
        num_with += bool(calls or tools)
        kind = trouble(tools, calls)
        if kind is not None:
            suspects.append(Suspect(row, _WEIGHT[kind], {"kind": kind}))
    if not num_with:
        raise NotPossibleError("no_tools")
    if not suspects:
        return None
    counts = Counter(suspect.note["kind"] for suspect in suspects)
    return Found(
        severity="error",
        suspects=suspects,
        params={kind: counts[kind] for kind in _WEIGHT},
        fixes={"drop": dropped(rows, [suspect.row for suspect in suspects])},
    )


def _calls_of(message: Mapping[str, Any]) -> list[Any]:
    """Its calls, also the one of an older `function_call`; one that nobody can make where something other than a list stands."""
    single = [value_of(message["function_call"])] if message.get("function_call") else []
    calls = value_of(message.get("tool_calls"))
    if isinstance(calls, list):
        return [*calls, *single]
    return [None, *single] if message.get("tool_calls") else single


def trouble(tools: Any, calls: list[Any]) -> str | None:
    """The worst kind of trouble of one row."""
    names: set[str] | None = None
    if tools not in (None, ""):
        described = value_of(tools)
        found = [_name(tool) for tool in described] if isinstance(described, list) else [None]
        if None in found:
            return "bad_tools"
        names = {name for name in found if name}
    kinds = {kind for kind in (_call_trouble(call, names) for call in calls) if kind}
    return max(kinds, key=_WEIGHT.__getitem__) if kinds else None


def _name(tool: Any) -> str | None:
    function = tool.get("function", tool) if isinstance(tool, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) and name else None


def _call_trouble(call: Any, names: set[str] | None) -> str | None:
    name = _name(call)
    if name is None:
        return "bad_call"
    arguments = value_of(call.get("function", call).get("arguments", {}))
    if not isinstance(arguments, dict):
        return "bad_arguments"
    return "unknown_tool" if names is not None and name not in names else None
