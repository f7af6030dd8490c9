"""The record of a job: what is known of its run, in the form in which it is exported to other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from operator import itemgetter
from typing import Literal

from anneal.common.tenancy import current_tenant_id
from anneal.jobs.models import Job
from anneal.jobs.selectors import metric_pieces, trial_list
from anneal.registry.card import card_of_job
from anneal.registry.selectors import evaluation_of_job
from workers.contract.events import Resolved
from workers.contract.record import SEARCH_SERIES, RunRecord, figures_of, parameters_of, tags_of
from workers.contract.results import Evaluation
from workers.contract.spec import JobSpec
from workers.contract.states import State

_ENDS: dict[str, Literal["succeeded", "failed", "stopped"]] = {
    State.SUCCEEDED: "succeeded",
    State.FAILED: "failed",
    State.CANCELLED: "stopped",
    State.PAUSED: "stopped",
}


def record_stream(job: Job) -> Iterator[str]:
    """The record (`RunRecord`) as JSON, of a job of the tenant in force; its curves, which may be long, are read while it is taken."""
    spec = JobSpec.model_validate(job.spec)
    evaluation = evaluation_of_job(job.id)
    record = RunRecord(
        id=str(job.id),
        name=job.name,
        state=_ENDS.get(job.state, "running"),
        started_at=job.started_at or job.queued_at,
        ended_at=job.finished_at,
        parameters=parameters_of(spec, [Resolved.model_validate(part) for part in job.resolved]),
        tags=tags_of(spec, data_sha256=None, fingerprint=job.fingerprint),
        series={},
        figures=figures_of(Evaluation.model_validate(evaluation)) if evaluation else {},
        card=card_of_job(job.id),
    )
    values = [(trial.number, trial.value) for trial in trial_list(job.id) if trial.value is not None]
    pieces = metric_pieces(tenant_id=current_tenant_id(), job_id=job.id)
    found = chain(pieces, [(SEARCH_SERIES, values)] if values else [])
    head = record.model_dump_json(exclude={"series"}).removesuffix("}")
    return chain([f'{head},"series":{{'], _series(found), ["}}"])


def _series(pieces: Iterable[tuple[str, list[tuple[int, float]]]]) -> Iterator[str]:
    comma = ""
    for name, of_curve in groupby(pieces, key=itemgetter(0)):
        yield f"{comma}{json.dumps(name)}:["
        comma = ""
        for _, points in of_curve:
            yield comma + json.dumps(points).removeprefix("[").removesuffix("]")
            comma = ","
        yield "]"
