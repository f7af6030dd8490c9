"""Uploads past the web process: whole and of the announced length, or not at all."""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import override_settings
from django.utils import timezone

from anneal.common.storage import direct_store, store
from anneal.common.tenancy import service_scope
from anneal.datasets.models import Upload
from anneal.datasets.services import datasets_reconcile, direct
from anneal.datasets.services.direct import num_parts, part_bytes
from anneal.datasets.tasks import inspect
from tests.anneal.datasets.steps import TUS, append, csv_of, good_rows, shown
from tests.support.buckets import s3_settings
from tests.support.removals import removals_done

pytestmark = pytest.mark.django_db

PART = 5 * 2**20
CONTENT = csv_of(good_rows(200_000))


@pytest.fixture
def bucket(settings, monkeypatch) -> Iterator[None]:
    """This installation keeps its objects in S3, and parts are as small as S3 lets them be."""
    monkeypatch.setattr(direct, "MIN_PART_BYTES", PART)
    with s3_settings() as found:
        opened = settings.ENVIRONMENT.model_copy(update=vars(found))
        store.cache_clear()
        with override_settings(ENVIRONMENT=opened):
            yield
    store.cache_clear()


def begun(api, size: int = len(CONTENT)) -> str:
    answer = api.post("/uploads/direct", {"filename": "../big.csv", "split": "train", "size_bytes": size})
    assert answer.status_code == 201, answer.content
    assert answer.json()["num_parts"] == num_parts(size)
    return answer.json()["upload"]["id"]


def put(api, upload_id: str, number: int, piece: bytes) -> int:
    """The store's answer to a part."""
    asked = api.post(f"/uploads/{upload_id}/parts", {"numbers": [number]})
    assert asked.status_code == 200, asked.content
    parts = urlsplit(asked.json()["parts"][0]["url"])
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("PUT", f"{parts.path}?{parts.query}", body=piece)
    status = connection.getresponse().status
    connection.close()
    return status


def piece(number: int) -> bytes:
    return CONTENT[(number - 1) * PART : number * PART]


def test_file_goes_past_us_and_makes_a_dataset(owner, bucket):
    upload_id = begun(owner.api)
    assert num_parts(len(CONTENT)) == 2
    for number in (2, 1):
        assert put(owner.api, upload_id, number, piece(number)) == 200
    answer = owner.api.post(f"/uploads/{upload_id}/finish")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["state"], answer.json()["filename"]) == ("received", "big.csv")
    assert owner.api.post(f"/uploads/{upload_id}/finish").status_code == 200, "asked twice, answered twice"
    with store().open(f"{owner.tenant_id}/uploads/{upload_id}") as file:
        assert file.read() == CONTENT
    body = {"name": "n", "task": "classification", "files": [{"upload_id": upload_id, "split": "auto"}]}
    dataset = owner.api.post("/datasets", body).json()
    inspect(dataset["id"])
    assert shown(owner.api, dataset["id"])["state"] == "needs_mapping"
    assert owner.api.get(f"/uploads/{upload_id}").json()["sha256"] == hashlib.sha256(CONTENT).hexdigest()


def test_sender_that_comes_back_is_told_what_is_there(owner, bucket):
    upload_id = begun(owner.api)
    put(owner.api, upload_id, 2, piece(2))
    assert owner.api.get(f"/uploads/{upload_id}/parts").json()["received"] == [2]
    refused = owner.api.post(f"/uploads/{upload_id}/finish")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "upload.parts_missing")
    assert "1 of 2" in refused.json()["error"]["message"]


def test_part_of_another_length_does_not_count(owner, bucket):
    upload_id = begun(owner.api)
    put(owner.api, upload_id, 1, piece(1)[:-1])
    put(owner.api, upload_id, 2, piece(2) + b"more")
    assert owner.api.get(f"/uploads/{upload_id}/parts").json()["received"] == []
    assert owner.api.post(f"/uploads/{upload_id}/finish").status_code == 409


def test_length_of_a_part_is_signed(owner, bucket):
    upload_id = begun(owner.api)
    url = owner.api.post(f"/uploads/{upload_id}/parts", {"numbers": [1]}).json()["parts"][0]["url"]
    assert "content-length" in url.split("X-Amz-SignedHeaders=")[1].split("&")[0]


def test_process_killed_between_store_and_row_loses_nothing(owner, bucket):
    upload_id = begun(owner.api)
    for number in (1, 2):
        put(owner.api, upload_id, number, piece(number))
    with owner.scope():
        row = Upload.objects.get()
    key = f"{owner.tenant_id}/uploads/{upload_id}"
    direct_store().parts_finish(key, row.direct_id, direct_store().parts_received(key, row.direct_id))
    assert owner.api.post(f"/uploads/{upload_id}/finish").json()["state"] == "received"


def test_bad_numbers_are_refused(owner, bucket):
    upload_id = begun(owner.api)
    for numbers in ([0], [3], [-1], [1, 2, 10**6]):
        answer = owner.api.post(f"/uploads/{upload_id}/parts", {"numbers": numbers})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "upload.unknown_part")
    for numbers in ([], ["x"], "1", None, list(range(1, 102))):
        assert owner.api.post(f"/uploads/{upload_id}/parts", {"numbers": numbers}).status_code == 400


def test_dropped_and_expired_uploads_leave_no_parts(owner, bucket):
    for drop in (True, False):
        upload_id = begun(owner.api)
        put(owner.api, upload_id, 1, piece(1))
        with owner.scope():
            direct_id = Upload.objects.get(id=upload_id).direct_id
        if drop:
            assert owner.api.request("DELETE", f"/uploads/{upload_id}", **TUS).status_code == 204
        else:
            with owner.scope():
                Upload.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
            with service_scope():
                datasets_reconcile()
            assert owner.api.post(f"/uploads/{upload_id}/finish").status_code == 410
            assert owner.api.post(f"/uploads/{upload_id}/parts", {"numbers": [1]}).status_code == 410
        assert removals_done() == 1
        with pytest.raises(FileNotFoundError):
            direct_store().parts_received(f"{owner.tenant_id}/uploads/{upload_id}", direct_id)


def test_the_two_ways_are_not_mixed(owner, bucket):
    upload_id = begun(owner.api)
    assert append(owner.api, upload_id, 0, b"x").json()["error"]["code"] == "upload.is_direct"
    large = owner.api.post("/uploads/direct", {"filename": "x.csv", "size_bytes": 2**60})
    assert (large.status_code, large.json()["error"]["code"]) == (413, "upload.too_large")


def test_installation_on_disk_says_so(owner):
    answer = owner.api.post("/uploads/direct", {"filename": "x.csv", "size_bytes": 10})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "upload.no_direct")


@pytest.mark.parametrize("size", [0, 1, direct.MIN_PART_BYTES, direct.MIN_PART_BYTES + 1, 5 * 2**30, 2**42])
def test_parts_cover_the_file_within_what_s3_takes(size):
    assert part_bytes(size) * num_parts(size) >= size
    assert part_bytes(size) * (num_parts(size) - 1) <= size
    assert 1 <= num_parts(size) <= direct.MAX_PARTS


def test_page_is_told_whether_browsers_reach_the_store(owner, bucket, settings):
    assert owner.api.get("/session").json()["takes_direct_uploads"] is False
    named = settings.ENVIRONMENT.model_copy(update={"s3_browser_origin": "https://store.example.com"})
    with override_settings(ENVIRONMENT=named):
        assert owner.api.get("/session").json()["takes_direct_uploads"] is True
