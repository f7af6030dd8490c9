"""What the tasks share in which a decoder learns to say words: `weights` beside the tokens say what predicting each of them counts."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, V vocabulary, N chosen position

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from transformers import AutoModelForCausalLM

from workers.trainer.bodies import open_language_network
from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.data.packing import WEIGHTS
from workers.trainer.headed import HeadedDeliverable
from workers.trainer.language_model import Decoder, speaking
from workers.trainer.row_scores import RowScores, perplexity
from workers.trainer.token_loss import chosen, positions, summed_loss, word_scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Batch, IntArray
    from workers.trainer.data.splits import TaskData
    from workers.trainer.engine import Engine
    from workers.trainer.parts import Run

AUTO_CLASS = "AutoModelForCausalLM"


class DecoderTask:
    """The loss is the weighted mean over the tokens that count; the output layer is computed at those alone."""

    watched = "loss"
    shares: ClassVar[frozenset[str]] = frozenset()
    lower_is_better: ClassVar[frozenset[str]] = frozenset({"loss", "perplexity"})
    has_head_start = False
    may_split = True
    needs_vocabulary = True

    def __init__(self, spec: JobSpec) -> None:
        self.spec: Any = spec.task
        self.optimisation = spec.optimisation

    def open_model(self, base: Base, data: TaskData) -> Decoder:
        del data
        return Decoder(*open_language_network(base, AutoModelForCausalLM))

    def loss(self, model: Decoder, batch: Batch) -> torch.Tensor:
        places_N, words_N, weights_N = spoken(batch)
        return summed_loss(
            model,
            chosen(model.of(batch), places_N),
            words_N,
            weights_N,
            label_smoothing=self.optimisation.label_smoothing,
        )

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        weights = encoded.beside[WEIGHTS]
        return float(sum(weights.row(int(row)).sum(dtype=np.float64) for row in rows))

    def start(self, run: Run) -> dict[str, float]:
        encoded = run.encoded["validation"]
        return self.metrics(self.answer(run.engine, encoded), encoded)

    def answer(self, engine: Engine, encoded: Encoded) -> list[RowScores]:
        return engine.rows(encoded, score_rows)

    def metrics(self, answers: Sequence[RowScores], encoded: Encoded) -> dict[str, float]:
        del encoded
        weight = sum(row.weight for row in answers)
        loss = sum(row.loss for row in answers) / weight
        return {
            "loss": loss,
            "perplexity": perplexity(loss),
            "token_accuracy": sum(row.num_hits for row in answers) / weight,
        }

    def threshold(self, run: Run) -> float | None:
        del run
        return None

    def deliverable(self, run: Run) -> HeadedDeliverable:
        return HeadedDeliverable.of(
            speaking(run.engine.model),
            run.base,
            auto_class=AUTO_CLASS,
            new_modules=[],
            peft_task="CAUSAL_LM",
            tokenizer_settings=self.tokenizer_settings(run),
        )

    def tokenizer_settings(self, run: Run) -> Mapping[str, Any]:
        """Whoever writes with a decoder pads in front, so that all rows of a batch end where the writing begins."""
        del run
        return {"padding_side": "left"}


def spoken(batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Where in the flattened batch a word is predicted, which word should come next there, and what it counts."""
    weights_BT = batch.beside[WEIGHTS]
    next_BT = torch.cat([weights_BT[:, 1:], weights_BT.new_zeros(len(batch), 1)], dim=1)
    places_N = positions(next_BT > 0)
    return places_N, batch.ids_BT.flatten()[places_N + 1], weights_BT.flatten()[places_N + 1]


def score_rows(model: Decoder, batch: Batch) -> list[RowScores]:
    places_N, words_N, weights_N = spoken(batch)
    likelihoods_N, hits_N = word_scores(model, chosen(model.of(batch), places_N), words_N)
    ends = np.cumsum(np.bincount((places_N // batch.ids_BT.shape[1]).cpu().numpy(), minlength=len(batch)))[:-1]
    columns = [np.split(column.cpu().numpy(), ends) for column in (likelihoods_N, hits_N, weights_N)]
    return [RowScores(*row) for row in zip(*columns, strict=True)]


def rows_of_ids(rows: Sequence[Sequence[int]], *, first: Sequence[int] | None = None) -> Encoded:
    """Ready-made token ids as rows; in row i the tokens from `first[i]` count, without `first` all but the first."""
    starts = [1] * len(rows) if first is None else first
    weights = [np.arange(len(row)) >= max(1, start) for row, start in zip(rows, starts, strict=True)]
    return Encoded(ids=Ragged.of(rows), beside={WEIGHTS: Ragged.of(weights, dtype=np.float32)})


def plain_likelihoods(
    model: Any, rows: Sequence[Sequence[int]], first: Sequence[int], *, pad_id: int
) -> list[list[float]]:
    """Log-likelihoods of the tokens from `first[i]` on of every row, by a network of plain transformers in one batch."""
    ids_BT = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(list(row)) for row in rows], batch_first=True, padding_value=pad_id
    )
    lengths = torch.tensor([len(row) for row in rows])
    mask_BT = (torch.arange(ids_BT.shape[1]) < lengths[:, None]).long()
    spread_BTV = model(input_ids=ids_BT, attention_mask=mask_BT).logits.float().log_softmax(-1)
    found_BT = spread_BTV[:, :-1].gather(-1, ids_BT[:, 1:, None]).squeeze(-1)
    return [
        found_BT[row, max(1, start) - 1 : len(ids) - 1].tolist()
        for row, (ids, start) in enumerate(zip(rows, first, strict=True))
    ]
