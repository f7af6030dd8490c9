"""Ids are version-7 UUIDs that sort by the moment of their making."""

from __future__ import annotations

import threading
import time

from anneal.common.ids import uuid7


def test_ids_are_valid_unique_and_in_order():
    ids = [uuid7() for _ in range(20_000)]
    assert ids == sorted(set(ids))
    assert {(one.version, one.variant) for one in ids} == {(7, "specified in RFC 4122")}


def test_id_carries_the_time():
    before = time.time_ns() // 1_000_000
    made = uuid7().int >> 80
    assert before <= made <= time.time_ns() // 1_000_000 + 10


def test_threads_never_share_an_id():
    made: list[object] = []
    threads = [threading.Thread(target=lambda: made.extend([uuid7() for _ in range(2000)])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 16_000
