"""Tables of jobs. The row of a job is the clock of its stream: whatever is told about a job carries a value of its `seq`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat, Extract, Left, Length, Now, Upper
from django.db.models.lookups import GreaterThanOrEqual

from anneal.common.models import TenantOwned
from workers.contract.states import LEASED, TERMINAL, Desired, State

INFRA_BUDGET = 5
LONG_NOTES = 300
"""Notes of so many characters are not whole in `found_by`, beside the longest name; they have an index of their own."""
_LEASED = sorted(state.value for state in LEASED)
_TERMINAL = sorted(state.value for state in TERMINAL)
UNSUCCESSFUL = (State.CANCELLED.value, State.FAILED.value)
FAILED_KEPT_FOR = timedelta(days=settings.ENVIRONMENT.failed_checkpoints_days)
"""How long files of jobs stay that made no model."""
# By these jobs are grouped, and this is told of a group; what has a fixed width first, since the rest is passed over to reach it.
_GROUPED = ("created_at", "by_result", "dataset_id", "batch_id", "metric", "state", "base_model", "method", "task")
_LISTED = Q(search_of__isnull=True, archived_at__isnull=True)
# Metrics of a verdict that are errors.
LOWER_IS_BETTER = ("loss", "mean_absolute_error", "perplexity", "root_mean_squared_error")
_WORD = models.CharField(max_length=40)
# What is not known yet sorts behind everything that is.
_LAST = Value(float("-inf"), output_field=models.FloatField())
# Summaries from when classification was the only task name the figure itself.
_RESULT = Cast(Coalesce(KT("summary__value"), KT("summary__accuracy")), models.FloatField())


class Job(TenantOwned):
    """One fine-tuning run of one immutable spec. Triggers keep spec and final states as they are and moves within `MOVES`."""

    name = models.CharField(max_length=200)
    notes = models.TextField(blank=True, default="", db_default="")
    spec = models.JSONField()
    spec_sha256 = models.CharField(max_length=64)
    base_model = models.CharField(max_length=80)
    dataset_version = models.ForeignKey(
        "datasets.DatasetVersion", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    dataset_id = models.UUIDField()  # of that version, so that jobs are counted by dataset without a join
    batch_id = models.UUIDField(null=True)  # jobs that were launched together have the same
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    state = models.CharField(max_length=12, default=State.QUEUED.value)
    desired = models.CharField(max_length=6, default=Desired.RUN.value)
    reason_code = models.CharField(max_length=60)
    reason_params = models.JSONField(default=dict)
    seq = models.BigIntegerField(default=0)
    marked_seq = models.BigIntegerField(default=0, db_default=0)  # up to where the extremes of its curves are marked

    attempt = models.IntegerField(default=0)
    worker_id = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    retries_left = models.SmallIntegerField(default=INFRA_BUDGET)
    crash_step = models.BigIntegerField(null=True)
    crash_count = models.SmallIntegerField(default=0)
    memory_kills = models.SmallIntegerField(default=0)
    resumed_count = models.IntegerField(default=0)

    phase = models.CharField(max_length=12, null=True)
    step = models.BigIntegerField(default=0)
    total_steps = models.BigIntegerField(null=True)
    epoch = models.FloatField(default=0.0)
    examples_per_second = models.FloatField(null=True)
    seconds_remaining = models.FloatField(null=True)
    seconds_remaining_spread = models.FloatField(null=True)  # its standard deviation, where that is known
    committed_step = models.BigIntegerField(default=0)
    trainable_parameters = models.BigIntegerField(null=True)
    total_parameters = models.BigIntegerField(null=True)
    fingerprint = models.JSONField(default=dict)
    resolved = models.JSONField(default=list)
    warnings = models.JSONField(default=list)

    search = models.JSONField(null=True)  # what a search has come to so far; its trials have a table of their own
    # A trial that runs side by side with others is a job: of which search, its number, what it was told of the others when it
    # first began (every later attempt is told the same), and the settings that it tries.
    search_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="trial_jobs", db_constraint=False, db_index=False
    )
    trial_number = models.IntegerField(null=True)
    trial_part = models.JSONField(null=True)
    trial_settings = models.JSONField(null=True)
    # A job that trains nothing: it evaluates this checkpoint of another job and makes a model of it.
    delivers = models.ForeignKey(
        "Checkpoint", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    worked_s = models.FloatField(default=0.0)  # how long workers held it, all attempts together
    summary = models.JSONField(null=True)
    # A reference to registry_modelversion (composite foreign key in the migration); nothing here ever joins it.
    model_version_id = models.UUIDField(null=True)
    estimated_s = models.FloatField(default=0.0)
    queued_at = models.DateTimeField(db_default=Now())
    dispatched_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)  # put away: lists leave it out
    files_gone_at = models.DateTimeField(null=True)  # nothing of it is in the store any more
    # What lists are sorted by: the figure of the verdict, turned so that more is better, and the seconds from start to end.
    by_result = models.GeneratedField(
        expression=Coalesce(Case(When(summary__primary__in=LOWER_IS_BETTER, then=-_RESULT), default=_RESULT), _LAST),
        output_field=models.FloatField(),
        db_persist=True,
    )
    # What a search looks at: name and notes in capitals, as far as an index has room; the indexes of lists hold it.
    found_by = models.GeneratedField(
        expression=Left(
            Upper(Concat(F("name"), Value("\n"), F("notes"), output_field=models.TextField())), 200 + LONG_NOTES
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    by_duration = models.GeneratedField(
        expression=Coalesce(Cast(Extract(F("finished_at") - F("started_at"), "epoch"), models.FloatField()), _LAST),
        output_field=models.FloatField(),
        db_persist=True,
    )

    # What lists are grouped by and told of, out of what would be read whole for it.
    method = models.GeneratedField(expression=KT("spec__method__type"), output_field=_WORD, db_persist=True)
    task = models.GeneratedField(expression=KT("spec__task__type"), output_field=_WORD, db_persist=True)
    metric = models.GeneratedField(
        expression=KT("summary__primary"), output_field=models.CharField(max_length=60, null=True), db_persist=True
    )

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["queued_at"], name="jobs_job_queued", condition=Q(state="queued")),
            models.Index(fields=["tenant", "queued_at"], name="jobs_job_queue_place", condition=Q(state="queued")),
            models.Index(fields=["lease_until"], name="jobs_job_leased", condition=Q(state__in=_LEASED)),
            models.Index(fields=["not_before"], name="jobs_job_retry", condition=Q(state="retry_wait")),
            models.Index(fields=["tenant", "dataset_version"], name="jobs_job_dataset_version"),
            models.Index(
                fields=["tenant", "state", "-id"],
                include=["found_by", "search_of", "archived_at"],
                name="jobs_job_state",
            ),
            models.Index(
                fields=["tenant", "-id"],
                # All that groups are made of too, so that those of what is found are counted from here alone.
                include=["found_by", "name", *_GROUPED],
                name="jobs_job_names",
                condition=_LISTED,
            ),
            # The same without the words, which are most of it and are passed over at every row.
            models.Index(fields=["tenant", "-id"], include=_GROUPED, name="jobs_job_groups", condition=_LISTED),
            models.Index(fields=["tenant", "base_model", "-id"], name="jobs_job_base_model"),
            models.Index(
                fields=["tenant", "-by_result", "-id"],
                include=["found_by"],
                name="jobs_job_by_result",
                condition=_LISTED,
            ),
            models.Index(
                fields=["tenant", "-by_duration", "-id"],
                include=["found_by"],
                name="jobs_job_by_duration",
                condition=_LISTED,
            ),
            models.Index(
                fields=["tenant", "-id"],
                include=["found_by", "state", "by_result", "by_duration"],
                name="jobs_job_archived",
                condition=Q(search_of__isnull=True, archived_at__isnull=False),
            ),
            models.Index(fields=["tenant", "state", "-by_result", "-id"], name="jobs_job_state_result"),
            models.Index(fields=["tenant", "state", "-by_duration", "-id"], name="jobs_job_state_duration"),
            models.Index(
                fields=["tenant", "-id"],
                name="jobs_job_long_notes",
                condition=Q(GreaterThanOrEqual(Length("notes"), LONG_NOTES), search_of__isnull=True),
            ),
            models.Index(fields=["delivers"], name="jobs_job_delivers", condition=Q(delivers__isnull=False)),
            models.Index(
                fields=["tenant", "started_at"],
                include=["worked_s", "search_of"],
                name="jobs_job_used",
                condition=Q(started_at__isnull=False),
            ),
            models.Index(
                fields=["finished_at"],
                name="jobs_job_swept",
                condition=Q(files_gone_at__isnull=True, finished_at__isnull=False)
                & (Q(state__in=UNSUCCESSFUL) | Q(search_of__isnull=False)),
            ),
            models.Index(
                fields=["tenant", "-finished_at"],
                name="jobs_job_ended",
                condition=Q(finished_at__isnull=False, search_of__isnull=True),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="jobs_job_state_known"
            ),
            models.CheckConstraint(
                condition=Q(desired__in=[desired.value for desired in Desired]), name="jobs_job_desired_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=_LEASED, worker_id__isnull=False, lease_until__isnull=False, attempt__gt=0)
                | (~Q(state__in=_LEASED) & Q(worker_id__isnull=True, lease_until__isnull=True)),
                name="jobs_job_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_TERMINAL, finished_at__isnull=False)
                | (~Q(state__in=_TERMINAL) & Q(finished_at__isnull=True)),
                name="jobs_job_finished",
            ),
            models.CheckConstraint(
                condition=Q(archived_at__isnull=True) | Q(state__in=_TERMINAL), name="jobs_job_archived_ended"
            ),
            models.CheckConstraint(
                condition=~Q(state="retry_wait") | Q(not_before__isnull=False), name="jobs_job_not_before"
            ),
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(model_version_id__isnull=False) | Q(search_of__isnull=False),
                name="jobs_job_has_model",
            ),
            models.UniqueConstraint(fields=["search_of", "trial_number"], name="jobs_job_trial_once"),
            models.CheckConstraint(
                condition=Q(search_of__isnull=True, trial_number__isnull=True)
                | Q(search_of__isnull=False, trial_number__gte=0),
                name="jobs_job_trial_number",
            ),
            models.CheckConstraint(
                condition=Q(committed_step__gte=0, step__gte=0, retries_left__gte=0, attempt__gte=0, seq__gte=0),
                name="jobs_job_counts",
            ),
        ]

    @property
    def checkpoints_kept_until(self) -> datetime | None:
        """Until when the checkpoints of one are kept that made no model; None for others."""
        if self.finished_at is None or self.state not in UNSUCCESSFUL:
            return None
        return self.finished_at + FAILED_KEPT_FOR


class JobTag(TenantOwned):
    """A word that people find a job by. A row of its own, since row security keeps an index on an array from being used."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="tagged", db_constraint=False, db_index=False)
    name = models.CharField(max_length=40)

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "name", "job"], name="jobs_jobtag_name"),
            models.Index(fields=["tenant", "job", "name"], name="jobs_jobtag_job"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["job", "name"], name="jobs_jobtag_once"),
        ]


