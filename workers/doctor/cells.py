"""Where the texts lie in a cell of each kind, and the cell with its texts rewritten: one place knows the shapes.

What is rewritten keeps its shape: offsets of answers move with the text around them, and tokens stay as many as their tags.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from workers.contract.columns import Kind, are_messages
from workers.doctor.rows import value_of

TEXT_KINDS: frozenset[Kind] = frozenset({"text", "tokens", "candidates", "messages", "text_or_messages"})


# Keys of a description of tools whose values other places refer to.
_NAMES_OF_TOOLS = frozenset({"name", "type", "required", "$ref"})


class Edit(NamedTuple):
    """`text[start:end]` becomes `by`. Among tokens one that `covers_tokens` replaces every token that it touches, whole."""

    start: int
    end: int
    by: str
    covers_tokens: bool = False


Editor = Callable[[str], list[Edit]]
"""What is to be changed in a text: edits in their order that do not overlap."""


def texts_in(kind: Kind, cell: Any) -> list[str]:
    """The texts of a cell; those of tokens as one text, as people write their script."""
    if cell is None:
        return []
    if kind == "tokens":
        return [joined_tokens(cell)]
    if kind == "candidates":
        return [text for text in map(_candidate_text, _listed(cell)) if text is not None]
    if kind in {"messages", "text_or_messages"}:
        return (
            [cell]
            if not is_messages(kind, cell)
            else [text for message in messages_of(cell) for text in _contents(message)]
        )
    return [str(cell)]


def rewritten(kind: Kind, cell: Any, edits_of: Editor) -> Any:
    """The cell after the edits; equal to it when there are none."""
    if cell is None:
        return None
    if kind == "tokens":
        return _tokens_rewritten(cell, edits_of)
    if kind == "candidates":
        return json.dumps([_candidate_rewritten(one, edits_of) for one in _listed(cell)], ensure_ascii=False)
    if kind in {"messages", "text_or_messages"} and is_messages(kind, cell):
        changed = [_message_rewritten(message, edits_of) for message in messages_of(cell)]
        return json.dumps(changed, ensure_ascii=False) if changed != messages_of(cell) else cell
    return edited(str(cell), edits_of(str(cell)))


def told_to_tools(kind: Kind, cell: Any) -> list[str]:
    """What stands in the arguments of calls, or in descriptions of tools: texts of a cell that no model is asked in so many words."""
    found: list[str] = []

    def heard(text: str) -> list[Edit]:
        found.append(text)
        return []

    tools_rewritten(kind, cell, heard)
    return found


def tools_rewritten(kind: Kind, cell: Any, edits_of: Editor) -> Any:
    """The cell with what is told to tools after the edits, still JSON; a number that is edited becomes a text."""
    if kind == "json":
        described = value_of(cell)
        changed = _values_rewritten(described, edits_of, but=_NAMES_OF_TOOLS)
        return json.dumps(changed, ensure_ascii=False) if changed != described else cell
    if cell is None or kind not in {"messages", "text_or_messages"} or not is_messages(kind, cell):
        return cell
    messages = [_calls_rewritten(message, edits_of) for message in messages_of(cell)]
    return json.dumps(messages, ensure_ascii=False) if messages != messages_of(cell) else cell


def answers_moved(cell: Any, edits: list[Edit], context: str) -> Any:
    """The JSON text of answers (SQuAD) after edits of their context: still what stands at their offsets."""
    answers = value_of(cell)
    if not edits or not isinstance(answers, Mapping):
        return cell
    changed = edited(context, edits)
    texts, starts = [], []
    for text, start in zip(answers.get("text", ()), answers.get("answer_start", ()), strict=False):
        begin, end = _moved(start, edits, is_end=False), _moved(start + len(text), edits, is_end=True)
        texts.append(changed[begin:end])
        starts.append(begin)
    return json.dumps({**answers, "text": texts, "answer_start": starts}, ensure_ascii=False)


def edited(text: str, edits: list[Edit]) -> str:
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.by]
        at = edit.end
    return "".join([*parts, text[at:]])


def joined_tokens(tokens: Any) -> str:
    """Tokens as a text: with spaces between words, and without between characters of scripts that have none."""
    words = [str(token) for token in tokens or ()]
    return _separator(words).join(words)


def token_ends(tokens: Any) -> list[int]:
    """Where each token ends in the text that `joined_tokens` makes of them."""
    words = [str(token) for token in tokens]
    width = len(_separator(words))
    return [end + width * place for place, end in enumerate(itertools.accumulate(map(len, words)))]


def is_messages(kind: Kind, cell: Any) -> bool:
    """Whether a cell holds a conversation; one that may hold a text as well is a text whatever list it looks like."""
    return kind == "messages" or (
        isinstance(cell, str) and cell.lstrip().startswith("[") and are_messages(value_of(cell))
    )


def messages_of(cell: Any) -> list[dict[str, Any]]:
    """The messages of a cell; none of one that holds no list of objects."""
    return [message for message in _listed(cell) if isinstance(message, dict)]


def _separator(words: list[str]) -> str:
    short = sum(len(word) == 1 and word > "\u2e7f" for word in words)
    return "" if short * 2 > len(words) else " "


def _listed(cell: Any) -> list[Any]:
    found = value_of(cell)
    return found if isinstance(found, list) else []


def _candidate_text(candidate: Any) -> str | None:
    found = candidate.get("text") if isinstance(candidate, dict) else candidate
    return found if isinstance(found, str) else None


def _candidate_rewritten(candidate: Any, edits_of: Editor) -> Any:
    text = _candidate_text(candidate)
    if text is None:
        return candidate
    changed = edited(text, edits_of(text))
    return {**candidate, "text": changed} if isinstance(candidate, dict) else changed


def _contents(message: Mapping[str, Any]) -> list[str]:
    content = message.get("content")
    if isinstance(content, list):
        return [part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)]
    return [content] if isinstance(content, str) else []


def _message_rewritten(message: dict[str, Any], edits_of: Editor) -> dict[str, Any]:
    content = message.get("content")
    if isinstance(content, str):
        return {**message, "content": edited(content, edits_of(content))}
    if isinstance(content, list):
        return {**message, "content": [_part_rewritten(part, edits_of) for part in content]}
    return message


def _calls_rewritten(message: dict[str, Any], edits_of: Editor) -> dict[str, Any]:
    """Those of `tool_calls`, and the one of `function_call`, which is older."""
    changed = dict(message)
    if isinstance(message.get("tool_calls"), list):
        changed["tool_calls"] = [_call_rewritten(call, edits_of) for call in message["tool_calls"]]
    if isinstance(message.get("function_call"), dict):
        changed["function_call"] = _call_rewritten(message["function_call"], edits_of)
    return changed


def _call_rewritten(call: Any, edits_of: Editor) -> Any:
    """Names and ids stay: they say what belongs together."""
    if not isinstance(call, dict):
        return call
    if isinstance(call.get("function"), dict):
        return {**call, "function": _call_rewritten(call["function"], edits_of)}
    if "arguments" not in call:
        return call
    return {**call, "arguments": _arguments_rewritten(call["arguments"], edits_of)}


def _arguments_rewritten(arguments: Any, edits_of: Editor) -> Any:
    """An object, or its JSON text; a text that is none is taken as it stands."""
    value = value_of(arguments)
    if not isinstance(value, dict | list):
        return _values_rewritten(arguments, edits_of)
    changed = _values_rewritten(value, edits_of)
    if changed == value:
        return arguments
    return json.dumps(changed, ensure_ascii=False) if isinstance(arguments, str) else changed


def _values_rewritten(value: Any, edits_of: Editor, *, but: Collection[str] = ()) -> Any:
    """A value of JSON with every text and whole number in it edited, but under some keys. Keys stay."""
    if isinstance(value, dict):
        return {key: part if key in but else _values_rewritten(part, edits_of, but=but) for key, part in value.items()}
    if isinstance(value, list):
        return [_values_rewritten(part, edits_of, but=but) for part in value]
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        edits = edits_of(str(value))
        return edited(str(value), edits) if edits else value
    return value


def _part_rewritten(part: Any, edits_of: Editor) -> Any:
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return {**part, "text": edited(part["text"], edits_of(part["text"]))}
    return part


def _tokens_rewritten(tokens: list[str], edits_of: Editor) -> list[str]:
    """As many tokens as before, so that their tags still fit: what covers tokens replaces each of them, all else happens inside of one."""
    words = [str(token) for token in tokens]
    covering = [edit for edit in edits_of(joined_tokens(words)) if edit.covers_tokens]
    changed = []
    for word, end in zip(words, token_ends(words), strict=True):
        over = next((edit for edit in covering if edit.start < end and edit.end > end - len(word)), None)
        changed.append(over.by if over else edited(word, [edit for edit in edits_of(word) if not edit.covers_tokens]))
    return changed


def _moved(position: int, edits: list[Edit], *, is_end: bool) -> int:
    shift = 0
    for edit in edits:
        if position <= edit.start:
            break
        if position < edit.end:
            return edit.start + shift + (len(edit.by) if is_end else 0)
        shift += len(edit.by) - (edit.end - edit.start)
    return position + shift
