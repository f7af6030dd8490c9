"""One of everything that a tenant can own, and a valid request for every address: what the foreign-identity matrix walks through."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from django.utils import timezone

from anneal.accounts.models import ApiKey
from anneal.accounts.services import api_key_create
from anneal.common.ids import uuid7
from anneal.common.tenancy import member_scope, service_scope, tenant_scope
from anneal.datasets.models import (
    Annotation,
    Dataset,
    DatasetChange,
    DatasetFile,
    DatasetVersion,
    DoctorFinding,
    DoctorReport,
    LabelRow,
    LabelSession,
    Upload,
)
from anneal.insights.models import Dismissal
from anneal.jobs.models import Checkpoint, Job, JobEvent, JobTag, Metric, SavedView, TokenPreview, Trial
from anneal.registry.models import Artifact, Evaluation, ModelVersion, TunedModel
from anneal.tenants.models import Membership, Notification
from anneal.tenants.roles import Role
from anneal.tenants.services import invitation_create
from anneal.tenants.services.notifications import notify
from tests.support.people import Person, person_join
from workers.contract.spec import DataSource, JobSpec

_SHA = hashlib.sha256(b"").hexdigest()
_ROW = 7_654_321_098_765


@dataclass
class World:
    """Ids by path parameter, and a marker that must never show to anybody else."""

    ids: dict[str, Any]
    marker: str

    PARAMETERS: ClassVar[tuple[str, ...]] = (
        "member_id",
        "invitation_id",
        "key_id",
        "upload_id",
        "dataset_id",
        "position",
        "dataset_version_id",
        "version_id",
        "change_id",
        "finding_id",
        "label_session_id",
        "row_id",
        "job_id",
        "other_job_id",
        "checkpoint_id",
        "model_id",
        "model_version_id",
        "artifact_id",
        "preview_id",
        "view_id",
        "item_id",
        "notification_id",
        "token",
    )
    # Parameters that identify nobody: alike in every world.
    PLAIN: ClassVar[dict[str, Any]] = {"token": "x", "position": 0}
    # Writes that a viewer may make: they change nothing of the tenant's rows but the audit log, or are the person's own.
    VIEWER_MAY: ClassVar[set[tuple[str, str]]] = {
        ("POST", "api/v1/tenants"),
        ("POST", "api/v1/invitations/accept"),
        ("POST", "api/v1/model-versions/<uuid:model_version_id>/predict"),
        ("POST", "api/v1/job-views"),
        ("POST", "api/v1/home/visit"),
        ("DELETE", "api/v1/membership"),
        ("PUT", "api/v1/notifications/settings"),
        ("PATCH", "api/v1/account"),
        ("POST", "api/v1/account/delete"),
        ("POST", "api/v1/account/password"),
    }

    def secrets(self) -> list[Any]:
        """What no answer to a stranger may contain."""
        return [self.marker, *(value for name, value in self.ids.items() if name not in self.PLAIN)]

    @classmethod
    def missing(cls) -> World:
        """A world of well-formed ids that do not exist."""
        words: dict[str, Any] = {**cls.PLAIN, "row_id": 9_007_199_254_740_000}
        return cls({name: words[name] if name in words else uuid7() for name in cls.PARAMETERS}, "")


# Open to strangers on purpose; each shows nothing of any tenant but to who holds a secret that was made for them.
OPEN = {
    "api/v1/session",
    "api/v1/schema",
    "api/v1/docs",
    "api/v1/invitations/look",
    "api/v1/password-links",
    "api/v1/password-links/look",
    "api/v1/password-links/use",
}
Body = dict[str, Any] | bytes | None
BODIES: dict[tuple[str, str], Body | Callable[[World], Body]] = {
    ("POST", "api/v1/tenants"): {"name": "Another"},
    ("PATCH", "api/v1/tenant"): {"name": "Renamed"},
    ("POST", "api/v1/tenant/delete"): {"name": "owner & Co"},
    ("POST", "api/v1/tenant/restore"): None,
    ("PATCH", "api/v1/members/<uuid:member_id>"): {"role": "admin"},
    ("POST", "api/v1/invitations"): {"email": "somebody@example.com", "role": "viewer"},
    ("POST", "api/v1/invitations/accept"): {"token": "nonsense"},
    ("POST", "api/v1/api-keys"): {"name": "k", "role": "viewer"},
    ("PATCH", "api/v1/models/<uuid:model_id>"): {"name": "Renamed"},
    ("POST", "api/v1/artifacts/<uuid:artifact_id>/download-link"): None,
    ("POST", "api/v1/checkpoints/<uuid:checkpoint_id>/download-link"): None,
    ("POST", "api/v1/checkpoints/<uuid:checkpoint_id>/deliver"): {},
    ("POST", "api/v1/model-versions/<uuid:model_version_id>/predict"): {"texts": ["hello"]},
    ("POST", "api/v1/model-versions/<uuid:model_version_id>/row-scores"): lambda world: {
        "dataset_version_id": str(world.ids["dataset_version_id"])
    },
    ("POST", "api/v1/uploads"): None,
    ("POST", "api/v1/uploads/import"): {"url": "https://example.com/data.csv"},
    ("POST", "api/v1/uploads/import/list"): {
        "url": "s3://bucket/folder/",
        "s3": {"access_key_id": "a", "secret_access_key": "b", "endpoint_url": "http://127.0.0.1:1"},
    },
    ("POST", "api/v1/uploads/direct"): {"filename": "data.csv", "size_bytes": 10},
    ("POST", "api/v1/uploads/<uuid:upload_id>/parts"): {"numbers": [1]},
    ("POST", "api/v1/uploads/<uuid:upload_id>/finish"): None,
    ("POST", "api/v1/uploads/<uuid:upload_id>/retry"): None,
    ("PATCH", "api/v1/uploads/<uuid:upload_id>"): b"",
    ("POST", "api/v1/datasets/sample"): None,
    ("POST", "api/v1/home/visit"): None,
    ("POST", "api/v1/home/dismissals"): lambda world: {"kind": "finding", "id": str(world.ids["item_id"])},
    ("PATCH", "api/v1/account"): {"language": "zh-CN"},
    ("POST", "api/v1/account/delete"): {"password": "not this one"},
    ("POST", "api/v1/account/password"): {"current_password": "not this one", "new_password": "vQ7-kz2+pW9!"},
    ("POST", "api/v1/notifications/read"): lambda world: {"ids": [str(world.ids["notification_id"])]},
    ("POST", "api/v1/notifications/unread"): lambda world: {"ids": [str(world.ids["notification_id"])]},
    ("PUT", "api/v1/notifications/settings"): {"kinds": [], "follows_all_jobs": True},
    ("POST", "api/v1/datasets"): lambda world: {
        "name": "n",
        "task": "classification",
        "files": [{"upload_id": str(world.ids["upload_id"]), "split": "auto"}],
    },
    ("PATCH", "api/v1/datasets/<uuid:dataset_id>"): {"name": "Renamed"},
    ("PATCH", "api/v1/datasets/<uuid:dataset_id>/files/<int:position>"): {"encoding": "gb18030"},
    ("POST", "api/v1/datasets/<uuid:dataset_id>/restore"): None,
    ("POST", "api/v1/models/<uuid:model_id>/restore"): {},
    ("PUT", "api/v1/datasets/<uuid:dataset_id>/mapping"): {"text": "text", "label": "label"},
    ("PUT", "api/v1/datasets/<uuid:dataset_id>/names-model"): lambda world: {
        "model_version_id": str(world.ids["model_version_id"]),
        "types": ["PER"],
    },
    ("POST", "api/v1/datasets/<uuid:dataset_id>/changes"): lambda world: {
        "base_version_id": str(world.ids["dataset_version_id"]),
        "kind": "edit",
        "changes": [{"id": 1, "action": "drop"}],
    },
    ("POST", "api/v1/datasets/<uuid:dataset_id>/files"): lambda world: {
        "files": [{"upload_id": str(world.ids["upload_id"]), "split": "auto"}]
    },
    ("POST", "api/v1/datasets/<uuid:dataset_id>/merge"): lambda world: {
        "version_id": str(world.ids["dataset_version_id"])
    },
    ("POST", "api/v1/datasets/<uuid:dataset_id>/filter"): {"drop": {"label": "a"}},
    ("POST", "api/v1/datasets/<uuid:dataset_id>/undo"): None,
    ("POST", "api/v1/doctor-findings/<uuid:finding_id>/accept"): {"fix": "drop"},
    ("POST", "api/v1/doctor-findings/<uuid:finding_id>/dismiss"): None,
    ("POST", "api/v1/doctor-findings/<uuid:finding_id>/reopen"): None,
    ("POST", "api/v1/doctor-findings/<uuid:finding_id>/effect"): None,
    ("POST", "api/v1/dataset-versions/<uuid:dataset_version_id>/restore"): None,
    ("POST", "api/v1/datasets/<uuid:dataset_id>/label-sessions"): {"name": "n"},
    ("PATCH", "api/v1/label-sessions/<uuid:label_session_id>"): {"name": "Renamed"},
    ("PUT", "api/v1/label-sessions/<uuid:label_session_id>/annotations/<int:row_id>"): {"value": {"label": "a"}},
    ("PUT", "api/v1/label-sessions/<uuid:label_session_id>/decisions/<int:row_id>"): {"value": {"label": "a"}},
    ("POST", "api/v1/label-sessions/<uuid:label_session_id>/finish"): {"resolve": "newest"},
    ("POST", "api/v1/jobs"): lambda world: {
        "dataset_version_id": str(world.ids["dataset_version_id"]),
        "base_model": "minilm-l6-v2",
    },
    ("POST", "api/v1/jobs/estimate"): lambda world: {
        "dataset_version_id": str(world.ids["dataset_version_id"]),
        "base_model": "minilm-l6-v2",
    },
    ("POST", "api/v1/jobs/preview"): lambda world: {
        "dataset_version_id": str(world.ids["dataset_version_id"]),
        "base_model": "minilm-l6-v2",
    },
    ("PATCH", "api/v1/jobs/<uuid:job_id>"): {"name": "Renamed"},
    ("POST", "api/v1/job-views"): {"name": "Mine", "filters": {"state": "failed"}},
    ("PATCH", "api/v1/job-views/<uuid:view_id>"): {"name": "Renamed"},
    ("POST", "api/v1/jobs/<uuid:job_id>/cancel"): None,
    ("POST", "api/v1/jobs/<uuid:job_id>/pause"): None,
    ("POST", "api/v1/jobs/<uuid:job_id>/resume"): None,
    ("POST", "api/v1/jobs/<uuid:job_id>/archive"): None,
    ("POST", "api/v1/jobs/<uuid:job_id>/unarchive"): None,
    ("POST", "api/v1/jobs/<uuid:job_id>/duplicate"): {},
}

_JOBS = "ids={job_id},{other_job_id}"
# What GET addresses need to be told besides the path; an address is about whatever is named here.
QUERIES: dict[str, str] = {"api/v1/jobs/compare": _JOBS, "api/v1/jobs/compare/rows": _JOBS}


def world_build(owner: Person) -> World:
    """Give the owner's tenant one of everything."""
    marker = f"marker-{secrets.token_hex(8)}"
    member = person_join(owner.tenant_id, Role.MEMBER)
    with owner.scope():
        ids: dict[str, Any] = {"member_id": Membership.objects.get(user=member.user).id}
        from anneal.tenants.actor import Actor

        actor = Actor(owner.user.id, None, owner.tenant_id, Role.OWNER)
        ids["invitation_id"] = invitation_create(actor=actor, email=f"{marker}@example.com", role=Role.VIEWER)[0].id
        ids["key_id"] = api_key_create(name=marker, role="viewer", created_by_id=owner.user.id, expires_at=None)[0].id
        ids |= _data(owner, marker)
        ids["item_id"] = Dismissal.objects.create(user=owner.user, kind="finding", item_id=ids["finding_id"]).item_id
        ids["view_id"] = SavedView.objects.create(user=owner.user, name=marker, filters={"q": marker}).id
        notify(kind="job_failed", user_ids=[owner.user.id], name=marker, code="reason.data:empty")
        with member_scope(owner.user.id):
            ids["notification_id"] = Notification.objects.get(name=marker).id
        ids |= World.PLAIN
        assert ApiKey.objects.filter(name=marker).exists()
    with service_scope(), tenant_scope(owner.tenant_id):
        ids |= _results(ids, marker)
    return World(ids, marker)


