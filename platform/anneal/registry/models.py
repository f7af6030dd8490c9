"""Tables of tuned models: the model, its versions, the files of a version, and how well it did."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from anneal.common.models import TenantOwned
from anneal.common.restoring import restorable_until

ARTIFACT_KINDS = ("merged", "adapter")


class TunedModel(TenantOwned):
    """A name under which jobs publish. Jobs that share name, task and base model make versions of one model.

    `swept_at`: the files of a deleted one are gone.
    """

    name = models.CharField(max_length=200)
    task = models.CharField(max_length=40)
    base_model = models.CharField(max_length=80)
    deleted_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "name", "task", "base_model"],
                condition=models.Q(deleted_at__isnull=True),
                name="registry_tunedmodel_name",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "-id"],
                include=["name"],
                name="registry_tunedmodel_names",
                condition=models.Q(deleted_at__isnull=True),
            ),
            models.Index(
                fields=["tenant", "-id"],
                name="registry_tunedmodel_deleted",
                condition=models.Q(deleted_at__isnull=False),
            ),
        ]

    @property
    def restorable_until(self) -> datetime | None:
        """Until when a deleted one can be brought back."""
        return restorable_until(self.deleted_at)


class ModelVersion(TenantOwned):
    """What one job published. Never changes: a trigger refuses UPDATE for everybody, and DELETE for all but the services.

    `job_id` is no foreign key, since jobs stand above models; it is unique, so that a job publishes once.
    """

    model = models.ForeignKey(TunedModel, on_delete=models.PROTECT, related_name="versions", db_constraint=False)
    number = models.IntegerField()
    job_id = models.UUIDField()
    dataset_version = models.ForeignKey(
        "datasets.DatasetVersion", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    labels = models.JSONField()
    summary = models.JSONField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "model", "number"], name="registry_modelversion_number"),
            models.UniqueConstraint(fields=["tenant", "job_id"], name="registry_modelversion_job"),
        ]


class Artifact(TenantOwned):
    """The files of a version in one form; as immutable as the version.

    `files` lists `{"name", "key", "sha256", "size_bytes"}`; `sha256` is `workers.contract.serving.model_key_of` of them.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="artifacts", db_constraint=False)
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in ARTIFACT_KINDS])
    files = models.JSONField()
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "version", "kind"], name="registry_artifact_kind"),
        ]


class Evaluation(TenantOwned):
    """The figures of a version on rows that it did not learn from (`workers.contract.results.Evaluation`); immutable as well.

    `row_figures_key` names what they are made of, row by row (`RowFigures`), in the store; empty where that is not known.
    """

    version = models.OneToOneField(
        ModelVersion, on_delete=models.PROTECT, related_name="evaluation", db_constraint=False
    )
    job_id = models.UUIDField()
    document = models.JSONField()
    row_figures_key = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "job_id"], name="registry_evaluation_job"),
        ]
