"""Conversations as rows of a file: what a message may be, and what is wrong with one. Complaints name file and row.

A message is a mapping with `role` (system, user, assistant, tool) and `content`, of the assistant perhaps `tool_calls` and `weight`. The
names that other formats use for these roles are understood: developer, function.
"""

from __future__ import annotations

import itertools
import json
import math
from typing import TYPE_CHECKING, Any

from workers.contract.columns import are_messages
from workers.contract.events import Warned
from workers.contract.reasons import JobError
from workers.trainer.data import values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workers.chat_template import Conversation, Message
    from workers.trainer.data.read import Place, Rows

_ROLES = {name: name for name in ("system", "user", "assistant", "tool")} | {"developer": "system", "function": "tool"}
# What a template may want to know of a message besides its role and content.
_KEPT = ("name", "tool_call_id", "reasoning_content")


def invalid(place: Place, what: str) -> JobError:
    return JobError(
        "data:invalid_conversation",
        f"Row {place.row} of {place.file} {what}.",
        file=place.file,
        row=place.row,
        column=place.column,
    )


def messages(value: Any, place: Place) -> tuple[Message, ...]:
    """A list of messages, as a list or as its JSON text. Raises JobError `data:invalid_conversation`, `data:damaged`."""
    found = values.listed(value, place)
    if not found:
        raise invalid(place, f"has a conversation without messages in column {place.column!r}")
    return tuple(_message(item, number, place) for number, item in enumerate(found, start=1))


def turns(role: str) -> Callable[[Any, Place], tuple[Message, ...]]:
    """A parser of messages that also takes a plain text for a single message of this role."""

    def parse(value: Any, place: Place) -> tuple[Message, ...]:
        if isinstance(value, list) or (isinstance(value, str) and _is_conversation(value)):
            return messages(value, place)
        return ({"role": role, "content": values.text(value, place)},)

    return parse


def tools(value: Any, place: Place) -> tuple[Any, ...] | None:
    """Descriptions of functions, as a list or as its JSON text; None where there are none."""
    if values.is_blank(value):
        return None
    return tuple(values.listed(value, place)) or None


def refuse_unlearnable(conversation: Conversation, place: Place) -> None:
    """Raises JobError for a conversation without the assistant."""
    if all(message["role"] != "assistant" for message in conversation):
        raise invalid(place, "has no message of the assistant, so there is nothing to learn from it")


def oddities(rows: Rows, conversations: Sequence[Conversation]) -> list[Warned]:
    """What is odd about conversations without being wrong."""
    repeated = [row for row, found in zip(rows.rows, conversations, strict=True) if _has_two_users_in_a_row(found)]
    empty = [row for row, found in zip(rows.rows, conversations, strict=True) if _has_empty_message(found)]
    warnings = []
    if repeated:
        warnings.append(
            Warned(
                code="data:consecutive_turns",
                message=f"{len(repeated)} conversations of {rows.file} have two messages of the user in a row; the first is row "
                f"{repeated[0]}.",
                params={"file": rows.file, "count": len(repeated), "row": repeated[0]},
            )
        )
    if empty:
        warnings.append(
            Warned(
                code="data:empty_message",
                message=f"{len(empty)} conversations of {rows.file} have a message without content; the first is row {empty[0]}.",
                params={"file": rows.file, "count": len(empty), "row": empty[0]},
            )
        )
    return warnings


def shown(conversation: Conversation) -> str:
    """As a page shows it."""
    return "\n".join(f"{message['role']}: {message['content']}" for message in conversation)


def _message(item: Any, number: int, place: Place) -> Message:
    if not isinstance(item, dict):
        raise invalid(
            place, f"has a {type(item).__name__} as message {number}; a message is an object with role and content"
        )
    role = _ROLES.get(item.get("role") or "")
    if role is None:
        raise invalid(
            place, f"has the role {item.get('role')!r} in message {number}; roles are system, user, assistant and tool"
        )
    message: dict[str, Any] = {"role": role, "content": _content(item.get("content"), number, place)}
    calls = values.listed(item["tool_calls"], place) if item.get("tool_calls") else []
    if item.get("function_call"):
        calls = [*calls, {"type": "function", "function": _single_call(item["function_call"], number, place)}]
    if calls:
        message["tool_calls"] = [_tool_call(call, number, place) for call in calls]
    if item.get("weight") is not None:
        message["weight"] = _weight(item["weight"], number, place)
    if role == "assistant" and _is_empty(message):
        message["weight"] = 0.0  # Nobody wants a model that learns to say nothing.
    return message | {name: item[name] for name in _KEPT if isinstance(item.get(name), str)}


def _content(value: Any, number: int, place: Place) -> str:
    """A text, or a list of parts that are all texts."""
    if value is None:
        return ""
    if isinstance(value, list):
        if any(not isinstance(part, dict) or not isinstance(part.get("text"), str) for part in value):
            raise invalid(place, f"has something other than text in message {number}; only texts can be learnt")
        value = "".join(part["text"] for part in value)
    return values.text(value, place)


def _single_call(call: Any, number: int, place: Place) -> Any:
    """The older form of the one call that a message could make."""
    if not isinstance(call, dict):
        raise invalid(place, f"has a {type(call).__name__} as the function_call of message {number}; it is an object")
    return call


def _tool_call(call: Any, number: int, place: Place) -> Any:
    """Arguments as an object: templates write them as JSON themselves."""
    if not isinstance(call, dict):
        raise invalid(place, f"has a {type(call).__name__} among the tool_calls of message {number}; each is an object")
    function = call.get("function")
    if isinstance(function, dict) and isinstance(function.get("arguments"), str):
        try:
            return {**call, "function": {**function, "arguments": json.loads(function["arguments"])}}
        except ValueError:
            return call
    return call


def _weight(value: Any, number: int, place: Place) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise invalid(place, f"has the weight {value!r} in message {number}; a weight is a number from 0 up")
    return float(value)


def _is_conversation(text: str) -> bool:
    if not text.lstrip().startswith("["):
        return False
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return are_messages(found)


def _has_two_users_in_a_row(conversation: Conversation) -> bool:
    roles = [message["role"] for message in conversation]
    return any(a == b == "user" for a, b in itertools.pairwise(roles))


def _has_empty_message(conversation: Conversation) -> bool:
    return any(_is_empty(message) for message in conversation)


def _is_empty(message: Message) -> bool:
    return not message["content"].strip() and "tool_calls" not in message
