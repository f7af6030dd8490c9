"""What a fix of a finding brought, measured: a job on the version before and one on the version after, alike in everything else.

"After" is the version that the fix made, and every version of the dataset with the very same content (a later one that restores it).
Descendants with other changes do not count: what they differ by would be taken for the fix. The same holds for "before". Two jobs are
alike when base model and spec are, but for the data and how checkpoints are kept; `auto` values are resolved for each by its own rows.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from anneal.catalog.selectors import base_model_list
from anneal.common.errors import AnnealError
from anneal.datasets.rows import held_rows
from anneal.jobs.effect_figures import EffectFigures
from anneal.jobs.models import Job
from anneal.jobs.selectors import jobs_of_dataset, jobs_on_content
from anneal.jobs.services.estimate import Estimate, job_estimate
from anneal.jobs.services.launch import SPEC_FIELDS, job_launch, spec_make
from anneal.jobs.services.pairs import IncomparableError, judged_jobs, pair_figures
from anneal.registry.selectors import row_figures_keys
from anneal.tenants.actor import Actor
from workers.bootstrap import MIN_ROWS
from workers.contract.results import UNMEASURED_TASKS
from workers.contract.states import TERMINAL, State

EFFECT_STATES: Final = ("measured", "under_way", "missing", "not_measurable")
EFFECT_REASONS: Final = ("task", "few_rows")
SIDES: Final = ("before", "after")
_ALIKE: Final = tuple(field for field in SPEC_FIELDS if field != "checkpointing")
_HELD_OUT: Final = ("test", "validation")


@dataclass(frozen=True)
class Side:
    """One of the two versions, and the job that stands for it; None where one would have to be launched."""

    name: str
    version: Any
    job: Job | None = None


@dataclass(frozen=True)
class Plan:
    """What a job of either side is launched with."""

    base_model: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Missing:
    """A job that measuring would launch."""

    side: str
    version: Any
    plan: Plan
    estimate: Estimate


@dataclass(frozen=True)
class Effect:
    """How far the measuring of a fix is. `num_shared` are held-out rows that both versions have unchanged, where that is known."""

    state: str
    before: Side
    after: Side
    reason: str | None = None
    num_shared: int | None = None
    figures: EffectFigures | None = None
    base_model: str | None = None
    missing: tuple[Missing, ...] = ()

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.before, self.after


def effect_of(finding: Any) -> Effect:
    """What is known about the effect of a finding's fix. Raises AnnealError (409) where no fix of it was made."""
    before, after = _versions(finding)
    if before.task in UNMEASURED_TASKS:  # What such a task finds in a row depends on the others.
        return Effect("not_measurable", Side("before", before), Side("after", after), reason="task")
    jobs = {version.id: _jobs_on(version) for version in (before, after)}
    pair = _newest_pair(jobs[before.id], jobs[after.id])
    if pair is not None:
        return _measured(before, after, *pair)
    num_shared = _num_shared(before, after)
    if num_shared is not None and num_shared < MIN_ROWS:
        return _not_measurable(before, after, num_shared)
    return _to_do(before, after, jobs, num_shared)


def effect_measure(*, actor: Actor, finding: Any) -> Effect:
    """Launch what is missing, all of it or nothing. Raises AnnealError as `job_launch` does, and 409 where nothing can be measured.

    Two callers may race here; at most the same jobs are launched twice, which the idempotency key of a page prevents.
    """
    effect = effect_of(finding)
    if effect.state == "not_measurable":
        raise AnnealError("effect.not_measurable", status=409)
    for one in effect.missing:
        job_launch(
            actor=actor,
            name=f"{one.version.dataset.name} v{one.version.number} · {one.plan.base_model}"[:200],
            dataset_version_id=one.version.id,
            base_model=one.plan.base_model,
            options=one.plan.options,
        )
    return effect_of(finding) if effect.missing else effect


def _versions(finding: Any) -> tuple[Any, Any]:
    after = finding.change.result if finding.change else None
    if after is None:
        raise AnnealError("effect.no_fix", status=409)
    after.dataset = finding.report.version.dataset
    return finding.report.version, after


