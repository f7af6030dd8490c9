"""What every task does on both sides of the network: a question becomes sequences, and what the model says to them an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch

from workers.contract.results import Golden, ModelManifest
from workers.contract.serving import Prediction, Question
from workers.inference.cache import ModelError
from workers.inference.network import USUAL, Encoded, Network, Options


class QuestionError(ModelError):
    """A question that a model cannot answer as it is: `place` is that of the question in the request, `field` its part.

    `params` are what the message says in figures and names, for those who say it in other words.
    """

    def __init__(
        self, code: str, message: str, *, place: int | None = None, field: str | None = None, **params: str | int
    ) -> None:
        super().__init__(f"input.{code}", message)
        self.place = place
        self.field = field
        self.params = params


class Answers(Protocol):
    """One model's way to answer. A question becomes one sequence or several, which are computed with those of other questions."""

    def __init__(self, manifest: ModelManifest) -> None:
        """Of one model."""

    def open(self, folder: Path) -> Any:
        """The network of plain transformers in a folder."""

    def check(self, config: Any) -> None:
        """Refuse a network that is not one of this task. Raises ModelError."""

    def encode(self, network: Network, questions: Sequence[Question], options: Options) -> list[tuple[Encoded, ...]]:
        """The sequences of each question, cut where training cut. Raises QuestionError."""

    def rows(self, network: Network, batch: Sequence[Encoded]) -> list[Any]:
        """What the model says to sequences of any questions, one row for each."""

    def most_tokens(self, network: Network) -> int | None:
        """How many tokens a batch may have, where that is less than usual."""

    def replayed(self, network: Network, golden: Sequence[Golden]) -> list[list[float]]:
        """What the model says to golden inputs, in the form of `Golden.expected`."""

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options) -> Prediction:
        """The answer to a question, from its sequences and what the model says to them."""


class Recorded:
    """Of tasks whose golden inputs are questions: they are asked in one padded batch, as any others would be."""

    def asked(self, inputs: Mapping[str, Any]) -> Question:
        """A golden input as a question: golden inputs are named as the trainer names them."""
        raise NotImplementedError

    def encode(self, network: Network, questions: Sequence[Question], options: Options) -> list[tuple[Encoded, ...]]:
        """As `Answers` says."""
        raise NotImplementedError

    def rows(self, network: Network, batch: Sequence[Encoded]) -> list[Any]:
        """As `Answers` says."""
        raise NotImplementedError

    def recorded(self, rows: Sequence[Any]) -> list[float]:
        """What of the rows of a question training records."""
        (row,) = rows
        return list(row)

    def most_tokens(self, network: Network) -> int | None:
        del network
        return None

    def replayed(self, network: Network, golden: Sequence[Golden]) -> list[list[float]]:
        parts = self.encode(network, [self.asked(item.inputs) for item in golden], USUAL)
        rows = iter(self.rows(network, [part for some in parts for part in some]))
        return [self.recorded([next(rows) for _ in some]) for some in parts]


class OneByOne:
    """Of tasks that read each question for itself, and may refuse one."""

    def parts(self, network: Network, question: Question, options: Options) -> tuple[Encoded, ...]:
        """The sequences of a question. Raises QuestionError."""
        raise NotImplementedError

    def encode(self, network: Network, questions: Sequence[Question], options: Options) -> list[tuple[Encoded, ...]]:
        found = []
        for place, question in enumerate(questions):
            try:
                found.append(self.parts(network, question, options))
            except QuestionError as error:
                error.place = place
                raise
        return found


def opened(auto_class: Any, folder: Path) -> Any:
    return auto_class.from_pretrained(
        folder, trust_remote_code=False, use_safetensors=True, local_files_only=True, dtype=torch.float32
    )


def labels_check(config: Any, wanted: tuple[str, ...] | None) -> None:
    """What the outputs of the network must be called; None where there is one that has no name. Raises ModelError."""
    named = tuple(config.id2label[index] for index in range(config.num_labels))
    if len(named) != 1 if wanted is None else named != wanted:
        raise ModelError("model.unreadable", "The labels of config.json and of anneal.json differ.")
