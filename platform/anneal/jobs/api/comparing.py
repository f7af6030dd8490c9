"""HTTP of jobs side by side."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.catalog.selectors import METHODS
from anneal.common.api.paging import page_limit
from anneal.common.errors import AnnealError
from anneal.common.texts import text
from anneal.datasets.api.version_serializers import RowSerializer
from anneal.datasets.api.views import MAX_OFFSET, query_offset
from anneal.jobs.access import access_jobs
from anneal.jobs.api.filters import STATES
from anneal.jobs.api.serializers import (
    EffectFiguresField,
    JobDatasetSerializer,
    JobDatasetVersionSerializer,
    ScalarField,
)
from anneal.jobs.models import Job
from anneal.jobs.services.comparing import MAX_JOBS, MIN_JOBS, Pair, jobs_compare
from anneal.jobs.services.disagreements import KINDS, disagreements_of
from anneal.jobs.services.pairs import PAIR_REASONS, Judged
from anneal.tenants.api.base import TenantView, actor_of
from anneal.tenants.roles import Role

HELD_OUT_SPLITS = ["validation", "test"]
_WHICH = [
    OpenApiParameter("ids", str, required=True, description=f"{MIN_JOBS} to {MAX_JOBS} jobs with commas between them."),
    OpenApiParameter(
        "baseline", OpenApiTypes.UUID, description="What the others are compared with; default the first."
    ),
]


class ComparedResultSerializer(serializers.Serializer[Any]):
    """What a job came to on its own held-out rows."""

    primary = serializers.CharField(help_text="The metric that its verdict is about.")
    split = serializers.ChoiceField(choices=HELD_OUT_SPLITS)
    num_rows = serializers.IntegerField()
    metrics = serializers.SerializerMethodField(help_text="With 95 % intervals.")

    @extend_schema_field({"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Interval"}})
    def get_metrics(self, evaluation: Any) -> dict[str, Any]:
        return {name: interval.model_dump() for name, interval in evaluation.tuned.metrics.items()}


class ComparedJobSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="job.id")
    name = serializers.CharField(source="job.name")
    state = serializers.ChoiceField(choices=STATES, source="job.state")
    base_model = serializers.CharField(source="job.base_model")
    method = serializers.ChoiceField(choices=METHODS, source="job.spec.method.type")
    dataset = JobDatasetSerializer(source="job.dataset_version.dataset")
    dataset_version = JobDatasetVersionSerializer(source="job.dataset_version")
    tags = serializers.ListField(child=serializers.CharField(), source="job.tags")
    batch_id = serializers.UUIDField(
        source="job.batch_id", allow_null=True, help_text="Of those that were launched together; null for one alone."
    )
    training_s = serializers.SerializerMethodField(
        help_text="How long machines worked on it, all attempts together, evaluation included; null before there was one."
    )
    best_trial = serializers.SerializerMethodField(
        help_text="Number of the trial of a search whose value is the highest so far; its curves are `trial-<number>/…`."
    )
    result = ComparedResultSerializer(source="evaluation", allow_null=True, help_text="Of a job that has succeeded.")

    def get_best_trial(self, judged: Judged) -> int | None:
        best = (judged.job.search or {}).get("best")
        return None if best is None else int(best["number"])

    def get_training_s(self, judged: Judged) -> float | None:
        return judged.job.worked_s or None


class SettingValueSerializer(serializers.Serializer[Any]):
    job_id = serializers.UUIDField()
    value = ScalarField(allow_null=True, help_text="Null where the job has no such setting.")
    is_auto = serializers.BooleanField(help_text="Chosen by the trainer, by a documented rule.")


class DifferingSettingSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(help_text="In the spec.")
    values = SettingValueSerializer(many=True)


class JobPairSerializer(serializers.Serializer[Any]):
    """A job against the baseline, on the held-out rows that both were judged on and that are alike in the data of both."""

    job_id = serializers.UUIDField()
    figures = serializers.SerializerMethodField(
        help_text="`before` is the baseline, `after` this job. `outcome` goes by `p_corrected`. Null where it cannot be told."
    )
    p_corrected = serializers.FloatField(
        allow_null=True, help_text="`p_value` corrected by Holm's method for all comparisons of this answer."
    )
    reason = serializers.SerializerMethodField(help_text="Why it cannot be told.")
    message = serializers.SerializerMethodField(
        help_text="The verdict, or why there is none, in a sentence in the language of the request."
    )

    @extend_schema_field(EffectFiguresField(allow_null=True))
    def get_figures(self, pair: Pair) -> Any:
        return pair.figures.model_dump(mode="json") if pair.figures else None

    @extend_schema_field(serializers.ChoiceField(choices=PAIR_REASONS, allow_null=True))
    def get_reason(self, pair: Pair) -> str | None:
        return pair.problem.reason if pair.problem else None

    def get_message(self, pair: Pair) -> str:
        if pair.problem:
            return pair.problem.message
        return text(f"pair.{pair.figures.outcome}") if pair.figures else ""


class JobsComparisonSerializer(serializers.Serializer[Any]):
    """Several jobs side by side."""

    baseline_id = serializers.UUIDField()
    jobs = ComparedJobSerializer(many=True, help_text="In the order in which they were asked for.")
    settings = DifferingSettingSerializer(many=True, help_text="Only those in which the jobs differ.")
    pairs = JobPairSerializer(many=True, help_text="Every job but the baseline against it.")
    num_comparisons = serializers.IntegerField(help_text="For so many comparisons the p-values are corrected.")


class RowAnswerSerializer(serializers.Serializer[Any]):
    job_id = serializers.UUIDField()
    figure = serializers.FloatField(allow_null=True, help_text="The metric of this row; null: not judged on it.")
    is_right = serializers.BooleanField(allow_null=True, help_text="Where rows are right or wrong.")
    answer = serializers.CharField(
        allow_null=True, help_text="Null where the job has not kept it: jobs keep those of some rows only."
    )


class DisagreementRowSerializer(serializers.Serializer[Any]):
    row = RowSerializer()
    answers = RowAnswerSerializer(many=True)


class RowDisagreementsSerializer(serializers.Serializer[Any]):
    """Held-out rows of the baseline's version on which the jobs disagree, the widest gap first."""

    kind = serializers.ChoiceField(choices=KINDS)
    metric = serializers.CharField(allow_null=True, help_text="Null where no job can be compared with the baseline.")
    is_lower_better = serializers.BooleanField()
    job_ids = serializers.ListField(
        child=serializers.UUIDField(), help_text="The baseline and the jobs that can be compared with it row by row."
    )
    roles = serializers.ListField(child=serializers.CharField())
    total = serializers.IntegerField()
    data = DisagreementRowSerializer(many=True)  # type: ignore[assignment]  # the API's word; DRF uses the name for another thing