class SavedView(TenantOwned):
    """A choice of jobs that one person comes back to: `filters` are parameters of the list, as its address has them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    filters = models.JSONField(default=dict)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "user", "name"], name="jobs_savedview_name"),
        ]


class JobEvent(TenantOwned):
    """What happened to a job, append-only: a move from state to state, or a note (a warning, a wish)."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="events", db_constraint=False, db_index=False)
    seq = models.BigIntegerField()
    attempt = models.IntegerField()
    type = models.CharField(max_length=5)
    frm = models.CharField(max_length=12, null=True)
    to = models.CharField(max_length=12, null=True)
    reason_code = models.CharField(max_length=60, null=True)
    reason_params = models.JSONField(default=dict)
    data = models.JSONField(default=dict)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["job", "seq"], name="jobs_jobevent_once"),
            models.CheckConstraint(condition=Q(type__in=["state", "note"]), name="jobs_jobevent_type"),
        ]


class Metric(TenantOwned):
    """One point of a curve. A resumed attempt says its steps again with equal values; each stands here once."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="metrics", db_constraint=False, db_index=False)
    name = models.CharField(max_length=100)
    step = models.BigIntegerField()
    epoch = models.FloatField()
    value = models.FloatField()
    attempt = models.IntegerField()
    seq = models.BigIntegerField()
    is_extreme = models.BooleanField(default=False, db_default=False)
    """The lowest or the highest of its stretch of steps, as `services.extremes` marks them."""

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["job", "seq"], name="jobs_metric_stream"),
            models.Index(
                fields=["job", "name", "step"],
                include=["tenant", "value", "seq"],
                name="jobs_metric_extremes",
                condition=Q(is_extreme=True),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            # Holds all that `jobs.series` asks of it, the tenant of row-level security included, so that the table is never read.
            models.UniqueConstraint(
                fields=["job", "name", "step"],
                include=["tenant", "epoch", "value", "seq", "created_at"],
                name="jobs_metric_once",
            ),
        ]


class Checkpoint(TenantOwned):
    """A checkpoint that is whole in the object store. Rows are made by the attempt that holds the lease, after its last file.

    `gone_at`: its files went with those of its job.
    """

    job = models.ForeignKey(
        Job, on_delete=models.PROTECT, related_name="checkpoints", db_constraint=False, db_index=False
    )
    attempt = models.IntegerField()
    step = models.BigIntegerField()
    epoch = models.FloatField()
    key_prefix = models.CharField(max_length=400)
    files = models.JSONField()
    manifest_sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    is_best = models.BooleanField(default=False)
    gone_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["job", "attempt", "step"], name="jobs_checkpoint_once"),
        ]


class Trial(TenantOwned):
    """One trial of a search that is over. A resumed attempt says it again with equal figures; each stands here once."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="trials", db_constraint=False, db_index=False)
    number = models.IntegerField()
    settings = models.JSONField()
    state = models.CharField(max_length=8)
    value = models.FloatField(null=True)
    intermediate = models.JSONField(default=list)
    steps = models.BigIntegerField()
    seconds = models.FloatField()
    reason_code = models.CharField(max_length=60, null=True)
    attempt = models.IntegerField()
    seq = models.BigIntegerField()

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["job", "seq"], name="jobs_trial_stream")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["job", "number"], name="jobs_trial_once"),
            models.CheckConstraint(
                condition=Q(state__in=["complete", "pruned", "failed"], number__gte=0), name="jobs_trial_state"
            ),
        ]


