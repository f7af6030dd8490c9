"""From a request to questions that a model of some task can be asked; every refusal names the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from anneal.common.errors import AnnealError
from workers.contract.columns import Kind
from workers.contract.serving import (
    MOST_CANDIDATES,
    MOST_MESSAGES,
    MOST_QUESTIONS,
    QUESTIONS,
    Message,
    Question,
    form_of,
    takes_texts,
)

MAX_CHARACTERS = 20_000
MAX_CHARACTERS_OF_CANDIDATES = 100_000
# Contexts are read in windows, so that none is too long for the model.
_MAX_CHARACTERS_OF = {"context": 50_000}


@dataclass(frozen=True)
class Asked:
    """Either bare texts, or inputs with the fields of the task."""

    texts: tuple[str, ...] | None = None
    inputs: tuple[Question, ...] | None = None


def questions_of(task: str, *, texts: Sequence[str] | None, inputs: Sequence[Mapping[str, Any]] | None) -> Asked:
    """What a request asks a model of this task. Raises AnnealError (400; 409 for a task whose models cannot be asked)."""
    if task not in QUESTIONS:
        raise AnnealError("predict.not_served", status=409, params={"task": task})
    told = {"task": task, "fields": _told(task)}
    if texts is not None and inputs is not None:
        raise AnnealError("predict.both", param="inputs")
    limit = MOST_QUESTIONS.get(task)
    if limit is not None and len(texts or inputs or ()) > limit:
        param = "inputs" if texts is None else "texts"
        raise AnnealError("predict.too_many", param=param, params={"task": task, "limit": limit})
    if texts is not None:
        if not takes_texts(task):
            raise AnnealError("predict.no_texts", param="texts", params=told)
        return Asked(texts=tuple(texts))
    if inputs is None:
        raise AnnealError("predict.nothing", param="texts" if takes_texts(task) else "inputs", params=told)
    return Asked(inputs=tuple(_question(task, one, f"inputs[{place}]") for place, one in enumerate(inputs)))


def _told(task: str) -> str:
    return " / ".join(", ".join(form) for form in QUESTIONS[task])


def _question(task: str, given: Mapping[str, Any], place: str) -> Question:
    form = form_of(task, given)
    if form is None:
        raise _misfit(task, given, place)
    return {name: _value(given[name], kind, f"{place}.{name}") for name, kind in form.items()}


def _misfit(task: str, given: Mapping[str, Any], place: str) -> AnnealError:
    """Why an object has no form of the task: one field too many, or one too few."""
    told = {"task": task, "fields": _told(task)}
    known = {name for form in QUESTIONS[task] for name in form}
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None:
        return AnnealError("predict.unknown_field", param=f"{place}.{unknown}"[:200], params=told)
    nearest = max(QUESTIONS[task], key=lambda form: len(form.keys() & given.keys()))
    missing = next((name for name in nearest if name not in given), None)
    if missing is not None:
        return AnnealError("predict.missing_field", param=f"{place}.{missing}", params=told)
    extra = next(name for name in given if name not in nearest)
    return AnnealError("predict.unknown_field", param=f"{place}.{extra}", params=told)


def _value(value: Any, kind: Kind, place: str) -> str | tuple[str, ...] | tuple[Message, ...]:
    """A text, or several. Blank ones say nothing that could be answered."""
    if kind == "tokens":
        return _tokens(value, place)
    if kind == "candidates":
        return _candidates(value, place)
    if kind == "messages":
        return _messages(value, place)
    limit = _MAX_CHARACTERS_OF.get(place.rsplit(".", 1)[-1], MAX_CHARACTERS)
    if not _is_text(value) or len(value) > limit:
        raise AnnealError("predict.bad_text", param=place, params={"limit": limit})
    return str(value)


def _tokens(value: Any, place: str) -> tuple[str, ...]:
    if not _are_texts(value) or sum(map(len, value)) + len(value) > MAX_CHARACTERS:
        raise AnnealError("predict.bad_tokens", param=place, params={"limit": MAX_CHARACTERS})
    return tuple(value)


def _candidates(value: Any, place: str) -> tuple[str, ...]:
    is_short = isinstance(value, list) and len(value) <= MOST_CANDIDATES
    if not is_short or not _are_texts(value) or sum(map(len, value)) > MAX_CHARACTERS_OF_CANDIDATES:
        limits = {"count": MOST_CANDIDATES, "limit": MAX_CHARACTERS_OF_CANDIDATES}
        raise AnnealError("predict.bad_candidates", param=place, params=limits)
    return tuple(value)


def _messages(value: Any, place: str) -> tuple[Message, ...]:
    """A conversation in which the assistant is next."""
    limits = {"count": MOST_MESSAGES, "limit": MAX_CHARACTERS}
    if not isinstance(value, list) or not 0 < len(value) <= MOST_MESSAGES:
        raise AnnealError("predict.bad_messages", param=place, params=limits)
    for number, one in enumerate(value):
        if not _is_message(one):
            raise AnnealError("predict.bad_messages", param=f"{place}[{number}]", params=limits)
    if value[-1]["role"] == "assistant" or sum(len(one["content"]) for one in value) > MAX_CHARACTERS:
        raise AnnealError("predict.bad_messages", param=place, params=limits)
    return tuple(Message(role=one["role"], content=one["content"]) for one in value)


def _is_message(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != {"role", "content"} or not _is_text(value["content"]):
        return False
    return value["role"] in get_args(Message.model_fields["role"].annotation)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_text(part) for part in value)


def _is_text(value: Any) -> bool:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)
