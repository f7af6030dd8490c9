"""Publishes a model as a finished job does: real files in the store, rows made by the registry's own service."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anneal.common.ids import uuid7
from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.models import Dataset, DatasetVersion
from anneal.registry.models import ModelVersion
from anneal.registry.services import model_publish
from tests.support.people import Person

LABELS = ["card", "cash"]
FILES = {
    "config.json": b'{"model_type": "bert"}',
    "model.safetensors": bytes(range(256)) * 3000,
    "README.md": b"# \xe6\xa8\xa1",
}


def interval(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


def evaluation(accuracy: float = 0.9) -> dict[str, Any]:
    contender = {"macro_f1": interval(0.8), "weighted_f1": 0.85, "seconds": 1.0}
    return {
        "task": "classification",
        "split": "test",
        "num_rows": 20,
        "labels": LABELS,
        "contenders": [
            {"name": "tuned", "accuracy": interval(accuracy), **contender},
            {"name": "majority", "accuracy": interval(0.5), **contender},
        ],
        "per_class": [{"label": label, "precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 10} for label in LABELS],
        "confusion": [[10, 0], [0, 10]],
        "mistakes": [],
        "verdict": {"outcome": "better", "against": "majority", "difference": interval(0.4), "p_value": 0.01},
        "expected_calibration_error": 0.05,
    }


def files_of_folder(folder: Path) -> dict[str, bytes]:
    """Also those of folders in it."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def artifact(tenant_id: uuid.UUID, tmp_path: Path, files: dict[str, bytes], kind: str = "merged") -> dict[str, Any]:
    """Put files into the store and describe them as the job's supervisor does."""
    area = f"{tenant_id}/artifacts/{uuid7().hex}"
    rows = []
    for name, content in files.items():
        source = tmp_path / f"{uuid7().hex}-{name.replace('/', '-')}"
        source.write_bytes(content)
        store().put_file(f"{area}/{name}", source)
        digest = hashlib.sha256(content).hexdigest()
        rows.append({"name": name, "key": f"{area}/{name}", "sha256": digest, "size_bytes": len(content)})
    return {"kind": kind, "files": rows}


def dataset_version(tenant_id: uuid.UUID) -> uuid.UUID:
    with service_scope(), tenant_scope(tenant_id):
        dataset = Dataset.objects.create(name="Questions", task="classification", state="ready")
        version = DatasetVersion.objects.create(
            dataset=dataset,
            number=1,
            sha256="0" * 64,
            task="classification",
            labels=[],
            num_rows={},
            mapping={},
            size_bytes=1,
            text_length={},
            problems_count=0,
            files=[],
        )
    return version.id


def publish(
    person: Person,
    tmp_path: Path,
    *,
    name: str = "Questions",
    files: dict[str, bytes] | None = None,
    job_id: uuid.UUID | None = None,
    adapter: dict[str, bytes] | None = None,
    task: str = "classification",
    labels: Sequence[str] = LABELS,
    artifacts: Sequence[tuple[str, dict[str, bytes]]] | None = None,
) -> ModelVersion:
    """A full model with `files`, perhaps with an `adapter`; or exactly `artifacts`, files by kind."""
    if artifacts is None:
        artifacts = [("merged", FILES if files is None else files), *([("adapter", adapter)] if adapter else [])]
    version_id = dataset_version(person.tenant_id)
    with service_scope(), tenant_scope(person.tenant_id):
        return model_publish(
            job_id=job_id or uuid7(),
            dataset_version_id=version_id,
            name=name,
            task=task,
            base_model="minilm-l6-v2",
            labels=labels,
            evaluation=evaluation(),
            artifacts=[artifact(person.tenant_id, tmp_path, content, kind=kind) for kind, content in artifacts],
        )
