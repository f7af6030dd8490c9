"""Tables of uploads, datasets, their files and their immutable versions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from anneal.common.models import TenantOwned

UPLOAD_STATES = ("receiving", "received", "expired")
DATASET_STATES = ("inspecting", "needs_mapping", "validating", "ready", "invalid")
FILE_SPLITS = ("train", "validation", "test", "auto")
SPLITS = ("train", "validation", "test")


class Upload(TenantOwned):
    """A file on its way in (tus). While it is received, its length on disk is the truth; `offset_bytes` is what was last noted."""

    filename = models.CharField(max_length=255)
    split = models.CharField(max_length=10, blank=True)
    size_bytes = models.BigIntegerField()
    offset_bytes = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, default="receiving", choices=[(state, state) for state in UPLOAD_STATES])
    sha256 = models.CharField(max_length=64, null=True)
    expires_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["expires_at"], name="datasets_upload_expiry")]


class Dataset(TenantOwned):
    """Files of one tenant with one meaning of their columns. `state` says where it stands, `problems` why.

    `mapping` holds `{role: name of a column}` and how to divide; `suggestion` is `{"task", "confidence"}` when the columns look like
    another task's. `progress` is there while files wait to be read or are read.

    `lease_until` is set while a worker reads the files; `run` numbers the pieces of work, so that a worker that was given up cannot
    write over its successor.
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
    run = models.IntegerField(default=0)
    crashes = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    work_asked_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["work_asked_at"],
                name="datasets_dataset_at_work",
                condition=models.Q(state__in=["inspecting", "validating"]),
            )
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
    def latest_version(self) -> DatasetVersion | None:
        """The newest version; only on rows that came from `selectors.dataset_rows`, which fetches it."""
        found: list[DatasetVersion] = self.latest_versions  # type: ignore[attr-defined]  # put there by the selector
        return found[0] if found else None


class DatasetFile(TenantOwned):
    """One uploaded file of a dataset, and what was found in it."""

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

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "dataset", "number"], name="datasets_datasetversion_number"),
        ]
