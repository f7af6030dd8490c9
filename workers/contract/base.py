"""The one base class of every value that crosses a process boundary."""

from __future__ import annotations

from typing import LiteralString

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from workers.contract.refusals import REFUSALS


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


def refused_at(field: str, code: LiteralString, /, **params: object) -> PydanticCustomError:
    """What a validator that compares several fields raises, a ValueError: the path of the one to change is in its `ctx`.

    So are the `params` of the words, for those who say them in another language.
    """
    message = REFUSALS[code].format_map(params)
    # The message goes in as a value, and last: braces in it are text, not places to fill.
    return PydanticCustomError(code, "{message}", {**params, "field": field, "message": message})
