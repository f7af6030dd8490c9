"""Checkpoints over HTTP: what is kept, and what a download of one holds."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest

from anneal.common.storage import store
from anneal.jobs.models import Job
from anneal.jobs.services.leases import StoredFile, job_claim, job_started
from anneal.jobs.services.reports import checkpoint_commit, checkpoint_prune
from anneal.registry import access
from anneal.tenants.models import AuditEntry
from tests.anneal.jobs.material import job_make
from tests.anneal.jobs.test_jobs_api import STARTED
from tests.support.people import Api, Person
from workers.contract.spec import JobSpec

pytestmark = pytest.mark.django_db
WEIGHTS = b"weights of step %d"


def begun(person: Person) -> dict[str, Any]:
    ids = {"job_id": job_make(person, name="Kundenfragen/客服"), "attempt": 1}
    assert job_claim(job_id=ids["job_id"], worker_id=uuid.uuid4())
    job_started(**ids, started=STARTED)
    return ids


def commit(person: Person, ids: dict[str, Any], step: int, folder: Path, *, is_best: bool = False) -> None:
    """A checkpoint of one file, stored as a supervisor stores it."""
    content = WEIGHTS % step
    key = f"{person.tenant_id}/{ids['job_id']}/{step}/weights.safetensors"
    (folder / "file").write_bytes(content)
    store().put_file(key, folder / "file")
    sha256 = hashlib.sha256(content).hexdigest()
    files = [StoredFile("weights.safetensors", key, sha256, len(content))]
    checkpoint_commit(
        **ids, step=step, epoch=step / 5, key_prefix="p", files=files, manifest_sha256=sha256, is_best=is_best
    )


def kept(person: Person, ids: dict[str, Any]) -> dict[int, dict[str, Any]]:
    rows = person.api.get(f"/jobs/{ids['job_id']}/checkpoints").json()["data"]
    return {row["step"]: row for row in rows}


def link_to(person: Person, checkpoint: dict[str, Any]) -> dict[str, Any]:
    answer = person.api.post(f"/checkpoints/{checkpoint['id']}/download-link")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_a_download_is_an_output_folder_that_a_trainer_goes_on_from(
    owner: Person, member: Person, viewer: Person, tmp_path: Path
) -> None:
    ids = begun(owner)
    commit(owner, ids, 5, tmp_path)
    checkpoint = kept(owner, ids)[5]
    link = link_to(member, checkpoint)
    answer = Api().client.get(link["url"])
    content = b"".join(answer.streaming_content)
    assert (answer.status_code, int(answer["Content-Length"])) == (200, len(content))
    assert (len(content), answer["Cache-Control"]) == (link["size_bytes"], "private, no-store")
    assert "Kundenfragen-step-5.zip" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["spec.json", "checkpoints/step-5/weights.safetensors"]
        assert archive.read("checkpoints/step-5/weights.safetensors") == WEIGHTS % 5
        spec = JobSpec.model_validate(json.loads(archive.read("spec.json")))
    with owner.scope():
        assert spec.sha256() == Job.objects.get(id=ids["job_id"]).spec_sha256, "or the trainer would refuse to go on"
        [entry] = AuditEntry.objects.filter(action="checkpoint.link_created")
        assert (entry.target, entry.actor_user_id) == (checkpoint["id"], member.user.id)
    assert viewer.api.post(f"/checkpoints/{checkpoint['id']}/download-link").status_code == 403


def test_a_link_ends_with_its_time_and_with_the_checkpoint(
    owner: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = begun(owner)
    for step in (5, 10, 15, 20):
        commit(owner, ids, step, tmp_path, is_best=step == 5)
    before = kept(owner, ids)
    link = link_to(owner, before[10])
    checkpoint_prune(**ids, keep_last=2)
    assert set(kept(owner, ids)) == {5, 15, 20}, "the best one and the last two"
    gone = Api().client.get(link["url"])
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "checkpoint.not_found")
    assert owner.api.post(f"/checkpoints/{before[10]['id']}/download-link").status_code == 404
    link = link_to(owner, before[5])
    monkeypatch.setattr(access, "LINK_VALID_S", -1)
    assert Api().client.get(link["url"]).status_code == 403


def test_a_link_to_a_checkpoint_opens_no_model_and_says_when_files_are_gone(owner: Person, tmp_path: Path) -> None:
    ids = begun(owner)
    commit(owner, ids, 5, tmp_path)
    link = link_to(owner, kept(owner, ids)[5])
    assert Api().client.get(link["url"].replace("/checkpoints/", "/")).status_code == 404
    store().delete(f"{owner.tenant_id}/{ids['job_id']}/5/weights.safetensors")
    answer = Api().client.get(link["url"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "download.files_missing")
