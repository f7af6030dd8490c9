"""Models, versions and artifacts over HTTP: what a job published, for its tenant and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.db.utils import IntegrityError, ProgrammingError
from django.test.utils import CaptureQueriesContext

from anneal.common.ids import uuid7
from anneal.common.restoring import RESTORABLE_FOR
from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.registry.models import Artifact, ModelVersion, TunedModel
from anneal.registry.selectors import evaluation_of_job, model_version_of_job
from anneal.registry.services import model_publish
from anneal.tenants.models import AuditEntry
from tests.anneal.registry.published import LABELS, artifact, dataset_version, evaluation, publish
from workers.contract.results import Evaluation
from workers.contract.serving import model_key_of

pytestmark = pytest.mark.django_db


def test_published_model_is_listed_with_its_newest_version(owner, viewer, tmp_path):
    first = publish(owner, tmp_path, name="Questions")
    second = publish(owner, tmp_path, name="Questions", adapter={"adapter_model.safetensors": b"123"})
    other = publish(owner, tmp_path, name="另一个")
    data = viewer.api.get("/models").json()["data"]
    assert [model["name"] for model in data] == ["另一个", "Questions"]
    assert data[0]["latest_version"]["id"] == str(other.id)
    latest = data[1]["latest_version"]
    assert (latest["id"], latest["number"], latest["labels"]) == (str(second.id), 2, LABELS)
    assert latest["summary"] == {
        "primary": "accuracy",
        "value": 0.9,
        "metrics": {"accuracy": 0.9, "macro_f1": 0.8},
        "verdict": "better",
    }
    assert {(row["kind"], row["num_files"]) for row in latest["artifacts"]} == {("merged", 3), ("adapter", 1)}
    versions = viewer.api.get(f"/models/{first.model_id}/versions").json()["data"]
    assert [version["number"] for version in versions] == [2, 1]
    detail = viewer.api.get(f"/model-versions/{first.id}").json()
    assert detail == versions[1] | {"model_name": "Questions", "task": "classification", "base_model": "minilm-l6-v2"}
    assert viewer.api.get(f"/models/{first.model_id}").json() == data[1]


def test_card_is_the_readme_of_the_full_model_and_null_where_there_is_none_or_the_storage_lost_it(
    owner, viewer, stranger, tmp_path
):
    def card_of(version: ModelVersion) -> str | None:
        answer = viewer.api.get(f"/model-versions/{version.id}/card")
        assert answer.status_code == 200
        return answer.json()["text"]

    full = publish(owner, tmp_path, adapter={"README.md": b"# Adapter"})
    alone = publish(owner, tmp_path, artifacts=[("adapter", {"README.md": b"# Adapter"})])
    assert card_of(full) == "# 模"
    assert card_of(alone) == "# Adapter"
    assert card_of(publish(owner, tmp_path, files={"config.json": b"{}"})) is None
    with service_scope(), tenant_scope(owner.tenant_id):
        (file,) = (file for file in full.artifacts.get(kind="merged").files if file["name"] == "README.md")
    store().delete(file["key"])
    assert card_of(full) is None
    assert stranger.api.get(f"/model-versions/{alone.id}/card").status_code == 404


def test_list_takes_the_same_number_of_queries_for_any_number_of_models(owner, tmp_path):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert owner.api.get("/models").status_code == 200
        return len(captured)

    publish(owner, tmp_path, name="a")
    before = queries()
    for name in "bcd":
        publish(owner, tmp_path, name=name)
    assert queries() == before


def test_list_is_searched_by_name_and_by_task_page_by_page(owner, stranger, tmp_path):
    for name, task in (("Hotel stars", "classification"), ("Tickets", "ranking"), ("酒店 HOTEL", "ranking")):
        publish(owner, tmp_path, name=name, task=task)
    publish(stranger, tmp_path, name="Hotel of somebody else")

    def queries_of(query: str, expected: list[str]) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert [model["name"] for model in owner.api.get(f"/models?{query}").json()["data"]] == expected
        return len(captured)

    one = queries_of("q=hotel&task=ranking", ["酒店 HOTEL"])
    assert queries_of("q=hotel", ["酒店 HOTEL", "Hotel stars"]) == one
    assert queries_of("q=star+hot", ["Hotel stars"]) == one
    assert queries_of("task=ranking", ["酒店 HOTEL", "Tickets"]) == one
    queries_of("q=nowhere", [])
    first = owner.api.get("/models?q=hotel&limit=1").json()
    rest = owner.api.get(f"/models?q=hotel&limit=1&cursor={first['next_cursor']}").json()
    assert [model["name"] for model in first["data"] + rest["data"]] == ["酒店 HOTEL", "Hotel stars"]
    refused = owner.api.get("/models?task=nonsense")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "task")


def test_list_pages_by_cursor(owner, tmp_path):
    for name in "abc":
        publish(owner, tmp_path, name=name)
    first = owner.api.get("/models?limit=2").json()
    rest = owner.api.get(f"/models?limit=2&cursor={first['next_cursor']}").json()
    assert [model["name"] for model in first["data"] + rest["data"]] == ["c", "b", "a"]
    assert rest["next_cursor"] is None


def test_publishing_twice_for_one_job_makes_one_version(owner, tmp_path):
    job_id = uuid7()
    first = publish(owner, tmp_path, job_id=job_id)
    again = publish(owner, tmp_path, job_id=job_id, name="Another name by now")
    assert again.id == first.id
    with owner.scope():
        assert TunedModel.objects.count() == ModelVersion.objects.count() == Artifact.objects.count() == 1
        assert model_version_of_job(job_id).id == first.id
        assert Evaluation.model_validate(evaluation_of_job(job_id)).verdict.outcome == "better"
        assert evaluation_of_job(uuid7()) is None


def test_what_was_published_never_changes(owner, tmp_path):
    version = publish(owner, tmp_path)
    for table in ("registry_modelversion", "registry_artifact", "registry_evaluation"):
        update = f"UPDATE {table} SET created_at = now()"  # noqa: S608 - the names are the three above
        for statement in (update, f"DELETE FROM {table}"):  # noqa: S608 - see above
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                owner.scope(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
        with (
            pytest.raises(IntegrityError, match="never changes"),
            service_scope(),
            tenant_scope(owner.tenant_id),
            connection.cursor() as cursor,
        ):
            cursor.execute(update)
    assert owner.api.get(f"/model-versions/{version.id}").status_code == 200


def test_files_of_another_tenant_cannot_be_published(owner, stranger, tmp_path):
    foreign = artifact(stranger.tenant_id, tmp_path, {"config.json": b"{}"})
    with pytest.raises(ValueError, match="this tenant"), service_scope(), tenant_scope(owner.tenant_id):
        model_publish(
            job_id=uuid7(),
            dataset_version_id=dataset_version(owner.tenant_id),
            name="x",
            task="classification",
            base_model="minilm-l6-v2",
            labels=LABELS,
            evaluation=evaluation(),
            artifacts=[foreign],
        )


def test_digest_of_an_artifact_is_the_one_that_sha256sum_makes(owner, tmp_path):
    version = publish(owner, tmp_path)
    with owner.scope():
        row = Artifact.objects.get(version=version)
    assert row.sha256 == model_key_of((file["name"], file["sha256"]) for file in row.files)
    assert row.size_bytes == sum(file["size_bytes"] for file in row.files)


def test_rename_needs_a_member_and_a_free_name(owner, viewer, tmp_path):
    version = publish(owner, tmp_path, name="one")
    publish(owner, tmp_path, name="two")
    path = f"/models/{version.model_id}"
    assert viewer.api.patch(path, {"name": "three"}).status_code == 403
    taken = owner.api.patch(path, {"name": "two"})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "model.name_taken")
    for bad in ({"name": ""}, {"name": "x" * 201}, {"name": "a\x00b"}, {"name": "x", "task": "y"}, {}):
        assert owner.api.patch(path, bad).status_code == 400
    assert owner.api.patch(path, {"name": "three"}).json()["name"] == "three"


def test_deleted_model_is_gone_everywhere_but_its_evaluation_stays(owner, viewer, tmp_path):
    version = publish(owner, tmp_path)
    detail = owner.api.get(f"/model-versions/{version.id}").json()
    link = owner.api.post(f"/artifacts/{detail['artifacts'][0]['id']}/download-link").json()
    assert viewer.api.delete(f"/models/{version.model_id}").status_code == 403
    assert owner.api.delete(f"/models/{version.model_id}").status_code == 204
    assert owner.api.get("/models").json()["data"] == []
    for path in (
        f"/models/{version.model_id}",
        f"/models/{version.model_id}/versions",
        f"/model-versions/{version.id}",
    ):
        assert owner.api.get(path).status_code == 404
    assert owner.api.post(f"/artifacts/{detail['artifacts'][0]['id']}/download-link").status_code == 404
    assert owner.api.client.get(link["url"]).status_code == 404
    with owner.scope():
        assert model_version_of_job(version.job_id) is None
        assert evaluation_of_job(version.job_id) is not None
        assert "model.deleted" in AuditEntry.objects.values_list("action", flat=True)
    again = publish(owner, tmp_path)
    assert again.model_id != version.model_id
    assert again.number == 1


def _gone(person, version, *, ago: timedelta = timedelta()) -> str:
    path = f"/models/{version.model_id}"
    assert person.api.delete(path).status_code == 204
    with person.scope():
        TunedModel.objects.filter(id=version.model_id).update(deleted_at=Now() - ago)
    return path


def test_deleted_model_comes_back_with_its_versions(owner, viewer, stranger, tmp_path):
    version = publish(owner, tmp_path)
    before = owner.api.get(f"/models/{version.model_id}").json()
    path = _gone(owner, version)
    row = viewer.api.get("/models?deleted=true").json()["data"][0]
    assert (row["id"], row["latest_version"]) == (before["id"], before["latest_version"])
    assert row["deleted_at"] < row["restorable_until"]
    assert stranger.api.get("/models?deleted=true").json()["data"] == []
    assert viewer.api.post(f"{path}/restore", {}).status_code == 403
    assert stranger.api.post(f"{path}/restore", {}).json()["error"]["code"] == "model.not_found"
    assert owner.api.post(f"{path}/restore").json() == before
    assert owner.api.post(f"{path}/restore", {"name": "ignored"}).json() == before, "what lives stays as it is"
    assert owner.api.get(f"/model-versions/{version.id}").status_code == 200
    assert viewer.api.get("/models?deleted=true").json()["data"] == []
    with owner.scope():
        acts = list(AuditEntry.objects.filter(target=before["id"]).order_by("id").values_list("action", flat=True))
    assert acts == ["model.deleted", "model.restored"]


def test_model_whose_name_is_taken_comes_back_under_another(owner, tmp_path):
    version = publish(owner, tmp_path)
    path = _gone(owner, version)
    newer = publish(owner, tmp_path)
    refused = owner.api.post(f"{path}/restore")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "model.name_taken")
    assert refused.json()["error"]["param"] == "name"
    assert owner.api.get(path).status_code == 404
    back = owner.api.post(f"{path}/restore", {"name": "The first one"})
    assert (back.status_code, back.json()["name"]) == (200, "The first one")
    assert {row["id"] for row in owner.api.get("/models").json()["data"]} == {
        str(version.model_id),
        str(newer.model_id),
    }


def test_model_that_is_gone_for_good_does_not_come_back(owner, tmp_path):
    path = _gone(owner, publish(owner, tmp_path), ago=RESTORABLE_FOR)
    assert owner.api.get("/models?deleted=true").json()["data"] == []
    refused = owner.api.post(f"{path}/restore")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "model.gone")


def test_foreign_and_missing_ids_answer_alike(owner, stranger, tmp_path):
    version = publish(owner, tmp_path)
    with owner.scope():
        artifact_id = Artifact.objects.get(version=version).id
    assert stranger.api.get("/models").json()["data"] == []
    for path, real, code in (
        ("/models/{}", version.model_id, "model.not_found"),
        ("/models/{}/versions", version.model_id, "model.not_found"),
        ("/model-versions/{}", version.id, "model_version.not_found"),
    ):
        for identifier in (real, uuid7()):
            answer = stranger.api.get(path.format(identifier))
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)
    for identifier in (artifact_id, uuid7()):
        answer = stranger.api.post(f"/artifacts/{identifier}/download-link")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "artifact.not_found")
    assert stranger.api.delete(f"/models/{version.model_id}").status_code == 404
    assert owner.api.get(f"/models/{version.model_id}").status_code == 200


def test_versions_are_found_by_task_data_and_words(owner, viewer, stranger, tmp_path):
    first = publish(owner, tmp_path, name="Customer questions")
    second = publish(owner, tmp_path, name="Customer questions")
    other = publish(owner, tmp_path, name="Prices", task="regression")
    gone = publish(owner, tmp_path, name="Old questions")
    publish(stranger, tmp_path, name="Their questions")
    assert owner.api.delete(f"/models/{gone.model_id}").status_code == 204

    def found(query: str) -> list[str]:
        answer = viewer.api.get(f"/model-versions?{query}")
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["data"]]

    assert found("") == [str(other.id), str(second.id), str(first.id)]
    assert found("task=classification") == found("q=questions customer") == [str(second.id), str(first.id)]
    with owner.scope():
        dataset_id = ModelVersion.objects.select_related("dataset_version").get(id=first.id).dataset_version.dataset_id
    assert found(f"dataset_id={dataset_id}") == [str(first.id)]
    assert found(f"dataset_id={uuid7()}") == found("task=chat") == found("q=%25") == []
    row = viewer.api.get("/model-versions?limit=1").json()["data"][0]
    assert (row["model_name"], row["task"], row["base_model"]) == ("Prices", "regression", "minilm-l6-v2")
    assert viewer.api.get(f"/model-versions/{other.id}").json() == row
    for bad in ("dataset_id=x", f"q={'x' * 101}", "task=%00"):
        assert viewer.api.get(f"/model-versions?{bad}").status_code == 400


def test_finding_versions_takes_the_same_number_of_queries_for_any_number(owner, tmp_path):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert owner.api.get("/model-versions").status_code == 200
        return len(captured)

    publish(owner, tmp_path, name="a")
    before = queries()
    for name in "bcd":
        publish(owner, tmp_path, name=name)
    assert queries() == before
