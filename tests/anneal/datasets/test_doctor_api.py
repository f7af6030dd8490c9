"""The data doctor around a real child process: what it says is committed as it comes, and crashes, silence and bad words are told."""

from __future__ import annotations

import os
import shlex
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from structlog.testing import capture_logs

from anneal.common.outbox import outbox_relay
from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.common.texts import texts_registered
from anneal.datasets import finding_texts
from anneal.datasets.models import DoctorFinding, DoctorReport
from anneal.datasets.services import datasets_reconcile
from anneal.datasets.tasks import diagnose
from tests.anneal.datasets.steps import csv_of, dataset_of, done, edited, good_rows, mapped, rows_of, shown
from tests.support import small_doctor
from workers.contract.doctor import CODES, FIXES

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor(settings):
    """Which child stands in for the doctor from now on."""

    def use(mode: str, **values: Any) -> None:
        command = shlex.join([sys.executable, str(Path(small_doctor.__file__)), mode])
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"doctor_command": command, **values})

    use("whole")
    return use


def _twins(person):
    """A dataset in which five rows repeat others."""
    rows = good_rows(40)
    return mapped(person, dataset_of(person, (csv_of([*rows, *rows[:5]]), "reviews.csv", "auto")))


def _asked() -> list[str]:
    sent: list[str] = []
    outbox_relay(lambda topic, payload: sent.append(payload["report_id"]) if topic == "datasets.diagnose" else None)
    return sent


def _examined(person, version: dict[str, Any]) -> dict[str, Any]:
    with service_scope():
        report = DoctorReport.objects.get(version_id=version["id"])
    diagnose(str(report.id))
    return _report(person, version)


