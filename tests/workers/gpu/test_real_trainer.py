"""The real trainer under the real supervisor: launched, killed, continued, and the same weights at the end."""

from __future__ import annotations

import io
import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anneal.common.tenancy import service_scope
from anneal.jobs.models import Metric
from anneal.registry.models import Artifact
from tests.anneal.datasets.steps import done, rows_of
from tests.anneal.jobs.material import LABELS, job_make, job_row, version_make
from tests.anneal.jobs.test_effects import finding_make
from tests.support.people import Person, person_found
from tests.workers.gpu.stage_set import StageSet, stage_set
from workers.contract.changes import RowChange
from workers.contract.resources import is_resource

pytestmark = pytest.mark.slow
_WORDS = {
    "card": ["my card was declined", "the card is lost", "a new card please"],
    "cash": ["no cash came out", "cash back"],
}
_OPTIONS: dict[str, Any] = {
    "optimisation": {"epochs": 1, "batch_size": 8, "learning_rate": 1e-4, "head": "random", "early_stopping": None},
    "checkpointing": {"every_steps": 5},
}


def contents() -> dict[str, bytes]:
    """A small task that a small model learns."""
    made = {}
    for split, num_rows in (("train", 96), ("validation", 24), ("test", 24)):
        labels = [LABELS[row % 2] for row in range(num_rows)]
        texts = [f"{_WORDS[label][row % len(_WORDS[label])]} {split} {row}" for row, label in enumerate(labels)]
        table = pa.table({"row": pa.array(range(1, num_rows + 1), pa.int64()), "text": texts, "label": labels})
        buffer = io.BytesIO()
        pq.write_table(table, buffer)
        made[split] = buffer.getvalue()
    return made


@pytest.fixture
def stage(committed_db: Any, data_dir: Path, tmp_path: Path) -> Iterator[StageSet]:
    with stage_set(committed_db, data_dir, tmp_path) as made:
        del made.environment["ANNEAL_TRAINER_COMMAND"]
        # The intervals of a server, but for the lease: the real trainer takes seconds where the scripted one takes none.
        made.environment |= {"ANNEAL_STALL_SECONDS": "120", "ANNEAL_GRACE_SECONDS": "30", "ANNEAL_THREADS": "1"}
        yield made


def weights_sha256(job_id: uuid.UUID) -> str:
    with service_scope():
        files = Artifact.objects.get(version_id=job_row(job_id).model_version_id, kind="merged").files
    return next(file["sha256"] for file in files if file["name"] == "model.safetensors")


def trainer_of(worker_pid: int) -> list[int]:
    """The trainers of this worker, oldest first."""
    return sorted(
        int(pid) for pid in Path(f"/proc/{worker_pid}/task/{worker_pid}/children").read_text().split()
    ) or sorted(
        int(pid)
        for task in Path(f"/proc/{worker_pid}/task").iterdir()
        for pid in (task / "children").read_text().split()
    )


def effect_asked(person: Person, version_id: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    """A fix that drops two training and two test rows, and what is launched to measure it: a job on the version that it made."""
    version = person.api.get(f"/dataset-versions/{version_id}").json()
    rows = [
        *rows_of(person.api, version["id"], "&split=train")[:2],
        *rows_of(person.api, version["id"], "&split=test")[:2],
    ]
    finding = finding_make(person, version, [RowChange(id=row["id"], action="drop") for row in rows])
    made = done(person.api, person.api.post(f"/doctor-findings/{finding}/accept", {"fix": "drop"}))
    assert made["state"] == "applied", made["problems"]
    effect = person.api.post(f"/doctor-findings/{finding}/effect").json()
    assert effect["state"] == "under_way"
    before, after = effect["sides"]
    assert before["job"]["state"] == "succeeded", "the job that was there is used"
    return finding, uuid.UUID(after["job"]["id"])


def effect_of(stage: StageSet, person: Person, finding: uuid.UUID, job_id: uuid.UUID) -> dict[str, Any]:
    job = stage.wait_state(job_id, "succeeded", "failed", seconds=240)
    assert job.state == "succeeded", (job.reason_code, job.reason_params, stage.logs())
    found: dict[str, Any] = person.api.get(f"/doctor-findings/{finding}/effect").json()
    assert found["state"] == "measured", found
    return found


def test_a_killed_run_ends_with_the_same_weights(stage: StageSet) -> None:
    person = person_found("owner")
    version_id = version_make(person, contents=contents())
    stage.dispatcher()
    worker = stage.worker()
    straight = job_make(person, version_id, **_OPTIONS)
    launched = time.monotonic()
    stage.wait(lambda: job_row(straight).step >= 1, seconds=240)
    print(f"first step after {time.monotonic() - launched:.1f} s, cold")
    job = stage.wait_state(straight, "succeeded", "failed", seconds=240)
    assert job.state == "succeeded", (job.reason_code, job.reason_params, stage.logs())
    measured = effect_asked(person, version_id)

    killed = job_make(person, version_id, **_OPTIONS)
    stage.wait(lambda: (job := job_row(killed)).committed_step >= 5 and job.state == "running", seconds=240)
    os.kill(trainer_of(worker.pid)[0], signal.SIGKILL)
    job = stage.wait_state(killed, "succeeded", "failed", seconds=240)
    assert job.state == "succeeded", (job.reason_code, job.reason_params, stage.logs())
    assert (job.attempt, job.resumed_count) == (2, 1)
    assert weights_sha256(killed) == weights_sha256(straight)
    with service_scope():
        curves = [
            list(Metric.objects.filter(job_id=job_id).order_by("name", "step").values_list("name", "step", "value"))
            for job_id in (straight, killed)
        ]
    steady = [[point for point in curve if not is_resource(point[0])] for curve in curves]
    assert steady[0] == steady[1]
    assert steady[0]
    effect = effect_of(stage, person, *measured)
    assert (effect["num_shared"], effect["figures"]["metric"]) == (22, "accuracy")
    interval = effect["figures"]["difference"]
    assert interval["low"] <= interval["value"] <= interval["high"]
