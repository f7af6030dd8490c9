"""What tests of jobs need: a dataset version whose files are really in the store, a queued job, and an evaluation."""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anneal.common.ids import uuid7
from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.files.build import BuildPlan
from anneal.datasets.models import Dataset, DatasetVersion
from anneal.jobs.models import Job
from anneal.jobs.services.launch import job_launch
from anneal.tenants.actor import Actor
from tests.support.people import Person
from workers.contract.columns import form_columns

LABELS = ["card", "cash"]


def version_make(
    person: Person,
    *,
    num_rows: int = 100,
    name: str = "Requests",
    contents: dict[str, bytes] | None = None,
    task: str = "classification",
    roles: Sequence[str] = (),
) -> uuid.UUID:
    """A ready dataset version with one file for each split, in the store; without `contents` no real trainer could read them.

    `roles` say in which form the examples of the task are.
    """
    files = []
    version_id = uuid7()
    for split in ("train", "validation", "test"):
        content = contents[split] if contents else f"{split} {version_id}".encode()
        with tempfile.NamedTemporaryFile(delete=False) as temporary:
            temporary.write(content)
        key = f"{person.tenant_id}/datasets/{version_id}/{split}.parquet"
        store().put_file(key, Path(temporary.name))
        Path(temporary.name).unlink()
        digest = hashlib.sha256(content).hexdigest()
        files.append(
            {
                "name": f"{split}.parquet",
                "split": split,
                "key": key,
                "sha256": digest,
                "size_bytes": len(content),
                "num_rows": num_rows,
            }
        )
    with service_scope(), tenant_scope(person.tenant_id):
        dataset = Dataset.objects.create(name=name, task=task, state="ready")
        DatasetVersion.objects.create(
            id=version_id,
            dataset=dataset,
            number=1,
            sha256=hashlib.sha256(str(version_id).encode()).hexdigest(),
            task=task,
            labels=[{"label": label, "train": 50, "validation": 50, "test": 50} for label in LABELS],
            num_rows={"train": num_rows, "validation": num_rows, "test": num_rows},
            mapping=BuildPlan(task, {part.role: part.role for part in form_columns(task, roles)}).as_json(),
            size_bytes=sum(file["size_bytes"] for file in files),
            text_length={"p50": 1, "p95": 1, "max": 1, "unit": "characters"},
            problems_count=0,
            files=files,
        )
    return version_id


def job_make(person: Person, version_id: uuid.UUID | None = None, **options: Any) -> uuid.UUID:
    """A queued job of this person."""
    version_id = version_id or version_make(person)
    actor = Actor(person.user.id, None, person.tenant_id, person.role)
    with person.scope():
        return job_launch(
            actor=actor,
            name=options.pop("name", None),
            dataset_version_id=version_id,
            base_model="minilm-l6-v2",
            batch_id=options.pop("batch_id", None),
            options=options,
        ).id


def job_row(job_id: uuid.UUID) -> Job:
    """The row as it is now."""
    with service_scope():
        return Job.objects.get(id=job_id)


def evaluation_document(accuracy: float = 0.9) -> dict[str, Any]:
    """A small but whole evaluation."""
    figure = {"value": accuracy, "low": accuracy - 0.05, "high": accuracy + 0.05}
    contenders = [
        {"name": name, "metrics": {"accuracy": figure, "macro_f1": figure}, "seconds": 0.1}
        for name in ("tuned", "majority")
    ]
    return {
        "task": "classification",
        "split": "test",
        "num_rows": 100,
        "primary": "accuracy",
        "contenders": contenders,
        "mistakes": [],
        "details": {
            "kind": "classification",
            "labels": LABELS,
            "per_class": [{"label": label, "precision": 1, "recall": 1, "f1": 1, "support": 50} for label in LABELS],
            "confusion": [[50, 0], [0, 50]],
            "expected_calibration_error": 0.01,
        },
        "verdict": {
            "outcome": "better",
            "against": "majority",
            "difference": {"value": 0.4, "low": 0.3, "high": 0.5},
            "p_value": 0.001,
            "test": "mcnemar",
        },
    }
