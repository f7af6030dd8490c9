"""What a fix brought: two jobs alike but for the data, compared on held-out rows that the fix left as they were."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.models import DatasetVersion, DoctorFinding, DoctorReport
from anneal.jobs.effect_figures import MAX_ROWS, effect_figures, parts_by_id
from anneal.jobs.models import Job
from anneal.jobs.services.leases import job_claim, job_finish, job_started
from tests.anneal.datasets.steps import csv_of, dataset_of, done, good_rows, mapped, rows_of
from tests.anneal.jobs.material import evaluation_document, job_make
from tests.anneal.jobs.test_jobs_api import STARTED
from tests.support.people import Person
from workers.bootstrap import MIN_ROWS
from workers.contract.changes import RowChange, changes_write
from workers.contract.results import RowFigures

pytestmark = pytest.mark.django_db

NUM_TEST = 30


def stored(key: str, content: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "content"
        path.write_bytes(content)
        store().put_file(key, path)
    return key


def finding_make(person: Person, version: dict[str, Any], changes: list[RowChange]) -> uuid.UUID:
    """A finding of the doctor with one fix."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fix.jsonl"
        changes_write(path, changes)
        key = stored(f"{person.tenant_id}/fixes/{version['id']}.jsonl", path.read_bytes())
    with service_scope(), tenant_scope(person.tenant_id):
        report, _ = DoctorReport.objects.get_or_create(version_id=version["id"])
        return DoctorFinding.objects.create(
            report=report,
            position=0,
            code="doctor:label_errors",
            severity="warning",
            num_rows=len(changes),
            fixes=[{"name": "drop", "num_changes": len(changes), "key": key}],
        ).id


class Fixed:
    """A dataset whose first version had a finding, with a fix that was made into the second one."""

    def __init__(self, person: Person, *, change: str = "drop", num_rows: int = 5, num_test: int = NUM_TEST) -> None:
        train, test = (
            csv_of(good_rows(40)),
            csv_of([(f"test {i}", label) for i, (_, label) in enumerate(good_rows(num_test))]),
        )
        self.person = person
        files = (train, "train.csv", "train"), (test, "test.csv", "test")
        self.before = mapped(person, dataset_of(person, *files))["latest_version"]
        self.ids = [row["id"] for row in rows_of(person.api, self.before["id"], "&split=test")]
        self.touched = self.ids[:num_rows]
        cells = {"label": "praise"} if change == "set" else {}
        rows = self.touched[1::2] if change == "set" else self.touched
        changes = [RowChange.model_validate({"id": row, "action": change, "cells": cells}) for row in rows]
        self.touched = list(rows)
        self.finding = finding_make(person, self.before, changes)
        made = done(person.api, person.api.post(f"/doctor-findings/{self.finding}/accept", {"fix": "drop"}))
        assert made["state"] == "applied", made["problems"]
        self.after = made["version"]

    def effect(self) -> dict[str, Any]:
        answer = self.person.api.get(f"/doctor-findings/{self.finding}/effect")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def job(self, version: dict[str, Any], wrong: Collection[int] = (), **options: Any) -> uuid.UUID:
        """A job that ended well; it answers these test rows wrongly."""
        return finish(self.person, job_make(self.person, uuid.UUID(version["id"]), **options), wrong)


def finish(
    person: Person,
    job_id: uuid.UUID,
    wrong: Collection[int] = (),
    *,
    metric: str = "accuracy",
    parts: Mapping[int, float] | None = None,
    weight: float = 1.0,
    keeps_rows: bool = True,
    evaluation: dict[str, Any] | None = None,
) -> uuid.UUID:
    """Let a job end well; it is wrong on some test rows, and has other `parts` for some."""
    with service_scope():
        version = DatasetVersion.objects.get(id=Job.objects.get(id=job_id).dataset_version_id)
    ids = [row["id"] for row in rows_of(person.api, str(version.id), "&split=test")]
    figures = RowFigures(
        metric=metric,
        is_lower_better=metric != "accuracy",
        file=next(file["name"] for file in version.files if file["split"] == "test"),
        rows=tuple(range(1, len(ids) + 1)),
        parts=tuple((parts or {}).get(row, float(row not in wrong)) for row in ids),
        weights=(weight,) * len(ids),
    )
    key = stored(f"{person.tenant_id}/jobs/{job_id}/1/rows.json", figures.model_dump_json().encode())
    model = stored(f"{person.tenant_id}/jobs/{job_id}/1/model", b"weights")
    file = {"name": "model", "key": model, "sha256": "0" * 64, "size_bytes": 7}
    lease = {"job_id": job_id, "attempt": 1}
    assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    job_started(**lease, started=STARTED)
    job_finish(
        **lease,
        step=2,
        evaluation=evaluation or evaluation_document(),
        artifacts=[{"kind": "merged", "files": [file]}],
        row_figures_key=key if keeps_rows else "",
    )
    return job_id


def test_version_remembers_the_finding_that_it_was_made_for(owner: Person) -> None:
    change = Fixed(owner).after["change"]
    assert (change["kind"], change["code"], change["num_rows"]) == ("fix", "doctor:label_errors", 5)


