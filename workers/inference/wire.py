"""What the HTTP parent and the engine child say to each other: JSON lines on standard input and on a pipe."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from workers.contract.base import Value
from workers.contract.serving import Prediction


class Ask(Value):
    """To the engine: score these texts with the model in this folder."""

    id: int
    model_key: str
    folder: str
    texts: tuple[str, ...]
    top_k: int


class Ready(Value):
    """From the engine: libraries are loaded."""

    type: Literal["ready"] = "ready"


class Answer(Value):
    type: Literal["answer"] = "answer"
    id: int
    predictions: tuple[Prediction, ...]
    is_cold: bool


class Refusal(Value):
    """From the engine: this model cannot answer; the engine itself is well."""

    type: Literal["refusal"] = "refusal"
    id: int
    code: str
    message: str


Line = Annotated[Ready | Answer | Refusal, Field(discriminator="type")]
_LINE: TypeAdapter[Any] = TypeAdapter(Line)


def line_from_json(line: bytes) -> Line:
    """One line of the engine. Raises pydantic's ValidationError."""
    parsed: Line = _LINE.validate_json(line)
    return parsed
