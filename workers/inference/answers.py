"""What models of each task read, and what their outputs say. A new task is one line in the table; a new kind of answer is a class.

The numbers are those that training recorded as golden, in the same order; a prediction is made of nothing but them.
"""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token, L label

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, ClassVar, Final, Protocol

import torch
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

from workers.contract.results import ModelManifest
from workers.contract.serving import (
    GivenLabel,
    LabelScore,
    LabelSetPrediction,
    LabelsPrediction,
    NumberPrediction,
    PredictedSpan,
    Prediction,
    Question,
    SpansPrediction,
)
from workers.contract.tags import spans_of

# A label set says all labels; with ten thousand of them, the answer to many questions would not fit into a message.
MAX_LABELS_SAID: Final = 1000


@dataclass(frozen=True)
class Word:
    """A word that the model sees: its first piece, and its place in the text."""

    piece: int
    start: int
    end: int


@dataclass(frozen=True)
class Encoded:
    """A question as the model sees it; `num_tokens` counts what was cut off as well."""

    token_ids: list[int]
    type_ids: list[int]
    num_tokens: int
    text: str = ""
    words: tuple[Word, ...] = ()
    """Of tasks that say something about each."""

    @property
    def is_truncated(self) -> bool:
        return self.num_tokens > len(self.token_ids)


class Answers(Protocol):
    """What a task does on both sides of the network."""

    auto_class: ClassVar[Any]

    def __init__(self, manifest: ModelManifest) -> None:
        """Of one model."""

    def labels(self) -> tuple[str, ...] | None:
        """What the outputs of the network must be called; None where they have no names."""

    def asked(self, inputs: Mapping[str, Any]) -> Question:
        """A golden input as a question: golden inputs are named as the trainer names them."""

    def given(self, question: Question) -> Any:
        """A question as the tokenizer takes it."""

    def encoded(self, question: Question, found: Any, num_tokens: int) -> Encoded:
        """What the tokenizer made of it."""

    def numbers(self, logits: torch.Tensor, batch: Sequence[Encoded]) -> list[list[float]]:
        """Outputs as the numbers of `Golden.expected`, a row for each question."""

    def prediction(self, numbers: Sequence[float], encoded: Encoded, *, top_k: int) -> Prediction:
        """What they say."""


class _Whole:
    """Says something about a whole text, or about a pair of texts."""

    auto_class: ClassVar[Any] = AutoModelForSequenceClassification
    fields: ClassVar[tuple[str, ...]] = ("text",)

    def __init__(self, manifest: ModelManifest) -> None:
        self.manifest = manifest

    def labels(self) -> tuple[str, ...] | None:
        return self.manifest.labels

    def asked(self, inputs: Mapping[str, Any]) -> Question:
        # The trainer calls the texts of a pair text and text_b.
        return {field: inputs["text" if field == "text_a" else field] for field in self.fields}

    def given(self, question: Question) -> Any:
        texts = tuple(question[field] for field in self.fields)
        return texts[0] if len(texts) == 1 else texts

    def encoded(self, question: Question, found: Any, num_tokens: int) -> Encoded:
        del question
        return Encoded(found.ids, found.type_ids, num_tokens)


class Labels(_Whole):
    """One of several labels."""

    def numbers(self, logits: torch.Tensor, batch: Sequence[Encoded]) -> list[list[float]]:
        del batch
        rows: list[list[float]] = logits.softmax(-1).tolist()
        return rows

    def prediction(self, numbers: Sequence[float], encoded: Encoded, *, top_k: int) -> Prediction:
        best = _by_falling_score(self.manifest.labels, numbers)[:top_k]
        return LabelsPrediction(
            labels=tuple(LabelScore(label=label, score=score) for label, score in best),
            num_tokens=encoded.num_tokens,
            is_truncated=encoded.is_truncated,
        )


