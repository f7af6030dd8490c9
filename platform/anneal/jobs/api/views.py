"""HTTP of jobs."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.common.api.docs import IDEMPOTENCY_KEY
from anneal.common.api.idempotency import idempotent
from anneal.common.api.paging import page_limit, page_of
from anneal.common.errors import AnnealError
from anneal.common.tenancy import current_tenant_id
from anneal.jobs.access import access_job, access_preview
from anneal.jobs.api import bodies
from anneal.jobs.api import serializers as s
from anneal.jobs.api.filters import PARAMETERS, JobFilters
from anneal.jobs.grouping import GROUPINGS, cursor_of, job_groups
from anneal.jobs.models import Job
from anneal.jobs.record import record_stream
from anneal.jobs.selectors import (
    event_list,
    job_list,
    log_lines,
    metric_curves,
    metric_pieces,
    tags_in_use,
    trial_list,
)
from anneal.jobs.series import MAX_SEQ, MIN_POINTS
from anneal.jobs.services.archiving import job_archive, job_unarchive
from anneal.jobs.services.describing import job_describe
from anneal.jobs.services.estimate import job_estimate
from anneal.jobs.services.launch import job_duplicate, job_launch
from anneal.jobs.services.previews import preview_ask
from anneal.jobs.services.wishes import job_cancel, job_pause, job_resume
from anneal.registry.selectors import evaluation_of_job
from anneal.tenants.actor import Actor
from anneal.tenants.api.base import TenantView, actor_of
from anneal.tenants.roles import Role
from workers.contract.record import RunRecord
from workers.contract.results import Evaluation
from workers.contract.tfevents import event_file, file_name

_DEFAULT_POINTS = 2000
MAX_POINTS = 20_000
_TAGS = ["jobs"]
_PAGE = [
    OpenApiParameter("limit", int, description="1 to 100, default 50"),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
]
_AFTER = OpenApiParameter("after", int, description="Only what came after this `seq`; default 0")


def number_of(request: Any, name: str, default: int, *, low: int, high: int) -> int:
    """A whole number of the query. Raises AnnealError outside of the range."""
    given = request.GET.get(name) or default
    try:
        number = int(given)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise AnnealError("job.bad_number", param=name, params={"name": name, "low": low, "high": high})
    return number


class JobsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "POST": Role.MEMBER}

    @extend_schema(
        operation_id="jobs_list",
        tags=_TAGS,
        parameters=[*_PAGE, *PARAMETERS],
        responses=s.JobListItemPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Jobs of the organisation, newest first unless they are sorted otherwise."""
        filters = JobFilters.of(request.query_params.dict())
        present = s.JobListItemSerializer().to_representation
        return Response(page_of(request, filters.jobs(), present, by=filters.by, shown=job_list()))

    @extend_schema(
        operation_id="jobs_create",
        tags=_TAGS,
        parameters=[IDEMPOTENCY_KEY],
        request=bodies.JobCreate,
        responses={201: s.JobSerializer},
    )
    def post(self, request: Request) -> Response:
        """Launch a job. It is durable when this answers, and starts on the next free machine."""

        def launch() -> Response:
            body = bodies.body_of(request, bodies.JobCreate)
            job = job_launch(
                actor=actor_of(request),
                name=body.name,
                dataset_version_id=body.dataset_version_id,
                base_model=body.base_model,
                options=bodies.given(body),
                batch_id=body.batch_id,
            )
            return Response(s.job_shown(job.id), status=status.HTTP_201_CREATED)

        return idempotent(request, launch)


class JobGroupsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="jobs_groups",
        tags=_TAGS,
        parameters=[
            OpenApiParameter("by", str, enum=list(GROUPINGS), description=f"Default {GROUPINGS[0]}"),
            *_PAGE,
            *(parameter for parameter in PARAMETERS if parameter.name != "sort"),
        ],
        responses=s.JobGroupPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Groups of the jobs that a list with these filters has, counted whole; the one with the newest job first.

        A job with several tags is in a group of each; one that was launched alone is of no batch.
        """
        given = request.query_params.dict()
        by = given.get("by") or GROUPINGS[0]
        if by not in GROUPINGS:
            raise AnnealError("job.bad_filter", param="by", params={"name": "by", "known": ", ".join(GROUPINGS)})
        limit = page_limit(request)
        groups = job_groups(JobFilters.of(given).jobs(), by, after=cursor_of(given.get("cursor")), limit=limit + 1)
        shown = groups[:limit]
        return Response(
            {
                "data": s.JobGroupSerializer(shown, many=True).data,
                "next_cursor": shown[-1].cursor if len(groups) > limit else None,
            }
        )


class JobTagsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="jobs_tags", tags=_TAGS, responses=s.TagsInUseSerializer)
    def get(self, _request: Request) -> Response:
        """Tags in use, to complete what somebody types."""
        return Response(s.TagsInUseSerializer({"data": tags_in_use()}).data)


class JobView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "PATCH": Role.MEMBER}

    @extend_schema(operation_id="jobs_get", tags=_TAGS, responses=s.JobSerializer)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """One job."""
        job = access_job(actor=actor_of(request), job_id=job_id, level=Role.VIEWER)
        return Response(s.JobSerializer(job).data)

    @extend_schema(operation_id="jobs_update", tags=_TAGS, request=bodies.JobUpdate, responses=s.JobSerializer)
    def patch(self, request: Request, job_id: uuid.UUID) -> Response:
        """Change a job's name, notes or tags."""
        job = access_job(actor=actor_of(request), job_id=job_id, level=Role.MEMBER)
        body = bodies.body_of(request, bodies.JobUpdate)
        job_describe(
            job=job,
            name=body.name,
            notes=body.notes,
            tags=body.tags,
            base_name=body.base_name,
            base_notes=body.base_notes,
        )
        return Response(s.job_shown(job.id))


