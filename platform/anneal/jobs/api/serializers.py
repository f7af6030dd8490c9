"""What the API says about jobs."""

from __future__ import annotations

import uuid
from typing import Any, get_args

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field
from pydantic import ValidationError
from rest_framework import serializers

from anneal.common.api.paging import page_serializer
from anneal.common.texts import text
from anneal.jobs.api.bodies import JobCreate
from anneal.jobs.api.filters import SORTS, STATES, YES_OR_NO
from anneal.jobs.diagnosis.diagnose import CODES, diagnose
from anneal.jobs.diagnosis.facts import Finding, Severity
from anneal.jobs.diagnosis.words import finding_message
from anneal.jobs.effect_figures import EffectFigures
from anneal.jobs.errors import reason_body
from anneal.jobs.grouping import GROUPINGS
from anneal.jobs.models import Job, JobEvent, TokenPreview, Trial
from anneal.jobs.notices import rule_message, warning_message
from anneal.jobs.selectors import job_get, run_facts
from anneal.jobs.services.launch import SPEC_FIELDS
from anneal.jobs.services.quotas import quota_waits_for
from anneal.plans.kinds import QUOTA_KINDS
from anneal.registry.api.serializers import SummarySerializer
from workers.contract.budget import EndedBy
from workers.contract.events import Phase
from workers.contract.preview import TokenisedPreview
from workers.contract.reasons import Fault
from workers.contract.spec import JobSpec
from workers.contract.states import Desired


class SpecField(serializers.JSONField):
    """A whole JobSpec."""


class SpecFieldExtension(OpenApiSerializerFieldExtension):
    """The schema of a spec is that of its class."""

    target_class = SpecField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        return auto_schema.resolve_serializer(JobSpec, direction).ref


class LaunchField(serializers.JSONField):
    """What launches a job."""


class LaunchFieldExtension(OpenApiSerializerFieldExtension):
    """The schema of a launch is that of the request, in which everything has a default."""

    target_class = LaunchField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:  # noqa: ARG002 - the library's signature
        return auto_schema.resolve_serializer(JobCreate, "request").ref


class ReasonSerializer(serializers.Serializer[Any]):
    """Why a job is where it is, and who has to act."""

    code = serializers.CharField()
    fault = serializers.ChoiceField(choices=[fault.value for fault in Fault])
    message = serializers.CharField()
    params = serializers.DictField()


class JobProgressSerializer(serializers.Serializer[Any]):
    phase = serializers.CharField(allow_null=True)
    step = serializers.IntegerField()
    total_steps = serializers.IntegerField(allow_null=True)
    epoch = serializers.FloatField()
    examples_per_second = serializers.FloatField(allow_null=True)
    seconds_remaining = serializers.FloatField(allow_null=True)
    seconds_remaining_spread = serializers.FloatField(
        allow_null=True, help_text="The standard deviation of that, known of trials side by side when two are over."
    )
    committed_step = serializers.IntegerField(help_text="What a failure cannot undo.")


class JobDatasetSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class JobDatasetVersionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()


class JobPersonSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.CharField(source="shown_email", help_text="“a deleted account” once there is none any more.")


@extend_schema_field({"type": ["string", "number", "boolean", "null"]})
class ScalarField(serializers.JSONField):
    """A value of a setting."""


class ResolvedValueSerializer(serializers.Serializer[Any]):
    """What an `auto` value became, and by which rule."""

    field = serializers.CharField()
    value = ScalarField(allow_null=True)
    rule = serializers.CharField()
    explanation = serializers.SerializerMethodField(help_text="In the language of the request.")

    def get_explanation(self, resolved: dict[str, Any]) -> str:
        return rule_message(resolved["rule"], resolved.get("params", {}), resolved["explanation"])


class JobWarningSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.SerializerMethodField(help_text="In the language of the request.")
    params = serializers.DictField()
    at = serializers.DateTimeField()

    def get_message(self, warning: dict[str, Any]) -> str:
        return warning_message(warning["code"], warning["params"], warning["message"])


class TrialBestSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    value = serializers.FloatField()
    settings = serializers.DictField(child=ScalarField())


class RunningTrialSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    settings = serializers.DictField(child=ScalarField())


class SearchSerializer(serializers.Serializer[Any]):
    """What a search has come to. Values are turned so that higher is better."""

    num_trials = serializers.IntegerField(help_text="How many are planned.")
    num_ended = serializers.IntegerField()
    best = TrialBestSerializer(allow_null=True, help_text="The complete trial with the highest value.")
    metric = serializers.CharField(allow_null=True, help_text="What values are of; known at the end.")
    is_lower_better = serializers.BooleanField(
        allow_null=True, help_text="Whether values are the metric's with their sign turned; known at the end."
    )
    importance = serializers.DictField(
        child=serializers.FloatField(),
        help_text="Setting -> share of the variance of the value (fANOVA); known at the end, empty for few trials.",
    )
    ended_by = serializers.ChoiceField(
        choices=get_args(EndedBy),
        allow_null=True,
        default=None,
        help_text="What of its budget was used up; known at the end.",
    )
    running = RunningTrialSerializer(many=True, default=list, help_text="Trials under way whose settings are known.")


class JobListItemSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    desired = serializers.ChoiceField(choices=[desired.value for desired in Desired])
    reason = serializers.SerializerMethodField()
    attempt = serializers.IntegerField()
    base_model = serializers.CharField()
    dataset = JobDatasetSerializer(source="dataset_version.dataset")
    dataset_version = JobDatasetVersionSerializer()
    spec_sha256 = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField(), help_text="In alphabetical order.")
    progress = JobProgressSerializer(source="*")
    summary = SummarySerializer(allow_null=True)
    model_version_id = serializers.UUIDField(allow_null=True)
    created_by = JobPersonSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    queued_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    archived_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was put away; lists leave it out since."
    )
    trainable_parameters = serializers.IntegerField(allow_null=True)
    total_parameters = serializers.IntegerField(allow_null=True)
    resumed_count = serializers.IntegerField()
    queue_position = serializers.IntegerField(
        allow_null=True, help_text="Among the organisation's own waiting jobs; null for a job that does not wait."
    )

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_reason(self, job: Job) -> dict[str, object] | None:
        return reason_body(job.reason_code, job.reason_params)


class DiagnosisActionSerializer(serializers.Serializer[Any]):
    """What can be done: the job again with one setting changed, work on the data, or a model of a checkpoint."""

    kind = serializers.ChoiceField(choices=["duplicate", "dataset", "checkpoint"])
    field = serializers.CharField(allow_null=True, help_text="Path of the setting in the spec, of a duplicate.")
    value = ScalarField(
        allow_null=True, help_text="What the setting becomes in the duplicate; the id of the checkpoint."
    )


class DiagnosisSerializer(serializers.Serializer[Any]):
    """One of the things about a run that matter most, and what to do about it."""

    code = serializers.ChoiceField(choices=sorted(CODES))
    severity = serializers.ChoiceField(choices=get_args(Severity))
    message = serializers.SerializerMethodField(help_text="In the language of the request.")
    params = serializers.DictField(child=ScalarField(), help_text="The figures of the message.")
    action = DiagnosisActionSerializer(allow_null=True)
    warning = serializers.CharField(
        allow_null=True, help_text="Code of the warning that this says more about, where there is one."
    )

    def get_message(self, finding: Finding) -> str:
        return finding_message(finding)


class WaitsForSerializer(serializers.Serializer[Any]):
    """A quota that keeps a job in the queue."""

    quota = serializers.ChoiceField(choices=QUOTA_KINDS)
    message = serializers.CharField(help_text="In the language of the request.")


class DeliversSerializer(serializers.Serializer[Any]):
    """A checkpoint, and the job that has trained it."""

    checkpoint_id = serializers.UUIDField(source="id")
    step = serializers.IntegerField()
    job_id = serializers.UUIDField()
    job_name = serializers.CharField(source="job.name")


def spec_changes(spec: dict[str, Any]) -> dict[str, Any]:
    """What a job's spec says besides the defaults; all of it where it is of rules that hold no more, so that its page opens still."""
    try:
        return JobSpec.model_validate(spec).trained.changes()
    except ValidationError:
        return dict(spec)


