"""The tus protocol: offsets, resuming, checksums, refusals; nothing that arrived is ever lost."""

from __future__ import annotations

import base64
import errno
import fcntl
import hashlib
import os
import tracemalloc
import uuid
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.datasets import staging
from anneal.datasets.models import Upload
from anneal.datasets.services import datasets_reconcile
from anneal.datasets.services.uploads import filename_clean
from anneal.datasets.staging import StagedFile
from tests.anneal.datasets.steps import (
    PIECE,
    TUS,
    append,
    begin,
    csv_of,
    dataset_of,
    good_rows,
    metadata,
    uploaded,
)
from tests.support.removals import removals_done

pytestmark = pytest.mark.django_db


def begun(api, size, **options) -> str:
    answer = begin(api, size, **options)
    assert answer.status_code == 201, answer.content
    return answer.headers["Location"].rsplit("/", 1)[1]


def head(api, upload_id):
    return api.request("HEAD", f"/uploads/{upload_id}", **TUS)


def staged(person, upload_id) -> StagedFile:
    return StagedFile(person.tenant_id, uuid.UUID(upload_id))


def stored_bytes(person, upload_id) -> bytes:
    with store().open(f"{person.tenant_id}/uploads/{upload_id}") as file:
        return file.read()


def test_options_tells_what_the_server_can_do(owner):
    answer = owner.api.request("OPTIONS", "/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert int(answer.headers["Tus-Max-Size"]) > 0
    assert {"creation", "creation-with-upload", "checksum", "termination", "expiration"} == set(
        answer.headers["Tus-Extension"].split(",")
    )


def test_file_arrives_in_pieces(owner):
    upload_id = begun(owner.api, 10, filename="ü 文.csv", split="test")
    assert append(owner.api, upload_id, 0, b"01234").headers["Upload-Offset"] == "5"
    found = head(owner.api, upload_id)
    assert (found.status_code, found.headers["Upload-Offset"], found.headers["Upload-Length"]) == (200, "5", "10")
    assert found.headers["Cache-Control"] == "no-store"
    assert found.headers["Tus-Resumable"] == "1.0.0"
    assert "GMT" in found.headers["Upload-Expires"]
    assert append(owner.api, upload_id, 5, b"56789").headers["Upload-Offset"] == "10"
    told = owner.api.get(f"/uploads/{upload_id}").json()
    assert (told["state"], told["offset_bytes"], told["filename"], told["split"]) == (
        "received",
        10,
        "ü 文.csv",
        "test",
    )
    assert stored_bytes(owner, upload_id) == b"0123456789"
    assert append(owner.api, upload_id, 10, b"").status_code == 204, "a repeated last PATCH is harmless"


def test_creation_can_carry_the_first_piece(owner):
    headers = {**TUS, "Upload-Length": "6", "Upload-Metadata": metadata(filename="a.csv")}
    answer = owner.api.request("POST", "/uploads", b"abc", content_type=PIECE, **headers)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "3")
    upload_id = answer.headers["Location"].rsplit("/", 1)[1]
    assert append(owner.api, upload_id, 3, b"def").status_code == 204
    assert stored_bytes(owner, upload_id) == b"abcdef"


def test_offset_is_what_lies_on_disk_when_the_web_process_was_killed(owner):
    upload_id = begun(owner.api, 10)
    with staged(owner, upload_id).path.open("ab") as file:
        file.write(b"0123")  # Arrived, but the process died before it wrote the row.
    assert head(owner.api, upload_id).headers["Upload-Offset"] == "4"
    assert append(owner.api, upload_id, 4, b"456789").status_code == 204
    assert stored_bytes(owner, upload_id) == b"0123456789"


def test_whole_file_counts_when_the_process_died_before_noting_it(owner):
    upload_id = begun(owner.api, 4)
    staged(owner, upload_id).path.write_bytes(b"0123")
    assert head(owner.api, upload_id).headers["Upload-Offset"] == "4"
    assert owner.api.get(f"/uploads/{upload_id}").json()["state"] == "received"
    assert stored_bytes(owner, upload_id) == b"0123"