class _WishView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    def answer(self, request: Request, job_id: uuid.UUID, wish: Callable[..., Job]) -> Response:
        actor: Actor = actor_of(request)
        wish(actor=actor, job=access_job(actor=actor, job_id=job_id, level=Role.MEMBER))
        return Response(s.job_shown(job_id))


class JobCancelView(_WishView):
    @extend_schema(operation_id="jobs_cancel", tags=_TAGS, request=None, responses=s.JobSerializer)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """End a job: at once when it waits, within seconds when it runs."""
        return self.answer(request, job_id, job_cancel)


class JobPauseView(_WishView):
    @extend_schema(operation_id="jobs_pause", tags=_TAGS, request=None, responses=s.JobSerializer)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Park a job. A running one writes a checkpoint first, so nothing is lost."""
        return self.answer(request, job_id, job_pause)


class JobResumeView(_WishView):
    @extend_schema(operation_id="jobs_resume", tags=_TAGS, request=None, responses=s.JobSerializer)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Go on with a paused job from its last checkpoint."""
        return self.answer(request, job_id, job_resume)


class JobArchiveView(_WishView):
    @extend_schema(operation_id="jobs_archive", tags=_TAGS, request=None, responses=s.JobSerializer)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Put away a job that has ended: lists leave it out, its page and its model stay."""
        return self.answer(request, job_id, job_archive)


class JobUnarchiveView(_WishView):
    @extend_schema(operation_id="jobs_unarchive", tags=_TAGS, request=None, responses=s.JobSerializer)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Bring a job that was put away back into lists."""
        return self.answer(request, job_id, job_unarchive)


