"""Estimates before launch: ranges from measurements, corrected by own jobs, with the limit that would be hit named."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from anneal.common.tenancy import service_scope
from anneal.jobs.models import Job, TokenPreview
from anneal.jobs.selectors import dataset_version_facts
from anneal.jobs.services.estimate import correction_of
from anneal.jobs.throughput import MEASURED, WHOLE_JOB, Rate, rate_of
from tests.anneal.datasets.steps import dataset_of, mapped
from tests.anneal.jobs.material import version_make
from tests.anneal.jobs.test_record import begun, finish
from tests.support.people import Person, person_found
from workers.contract.preview import reading_of
from workers.contract.spec import JobSpec

pytestmark = pytest.mark.django_db


def estimated(person: Person, version_id: uuid.UUID, **changes: Any) -> dict[str, Any]:
    answer = person.api.post(
        "/jobs/estimate", {"dataset_version_id": str(version_id), "base_model": "minilm-l6-v2", **changes}
    )
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def is_ordered(found: dict[str, float]) -> bool:
    return found["low"] <= found["likely"] <= found["high"]


def finished(person: Person, version_id: uuid.UUID, worked_s: float, folder: Path) -> None:
    """A job that has come to its end after so much work."""
    ids = begun(person, version_id=version_id, optimisation={"epochs": 2})
    with service_scope():
        Job.objects.filter(id=ids["job_id"]).update(worked_s=worked_s)
    finish(person, ids, folder)


def test_everything_is_a_range_with_its_source(owner: Person) -> None:
    found = estimated(owner, version_make(owner, num_rows=1000))
    for name in ("tokens", "passes", "seconds", "memory_bytes"):
        assert is_ordered(found[name]), name
    assert found["seconds"]["low"] < found["seconds"]["high"]
    assert found["price"] is None
    assert found["is_measured"]
    assert all("benchmarks/RESULTS.md" in source for source in found["sources"])
    assert (found["num_own_jobs"], found["correction"]) == (0, 1.0)


def test_more_rows_more_passes_and_trials_take_longer(owner: Person) -> None:
    small, large = version_make(owner, num_rows=100), version_make(owner, num_rows=10_000)
    assert estimated(owner, small)["seconds"]["likely"] < estimated(owner, large)["seconds"]["likely"]
    few = estimated(owner, large, optimisation={"epochs": 2})["seconds"]["likely"]
    assert few < estimated(owner, large, optimisation={"epochs": 9})["seconds"]["likely"]
    space = {"seed": {"type": "choices", "values": [1, 2, 3]}}
    searched = estimated(owner, large, optimisation={"epochs": 2}, search={"type": "grid", "space": space})
    assert searched["seconds"]["likely"] > 2 * few


def test_reading_rows_twice_takes_longer_and_needs_more_memory(owner: Person) -> None:
    few, many = version_make(owner, num_rows=1000), version_make(owner, num_rows=10_000)
    for version, auto in ((few, 1.0), (many, 0.0)):
        once, twice, left = (
            estimated(owner, version, optimisation={"epochs": 2, **changes})
            for changes in ({"r_drop": 0}, {"r_drop": 1}, {})
        )
        assert 1.5 < (twice["seconds"]["likely"] - 20) / (once["seconds"]["likely"] - 20) < 2
        assert twice["memory_bytes"]["likely"] > once["memory_bytes"]["likely"]
        assert left["seconds"] == (twice if auto else once)["seconds"]


def _words(count: int, seed: int) -> str:
    """A text of so many characters, of words of three letters."""
    return " ".join(f"{(seed * 7919 + place) % 900 + 100}" for place in range(count // 4)).ljust(count, "x")


def _ranked(n: int) -> dict[str, Any]:
    candidates = [_words(300, n * 50 + place) for place in range(20)]
    return {"query": _words(40, n), "candidates": candidates, "positive": candidates[0]}


def _asked(n: int) -> dict[str, Any]:
    context = _words(8000, n)
    return {"context": context, "question": _words(40, n), "answers": {"text": [context[:3]], "answer_start": [0]}}


def _alike(n: int) -> dict[str, Any]:
    return {"text_a": _words(400, n), "text_b": _words(400, n + 100), "score": n / 10}


def test_passes_about_similarity_take_their_time(owner: Person) -> None:
    lines = "\n".join(json.dumps({**_alike(n), "label": "yes" if n % 2 else "no"}) for n in range(40)).encode()
    pairs = mapped(owner, dataset_of(owner, (lines, "a.jsonl", "train"), task="pair_classification"))
    version = uuid.UUID(pairs["latest_version"]["id"])
    without, one, three, left = (
        estimated(owner, version, optimisation={"epochs": 2, **changes})["seconds"]["likely"]
        for changes in ({"similarity_epochs": 0}, {"similarity_epochs": 1}, {"similarity_epochs": 3}, {})
    )
    assert without < one < three == left
    assert three - without == pytest.approx(3 * (one - without))


@pytest.mark.parametrize(
    ("task", "row", "characters"),
    [("ranking", _ranked, 20 * 340), ("question_answering", _asked, 8040), ("similarity", _alike, 800)],
)
def test_estimate_holds_what_each_task_reads(
    owner: Person, task: str, row: Callable[[int], Any], characters: int
) -> None:
    """Within the range, where a token has three to five characters: also of what is read in windows, or candidate by candidate."""
    lines = "\n".join(json.dumps(row(n)) for n in range(40)).encode()
    dataset = mapped(owner, dataset_of(owner, (lines, "a.jsonl", "train"), task=task), validation_share=0, test_share=0)
    assert dataset["state"] == "ready", dataset["problems"]
    found = estimated(owner, uuid.UUID(dataset["latest_version"]["id"]), task={"type": task})["tokens"]
    read = 40 * characters
    assert read / 5 <= found["likely"] <= read / 3
    assert found["low"] < found["likely"] < found["high"]


def test_a_method_that_is_left_open_is_the_one_that_it_becomes(owner: Person) -> None:
    version = version_make(owner, num_rows=1000)
    whole, left_open, adapted = (
        estimated(owner, version, method={"type": method})["memory_bytes"] for method in ("full", "auto", "lora")
    )
    assert left_open == whole != adapted


def test_a_preview_gives_the_tokens_exactly(owner: Person) -> None:
    version_id = version_make(owner, num_rows=1000)
    asked = owner.api.post("/jobs/preview", {"dataset_version_id": str(version_id), "base_model": "minilm-l6-v2"})
    with service_scope():
        preview = TokenPreview.objects.get(id=asked.json()["id"])
        assert preview.spec_sha256 == reading_of(JobSpec.model_validate(preview.spec)).sha256()
        result = {"split": {"num_tokens": 16_300, "longest": 40}, "epochs": 2, "resolved": []}
        TokenPreview.objects.filter(id=preview.id).update(state="done", result=result)
    found = estimated(owner, version_id)
    assert found["tokens"] == {"low": 16_300, "likely": 16_300, "high": 16_300}
    assert found["tokens_from"] == "preview"
    rate = rate_of(base_model="minilm-l6-v2", num_parameters=22_713_216, method="full")
    # So few rows are read twice in every step.
    expected = 20 + 16_300 * 2 * (WHOLE_JOB + 1) / rate.tokens_per_second
    assert found["seconds"]["likely"] == pytest.approx(expected)


def test_the_limit_that_would_be_hit_is_named(owner: Person) -> None:
    version_id = version_make(owner, num_rows=100_000)
    free = estimated(owner, version_id)
    assert free["limits"] == []
    found = estimated(owner, version_id, limits={"max_seconds": 30})
    assert [(hit["field"], hit["is_certain"]) for hit in found["limits"]] == [("limits.max_seconds", True)]
    assert found["seconds"]["high"] == 30
    maybe = estimated(owner, version_id, limits={"max_seconds": math.ceil(free["seconds"]["likely"])})
    assert [hit["is_certain"] for hit in maybe["limits"]] == [False]


def test_a_price_follows_from_the_time(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    priced = settings.ENVIRONMENT.model_copy(update={"price_per_training_hour": 36.0, "price_currency": "EUR"})
    monkeypatch.setattr(settings, "ENVIRONMENT", priced)
    found = estimated(owner, version_make(owner))
    assert found["currency"] == "EUR"
    assert found["price"]["likely"] == pytest.approx(found["seconds"]["likely"] / 100)
    assert is_ordered(found["price"])


def test_a_budget_of_money_bounds_time_and_price_and_is_named(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    priced = settings.ENVIRONMENT.model_copy(update={"price_per_training_hour": 36.0, "price_currency": "EUR"})
    monkeypatch.setattr(settings, "ENVIRONMENT", priced)
    found = estimated(owner, version_make(owner, num_rows=100_000), limits={"budget_cost": 0.5})
    assert found["seconds"]["high"] == pytest.approx(50 * WHOLE_JOB)
    assert found["price"]["high"] == pytest.approx(0.5 * WHOLE_JOB)
    assert [(hit["field"], hit["limit"]) for hit in found["limits"]] == [("limits.budget_cost", 50)]


THREE = {"type": "grid", "space": {"seed": {"type": "choices", "values": [1, 2, 3]}}}


def trained_s(found: dict[str, Any], places: int = 1) -> float:
    """Of all trainings, without what it takes to begin."""
    return (float(found["seconds"]["likely"]) - 20) * places


def test_trials_are_counted_once_each_and_the_comparison_of_an_augmentation_once(owner: Person) -> None:
    version_id, cutoff = version_make(owner, num_rows=1000), {"augmentation": {"cutoff": {}}}
    one = trained_s(estimated(owner, version_id))
    for changes, count in (({"search": THREE}, 3), (cutoff, 2), ({"search": THREE, **cutoff}, 4)):
        assert trained_s(estimated(owner, version_id, **changes)) == pytest.approx(count * one), changes


def test_trials_side_by_side_take_less_time_and_the_same_money(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    priced = settings.ENVIRONMENT.model_copy(update={"price_per_training_hour": 3600.0, "price_currency": "EUR"})
    monkeypatch.setattr(settings, "ENVIRONMENT", priced)
    version_id = version_make(owner, num_rows=100_000)
    one = trained_s(estimated(owner, version_id))
    at_once = {**THREE, "side_by_side": 3}
    found = estimated(owner, version_id, search=at_once)
    assert trained_s(found, places=3) == pytest.approx(3 * one)
    assert found["price"]["likely"] == pytest.approx(3 * (one + 20))
    assert found["work_seconds"]["likely"] == pytest.approx(3 * (one + 20))
    short = estimated(owner, version_id, search={**at_once, "max_seconds": 60})
    assert (short["seconds"]["high"], short["price"]["high"]) == (60, pytest.approx(180))
    assert [(hit["field"], hit["is_certain"]) for hit in short["limits"]] == [("search.max_seconds", True)]
    # A trial is a job of its own, which three of them in a row would be too long for.
    enough = math.ceil(estimated(owner, version_id)["seconds"]["high"])
    named = [
        {hit["field"] for hit in estimated(owner, version_id, search=search, limits={"max_seconds": enough})["limits"]}
        for search in (at_once, THREE)
    ]
    assert named == [set(), {"limits.max_seconds"}]
    spent = estimated(owner, version_id, search={**at_once, "max_cost": 90})
    assert (spent["seconds"]["high"], spent["price"]["high"]) == (pytest.approx(30), pytest.approx(90))


def test_a_limit_of_steps_ends_the_passes(owner: Person) -> None:
    version_id = version_make(owner, num_rows=10_000)
    whole = estimated(owner, version_id, optimisation={"epochs": 4})
    size = {"batch_size": 50, "gradient_accumulation": 2}
    found = estimated(owner, version_id, optimisation={"epochs": 4, **size}, limits={"max_steps": 50})
    with service_scope():
        facts = dataset_version_facts(version_id)
    assert facts is not None
    assert found["passes"]["high"] == found["passes"]["likely"] == 50 * 100 / facts.num_train_rows
    assert trained_s(found) == pytest.approx(trained_s(whole) * found["passes"]["likely"] / 4)


def test_own_finished_jobs_correct_the_time_and_those_of_others_do_not(owner: Person, tmp_path: Path) -> None:
    version_id = version_make(owner, num_rows=1000)
    before = estimated(owner, version_id, optimisation={"epochs": 2})
    other = person_found("other")
    for person, factor in ((owner, 8), (other, 1000)):
        theirs = version_id if person is owner else version_make(other, num_rows=1000)
        for _ in range(3):
            finished(person, theirs, factor * before["seconds"]["likely"], tmp_path)
    after = estimated(owner, version_id, optimisation={"epochs": 2})
    assert after["num_own_jobs"] == 3
    assert after["correction"] == pytest.approx(8 ** (3 / 5), rel=0.05)
    assert before["seconds"]["likely"] < after["seconds"]["likely"] < 8 * before["seconds"]["likely"]


def test_few_own_jobs_correct_little_and_many_much() -> None:
    none = correction_of([], prior=0.7)
    assert (none.factor, none.log_spread) == (1.0, pytest.approx(0.7))
    one, many = correction_of([4.0], prior=0.7), correction_of([4.0] * 30, prior=0.7)
    assert 1 < one.factor < many.factor < 4
    assert many.log_spread < one.log_spread
    assert correction_of([0.25] * 30, prior=0.7).factor < 1


def test_a_larger_base_model_is_slower_and_less_certain() -> None:
    small = rate_of(base_model="minilm-l6-v2", num_parameters=22_713_216, method="full")
    large = rate_of(base_model="unknown", num_parameters=227_132_160, method="full")
    assert large.tokens_per_second == pytest.approx(small.tokens_per_second / 10)
    assert large.log_spread > small.log_spread
    assert not large.is_measured
    assert {line.base_model for line in MEASURED} == {"minilm-l6-v2"}


def test_layers_that_do_not_learn_are_quicker_of_any_base_model_and_change_nothing_for_other_methods() -> None:
    def rate(base_model: str, num_parameters: int, method: str) -> Rate:
        return rate_of(base_model=base_model, num_parameters=num_parameters, method=method)

    for base_model, size in (("minilm-l6-v2", 22_713_216), ("unknown", 227_132_160)):
        upper, whole, lora = (rate(base_model, size, method) for method in ("last_layers", "full", "lora"))
        assert upper.tokens_per_second > 2 * whole.tokens_per_second
        assert lora.tokens_per_second == pytest.approx(whole.tokens_per_second)
        assert upper.is_measured == whole.is_measured


def test_bad_settings_are_refused_as_at_launch(owner: Person) -> None:
    answer = owner.api.post(
        "/jobs/estimate",
        {"dataset_version_id": str(version_make(owner)), "base_model": "minilm-l6-v2", "task": {"max_length": 4000}},
    )
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "task.max_length")