def test_dropped_test_rows_win_nothing(owner: Person) -> None:
    fixed = Fixed(owner)
    fixed.job(fixed.before, wrong=[*fixed.touched, *fixed.ids[20:25]])
    fixed.job(fixed.after, wrong=fixed.ids[20:25])
    effect = fixed.effect()
    assert effect["state"] == "measured"
    figures = effect["figures"]
    assert (figures["num_shared"], figures["num_rows"]) == (NUM_TEST - 5, NUM_TEST - 5)
    assert figures["before"]["value"] == figures["after"]["value"] == 0.8
    assert (figures["outcome"], figures["difference"]["value"], figures["p_value"]) == ("no_difference", 0.0, 1.0)
    assert [(side["side"], side["version_number"]) for side in effect["sides"]] == [("before", 1), ("after", 2)]
    assert fixed.effect() == effect, "what is kept says the same as what was computed"


def test_changed_test_rows_are_left_out_and_a_real_gain_is_told(owner: Person) -> None:
    fixed = Fixed(owner, change="set", num_rows=8)
    fixed.job(fixed.before, wrong=fixed.ids[8:24])
    fixed.job(fixed.after, wrong=fixed.touched)
    figures = fixed.effect()["figures"]
    assert figures["num_shared"] == NUM_TEST - len(fixed.touched)
    assert (figures["outcome"], figures["test"], figures["after"]["value"]) == ("better", "mcnemar", 1.0)
    assert 0 < figures["difference"]["low"] < figures["difference"]["value"] < figures["difference"]["high"] < 1
    assert figures["p_value"] < 0.001


def test_jobs_with_other_settings_are_no_pair(owner: Person) -> None:
    fixed = Fixed(owner)
    fixed.job(fixed.before, seed=1)
    fixed.job(fixed.after, seed=2)
    effect = fixed.effect()
    assert (effect["state"], effect["num_shared"], effect["figures"]) == ("missing", NUM_TEST - 5, None)
    assert [one["side"] for one in effect["missing"]] == ["after"], "the job before is there, with its seed"
    assert effect["missing"][0]["estimate"]["seconds"]["likely"] > 0
    fixed.job(fixed.after, seed=1, checkpointing={"every_steps": 7})
    assert fixed.effect()["state"] == "measured", "how checkpoints are kept changes no result"


def test_what_is_missing_is_launched_once_and_measured_when_it_has_ended(owner: Person) -> None:
    fixed = Fixed(owner)
    assert [one["side"] for one in fixed.effect()["missing"]] == ["before", "after"]
    path = f"/doctor-findings/{fixed.finding}/effect"
    launched = owner.api.post(path)
    assert launched.status_code == 201, launched.content
    assert launched.json()["state"] == "under_way"
    assert owner.api.post(path).json()["sides"] == launched.json()["sides"], "nothing is launched twice"
    jobs = owner.api.get("/jobs").json()["data"]
    assert sorted(job["name"] for job in jobs) == ["Reviews v1 · minilm-l6-v2", "Reviews v2 · minilm-l6-v2"]
    for side in launched.json()["sides"]:
        finish(owner, uuid.UUID(side["job"]["id"]))
    assert fixed.effect()["state"] == "measured"


def test_same_content_counts_and_other_changes_do_not(owner: Person) -> None:
    fixed = Fixed(owner)
    fixed.job(fixed.before)
    dataset = fixed.before["dataset_id"]
    rows = [{"id": fixed.ids[-1], "action": "drop"}]
    body = {"base_version_id": fixed.after["id"], "kind": "edit", "changes": rows}
    other = done(owner.api, owner.api.post(f"/datasets/{dataset}/changes", body))["version"]
    fixed.job(other)
    assert fixed.effect()["state"] == "missing"
    again = done(owner.api, owner.api.post(f"/dataset-versions/{fixed.after['id']}/restore"))["version"]
    assert again["sha256"] == fixed.after["sha256"]
    fixed.job(again)
    assert fixed.effect()["state"] == "measured"


def test_nothing_is_measured_where_nothing_can_be(owner: Person) -> None:
    fixed = Fixed(owner, num_rows=25)
    effect = fixed.effect()
    assert (effect["state"], effect["reason"], effect["num_shared"]) == ("not_measurable", "few_rows", 5)
    refused = owner.api.post(f"/doctor-findings/{fixed.finding}/effect")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "effect.not_measurable")
    finding = finding_make(owner, fixed.after, [RowChange(id=fixed.ids[-1], action="drop")])
    refused = owner.api.get(f"/doctor-findings/{finding}/effect")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "effect.no_fix")


def test_figures_of_many_rows_are_drawn_and_lower_can_be_better() -> None:
    count = MAX_ROWS + 100
    before = dict.fromkeys(range(count), (2.0, 1.0))
    after = {row: (1.0 + row % 2, 1.0) for row in range(50, count)}
    found = effect_figures(before, after, metric="loss", is_lower_better=True)
    assert found is not None
    assert (found.num_shared, found.num_rows, found.test) == (count - 50, MAX_ROWS, "paired_bootstrap")
    assert (found.before.value, found.outcome) == (2.0, "better")
    assert found.difference.value == pytest.approx(found.before.value - found.after.value)
    some = effect_figures(
        *({row: found[row] for row in range(50, 90)} for found in (before, after)), metric="loss", is_lower_better=True
    )
    assert some is not None
    assert some.test == "paired_permutation"
    few = dict.fromkeys(range(MIN_ROWS - 1), (1.0, 1.0))
    assert effect_figures(few, few, metric="loss", is_lower_better=True) is None


def test_parts_of_one_row_are_put_together() -> None:
    figures = RowFigures(metric="loss", file="a", rows=(1, 3, 3), parts=(1, 2, 3), weights=(1, 1, 2))
    assert parts_by_id(figures, np.array([70, 71, 72])) == {70: (1, 1), 72: (5, 3)}