class JobDuplicateView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="jobs_duplicate",
        tags=_TAGS,
        parameters=[IDEMPOTENCY_KEY],
        request=bodies.JobOverrides,
        responses={201: s.JobSerializer},
    )
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Launch a job like this one, with the given parts replaced."""

        def launch() -> Response:
            actor = actor_of(request)
            source = access_job(actor=actor, job_id=job_id, level=Role.MEMBER)
            body = bodies.body_of(request, bodies.JobOverrides)
            named = {"name": body.name, "dataset_version_id": body.dataset_version_id, "base_model": body.base_model}
            overrides = {**bodies.given(body), **{name: value for name, value in named.items() if value is not None}}
            job = job_duplicate(actor=actor, job=source, overrides=overrides)
            return Response(s.job_shown(job.id), status=status.HTTP_201_CREATED)

        return idempotent(request, launch)


class JobEventsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="jobs_events", tags=_TAGS, parameters=[_AFTER, _PAGE[0]], responses=s.JobEventPageSerializer
    )
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """What happened to a job, oldest first."""
        job = access_job(actor=actor_of(request), job_id=job_id, level=Role.VIEWER)
        limit = page_limit(request)
        after = number_of(request, "after", 0, low=0, high=MAX_SEQ)
        rows = list(event_list(job.id, after=after)[: limit + 1])
        return Response(
            {
                "data": s.JobEventSerializer(rows[:limit], many=True).data,
                "next_cursor": str(rows[limit - 1].seq) if len(rows) > limit else None,
            }
        )


class JobMetricsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="jobs_metrics",
        tags=_TAGS,
        parameters=[
            OpenApiParameter("names", str, description="Curves, separated by commas; default all"),
            _AFTER,
            OpenApiParameter("max_points", int, description="Of each curve: 4 to 20,000, default 2000"),
            OpenApiParameter(
                "from_step", int, description="Leave out what lies before; `resources` are left out as well"
            ),
            OpenApiParameter("to_step", int, description="Leave out what lies after; `resources` are left out as well"),
        ],
        responses=s.MetricsSerializer,
    )
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """The curves of a job. Of long ones come the first and the last point, and the lowest and the highest of each stretch of steps."""
        job = access_job(actor=actor_of(request), job_id=job_id, level=Role.VIEWER)
        names = [name for name in request.query_params.get("names", "").split(",") if name]
        after = number_of(request, "after", 0, low=0, high=MAX_SEQ)
        max_points = number_of(request, "max_points", _DEFAULT_POINTS, low=MIN_POINTS, high=MAX_POINTS)
        curves = metric_curves(job, names=names, after=after, max_points=max_points, within=_steps(request))
        return Response({**curves, "last_seq": job.seq})


def _steps(request: Request) -> tuple[int, int] | None:
    """The first and the last step that are asked for; None for all."""
    if not request.query_params.keys() & {"from_step", "to_step"}:
        return None
    low, high = (
        number_of(request, name, default, low=0, high=MAX_SEQ)
        for name, default in (("from_step", 0), ("to_step", MAX_SEQ))
    )
    return low, high


class JobTensorBoardView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="jobs_tensorboard", tags=_TAGS, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponseBase:
        """The curves of a job, whole, as an event file that TensorBoard reads; also of a job that runs or has failed."""
        job = access_job(actor=actor_of(request), job_id=job_id, level=Role.VIEWER)
        pieces = metric_pieces(tenant_id=current_tenant_id(), job_id=job.id)
        points = ((name, step, value) for name, piece in pieces for step, value in piece)
        return StreamingHttpResponse(
            _joined(event_file(points)),
            content_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{file_name(str(job.id))}"'},
        )


def _joined(records: Iterator[bytes]) -> Iterator[bytes]:
    """A few large pieces for many small ones."""
    while piece := b"".join(islice(records, 1000)):
        yield piece


class JobRecordView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="jobs_record", tags=_TAGS, responses=RunRecord)
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponseBase:
        """Settings, whole curves and figures of a job; `python -m workers.tracking` exports them to MLflow or Weights & Biases."""
        job = access_job(actor=actor_of(request), job_id=job_id, level=Role.VIEWER)
        return StreamingHttpResponse(record_stream(job), content_type="application/json")


class JobTrialsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="jobs_trials", tags=_TAGS, parameters=[_AFTER], responses=s.TrialPageSerializer)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """The trials of a search that are over, by number: all of them, at most 1000."""
        job = access_job(actor=actor_of(request), job_id=job_id, level=Role.VIEWER)
        after = number_of(request, "after", 0, low=0, high=MAX_SEQ)
        rows = s.TrialSerializer(trial_list(job.id, after=after), many=True).data
        return Response({"data": rows, "next_cursor": None})


class JobEvaluationView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="jobs_evaluation", tags=_TAGS, responses=Evaluation)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """How good the model is, against simpler ways to answer the same rows."""
        job = access_job(actor=actor_of(request), job_id=job_id, level=Role.VIEWER)
        document = evaluation_of_job(job.id)
        if document is None:
            raise AnnealError("evaluation.not_ready", status=404)
        # What a later version says more of is in older documents by its default.
        return Response(Evaluation.model_validate(document).model_dump(mode="json"))


class JobLogView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="jobs_log", tags=_TAGS, responses=s.JobLogSerializer)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """The last lines that the trainer wrote."""
        job = access_job(actor=actor_of(request), job_id=job_id, level=Role.VIEWER)
        return Response({"lines": log_lines(job.id)})


class PreviewsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="jobs_preview",
        tags=_TAGS,
        request=bodies.JobCreate,
        responses={200: s.TokenPreviewSerializer, 202: s.TokenPreviewSerializer},
    )
    def post(self, request: Request) -> Response:
        """Ask what the model will read with these settings: 200 when that is known already, 202 when it is being found out."""
        body = bodies.body_of(request, bodies.JobCreate)
        preview = preview_ask(
            dataset_version_id=body.dataset_version_id, base_model=body.base_model, options=bodies.given(body)
        )
        waits = preview.state == "waiting"
        return Response(
            s.TokenPreviewSerializer(preview).data, status=status.HTTP_202_ACCEPTED if waits else status.HTTP_200_OK
        )


class PreviewView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="jobs_preview_get", tags=_TAGS, responses=s.TokenPreviewSerializer)
    def get(self, request: Request, preview_id: uuid.UUID) -> Response:
        """A preview: what the model will read, token by token."""
        preview = access_preview(actor=actor_of(request), preview_id=preview_id, level=Role.VIEWER)
        return Response(s.TokenPreviewSerializer(preview).data)


class EstimateView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(operation_id="jobs_estimate", tags=_TAGS, request=bodies.JobCreate, responses=s.EstimateSerializer)
    def post(self, request: Request) -> Response:
        """What a job would take: time, memory and price as ranges. With a finished preview the tokens are counted and not guessed."""
        body = bodies.body_of(request, bodies.JobCreate)
        found = job_estimate(
            dataset_version_id=body.dataset_version_id, base_model=body.base_model, options=bodies.given(body)
        )
        return Response(s.EstimateSerializer(found).data)
