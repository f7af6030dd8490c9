"""What the tasks share that predict words of a vocabulary, whichever way their model reads."""

# ruff: noqa: N803, N806, N815 - capital suffixes name the axes of a tensor: B batch, T token, C channel, N chosen position

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from workers.contract.results import Golden
from workers.trainer.data import values
from workers.trainer.data.doubts import doubtful_examples
from workers.trainer.data.read import Column, read_splits
from workers.trainer.data.splits import divide
from workers.trainer.golden import golden_rows
from workers.trainer.row_scores import RowScores, perplexity
from workers.trainer.token_loss import chosen, summed_loss, word_scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from workers.contract.events import Warned
    from workers.contract.spec import JobSpec
    from workers.trainer.data.encoded import Batch, Encoded, IntArray
    from workers.trainer.data.splits import TaskData
    from workers.trainer.engine import Engine
    from workers.trainer.language_model import LanguageModel
    from workers.trainer.parts import Run


# Golden texts are cut to this: long enough to tell models apart, short enough to be replayed in a moment.
GOLDEN_CHARACTERS = 200


@dataclass(frozen=True)
class Asked:
    """Which words a batch asks for: where in its flattened states, which, and what each counts. A row has `width` states."""

    places_N: torch.Tensor
    words_N: torch.Tensor
    weights_N: torch.Tensor
    width: int


class LanguageTask:
    """The loss is the weighted mean over the words that count; the output layer is computed where they are asked for alone."""

    watched = "loss"
    shares: ClassVar[frozenset[str]] = frozenset()
    lower_is_better: ClassVar[frozenset[str]] = frozenset({"loss", "perplexity"})
    has_head_start = False
    may_split = True
    fewest_rows = 1
    needs_vocabulary = True
    accuracy: ClassVar[str] = "token_accuracy"

    def __init__(self, spec: JobSpec) -> None:
        self.spec: Any = spec.task
        self.optimisation = spec.optimisation

    def asked(self, batch: Batch) -> Asked:
        raise NotImplementedError

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        """Sum of what the words of these rows count."""
        raise NotImplementedError

    def loss(self, model: LanguageModel, batch: Batch) -> torch.Tensor:
        return self.loss_of_words(model, model.of(batch), self.asked(batch))

    def loss_of_words(self, model: LanguageModel, states_BTC: torch.Tensor, asked: Asked) -> torch.Tensor:
        return summed_loss(
            model,
            chosen(states_BTC, asked.places_N),
            asked.words_N,
            asked.weights_N,
            label_smoothing=self.optimisation.label_smoothing,
        )

    def score_rows(self, model: LanguageModel, batch: Batch) -> list[RowScores]:
        return self.scores_of_words(model, model.of(batch), batch)

    def scores_of_words(self, model: LanguageModel, states_BTC: torch.Tensor, batch: Batch) -> list[RowScores]:
        asked = self.asked(batch)
        likelihoods_N, hits_N = word_scores(model, chosen(states_BTC, asked.places_N), asked.words_N)
        counts = np.bincount((asked.places_N // asked.width).cpu().numpy(), minlength=len(batch))
        columns = (likelihoods_N, hits_N, asked.weights_N)
        parts = [np.split(column.cpu().numpy(), np.cumsum(counts)[:-1]) for column in columns]
        return [RowScores(*row) for row in zip(*parts, strict=True)]

    def start(self, run: Run) -> dict[str, float]:
        """Nothing is solved: what the untouched model reaches."""
        encoded = run.encoded["validation"]
        return self.metrics(self.answer(run.engine, encoded), encoded)

    def answer(self, engine: Engine, encoded: Encoded) -> list[RowScores]:
        return engine.rows(encoded, self.score_rows)

    def metrics(self, answers: Sequence[RowScores], encoded: Encoded) -> dict[str, float]:
        del encoded
        weight = sum(row.weight for row in answers)
        loss = sum(row.loss for row in answers) / weight
        return {
            "loss": loss,
            "perplexity": perplexity(loss),
            self.accuracy: sum(row.num_hits for row in answers) / weight,
        }

    def threshold(self, run: Run) -> float | None:
        del run
        return None


def read_texts(spec: JobSpec, data_dir: Path, *, column: str) -> tuple[TaskData, list[Warned]]:
    """Texts that are learnt from as they are, without an answer beside them. Raises JobError `data:*`."""
    columns = [Column("text", column, values.text)]
    splits = dict(read_splits(spec.data, data_dir, columns=columns, is_empty=lambda raw: values.is_blank(raw["text"])))
    data, warnings = divide(splits, seed=spec.seed)
    return data, [*warnings, *doubtful_examples(data, inputs=("text",))]


def golden_texts(run: Run) -> list[str]:
    """Beginnings of held-out texts."""
    texts = [text[:GOLDEN_CHARACTERS] for text in run.data.held_out["text"]]
    return [texts[i] for i in golden_rows(np.array([len(text) for text in texts]))]


def golden_likelihoods(inputs: Iterable[Mapping[str, str]], scores: Sequence[RowScores]) -> tuple[Golden, ...]:
    return tuple(
        Golden(inputs={**item}, expected=tuple(row.likelihoods.tolist()))
        for item, row in zip(inputs, scores, strict=True)
    )
