"""Tables of uploads, datasets, their files and their immutable versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from anneal.common.models import TenantOwned
from anneal.common.restoring import restorable_until
from anneal.datasets.labelling.values import MEASURES

UPLOAD_STATES = ("receiving", "fetching", "received", "failed", "expired")
DATASET_STATES = ("inspecting", "needs_mapping", "validating", "ready", "invalid")
FILE_SPLITS = ("train", "validation", "test", "auto")
SPLITS = ("train", "validation", "test")
CHANGE_KINDS = ("edit", "fix", "relabel", "append", "merge", "filter", "restore")
VERSION_KINDS = ("upload", *CHANGE_KINDS)
REPORT_STATES = ("queued", "running", "done", "failed")
SEVERITIES = ("error", "warning", "info")
DECISIONS = ("open", "accepted", "dismissed")
CHANGE_STATES = ("waiting", "applied", "failed")
LABEL_SESSION_STATES = ("open", "closed")
LABEL_ORDERS = ("given", "random", "suspected_errors", "uncertainty")


class Upload(TenantOwned):
    """A file on its way in. While it is received (tus), its length on disk is the truth; `offset_bytes` is what was last noted.

    While it is fetched from an address (`UploadFetch`), `size_bytes` is 0 until the source has told it. `problem` is
    `{"code", "params"}` of a fetch that failed. `direct_id` is set while the object store takes its parts from the sender.
    """

    filename = models.CharField(max_length=255)
    split = models.CharField(max_length=10, blank=True)
    size_bytes = models.BigIntegerField()
    offset_bytes = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, default="receiving", choices=[(state, state) for state in UPLOAD_STATES])
    sha256 = models.CharField(max_length=64, null=True)
    problem = models.JSONField(null=True)
    direct_id = models.CharField(max_length=1024, blank=True)
    expires_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["expires_at"], name="datasets_upload_expiry"),
            models.Index(
                fields=["tenant", "created_by"],
                name="datasets_upload_unfinished",
                condition=models.Q(state__in=["receiving", "failed"]),
            ),
        ]


class UploadFetch(TenantOwned):
    """Where an upload is fetched from, and the lease of the worker that does it. The row ends when the file is here, and the secrets
    with it; after a fetch that failed it stays as long as the upload, so that the file can be fetched again.

    `sealed` holds the address and what it is opened with (`anneal.common.sealing`): a signed address is a secret as well. `etag` names the
    copy at the source that the bytes on disk are the beginning of; empty when the source does not give parts. `tries` counts claims
    since the last new byte.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    sealed = models.TextField()
    etag = models.CharField(max_length=255, blank=True)
    run = models.IntegerField(default=0)
    tries = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    work_asked_at = models.DateTimeField(db_default=Now())
    deadline_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "upload"], name="datasets_uploadfetch_upload"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["work_asked_at"], name="datasets_uploadfetch_asked")
        ]