@pytest.mark.parametrize("offset", [0, 4, 6, 10, 2**40])
def test_wrong_offset_is_refused_and_changes_nothing(owner, offset):
    upload_id = begun(owner.api, 10)
    append(owner.api, upload_id, 0, b"01234")
    answer = append(owner.api, upload_id, offset, b"x")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "upload.wrong_offset"
    assert head(owner.api, upload_id).headers["Upload-Offset"] == "5"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_checksum_keeps_damaged_pieces_out(owner, algorithm):
    upload_id = begun(owner.api, 6)
    digest = base64.b64encode(hashlib.new(algorithm, b"abc").digest()).decode()
    bad = append(owner.api, upload_id, 0, b"abX", **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert bad.status_code == 460
    assert head(owner.api, upload_id).headers["Upload-Offset"] == "0"
    assert append(owner.api, upload_id, 0, b"abc", **{"Upload-Checksum": f"{algorithm} {digest}"}).status_code == 204
    for header in ("md5 abc", "sha256", "sha256 !!!", ""):
        assert append(owner.api, upload_id, 3, b"def", **{"Upload-Checksum": header}).status_code == 400


def test_protocol_mistakes_have_the_protocols_answers(owner):
    assert owner.api.request("POST", "/uploads", **{"Upload-Length": "1"}).status_code == 412
    for length in ("", "-1", "x", "1e9", "9" * 30, "٣"):
        assert owner.api.request("POST", "/uploads", **TUS, **{"Upload-Length": length}).status_code == 400, length
    bad_metadata = {"Upload-Length": "1", "Upload-Metadata": "filename ???"}
    assert owner.api.request("POST", "/uploads", **TUS, **bad_metadata).status_code == 400
    upload_id = begun(owner.api, 3)
    path = f"/uploads/{upload_id}"
    offset = {**TUS, "Upload-Offset": "0"}
    assert owner.api.request("PATCH", path, b"abc", content_type="text/csv", **offset).status_code == 415
    assert owner.api.request("PATCH", path, b"abc", content_type=PIECE, **TUS).status_code == 400
    assert owner.api.request("PATCH", path, b"abc", content_type=PIECE, **{"Upload-Offset": "0"}).status_code == 412
    assert append(owner.api, upload_id, 0, b"abcd").status_code == 413
    assert head(owner.api, upload_id).headers["Upload-Offset"] == "0"


def test_too_large_a_file_is_refused_before_a_byte_is_sent(owner, settings):
    limited = settings.ENVIRONMENT.model_copy(update={"upload_max_bytes": 100})
    with override_settings(ENVIRONMENT=limited):
        answer = begin(owner.api, 101)
    assert answer.status_code == 413
    assert "101" in answer.json()["error"]["message"]


def test_upload_that_cannot_fit_is_refused_with_a_clear_error(owner, settings):
    huge = settings.ENVIRONMENT.model_copy(update={"upload_max_bytes": 2**60})
    with override_settings(ENVIRONMENT=huge):
        answer = begin(owner.api, 2**59)
    assert answer.status_code == 507
    assert answer.json()["error"]["code"] == "storage.full"


def test_full_disk_keeps_what_arrived_and_goes_on_later(owner, monkeypatch):
    upload_id = begun(owner.api, 8)
    append(owner.api, upload_id, 0, b"0123")
    real = os.write

    def full(descriptor, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(staging.os, "write", full)
    answer = append(owner.api, upload_id, 4, b"4567")
    assert answer.status_code == 507
    assert answer.json()["error"]["code"] == "upload.disk_full"
    monkeypatch.setattr(staging.os, "write", real)
    assert head(owner.api, upload_id).headers["Upload-Offset"] == "4"
    assert append(owner.api, upload_id, 4, b"4567").status_code == 204
    assert stored_bytes(owner, upload_id) == b"01234567"


def test_second_writer_is_sent_away(owner):
    upload_id = begun(owner.api, 8)
    with staged(owner, upload_id).path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        answer = append(owner.api, upload_id, 0, b"0123")
    assert answer.status_code == 423
    assert append(owner.api, upload_id, 0, b"0123").status_code == 204


class _Line:
    """A request's body that is never in memory: says zeros, and remembers how much was asked for at once."""

    def __init__(self, length: int) -> None:
        self.left = length
        self.largest = 0

    def read(self, size: int = -1) -> bytes:
        self.largest = max(self.largest, self.left if size < 0 else size)
        count = self.left if size < 0 else min(size, self.left)
        self.left -= count
        return bytes(count)

    readline = read  # A body has no lines here; Django only wants to know that it could ask.


def test_piece_of_any_length_passes_in_constant_memory(owner):
    length = 96 * 2**20
    upload_id = begun(owner.api, length)
    line = _Line(length)
    headers = {**owner.api.headers, **TUS, "Upload-Offset": "0"}
    extra = {"wsgi.input": line, "CONTENT_LENGTH": str(length), "CONTENT_TYPE": PIECE}
    tracemalloc.start()
    try:
        answer = owner.api.client.generic(
            "PATCH", f"/api/v1/uploads/{upload_id}", b"", content_type=PIECE, headers=headers, **extra
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (answer.status_code, line.left) == (204, 0)
    assert line.largest <= 2**20
    assert peak < 8 * 2**20, "no more than a few pieces are held, however long the file"
    assert owner.api.get(f"/uploads/{upload_id}").json()["state"] == "received"


def test_terminated_upload_is_gone_with_its_bytes(owner):
    upload_id = begun(owner.api, 8)
    append(owner.api, upload_id, 0, b"0123")
    path = staged(owner, upload_id).path
    assert owner.api.request("DELETE", f"/uploads/{upload_id}", **TUS).status_code == 204
    assert not path.exists()
    assert head(owner.api, upload_id).status_code == 404
    done = uploaded(owner.api, b"abc")
    assert owner.api.request("DELETE", f"/uploads/{done}", **TUS).status_code == 204
    removals_done()
    with pytest.raises(FileNotFoundError):
        stored_bytes(owner, done)


def test_upload_of_a_dataset_cannot_be_terminated(owner):
    dataset = dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto"))
    upload_id = dataset["files"][0]["upload_id"]
    answer = owner.api.request("DELETE", f"/uploads/{upload_id}", **TUS)
    assert answer.status_code == 409
    assert owner.api.get(f"/uploads/{upload_id}").json()["sha256"] == hashlib.sha256(csv_of(good_rows())).hexdigest()


def test_forgotten_uploads_expire_but_used_ones_stay(owner):
    half = begun(owner.api, 8)
    unused = uploaded(owner.api, b"abc")
    used = dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto"))["files"][0]["upload_id"]
    with owner.scope():
        Upload.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    with service_scope():
        assert datasets_reconcile() == 2
    assert head(owner.api, half).status_code == 410
    assert append(owner.api, half, 0, b"x").status_code == 410
    assert owner.api.get(f"/uploads/{unused}").json()["state"] == "expired"
    assert owner.api.get(f"/uploads/{used}").json()["state"] == "received"
    removals_done()
    assert stored_bytes(owner, used)
    with pytest.raises(FileNotFoundError):
        stored_bytes(owner, unused)


def test_empty_file_is_received_at_once(owner):
    answer = begin(owner.api, 0)
    assert answer.status_code == 201
    assert owner.api.get(answer.headers["Location"].removeprefix("/api/v1")).json()["state"] == "received"


def test_unfinished_upload_makes_no_dataset(owner):
    upload_id = begun(owner.api, 8)
    append(owner.api, upload_id, 0, b"0123")
    answer = owner.api.post("/datasets", {"name": "n", "files": [{"upload_id": upload_id, "split": "auto"}]})
    assert answer.status_code == 409
    assert answer.json()["error"]["param"] == "files[0].upload_id"
    assert "4 of 8" in answer.json()["error"]["message"]


def test_strangers_and_viewers(owner, stranger, viewer):
    upload_id = begun(owner.api, 3)
    assert append(stranger.api, upload_id, 0, b"abc").status_code == 404
    assert head(stranger.api, upload_id).status_code == 404
    assert stranger.api.request("DELETE", f"/uploads/{upload_id}", **TUS).status_code == 404
    assert append(viewer.api, upload_id, 0, b"abc").status_code == 403
    assert begin(viewer.api, 3).status_code == 403
    assert head(viewer.api, upload_id).headers["Upload-Offset"] == "0"
    assert append(owner.key(), upload_id, 0, b"abc").status_code == 204


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\train.csv", "train.csv"),
        ("a\r\nSet-Cookie: x.csv", "aSet-Cookie: x.csv"),
        ("evil\u202egpj.csv", "evilgpj.csv"),
        ("nul\0.csv", "nul.csv"),
        ("", "upload"),
        ("x" * 400 + ".csv", "x" * 251 + ".csv"),
    ],
)
def test_names_are_made_safe_to_show(given, shown):
    assert filename_clean(given) == shown
