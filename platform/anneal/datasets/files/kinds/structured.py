"""Cells that hold more than a text or a list of texts: checked, brought into one form, and kept as JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from anneal.datasets.files.kinds._lengths import Lengths
from anneal.datasets.files.kinds.column import BAD, Blocks, Column
from anneal.datasets.files.kinds.text import whole_text
from anneal.datasets.files.problems import Findings
from anneal.datasets.files.reading import MAX_FIELD_CHARACTERS
from anneal.datasets.files.values import is_blank, json_value, strings_in
from workers.contract.columns import DataColumn, Kind, are_messages

KEPT_AS_JSON: frozenset[Kind] = frozenset({"answers", "candidates", "messages", "text_or_messages", "json"})
SPEAKERS = ("system", "user", "assistant", "tool")


class StructuredColumn(Column):
    """`unit` says what there are several of in a cell."""

    arrow = pa.string()
    unit: ClassVar[str]

    def __init__(self, column: DataColumn, name: str, *, delimiter: str | None = None) -> None:
        super().__init__(column, name, delimiter=delimiter)
        self._lengths = Lengths(self.unit)
        self._characters = Lengths("characters")

    def cell(self, value: Any, line: int, findings: Findings) -> Any:
        if is_blank(value):
            findings.bad("data:missing_value", line, self.name)
            return BAD
        try:
            found = self.formed(self.parsed(value), line, findings)
            if found is BAD:
                return BAD
            text = found if isinstance(found, str) else json_text(found)
            written = "".join(strings_in(found))
        except (ValueError, TypeError, RecursionError):
            findings.bad("data:bad_cell", line, self.name, value=value)
            return BAD
        if len(text) > MAX_FIELD_CHARACTERS:
            findings.bad("data:field_too_long", line, self.name, limit=MAX_FIELD_CHARACTERS)
            return BAD
        return text if whole_text(written, line, self.name, findings) is not BAD else BAD

    def parsed(self, value: Any) -> Any:
        """A text as the JSON that it is. Raises ValueError, RecursionError."""
        return json_value(value) if isinstance(value, str) else value

    def formed(self, value: Any, line: int, findings: Findings) -> Any:
        """The value in the one form that is kept; `BAD` when it was reported here."""
        raise NotImplementedError

    def count(self, value: Any) -> int:
        """How many there are in a cell."""
        return len(value)

    def see(self, cells: pa.Array, split: str) -> None:
        del split
        numbers = [None if text is None else self.count(self.kept(text)) for text in cells.to_pylist()]
        self._lengths.see(pa.array(numbers, pa.int64()))
        self._characters.see(pc.utf8_length(cells))

    def measure(self, blocks: Blocks) -> dict[str, Any]:
        del blocks
        return {"kind": self.kind, "length": self._lengths.summary(), "characters": self._characters.summary()}

    def kept(self, text: str) -> Any:
        """What was kept as this text."""
        return json.loads(text)


def json_text(value: Any) -> str:
    """The one spelling of a value. Raises TypeError, ValueError for what JSON has not, such as NaN and dates."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class JsonColumn(StructuredColumn):
    unit = "entries"

    def formed(self, value: Any, line: int, findings: Findings) -> Any:
        if not isinstance(value, list | dict):
            findings.bad("data:bad_cell", line, self.name, value=value)
            return BAD
        return value


class AnswersColumn(StructuredColumn):
    """Answers to a question, with the places where they begin in its context. No answer at all says that there is none.

    A bare text, or a list of texts, has its places found in the context.
    """

    unit = "answers"

    def parsed(self, value: Any) -> Any:
        """A text that is no JSON list or object is an answer."""
        if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
            return json_value(value)
        return value

    def formed(self, value: Any, line: int, findings: Findings) -> Any:
        found = _texts_and_starts(value)
        if found is None:
            findings.bad("data:bad_answers", line, self.name, value=value)
            return BAD
        texts, starts = found
        return {"text": texts, "answer_start": starts}

    def count(self, value: Any) -> int:
        return len(value["text"])


def _texts_and_starts(value: Any) -> tuple[list[Any], list[Any]] | None:
    """Answers in any of the usual forms; an unknown start is None."""
    texts: list[Any]
    starts: list[Any]
    match value:
        case str():
            texts, starts = [value], [None]
        case {"text": list(texts), "answer_start": list(starts)}:
            pass
        case {"text": list(texts)}:
            starts = [None] * len(texts)
        case {"text": str(text), **rest}:
            texts, starts = [text], [rest.get("answer_start")]
        case list() if all(isinstance(part, str) for part in value):
            texts, starts = value, [None] * len(value)
        case list() if all(isinstance(part, dict) for part in value):
            texts = [part.get("text") for part in value]
            starts = [part.get("answer_start") for part in value]
        case _:
            return None
    is_sound = (
        len(texts) == len(starts)
        and all(isinstance(text, str) and not is_blank(text) for text in texts)
        and all(start is None or (isinstance(start, int) and not isinstance(start, bool)) for start in starts)
    )
    return (list(texts), list(starts)) if is_sound else None


