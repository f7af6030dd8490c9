"""Texts that belong together: vectors by which one finds the other."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B and N row, R role (anchor, positive, negative), C channel

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from workers.contract.results import Golden
from workers.trainer.data import values
from workers.trainer.data.doubts import doubtful_examples
from workers.trainer.data.encoded import Encoded
from workers.trainer.data.read import Column, read_splits
from workers.trainer.data.splits import divide
from workers.trainer.evaluate.retrieval import Pool, by_cosine, evaluate_retrieval
from workers.trainer.golden import golden_rows
from workers.trainer.losses import choice_losses
from workers.trainer.sentence_folder import plain_vectors, sentence_usage
from workers.trainer.tasks._vectors import Vectors, VectorTask, vectors_of
from workers.trainer.taught import Part, Taught

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from workers.contract.events import Warned
    from workers.contract.preview import SequenceRole
    from workers.contract.results import Evaluation
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Batch
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.model import EmbeddingModel
    from workers.trainer.parts import Run
    from workers.trainer.usage import Usage

# Numbers of a vector that a golden input records.
_NUMBERS_RECORDED = 32
# What stands in the place of a negative that a row does not have.
_MISSING = -1


class Embedding(VectorTask):
    """Multiple negatives ranking (Henderson et al. 2017, arXiv:1705.00652; InfoNCE): of all positives of a batch, which is the anchor's?

    The other rows of a batch are what a row is told apart from.
    """

    watched = "mrr"
    shares: ClassVar[frozenset[str]] = frozenset({"recall_at_1", "recall_at_5", "recall_at_10", "mrr"})

    def __init__(self, spec: JobSpec) -> None:
        super().__init__(spec)
        self._has_negatives = False

    # --- data

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        columns = [
            Column("anchor", self.spec.anchor_column, values.text),
            Column("positive", self.spec.positive_column, values.text),
            Column("negative", self.spec.negative_column, values.text, is_optional=True),
        ]
        splits = dict(read_splits(spec.data, data_dir, columns=columns, is_empty=_lacks_a_text))
        data, warnings = divide(splits, seed=spec.seed, groups=lambda rows: rows["anchor"])
        is_given = [not values.is_blank(text) for text in data.train["negative"]]
        self._has_negatives = any(is_given)
        self.fewest_rows = 1 if all(is_given) else 2
        return data, [*warnings, *doubtful_examples(data, inputs=("anchor", "positive"))]

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        del data, base
        texts = {role: rows[role] for role in self._roles}
        if "negative" in texts:
            texts["negative"] = tuple(text or "" for text in texts["negative"])
        tokens = {role: tokeniser.texts(column, max_length=max_length) for role, column in texts.items()}
        number: dict[str, int] = {"": _MISSING}
        return Encoded(
            ids=tokens["anchor"].ids,
            others={
                role: Encoded(ids=found.ids, cuts=found.cuts) for role, found in tokens.items() if role != "anchor"
            },
            targets={
                "texts": torch.tensor(list(zip(*(_numbered(column, number) for column in texts.values()), strict=True)))
            },
            num_truncated=sum(found.num_truncated for found in tokens.values()),
            cuts=tokens["anchor"].cuts,
        )

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        del data
        roles: tuple[SequenceRole, ...] = ("positive", "negative")
        others = [Part(role, encoded.others[role]) for role in roles if role in encoded.others]
        return Taught((Part("anchor", encoded), *others), origin=np.arange(len(encoded)), loss_over="rows")

    @property
    def _roles(self) -> tuple[str, ...]:
        return ("anchor", "positive", "negative") if self._has_negatives else ("anchor", "positive")

    # --- learning

    def loss(self, model: EmbeddingModel, batch: Batch) -> torch.Tensor:
        return self._contrast(vectors_of(model, batch), batch.targets["texts"], self.optimisation.label_smoothing)

    def _contrast(self, vectors_BRC: torch.Tensor, texts_BR: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
        """Sum over the rows. What may be right as well as the row's own positive is no choice, so it is not held against it."""
        anchors_BC, positives_BC = vectors_BRC[:, 0], vectors_BRC[:, 1]
        candidates_NC = vectors_BRC[:, 1:].transpose(0, 1).flatten(0, 1)
        own_B = torch.arange(len(vectors_BRC), device=vectors_BRC.device)
        losses_B = choice_losses(
            self.spec.scale * anchors_BC @ candidates_NC.T, choices(texts_BR), own_B, smoothing=smoothing
        )
        if self.spec.is_symmetric:
            back_BB = self.spec.scale * positives_BC @ anchors_BC.T
            is_choice_BB = choices(texts_BR[:, [1, 0]])
            losses_B = (losses_B + choice_losses(back_BB, is_choice_BB, own_B, smoothing=smoothing)) / 2
        return losses_B.sum()

    # --- answers

    def metrics(self, answers: Vectors, encoded: Encoded) -> dict[str, float]:
        texts_NR = encoded.targets["texts"]
        pool = Pool.of(texts_NR)
        found = pool.search(by_cosine(answers.vectors_NRC, pool))
        return {
            "loss": self._judged_loss(answers.vectors_NRC, texts_NR),
            **{f"recall_at_{k}": float(found.hit(k).mean()) for k in (1, 5, 10)},
            "mrr": float(found.reciprocal().mean()),
        }

    def _judged_loss(self, vectors_NRC: torch.Tensor, texts_NR: torch.Tensor) -> float:
        batches = self.judged_batches(len(vectors_NRC))
        return sum(float(self._contrast(vectors_NRC[rows], texts_NR[rows])) for rows in batches) / len(vectors_NRC)

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_retrieval(run, self)

    # --- what is delivered

    def golden(self, run: Run) -> tuple[Golden, ...]:
        """The first numbers of an anchor's vector."""
        encoded = run.encoded["held_out"]
        chosen = golden_rows(encoded.ids.lengths)
        alone = Encoded(ids=encoded.ids.select(chosen))
        vectors = run.engine.tensor(alone, lambda model, batch: model.of(batch), is_exact=True)
        texts = run.data.held_out["anchor"]
        return tuple(
            Golden(inputs={"text": texts[row]}, expected=tuple(numbers[:_NUMBERS_RECORDED]))
            for row, numbers in zip(chosen.tolist(), vectors.tolist(), strict=True)
        )

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        vectors = plain_vectors(model, tokenizer, [str(item.inputs["text"]) for item in golden])
        numbers: list[list[float]] = vectors[:, :_NUMBERS_RECORDED].tolist()
        return numbers

    def usage(self, run: Run) -> Usage:
        return sentence_usage(f"Sentence vectors for retrieval, on {run.base.info.name}")


