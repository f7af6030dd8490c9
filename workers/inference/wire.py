"""What the HTTP parent and the engine child say to each other: JSON lines on standard input and on a pipe.

What customers ask is in it, so it is never logged.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from workers.contract.base import Value
from workers.contract.serving import Prediction
from workers.contract.serving import Question as Input


class Ask(Value):
    """To the engine: answer these questions with the model in this folder."""

    type: Literal["ask"] = "ask"
    id: int
    model_key: str
    folder: str
    inputs: tuple[Input, ...]
    top_k: int
    max_new_tokens: int = 128


class Forget(Value):
    """To the engine: nobody waits for this question any more."""

    type: Literal["forget"] = "forget"
    id: int


class Ready(Value):
    """From the engine: libraries are loaded."""

    type: Literal["ready"] = "ready"


class Working(Value):
    """From the engine, before it touches a model: should it die or hang, this model is to blame. None when it has nothing to do."""

    type: Literal["working"] = "working"
    model_key: str | None


class Answer(Value):
    type: Literal["answer"] = "answer"
    id: int
    predictions: tuple[Prediction, ...]
    is_cold: bool


class Refusal(Value):
    """From the engine: this model cannot answer; the engine itself is well. Where it is about a question, see `ServerError`."""

    type: Literal["refusal"] = "refusal"
    id: int
    code: str
    message: str
    place: int | None = None
    field: str | None = None
    params: dict[str, str | int] = Field(default_factory=dict)


Question = Annotated[Ask | Forget, Field(discriminator="type")]
Line = Annotated[Ready | Working | Answer | Refusal, Field(discriminator="type")]
_QUESTION: TypeAdapter[Any] = TypeAdapter(Question)
_LINE: TypeAdapter[Any] = TypeAdapter(Line)


def question_from_json(line: bytes) -> Question:
    """One line to the engine. Raises pydantic's ValidationError."""
    parsed: Question = _QUESTION.validate_json(line)
    return parsed


def line_from_json(line: bytes) -> Line:
    """One line of the engine. Raises pydantic's ValidationError."""
    parsed: Line = _LINE.validate_json(line)
    return parsed
