"""Work of one kind never holds the threads of another, and a hint that comes meanwhile is not forgotten."""

from __future__ import annotations

import threading
import uuid

import pytest

from anneal.common.crews import Crew
from anneal.common.hints import with_id
from anneal.common.queues import queue_of

SOON_S = 10
IDS = [uuid.UUID(int=number) for number in range(6)]


class Work:
    """Work that lasts until it is told to end."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.end = threading.Event()
        self.done: list[uuid.UUID] = []

    def __call__(self, row_id: uuid.UUID) -> None:
        self.begun.release()
        assert self.end.wait(SOON_S)
        self.done.append(row_id)


def _begun(crew: Crew, work: Work, ids: list[uuid.UUID]) -> list[threading.Thread]:
    threads = [threading.Thread(target=crew.run, args=(work, row_id)) for row_id in ids]
    for thread in threads:
        thread.start()
        assert work.begun.acquire(timeout=SOON_S)
    return threads


def test_a_busy_crew_gives_threads_back_and_goes_on_with_what_waits():
    crew, work = Crew(2), Work()
    threads = _begun(crew, work, IDS[:2])
    for row_id in [*IDS[2:], IDS[3]]:
        crew.run(work, row_id)
    assert work.done == []
    work.end.set()
    for thread in threads:
        thread.join(SOON_S)
    assert sorted(work.done) == IDS, "each once, those that were told of twice too"
    crew.run(work, IDS[0])
    assert work.done[-1] == IDS[0]


def test_work_that_breaks_frees_its_place_and_takes_nobody_along():
    crew, work = Crew(1), Work()
    done = []

    def breaks(row_id):
        crew.run(fails, IDS[1])
        crew.run(done.append, IDS[2])
        raise KeyError(row_id)

    def fails(row_id):
        raise ValueError(row_id)

    with pytest.raises(KeyError):
        crew.run(breaks, IDS[0])
    assert done == [IDS[2]]
    work.end.set()
    crew.run(work, IDS[3])
    assert work.done == [IDS[3]]


def test_a_process_that_ends_begins_nothing_more():
    crew, work = Crew(1), Work()
    threads = _begun(crew, work, IDS[:1])
    crew.run(work, IDS[1])
    crew.close()
    crew.run(work, IDS[2])
    work.end.set()
    threads[0].join(SOON_S)
    assert work.done == [IDS[0]]


def test_a_message_is_the_crews_to_follow():
    crew, work = Crew(1), Work()
    threads = _begun(crew, work, IDS[:1])
    with_id(work, str(IDS[1]), unreadable="x", crew=crew)
    work.end.set()
    threads[0].join(SOON_S)
    assert work.done == IDS[:2]


@pytest.mark.parametrize(
    ("topic", "queue"),
    [("datasets.fetch", "imports"), ("datasets.validate", "background"), ("mail.send", "mail"), ("jobs.wake", "gpu")],
)
def test_what_waits_for_others_has_a_queue_of_its_own(topic, queue):
    assert queue_of(topic) == queue
