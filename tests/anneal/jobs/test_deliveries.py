"""A model of a checkpoint: what is queued, what its attempt starts from, and what is kept for it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from anneal.jobs.models import Job
from anneal.jobs.selectors import finished_jobs, jobs_on_content
from anneal.jobs.services.leases import job_claim
from anneal.jobs.services.reports import checkpoint_prune
from tests.anneal.jobs.material import job_make
from tests.anneal.jobs.test_checkpoints import begun, commit, kept
from tests.support.people import Person
from workers.contract.spec import JobSpec

pytestmark = pytest.mark.django_db


def deliver(person: Person, checkpoint: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = person.api.post(f"/checkpoints/{checkpoint['id']}/deliver", body)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_its_attempt_starts_from_that_checkpoint_and_its_spec_names_the_step(
    owner: Person, member: Person, viewer: Person, tmp_path: Path
) -> None:
    ids = begun(owner)
    for step in (5, 10):
        commit(owner, ids, step, tmp_path, is_best=step == 5)
    checkpoint = kept(owner, ids)[10]
    assert viewer.api.post(f"/checkpoints/{checkpoint['id']}/deliver", {}).status_code == 403
    job = deliver(member, checkpoint)
    told = {
        "checkpoint_id": checkpoint["id"],
        "step": 10,
        "job_id": str(ids["job_id"]),
        "job_name": "Kundenfragen/客服",
    }
    assert (job["state"], job["delivers"], job["name"]) == ("queued", told, "Kundenfragen/客服 · 10")
    claim = job_claim(job_id=uuid.UUID(job["id"]), worker_id=uuid.uuid4())
    assert claim is not None
    assert claim.checkpoint is not None
    assert (claim.checkpoint.step, [file.name for file in claim.checkpoint.files]) == (10, ["weights.safetensors"])
    spec = JobSpec.model_validate_json(claim.spec_json)
    assert spec.checkpointing.deliver_step == 10
    with owner.scope():
        assert spec.trained.sha256() == Job.objects.get(id=ids["job_id"]).spec_sha256, "or the trainer would refuse it"


def test_a_checkpoint_that_a_job_delivers_is_not_pruned(owner: Person, tmp_path: Path) -> None:
    ids = begun(owner)
    for step in (5, 10, 15, 20):
        commit(owner, ids, step, tmp_path)
    deliver(owner, kept(owner, ids)[10], name="The second")
    checkpoint_prune(**ids, keep_last=1)
    assert set(kept(owner, ids)) == {10, 20}


def test_one_that_is_gone_by_then_is_not_found(owner: Person, tmp_path: Path) -> None:
    ids = begun(owner)
    for step in (5, 10):
        commit(owner, ids, step, tmp_path)
    checkpoint = kept(owner, ids)[5]
    checkpoint_prune(**ids, keep_last=1)
    answer = owner.api.post(f"/checkpoints/{checkpoint['id']}/deliver", {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "checkpoint.not_found")


def test_a_second_press_makes_no_second_job(owner: Person, tmp_path: Path) -> None:
    ids = begun(owner)
    commit(owner, ids, 5, tmp_path)
    checkpoint = kept(owner, ids)[5]
    first, second = (
        owner.api.post(f"/checkpoints/{checkpoint['id']}/deliver", {}, Idempotency_Key="press") for _ in range(2)
    )
    assert first.json()["id"] == second.json()["id"]


def test_those_of_a_search_are_refused(owner: Person, tmp_path: Path) -> None:
    ids = begun(owner)
    commit(owner, ids, 5, tmp_path)
    with owner.scope():
        Job.objects.filter(id=ids["job_id"]).update(search={"num_trials": 2})
    answer = owner.api.post(f"/checkpoints/{kept(owner, ids)[5]['id']}/deliver", {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "checkpoint.of_search")


def test_only_a_checkpoint_names_a_step_to_deliver(owner: Person, tmp_path: Path) -> None:
    ids = begun(owner)
    commit(owner, ids, 5, tmp_path)
    job = deliver(owner, kept(owner, ids)[5])
    assert "checkpointing" not in job["launch"]
    asked = {**job["launch"], "checkpointing": {"deliver_step": 5}}
    answer = owner.api.post("/jobs", asked)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "job.delivers_nothing")
    assert answer.json()["error"]["param"] == "checkpointing.deliver_step"
    copy = owner.api.post(f"/jobs/{job['id']}/duplicate", {}).json()
    assert (copy["delivers"], copy["spec"]["checkpointing"]["deliver_step"]) == (None, None)


def test_it_is_no_training_to_measure_by(owner: Person, tmp_path: Path) -> None:
    ids = begun(owner)
    commit(owner, ids, 5, tmp_path)
    delivered = deliver(owner, kept(owner, ids)[5])
    with owner.scope():
        version = Job.objects.get(id=ids["job_id"]).dataset_version
        on_content = jobs_on_content(version.dataset_id, version.sha256)
        assert [job.id for job in on_content] == [ids["job_id"]]
        for job in Job.objects.all():  # As if both had come to their end.
            Job.objects.filter(id=job.id).update(worked_s=1.0)
        assert delivered["id"] not in {str(job.id) for job in finished_jobs("minilm-l6-v2")}


@pytest.mark.parametrize("is_best", [True, False])
def test_a_job_that_ended_without_a_model_offers_its_best_checkpoint(
    owner: Person, tmp_path: Path, is_best: bool
) -> None:
    ids = begun(owner)
    commit(owner, ids, 5, tmp_path, is_best=is_best)
    checkpoint = kept(owner, ids)[5]
    address = f"/jobs/{ids['job_id']}"
    assert owner.api.get(address).json()["diagnoses"] == []
    with owner.scope():
        Job.objects.filter(id=ids["job_id"]).update(
            state="cancelled", worker_id=None, lease_until=None, finished_at="2026-01-01T00:00:00Z"
        )
    told = owner.api.get(address).json()["diagnoses"]
    offered = {"kind": "checkpoint", "field": None, "value": checkpoint["id"]}
    assert [finding["action"] for finding in told] == ([offered] if is_best else [])


def test_a_job_points_at_a_checkpoint_for_good(owner: Person, tmp_path: Path) -> None:
    ids = begun(owner)
    commit(owner, ids, 5, tmp_path)
    job = deliver(owner, kept(owner, ids)[5])
    other = job_make(owner)
    with owner.scope():
        for job_id, delivers in ((job["id"], None), (other, kept(owner, ids)[5]["id"])):
            with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
                Job.objects.filter(id=job_id).update(delivers_id=delivers)
