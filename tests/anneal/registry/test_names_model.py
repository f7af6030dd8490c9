"""Choosing the model that the data doctor tells names of people by, and what becomes of its findings."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from anneal.common.outbox import outbox_relay
from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.datasets.models import DoctorReport
from anneal.datasets.services.leftovers import cache_folder
from anneal.datasets.tasks import diagnose
from anneal.registry.models import ModelVersion
from anneal.tenants.models import AuditEntry, Notification
from tests.anneal.datasets.steps import csv_of, dataset_of, edited, good_rows, mapped, rows_of, shown
from tests.anneal.registry.published import FILES, publish
from tests.support import small_doctor

pytestmark = pytest.mark.django_db

TYPES = ["LOC", "PER"]
TAGGER = {**FILES, "tokenizer.json": b"{}", "anneal.json": b"{}"}


@pytest.fixture(autouse=True)
def doctor(settings):
    command = shlex.join([sys.executable, str(Path(small_doctor.__file__)), "names"])
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"doctor_command": command})


@pytest.fixture
def dataset(owner) -> dict[str, Any]:
    return mapped(owner, dataset_of(owner, (csv_of(good_rows(40)), "reviews.csv", "auto")))


@pytest.fixture
def tagger(owner, tmp_path) -> ModelVersion:
    return publish(owner, tmp_path, name="Names", task="token_classification", labels=TYPES, files=TAGGER)


def _choose(person, dataset: dict[str, Any], version: Any, *types: str):
    body = {"model_version_id": str(version.id), "types": list(types or ("PER",))}
    return person.api.put(f"/datasets/{dataset['id']}/names-model", body)


def _examined(person, version: dict[str, Any]) -> dict[str, Any]:
    """The report, once the doctor has done what was asked of it."""
    outbox_relay(lambda topic, payload: diagnose(payload["report_id"]) if topic == "datasets.diagnose" else None)
    report: dict[str, Any] = person.api.get(f"/dataset-versions/{version['id']}/doctor").json()
    assert report["state"] == "done"
    return report


def _smaller(person, dataset: dict[str, Any], version: dict[str, Any]) -> dict[str, Any]:
    """The newest version without its last row."""
    last = rows_of(person.api, version["id"])[-1]
    made: dict[str, Any] = edited(person, dataset, {"id": last["id"], "action": "drop"})["version"]
    return made


def _found(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["code"]: one for one in report["findings"]}


def test_chosen_model_is_used_for_the_newest_version_and_all_later_ones(owner, dataset, tagger):
    version = dataset["latest_version"]
    assert dataset["names_model"] is None
    assert list(_found(_examined(owner, version))) == ["doctor:personal_data"]
    answer = _choose(owner, dataset, tagger)
    assert answer.status_code == 200, answer.content
    assert answer.json()["names_model"] == {
        "model_version_id": str(tagger.id),
        "title": "Names v1",
        "types": ["PER"],
        "is_gone": False,
    }
    told = _found(_examined(owner, version))["doctor:outliers"]["params"]
    assert (told["types"], told["files"]) == (
        ["PER"],
        ["anneal.json", "config.json", "model.safetensors", "tokenizer.json"],
    )
    later = _smaller(owner, dataset, version)
    again = _found(_examined(owner, later))["doctor:outliers"]["params"]
    assert again["folder"] == told["folder"], "the files are fetched once"
    with owner.scope():
        entry = AuditEntry.objects.get(action="dataset.names_model_chosen")
    assert (entry.target, entry.data["model"], entry.data["types"]) == (dataset["id"], "Names v1", ["PER"])


def test_model_can_be_taken_off_and_what_it_alone_found_goes(owner, dataset, tagger):
    version = dataset["latest_version"]
    _choose(owner, dataset, tagger)
    before = _found(_examined(owner, version))
    assert (before["doctor:personal_data"]["num_rows"], len(before)) == (2, 2)
    answer = owner.api.delete(f"/datasets/{dataset['id']}/names-model")
    assert (answer.status_code, answer.json()["names_model"]) == (200, None)
    after = _found(_examined(owner, version))
    assert {code: (one["id"], one["num_rows"]) for code, one in after.items()} == {
        "doctor:personal_data": (before["doctor:personal_data"]["id"], 1)
    }
    assert not list(cache_folder(owner.tenant_id, dataset["id"]).glob("names-*"))
    with owner.scope():
        assert AuditEntry.objects.filter(action="dataset.names_model_removed").count() == 1
    with service_scope():
        notices = Notification.objects.filter(kind="findings_severe", opens=dataset["id"])
        assert notices.count() == 1, "nobody is told twice of the same version"


def test_same_choice_again_has_nothing_looked_at_anew(owner, dataset, tagger):
    _choose(owner, dataset, tagger, "PER", "LOC")
    before = _run_of(dataset)
    assert _choose(owner, dataset, tagger, "LOC", "PER", "LOC").json()["names_model"]["types"] == ["LOC", "PER"]
    assert _run_of(dataset) == before
    _choose(owner, dataset, tagger, "PER")
    assert _run_of(dataset) == before + 1


def _run_of(dataset: dict[str, Any]) -> int:
    with service_scope():
        return DoctorReport.objects.get(version_id=dataset["latest_version"]["id"]).run


def test_dismissed_finding_comes_back_where_names_stand_in_other_rows(owner, dataset, tagger):
    version = dataset["latest_version"]
    finding = _found(_examined(owner, version))["doctor:personal_data"]
    owner.api.post(f"/doctor-findings/{finding['id']}/dismiss")
    _choose(owner, dataset, tagger)
    back = _found(_examined(owner, version))["doctor:personal_data"]
    assert (back["id"], back["decision"], back["num_joined"]) == (finding["id"], "open", 1)
    owner.api.post(f"/doctor-findings/{finding['id']}/dismiss")
    owner.api.delete(f"/datasets/{dataset['id']}/names-model")
    kept = _found(_examined(owner, version))["doctor:personal_data"]
    assert (kept["decision"], kept["decided_by"]["email"]) == ("dismissed", owner.user.email)


def test_worker_that_is_still_looking_is_overtaken(owner, dataset, tagger):
    with service_scope():
        reports = DoctorReport.objects.filter(version_id=dataset["latest_version"]["id"])
        reports.update(state="running", run=4, crashes=1)
    _choose(owner, dataset, tagger)
    with service_scope():
        report = reports.get()
    assert (report.state, report.run, report.crashes, report.lease_until) == ("queued", 5, 0, None)


def test_deleted_model_is_told_and_breaks_nothing(owner, dataset, tagger):
    version = dataset["latest_version"]
    _choose(owner, dataset, tagger)
    _examined(owner, version)
    assert owner.api.delete(f"/models/{tagger.model_id}").status_code == 204
    assert shown(owner.api, dataset["id"])["names_model"]["is_gone"]
    later = _smaller(owner, dataset, version)
    report = _examined(owner, later)
    assert (report["skipped"], list(_found(report))) == ({"names": "names_model_gone"}, ["doctor:personal_data"])
    owner.api.post(f"/models/{tagger.model_id}/restore", {})
    assert not shown(owner.api, dataset["id"])["names_model"]["is_gone"]
    assert "doctor:outliers" in _found(_examined(owner, _smaller(owner, dataset, later)))


@pytest.mark.parametrize("harm", ["missing", "other"])
def test_files_that_are_gone_or_others_are_told(owner, dataset, tagger, harm, tmp_path):
    _choose(owner, dataset, tagger)
    with owner.scope():
        key = next(file["key"] for file in tagger.artifacts.get().files if file["name"] == "config.json")
    store().delete(key)
    if harm == "other":
        (tmp_path / "other").write_bytes(b"other")
        store().put_file(key, tmp_path / "other")
    report = _examined(owner, dataset["latest_version"])
    assert report["skipped"] == {"names": "names_model_gone"}
    assert not list(cache_folder(owner.tenant_id, dataset["id"]).glob("names-*"))


def test_choice_that_cannot_be_is_refused_by_its_name(owner, dataset, tagger, tmp_path):
    other = publish(owner, tmp_path, name="Intents")
    adapter = publish(
        owner, tmp_path, name="Small", task="token_classification", labels=TYPES, artifacts=[("adapter", TAGGER)]
    )
    for version, types, expected in (
        (other, ["PER"], (400, "names_model.wrong_task", "model_version_id")),
        (tagger, ["PERSON"], (400, "names_model.unknown_types", "types")),
        (adapter, ["PER"], (409, "names_model.adapter_only", "model_version_id")),
    ):
        answer = _choose(owner, dataset, version, *types)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["param"]) == expected
    assert "LOC, PER" in _choose(owner, dataset, tagger, "PERSON").json()["error"]["message"]
    body = {"model_version_id": str(tagger.id), "types": []}
    assert owner.api.put(f"/datasets/{dataset['id']}/names-model", body).status_code == 400
    assert shown(owner.api, dataset["id"])["names_model"] is None


def test_choosing_is_for_members_and_takes_no_model_of_others(owner, viewer, stranger, dataset, tagger, tmp_path):
    assert _choose(viewer, dataset, tagger).status_code == 403
    assert viewer.api.delete(f"/datasets/{dataset['id']}/names-model").status_code == 403
    assert _choose(stranger, dataset, tagger).json()["error"]["code"] == "dataset.not_found"
    foreign = publish(stranger, tmp_path, name="Names", task="token_classification", labels=TYPES, files=TAGGER)
    answer = _choose(owner, dataset, foreign)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_version.not_found")
    assert shown(viewer.api, dataset["id"])["names_model"] is None
