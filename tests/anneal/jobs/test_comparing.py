"""Jobs side by side over HTTP: results, settings that differ, paired comparisons with Holm's correction, rows where they disagree."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anneal.common.tenancy import tenant_scope
from anneal.jobs.models import Job
from anneal.jobs.services import pairs
from tests.anneal.datasets.steps import csv_of, dataset_of, done, good_rows, mapped, rows_of
from tests.anneal.jobs.material import evaluation_document, job_make, version_make
from tests.anneal.jobs.test_effects import finish
from tests.support.people import Person, person_found
from workers.bootstrap import holm

pytestmark = pytest.mark.django_db

NUM_TEST = 40


class Judged:
    """A dataset version with test rows, and jobs on it that answer some of them wrongly."""

    def __init__(self, person: Person) -> None:
        train = csv_of(good_rows(40))
        test = csv_of([(f"test {i}", label) for i, (_, label) in enumerate(good_rows(NUM_TEST))])
        self.person = person
        dataset = dataset_of(person, (train, "train.csv", "train"), (test, "test.csv", "test"))
        self.version = mapped(person, dataset)["latest_version"]
        self.ids = [row["id"] for row in rows_of(person.api, self.version["id"], "&split=test")]

    def job(self, wrong: Collection[int] = (), **options: Any) -> str:
        version_id = uuid.UUID(options.pop("version_id", self.version["id"]))
        judged = {name: options.pop(name) for name in ("evaluation", "metric", "parts", "weight") if name in options}
        return str(finish(self.person, job_make(self.person, version_id, **options), wrong, **judged))


def compare(person: Person, *ids: str, **query: str) -> dict[str, Any]:
    asked = "".join(f"&{name}={value}" for name, value in query.items())
    answer = person.api.get(f"/jobs/compare?ids={','.join(ids)}{asked}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def disagreements(person: Person, *ids: str, query: str = "") -> dict[str, Any]:
    answer = person.api.get(f"/jobs/compare/rows?ids={','.join(ids)}{query}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_results_and_only_the_settings_that_differ_are_shown(owner: Person) -> None:
    data = Judged(owner)
    first = data.job(name="Plain", seed=1)
    second = data.job(name="Adapted", seed=1, method={"type": "lora", "rank": 4})
    owner.api.patch(f"/jobs/{second}", {"tags": ["winter", "baseline"]})
    found = compare(owner, first, second)
    assert [(job["name"], job["method"], job["dataset_version"]["number"]) for job in found["jobs"]] == [
        ("Plain", "full", 1),
        ("Adapted", "lora", 1),
    ]
    assert [job["tags"] for job in found["jobs"]] == [[], ["baseline", "winter"]]
    figure = found["jobs"][0]["result"]["metrics"]["accuracy"]
    assert figure == pytest.approx({"value": 0.9, "low": 0.85, "high": 0.95})
    values = {one["path"]: [value["value"] for value in one["values"]] for one in found["settings"]}
    assert values["method.type"] == ["full", "lora"]
    assert values["method.rank"] == [None, 4]
    assert "seed" not in values
    assert "base_model" not in values


def test_a_search_names_the_trial_whose_curves_stand_for_it(owner: Person) -> None:
    version_id = version_make(owner)
    single, searched = job_make(owner, version_id), job_make(owner, version_id)
    found = {"num_trials": 3, "num_ended": 2, "best": {"number": 1, "value": 0.8, "settings": {}}}
    with tenant_scope(owner.tenant_id):
        Job.objects.filter(id=searched).update(search=found)
    jobs = compare(owner, str(single), str(searched))["jobs"]
    assert [job["best_trial"] for job in jobs] == [None, 1]


def test_p_values_are_corrected_for_every_comparison_with_the_baseline(owner: Person) -> None:
    data = Judged(owner)
    base = data.job(wrong=data.ids[:12])
    clearly = data.job(wrong=data.ids[:1])
    hardly = data.job(wrong=data.ids[6:12])
    alone = compare(owner, base, hardly)["pairs"][0]
    assert (alone["figures"]["outcome"], alone["p_corrected"]) == ("better", alone["figures"]["p_value"])
    assert alone["p_corrected"] == pytest.approx(2 / 2**6)
    same = data.job(wrong=data.ids[:12])
    found = compare(owner, base, clearly, hardly, same)
    assert found["num_comparisons"] == 3
    by_job = {pair["job_id"]: pair for pair in found["pairs"]}
    assert by_job[clearly]["figures"]["outcome"] == "better"
    assert by_job[hardly]["p_corrected"] == pytest.approx(2 * 2 / 2**6)
    assert by_job[hardly]["figures"]["outcome"] == "no_difference", "alone it was better; among three it may be chance"
    assert by_job[same]["p_corrected"] == 1.0
    assert by_job[same]["message"] == "No difference from the baseline on the same rows that chance could not explain."


def test_any_of_the_jobs_is_the_baseline(owner: Person) -> None:
    data = Judged(owner)
    bad, good = data.job(wrong=data.ids[:20]), data.job()
    assert compare(owner, bad, good)["pairs"][0]["figures"]["outcome"] == "better"
    turned = compare(owner, bad, good, baseline=good)
    assert (turned["baseline_id"], turned["pairs"][0]["job_id"]) == (good, bad)
    assert turned["pairs"][0]["figures"]["outcome"] == "worse"
    assert turned["pairs"][0]["figures"]["difference"]["value"] == -0.5


def test_what_cannot_be_told_says_why_and_corrects_nothing(owner: Person) -> None:
    data = Judged(owner)
    base, other = data.job(wrong=data.ids[:6]), data.job()
    waiting = str(job_make(owner, uuid.UUID(data.version["id"]), name="Waiting"))
    elsewhere = Judged(owner).job()
    found = compare(owner, base, other, waiting, elsewhere)
    assert found["num_comparisons"] == 1
    told = {pair["job_id"]: (pair["reason"], pair["figures"] is None) for pair in found["pairs"]}
    assert told == {other: (None, False), waiting: ("no_result", True), elsewhere: ("other_dataset", True)}
    assert found["pairs"][0]["p_corrected"] == found["pairs"][0]["figures"]["p_value"]
    assert "“Waiting”" in found["pairs"][1]["message"]
    jobs = {job["id"]: job["result"] for job in found["jobs"]}
    assert jobs[waiting] is None


def test_jobs_without_figures_of_rows_cannot_be_told_apart(owner: Person) -> None:
    data = Judged(owner)
    kept, bare = data.job(), str(finish(owner, job_make(owner, uuid.UUID(data.version["id"])), keeps_rows=False))
    [pair] = compare(owner, kept, bare)["pairs"]
    assert (pair["reason"], pair["figures"]) == ("no_row_figures", None)
    assert disagreements(owner, kept, bare) == {
        "kind": "gap",
        "metric": None,
        "is_lower_better": False,
        "job_ids": [kept],
        "roles": ["text", "label"],
        "total": 0,
        "data": [],
    }


def test_losses_over_other_tokens_cannot_be_told_apart(owner: Person) -> None:
    data = Judged(owner)
    base = data.job(metric="loss")
    assert compare(owner, base, data.job(metric="loss"))["pairs"][0]["reason"] is None
    [pair] = compare(owner, base, data.job(metric="loss", weight=2.0))["pairs"]
    assert pair["reason"] == "other_measure"
    [pair] = compare(owner, base, data.job())["pairs"]
    assert pair["reason"] == "other_metric"


def test_rows_that_a_change_of_the_data_touched_are_left_out(owner: Person) -> None:
    data = Judged(owner)
    base = data.job(wrong=data.ids[:20])
    touched = [{"id": row, "action": "set", "cells": {"text": "other words"}} for row in data.ids[:4]]
    body = {"base_version_id": data.version["id"], "kind": "edit", "changes": touched}
    later = done(owner.api, owner.api.post(f"/datasets/{data.version['dataset_id']}/changes", body))["version"]
    other = data.job(version_id=later["id"])
    found = compare(owner, base, other)
    assert found["pairs"][0]["figures"]["num_shared"] == NUM_TEST - 4
    rows = disagreements(owner, base, other)
    assert {one["row"]["id"] for one in rows["data"]} == set(data.ids[4:20])


def test_rows_where_jobs_disagree_come_with_their_texts_and_the_answers_that_were_kept(owner: Person) -> None:
    data = Judged(owner)
    document = evaluation_document()
    document["mistakes"] = [
        {"row": 2, "text": "test 1", "label": "praise", "predicted": "complaint", "confidence": 0.8}
    ]
    base = data.job(wrong=data.ids[:3], evaluation=document)
    other = data.job(wrong=[data.ids[0], data.ids[9]])
    found = disagreements(owner, base, other)
    assert (found["kind"], found["metric"], found["total"]) == ("right_or_wrong", "accuracy", 3)
    assert [one["row"]["id"] for one in found["data"]] == [data.ids[1], data.ids[2], data.ids[9]], (
        "both missed the first"
    )
    kept, lost, _ = found["data"]
    assert kept["row"]["cells"]["text"] == "test 1"
    label = kept["row"]["cells"]["label"]
    assert [(one["is_right"], one["answer"]) for one in kept["answers"]] == [(False, "complaint"), (True, label)]
    assert (lost["answers"][0]["is_right"], lost["answers"][0]["answer"]) == (False, None), "it was not kept"
    second = disagreements(owner, base, other, query="&offset=1&limit=1")
    assert (second["total"], second["data"]) == (3, [lost])


def test_rows_of_other_figures_come_with_the_widest_gap_first(owner: Person) -> None:
    data = Judged(owner)
    base = data.job(metric="mean_absolute_error")
    other = data.job(metric="mean_absolute_error", parts={data.ids[7]: 0.25, data.ids[3]: 4.0})
    found = disagreements(owner, base, other)
    assert (found["kind"], found["is_lower_better"], found["total"]) == ("gap", True, 2)
    assert [one["row"]["id"] for one in found["data"]] == [data.ids[3], data.ids[7]]
    assert [one["figure"] for one in found["data"][0]["answers"]] == [1.0, 4.0]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("", "ids"),
        ("ids={0}", "ids"),
        ("ids={0},{0}", "ids"),
        ("ids={0},x", "ids"),
        ("ids=" + ",".join(str(uuid.UUID(int=i)) for i in range(33)), "ids"),
        ("ids={0},{1}&baseline=x", "baseline"),
        ("ids={0},{1}&baseline=01920000-0000-7000-8000-000000000000", "baseline"),
    ],
)
def test_malformed_requests_name_the_parameter(owner: Person, query: str, param: str) -> None:
    ids = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
    for path in ("/jobs/compare", "/jobs/compare/rows"):
        answer = owner.api.get(f"{path}?{query.format(*ids)}")
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.content


def test_one_foreign_job_among_them_answers_like_a_missing_one(owner: Person) -> None:
    version = version_make(owner)
    own, others = str(job_make(owner, version)), str(job_make(person_found("stranger")))
    for path in ("/jobs/compare", "/jobs/compare/rows"):
        for second in (others, str(uuid.uuid4())):
            answer = owner.api.get(f"{path}?ids={own},{second}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "job.not_found")


def test_the_number_of_queries_does_not_grow_with_the_number_of_jobs(owner: Person) -> None:
    data = Judged(owner)
    jobs = [data.job(wrong=data.ids[:number]) for number in range(5)]
    for path in ("/jobs/compare", "/jobs/compare/rows"):
        counts = []
        for ids in (jobs[:2], jobs):
            with CaptureQueriesContext(connection) as queries:
                assert owner.api.get(f"{path}?ids={','.join(ids)}").status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1] < 20


def test_what_was_found_out_once_is_not_computed_again(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    data = Judged(owner)
    ids = data.job(wrong=data.ids[:9]), data.job()
    first = compare(owner, *ids)
    monkeypatch.setattr(pairs, "shared_rows", None)
    assert compare(owner, *ids) == first


def test_holm_is_holm() -> None:
    """The example of R's `p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")`."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
