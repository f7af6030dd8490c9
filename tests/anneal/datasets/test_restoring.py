"""A deleted dataset comes back as it was, with the work that its deletion ended, as long as nothing of it is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from anneal.common.leased_work import MAX_CRASHES, SupersededError
from anneal.common.models import OutboxEntry
from anneal.common.restoring import RESTORABLE_DAYS, RESTORABLE_FOR
from anneal.common.tenancy import service_scope
from anneal.datasets.models import Dataset, DatasetChange, DatasetVersion, DoctorReport
from anneal.datasets.services.work import Work
from anneal.datasets.tasks import change, validate
from anneal.jobs.services.keeping import keeping_sweep
from anneal.tenants.models import AuditEntry
from tests.anneal.datasets.steps import csv_of, dataset_of, good_rows, shown, versioned

pytestmark = pytest.mark.django_db


def _names(api, query: str = "") -> list[str]:
    answer = api.get(f"/datasets?{query}")
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["data"]]


def _deleted(person, dataset, *, ago: timedelta = timedelta()) -> str:
    path = f"/datasets/{dataset['id']}"
    assert person.api.delete(path).status_code == 204
    with service_scope():
        Dataset.objects.filter(id=dataset["id"]).update(deleted_at=Now() - ago)
    return path


def _asked(topic: str) -> list[dict]:
    with service_scope():
        return [entry.payload for entry in OutboxEntry.objects.filter(topic=topic).order_by("id")]


def test_deleted_dataset_comes_back_as_it_was(owner):
    dataset = versioned(owner)
    path = _deleted(owner, dataset)
    answer = owner.api.post(f"{path}/restore")
    assert answer.status_code == 200, answer.content
    assert answer.json() == shown(owner.api, dataset["id"]) == dataset
    assert owner.api.get(f"/dataset-versions/{dataset['latest_version']['id']}").status_code == 200
    assert owner.api.post(f"{path}/restore").json() == dataset, "what lives stays as it is"
    with owner.scope():
        acts = list(AuditEntry.objects.filter(target=dataset["id"]).order_by("id").values_list("action", flat=True))
    assert acts[-2:] == ["dataset.deleted", "dataset.restored"]


def test_deleted_ones_are_listed_with_until_when(owner, viewer, stranger):
    kept, gone = versioned(owner), dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto"), name="Hotel reviews")
    long_gone = dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto"), name="Old hotel reviews")
    _deleted(owner, gone, ago=timedelta(days=2))
    _deleted(owner, long_gone, ago=RESTORABLE_FOR)
    assert _names(viewer.api) == _names(viewer.api, "deleted=false") == [kept["name"]]
    assert _names(viewer.api, "deleted=true") == _names(viewer.api, "deleted=true&q=HOTEL") == ["Hotel reviews"]
    assert _names(viewer.api, "deleted=true&task=ranking") == _names(stranger.api, "deleted=true") == []
    row = viewer.api.get("/datasets?deleted=true").json()["data"][0]
    with service_scope():
        until = Dataset.objects.get(id=gone["id"]).restorable_until
    assert row["restorable_until"] == until.isoformat().replace("+00:00", "Z")
    assert (kept["deleted_at"], kept["restorable_until"]) == (None, None)
    assert viewer.api.get("/datasets?deleted=perhaps").json()["error"]["param"] == "deleted"
    assert owner.api.get("/session").json()["restorable_days"] == RESTORABLE_DAYS >= 7


def test_deleted_ones_are_listed_page_by_page(owner):
    for number in range(3):
        _deleted(owner, dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto"), name=f"d{number}"))
    first = owner.api.get("/datasets?deleted=true&limit=2").json()
    rest = owner.api.get(f"/datasets?deleted=true&limit=2&cursor={first['next_cursor']}").json()
    assert [[row["name"] for row in page["data"]] for page in (first, rest)] == [["d2", "d1"], ["d0"]]
    assert rest["next_cursor"] is None


def test_dataset_that_is_gone_for_good_does_not_come_back(owner):
    late, swept = versioned(owner), versioned(owner)
    path = _deleted(owner, late, ago=RESTORABLE_FOR)
    refused = owner.api.post(f"{path}/restore", **{"Accept-Language": "zh-CN"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "dataset.gone")
    assert f"{RESTORABLE_DAYS} 天" in refused.json()["error"]["message"]
    path = _deleted(owner, swept, ago=RESTORABLE_FOR)
    with service_scope():
        keeping_sweep()
        Dataset.objects.filter(id=swept["id"]).update(deleted_at=Now())
    assert owner.api.post(f"{path}/restore").json()["error"]["code"] == "dataset.gone", "its files are no more"
    assert owner.api.get("/datasets?deleted=true").json()["data"] == []


def test_sweep_leaves_what_can_come_back(owner):
    dataset = versioned(owner)
    path = _deleted(owner, dataset, ago=RESTORABLE_FOR - timedelta(minutes=1))
    with service_scope():
        keeping_sweep()
        assert Dataset.objects.get(id=dataset["id"]).swept_at is None
    assert owner.api.post(f"{path}/restore").status_code == 200


def test_viewer_restores_nothing_and_a_stranger_finds_nothing(owner, viewer, stranger):
    path = _deleted(owner, versioned(owner))
    assert viewer.api.post(f"{path}/restore").status_code == 403
    assert stranger.api.post(f"{path}/restore").json()["error"]["code"] == "dataset.not_found"
    assert owner.api.get(path).status_code == 404


def test_check_that_the_deletion_ended_begins_anew(owner):
    dataset = dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto"))
    owner.api.put(f"/datasets/{dataset['id']}/mapping", {"text": "text", "label": "label"})
    with service_scope():
        at_work = Dataset.objects.filter(id=dataset["id"])
        # Somebody checks it, and would be taken for dead at the third try.
        at_work.update(run=3, crashes=MAX_CRASHES - 1, lease_until=Now() + timedelta(minutes=1))
        busy = Work(at_work.get(), at_work.filter(run=3))
    path = _deleted(owner, dataset)
    back = owner.api.post(f"{path}/restore").json()
    assert (back["state"], back["progress"]["rows_read"]) == ("validating", 0)
    assert _asked("datasets.validate")[-1] == {"dataset_id": dataset["id"]}
    with pytest.raises(SupersededError), service_scope():
        busy.finish("invalid")
    validate(dataset["id"])
    back = shown(owner.api, dataset["id"])
    assert (back["state"], back["latest_version"]["number"]) == ("ready", 1)


def test_change_and_report_that_the_deletion_ended_begin_anew(owner):
    dataset = versioned(owner)
    version_id = dataset["latest_version"]["id"]
    body = {"base_version_id": version_id, "kind": "edit", "changes": [{"id": 1, "action": "drop"}]}
    rows = owner.api.get(f"/dataset-versions/{version_id}/rows?limit=1").json()["data"]
    body["changes"][0]["id"] = rows[0]["id"]
    asked = owner.api.post(f"/datasets/{dataset['id']}/changes", body).json()
    with service_scope():
        lease = {"run": 1, "lease_until": Now() + timedelta(minutes=1), "crashes": MAX_CRASHES - 1}
        DatasetChange.objects.filter(id=asked["id"]).update(**lease)
        DoctorReport.objects.filter(version_id=version_id).update(state="running", **lease)
        report_id = DoctorReport.objects.get(version_id=version_id).id
    assert owner.api.post(f"{_deleted(owner, dataset)}/restore").status_code == 200
    assert _asked("datasets.change")[-1] == {"change_id": asked["id"]}
    assert _asked("datasets.diagnose")[-1] == {"report_id": str(report_id)}
    with service_scope():
        report = DoctorReport.objects.get(id=report_id)
        assert (report.state, report.run, report.lease_until) == ("queued", 2, None)
    change(asked["id"])
    with owner.scope():
        assert DatasetChange.objects.get(id=asked["id"]).state == "applied"
        assert DatasetVersion.objects.filter(dataset_id=dataset["id"]).count() == 2
