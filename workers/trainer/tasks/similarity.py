"""Two texts and how alike they are: vectors whose cosine says it."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B and N row, R role (the two texts), C channel

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from workers.contract.results import Golden
from workers.trainer.data import values
from workers.trainer.data.doubts import doubtful_examples
from workers.trainer.data.encoded import Encoded
from workers.trainer.data.read import Column, read_splits
from workers.trainer.data.scores import flat_correlation, varied
from workers.trainer.data.splits import divide
from workers.trainer.evaluate.metrics import pearson, spearman
from workers.trainer.evaluate.similarity import evaluate_similarity
from workers.trainer.golden import golden_rows
from workers.trainer.sentence_folder import plain_cosines, sentence_usage
from workers.trainer.tasks._vectors import Vectors, VectorTask, vectors_of
from workers.trainer.taught import Part, Taught

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from workers.contract.events import Warned
    from workers.contract.results import Evaluation
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Batch
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.engine import Engine
    from workers.trainer.evaluate.metrics import FloatArray
    from workers.trainer.model import EmbeddingModel
    from workers.trainer.parts import Run
    from workers.trainer.usage import Usage

SCORE = "score"


class Similarity(VectorTask):
    """CoSENT (Su 2022, "CoSENT: a more effective sentence vector scheme"): of two pairs of a batch, the one with the higher score should
    have the higher cosine. Only the order of scores counts, so their unit does not.
    """

    watched = "spearman"
    shares: ClassVar[frozenset[str]] = frozenset()

    # --- data

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        columns = [
            Column("text", self.spec.text_a_column, values.text),
            Column("text_b", self.spec.text_b_column, values.text),
            Column("score", self.spec.score_column, values.number),
        ]
        splits = dict(read_splits(spec.data, data_dir, columns=columns, is_empty=_lacks_a_text))
        data, warnings = divide(splits, seed=spec.seed)
        varied(data.train)
        return data, [*warnings, *doubtful_examples(data, inputs=("text", "text_b"), target="score")]

    def flat(self, rows: Rows, figure: str) -> Warned | None:
        return flat_correlation(rows, figure)

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        del data, base
        first, second = (tokeniser.texts(rows[role], max_length=max_length) for role in ("text", "text_b"))
        return Encoded(
            ids=first.ids,
            others={"text_b": Encoded(ids=second.ids, cuts=second.cuts)},
            targets={SCORE: torch.tensor(rows["score"], dtype=torch.float64)},
            num_truncated=first.num_truncated + second.num_truncated,
            cuts=first.cuts,
        )

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        del data
        scores = encoded.targets[SCORE]
        return Taught(
            parts=(Part("text_a", encoded), Part("text_b", encoded.others["text_b"])),
            origin=np.arange(len(encoded)),
            loss_over="rows",
            target=lambda row: (f"{float(scores[row]):.6g}",),
        )

    # --- learning

    def loss(self, model: EmbeddingModel, batch: Batch) -> torch.Tensor:
        cosines_B = cosines_of(vectors_of(model, batch))
        return len(cosines_B) * order_loss(self.spec.scale * cosines_B, batch.targets[SCORE])

    # --- answers

    def metrics(self, answers: Vectors, encoded: Encoded) -> dict[str, float]:
        cosines_N, scores_N = cosines_of(answers.vectors_NRC).double(), encoded.targets[SCORE]
        losses = [
            len(rows) * float(order_loss(self.spec.scale * cosines_N[rows], scores_N[rows]))
            for rows in self.judged_batches(len(scores_N))
        ]
        return {
            "loss": sum(losses) / len(scores_N),
            "pearson": pearson(scores_N.numpy(), cosines_N.numpy()),
            "spearman": spearman(scores_N.numpy(), cosines_N.numpy()),
        }

    def cosines(self, engine: Engine, encoded: Encoded) -> FloatArray:
        """(rows,): how alike the two texts of each are."""
        found: FloatArray = cosines_of(self.answer(engine, encoded).vectors_NRC).double().numpy()
        return found

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_similarity(run, self)

    # --- what is delivered

    def golden(self, run: Run) -> tuple[Golden, ...]:
        """The cosine of a pair."""
        rows, encoded = run.data.held_out, run.encoded["held_out"]
        chosen = golden_rows(encoded.lengths)
        vectors_NRC = run.engine.tensor(encoded.select(chosen), vectors_of, is_exact=True)
        return tuple(
            Golden(inputs={"text": rows["text"][row], "text_b": rows["text_b"][row]}, expected=(cosine,))
            for row, cosine in zip(chosen.tolist(), cosines_of(vectors_NRC).tolist(), strict=True)
        )

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        return [[cosine] for cosine in plain_cosines(model, tokenizer, golden).tolist()]

    def usage(self, run: Run) -> Usage:
        return sentence_usage(f"Sentence vectors whose cosine says how alike two texts are, on {run.base.info.name}")


def cosines_of(vectors_NRC: torch.Tensor) -> torch.Tensor:
    """(rows,): of the two texts of each."""
    return (vectors_NRC[:, 0] * vectors_NRC[:, 1]).sum(-1)


def order_loss(scaled_B: torch.Tensor, scores_B: torch.Tensor) -> torch.Tensor:
    """log(1 + sum of exp(c_j - c_i) over the pairs of rows whose score_i > score_j); 0 where all scores are equal."""
    gaps_BB = scaled_B.unsqueeze(0) - scaled_B.unsqueeze(1)
    is_higher_BB = scores_B.unsqueeze(1) > scores_B.unsqueeze(0)
    flat = gaps_BB.masked_fill(~is_higher_BB, -torch.inf).flatten()
    return torch.logsumexp(torch.cat([flat.new_zeros(1), flat]), 0)


def _lacks_a_text(raw: Mapping[str, Any]) -> bool:
    return any(values.is_blank(raw[role]) for role in ("text", "text_b"))