def _lacks_a_text(raw: Mapping[str, Any]) -> bool:
    return values.is_blank(raw["anchor"]) or values.is_blank(raw["positive"])


def _numbered(texts: Iterable[str], number: dict[str, int]) -> list[int]:
    """Equal texts have equal numbers; new ones are added to `number`."""
    return [number.setdefault("" if values.is_blank(text) else text, len(number)) for text in texts]


def choices(texts_BR: torch.Tensor) -> torch.Tensor:
    """Which candidates each row is told apart from: (rows, rows), or (rows, 2 rows) where there are negatives.

    `texts_BR` are numbers of the texts of anchor, positive and perhaps negative. A row's own positive is always a choice. A text that
    equals it, or that is known to be right for the same anchor, is none; neither is a negative that is missing.
    """
    anchors_B, positives_B, *negatives = texts_BR.unbind(1)
    same_anchor_BB = anchors_B.unsqueeze(1) == anchors_B
    columns = []
    for candidates_B in (positives_B, *negatives):
        # Of row i's anchor, row k says that candidate j is right.
        says_BB = positives_B.unsqueeze(1) == candidates_B
        is_right_BB = (same_anchor_BB.float() @ says_BB.float()) > 0
        columns.append(~is_right_BB & (candidates_B != _MISSING))
    columns[0] |= torch.eye(len(texts_BR), dtype=torch.bool, device=texts_BR.device)
    return torch.cat(columns, dim=1)
