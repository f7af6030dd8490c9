"""The evaluation of vectors for retrieval: how soon the right text is found among all positives of a split."""

# ruff: noqa: N803 - capital suffixes name the axes of a tensor: N row, R role (anchor, positive, negative), C channel

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import RankedText
from workers.trainer.evaluate.baselines import tfidf
from workers.trainer.evaluate.contenders import against_rivals, contenders_of, evaluation_of
from workers.trainer.evaluate.ranked import RankedRow, ranking_details, ranking_mistakes, worst_first
from workers.trainer.evaluate.ranks import FirstRight
from workers.trainer.evaluate.verdict import verdict_by_statistic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

    from workers.contract.results import ContenderName, Evaluation
    from workers.trainer.data.read import Rows
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks._vectors import Vectors
    from workers.trainer.tasks.embedding import Embedding

    # Scores of the whole pool for some rows: (those rows, texts of the pool).
    ScoreRows = Callable[[IntArray], FloatArray]

_DEPTHS = (1, 5, 10)
_SHOWN = 5
# Scores that are held at once while a pool is searched: 32 MB.
_MOST_SCORES = 4_000_000


@dataclass(frozen=True)
class Pool:
    """The distinct positives of a split. Other positives of the same anchor are right as well, so they are not held against it."""

    first: IntArray
    """For each text of the pool a row that has it as its positive."""
    own: IntArray
    """For each row the place of its positive in the pool."""
    also_right: list[IntArray]
    """For each row the places of the other positives of its anchor."""

    @classmethod
    def of(cls, texts_NR: torch.Tensor) -> Pool:
        anchors, positives = texts_NR[:, 0].numpy(), texts_NR[:, 1].numpy()
        _, first, own = np.unique(positives, return_index=True, return_inverse=True)
        right: dict[int, set[int]] = {}
        for anchor, place in zip(anchors.tolist(), own.tolist(), strict=True):
            right.setdefault(anchor, set()).add(place)
        also_right = [
            np.array(sorted(right[anchor] - {place}), dtype=np.int64)
            for anchor, place in zip(anchors.tolist(), own.tolist(), strict=True)
        ]
        return cls(first=first, own=own, also_right=also_right)

    def search(self, score_rows: ScoreRows) -> FirstRight:
        """Where the positive of each row comes."""
        above, tied = [], []
        for rows in np.array_split(np.arange(len(self.own)), -(-len(self.own) * len(self.first) // _MOST_SCORES)):
            scores = self._without_others(rows, score_rows)
            own = scores[np.arange(len(rows)), self.own[rows]][:, None]
            above.append((scores > own).sum(1))
            tied.append((scores == own).sum(1))
        num_tied = np.concatenate(tied)
        return FirstRight(above=np.concatenate(above), tied=num_tied, right=np.ones_like(num_tied))

    def best(self, row: int, score_rows: ScoreRows) -> list[tuple[int, float]]:
        """The first places of the pool with their scores."""
        scores = self._without_others(np.array([row]), score_rows)[0]
        return [(int(place), float(scores[place])) for place in np.argsort(-scores, kind="stable")[:_SHOWN]]

    def _without_others(self, rows: IntArray, score_rows: ScoreRows) -> FloatArray:
        scores = score_rows(rows)
        for i, row in enumerate(rows):
            scores[i, self.also_right[row]] = -np.inf
        return scores


def by_cosine(vectors_NRC: torch.Tensor, pool: Pool) -> ScoreRows:
    """Vectors have length one."""
    anchors, positives = vectors_NRC[:, 0].double().numpy(), vectors_NRC[:, 1].double().numpy()[pool.first]
    return lambda rows: anchors[rows] @ positives.T


def evaluate_retrieval(run: Run, task: Embedding) -> Evaluation:
    encoded, held_out = run.encoded["held_out"], run.data.held_out
    pool = Pool.of(encoded.targets["texts"])
    tuned = by_cosine(task.answer(run.engine, encoded).vectors_NRC, pool)
    answers = against_rivals(run, pool.search(tuned), _rivals(run, task, pool))
    bootstrap = Bootstrap(len(held_out))
    reciprocal = {name: found.reciprocal() for name, (found, _) in answers.items()}

    def mrr(name: ContenderName) -> Callable[[IntArray], float]:
        return lambda rows: float(reciprocal[name][rows].mean())

    found = answers["tuned"][0]
    examples = _examples(held_out, pool, found, tuned)
    return evaluation_of(
        run,
        primary="mrr",
        contenders=contenders_of(
            answers,
            lambda name: {
                "mrr": bootstrap.mean(reciprocal[name]),
                **{f"recall_at_{k}": bootstrap.mean(answers[name][0].hit(k)) for k in _DEPTHS},
            },
        ),
        verdict=verdict_by_statistic(bootstrap, {name: mrr(name) for name in answers}),
        mistakes=ranking_mistakes(examples),
        details=ranking_details(found, examples, num_candidates=float(len(pool.first))),
    )


def _rivals(run: Run, task: Embedding, pool: Pool) -> dict[ContenderName, Callable[[], FirstRight]]:
    encoded, held_out, train = run.encoded["held_out"], run.data.held_out, run.data.train

    def words() -> FirstRight:
        asked = [*held_out["anchor"], *(held_out["positive"][row] for row in pool.first)]
        features = tfidf([*train["anchor"], *train["positive"]], asked)
        if features is None:
            return nothing()
        anchors, texts = features[1][: len(held_out)], features[1][len(held_out) :]
        return pool.search(lambda rows: (anchors[rows] @ texts.T).toarray())

    def untouched() -> FirstRight:
        with run.untouched() as base:
            answers: Vectors = task.answer(base(), encoded)
        return pool.search(by_cosine(answers.vectors_NRC, pool))

    def nothing() -> FirstRight:
        return pool.search(lambda rows: np.zeros((len(rows), len(pool.first))))

    return {"random": nothing, "tfidf_cosine": words, "base": untouched}


def _examples(rows: Rows, pool: Pool, found: FirstRight, score_rows: ScoreRows) -> Sequence[RankedRow]:
    texts = [rows["positive"][row] for row in pool.first]
    ranks = found.rank()
    return [
        RankedRow(
            row=rows.rows[i],
            query=rows["anchor"][i],
            right=rows["positive"][i],
            rank=float(ranks[i]),
            first=[
                RankedText(text=texts[place], score=score, is_right=place == pool.own[i])
                for place, score in pool.best(i, score_rows)
            ],
        )
        for i in worst_first(ranks)
    ]
