"""The home page in a handful of queries, however much there is. What one person sees depends on what they have put aside."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Case, Exists, F, OuterRef, QuerySet, When
from django.db.models.functions import Now

from anneal.common.texts import text
from anneal.datasets.errors import problem_text
from anneal.datasets.finding_texts import finding_text
from anneal.datasets.waiting import (
    dataset_newest,
    datasets_undecided,
    findings_severe,
    label_sessions_for,
    uploads_unfinished,
)
from anneal.insights import errors as _texts  # noqa: F401 - the words below
from anneal.insights.models import Dismissal, HomeVisit
from anneal.jobs.errors import reason_message
from anneal.jobs.selectors import has_jobs, job_list, jobs_failed
from anneal.plans.kinds import QuotaKind
from anneal.plans.selectors import quota_end_text, quota_use, quotas_near
from anneal.tenants.roles import Role, role_reaches
from workers.contract.reasons import REASONS
from workers.contract.states import TERMINAL, State

if TYPE_CHECKING:
    from anneal.jobs.models import Job

VISIT: Final = timedelta(minutes=30)
"""Whoever comes back later than this makes a new visit."""
_FAILED_DAYS: Final = 30
_OF_EACH_KIND: Final = 5
_RUNNING: Final = 20
_FINISHED: Final = 6
_ACTIVE: Final = [state.value for state in State if state not in TERMINAL]


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for a decision. `opens` is the id of what to look at, and `more` counts others of its kind there."""

    kind: str
    id: uuid.UUID
    name: str
    message: str
    at: datetime
    opens: uuid.UUID | None = None
    fault: str | None = None
    more: int = 0


@dataclass(frozen=True)
class Left:
    """How many things wait beside those that are shown. `kind` is the first name of those that are counted together."""

    kind: str
    count: int


@dataclass(frozen=True)
class Kind:
    """What may wait, under one of `names`: who is to decide, the column that a person's dismissal names, the rows, how one is told."""

    names: tuple[str, ...]
    role: Role
    item: str
    rows: Callable[[uuid.UUID], QuerySet[Any]]
    told: Callable[[Any], Waiting]

    def waiting(self, user_id: uuid.UUID) -> QuerySet[Any]:
        """The rows that this person has not put aside."""
        aside = Dismissal.objects.filter(user_id=user_id, item_id=OuterRef(self.item))
        return self.rows(user_id).filter(~Exists(aside))


def _failed_job(job: Job) -> Waiting:
    fault = REASONS[job.reason_code].fault.value if job.reason_code in REASONS else "platform"
    message = reason_message(job.reason_code, {})  # without the trainer's details, which the job's page has
    return Waiting("job_failed", job.id, job.name, message, job.finished_at or job.created_at, job.id, fault)


def _undecided_dataset(dataset: Any) -> Waiting:
    problem = dataset.first_problem
    kind = "dataset_mapping" if dataset.state == "needs_mapping" else "dataset_invalid"
    is_known = kind == "dataset_invalid" and problem
    message = problem_text(problem["code"], problem["params"]) if is_known else text(f"home.{kind}")
    return Waiting(kind, dataset.id, dataset.name, message, dataset.created_at, dataset.id)


def _severe_finding(finding: Any) -> Waiting:
    dataset = finding.report.version.dataset
    message = finding_text(finding.code, finding.num_rows, finding.params)
    return Waiting(
        "finding", finding.report_id, dataset.name, message, finding.created_at, dataset.id, more=finding.num_severe - 1
    )


def _unfinished_upload(upload: Any) -> Waiting:
    problem = upload.problem
    kind = "upload_failed" if upload.state == "failed" else "upload_stopped"
    is_known = kind == "upload_failed" and problem
    message = text(problem["code"], **problem["params"]) if is_known else text(f"home.{kind}")
    return Waiting(kind, upload.id, upload.filename, message, upload.created_at)


def _near_quota(notice: Any) -> Waiting:
    use = quota_use(QuotaKind(notice.kind))
    return Waiting("quota", notice.id, text(f"quota.{use.kind}.name"), quota_end_text(use), notice.created_at)


def _open_session(session: Any) -> Waiting:
    message = text("home.label_session", dataset=session.dataset.name)
    return Waiting("label_session", session.id, session.name, message, session.created_at, session.id)


_KINDS: Final = (
    Kind(("job_failed",), Role.VIEWER, "id", lambda _: jobs_failed(days=_FAILED_DAYS), _failed_job),
    Kind(("dataset_mapping", "dataset_invalid"), Role.MEMBER, "id", lambda _: datasets_undecided(), _undecided_dataset),
    Kind(("finding",), Role.MEMBER, "report_id", lambda _: findings_severe(), _severe_finding),
    Kind(("upload_failed", "upload_stopped"), Role.MEMBER, "id", uploads_unfinished, _unfinished_upload),
    Kind(("quota",), Role.BILLING, "id", lambda _: quotas_near(), _near_quota),
    Kind(("label_session",), Role.MEMBER, "id", label_sessions_for, _open_session),
)
WAITING_KINDS: Final = tuple(name for kind in _KINDS for name in kind.names)
LEFT_KINDS: Final = tuple(kind.names[0] for kind in _KINDS)


def home_waiting(user_id: uuid.UUID, role: Role) -> tuple[list[Waiting], list[Left]]:
    """What waits for this person, at most a few of each kind, and how many more there are; no kind for which the role can do nothing."""
    shown: list[Waiting] = []
    left: list[Left] = []
    for kind in _KINDS:
        if not role_reaches(role, kind.role):
            continue
        rows = kind.waiting(user_id)
        found = list(rows[: _OF_EACH_KIND + 1])
        shown += map(kind.told, found[:_OF_EACH_KIND])
        if len(found) > _OF_EACH_KIND:
            left.append(Left(kind.names[0], rows.count() - _OF_EACH_KIND))
    return shown, left


def item_waits(user_id: uuid.UUID, role: Role, kind: str, item_id: uuid.UUID) -> bool:
    """Whether this waits for the person, or would if they had not put it aside."""
    found = next(known for known in _KINDS if kind in known.names)
    return role_reaches(role, found.role) and found.rows(user_id).filter(**{found.item: item_id}).exists()


def jobs_under_way() -> QuerySet[Job]:
    """Jobs that have not ended, newest first."""
    return job_list().filter(state__in=_ACTIVE).order_by("-id")[:_RUNNING]


def jobs_finished() -> QuerySet[Job]:
    """Jobs that came to a model, the last one first; without those put away."""
    done = job_list().filter(state=State.SUCCEEDED.value, finished_at__isnull=False, archived_at__isnull=True)
    return done.order_by("-finished_at")[:_FINISHED]


def visit_before() -> Case:
    """The end of the visit before the one that goes on now, or that begins with this look: a new one begins after `VISIT` away."""
    return Case(When(seen_at__lt=Now() - VISIT, then=F("seen_at")), default=F("before_at"))


def visited_before(user_id: uuid.UUID) -> datetime | None:
    """When the person's visit before this one ended; None on the first one."""
    visits = HomeVisit.objects.filter(user_id=user_id).annotate(last=visit_before())
    return visits.values_list("last", flat=True).first()


def first_steps() -> dict[str, Any]:
    """How far somebody is who has no model yet."""
    return {"dataset": dataset_newest(), "has_job": has_jobs()}
