"""Lineage over HTTP: where a model version came from, what answers for it, and at what cost."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from anneal.common.ids import uuid7
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.models import Dataset, DatasetVersion
from anneal.registry.models import ModelVersion
from anneal.registry.services import model_publish
from tests.anneal.jobs.material import job_make
from tests.anneal.registry.published import FILES, LABELS, artifact, dataset_version, evaluation, publish
from tests.support.people import Person

pytestmark = pytest.mark.django_db


def _next_version(person: Person, parent_id: uuid.UUID, change: dict[str, Any]) -> uuid.UUID:
    with service_scope(), tenant_scope(person.tenant_id):
        version = DatasetVersion.objects.get(id=parent_id)
        version.pk, version.number, version.parent_id = uuid7(), version.number + 1, parent_id
        version.change, version.num_rows = change, {"train": 8, "validation": 1, "test": 1}
        version._state.adding = True
        version.save(force_insert=True)
        return version.id


def _publish_on(
    person: Person, tmp_path, version_id: uuid.UUID, *, kind: str = "merged", task: str = "classification"
) -> ModelVersion:
    job_id = job_make(person, name="Questions, longer")
    with service_scope(), tenant_scope(person.tenant_id):
        return model_publish(
            job_id=job_id,
            dataset_version_id=version_id,
            name="Questions",
            task=task,
            base_model="minilm-l6-v2",
            labels=LABELS,
            evaluation=evaluation(),
            artifacts=[artifact(person.tenant_id, tmp_path, FILES, kind=kind)],
        )


def _lineage(person: Person, version: ModelVersion, query: str = "") -> dict[str, Any]:
    answer = person.api.get(f"/models/{version.model_id}/lineage{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_model_knows_its_data_its_job_and_what_answers_for_it(owner, viewer, tmp_path):
    first = dataset_version(owner.tenant_id)
    second = _next_version(owner, first, {"kind": "fix", "code": "doctor:duplicates"})
    version = _publish_on(owner, tmp_path, second)
    found = _lineage(viewer, version)
    assert [
        (row["version_id"], row["number"], row["change"], row["num_rows"]) for row in found["dataset_versions"]
    ] == [
        (str(first), 1, None, 0),
        (str(second), 2, "fix", 10),
    ]
    assert {row["dataset_name"] for row in found["dataset_versions"]} == {"Questions"}
    assert found["num_earlier"] == 0
    job = found["job"]
    assert (job["id"], job["name"], job["base_model"]) == (str(version.job_id), "Questions, longer", "minilm-l6-v2")
    model = found["model"]
    assert (model["id"], model["version_id"], model["number"]) == (str(version.model_id), str(version.id), 1)
    assert model["summary"]["verdict"] == "better"
    assert found["deployment"] == {"state": "ready", "message": None}


def test_what_was_merged_in_is_told_with_its_own_data_set(owner, tmp_path):
    other = dataset_version(owner.tenant_id)
    with owner.scope():
        Dataset.objects.filter(versions=other).update(name="More questions", deleted_at=Now())
    merged = _next_version(owner, dataset_version(owner.tenant_id), {"kind": "merge", "version_id": str(other)})
    data = _lineage(owner, _publish_on(owner, tmp_path, merged))["dataset_versions"]
    assert [row["merged"] and row["merged"]["version_id"] for row in data] == [None, str(other)]
    assert (data[1]["merged"]["dataset_name"], data[1]["merged"]["is_deleted"]) == ("More questions", True)
    assert not data[1]["is_deleted"]


def test_a_long_story_is_cut_and_counted_and_costs_no_more_queries(owner, tmp_path):
    def queries(version: ModelVersion) -> int:
        with CaptureQueriesContext(connection) as captured:
            _lineage(owner, version)
        return len(captured)

    version_id = dataset_version(owner.tenant_id)
    before = queries(_publish_on(owner, tmp_path, version_id))
    for _ in range(4):
        version_id = _next_version(owner, version_id, {"kind": "edit"})
    newest = _publish_on(owner, tmp_path, version_id)
    found = _lineage(owner, newest)
    assert [row["number"] for row in found["dataset_versions"]] == [4, 5]
    assert found["num_earlier"] == 3
    assert queries(newest) <= before


def test_each_version_has_its_own_story_and_a_foreign_one_has_none_here(owner, stranger, tmp_path):
    first = _publish_on(owner, tmp_path, dataset_version(owner.tenant_id))
    second = _publish_on(owner, tmp_path, dataset_version(owner.tenant_id))
    assert _lineage(owner, first)["model"]["number"] == 2
    assert _lineage(owner, first, f"?version_id={first.id}")["job"]["id"] == str(first.job_id) != str(second.job_id)
    foreign = publish(stranger, tmp_path)
    of_another = publish(owner, tmp_path, name="Another")
    for wrong in (foreign.id, of_another.id, uuid7()):
        answer = owner.api.get(f"/models/{first.model_id}/lineage?version_id={wrong}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_version.not_found")
    assert (
        owner.api.get(f"/models/{first.model_id}/lineage?version_id=x").json()["error"]["details"][0]["param"]
        == "version_id"
    )


@pytest.mark.parametrize(
    ("kind", "task", "word"), [("adapter", "classification", "adapter"), ("merged", "translation", "translation")]
)
def test_what_is_for_download_alone_says_why(owner, tmp_path, kind, task, word):
    version = _publish_on(owner, tmp_path, dataset_version(owner.tenant_id), kind=kind, task=task)
    deployment = _lineage(owner, version)["deployment"]
    assert deployment["state"] == "download_only"
    assert word in deployment["message"]


def test_a_model_whose_job_is_not_known_still_has_a_story(owner, tmp_path):
    found = _lineage(owner, publish(owner, tmp_path))
    assert found["job"] is None
    assert len(found["dataset_versions"]) == 1
