"""The one base class of every value that crosses a process boundary."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Value(BaseModel):
    """A frozen, typed value; unknown keys are refused and floats must be finite.

    Strict about keys because a misspelt option that is silently ignored is the most expensive
    kind of typo in a training run.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_default=True,
        ser_json_inf_nan="null",
        # What is written out is always whole; a schema of it says so.
        json_schema_serialization_defaults_required=True,
    )


def refused_at(field: str, message: str) -> PydanticCustomError:
    """What a validator that compares several fields raises, a ValueError: the path of the one to change is in its `ctx`."""
    # The message goes in as a value: braces in it are text, not places to fill.
    return PydanticCustomError("value_error", "{message}", {"message": message, "field": field})
