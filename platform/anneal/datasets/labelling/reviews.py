"""What people say about a conversation: it is good as it is, some turns of the assistant are put right, or it is no example at all.

    {"verdict": "accept", "turns": []}
    {"verdict": "correct", "turns": [{"index": 3, "content": "It comes tomorrow."}, {"index": 5, "weight": 0}]}
    {"verdict": "drop", "turns": []}

`index` counts the messages of the conversation from 0. `weight` says whether the turn is learnt: 1 yes, 0 no.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from anneal.common.errors import AnnealError
from anneal.datasets.files.kinds.structured import json_text
from anneal.datasets.files.values import encodes

VERDICTS = ("accept", "correct", "drop")
MAX_CONTENT = 20_000
"""Characters of a turn that somebody writes."""

_TURN_FIELDS = frozenset({"index", "content", "weight"})
_FIELD = "value.review"

Messages = Sequence[Mapping[str, Any]]


def messages_of(cell: str) -> list[dict[str, Any]]:
    """The messages of a conversation."""
    found: list[dict[str, Any]] = json.loads(cell)
    return found


def review_checked(given: object, messages: Messages) -> dict[str, Any]:
    """The review in its one way of being written: turns in their order, without what the conversation says already, and "accept" where
    nothing else is left. Raises AnnealError (400) that names the field.
    """
    if not isinstance(given, dict) or not set(given) <= {"verdict", "turns"} or given.get("verdict") not in VERDICTS:
        raise AnnealError("labelling.bad_verdict", param=f"{_FIELD}.verdict", params={"known": ", ".join(VERDICTS)})
    turns = given.get("turns", [])
    if not isinstance(turns, list):
        raise AnnealError("labelling.bad_turn", param=f"{_FIELD}.turns")
    if (given["verdict"] == "correct") is not bool(turns):
        raise AnnealError("labelling.turns_of_correct", param=f"{_FIELD}.turns")
    known = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    changes: dict[int, dict[str, Any]] = {}
    for position, turn in enumerate(turns):
        param = f"{_FIELD}.turns[{position}]"
        index = _turn_check(turn, param, known)
        if index in changes:
            raise AnnealError("labelling.turn_twice", param=f"{param}.index", params={"index": index})
        changes[index] = _news(turn, messages[index])
    found = [{"index": index, **news} for index, news in sorted(changes.items()) if news]
    if given["verdict"] == "correct" and not found:
        return {"verdict": "accept", "turns": []}
    return {"verdict": given["verdict"], "turns": found}


def _turn_check(turn: object, param: str, known: Sequence[int]) -> int:
    """The message that is meant. Raises AnnealError (400)."""
    if not isinstance(turn, dict) or "index" not in turn or len(turn) == 1 or not set(turn) <= _TURN_FIELDS:
        raise AnnealError("labelling.bad_turn", param=param)
    index = turn["index"]
    if isinstance(index, bool) or index not in known:
        told = {"index": str(index)[:20], "known": ", ".join(map(str, known))}
        raise AnnealError("labelling.no_such_turn", param=f"{param}.index", params=told)
    if "content" in turn and not _is_content(turn["content"]):
        raise AnnealError("labelling.bad_content", param=f"{param}.content", params={"limit": MAX_CONTENT})
    if "weight" in turn and (isinstance(turn["weight"], bool) or turn["weight"] not in (0, 1)):
        raise AnnealError("labelling.bad_weight", param=f"{param}.weight")
    return int(index)


def _is_content(content: object) -> bool:
    if not isinstance(content, str) or not content.strip() or len(content) > MAX_CONTENT:
        return False
    return "\0" not in content and encodes(content)


def _news(turn: Mapping[str, Any], message: Mapping[str, Any]) -> dict[str, Any]:
    """What a turn says that its message does not."""
    news: dict[str, Any] = {}
    if "content" in turn and turn["content"] != message.get("content"):
        news["content"] = turn["content"]
    if "weight" in turn and turn["weight"] != weight_of(message):
        news["weight"] = int(turn["weight"])
    return news


def weight_of(message: Mapping[str, Any]) -> float:
    """How much a message counts; one that says nothing about it counts fully."""
    weight = message.get("weight")
    return 1.0 if weight is None else float(weight)


def reviewed(messages: Messages, turns: Sequence[Mapping[str, Any]]) -> str:
    """The cell of the conversation with its turns put right; everything else that a message holds stays."""
    changes = {turn["index"]: {name: turn[name] for name in ("content", "weight") if name in turn} for turn in turns}
    return json_text([{**message, **changes.get(place, {})} for place, message in enumerate(messages)])


def review_key(review: Mapping[str, Any]) -> tuple[Any, ...]:
    """A review as something to compare; texts however they are spaced."""
    turns = [(turn["index"], " ".join(turn.get("content", "").split()), turn.get("weight")) for turn in review["turns"]]
    return review["verdict"], *turns
