"""Objects of a far store that are read again and again come from it once."""

from __future__ import annotations

from pathlib import Path

import pytest

from anneal.common import near
from anneal.common.s3 import S3Store
from tests.support.buckets import s3_settings


@pytest.fixture
def far(monkeypatch, settings, tmp_path):
    """A bucket with two objects of a hundred bytes, and an empty disk."""
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"anneal_data_dir": tmp_path / "data"})
    with s3_settings() as found:
        store = S3Store(found)
        for name in ("one", "other"):
            (tmp_path / name).write_text(name * 10)
            store.put_file(f"tenant/{name}", tmp_path / name)
        monkeypatch.setattr(near, "store", lambda: store)
        yield store
        store._client.close()


def _read(tmp_path: Path, name: str) -> str:
    path = tmp_path / "read" / name
    near.near_fetch(f"tenant/{name}", path)
    return path.read_text()


def test_second_reading_asks_nobody(far, tmp_path):
    assert _read(tmp_path, "one") == "one" * 10
    far.delete("tenant/one")
    assert _read(tmp_path, "one") == "one" * 10
    with pytest.raises(FileNotFoundError):
        _read(tmp_path, "none")


def test_what_nobody_has_read_for_long_is_not_kept(far, tmp_path, monkeypatch):
    _read(tmp_path, "one")
    far.delete("tenant/one")
    now = near.time.time()
    monkeypatch.setattr(near.time, "time", lambda: now + near.KEPT_S + 1)
    near.near_tidy()
    with pytest.raises(FileNotFoundError):
        _read(tmp_path, "one")


def test_what_was_read_longest_ago_makes_room(far, tmp_path, monkeypatch):
    monkeypatch.setattr(near, "MOST_BYTES", 60)
    _read(tmp_path, "one")
    (kept,) = (tmp_path / "data" / "near").iterdir()
    near.os.utime(kept, (1e9, 1e9))
    monkeypatch.setattr(near.time, "time", lambda: 1e9)
    assert _read(tmp_path, "other") == "other" * 10
    assert [path.read_text() for path in (tmp_path / "data" / "near").iterdir()] == ["other" * 10]
