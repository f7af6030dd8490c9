"""What the gateway asks of a model server and what it answers (HTTP, JSON, `POST /predict`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from workers.contract.base import Value
from workers.contract.columns import Kind
from workers.contract.spec import FileName, Sha256

QUESTIONS: dict[str, tuple[dict[str, Kind], ...]] = {
    "classification": ({"text": "text"},),
    "pair_classification": ({"text_a": "text", "text_b": "text"},),
    "multi_label": ({"text": "text"},),
    "regression": ({"text": "text"},),
    "pair_regression": ({"text_a": "text", "text_b": "text"},),
    "token_classification": ({"text": "text"}, {"tokens": "tokens"}),
}
"""What a model of a task is asked with: fields by name. Where there are several forms, each question takes one of them."""


def takes_texts(task: str) -> bool:
    """Whether a bare text is a question for a model of this task."""
    return {"text": "text"} in QUESTIONS.get(task, ())


def form_of(task: str, question: Mapping[str, Any]) -> dict[str, Kind] | None:
    """The form that a question has, by its fields alone; None when it has none of the task's."""
    return next((form for form in QUESTIONS.get(task, ()) if form.keys() == question.keys()), None)


def model_key_of(files: Iterable[tuple[str, str]]) -> str:
    """The digest that stands for a set of files, given as `(name, sha256)`: what `sha256sum * | sha256sum` prints in their folder."""
    lines = [f"{sha256}  {name}\n" for name, sha256 in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class ModelFile(Value):
    """One file of a model directory. `url` is `file://` inside the server's artifact root, or a signed `https://`."""

    name: FileName
    sha256: Sha256
    url: str


Text = Annotated[str, Field(max_length=100_000)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Question = dict[FieldName, Text | Annotated[tuple[Text, ...], Field(max_length=20_000)]]


class PredictRequest(Value):
    """Ask one model. `model_key` is `model_key_of` its files: equal keys are equal files.

    Either `texts`, for tasks that read one text, or `inputs`, with the fields of the task (`QUESTIONS`). `top_k` is for answers that
    are one of several labels.
    """

    model_key: Sha256
    files: tuple[ModelFile, ...]
    texts: Annotated[tuple[Text, ...], Field(min_length=1, max_length=256)] | None = None
    inputs: Annotated[tuple[Question, ...], Field(min_length=1, max_length=256)] | None = None
    top_k: Annotated[int, Field(ge=1, le=1000)] = 5

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.texts is None) == (self.inputs is None):
            raise ValueError("give either texts or inputs")
        return self

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked, in one form."""
        if self.inputs is not None:
            return self.inputs
        return tuple({"text": text} for text in self.texts or ())


class LabelScore(Value):
    label: str
    score: float


class GivenLabel(LabelScore):
    """`is_given` says that the score reaches the model's threshold."""

    is_given: bool


class PredictedSpan(Value):
    """`text[start:end]` is of this type, in characters (Unicode code points). `score` is the mean probability of its tags."""

    type: str
    start: int
    end: int
    text: str
    score: float


class _Answered(Value):
    num_tokens: int
    is_truncated: bool = Field(description="The question is longer than the model reads; its end was not seen.")


class LabelsPrediction(_Answered):
    """One of several labels: the most probable ones, by falling probability."""

    kind: Literal["labels"] = "labels"
    labels: tuple[LabelScore, ...]


class LabelSetPrediction(_Answered):
    """Any number of labels: every label by falling probability, and which are given."""

    kind: Literal["label_set"] = "label_set"
    labels: tuple[GivenLabel, ...]
    threshold: float


class NumberPrediction(_Answered):
    """A number, in the unit of the training data."""

    kind: Literal["number"] = "number"
    value: float


class SpansPrediction(_Answered):
    """Spans in a text, in their order. Tokens are read as a text with one space between them."""

    kind: Literal["spans"] = "spans"
    spans: tuple[PredictedSpan, ...]


def _labels_unless_said(value: Any) -> Any:
    """Answers had no kind when labels were the only one."""
    return {"kind": "labels", **value} if isinstance(value, dict) and "kind" not in value else value


Prediction = Annotated[
    LabelsPrediction | LabelSetPrediction | NumberPrediction | SpansPrediction,
    Field(discriminator="kind"),
    BeforeValidator(_labels_unless_said),
]


class PredictResponse(Value):
    predictions: tuple[Prediction, ...]
    is_cold: bool
    """True when the model had to be loaded for this request."""
    milliseconds: float


class ServerError(Value):
    """Body of every non-200 answer of the model server."""

    code: str
    message: str
