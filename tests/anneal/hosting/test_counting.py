"""What models were asked is counted in memory, written without a call in it, and told to those who answer for it."""

from __future__ import annotations

import asyncio
import json
from datetime import date

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from anneal.config import serve
from anneal.hosting import services
from anneal.hosting.counting import CALLS, CallCounter
from anneal.hosting.models import AskedMonth
from anneal.hosting.services import calls_write
from tests.anneal.hosting.test_predict_api import answering, asking
from tests.anneal.registry.published import publish
from tests.support.people import person_found

LABELS = {"labels": [{"label": "a", "score": 1.0}], "num_tokens": 3, "is_truncated": False}
TEXT = {
    "kind": "text",
    "text": "b",
    "num_new_tokens": 20,
    "finished_by": "end",
    "num_tokens": 4,
    "is_truncated": False,
}


@pytest.fixture(autouse=True)
def _none_before():
    CALLS.taken()
    yield
    CALLS.taken()


def _used(person):
    month = person.api.get("/usage").json()["months"][-1]
    return month["calls"], month["tokens"]


@pytest.mark.django_db
def test_calls_are_counted_with_what_was_read_and_written_and_each_once(owner, stranger, tmp_path):
    version = publish(owner, tmp_path)
    answers = [(200, [LABELS, LABELS]), (503, []), (200, [TEXT])]

    def answer(_: bytes) -> tuple[int, bytes]:
        status, predictions = answers.pop(0)
        return status, json.dumps({"predictions": predictions, "is_cold": False, "milliseconds": 1.5}).encode()

    with answering(answer) as url, asking(url), CaptureQueriesContext(connection) as captured:
        for status in (200, 503, 200):
            answered = owner.api.post(f"/model-versions/{version.id}/predict", {"texts": ["one", "two"]})
            assert answered.status_code == status, answered.content
    assert not [query for query in captured if "askedmonth" in query["sql"]], "a call writes nothing"
    assert _used(owner) == (0, 0)
    calls_write()
    calls_write()
    assert (_used(owner), _used(stranger)) == ((2, 30), (0, 0))


@pytest.mark.django_db
def test_what_cannot_be_written_is_written_the_next_time(owner, monkeypatch):
    month = timezone.now().date().replace(day=1)
    CALLS.add((owner.tenant_id, month), calls=2, tokens=5)

    def broken(_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(services, "tenant_scope", broken)
    calls_write()
    monkeypatch.undo()
    CALLS.add((owner.tenant_id, month), calls=1, tokens=1)
    calls_write()
    assert _used(owner) == (3, 6)


def test_web_process_writes_before_it_ends(committed_db):
    owner = person_found("owner")
    CALLS.add((owner.tenant_id, date(2026, 11, 1)), calls=7, tokens=70)
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    said = []

    async def receive():
        return next(messages)

    async def send(message):
        said.append(message["type"])

    asyncio.run(serve.application({"type": "lifespan"}, receive, send))
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    with owner.scope():
        row = AskedMonth.objects.get()
    assert (row.month, row.num_calls, row.num_tokens) == (date(2026, 11, 1), 7, 70)


def test_what_was_taken_is_nobody_elses():
    counter = CallCounter()
    counter.add("k", calls=1, tokens=0)
    assert counter.taken() == [("k", 1, 0)]
    assert counter.taken() == []