class Dataset(TenantOwned):
    """Files of one tenant with one meaning of their columns. `state` says where it stands, `problems` why.

    `mapping` holds `{role: name of a column}` and how to divide; `suggestion` is `{"task", "confidence"}` when the columns look like
    another task's. `progress` is there while files wait to be read or are read.

    `lease_until` is set while a worker reads the files; `run` numbers the pieces of work, so that a worker that was given up cannot
    write over its successor. `names_model` is the model that the doctor tells names of people by: `{"model_id", "model_version_id",
    "title", "types", "files", "is_gone"}`, of which `files` are those of an artifact, and `is_gone` says that the model was deleted since.
    `num_added_rows` counts rows that came from no file, in all versions: none of them has the id of another.
    `swept_at`: what a deleted one left in the store is gone.
    """

    name = models.CharField(max_length=200)
    task = models.CharField(max_length=40)
    state = models.CharField(max_length=20, default="inspecting", choices=[(state, state) for state in DATASET_STATES])
    mapping = models.JSONField(null=True)
    columns = models.JSONField(default=list)
    suggestion = models.JSONField(null=True)
    problems = models.JSONField(default=list)
    problem_counts = models.JSONField(default=dict)
    num_problems = models.IntegerField(default=0)
    progress = models.JSONField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    deleted_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True)
    run = models.IntegerField(default=0)
    crashes = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    work_asked_at = models.DateTimeField(db_default=Now())
    num_added_rows = models.BigIntegerField(default=0)
    names_model = models.JSONField(null=True)

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["work_asked_at"],
                name="datasets_dataset_at_work",
                condition=models.Q(state__in=["inspecting", "validating"]),
            ),
            models.Index(
                fields=["tenant", "-id"],
                include=["name"],
                name="datasets_dataset_names",
                condition=models.Q(deleted_at__isnull=True),
            ),
            models.Index(
                fields=["tenant", "-id"],
                name="datasets_dataset_undecided",
                condition=models.Q(state__in=["needs_mapping", "invalid"], deleted_at__isnull=True),
            ),
            models.Index(
                fields=["tenant", "-id"],
                name="datasets_dataset_deleted",
                condition=models.Q(deleted_at__isnull=False, swept_at__isnull=True),
            ),
        ]

    @property
    def problems_so_far(self) -> list[dict[str, Any]]:
        """While files are read, the first of what has been found in them already; otherwise `problems`."""
        found: list[dict[str, Any]] = (self.progress or {}).get("problems", self.problems)
        return found

    @property
    def num_problems_so_far(self) -> int:
        """How many there are of `problems_so_far`, those that are not kept included."""
        found: int = (self.progress or {}).get("num_problems", self.num_problems)
        return found

    @property
    def restorable_until(self) -> datetime | None:
        """Until when a deleted one can be brought back."""
        return restorable_until(self.deleted_at)

    @property
    def latest_version(self) -> DatasetVersion | None:
        """The newest version; only on rows that came from `selectors.dataset_rows`, which fetches it."""
        found: list[DatasetVersion] = self.latest_versions  # type: ignore[attr-defined]  # put there by the selector
        return found[0] if found else None


class DatasetFile(TenantOwned):
    """One file of a dataset, and what was found in it: an uploaded file, or a `member` of an uploaded archive.

    `storage_key` has its bytes, unpacked when it was packed (`compression`). `prepared_key` has the rows of a spreadsheet's sheet, read
    in its place. `choices` is what its owner says about how it is to be read, before what was found.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="files", db_constraint=False)
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    position = models.SmallIntegerField()
    filename = models.CharField(max_length=255)
    split = models.CharField(max_length=10, choices=[(split, split) for split in FILE_SPLITS])
    storage_key = models.CharField(max_length=500)
    size_bytes = models.BigIntegerField()
    format = models.CharField(max_length=10, null=True)
    encoding = models.CharField(max_length=20, null=True)
    reading = models.JSONField(default=dict)
    num_rows = models.BigIntegerField(null=True)
    columns = models.JSONField(default=list)
    member = models.CharField(max_length=255, blank=True, default="")
    compression = models.CharField(max_length=10, null=True)
    prepared_key = models.CharField(max_length=500, null=True)
    choices = models.JSONField(default=dict)

    @property
    def full_name(self) -> str:
        """What findings call it."""
        return f"{self.filename}/{self.member}" if self.member else self.filename

    @property
    def rows_key(self) -> str:
        """Where that lies which is read row by row."""
        return self.prepared_key or self.storage_key

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "dataset", "position"], name="datasets_datasetfile_position"),
        ]


class DatasetVersion(TenantOwned):
    """What jobs train on. Never changes: a trigger refuses UPDATE for everybody, and DELETE for all but the services.

    `files` lists `{"name", "split", "key", "sha256", "size_bytes", "num_rows"}`: Parquet with the columns `id`
    (`workers.contract.changes`), `row` (line of the uploaded file) and one for each role of the task (`workers.contract.columns`).
    `labels` lists `{"label", "train", "validation", "test"}`: rows with a label, or with a span of a type; empty for tasks without.
    `statistics` has an entry for each role; it is null for versions from before there were other tasks than classification.

    A version that was made from another one names it as `parent`, and says in `change` how (`{"kind", "change_id", …}`) and in the three
    counts how many rows that concerned. One that was made from the files again, with other columns, has the version before it as
    `parent`, so that it can be undone, and no counts. All five are null for a version of files alone that is older than changes are.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions", db_constraint=False)
    number = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    task = models.CharField(max_length=40)
    labels = models.JSONField()
    num_rows = models.JSONField()
    mapping = models.JSONField()
    size_bytes = models.BigIntegerField()
    text_length = models.JSONField()
    statistics = models.JSONField(null=True)
    problems_count = models.IntegerField()
    files = models.JSONField()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False)
    change = models.JSONField(null=True)
    num_added = models.BigIntegerField(null=True)
    num_removed = models.BigIntegerField(null=True)
    num_changed = models.BigIntegerField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "dataset", "number"], name="datasets_datasetversion_number"),
        ]