def _report(person, version: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = person.api.get(f"/dataset-versions/{version['id']}/doctor", **headers)
    assert answer.status_code == 200, answer.content
    return answer.json()


def _age(report_id, **values) -> None:
    past = timezone.now() - timedelta(minutes=5)
    with service_scope():
        DoctorReport.objects.filter(id=report_id).update(work_asked_at=past, **values)


def test_every_finding_and_fix_has_words_in_both_languages():
    assert finding_texts
    for key in [*(code.replace("doctor:", "finding.") for code in CODES), *(f"fix.{name}" for name in FIXES)]:
        english, chinese = texts_registered()[key]
        assert english != chinese, key
        assert key.startswith("fix.") or ("{num_rows}" in english and "{num_rows}" in chinese), key


def test_a_finding_says_where_names_were_looked_for_in_a_part_of_the_texts():
    told = finding_texts.finding_text("doctor:personal_data", 3, {"names_read": 40, "names_texts": 90})
    assert "Names of people were looked for in 40 of 90 different texts" in told
    assert "looked for" not in finding_texts.finding_text("doctor:personal_data", 3, {"name": 4})


def test_published_version_is_examined_and_ready_all_the_while(owner, doctor):
    del doctor
    dataset = _twins(owner)
    version = dataset["latest_version"]
    assert dataset["state"] == "ready"
    assert _report(owner, version)["state"] == "queued"
    (report_id,) = _asked()
    diagnose(report_id)
    report = _report(owner, version)
    assert (report["state"], report["seconds"], report["error"]) == ("done", 0.5, None)
    assert report["skipped"] == {"doctor:label_errors": "too_few_rows"}
    (finding,) = report["findings"]
    assert (finding["code"], finding["severity"], finding["num_rows"]) == ("doctor:exact_duplicates", "warning", 5)
    assert finding["message"].startswith("Rows that repeat an earlier row word for word: 5.")
    assert [fix["name"] for fix in finding["fixes"]] == ["keep_one"]
    assert finding["decision"] == "open"
    assert len(finding["examples"]) == 3
    assert report["token_lengths"] == {
        "bins": [{"low": 1, "high": 20, "num_rows": 45}],
        "limits": [{"max_tokens": 512, "num_rows": 0, "share_of_tokens": 0.0}],
        "num_counted": 45,
        "num_rows": 45,
        "counted_by": "MiniLM L6 v2",
    }
    chinese = _report(owner, version, **{"Accept-Language": "zh-hans"})["findings"][0]
    assert "5" in chinese["message"]
    assert "逐字相同" in chinese["message"]
    work = Path(django_settings.ENVIRONMENT.anneal_data_dir) / "work"
    assert not list(work.glob(f"{report_id}-*"))
    diagnose(report_id)
    assert _report(owner, version) == report, "a message that comes twice changes nothing"


def test_a_check_that_broke_down_is_told_and_logged_with_its_last_words(owner, doctor):
    doctor("defect")
    with capture_logs() as logs:
        report = _examined(owner, _twins(owner)["latest_version"])
    assert (report["state"], report["skipped"]) == ("done", {"doctor:label_errors": "defect"})
    assert [one["code"] for one in report["findings"]] == ["doctor:exact_duplicates"]
    (told,) = [line for line in logs if line["event"] == "doctor.checks_failed"]
    assert (told["log_level"], told["checks"]) == ("error", ["doctor:label_errors"])
    assert "ZeroDivisionError" in told["words"]


def test_rows_of_a_finding_come_with_their_cells_and_the_map_with_labels(owner, doctor):
    del doctor
    version = _twins(owner)["latest_version"]
    (finding,) = _examined(owner, version)["findings"]
    page = owner.api.get(f"/doctor-findings/{finding['id']}/rows?limit=2&offset=1").json()
    assert (page["total"], len(page["data"])) == (5, 2)
    by_id = {row["id"]: row for row in rows_of(owner.api, version["id"])}
    assert all(one["row"] == by_id[one["row"]["id"]] and one["score"] == 1.0 for one in page["data"])
    found = owner.api.get(f"/dataset-versions/{version['id']}/map").json()
    assert (found["total"], found["method"], found["vectors"]) == (45, "pca", "ngrams")
    assert {point["id"]: point["label"] for point in found["points"]} == {
        row: one["cells"]["label"] for row, one in by_id.items()
    }


def test_rows_of_a_finding_are_filtered_like_any_others(owner, stranger, doctor):
    del doctor
    dataset = _twins(owner)
    version = dataset["latest_version"]
    (finding,) = _examined(owner, version)["findings"]
    pointed = owner.api.get(f"/doctor-findings/{finding['id']}/rows").json()["data"]
    ids = {one["row"]["id"] for one in pointed}
    seen = owner.api.get(f"/dataset-versions/{version['id']}/rows?finding_id={finding['id']}").json()
    assert {row["id"] for row in seen["data"]} == ids
    one_label = pointed[0]["row"]["cells"]["label"]
    some = owner.api.get(f"/dataset-versions/{version['id']}/rows?finding_id={finding['id']}&label={one_label}").json()
    assert {row["id"] for row in some["data"]} == {
        one["row"]["id"] for one in pointed if one["row"]["cells"]["label"] == one_label
    }
    path = f"/datasets/{dataset['id']}/filter"
    assert owner.api.post(path, {"drop": {"finding_id": finding["id"]}, "dry_run": True}).json()["total"] == len(ids)
    made = done(owner.api, owner.api.post(path, {"drop": {"finding_id": finding["id"]}}))
    assert made["version"]["change"]["code"] == finding["code"], "the version says which finding its rows were of"
    assert made["version"]["num_removed"] == len(ids)
    assert ids.isdisjoint({row["id"] for row in rows_of(owner.api, made["version"]["id"])})
    later = owner.api.post(path, {"keep": {"finding_id": finding["id"]}})
    assert (later.status_code, later.json()["error"]["code"]) == (404, "finding.not_found"), "of an earlier version"
    theirs = _twins(stranger)
    foreign = f"/dataset-versions/{theirs['latest_version']['id']}/rows?finding_id={finding['id']}"
    assert stranger.api.get(foreign).json()["error"]["code"] == "finding.not_found"
    nonsense = owner.api.get(f"/dataset-versions/{version['id']}/rows?finding_id=nonsense")
    assert (nonsense.status_code, nonsense.json()["error"]["param"]) == (404, "finding_id")


def test_a_fix_can_be_made_in_some_columns_alone(owner, doctor):
    doctor("columns")
    (finding,) = _examined(owner, _twins(owner)["latest_version"])["findings"]
    (fix,) = finding["fixes"]
    assert fix["by_columns"] == [
        {"columns": ["text"], "num_changes": 1, "num_dropped": 1},
        {"columns": ["label"], "num_changes": 4, "num_dropped": 4},
    ]
    path = f"/doctor-findings/{finding['id']}/accept"
    refused = owner.api.post(path, {"fix": "keep_one", "columns": ["score"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "finding.no_such_columns")
    assert "label, text" in refused.json()["error"]["message"]
    assert owner.api.post(path, {"fix": "keep_one", "columns": []}).status_code == 400
    made = done(owner.api, owner.api.post(path, {"fix": "keep_one", "columns": ["label"]}))
    assert made["version"]["num_removed"] == 4
    assert made["version"]["change"]["columns"] == ["label"]


def test_all_columns_of_a_fix_are_the_whole_fix(owner, doctor):
    doctor("columns")
    (finding,) = _examined(owner, _twins(owner)["latest_version"])["findings"]
    wish = {"fix": "keep_one", "columns": ["label", "text"]}
    made = done(owner.api, owner.api.post(f"/doctor-findings/{finding['id']}/accept", wish))
    assert made["version"]["num_removed"] == 5


def test_accepted_fix_makes_a_version_and_undo_takes_it_back(owner, doctor):
    del doctor
    dataset = _twins(owner)
    first = dataset["latest_version"]
    (finding,) = _examined(owner, first)["findings"]
    path = f"/doctor-findings/{finding['id']}/accept"
    unknown = owner.api.post(path, {"fix": "mask"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, "finding.no_such_fix")
    made = done(owner.api, owner.api.post(path, {"fix": "keep_one"}))
    assert made["state"] == "applied", made["problems"]
    version = made["version"]
    assert (version["change"]["kind"], version["change"]["code"]) == ("fix", "doctor:exact_duplicates")
    assert (version["change"]["fix"], version["change"]["counts"]) == ("keep_one", {"drop": 5})
    assert (version["num_removed"], sum(version["num_rows"].values())) == (5, 40)
    (decided,) = _report(owner, first)["findings"]
    assert (decided["decision"], decided["fix"], decided["version_id"]) == ("accepted", "keep_one", version["id"])
    assert decided["decided_by"]["email"] == owner.user.email
    again = owner.api.post(path, {"fix": "keep_one"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "finding.decided")
    assert owner.api.post(f"/doctor-findings/{finding['id']}/dismiss").status_code == 409
    assert _examined(owner, version)["findings"] == [], "the new version is examined as well"
    back = done(owner.api, owner.api.post(f"/datasets/{dataset['id']}/undo"))["version"]
    assert back["sha256"] == first["sha256"]


def test_fix_for_a_version_that_is_not_the_latest_is_refused(owner, doctor):
    del doctor
    dataset = _twins(owner)
    (finding,) = _examined(owner, dataset["latest_version"])["findings"]
    row = rows_of(owner.api, dataset["latest_version"]["id"])[0]
    edited(owner, dataset, {"id": row["id"], "action": "set", "cells": {"text": "edited meanwhile"}})
    answer = owner.api.post(f"/doctor-findings/{finding['id']}/accept", {"fix": "keep_one"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "change.not_latest")
    assert _report(owner, dataset["latest_version"])["findings"][0]["decision"] == "open"


def test_fix_that_cannot_be_made_leaves_its_finding_open(owner, doctor):
    del doctor
    dataset = _twins(owner)
    (finding,) = _examined(owner, dataset["latest_version"])["findings"]
    with service_scope():
        row = DoctorFinding.objects.get(id=finding["id"])
        store().delete(row.fixes[0]["key"])
        bad = Path(django_settings.ENVIRONMENT.anneal_data_dir) / "bad.jsonl"
        bad.write_text('{"id": 987654321, "action": "drop"}\n')
        store().put_file(row.fixes[0]["key"], bad)
    made = done(owner.api, owner.api.post(f"/doctor-findings/{finding['id']}/accept", {"fix": "keep_one"}))
    assert [problem["code"] for problem in made["problems"]] == ["data:no_such_row"]
    (again,) = _report(owner, dataset["latest_version"])["findings"]
    assert (again["decision"], again["fix"], again["change_id"]) == ("open", "", None)


def test_finding_is_dismissed_and_taken_up_again(owner, viewer, stranger, doctor):
    del doctor
    version = _twins(owner)["latest_version"]
    (finding,) = _examined(owner, version)["findings"]
    path = f"/doctor-findings/{finding['id']}"
    assert viewer.api.post(f"{path}/dismiss").status_code == 403
    assert stranger.api.post(f"{path}/dismiss").status_code == 404
    assert owner.api.post(f"{path}/dismiss").json()["decision"] == "dismissed"
    assert _report(viewer, version)["findings"][0]["decision"] == "dismissed"
    assert owner.api.post(f"{path}/reopen").json()["decision"] == "open"


def test_finding_stays_dismissed_until_rows_join(owner, doctor):
    del doctor
    dataset = _twins(owner)
    first = dataset["latest_version"]
    (finding,) = _examined(owner, first)["findings"]
    owner.api.post(f"/doctor-findings/{finding['id']}/dismiss")
    twins = [one["row"] for one in owner.api.get(f"/doctor-findings/{finding['id']}/rows").json()["data"]]

    fewer = edited(owner, dataset, {"id": twins[0]["id"], "action": "drop"})["version"]
    (same,) = _examined(owner, fewer)["findings"]
    assert (same["decision"], same["is_carried"], same["num_joined"], same["num_rows"]) == ("dismissed", True, None, 4)
    assert same["decided_by"]["email"] == owner.user.email

    added = edited(owner, dataset, {"action": "add", "split": "train", "cells": twins[1]["cells"]})["version"]
    (back,) = _examined(owner, added)["findings"]
    assert (back["decision"], back["is_carried"], back["num_joined"]) == ("open", False, 1)
    assert back["message"].endswith("It was dismissed before; rows that have joined since: 1.")
    owner.api.post(f"/doctor-findings/{back['id']}/dismiss")

    undone = done(owner.api, owner.api.post(f"/dataset-versions/{first['id']}/restore"))["version"]
    (again,) = _examined(owner, undone)["findings"]
    assert (again["decision"], again["num_joined"]) == ("open", 1), "the row that was dropped has come back"
    reopened = owner.api.post(f"/doctor-findings/{same['id']}/reopen").json()
    assert (reopened["decision"], reopened["is_carried"]) == ("open", False)


def test_crash_keeps_what_was_found_is_tried_three_times_and_then_told(owner, doctor):
    doctor("crash")
    version = _twins(owner)["latest_version"]
    first = _examined(owner, version)
    assert (first["state"], [one["code"] for one in first["findings"]]) == ("queued", ["doctor:exact_duplicates"])
    finding = first["findings"][0]["id"]
    owner.api.post(f"/doctor-findings/{finding}/dismiss")
    assert _examined(owner, version)["state"] == "queued"
    last = _examined(owner, version)
    assert (last["state"], last["error"]["code"]) == ("failed", "doctor.crashed")
    assert "3 times" in last["error"]["message"]
    assert [(one["id"], one["decision"]) for one in last["findings"]] == [(finding, "dismissed")]


def test_crash_is_made_up_for_by_the_next_try(owner, doctor):
    doctor("crash")
    version = _twins(owner)["latest_version"]
    assert _examined(owner, version)["state"] == "queued"
    doctor("whole")
    report = _examined(owner, version)
    assert (report["state"], len(report["findings"])) == ("done", 1)


@pytest.mark.parametrize("mode", ["babble", "spill"])
def test_words_that_are_no_events_and_files_outside_its_folder_count_as_crashes(owner, doctor, mode):
    doctor(mode)
    version = _twins(owner)["latest_version"]
    report = _examined(owner, version)
    assert (report["state"], report["findings"]) == ("queued", [])


def test_doctor_that_cannot_go_on_is_believed(owner, doctor):
    doctor("fail")
    report = _examined(owner, _twins(owner)["latest_version"])
    assert (report["state"], report["error"]["code"]) == ("failed", "doctor.failed")
    assert "the patient ran away" in report["error"]["message"]


def test_doctor_that_never_ends_is_stopped_and_what_it_found_is_kept(owner, doctor):
    doctor("hang", doctor_max_seconds=8)
    report = _examined(owner, _twins(owner)["latest_version"])
    assert (report["state"], report["error"]["code"], len(report["findings"])) == ("failed", "doctor.too_slow", 1)


def test_doctor_that_wants_too_much_memory_is_told_with_advice_and_not_tried_again(owner, doctor):
    doctor("gorge", doctor_max_memory_bytes=256 * 2**20)
    version = _twins(owner)["latest_version"]
    report = _examined(owner, version)
    assert (report["state"], report["error"]["code"], len(report["findings"])) == ("failed", "doctor.out_of_memory", 1)
    assert "(0.2 GiB)" in report["error"]["message"]
    assert "fewer or shorter rows" in report["error"]["message"]
    doctor("whole")
    assert _examined(owner, version) == report, "the next try would come to the same"
    assert _examined(owner, _twins(owner)["latest_version"])["state"] == "done", "the worker goes on with the next"


def test_child_knows_no_secrets_and_leads_its_own_group(owner, doctor):
    doctor("environment")
    report = _examined(owner, _twins(owner)["latest_version"])
    known = next(one["params"] for one in report["findings"] if one["code"] == "doctor:outliers")
    assert not [
        name for name in known["names"] if any(part in name for part in ("DATABASE", "SECRET", "_TOKEN", "REDIS"))
    ]
    assert known["core"] == 0
    assert known["group"] != os.getpgid(0)


def test_lost_message_of_a_report_is_sent_again_and_a_dead_worker_succeeded(owner, doctor):
    del doctor
    version = _twins(owner)["latest_version"]
    (report_id,) = _asked()
    _age(report_id, state="running", lease_until=timezone.now() + timedelta(minutes=1))
    with service_scope():
        assert datasets_reconcile() == 0
    diagnose(report_id)
    assert _report(owner, version)["state"] == "running", "it is somebody's"
    _age(report_id, lease_until=timezone.now() - timedelta(seconds=1))
    with service_scope():
        assert datasets_reconcile() == 1
    assert _asked() == [report_id]
    diagnose(report_id)
    assert _report(owner, version)["state"] == "done"


def test_switched_off_doctor_is_not_asked(owner, doctor):
    doctor("whole", doctor_enabled=False)
    dataset = _twins(owner)
    assert _asked() == []
    answer = owner.api.get(f"/dataset-versions/{dataset['latest_version']['id']}/doctor")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "doctor.no_report")
    assert shown(owner.api, dataset["id"])["state"] == "ready"
