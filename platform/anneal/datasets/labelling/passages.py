"""Answers to a question that are passages of its context: `{"text": "Paris", "start": 24}`, `start` in characters of the context.

Several answers of a row are one as good as the other; none says that the context has no answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from anneal.common.errors import AnnealError
from anneal.datasets.files.kinds.structured import json_text

MAX_ANSWERS = 20
_SHOWN = 60


def passages_checked(given: object, context: str) -> list[dict[str, Any]]:
    """Answers in the order of the context, each once. Raises AnnealError (400) for what does not stand there."""
    if not isinstance(given, list) or len(given) > MAX_ANSWERS:
        raise AnnealError("labelling.bad_answers", param="value.answers", params={"limit": MAX_ANSWERS})
    for position, answer in enumerate(given):
        param = f"value.answers[{position}]"
        if not _is_passage(answer):
            raise AnnealError("labelling.bad_answer", param=param)
        text, start = answer["text"], answer["start"]
        if not context.startswith(text, start):
            found = context[start : start + len(text)]
            told = {"start": start, "text": text[:_SHOWN], "found": found[:_SHOWN], "count": len(context)}
            raise AnnealError("labelling.answer_elsewhere", param=f"{param}.start", params=told)
    return _in_order((answer["text"], answer["start"]) for answer in given)


def _is_passage(answer: object) -> bool:
    if not isinstance(answer, dict) or set(answer) != {"text", "start"}:
        return False
    text, start = answer["text"], answer["start"]
    is_text = isinstance(text, str) and bool(text.strip())
    return is_text and isinstance(start, int) and not isinstance(start, bool) and start >= 0


def _in_order(passages: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    found = sorted(set(passages), key=lambda passage: (passage[1], len(passage[0])))
    return [{"text": text, "start": start} for text, start in found]


def passages_of(cell: str) -> list[dict[str, Any]]:
    """What a cell of answers says."""
    kept = json.loads(cell)
    return _in_order(zip(kept["text"], kept["answer_start"], strict=True))


def passages_cell(passages: Iterable[Mapping[str, Any]]) -> str:
    """The other direction of `passages_of`."""
    found = list(passages)
    return json_text({"text": [one["text"] for one in found], "answer_start": [one["start"] for one in found]})