def _data(owner: Person, marker: str) -> dict[str, Any]:
    upload = Upload.objects.create(
        filename=f"{marker}.csv",
        split="train",
        size_bytes=10,
        offset_bytes=10,
        state="received",
        sha256=_SHA,
        expires_at=timezone.now(),
        created_by=owner.user,
    )
    dataset = Dataset.objects.create(name=marker, task="classification", state="ready", created_by=owner.user)
    DatasetFile.objects.create(
        dataset=dataset,
        upload=upload,
        position=0,
        filename=f"{marker}.csv",
        split="train",
        storage_key=f"{owner.tenant_id}/uploads/x",
        size_bytes=10,
    )
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=1,
        sha256=_SHA,
        task="classification",
        labels=[{"label": label, "train": 5, "validation": 0, "test": 0} for label in ("a", marker)],
        num_rows={"train": 10, "validation": 0, "test": 0},
        mapping={"text": "text", "label": "label"},
        size_bytes=10,
        text_length={"p50": 1, "p95": 1, "max": 1, "unit": "characters"},
        problems_count=0,
        files=[
            {
                "name": "train.parquet",
                "split": "train",
                "key": f"{owner.tenant_id}/versions/x",
                "sha256": _SHA,
                "size_bytes": 10,
                "num_rows": 10,
            }
        ],
    )
    change = DatasetChange.objects.create(
        dataset=dataset, base=version, kind="edit", state="failed", problems=[{"code": "data:x", "value": marker}]
    )
    report = DoctorReport.objects.create(version=version, state="done")
    finding = DoctorFinding.objects.create(
        report=report,
        position=0,
        code="doctor:leakage",
        severity="warning",
        num_rows=1,
        params={"marker": marker},
        fixes=[{"name": "drop", "num_changes": 1, "key": f"{owner.tenant_id}/x"}],
    )
    session = LabelSession.objects.create(
        dataset=dataset,
        version=version,
        name=marker,
        order="given",
        labels=["a", marker],
        num_rows=1,
        created_by=owner.user,
    )
    row = LabelRow.objects.create(session=session, row_id=_ROW, position=0, wanted=1)
    Annotation.objects.create(session=session, row_id=row.row_id, user=owner.user, value={"label": marker})
    return {
        "label_session_id": session.id,
        "row_id": row.row_id,
        "finding_id": finding.id,
        "change_id": change.id,
        "upload_id": upload.id,
        "dataset_id": dataset.id,
        "version_id": version.id,
        "dataset_version_id": version.id,
    }


