"""The record of a job: what is known of its run, in the form in which it is exported to other programs."""

from __future__ import annotations

from typing import Literal

from anneal.jobs.models import Job
from anneal.jobs.selectors import metric_series, trial_list
from anneal.registry.card import card_of_job
from anneal.registry.selectors import evaluation_of_job
from workers.contract.events import Resolved
from workers.contract.record import SEARCH_SERIES, Curve, RunRecord, figures_of, parameters_of, tags_of
from workers.contract.results import Evaluation
from workers.contract.spec import JobSpec
from workers.contract.states import State

_ENDS: dict[str, Literal["succeeded", "failed", "stopped"]] = {
    State.SUCCEEDED: "succeeded",
    State.FAILED: "failed",
    State.CANCELLED: "stopped",
    State.PAUSED: "stopped",
}


def record_of_job(job: Job) -> RunRecord:
    """Whole, also of a job that waits, runs or has failed."""
    spec = JobSpec.model_validate(job.spec)
    evaluation = evaluation_of_job(job.id)
    return RunRecord(
        id=str(job.id),
        name=job.name,
        state=_ENDS.get(job.state, "running"),
        started_at=job.started_at or job.queued_at,
        ended_at=job.finished_at,
        parameters=parameters_of(spec, [Resolved.model_validate(part) for part in job.resolved]),
        tags=tags_of(spec, data_sha256=None, fingerprint=job.fingerprint),
        series=_series(job),
        figures=figures_of(Evaluation.model_validate(evaluation)) if evaluation else {},
        card=card_of_job(job.id),
    )


def _series(job: Job) -> dict[str, Curve]:
    curves = {
        name: tuple((int(step), value) for step, _epoch, value in points)
        for name, points in metric_series(job.id).items()
    }
    values = tuple((trial.number, trial.value) for trial in trial_list(job.id) if trial.value is not None)
    return {**curves, SEARCH_SERIES: values} if values else curves
