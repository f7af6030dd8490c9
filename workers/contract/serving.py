"""What the gateway asks of a model server and what it answers (HTTP, JSON, `POST /predict`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from workers.contract.base import Value
from workers.contract.spec import FileName, Sha256


def model_key_of(files: Iterable[tuple[str, str]]) -> str:
    """The digest that stands for a set of files, given as `(name, sha256)`: what `sha256sum * | sha256sum` prints in their folder."""
    lines = [f"{sha256}  {name}\n" for name, sha256 in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class ModelFile(Value):
    """One file of a model directory. `url` is `file://` inside the server's artifact root, or a signed `https://`."""

    name: FileName
    sha256: Sha256
    url: str


class PredictRequest(Value):
    """Score texts with one model. `model_key` is `model_key_of` its files: equal keys are equal files."""

    model_key: Sha256
    files: tuple[ModelFile, ...]
    texts: Annotated[tuple[Annotated[str, Field(max_length=100_000)], ...], Field(min_length=1, max_length=256)]
    top_k: Annotated[int, Field(ge=1, le=1000)] = 5


class LabelScore(Value):
    label: str
    score: float


class Prediction(Value):
    """Labels by falling probability; `is_truncated` says that the end of the text was not seen."""

    labels: tuple[LabelScore, ...]
    num_tokens: int
    is_truncated: bool


class PredictResponse(Value):
    predictions: tuple[Prediction, ...]
    is_cold: bool
    """True when the model had to be loaded for this request."""
    milliseconds: float


class ServerError(Value):
    """Body of every non-200 answer of the model server."""

    code: str
    message: str