class DatasetChange(TenantOwned):
    """What somebody wants to become of a version: the way from `base` to `result`. At most one waits for each dataset.

    `storage_key` names the rows' changes (`workers.contract.changes`) in the store, empty where `params` say everything:
    `{"positions"}` of files to append, `{"version_id"}` to merge or restore, `{"drop": …}` to filter. A refused change keeps why in
    `problems`.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="changes", db_constraint=False)
    base = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in CHANGE_KINDS])
    state = models.CharField(max_length=10, default="waiting", choices=[(state, state) for state in CHANGE_STATES])
    params = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    storage_key = models.CharField(max_length=500, blank=True)
    result = models.OneToOneField(
        DatasetVersion, on_delete=models.PROTECT, null=True, related_name="origin", db_constraint=False
    )
    problems = models.JSONField(default=list)
    num_problems = models.IntegerField(default=0)
    progress = models.JSONField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)
    run = models.IntegerField(default=0)
    crashes = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    work_asked_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "dataset"],
                name="datasets_datasetchange_one_waits",
                condition=models.Q(state="waiting"),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["work_asked_at"],
                name="datasets_datasetchange_waiting",
                condition=models.Q(state="waiting"),
            )
        ]


class DoctorReport(TenantOwned):
    """What the data doctor says about a version. Findings come while it runs; `error` says why it did not come to its end.

    `skipped` maps checks that could not be made to why; `difficulty_map` is `{"key", "num_points", "method", "vectors"}` once it is there,
    and `token_lengths` a `LengthsEvent` with the name of the base model that tokens were counted by.
    """

    version = models.OneToOneField(DatasetVersion, on_delete=models.PROTECT, related_name="report", db_constraint=False)
    state = models.CharField(max_length=10, default="queued", choices=[(state, state) for state in REPORT_STATES])
    progress = models.JSONField(null=True)
    seconds = models.FloatField(null=True)
    skipped = models.JSONField(default=dict)
    error = models.JSONField(null=True)
    difficulty_map = models.JSONField(null=True)
    token_lengths = models.JSONField(null=True)
    finished_at = models.DateTimeField(null=True)
    run = models.IntegerField(default=0)
    crashes = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    work_asked_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["work_asked_at"],
                name="datasets_doctorreport_at_work",
                condition=models.Q(state__in=["queued", "running"]),
            )
        ]


class DoctorFinding(TenantOwned):
    """One kind of trouble in a version, and what somebody decided about it.

    `fixes` lists `{"name", "num_changes", "key"}`: changes that mend it, in the store. `change` is what an accepted fix became.
    `is_carried`: it was dismissed on an earlier version and points at no other rows. `num_joined`: it was dismissed there, or
    before another look at this one, and so many rows have joined since.
    """

    report = models.ForeignKey(DoctorReport, on_delete=models.PROTECT, related_name="findings", db_constraint=False)
    position = models.SmallIntegerField()
    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=10, choices=[(severity, severity) for severity in SEVERITIES])
    num_rows = models.BigIntegerField()
    params = models.JSONField(default=dict)
    examples = models.JSONField(default=list)
    rows_key = models.CharField(max_length=500, blank=True)
    fixes = models.JSONField(default=list)
    decision = models.CharField(max_length=10, default="open", choices=[(one, one) for one in DECISIONS])
    fix = models.CharField(max_length=40, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    change = models.ForeignKey(
        DatasetChange, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    is_carried = models.BooleanField(default=False, db_default=False)
    num_joined = models.BigIntegerField(null=True)

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "report"],
                name="datasets_doctorfinding_severe",
                condition=models.Q(severity="error", decision="open"),
            )
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "report", "code"], name="datasets_doctorfinding_code"),
        ]


class RowScores(TenantOwned):
    """How unsure a model is of rows of a version, the more the larger. Written by whoever asked the model; this app asks none.

    `scores` lists `[row id, score]`; `source_id` is the model version, `source_name` what people call it.
    """

    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    source_id = models.UUIDField()
    source_name = models.CharField(max_length=300)
    measure = models.CharField(max_length=20, choices=[(measure, measure) for measure in MEASURES])
    scores = models.JSONField()


class LabelSession(TenantOwned):
    """Rows of a version that people look at in the browser, one after the other, and what they are asked about them.

    Which rows, and in which order, is decided once, when the session begins: those are its `LabelRow`s. `labels` are what may be chosen,
    `scale` is `{"min", "max"}` for numbers. `labellers` lists ids of users; empty: every member. Of the rows, a share of `overlap` is
    labelled by `labels_per_row` people, the others by one. `change` is what the session became.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="label_sessions", db_constraint=False)
    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    name = models.CharField(max_length=200)
    instructions = models.TextField(blank=True)
    state = models.CharField(max_length=10, default="open", choices=[(state, state) for state in LABEL_SESSION_STATES])
    scored_by = models.ForeignKey(RowScores, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False)
    order = models.CharField(max_length=20, choices=[(order, order) for order in LABEL_ORDERS])
    seed = models.IntegerField(default=0)
    labels = models.JSONField(default=list)
    scale = models.JSONField(null=True)
    labellers = models.JSONField(default=list)
    labels_per_row = models.SmallIntegerField(default=1)
    overlap = models.FloatField(default=1.0)
    shows_present = models.BooleanField(default=False)
    num_rows = models.IntegerField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    change = models.ForeignKey(
        DatasetChange, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-id"], name="datasets_labelsession_open", condition=models.Q(state="open"))
        ]