def _results(ids: dict[str, Any], marker: str) -> dict[str, Any]:
    spec = JobSpec(base_model="minilm-l6-v2", data=DataSource(train="train.parquet"))
    job, other_job = (
        Job.objects.create(
            name=marker,
            notes=marker,
            dataset_version_id=ids["dataset_version_id"],
            dataset_id=ids["dataset_id"],
            base_model="minilm-l6-v2",
            spec=spec.model_dump(mode="json"),
            spec_sha256=spec.sha256(),
            reason_code="user:launched",
            seq=2,
        )
        for _ in range(2)
    )
    JobTag.objects.create(job=job, name=marker)
    JobEvent.objects.create(job=job, seq=1, attempt=0, type="note", data={"text": marker})
    Metric.objects.create(job=job, name="train/loss", step=1, epoch=0.1, value=1.0, attempt=1, seq=2)
    Trial.objects.create(
        job=job,
        number=0,
        settings={"seed": marker},
        state="complete",
        value=0.5,
        steps=1,
        seconds=1.0,
        attempt=1,
        seq=2,
    )
    checkpoint = Checkpoint.objects.create(
        job=job, attempt=1, step=1, epoch=0.1, key_prefix=marker, files=[], manifest_sha256=_SHA, size_bytes=1
    )
    preview = TokenPreview.objects.create(
        dataset_version_id=ids["dataset_version_id"],
        spec=spec.model_dump(mode="json"),
        spec_sha256=spec.sha256(),
        state="failed",
        reason_code="data:empty",
        reason_params={"detail": marker},
        expires_at=timezone.now() + timedelta(days=1),
    )
    model = TunedModel.objects.create(name=marker, task="classification", base_model="minilm-l6-v2")
    version = ModelVersion.objects.create(
        model=model,
        number=1,
        job_id=job.id,
        dataset_version_id=ids["dataset_version_id"],
        labels=["a", marker],
        summary={"accuracy": 0.5, "macro_f1": 0.5, "verdict": "better"},
    )
    artifact = Artifact.objects.create(version=version, kind="merged", files=[], sha256=_SHA, size_bytes=1)
    Evaluation.objects.create(version=version, job_id=job.id, document={"marker": marker})
    return {
        "preview_id": preview.id,
        "job_id": job.id,
        "other_job_id": other_job.id,
        "checkpoint_id": checkpoint.id,
        "model_id": model.id,
        "model_version_id": version.id,
        "artifact_id": artifact.id,
    }
