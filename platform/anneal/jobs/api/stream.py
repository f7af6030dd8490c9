"""Server-sent events of one job. The cursor is the job's `seq`: nothing is missed and nothing comes twice.

Who comes back to very much unheard and says how many points it shows (`max_points`) hears the curves of that time thinned, in one frame,
`curves`, and not point by point. Its id is the cursor that it begins at: where the connection breaks before all else of that look is told,
it is told again.

The job's row is read first; every row stamped with a `seq` up to the one read there is committed by then, since the clock only advances
under the row's lock. Between two looks no database connection is held.

Where there is nothing to tell, `ping` is said every `PING_S`: a line that is silent for longer is dead, and nothing else tells whoever
listens. It is an event, since scripts of a page never see a comment, and has no id: the cursor stays. Whoever does not know it ignores it.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils import translation
from django.views.decorators.http import require_GET
from rest_framework.utils.encoders import JSONEncoder

from anneal.common.api.exceptions import as_anneal_error, error_body
from anneal.common.errors import AnnealError
from anneal.common.tenancy import tenant_scope
from anneal.jobs.access import access_job
from anneal.jobs.api.hub import hub
from anneal.jobs.api.serializers import JobEventSerializer, JobProgressedSerializer, JobSerializer, TrialSerializer
from anneal.jobs.api.views import MAX_POINTS, number_of
from anneal.jobs.models import Job
from anneal.jobs.selectors import event_list, metric_curves, metric_stream, trial_list
from anneal.jobs.series import MAX_SEQ, MIN_POINTS
from anneal.tenants.access import actor_recheck
from anneal.tenants.actor import Actor
from anneal.tenants.roles import Role
from workers.contract.resources import PREFIX, is_resource
from workers.contract.states import TERMINAL, State

# The page takes a line for dead that was silent for two and a half of these (`frontend/src/lib/event-stream.ts`).
PING_S: Final = 15.0
_PING: Final = "event: ping\ndata: {}\n\n"
_POLL_S: Final = 2.0
_BETWEEN_LOOKS_S: Final = 0.1
# Browsers come back by themselves; then it is checked again who they are.
_LONGEST_S: Final = 600.0
ROWS: Final = 5000
"""Points of one look."""


@dataclass(frozen=True)
class News:
    """What one look found: frames ready to send, the cursor after them, and whether more waits or nothing will ever come."""

    frames: str
    seq: int
    has_more: bool
    is_over: bool


@require_GET
async def job_stream(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """`GET /api/v1/jobs/{id}/stream`."""
    try:
        actor = _actor(request)
        after = _cursor(request)
        look = _Look(actor, job_id, translation.get_language() or "en", max_points=_max_points(request))
        first = await look.at(after, is_first=True)
    except Exception as raised:
        error = as_anneal_error(raised)
        if error is None:
            raise
        return JsonResponse(error_body(error, request), status=error.status, headers=error.headers)
    return StreamingHttpResponse(
        _frames(look, first, str(job_id)),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


def _actor(request: HttpRequest) -> Actor:
    actor = getattr(request, "actor", None)
    if isinstance(actor, AnnealError):
        raise actor
    if not isinstance(actor, Actor):
        raise AnnealError("auth.required", status=401, headers={"WWW-Authenticate": "Bearer"})
    actor.require(Role.VIEWER)
    return actor


def _cursor(request: HttpRequest) -> int:
    given = request.headers.get("Last-Event-ID") or request.GET.get("after") or "0"
    if not given.isdecimal() or len(given) > len(str(MAX_SEQ)) or int(given) > MAX_SEQ:
        raise AnnealError(
            "job.bad_number", param="after", params={"name": "Last-Event-ID / after", "low": 0, "high": MAX_SEQ}
        )
    return int(given)


def _max_points(request: HttpRequest) -> int | None:
    if not request.GET.get("max_points"):
        return None
    return number_of(request, "max_points", MIN_POINTS, low=MIN_POINTS, high=MAX_POINTS)


async def _frames(look: _Look, first: News, job_id: str) -> AsyncIterator[str]:
    ends_at = time.monotonic() + _LONGEST_S
    listeners = hub()
    async with listeners.subscription(job_id) as changed:
        changed.set()  # between the first look and the subscription something may have happened
        news: News | None = first
        pinged_at = time.monotonic()
        seq = first.seq
        while True:
            if news is None:
                return  # the job or the right to see it is gone
            if news.frames:
                yield news.frames
                pinged_at = time.monotonic()
            seq = news.seq
            if news.is_over:
                yield f"id: {seq}\nevent: end\ndata: {{}}\n\n"
                return
            if time.monotonic() > ends_at:
                return
            if not news.has_more:
                await asyncio.sleep(_BETWEEN_LOOKS_S)
                until_ping = pinged_at + PING_S - time.monotonic()
                await _wait(changed, max(0.0, until_ping if listeners.is_listening else min(until_ping, _POLL_S)))
                if time.monotonic() - pinged_at >= PING_S:
                    yield _PING
                    pinged_at = time.monotonic()
            changed.clear()
            try:
                news = await look.at(seq)
            except AnnealError:
                news = None


async def _wait(changed: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(changed.wait(), seconds)
    except TimeoutError:
        return


class _Look:
    """Looks at a job on a thread, as its tenant, and gives the connection back at once."""

    def __init__(self, actor: Actor, job_id: uuid.UUID, language: str, *, max_points: int | None) -> None:
        self._actor = actor
        self._job_id = job_id
        self._language = language
        self._max_points = max_points

    async def at(self, after: int, *, is_first: bool = False) -> News:
        """News after a cursor. Raises AnnealError (404) when the job is not the actor's to see."""
        return await sync_to_async(self._look, thread_sensitive=False)(after, is_first=is_first)

    def _look(self, after: int, *, is_first: bool) -> News:
        try:
            with tenant_scope(self._actor.tenant_id), translation.override(self._language):
                if not is_first:
                    # A stream lives for minutes, in which members leave and keys are revoked.
                    actor_recheck(self._actor, level=Role.VIEWER)
                return self._read(after, is_first=is_first)
        finally:
            connections.close_all()

    def _read(self, after: int, *, is_first: bool) -> News:
        job = access_job(actor=self._actor, job_id=self._job_id, level=Role.VIEWER)
        until = job.seq
        is_over = State(job.state) in TERMINAL
        if until <= after and not is_first:
            return News("", after, has_more=False, is_over=is_over)
        points = metric_stream(job.id, after=after, until=until, limit=ROWS)
        has_more = len(points) == ROWS
        has_learnt = any(not is_resource(point["name"]) for point in points)
        thinned = None
        if has_more and self._max_points:
            curves = metric_curves(job, after=after, until=until, max_points=self._max_points)
            thinned = _frame(after, "curves", {**curves, "last_seq": until})
            points, has_more = [], False
        elif has_more:
            points, until = _whole_batches(job.id, points)
            has_more = until < job.seq
        frames = [
            *(
                (seq, _metrics_frame(job, seq, list(batch)))
                for seq, batch in groupby(points, lambda point: point["seq"])
            ),
            *(
                (event.seq, _frame(event.seq, "note", JobEventSerializer(event).data))
                for event in event_list(job.id, after=after, until=until)
            ),
            *(
                (trial.seq, _frame(trial.seq, "trial", TrialSerializer(trial).data))
                for trial in trial_list(job.id, after=after, until=until)
            ),
        ]
        lines = [*([thinned] if thinned else []), *(text for _, text in sorted(frames, key=lambda frame: frame[0]))]
        if not has_more:
            # A diagnosis reads the curves; a look that brings no point of them and no end leaves it as it was.
            told = JobSerializer if has_learnt or thinned or is_first or is_over else JobProgressedSerializer
            lines.append(_frame(max(until, after), "job", told(job).data))
        return News("".join(lines), max(until, after), has_more=has_more, is_over=is_over and not has_more)


def _whole_batches(job_id: uuid.UUID, points: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Without the last batch, which may be cut in two and comes with the next look, unless it is the only one: then all of it."""
    last: int = points[-1]["seq"]
    if points[0]["seq"] == last:
        return metric_stream(job_id, after=last - 1, until=last), last
    return [point for point in points if point["seq"] < last], last - 1


def _metrics_frame(job: Job, seq: int, batch: list[dict[str, Any]]) -> str:
    """Points of the training, and of the machine, whose steps are seconds."""
    points = [_only(point, "name", "step", "epoch", "value") for point in batch if not is_resource(point["name"])]
    used = [
        {"name": point["name"].removeprefix(PREFIX), "seconds": point["step"], "value": point["value"]}
        for point in batch
        if is_resource(point["name"])
    ]
    # Told together, so that all were written at the same time.
    seconds = (batch[0]["created_at"] - job.started_at).total_seconds() if job.started_at else None
    return _frame(seq, "metrics", {"seq": seq, "seconds": seconds, "points": points, "resources": used})


def _only(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _frame(seq: int, event: str, data: Any) -> str:
    return f"id: {seq}\nevent: {event}\ndata: {json.dumps(data, cls=JSONEncoder, ensure_ascii=False)}\n\n"