class LabelRow(TenantOwned):
    """One row of a session: its turn, how many people are to label it, and what an owner decided where they differ.

    `num_tokens` is there for tasks with spans, so that an answer can be checked without its row.
    """

    session = models.ForeignKey(LabelSession, on_delete=models.PROTECT, related_name="rows", db_constraint=False)
    row_id = models.BigIntegerField()
    position = models.IntegerField()
    wanted = models.SmallIntegerField()
    score = models.FloatField(null=True)
    num_tokens = models.IntegerField(null=True)
    decision = models.JSONField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "session", "row_id"], name="datasets_labelrow_row"),
            models.UniqueConstraint(fields=["tenant", "session", "position"], name="datasets_labelrow_position"),
        ]


class LabelClaim(TenantOwned):
    """A row that somebody has before them, until `expires_at`; nobody else is handed it unless it wants several labels."""

    session = models.ForeignKey(LabelSession, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    row_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "session", "row_id", "user"], name="datasets_labelclaim_one"),
        ]


class Annotation(TenantOwned):
    """What one person says about one row; `value` is as `labelling.values` describes it, null when the row was skipped."""

    session = models.ForeignKey(LabelSession, on_delete=models.PROTECT, related_name="annotations", db_constraint=False)
    row_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    value = models.JSONField(null=True)
    is_skipped = models.BooleanField(default=False)
    seconds = models.FloatField(default=0)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "session", "row_id", "user"], name="datasets_annotation_one"),
        ]
