"""The object store, on disk and on S3, keeps one promise: a key is complete or absent."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from anneal.common.errors import AnnealError
from anneal.common.storage import DiskStore, ObjectStore
from tests.support.buckets import s3_settings


@pytest.fixture(scope="module")
def settings_of_s3():
    with s3_settings() as found:
        yield found


@pytest.fixture(params=["disk", "s3"])
def store(request, tmp_path) -> Iterator[ObjectStore]:
    if request.param == "disk":
        yield DiskStore(tmp_path / "objects")
        return
    from anneal.common.s3 import S3Store

    made = S3Store(request.getfixturevalue("settings_of_s3"))
    yield made
    made._client.close()


def _read(store: ObjectStore, key: str) -> bytes:
    with store.open(key) as opened:
        return opened.read()


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "source"
    path.write_bytes(content)
    return path


def test_object_comes_back_as_it_went_in(store, tmp_path):
    content = os.urandom(300_000)
    store.put_file("tenant/data/one.bin", _file(tmp_path, content))
    assert _read(store, "tenant/data/one.bin") == content
    assert store.size_bytes("tenant/data/one.bin") == len(content)
    store.fetch("tenant/data/one.bin", tmp_path / "deep" / "copy")
    assert (tmp_path / "deep" / "copy").read_bytes() == content


def test_missing_object_is_said_to_be_missing(store, tmp_path):
    for read in (store.open, store.size_bytes, lambda key: store.fetch(key, tmp_path / "x")):
        with pytest.raises(FileNotFoundError):
            read("tenant/none")
    store.delete("tenant/none")
    assert not (tmp_path / "x").exists()


def test_whatever_s3_will_not_do_is_trouble_like_that_of_a_disk(settings_of_s3, tmp_path):
    from botocore.exceptions import ResponseStreamingError

    from anneal.common.s3 import S3Store

    away = S3Store(SimpleNamespace(**{**vars(settings_of_s3), "s3_bucket": "nobody-made-this"}))
    asked = {
        "put_file": lambda: away.put_file("t/x", _file(tmp_path, b"x")),
        "open": lambda: away.open("t/x"),
        "delete": lambda: away.delete("t/x"),
        "delete_prefix": lambda: away.delete_prefix("t"),
        "list_keys": lambda: list(away.list_keys("t")),
        "parts_begin": lambda: away.parts_begin("t/x"),
    }
    for name, ask in asked.items():
        with pytest.raises(OSError, match=r"^t.*NoSuchBucket") as caught:
            ask()
        assert caught.value.__cause__ is not None, name
    away._client.close()

    store = S3Store(settings_of_s3)
    store.put_file("t/x", _file(tmp_path, b"x" * 100))
    with store.open("t/x") as opened, pytest.MonkeyPatch.context() as patched:
        assert opened.read(40) == b"x" * 40

        def broken(*_: object) -> bytes:
            raise ResponseStreamingError(error="the line broke")

        patched.setattr(opened._body, "read", broken)
        with pytest.raises(OSError, match="the line broke"):
            opened.read()
    store._client.close()


def test_prefix_lists_and_deletes_its_own_objects_only(store, tmp_path):
    for key in ("t/a/1", "t/a/2", "t/ab/3"):
        store.put_file(key, _file(tmp_path, key.encode()))
    assert list(store.list_keys("t/a")) == ["t/a/1", "t/a/2"]
    store.delete_prefix("t/a")
    assert list(store.list_keys("t/a")) == []
    assert _read(store, "t/ab/3") == b"t/ab/3"


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/.hidden", "a\x00b", "a/" * 300 + "b"])
def test_key_that_could_leave_the_store_is_refused(store, tmp_path, key):
    with pytest.raises(ValueError, match="not a storage key"):
        store.put_file(key, _file(tmp_path, b"x"))


def test_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    store = DiskStore(tmp_path / "objects")
    source = _file(tmp_path, b"x" * 1000)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(AnnealError) as caught:
        store.put_file("t/big", source)
    assert (caught.value.code, caught.value.status) == ("storage.full", 507)
    assert [path for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []


def test_copy_stands_in_where_links_cannot(tmp_path, monkeypatch):
    def no_link(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_link)
    store = DiskStore(tmp_path / "objects")
    store.put_file("t/x", _file(tmp_path, b"content"))
    assert _read(store, "t/x") == b"content"


def test_worker_reads_by_url(store, tmp_path):
    import urllib.request

    store.put_file("t/file.json", _file(tmp_path, b"{}"))
    with urllib.request.urlopen(store.worker_url("t/file.json", expires_s=60)) as answer:  # noqa: S310 - our own store's url
        assert answer.read() == b"{}"


def test_socket_guard_is_in_force():
    with socket.socket() as probe, pytest.raises(AssertionError, match="only the loopback is open"):
        probe.connect(("203.0.113.1", 80))
