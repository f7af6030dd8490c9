"""Two jobs on the held-out rows that both were judged on and that are alike in the data of both, or why they cannot be told apart."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from anneal.common.errors import AnnealError
from anneal.common.storage import store
from anneal.datasets.rows import HeldRows, held_rows
from anneal.jobs.effect_figures import EffectFigures, Parts, effect_figures, parts_by_id
from anneal.jobs.models import Job
from anneal.registry.selectors import evaluations_of_jobs, row_figures_keys
from workers.bootstrap import MIN_ROWS
from workers.contract.results import UNMEASURED_TASKS, Evaluation, PreferenceDetails, RowFigures

PAIR_REASONS: Final = (
    "no_result",
    "other_task",
    "task",
    "other_dataset",
    "no_row_figures",
    "other_metric",
    "other_measure",
    "few_rows",
    "files_gone",
)
"""Why a pair cannot be told apart, in the order in which it is found out. The words are the texts `pair.<reason>`."""
_LOSS: Final = "loss"


class IncomparableError(AnnealError):
    """Why two jobs cannot be told apart: an answer rather than a refusal, so whoever asks for several pairs goes on with the next."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(f"pair.{reason}", status=409, params=params)
        self.reason = reason


@dataclass(frozen=True)
class Judged:
    """A job with what its evaluation has left; None where it has left nothing."""

    job: Job
    evaluation: Evaluation | None
    rows_key: str | None


@dataclass(frozen=True)
class SharedRows:
    """Figures of two jobs by row id, of the rows that both were judged on. `held` are all rows of the files that they were judged on."""

    metric: str
    is_lower_better: bool
    before: Parts
    after: Parts
    held: HeldRows


def judged_jobs(jobs: Iterable[Job]) -> list[Judged]:
    """Jobs with their evaluations, in two queries for any number of them."""
    known = list(jobs)
    ids = [job.id for job in known]
    evaluations, keys = evaluations_of_jobs(ids), row_figures_keys(ids)
    return [Judged(job, evaluations.get(job.id), keys.get(job.id)) for job in known]


def pair_figures(before: Judged, after: Judged) -> EffectFigures:
    """The metric of both on the rows that they share. Raises IncomparableError.

    What was found out once is kept beside the files of the later job's version, and goes when they go.
    """
    version = after.job.dataset_version
    key = f"{version.tenant_id}/datasets/{version.dataset_id}/{version.id}/effect-{before.job.id}-{after.job.id}.json"
    try:
        with store().open(key) as file:
            return EffectFigures.model_validate_json(file.read())
    except FileNotFoundError:
        shared = shared_rows(before, after)
    found = effect_figures(shared.before, shared.after, metric=shared.metric, is_lower_better=shared.is_lower_better)
    if found is None:
        raise IncomparableError("few_rows", count=len(shared.before), needed=MIN_ROWS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "effect.json"
        path.write_text(found.model_dump_json(), encoding="utf-8")
        store().put_file(key, path)
    return found


def shared_rows(before: Judged, after: Judged) -> SharedRows:
    """What both were judged on, however few rows that are. Raises IncomparableError."""
    old_key, new_key = _keys(before, after)
    try:
        was, became = _row_figures(old_key), _row_figures(new_key)
        held = held_rows(before.job.dataset_version, after.job.dataset_version, old_file=was.file, new_file=became.file)
    except FileNotFoundError as error:
        raise IncomparableError("files_gone") from error
    if was.metric != became.metric:
        raise IncomparableError("other_metric", metric=became.metric, other=was.metric)
    old, new = (parts_by_id(figures, np.array(ids)) for figures, ids in ((was, held.before), (became, held.after)))
    both = held.unchanged & old.keys() & new.keys()
    if was.metric == _LOSS and any(old[row][1] != new[row][1] for row in both):
        raise IncomparableError("other_measure")
    before_parts, after_parts = ({row: parts[row] for row in both} for parts in (old, new))
    return SharedRows(was.metric, was.is_lower_better, before_parts, after_parts, held)


def _keys(before: Judged, after: Judged) -> tuple[str, str]:
    """Where the figures of both lie. Raises IncomparableError where the jobs themselves say that they cannot be compared."""
    for one in (before, after):
        if one.evaluation is None:
            raise IncomparableError("no_result", name=one.job.name)
    old, new = before.job.dataset_version, after.job.dataset_version
    if old.task != new.task:
        raise IncomparableError("other_task")
    if old.task in UNMEASURED_TASKS:  # What such a task finds in a row depends on the others.
        raise IncomparableError("task")
    if old.dataset_id != new.dataset_id:
        raise IncomparableError("other_dataset")
    for one in (before, after):
        if one.rows_key is None:
            raise IncomparableError("no_row_figures", name=one.job.name)
    if _measure(before) != _measure(after):
        raise IncomparableError("other_measure")
    return str(before.rows_key), str(after.rows_key)


def _measure(judged: Judged) -> tuple[Any, ...]:
    """What a loss depends on besides the row: of preferences, which loss, how strict, and against which base model.

    The loss of written text is per token, so jobs whose base models cut a row into other tokens cannot be compared either; that shows
    in the weights of the rows.
    """
    details = judged.evaluation.details if judged.evaluation else None
    return (details.loss, details.beta, judged.job.base_model) if isinstance(details, PreferenceDetails) else ()


def _row_figures(key: str) -> RowFigures:
    with store().open(key) as file:
        return RowFigures.model_validate_json(file.read())