def _jobs_on(version: Any) -> list[Job]:
    """Jobs on this content that may count, the newest first: those under way, and those that keep figures of single rows."""
    jobs = list(jobs_on_content(version.dataset_id, version.sha256))
    kept = row_figures_keys([job.id for job in jobs])
    return [job for job in jobs if job.id in kept or State(job.state) not in TERMINAL]


def _shape(base_model: str, spec: Mapping[str, Any]) -> str:
    return json.dumps([base_model, {field: spec.get(field) for field in _ALIKE}], sort_keys=True)


# --- what is there


def _newest_pair(old: list[Job], new: list[Job]) -> tuple[Job, Job] | None:
    """The newest job after the fix that has one before it which is alike."""
    ended: dict[str, Job] = {}
    for job in reversed(old):
        if job.state == State.SUCCEEDED.value:
            ended[_shape(job.base_model, job.spec)] = job
    for job in new:
        partner = ended.get(_shape(job.base_model, job.spec))
        if partner is not None and job.state == State.SUCCEEDED.value:
            return partner, job
    return None


def _measured(before: Any, after: Any, old: Job, new: Job) -> Effect:
    try:
        figures = pair_figures(*judged_jobs([old, new]))
    except IncomparableError:
        return _not_measurable(before, after, None)
    return Effect(
        "measured",
        Side("before", before, old),
        Side("after", after, new),
        num_shared=figures.num_shared,
        figures=figures,
        base_model=new.base_model,
    )


def _not_measurable(before: Any, after: Any, num_shared: int | None) -> Effect:
    sides = Side("before", before), Side("after", after)
    return Effect("not_measurable", *sides, reason="few_rows", num_shared=num_shared)


def _num_shared(before: Any, after: Any) -> int | None:
    """Held-out rows that both versions have unchanged; None where the job itself sets rows aside, or files are gone."""
    for split in _HELD_OUT:
        old, new = (_file_of(version, split) for version in (before, after))
        if old and new:
            try:
                return len(held_rows(before, after, old_file=old, new_file=new).unchanged)
            except FileNotFoundError:
                return None
        if old or new:
            return 0
    return None


def _file_of(version: Any, split: str) -> str | None:
    return next((file["name"] for file in version.files if file["split"] == split), None)


# --- what is to be done


def _to_do(before: Any, after: Any, jobs: Mapping[uuid.UUID, list[Job]], num_shared: int | None) -> Effect:
    plan = _plan(before)
    old, new = (
        _side(name, version, plan, jobs[version.id]) for name, version in zip(SIDES, (before, after), strict=True)
    )
    missing = tuple(_missing(side, plan) for side in (old, new) if side.job is None)
    state = "missing" if missing else "under_way"
    return Effect(state, old, new, num_shared=num_shared, base_model=plan.base_model, missing=missing)


def _side(name: str, version: Any, plan: Plan, jobs: list[Job]) -> Side:
    """The version with the newest job that does what is planned."""
    spec = spec_make(dataset_version_id=version.id, base_model=plan.base_model, options=plan.options).spec
    shape = _shape(plan.base_model, spec.model_dump(mode="json"))
    return Side(name, version, next((job for job in jobs if _shape(job.base_model, job.spec) == shape), None))


def _missing(side: Side, plan: Plan) -> Missing:
    estimate = job_estimate(dataset_version_id=side.version.id, base_model=plan.base_model, options=plan.options)
    return Missing(side.name, side.version, plan, estimate)


def _plan(before: Any) -> Plan:
    """The spec of the last succeeded job on the version before; else of the dataset's newest job; else everything on `auto`."""
    model = next(iter(jobs_on_content(before.dataset_id, before.sha256, states=[State.SUCCEEDED.value])), None)
    newest = model or jobs_of_dataset(before.dataset_id, before.task).first()
    if newest is not None:
        return Plan(newest.base_model, {field: newest.spec.get(field) for field in SPEC_FIELDS})
    known = [info for info in base_model_list() if before.task in info.tasks]
    if not known:
        raise AnnealError("effect.not_measurable", status=409)
    return Plan(min(known, key=lambda info: info.num_parameters).slug, {})
