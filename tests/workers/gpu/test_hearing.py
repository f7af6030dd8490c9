"""A consumer that hears nothing of its broker is noticed, and starts anew."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker

from anneal.common.queues import CELERY_SETTINGS
from anneal.jobs.timing import Timing
from workers.gpu import hearing
from workers.gpu.hearing import TASK, Broker, Hearing

SOON_S = 20
DEAF_S = 10.0


class Line:
    """A broker that notes what is asked of it."""

    def __init__(self) -> None:
        self.acts: list[str] = []
        self.is_there = True

    def send(self) -> bool:
        self.acts.append("send")
        return self.is_there

    def consume_anew(self) -> None:
        self.acts.append("anew")

    def leave(self) -> None:
        self.acts.append("leave")


class Worker:
    """A hearing at times that the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hearing, "timing", lambda: Timing(deaf_s=DEAF_S))
        self.now_s, self.is_busy, self.line = 0.0, False, Line()
        self.hearing = Hearing(
            self.line, is_busy=lambda: self.is_busy, over=threading.Event(), clock=lambda: self.now_s
        )

    def acts_at(self, now_s: float) -> list[str]:
        self.now_s = now_s
        self.line.acts.clear()
        self.hearing.look()
        return [act for act in self.line.acts if act != "send"]


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    return Worker(monkeypatch)


def test_one_that_hears_nothing_takes_no_job_then_consumes_anew_then_leaves(worker: Worker) -> None:
    assert [worker.acts_at(9), worker.hearing.is_deaf] == [[], False]
    assert [worker.acts_at(11), worker.hearing.is_deaf] == [["anew"], True]
    assert [worker.acts_at(time) for time in (15, 21, 25, 31, 35)] == [[], ["anew"], [], ["leave"], []]


def test_one_that_hears_again_takes_jobs_again(worker: Worker) -> None:
    assert worker.acts_at(11) == ["anew"]
    worker.hearing.heard()
    assert not worker.hearing.is_deaf
    assert [worker.acts_at(20), worker.acts_at(22)] == [[], ["anew"]]


def test_one_that_works_is_not_deaf_and_gets_its_time_afterwards(worker: Worker) -> None:
    worker.is_busy = True
    assert worker.acts_at(1000) == []
    assert worker.line.acts == [], "canaries that nobody takes would pile up"
    worker.is_busy = False
    assert [worker.acts_at(1009), worker.acts_at(1011)] == [[], ["anew"]]


def test_a_broker_that_is_away_is_not_the_consumers_fault(worker: Worker) -> None:
    worker.line.is_there = False
    assert [worker.acts_at(100), worker.hearing.is_deaf] == [[], False]


def test_a_real_consumer_that_lost_its_queues_hears_again(servers: Any) -> None:
    app: Any = Celery("test.hearing", broker=servers.redis_url, set_as_current=False)
    app.config_from_object(CELERY_SETTINGS)
    is_heard, is_silent = threading.Event(), threading.Event()

    @app.task(name=TASK)
    def canary(**_: Any) -> None:
        is_heard.set()

    queue = f"gpu-test-{uuid.uuid4()}"
    options = {"pool": "threads", "perform_ping_check": False, "queues": [queue]}
    with start_worker(app, **options) as celery_worker:
        consumer = celery_worker.consumer
        broker = Broker(app, consumer, f"{queue}.own")
        assert broker.send()
        assert is_heard.wait(SOON_S)

        def lose() -> None:
            consumer.task_consumer.cancel()
            is_silent.set()

        consumer.call_soon(lose)
        assert is_silent.wait(SOON_S)
        is_heard.clear()
        assert broker.send()
        broker.consume_anew()
        assert is_heard.wait(SOON_S), "the consumer did not start anew"
        with app.connection() as connection:
            for name in (queue, f"{queue}.own"):
                connection.default_channel.queue_delete(name)


def test_a_broker_that_refuses_is_said_to_be_away() -> None:
    app: Any = Celery("test.hearing", broker="redis://127.0.0.1:1/0", set_as_current=False)
    app.config_from_object({**CELERY_SETTINGS, "broker_connection_timeout": 0.1})
    consumer: Any = type("Consumer", (), {"add_task_queue": lambda *_: None})()
    assert Broker(app, consumer, "x").send() is False