class LabelSet(_Whole):
    """Any number of labels."""

    def numbers(self, logits: torch.Tensor, batch: Sequence[Encoded]) -> list[list[float]]:
        del batch
        rows: list[list[float]] = logits.sigmoid().tolist()
        return rows

    def prediction(self, numbers: Sequence[float], encoded: Encoded, *, top_k: int) -> Prediction:
        del top_k
        threshold = 0.5 if self.manifest.threshold is None else self.manifest.threshold
        scored = _by_falling_score(self.manifest.labels, numbers)
        said = [pair for place, pair in enumerate(scored) if place < MAX_LABELS_SAID or pair[1] >= threshold]
        return LabelSetPrediction(
            labels=tuple(GivenLabel(label=label, score=score, is_given=score >= threshold) for label, score in said),
            threshold=threshold,
            num_tokens=encoded.num_tokens,
            is_truncated=encoded.is_truncated,
        )


class Number(_Whole):
    """A number."""

    def labels(self) -> tuple[str, ...] | None:
        return None

    def numbers(self, logits: torch.Tensor, batch: Sequence[Encoded]) -> list[list[float]]:
        del batch
        rows: list[list[float]] = logits.tolist()
        return rows

    def prediction(self, numbers: Sequence[float], encoded: Encoded, *, top_k: int) -> Prediction:
        del top_k
        (value,) = numbers
        return NumberPrediction(value=value, num_tokens=encoded.num_tokens, is_truncated=encoded.is_truncated)


class PairLabels(Labels):
    fields = ("text_a", "text_b")


class PairNumber(Number):
    fields = ("text_a", "text_b")


class Spans:
    """A tag for every word, put together to spans. The first piece of a word carries its tag.

    Tokens are taken as they are; a text falls into the words of the tokenizer.
    """

    auto_class: ClassVar[Any] = AutoModelForTokenClassification

    def __init__(self, manifest: ModelManifest) -> None:
        self._labels = manifest.labels

    def labels(self) -> tuple[str, ...] | None:
        return self._labels

    def asked(self, inputs: Mapping[str, Any]) -> Question:
        return {"tokens": tuple(inputs["tokens"])}

    def given(self, question: Question) -> Any:
        return list(question["tokens"]) if "tokens" in question else question["text"]

    def encoded(self, question: Question, found: Any, num_tokens: int) -> Encoded:
        if "tokens" in question:
            tokens = question["tokens"]
            text = " ".join(tokens)
            starts = [0, *accumulate(len(token) + 1 for token in tokens)]
            places = [(starts[i], starts[i] + len(token)) for i, token in enumerate(tokens)]
        else:
            text, places = str(question["text"]), None
        words = []
        before = None
        for piece, word in enumerate(found.word_ids):
            if word is not None and word != before:
                start, end = found.word_to_chars(word) if places is None else places[word]
                words.append(Word(piece, start, end))
            before = word
        return Encoded(found.ids, found.type_ids, num_tokens, text=text, words=tuple(words))

    def numbers(self, logits: torch.Tensor, batch: Sequence[Encoded]) -> list[list[float]]:
        probabilities_BTL = logits.softmax(-1)
        return [
            probabilities_BTL[row][torch.tensor([word.piece for word in encoded.words], dtype=torch.long)]
            .flatten()
            .tolist()
            for row, encoded in enumerate(batch)
        ]

    def prediction(self, numbers: Sequence[float], encoded: Encoded, *, top_k: int) -> Prediction:
        del top_k
        width = len(self._labels)
        best = []
        for place in range(len(encoded.words)):
            scores = numbers[place * width : (place + 1) * width]
            score = max(scores)
            best.append((self._labels[scores.index(score)], score))
        spans = []
        for span in spans_of([tag for tag, _ in best]):
            scores = [score for _, score in best[span.start : span.end]]
            start, end = encoded.words[span.start].start, encoded.words[span.end - 1].end
            spans.append(
                PredictedSpan(
                    type=span.type, start=start, end=end, text=encoded.text[start:end], score=sum(scores) / len(scores)
                )
            )
        return SpansPrediction(spans=tuple(spans), num_tokens=encoded.num_tokens, is_truncated=encoded.is_truncated)


def _by_falling_score(labels: Sequence[str], scores: Sequence[float]) -> list[tuple[str, float]]:
    return sorted(zip(labels, scores, strict=True), key=lambda pair: -pair[1])


ANSWERS: dict[str, type[Answers]] = {
    "classification": Labels,
    "pair_classification": PairLabels,
    "multi_label": LabelSet,
    "regression": Number,
    "pair_regression": PairNumber,
    "token_classification": Spans,
}