class JobsCompareView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="jobs_compare", tags=["jobs"], parameters=_WHICH, responses=JobsComparisonSerializer)
    def get(self, request: Request) -> Response:
        """Jobs side by side: results, the settings in which they differ, and paired comparisons with one of them."""
        jobs, baseline = _asked(request)
        return Response(JobsComparisonSerializer(jobs_compare(jobs, baseline=baseline)).data)


class DisagreementsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="jobs_compare_rows",
        tags=["jobs"],
        parameters=[
            *_WHICH,
            OpenApiParameter("offset", int),
            OpenApiParameter("limit", int, description="1 to 100, default 50"),
        ],
        responses=RowDisagreementsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Held-out rows that one job has right and another wrong, or where their figures lie farthest apart."""
        offset = query_offset(request.query_params.get("offset", "0"), MAX_OFFSET)
        limit = page_limit(request)
        jobs, baseline = _asked(request)
        found = disagreements_of(jobs, baseline=baseline, offset=offset, limit=limit)
        return Response(RowDisagreementsSerializer(found).data)


def _asked(request: Request) -> tuple[list[Job], Job]:
    """The jobs that are compared, and which of them is the baseline. Raises AnnealError (400, 403, 404)."""
    ids = _ids(request.query_params.get("ids", ""))
    if not MIN_JOBS <= len(ids) <= MAX_JOBS or len(set(ids)) < len(ids):
        params = {"name": "ids", "low": MIN_JOBS, "high": MAX_JOBS}
        raise AnnealError("compare.bad_jobs", param="ids", params=params)
    baseline = _ids(request.query_params.get("baseline") or str(ids[0]))
    if len(baseline) != 1 or baseline[0] not in ids:
        raise AnnealError("compare.bad_baseline", param="baseline")
    jobs = access_jobs(actor=actor_of(request), job_ids=ids, level=Role.VIEWER)
    return jobs, jobs[ids.index(baseline[0])]


def _ids(given: str) -> list[uuid.UUID]:
    """Ids with commas between them; none where one of them is no id."""
    try:
        return [uuid.UUID(one) for one in given.split(",")]
    except ValueError:
        return []
