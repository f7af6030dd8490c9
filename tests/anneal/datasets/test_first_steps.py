"""The sample of the start page: one request makes a version of it, and what was planted in it is there."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from anneal.common.outbox import outbox_relay
from anneal.datasets.services import sample
from anneal.datasets.tasks import inspect, validate
from tests.anneal.datasets.steps import shown
from tests.support.people import Person

FILE = Path(sample.__file__).resolve().parents[1] / "samples" / "first_steps" / "messages.csv"


@pytest.mark.django_db
def test_one_request_makes_a_version(owner: Person, viewer: Person) -> None:
    assert viewer.api.post("/datasets/sample").status_code == 403
    before = FILE.read_bytes()
    first, again = (owner.api.post("/datasets/sample", Idempotency_Key="once") for _ in range(2))
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    dataset_id = first.json()["id"]
    inspect(dataset_id)
    assert shown(owner.api, dataset_id)["state"] == "validating", "its columns are known"
    topics: list[str] = []
    outbox_relay(lambda topic, _: topics.append(topic))
    assert "datasets.validate" in topics
    validate(dataset_id)
    dataset = shown(owner.api, dataset_id)
    assert dataset["state"] == "ready"
    assert sum(dataset["latest_version"]["num_rows"].values()) == 240
    assert len(dataset["latest_version"]["labels"]) == 8
    assert all(label["test"] for label in dataset["latest_version"]["labels"])
    assert FILE.read_bytes() == before


@pytest.mark.django_db
def test_its_name_is_in_the_language_of_the_request(owner: Person) -> None:
    assert owner.api.post("/datasets/sample", Accept_Language="zh-CN").json()["name"] == "客户消息（示例）"


def test_the_file_is_what_its_datasheet_says() -> None:
    with FILE.open(encoding="utf-8", newline="") as handle:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(handle)]
    assert len(rows) == 240
    counts = Counter(label for _, label in rows)
    assert len(counts) == 8
    assert min(counts.values()) >= 29
    assert sum(count > 1 for count in Counter(rows).values()) == 3, "the same text twice, with one label"
    labels = {text: {label for other, label in rows if other == text} for text, _ in rows}
    assert [text for text, given in labels.items() if len(given) > 1] == ["My internet is very slow."]
    assert [text for text, _ in rows if "@" in text] == ["Please send the invoice to nora.field@example.com instead."]
    assert max(len(text) for text, _ in rows) < 120
