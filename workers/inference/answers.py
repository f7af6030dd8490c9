"""What models of each task read, and what their outputs say. A new task is one line in the table; a new kind of answer is a class.

The numbers are those that training recorded as golden, in the same order; a prediction is made of nothing but them.
"""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token, L label

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, ClassVar, Final

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
from workers.inference.answering import Answers, Recorded, labels_check, opened
from workers.inference.hidden_words import HiddenWords
from workers.inference.network import Encoded, Network, Options, Word
from workers.inference.passages import Passages
from workers.inference.vectors import Likeness, Ranks, Vectors
from workers.inference.writing import Continuation, Replies

# A label set says all labels; with ten thousand of them, the answer to many questions would not fit into a message.
MAX_LABELS_SAID: Final = 1000


class _Whole(Recorded):
    """Says something about a whole text, or about a pair of texts."""

    auto_class: ClassVar[Any] = AutoModelForSequenceClassification
    fields: ClassVar[tuple[str, ...]] = ("text",)

    def __init__(self, manifest: ModelManifest) -> None:
        self.manifest = manifest

    def open(self, folder: Path) -> Any:
        return opened(self.auto_class, folder)

    def check(self, config: Any) -> None:
        labels_check(config, self.manifest.labels)

    def asked(self, inputs: Mapping[str, Any]) -> Question:
        # The trainer calls the texts of a pair text and text_b.
        return {field: inputs["text" if field == "text_a" else field] for field in self.fields}

    def encode(self, network: Network, questions: Sequence[Question], options: Options) -> list[tuple[Encoded, ...]]:
        del options
        given = [tuple(question[field] for field in self.fields) for question in questions]
        found = network.sequences([texts[0] if len(texts) == 1 else texts for texts in given])
        return [(Encoded(one.ids, one.type_ids, num_tokens),) for one, num_tokens in found]

    def numbers(self, logits: torch.Tensor) -> list[list[float]]:
        """Outputs as the numbers of `Golden.expected`, a row for each sequence."""
        raise NotImplementedError

    def rows(self, network: Network, batch: Sequence[Encoded]) -> list[Any]:
        return list(self.numbers(network.forward(batch).logits.float().cpu()))


class Labels(_Whole):
    """One of several labels."""

    def numbers(self, logits: torch.Tensor) -> list[list[float]]:
        rows: list[list[float]] = logits.softmax(-1).tolist()
        return rows

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options) -> Prediction:
        (numbers,), (encoded,) = rows, parts
        best = _by_falling_score(self.manifest.labels, numbers)[: options.top_k]
        return LabelsPrediction(
            labels=tuple(LabelScore(label=label, score=score) for label, score in best),
            num_tokens=encoded.num_tokens,
            is_truncated=encoded.is_truncated,
        )


class LabelSet(_Whole):
    """Any number of labels."""

    def numbers(self, logits: torch.Tensor) -> list[list[float]]:
        rows: list[list[float]] = logits.sigmoid().tolist()
        return rows

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options) -> Prediction:
        del options
        (numbers,), (encoded,) = rows, parts
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

    def check(self, config: Any) -> None:
        labels_check(config, None)

    def numbers(self, logits: torch.Tensor) -> list[list[float]]:
        rows: list[list[float]] = logits.tolist()
        return rows

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options) -> Prediction:
        del options
        ((value,),), (encoded,) = rows, parts
        return NumberPrediction(value=value, num_tokens=encoded.num_tokens, is_truncated=encoded.is_truncated)


class PairLabels(Labels):
    fields = ("text_a", "text_b")


class PairNumber(Number):
    fields = ("text_a", "text_b")


class Spans(Recorded):
    """A tag for every word, put together to spans. The first piece of a word carries its tag.

    Tokens are taken as they are; a text falls into the words of the tokenizer.
    """

    def __init__(self, manifest: ModelManifest) -> None:
        self._labels = manifest.labels

    def open(self, folder: Path) -> Any:
        return opened(AutoModelForTokenClassification, folder)

    def check(self, config: Any) -> None:
        labels_check(config, self._labels)

    def asked(self, inputs: Mapping[str, Any]) -> Question:
        return {"tokens": tuple(inputs["tokens"])}

    def encode(self, network: Network, questions: Sequence[Question], options: Options) -> list[tuple[Encoded, ...]]:
        del options
        found: dict[int, Encoded] = {}
        for is_tokens in (False, True):  # the tokenizer takes texts and tokens apart
            some = {place: one for place, one in enumerate(questions) if ("tokens" in one) == is_tokens}
            given = [list(one["tokens"]) if is_tokens else one["text"] for one in some.values()]
            made = network.sequences(given, is_split=is_tokens)
            for (place, question), (encoding, num_tokens) in zip(some.items(), made, strict=True):
                found[place] = self._encoded(question, encoding, num_tokens)
        return [(found[place],) for place in range(len(questions))]

    @staticmethod
    def _encoded(question: Question, found: Any, num_tokens: int) -> Encoded:
        if "tokens" in question:
            tokens = [str(token) for token in question["tokens"]]
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

    def rows(self, network: Network, batch: Sequence[Encoded]) -> list[Any]:
        probabilities_BTL = network.forward(batch).logits.float().cpu().softmax(-1)
        return [
            probabilities_BTL[row][torch.tensor([word.piece for word in encoded.words], dtype=torch.long)]
            .flatten()
            .tolist()
            for row, encoded in enumerate(batch)
        ]

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options) -> Prediction:
        del options
        (numbers,), (encoded,) = rows, parts
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
    "question_answering": Passages,
    "embedding": Vectors,
    "similarity": Likeness,
    "ranking": Ranks,
    "causal_lm": Continuation,
    "masked_lm": HiddenWords,
    "chat": Replies,
    "preference": Replies,
}
