"""The evaluation of tasks that predict a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import RegressionDetails, ScorePoint
from workers.trainer.data.encoded import evenly
from workers.trainer.evaluate.baselines import tfidf_ridge
from workers.trainer.evaluate.by_row import rows_keep
from workers.trainer.evaluate.contenders import against_rivals, contenders_of, evaluation_of
from workers.trainer.evaluate.contributions import explained
from workers.trainer.evaluate.effect import Primary
from workers.trainer.evaluate.metrics import pearson, spearman
from workers.trainer.evaluate.mistakes import MOST_MISTAKES, mistake
from workers.trainer.evaluate.rivals import base_features, learnable_texts
from workers.trainer.evaluate.verdict import verdict_by_statistic

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from workers.contract.results import ContenderName, Evaluation, Interval, Mistake
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks.regression import Regression

_MOST_POINTS = 500


def evaluate_numbers(run: Run, task: Regression) -> Evaluation:
    """Figures in the units of the data; the verdict is about the mean absolute error, which constants can be compared in as well."""
    mean, deviation = run.data.scale
    encoded = run.encoded["held_out"]
    true: FloatArray = np.array(run.data.held_out["score"], dtype=np.float64)

    def numbers(outputs: torch.Tensor) -> FloatArray:
        found: FloatArray = outputs.squeeze(-1).double().numpy() * deviation + mean
        return found

    predicted = numbers(task.answer(run.engine, encoded))
    furthest = furthest_rows(predicted, true)
    answers = against_rivals(run, predicted, _rivals(run, task))
    rows_keep(run, "mean_absolute_error", np.abs(predicted - true), is_lower_better=True)
    bootstrap = Bootstrap(len(true))

    def error(found: FloatArray) -> Callable[[IntArray], float]:
        per_row = np.abs(found - true)
        return lambda rows: float(per_row[rows].mean())

    def figures(name: ContenderName) -> dict[str, Interval]:
        found, _ = answers[name]
        return {
            "mean_absolute_error": bootstrap.mean(np.abs(found - true)),
            "root_mean_squared_error": bootstrap.of(lambda rows: float(np.sqrt(((found - true)[rows] ** 2).mean()))),
            "pearson": bootstrap.of(lambda rows: pearson(true[rows], found[rows])),
            "spearman": bootstrap.of(lambda rows: spearman(true[rows], found[rows])),
        }

    return evaluation_of(
        run,
        primary="mean_absolute_error",
        contenders=contenders_of(answers, figures),
        verdict=verdict_by_statistic(
            bootstrap, {name: error(found) for name, (found, _) in answers.items()}, is_lower_better=True
        ),
        mistakes=explained(
            run,
            task,
            furthest_off(run, predicted, true),
            positions=furthest,
            whole=predicted[furthest],
            score=lambda outputs, _: numbers(outputs),
        ),
        details=RegressionDetails(points=score_points(true, predicted)),
    )


def primary_of_numbers(run: Run, task: Regression) -> Primary:
    mean, deviation = run.data.scale
    true: FloatArray = np.array(run.data.held_out["score"], dtype=np.float64)
    predicted = task.answer(run.engine, run.encoded["held_out"]).squeeze(-1).double().numpy() * deviation + mean
    errors = np.abs(predicted - true)
    return Primary(
        "mean_absolute_error", lambda rows: float(errors[rows].mean()), num_rows=len(true), is_lower_better=True
    )


def _rivals(run: Run, task: Regression) -> dict[ContenderName, Callable[[], FloatArray]]:
    mean, deviation = run.data.scale
    train = np.array(run.data.train["score"], dtype=np.float64)
    num_held_out = len(run.encoded["held_out"])

    def linear() -> FloatArray:
        return tfidf_ridge(learnable_texts(run, "train"), train, learnable_texts(run, "held_out"))

    def probe() -> FloatArray:
        features = base_features(run)
        head = task.solve_head(run, features["train"], features["validation"])
        found: FloatArray = head.logits(features["held_out"]).squeeze(-1).double().numpy() * deviation + mean
        return found

    return {"mean": lambda: np.full(num_held_out, mean), "tfidf_linear": linear, "base_probe": probe}


def score_points(true: FloatArray, predicted: FloatArray) -> tuple[ScorePoint, ...]:
    chosen = evenly(len(true), _MOST_POINTS)
    return tuple(ScorePoint(true=float(true[i]), predicted=float(predicted[i])) for i in chosen)


def furthest_rows(predicted: FloatArray, true: FloatArray) -> IntArray:
    return np.argsort(-np.abs(predicted - true), kind="stable")[:MOST_MISTAKES]


def furthest_off(run: Run, predicted: FloatArray, true: FloatArray) -> tuple[Mistake, ...]:
    """The rows that are furthest off."""
    return tuple(
        mistake(run.data.held_out, int(i), label=f"{true[i]:.4g}", predicted=f"{predicted[i]:.4g}")
        for i in furthest_rows(predicted, true)
    )
