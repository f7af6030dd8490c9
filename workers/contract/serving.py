"""What the gateway asks of a model server and what it answers (HTTP, JSON, `POST /predict`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from workers.contract.base import Value
from workers.contract.columns import Kind
from workers.contract.spec import Sha256

QUESTIONS: dict[str, tuple[dict[str, Kind], ...]] = {
    "classification": ({"text": "text"},),
    "pair_classification": ({"text_a": "text", "text_b": "text"},),
    "multi_label": ({"text": "text"},),
    "regression": ({"text": "text"},),
    "pair_regression": ({"text_a": "text", "text_b": "text"},),
    "token_classification": ({"text": "text"}, {"tokens": "tokens"}),
    "question_answering": ({"question": "text", "context": "text"},),
    "embedding": ({"text": "text"},),
    "similarity": ({"text_a": "text", "text_b": "text"},),
    "ranking": ({"query": "text", "candidates": "candidates"},),
    "causal_lm": ({"prompt": "text"},),
    "masked_lm": ({"text": "text"},),
    "chat": ({"prompt": "text"}, {"messages": "messages"}),
    "preference": ({"prompt": "text"}, {"messages": "messages"}),
}
"""What a model of a task is asked with: fields by name. Where there are several forms, each question takes one of them."""

WRITING_TASKS: frozenset[str] = frozenset({"causal_lm", "chat", "preference"})
"""Tasks whose models write texts of their own."""

MOST_QUESTIONS: dict[str, int] = {"question_answering": 8, "ranking": 8, **dict.fromkeys(WRITING_TASKS, 8)}
"""In one request, of tasks where a single question is a lot of work."""
MOST_CANDIDATES = 100
MOST_MESSAGES = 100
MOST_NEW_TOKENS = 256


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
    """One file of a model directory, or of a folder in it. `url` is `file://` inside the server's artifact root, or a signed `https://`."""

    name: Annotated[
        str, StringConstraints(pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]{0,79}/)?[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}$")
    ]
    sha256: Sha256
    url: str


Text = Annotated[str, Field(max_length=100_000)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Message(Value):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: Text


Question = dict[
    FieldName,
    Text
    | Annotated[tuple[Text, ...], Field(max_length=20_000)]
    | Annotated[tuple[Message, ...], Field(max_length=MOST_MESSAGES)],
]


class PredictRequest(Value):
    """Ask one model. `model_key` is `model_key_of` its files: equal keys are equal files.

    Either `texts`, for tasks that read one text, or `inputs`, with the fields of the task (`QUESTIONS`). `top_k` is for answers that
    are one of several labels, and for words that are likeliest; `max_new_tokens` is for models that write.
    """

    model_key: Sha256
    files: tuple[ModelFile, ...]
    texts: Annotated[tuple[Text, ...], Field(min_length=1, max_length=256)] | None = None
    inputs: Annotated[tuple[Question, ...], Field(min_length=1, max_length=256)] | None = None
    top_k: Annotated[int, Field(ge=1, le=1000)] = 5
    max_new_tokens: Annotated[int, Field(ge=1, le=MOST_NEW_TOKENS)] = 128

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
    """A number, in the unit of the training data; of a similarity, the cosine of the two texts."""

    kind: Literal["number"] = "number"
    value: float


class SpansPrediction(_Answered):
    """Spans in a text, in their order. Tokens are read as a text with one space between them."""

    kind: Literal["spans"] = "spans"
    spans: tuple[PredictedSpan, ...]


class PredictedPassage(Value):
    """`context[start:end]`, in characters (Unicode code points). `score` is the probability of both its ends."""

    start: int
    end: int
    text: str
    score: float


class AnswerPrediction(_Answered):
    """The best passage of the context, over all of its windows. A question that is too long is cut, and `is_truncated`."""

    kind: Literal["answer"] = "answer"
    passage: PredictedPassage | None = Field(description="None where the context holds nothing that the model reads.")
    is_answer: bool = Field(
        description="Whether the passage is likelier than that the context holds no answer; always so of a model that learnt from "
        "answered questions alone."
    )
    num_windows: int = Field(description="Overlapping parts in which the context was read.")


class VectorPrediction(_Answered):
    """What stands for a text: of length one, so that the sum of the products of two is their cosine."""

    kind: Literal["vector"] = "vector"
    vector: tuple[float, ...]


class RankedCandidate(Value):
    """`index` is the place in the candidates of the question, from 0."""

    index: int
    score: float


class RankingPrediction(_Answered):
    """Every candidate, the best first.

    Scores are comparable within a question: probabilities of a ranker of pairs, otherwise what the network says (a cosine, where
    the two texts are read apart). `is_truncated` says that some text was.
    """

    kind: Literal["ranking"] = "ranking"
    candidates: tuple[RankedCandidate, ...]
    threshold: float | None = Field(
        description="Of rankers that learnt from pairs: from which score on two belong together."
    )


class WordScore(Value):
    """`word` is a piece of a word as the tokenizer writes it, spaces aside."""

    word: str
    score: float


class HiddenWordsPrediction(_Answered):
    """For each mask of the text, in their order, the likeliest words by falling probability."""

    kind: Literal["hidden_words"] = "hidden_words"
    masks: tuple[tuple[WordScore, ...], ...]


class TextPrediction(_Answered):
    """What follows, written greedily: nothing is drawn at random. `finished_by` is the model's own end, or a limit."""

    kind: Literal["text"] = "text"
    text: str
    num_new_tokens: int
    finished_by: Literal["end", "max_new_tokens", "time"]


def _labels_unless_said(value: Any) -> Any:
    """Answers had no kind when labels were the only one."""
    return {"kind": "labels", **value} if isinstance(value, dict) and "kind" not in value else value


Prediction = Annotated[
    LabelsPrediction
    | LabelSetPrediction
    | NumberPrediction
    | SpansPrediction
    | AnswerPrediction
    | VectorPrediction
    | RankingPrediction
    | HiddenWordsPrediction
    | TextPrediction,
    Field(discriminator="kind"),
    BeforeValidator(_labels_unless_said),
]


class PredictResponse(Value):
    predictions: tuple[Prediction, ...]
    is_cold: bool
    """True when the model had to be loaded for this request."""
    milliseconds: float


class ServerError(Value):
    """Body of every non-200 answer of the model server. Codes `input.*` are about a question: `place` and `field` say which.

    `params` are what `message` says in figures and names, for those who say it in other words.
    """

    code: str
    message: str
    place: int | None = None
    field: str | None = None
    params: dict[str, str | int] = Field(default_factory=dict)
