"""What a search comes to: its trials, and the job's `search`, in which they stand together.

`search` is written under the lock of the job's row, in the transaction of the trial that changes it. Values are turned so that higher
is better; which metric they are of is known when the search has ended.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from anneal.common.tenancy import service_scope, tenant_scope
from anneal.jobs.models import Job, Metric, Trial
from anneal.jobs.selectors import trial_best
from anneal.jobs.services.moves import attempt_lock, job_tick
from workers.contract.events import TrialEnded, trial_curve
from workers.contract.results import SearchReport
from workers.contract.spec import JobSpec, NoSearch
from workers.contract.states import Desired


def search_begin(spec: JobSpec) -> dict[str, Any] | None:
    """What a search has come to before its first trial; None for a job that searches nothing."""
    if isinstance(spec.search, NoSearch):
        return None
    planned = {"num_trials": spec.search.num_trials, "num_ended": 0, "best": None}
    return {**planned, "metric": None, "is_lower_better": None, "importance": {}, "ended_by": None, "running": []}


def trial_write(*, job_id: uuid.UUID, attempt: int, trial: TrialEnded) -> Desired:
    """Store a trial that is over. Raises LeaseLost.

    A trial that stands there already with the same outcome keeps its place in the stream: a resumed search repeats itself exactly.
    """
    outcome = _outcome(trial)
    ended = trial.number + 1
    with service_scope():
        job = attempt_lock(job_id, attempt)
        seq = job_tick(job, step=ended, epoch=float(ended))
        with tenant_scope(job.tenant_id):
            if not Trial.objects.filter(job_id=job.id, number=trial.number, **outcome).update(attempt=attempt):
                trial_keep(job.id, trial, attempt=attempt, seq=seq)
            search_stand(job, running=[])
    return Desired(job.desired)


def trial_keep(search_id: uuid.UUID, trial: TrialEnded, *, attempt: int, seq: int) -> None:
    """Write the row of a trial that is over, in the scope of its tenant."""
    told = {"intermediate": list(trial.intermediate), "seconds": trial.seconds, "attempt": attempt, "seq": seq}
    Trial.objects.update_or_create(job_id=search_id, number=trial.number, defaults={**_outcome(trial), **told})


def _outcome(trial: TrialEnded) -> dict[str, Any]:
    """What is the same whenever the trial is made."""
    return {
        "settings": trial.settings,
        "state": trial.state,
        "value": trial.value,
        "steps": trial.steps,
        "reason_code": trial.reason,
    }


def search_end(job: Job, report: SearchReport) -> None:
    """Keep what the search of a locked job found, and only the trials that count.

    An earlier attempt may have come further than the one that ended at its limit of time.
    """
    with tenant_scope(job.tenant_id):
        for trial in Trial.objects.filter(job_id=job.id, number__gte=len(report.trials)):
            trial_points(job.id, trial.number).delete()
            trial.delete()
        search_stand(
            job,
            running=[],
            metric=report.metric,
            is_lower_better=report.is_lower_better,
            importance=report.importance,
            ended_by=report.ended_by,
        )


def trial_points(search_id: uuid.UUID, number: int) -> QuerySet[Metric]:
    """The points of all curves of a trial, in the scope of its tenant."""
    return Metric.objects.filter(job_id=search_id, name__startswith=trial_curve(number, ""))


def search_stand(job: Job, **found: Any) -> None:
    """Write what the search of a locked job has come to, with what was `found` besides."""
    best = trial_best(job.id)
    job.search = {
        **(job.search or {}),
        "num_ended": Trial.objects.filter(job_id=job.id).count(),
        "best": {"number": best.number, "value": best.value, "settings": best.settings} if best else None,
        **found,
    }
    Job.objects.filter(id=job.id).update(search=job.search)