class JobSerializer(JobListItemSerializer):
    """A job with its whole spec and all that is known of its run."""

    notes = serializers.CharField(help_text="Plain text, as people wrote it.")
    spec = SpecField()
    launch = serializers.SerializerMethodField(
        help_text="The shortest body that launches this job again; what is left out is the default."
    )
    search = SearchSerializer(allow_null=True, help_text="Null for a job that searches nothing.")
    waits_for = serializers.SerializerMethodField(
        help_text="The quota that keeps it in the queue; null for a job that waits for a machine alone, or not at all."
    )
    delivers = DeliversSerializer(
        allow_null=True,
        help_text="Null for a job that trains; else the checkpoint of another job that it makes a model of.",
    )
    checkpoints_kept_until = serializers.DateTimeField(
        allow_null=True, help_text="When its checkpoints are removed, of a job that failed or was cancelled."
    )
    resolved = ResolvedValueSerializer(many=True)
    warnings = JobWarningSerializer(many=True)
    diagnoses = serializers.SerializerMethodField(
        help_text="What explains the run, the gravest first: at most three, none of a sound run."
    )

    @extend_schema_field(LaunchField())
    def get_launch(self, job: Job) -> dict[str, Any]:
        changes = spec_changes(job.spec)
        if set(changes.get("task", ())) == {"type"}:  # The dataset version says it.
            del changes["task"]
        return {
            "name": job.name,
            "dataset_version_id": str(job.dataset_version_id),
            "base_model": job.base_model,
            **{name: changes[name] for name in SPEC_FIELDS if name in changes},
        }

    @extend_schema_field(WaitsForSerializer(allow_null=True))
    def get_waits_for(self, job: Job) -> dict[str, Any] | None:
        use = quota_waits_for(job)
        return (
            None
            if use is None
            else {"quota": use.kind.value, "message": text(f"quota.{use.kind}.waits", **use.words())}
        )

    @extend_schema_field(DiagnosisSerializer(many=True))
    def get_diagnoses(self, job: Job) -> list[dict[str, Any]]:
        return [dict(DiagnosisSerializer(finding).data) for finding in diagnose(run_facts(job))]


def job_shown(job_id: uuid.UUID) -> dict[str, Any]:
    """A job of the tenant in force as its page shows it, read anew."""
    job = job_get(job_id)
    return dict(JobSerializer(job).data) if job else {}


class JobProgressedSerializer(JobSerializer):
    """A job of which nothing was measured since it was last told whole: its diagnoses are what they were."""

    diagnoses = None  # type: ignore[assignment]  # DRF's way to leave out an inherited field


class TagInUseSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    num_jobs = serializers.IntegerField()


class TagsInUseSerializer(serializers.Serializer[Any]):
    """Tags of the organisation's jobs, those of most jobs first."""

    data = TagInUseSerializer(many=True)  # type: ignore[assignment]  # the API's word; DRF uses the name for another thing


class ViewFiltersSerializer(serializers.Serializer[Any]):
    """Parameters of the list of jobs, and what it is grouped by; those that are left out say nothing."""

    state = serializers.CharField(required=False)
    tag = serializers.CharField(required=False)
    dataset_id = serializers.CharField(required=False)
    base_model = serializers.CharField(required=False)
    method = serializers.CharField(required=False)
    task = serializers.CharField(required=False)
    week = serializers.CharField(required=False)
    batch = serializers.CharField(required=False)
    untagged = serializers.ChoiceField(choices=list(YES_OR_NO), required=False)
    q = serializers.CharField(required=False)
    archived = serializers.ChoiceField(choices=list(YES_OR_NO), required=False)
    sort = serializers.ChoiceField(choices=list(SORTS), required=False)
    group = serializers.ChoiceField(choices=list(GROUPINGS), required=False)