class CandidatesColumn(StructuredColumn):
    """Texts to choose from; objects are taken by their `text`."""

    unit = "candidates"

    def formed(self, value: Any, line: int, findings: Findings) -> Any:
        parts = value if isinstance(value, list) else []
        texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
        if not texts or not all(isinstance(text, str) and not is_blank(text) for text in texts):
            findings.bad("data:bad_candidates", line, self.name, value=value)
            return BAD
        return texts


class MessagesColumn(StructuredColumn):
    """A conversation in which an assistant says something."""

    unit = "messages"

    def formed(self, value: Any, line: int, findings: Findings) -> Any:
        messages = messages_of(value, line, self.name, findings)
        if messages is BAD:
            return BAD
        if not any(message["role"] == "assistant" for message in messages):
            findings.bad("data:no_answer", line, self.name)
            return BAD
        roles = [message["role"] for message in messages]
        for position, role in enumerate(roles[1:], start=2):
            if role == roles[position - 2] == "user":
                findings.warn("data:repeated_turn", line, self.name, position=position)
                break
        return messages


def messages_of(value: Any, line: int, column: str, findings: Findings) -> Any:
    """A list of messages, their calls of tools as lists too; `BAD` when it was reported here."""
    is_list = isinstance(value, list) and bool(value)
    if not is_list or not all(isinstance(part, dict) and isinstance(part.get("role"), str) for part in value):
        findings.bad("data:bad_messages", line, column, value=value)
        return BAD
    for position, message in enumerate(value, start=1):
        role, content = message["role"], message.get("content")
        if role not in SPEAKERS:
            findings.bad("data:unknown_speaker", line, column, value=role, position=position, known=", ".join(SPEAKERS))
            return BAD
        if content is not None and not isinstance(content, str):
            findings.bad("data:bad_messages", line, column, value=message)
            return BAD
        if is_blank(content) and not message.get("tool_calls") and not message.get("function_call"):
            findings.bad("data:empty_message", line, column, value=role, position=position)
            return BAD
        for key, of in _CALLS.items():
            if message.get(key) and of(message) is None:
                findings.bad(f"data:bad_{key}", line, column, value=message[key], position=position)
                return BAD
    return [_with_calls_read(message) for message in value]


def _with_calls_read(message: dict[str, Any]) -> dict[str, Any]:
    """Calls that are JSON text as what they mean."""
    return {**message, **{key: of(message) for key, of in _CALLS.items() if isinstance(message.get(key), str)}}


def _single_call_of(message: dict[str, Any]) -> dict[str, Any] | None:
    """The one call of `function_call`, which is older than `tool_calls`: an object with a name, or the JSON text of one."""
    call = message["function_call"]
    try:
        found = json_value(call) if isinstance(call, str) and call else call
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("name"), str) else None


def _calls_of(message: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Its calls of tools, given as a list of objects or as the JSON text of one; None for anything else."""
    calls = message["tool_calls"]
    try:
        found = json_value(calls) if isinstance(calls, str) and calls else calls or []
    except (ValueError, RecursionError):
        return None
    are_calls = isinstance(found, list) and all(
        isinstance(call, dict) and isinstance(call.get("function", call), dict) for call in found
    )
    return found if are_calls else None


_CALLS: dict[str, Callable[[dict[str, Any]], Any]] = {"tool_calls": _calls_of, "function_call": _single_call_of}


class TextOrMessagesColumn(StructuredColumn):
    """A text as it is, or messages."""

    unit = "characters"

    def parsed(self, value: Any) -> Any:
        return _messages_in(value) if isinstance(value, str) else value

    def formed(self, value: Any, line: int, findings: Findings) -> Any:
        if isinstance(value, str):
            return value
        return messages_of(value, line, self.name, findings)

    def count(self, value: Any) -> int:
        if isinstance(value, str):
            return len(value)
        return sum(len(message.get("content") or "") for message in value)

    def kept(self, text: str) -> Any:
        return _messages_in(text)


def texts_said(cell: str, kind: Kind) -> list[str]:
    """What people wrote in a cell that is kept as JSON text, without the names and marks of its form."""
    found = _messages_in(cell) if kind == "text_or_messages" else json.loads(cell)
    if isinstance(found, str):
        return [found]
    if kind in {"messages", "text_or_messages"}:
        return [text for message in found for text in _said_in(message)]
    return list(strings_in(found["text"] if kind == "answers" else found))


def _said_in(message: dict[str, Any]) -> list[str]:
    """The text of a message, and of its calls of tools the names and the arguments."""
    calls = _calls_of(message) if message.get("tool_calls") else None
    called = [call.get("function", call) for call in calls or []]
    parts = [message.get("content"), *(call.get(key) for call in called for key in ("name", "arguments"))]
    return [text for part in parts for text in strings_in(part)]


def _messages_in(text: str) -> Any:
    """Messages when the text is their JSON, the text itself otherwise."""
    if text.lstrip().startswith("["):
        try:
            found = json_value(text)
        except (ValueError, RecursionError):
            return text
        if are_messages(found):
            return found
    return text
