"""The evaluation of vectors whose cosine says how alike two texts are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import RegressionDetails
from workers.trainer.evaluate.baselines import tfidf
from workers.trainer.evaluate.by_row import rows_keep
from workers.trainer.evaluate.contenders import against_rivals, contenders_of, evaluation_of
from workers.trainer.evaluate.contributions import joined_words, weighed, words_apart
from workers.trainer.evaluate.metrics import pearson, spearman
from workers.trainer.evaluate.regression import furthest_off, furthest_rows, score_points
from workers.trainer.evaluate.verdict import verdict_by_statistic

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.contract.results import ContenderName, Evaluation
    from workers.trainer.engine import Engine
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks.similarity import Similarity


def evaluate_similarity(run: Run, task: Similarity) -> Evaluation:
    """The verdict is about the order. Points and mistakes are in the unit of the data, by the line that fits validation best."""
    rows = run.data.held_out
    true: FloatArray = np.array(rows["score"], dtype=np.float64)
    tuned = task.cosines(run.engine, run.encoded["held_out"])
    answers = against_rivals(run, tuned, _rivals(run, task))
    bootstrap = Bootstrap(len(true))

    def order(found: FloatArray) -> Callable[[IntArray], float]:
        return lambda rows: spearman(true[rows], found[rows])

    def line(found: FloatArray) -> Callable[[IntArray], float]:
        return lambda rows: pearson(true[rows], found[rows])

    in_unit = _unit_of_scores(run, task)
    predicted = in_unit(tuned)
    furthest = furthest_rows(predicted, true)
    rows_keep(run, "mean_absolute_error", np.abs(predicted - true), is_lower_better=True)
    return evaluation_of(
        run,
        primary="spearman",
        contenders=contenders_of(
            answers,
            lambda name: {
                "spearman": bootstrap.of(order(answers[name][0])),
                "pearson": bootstrap.of(line(answers[name][0])),
            },
        ),
        verdict=verdict_by_statistic(bootstrap, {name: order(found) for name, (found, _) in answers.items()}),
        mistakes=weighed(
            run,
            furthest_off(run, predicted, true),
            run.encoded["held_out"].select(furthest),
            [
                joined_words(words)
                for words in words_apart(run, *([rows[role][i] for i in furthest] for role in ("text", "text_b")))
            ],
            whole=predicted[furthest],
            score=lambda without, _: in_unit(task.cosines(run.engine, without)),
        ),
        details=RegressionDetails(points=score_points(true, predicted)),
    )


def _unit_of_scores(run: Run, task: Similarity) -> Callable[[FloatArray], FloatArray]:
    """From cosines to scores: the line that has the least squared error on the validation rows."""
    known = task.cosines(run.engine, run.encoded["validation"])
    scores: FloatArray = np.array(run.data.validation["score"], dtype=np.float64)
    centred = known - known.mean()
    spread = float(centred @ centred)
    slope = float(centred @ scores) / spread if spread else 0.0
    return lambda cosines: float(scores.mean()) + slope * (cosines - float(known.mean()))


def _rivals(run: Run, task: Similarity) -> dict[ContenderName, Callable[[], FloatArray]]:
    encoded, rows, train = run.encoded["held_out"], run.data.held_out, run.data.train

    def words() -> FloatArray:
        features = tfidf([*train["text"], *train["text_b"]], [*rows["text"], *rows["text_b"]])
        if features is None:
            return np.zeros(len(rows))
        first, second = features[1][: len(rows)], features[1][len(rows) :]
        return np.asarray(first.multiply(second).sum(1), dtype=np.float64).ravel()

    def untouched() -> FloatArray:
        with run.untouched() as base:
            engine: Engine = base()
            return task.cosines(engine, encoded)

    return {"tfidf_cosine": words, "base": untouched}