class SavedViewSerializer(serializers.Serializer[Any]):
    """A choice of jobs that you keep."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    filters = ViewFiltersSerializer()
    created_at = serializers.DateTimeField()


class SavedViewsSerializer(serializers.Serializer[Any]):
    """What you keep, by name."""

    data = SavedViewSerializer(many=True)  # type: ignore[assignment]  # the API's word; DRF uses the name for another thing


class GroupBestSerializer(serializers.Serializer[Any]):
    metric = serializers.CharField()
    value = serializers.FloatField()


class JobGroupSerializer(serializers.Serializer[Any]):
    """Jobs that have something in common; a list with the filter `value` shows them."""

    value = serializers.CharField(help_text="What the filter of the list takes; empty: without any tag.")
    name = serializers.CharField(
        help_text="Of a dataset its name, of a batch when its first job was launched, else the value."
    )
    num_jobs = serializers.IntegerField()
    newest_at = serializers.DateTimeField(help_text="When the newest of them was launched.")
    best = GroupBestSerializer(allow_null=True, help_text="The best result, where all results are of one metric.")


JobGroupPageSerializer = page_serializer(JobGroupSerializer)


class JobEventSerializer(serializers.Serializer[Any]):
    """A move from state to state, or a note. `seq` is the place in the job's stream."""

    seq = serializers.IntegerField()
    type = serializers.ChoiceField(choices=["state", "note"])
    attempt = serializers.IntegerField()
    to = serializers.ChoiceField(choices=STATES, allow_null=True)
    reason = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()
    phase = serializers.SerializerMethodField(
        help_text="What the run began with this note; null for every other event."
    )
    created_at = serializers.DateTimeField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a keyword of Python, so it cannot be written above.
        return {**super().get_fields(), "from": serializers.ChoiceField(choices=STATES, allow_null=True, source="frm")}

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_reason(self, event: JobEvent) -> dict[str, object] | None:
        return reason_body(event.reason_code, event.reason_params)

    @extend_schema_field(serializers.ChoiceField(choices=get_args(Phase), allow_null=True))
    def get_phase(self, event: JobEvent) -> object:
        return event.data.get("phase")

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_message(self, event: JobEvent) -> object:
        if event.data.get("message"):
            return warning_message(event.data.get("code", ""), event.data.get("params", {}), event.data["message"])
        reason = self.get_reason(event)
        return reason["message"] if reason else None


class TrialSerializer(serializers.Serializer[Any]):
    """A trial of a search that is over."""

    number = serializers.IntegerField()
    settings = serializers.DictField(child=ScalarField())
    state = serializers.ChoiceField(choices=["complete", "pruned", "failed"])
    value = serializers.FloatField(
        allow_null=True, help_text="Best watched figure, turned so that higher is better; null when it failed."
    )
    steps = serializers.IntegerField(help_text="Optimizer steps of this trial.")
    seconds = serializers.FloatField()
    reason = serializers.SerializerMethodField(help_text="Why it failed.")
    attempt = serializers.IntegerField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_reason(self, trial: Trial) -> dict[str, object] | None:
        return reason_body(trial.reason_code, {})


class MetricSeriesSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    points = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3),
        help_text="Each is [step, epoch, value].",
    )


class ResourceSeriesSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(
        help_text="`processor` (cores), `memory`, `gpu_memory` (bytes), `disk_writes` (bytes a second), `gpu` (0 to 1), or what the "
        "machine has: `processor_limit`, `memory_limit`, `gpu_memory_limit`, told where it begins to hold."
    )
    points = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        help_text="Each is [seconds since the job first ran, value].",
    )


class MetricsSerializer(serializers.Serializer[Any]):
    series = MetricSeriesSerializer(many=True)
    resources = ResourceSeriesSerializer(many=True, help_text="What the job took of its machine.")
    clock = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        help_text="Each is [step, seconds since the job first ran], waits included.",
    )
    last_seq = serializers.IntegerField(help_text="Continue the stream, or this list, after this number.")


class CheckpointSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    step = serializers.IntegerField()
    epoch = serializers.FloatField()
    is_best = serializers.BooleanField()
    size_bytes = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    attempt = serializers.IntegerField()


class JobLogSerializer(serializers.Serializer[Any]):
    lines = serializers.ListField(child=serializers.CharField())


