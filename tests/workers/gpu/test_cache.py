"""Dataset files on a training machine: kept for the next job, within bounds, and never taken from a job at work."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from anneal.common.storage import store
from anneal.jobs.services.leases import StoredFile
from workers.gpu import cache as cache_module
from workers.gpu.cache import CacheLimits, DataCache


def stored(folder: Path, content: bytes) -> StoredFile:
    (folder / "source").write_bytes(content)
    key = f"t/datasets/{hashlib.sha256(content).hexdigest()}"
    store().put_file(key, folder / "source")
    (folder / "source").unlink()
    return StoredFile("train.parquet", key, key.rsplit("/", 1)[1], len(content))


def opened(folder: Path, **limits: float) -> DataCache:
    made = DataCache(folder / "cache", CacheLimits(**limits))
    made.open()
    return made


def kept(folder: Path) -> set[str]:
    return {path.name for path in (folder / "cache").iterdir()}


def used(folder: Path, file: StoredFile, *, seconds_ago: float) -> None:
    at = time.time() - seconds_ago
    os.utime(folder / "cache" / file.sha256, (at, at))


def test_the_longest_unused_go_when_there_is_no_room_and_a_job_keeps_its_own(tmp_path):
    cache = opened(tmp_path, max_bytes=250)
    first, second, third = (stored(tmp_path, letter * 100) for letter in (b"a", b"b", b"c"))
    cache.put(first, tmp_path / "of-job")
    cache.put(second, tmp_path / "second")
    used(tmp_path, first, seconds_ago=60)
    used(tmp_path, second, seconds_ago=120)
    cache.put(first, tmp_path / "again")
    used(tmp_path, second, seconds_ago=30)
    cache.put(third, tmp_path / "third")
    assert kept(tmp_path) == {first.sha256, third.sha256}, "the first was used again just now"
    used(tmp_path, first, seconds_ago=10)
    cache.put(second, tmp_path / "second-again")
    assert kept(tmp_path) == {second.sha256, third.sha256}
    assert (tmp_path / "of-job").read_bytes() == b"a" * 100


def test_what_nobody_uses_goes_with_what_a_killed_worker_left(tmp_path):
    cache = opened(tmp_path, kept_s=3600)
    old, new = (stored(tmp_path, letter * 10) for letter in (b"d", b"e"))
    for file in (old, new):
        cache.put(file, tmp_path / file.sha256)
    used(tmp_path, old, seconds_ago=3601)
    used(tmp_path, new, seconds_ago=3500)
    for name, age in (("late", 3601), ("coming", 0)):
        path = tmp_path / "cache" / f".{name}"
        path.touch()
        os.utime(path, (time.time() - age, time.time() - age))
    cache.tidy()
    assert kept(tmp_path) == {new.sha256, ".coming"}


def test_a_file_that_another_worker_tidies_away_in_between_is_fetched_again(tmp_path, monkeypatch: pytest.MonkeyPatch):
    cache = opened(tmp_path)
    file = stored(tmp_path, b"f" * 10)
    real, times = os.link, []

    def link(source: Path, target: Path) -> None:
        if Path(source).parent == tmp_path / "cache" and not times:
            times.append(source)
            Path(source).unlink()
        real(source, target)

    monkeypatch.setattr(cache_module.os, "link", link)
    cache.put(file, tmp_path / "of-job")
    assert (tmp_path / "of-job").read_bytes() == b"f" * 10
    assert times