class JobLog(TenantOwned):
    """The last lines that the trainer wrote to its standard streams."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    attempt = models.IntegerField()
    lines = models.JSONField(default=list)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["job"], name="jobs_joblog_once"),
        ]


class TokenPreview(TenantOwned):
    """What a model would read of a dataset version with some spec: made once in the background, forgotten a day later."""

    dataset_version = models.ForeignKey(
        "datasets.DatasetVersion", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    spec = models.JSONField()
    spec_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=7, default="waiting")
    result = models.JSONField(null=True)
    reason_code = models.CharField(max_length=60, null=True)
    reason_params = models.JSONField(default=dict)
    run = models.IntegerField(default=0)  # whoever claims it counts on; a late worker's writes are of an older number
    crashes = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["asked_at"], name="jobs_preview_waiting", condition=Q(state="waiting")),
            models.Index(fields=["expires_at"], name="jobs_preview_expiry"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "dataset_version", "spec_sha256"], name="jobs_preview_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", result__isnull=True, reason_code__isnull=True)
                | Q(state="done", result__isnull=False, reason_code__isnull=True)
                | Q(state="failed", result__isnull=True, reason_code__isnull=False),
                name="jobs_preview_state",
            ),
        ]


class TenantShare(TenantOwned):
    """What a tenant has used of the machines lately, and its weight. Seconds fade with a half-life of a week."""

    weight = models.FloatField(default=1.0)
    used_s = models.FloatField(default=0.0)
    used_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant"], name="jobs_tenantshare_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="jobs_tenantshare_weight"),
        ]


class WorkedMonth(TenantOwned):
    """For how long workers held a tenant's jobs in a month of UTC, which begins on `month`.

    Rows of jobs do not know it: `worked_s` of one that runs on beyond the end of a month is of both. What was worked between two
    heartbeats counts in the month of the second.
    """

    month = models.DateField()
    seconds = models.FloatField(default=0.0)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["month", "tenant"], name="jobs_workedmonth_once"),
        ]


class Worker(models.Model):
    """One incarnation of a worker process; a restarted one has a new id. Seen by the services alone."""

    id = models.UUIDField(primary_key=True, editable=False)
    host = models.CharField(max_length=255)
    queue = models.CharField(max_length=50)
    slots = models.SmallIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    heartbeat_at = models.DateTimeField(db_default=Now())