class EffectFiguresField(serializers.JSONField):
    """The whole of `EffectFigures`."""


class EffectFiguresFieldExtension(OpenApiSerializerFieldExtension):
    """The schema is that of its class."""

    target_class = EffectFiguresField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        return auto_schema.resolve_serializer(EffectFigures, direction).ref


class PreviewField(serializers.JSONField):
    """A whole TokenisedPreview."""


class PreviewFieldExtension(OpenApiSerializerFieldExtension):
    """The schema of a preview is that of its class."""

    target_class = PreviewField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        return auto_schema.resolve_serializer(TokenisedPreview, direction).ref


class TokenPreviewSerializer(serializers.Serializer[Any]):
    """What a model would read of a dataset version; `result` when it is done, `reason` when it cannot be."""

    id = serializers.UUIDField()
    dataset_version_id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["waiting", "done", "failed"])
    reason = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_reason(self, preview: TokenPreview) -> dict[str, object] | None:
        return reason_body(preview.reason_code, preview.reason_params)

    @extend_schema_field(PreviewField(allow_null=True))
    def get_result(self, preview: TokenPreview) -> dict[str, Any] | None:
        """With sentences in the language of the request."""
        found = preview.result
        if found is None:
            return None
        resolved = [
            {**one, "explanation": rule_message(one["rule"], one["params"], one["explanation"])}
            for one in found["resolved"]
        ]
        warnings = [
            {**one, "message": warning_message(one["code"], one["params"], one["message"])} for one in found["warnings"]
        ]
        return {**found, "resolved": resolved, "warnings": warnings}


class EstimatedRangeSerializer(serializers.Serializer[Any]):
    """What is likely, with what it may come to below and above."""

    low = serializers.FloatField()
    likely = serializers.FloatField()
    high = serializers.FloatField()


class LimitHitSerializer(serializers.Serializer[Any]):
    """A limit that may end the run before it is finished, or a quota (`quota.…`) that it may use up."""

    field = serializers.CharField()  # the name that the API has for it
    limit = serializers.FloatField(help_text="In seconds.")
    is_certain = serializers.BooleanField(help_text="Whether even the lowest estimate is above it.")
    message = serializers.CharField(help_text="In the language of the request.")


class EstimateSerializer(serializers.Serializer[Any]):
    """What a job will take, before it is launched."""

    tokens = EstimatedRangeSerializer(help_text="Of one pass over the training rows.")
    tokens_from = serializers.ChoiceField(choices=["preview", "statistics"])
    passes = EstimatedRangeSerializer()
    seconds = EstimatedRangeSerializer(
        help_text="Until it is over, where the trials of a search that may run side by side do so."
    )
    work_seconds = EstimatedRangeSerializer(
        help_text="Of all work, trials that run side by side included: what is counted of the organisation's hours."
    )
    memory_bytes = EstimatedRangeSerializer()
    price = EstimatedRangeSerializer(
        allow_null=True,
        help_text="Of all work, trials that run side by side included. Null where an hour of training has no price.",
    )
    currency = serializers.CharField()
    device = serializers.CharField(help_text="What the measurements were made on.")
    is_measured = serializers.BooleanField(
        help_text="Whether this base model was measured with this method; otherwise the figure is scaled by its size."
    )
    sources = serializers.ListField(child=serializers.CharField())
    num_own_jobs = serializers.IntegerField(
        help_text="Finished jobs of the organisation that have corrected the figure."
    )
    correction = serializers.FloatField(help_text="The factor that they came to.")
    limits = LimitHitSerializer(many=True)
    quota_left_s = serializers.FloatField(
        allow_null=True,
        help_text="What is left of the organisation's training hours of this month; null where they have no limit.",
    )


TrialPageSerializer = page_serializer(TrialSerializer)
JobEventPageSerializer = page_serializer(JobEventSerializer)
JobEventPageSerializer.__doc__ = "Events in order, oldest first; continue with `after` = the last `seq`."
JobListItemPageSerializer = page_serializer(JobListItemSerializer)
CheckpointPageSerializer = page_serializer(CheckpointSerializer)
