"""Files that are fetched from an address: whole or not at all, through broken lines and dead workers, and never from inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import boto3
import pytest
import structlog
from django.test import override_settings
from django.utils import timezone

from anneal.common.models import OutboxEntry
from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.datasets.models import Upload, UploadFetch
from anneal.datasets.services import datasets_reconcile, fetches
from anneal.datasets.services.uploads import staged_file
from anneal.datasets.tasks import fetch, inspect
from tests.anneal.datasets.steps import TUS, append, csv_of, good_rows, shown
from tests.support.buckets import s3_server
from tests.support.web_server import Served, web_server

pytestmark = pytest.mark.django_db

CONTENT = csv_of(good_rows())


@pytest.fixture
def source(settings) -> Iterator[Served]:
    """A server within the installation's own networks, with a good file on it."""
    opened = settings.ENVIRONMENT.model_copy(update={"import_own_networks": (ip_network("127.0.0.0/8"),)})
    with override_settings(ENVIRONMENT=opened), web_server() as served:
        served.file("/data.csv", CONTENT)
        yield served


def asked(api, url: str, **body: object) -> str:
    """The id of an import that was just asked for."""
    answer = api.post("/uploads/import", {"url": url, **body})
    assert answer.status_code == 201, answer.content
    assert answer.json()["state"] == "fetching"
    return answer.json()["id"]


def told(api, upload_id: str) -> dict:
    answer = api.get(f"/uploads/{upload_id}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def fetched(api, url: str, **body: object) -> dict:
    """The upload after one run of the worker."""
    upload_id = asked(api, url, **body)
    fetch(upload_id)
    return told(api, upload_id)


def stored(person, upload_id: str) -> bytes:
    with store().open(f"{person.tenant_id}/uploads/{upload_id}") as file:
        return file.read()


def later() -> None:
    """Let every lease end."""
    with service_scope():
        past = timezone.now() - timedelta(minutes=5)
        UploadFetch.objects.filter(lease_until__isnull=False).update(lease_until=past)
        UploadFetch.objects.update(work_asked_at=past)


def num_fetches() -> int:
    with service_scope():
        return UploadFetch.objects.count()


def messages() -> list[dict]:
    with service_scope():
        return [entry.payload for entry in OutboxEntry.objects.filter(topic="datasets.fetch").order_by("id")]


def test_file_is_fetched_and_makes_a_dataset(owner, source):
    upload_id = asked(owner.api, f"{source.url}/data.csv?sig=abc", split="train")
    assert messages() == [{"upload_id": upload_id}]
    fetch(upload_id)
    upload = told(owner.api, upload_id)
    assert (upload["state"], upload["size_bytes"], upload["offset_bytes"]) == ("received", len(CONTENT), len(CONTENT))
    assert (upload["filename"], upload["split"], upload["problem"]) == ("data.csv", "train", None)
    assert stored(owner, upload_id) == CONTENT
    assert num_fetches() == 0, "the address is forgotten with the end of the fetch"
    body = {"name": "n", "task": "classification", "files": [{"upload_id": upload_id, "split": "auto"}]}
    dataset = owner.api.post("/datasets", body).json()
    inspect(dataset["id"])
    assert shown(owner.api, dataset["id"])["state"] == "needs_mapping"
    fetch(upload_id)  # The message comes twice.
    assert told(owner.api, upload_id)["state"] == "received"


def test_name_is_what_was_asked_for_or_what_the_source_says(owner, source):
    def named(request) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "3")
        request.send_header("Content-Disposition", "attachment; filename*=UTF-8''%E6%96%87.csv")
        request.end_headers()
        request.wfile.write(b"abc")

    source.pages["/named"] = named
    assert fetched(owner.api, f"{source.url}/named")["filename"] == "文.csv"
    assert fetched(owner.api, f"{source.url}/named", filename="../mine.csv")["filename"] == "mine.csv"
    assert fetched(owner.api, f"{source.url}/data.csv")["filename"] == "data.csv"


def test_broken_line_goes_on_where_it_broke(owner, source):
    source.file("/big.csv", CONTENT, breaks_after=500)
    upload_id = asked(owner.api, f"{source.url}/big.csv")
    fetch(upload_id)
    assert told(owner.api, upload_id)["state"] == "fetching"
    fetch(upload_id)
    assert told(owner.api, upload_id)["state"] == "fetching", "not before the pause is over"
    later()
    with service_scope():
        assert datasets_reconcile() == 1
    fetch(messages()[-1]["upload_id"])
    assert told(owner.api, upload_id)["state"] == "received"
    assert stored(owner, upload_id) == CONTENT
    ranges = [headers.get("Range") for _, headers in source.asked]
    assert ranges == [None, "bytes=500-"]
    assert source.asked[1][1]["If-Range"] == '"one"'


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_source_that_names_no_copy_is_read_from_the_beginning_again(owner, source, etag):
    source.file("/big.csv", CONTENT, etag=etag, breaks_after=500)
    upload_id = asked(owner.api, f"{source.url}/big.csv")
    fetch(upload_id)
    later()
    fetch(upload_id)
    assert stored(owner, upload_id) == CONTENT
    assert [headers.get("Range") for _, headers in source.asked] == [None, None]


def test_file_that_changed_in_between_is_read_from_the_beginning(owner, source):
    source.file("/big.csv", b"x" * 1000, breaks_after=500)
    upload_id = asked(owner.api, f"{source.url}/big.csv")
    fetch(upload_id)
    source.file("/big.csv", CONTENT, etag='"two"')
    later()
    fetch(upload_id)
    assert stored(owner, upload_id) == CONTENT


def test_worker_killed_after_the_last_byte_asks_for_nothing_again(owner, source, monkeypatch):
    upload_id = asked(owner.api, f"{source.url}/data.csv")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(fetches, "upload_key", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch(upload_id)
    assert told(owner.api, upload_id)["state"] == "fetching"
    later()
    fetch(upload_id)
    assert stored(owner, upload_id) == CONTENT
    assert len(source.asked) == 1


def test_long_fetch_gives_its_worker_back(owner, source, monkeypatch):
    content = CONTENT * 400
    source.file("/big.csv", content)
    upload_id = asked(owner.api, f"{source.url}/big.csv")
    monkeypatch.setattr(fetches, "SLICE_S", 0.0)
    monkeypatch.setattr(fetches.Work, "TICK_S", 0.0)
    for _ in range(100):
        if told(owner.api, upload_id)["state"] == "received":
            break
        fetch(messages()[-1]["upload_id"])
        monkeypatch.setattr(fetches, "SLICE_S", 60.0 if len(source.asked) > 2 else 0.0)
    assert len(source.asked) > 2
    assert stored(owner, upload_id) == content


def test_source_that_drips_and_cannot_be_asked_for_the_rest_is_not_waited_for(owner, source, monkeypatch):
    source.file("/drip.csv", CONTENT, etag=None)
    monkeypatch.setattr(fetches, "SLICE_S", 0.0)
    monkeypatch.setattr(fetches.Work, "TICK_S", 0.0)
    monkeypatch.setattr(fetches, "LEAST_BYTES_PER_S", 10**12)
    upload = fetched(owner.api, f"{source.url}/drip.csv")
    assert (upload["state"], upload["problem"]["code"]) == ("failed", "import.too_slow")
    monkeypatch.setattr(fetches, "LEAST_BYTES_PER_S", 0)
    assert fetched(owner.api, f"{source.url}/drip.csv")["state"] == "received"


def test_one_tenant_has_so_many_fetches_under_way_and_the_next_one_follows(owner, stranger, source):
    ids = [asked(owner.api, f"{source.url}/data.csv") for _ in range(4)]
    with service_scope():
        UploadFetch.objects.filter(upload_id__in=ids[:2]).update(lease_until=timezone.now() + timedelta(seconds=60))
    fetch(ids[2])
    assert told(owner.api, ids[2])["state"] == "fetching"
    assert fetched(stranger.api, f"{source.url}/data.csv")["state"] == "received"
    with service_scope():
        UploadFetch.objects.filter(upload_id=ids[0]).update(lease_until=None)
    fetch(ids[2])
    assert told(owner.api, ids[2])["state"] == "received"
    assert messages()[-1]["upload_id"] == ids[0], "of those that nobody fetches, the one that waits longest"


def test_fetch_waits_for_a_store_that_is_away_and_asks_its_source_no_more(owner, source, monkeypatch):
    upload_id = asked(owner.api, f"{source.url}/data.csv")

    def away(*_):
        raise OSError("SlowDown")

    with monkeypatch.context() as patched:
        patched.setattr(type(store()), "put_file", away)
        for _ in range(fetches.MAX_TRIES + 2):
            fetch(upload_id)
    assert told(owner.api, upload_id)["state"] == "fetching"
    fetch(upload_id)
    assert stored(owner, upload_id) == CONTENT
    assert len(source.asked) == 1


def test_fetch_that_gets_nowhere_is_given_up(owner, source):
    source.status("/down", 503)
    upload_id = asked(owner.api, f"{source.url}/down")
    for _ in range(fetches.MAX_TRIES):
        assert told(owner.api, upload_id)["state"] == "fetching"
        fetch(upload_id)
        later()
    upload = told(owner.api, upload_id)
    assert (upload["state"], upload["problem"]["code"]) == ("failed", "import.busy")
    assert "503" in upload["problem"]["message"]
    assert len(source.asked) == fetches.MAX_TRIES
    later()
    with service_scope():
        assert datasets_reconcile() == 0, "nobody asks for it again but its owner"


def retried(api, upload_id: str):
    return api.post(f"/uploads/{upload_id}/retry")


def test_failed_fetch_is_tried_again_once_however_often_it_is_asked_for(owner, source):
    source.status("/late.csv", 404)
    upload_id = asked(owner.api, f"{source.url}/late.csv", filename="mine.csv")
    fetch(upload_id)
    assert told(owner.api, upload_id)["state"] == "failed"
    fetch(upload_id)
    assert len(source.asked) == 1, "a failed fetch is over"
    source.file("/late.csv", CONTENT)
    before = len(messages())
    for _ in range(2):
        answer = retried(owner.api, upload_id)
        assert (answer.status_code, answer.json()["state"], answer.json()["problem"]) == (200, "fetching", None)
    assert len(messages()) == before + 1
    fetch(upload_id)
    upload = told(owner.api, upload_id)
    assert (upload["state"], upload["filename"]) == ("received", "mine.csv")
    assert stored(owner, upload_id) == CONTENT
    assert num_fetches() == 0
    again = retried(owner.api, upload_id)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "import.not_failed")


def test_only_who_may_write_tries_again(owner, viewer, stranger, source):
    source.status("/late.csv", 404)
    upload = fetched(owner.api, f"{source.url}/late.csv")
    assert [retried(person.api, upload["id"]).status_code for person in (viewer, stranger)] == [403, 404]
    assert told(owner.api, upload["id"])["state"] == "failed"


def test_address_of_a_failed_fetch_goes_with_its_upload(owner, source):
    source.status("/gone.csv", 404)
    first, second = (fetched(owner.api, f"{source.url}/gone.csv")["id"] for _ in range(2))
    assert num_fetches() == 2
    assert owner.api.request("DELETE", f"/uploads/{first}", **TUS).status_code == 204
    assert num_fetches() == 1
    with owner.scope():
        Upload.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    with service_scope():
        datasets_reconcile()
    assert num_fetches() == 0
    assert retried(owner.api, second).json()["error"]["code"] == "import.not_failed"


def test_failed_fetches_do_not_count_among_those_under_way(owner, source, monkeypatch):
    monkeypatch.setattr(fetches, "MAX_AT_ONCE", 1)
    source.status("/gone.csv", 404)
    failed = fetched(owner.api, f"{source.url}/gone.csv")["id"]
    asked(owner.api, f"{source.url}/data.csv")
    answer = retried(owner.api, failed)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "import.too_many")


def test_worker_that_dies_each_time_is_given_up(owner, source, monkeypatch):
    upload_id = asked(owner.api, f"{source.url}/data.csv")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetches, "_receive", killed)
    for _ in range(fetches.MAX_TRIES):
        with pytest.raises(KeyboardInterrupt):
            fetch(upload_id)
        later()
    fetch(upload_id)
    assert told(owner.api, upload_id)["problem"]["code"] == "import.given_up"


@pytest.mark.parametrize(
    ("status", "headers", "body", "code"),
    [
        (404, (), b"", "import.refused"),
        (401, (), b"", "import.refused"),
        (403, (), b"<Error>", "import.refused"),
        (416, (), b"", "import.refused"),
        (204, (), b"", "import.refused"),
        (200, (("Content-Encoding", "gzip"), ("Content-Length", "1")), b"x", "import.encoded"),
        (200, (), b"nobody knows how long", "import.no_length"),
        (200, (("Content-Length", str(2**50)),), b"", "upload.too_large"),
        (206, (("Content-Range", "bytes 5-9/10"), ("Content-Length", "5")), b"56789", "import.bad_part"),
        (206, (("Content-Range", "bytes 0-4/10"), ("Content-Length", "5")), b"01234", "import.bad_part"),
        (302, (("Location", "http://169.254.169.254/latest/meta-data/"),), b"", "outbound.private_address"),
        (302, (("Location", "gopher://127.0.0.1/"),), b"", "outbound.scheme"),
        (301, (("Location", "/page"),), b"", "outbound.redirects"),
    ],
)
def test_bad_answer_fails_with_its_own_reason(owner, source, status, headers, body, code):
    source.status("/page", status, *headers, body=body)
    upload_id = asked(owner.api, f"{source.url}/page")
    fetch(upload_id)
    upload = told(owner.api, upload_id)
    assert (upload["state"], upload["problem"]["code"]) == ("failed", code)
    with owner.scope():
        assert staged_file(Upload.objects.get()).size() is None
    chinese = owner.api.get(f"/uploads/{upload_id}", **{"Accept-Language": "zh-Hans"}).json()["problem"]["message"]
    assert chinese != upload["problem"]["message"]
    refused = owner.api.post("/datasets", {"name": "n", "files": [{"upload_id": upload_id, "split": "auto"}]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "upload.failed")


def test_file_longer_than_allowed_is_left_when_its_length_was_not_told(owner, source, settings):
    def endless(request) -> None:
        request.protocol_version = "HTTP/1.1"
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        while True:
            request.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")

    source.pages["/endless"] = endless
    limited = settings.ENVIRONMENT.model_copy(update={"upload_max_bytes": 100_000})
    with override_settings(ENVIRONMENT=limited):
        assert fetched(owner.api, f"{source.url}/endless")["problem"]["code"] == "upload.too_large"


def test_file_that_is_late_is_left(owner, source):
    upload_id = asked(owner.api, f"{source.url}/data.csv")
    with owner.scope():
        UploadFetch.objects.update(deadline_at=timezone.now() - timedelta(seconds=1))
    fetch(upload_id)
    assert told(owner.api, upload_id)["problem"]["code"] == "import.deadline"
    assert source.asked == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1/x", "outbound.private_address"),
        ("http://[::ffff:169.254.169.254]/", "outbound.private_address"),
        ("http://0x7f.1/", "outbound.odd_host"),
        ("http://user:secret@example.com/x.csv", "outbound.userinfo"),
        ("ftp://example.com/x.csv", "outbound.scheme"),
        ("https://example.com:22/x.csv", "outbound.port"),
        ("not an address", "outbound.bad_url"),
    ],
)
def test_hostile_address_is_refused_at_once(owner, url, code):
    answer = owner.api.post("/uploads/import", {"url": url})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert (num_fetches(), messages()) == (0, [])


def test_name_that_leads_inside_fails_in_the_worker(owner, monkeypatch):
    monkeypatch.setattr("anneal.common.outbound._resolve", lambda *_: ["10.0.0.7"])
    assert fetched(owner.api, "https://files.example.com/x.csv")["problem"]["code"] == "outbound.private_address"


def test_name_that_leads_nowhere_is_said_at_once(owner, monkeypatch):
    def unknown(*_: object) -> list[str]:
        raise OSError

    monkeypatch.setattr("anneal.common.outbound._resolve", unknown)
    assert fetched(owner.api, "https://flies.example.com/x.csv")["problem"]["code"] == "outbound.unresolved"


def test_cancelled_fetch_stops_and_leaves_nothing(owner, source, monkeypatch):
    monkeypatch.setattr(fetches.Work, "TICK_S", 0.0)
    upload_id = asked(owner.api, f"{source.url}/slow")

    def cancelled(request) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000000")
        request.end_headers()
        request.wfile.write(b"x" * 1000)

    source.pages["/slow"] = cancelled
    with owner.scope():
        path = staged_file(Upload.objects.get()).path
    real = fetches.stream_append

    def append_after_cancel(*given, **named):
        assert owner.api.request("DELETE", f"/uploads/{upload_id}", **TUS).status_code == 204
        return real(*given, **named)

    monkeypatch.setattr(fetches, "stream_append", append_after_cancel)
    fetch(upload_id)
    assert owner.api.get(f"/uploads/{upload_id}").status_code == 404
    assert (num_fetches(), path.exists()) == (0, False)


def test_worker_that_lost_its_lease_leaves_the_other_ones_bytes(owner, source, monkeypatch):
    upload_id = asked(owner.api, f"{source.url}/data.csv")
    real = fetches.stream_append

    def superseded(*given, **named):
        with service_scope():
            UploadFetch.objects.update(run=9)
        return real(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(fetches, "stream_append", superseded)
        fetch(upload_id)
    assert told(owner.api, upload_id)["state"] == "fetching"
    with owner.scope():
        assert staged_file(Upload.objects.get()).size() is not None
    later()
    fetch(upload_id)
    assert stored(owner, upload_id) == CONTENT


def test_worker_that_is_overtaken_at_the_end_leaves_what_was_stored(owner, source, monkeypatch):
    upload_id = asked(owner.api, f"{source.url}/data.csv")
    real = fetches.Work.put_file

    def overtaken(self, key, path):
        real(self, key, path)
        with service_scope():
            UploadFetch.objects.update(run=9)

    monkeypatch.setattr(fetches.Work, "put_file", overtaken)
    fetch(upload_id)
    assert told(owner.api, upload_id)["state"] == "fetching"
    assert stored(owner, upload_id) == CONTENT, "the other worker put the same there, and is about to say so"


def test_pieces_cannot_be_sent_to_a_fetched_upload(owner, source):
    upload_id = asked(owner.api, f"{source.url}/data.csv")
    answer = append(owner.api, upload_id, 0, b"x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "upload.is_fetched")
    assert owner.api.request("HEAD", f"/uploads/{upload_id}", **TUS).headers["Upload-Offset"] == "0"
    refused = owner.api.post("/datasets", {"name": "n", "files": [{"upload_id": upload_id, "split": "auto"}]})
    assert refused.json()["error"]["code"] == "upload.fetching"


def test_forgotten_fetch_expires_with_its_secrets(owner, source):
    upload_id = asked(owner.api, f"{source.url}/data.csv")
    with owner.scope():
        Upload.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    with service_scope():
        datasets_reconcile()
    fetch(upload_id)
    assert (told(owner.api, upload_id)["state"], num_fetches()) == ("expired", 0)


def test_one_organisation_fetches_so_many_at_once(owner, stranger, source, monkeypatch):
    monkeypatch.setattr(fetches, "MAX_AT_ONCE", 2)
    for _ in range(2):
        asked(owner.api, f"{source.url}/data.csv")
    answer = owner.api.post("/uploads/import", {"url": f"{source.url}/data.csv"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "import.too_many")
    asked(stranger.api, f"{source.url}/data.csv")


def test_viewer_and_stranger(owner, viewer, stranger, source):
    assert viewer.api.post("/uploads/import", {"url": f"{source.url}/data.csv"}).status_code == 403
    upload_id = asked(owner.api, f"{source.url}/data.csv")
    assert stranger.api.get(f"/uploads/{upload_id}").status_code == 404
    assert stranger.api.request("DELETE", f"/uploads/{upload_id}", **TUS).status_code == 404
    assert told(viewer.api, upload_id)["state"] == "fetching"


# --- buckets

ACCESS = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMI-K7MDENG"}


def customer(access: dict) -> Any:
    """Who owns the bucket."""
    return boto3.client(
        "s3",
        endpoint_url=access["endpoint_url"],
        aws_access_key_id="x",
        aws_secret_access_key="y",
        region_name="us-east-1",
    )


def put(access: dict, *keys: str) -> None:
    with closing(customer(access)) as client:
        for key in keys:
            client.put_object(Bucket="customer", Key=key, Body=CONTENT)


@pytest.fixture
def bucket(source) -> Iterator[dict]:
    with s3_server() as url:
        access = {**ACCESS, "endpoint_url": url}
        with closing(customer(access)) as client:
            client.create_bucket(Bucket="customer")
        put(access, "a folder/文 data.csv")
        yield access


def test_object_of_a_bucket_is_fetched(owner, bucket):
    with structlog.testing.capture_logs() as logs:
        upload = fetched(owner.api, "s3://customer/a folder/文 data.csv", s3=bucket)
    assert (upload["state"], upload["filename"]) == ("received", "文 data.csv")
    assert stored(owner, upload["id"]) == CONTENT
    assert num_fetches() == 0
    assert ACCESS["secret_access_key"] not in json.dumps(logs) + json.dumps(upload)
    assert "X-Amz" not in json.dumps(logs)


def test_missing_object_is_said_to_be_missing(owner, bucket):
    upload = fetched(owner.api, "s3://customer/none.csv", s3=bucket)
    assert upload["problem"]["code"] == "import.refused"
    assert "404" in upload["problem"]["message"]


def test_secrets_rest_sealed(owner, bucket):
    upload_id = asked(owner.api, "s3://customer/none.csv", s3=bucket)
    with owner.scope():
        row = UploadFetch.objects.get(upload_id=upload_id)
        shown_values = json.dumps({**row.__dict__, **Upload.objects.get().__dict__}, default=str)
    assert ACCESS["secret_access_key"] not in shown_values
    assert ACCESS["access_key_id"] not in shown_values
    with override_settings(SECRET_KEY="another key of enough characters, really"):
        fetch(upload_id)
    assert told(owner.api, upload_id)["problem"]["code"] == "import.seal"


def listed(api, url: str, access: dict) -> dict:
    answer = api.post("/uploads/import/list", {"url": url, "s3": access})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_folder_of_a_bucket_is_listed_and_what_is_listed_is_fetched(owner, bucket):
    odd = ["data/a+b & c.csv", "data/2026/50%.jsonl", "data/\u000b.csv"]
    put(bucket, "data/", *odd, "database.csv")
    listing = listed(owner.api, "s3://customer/data/", bucket)
    assert listing["is_cut"] is False
    assert {file["name"] for file in listing["files"]} == {key.removeprefix("data/") for key in odd}
    assert {file["size_bytes"] for file in listing["files"]} == {len(CONTENT)}
    for file in listing["files"][:2]:
        upload = fetched(owner.api, file["url"], s3=bucket)
        assert stored(owner, upload["id"]) == CONTENT
    assert {file["name"] for file in listed(owner.api, "s3://customer/data", bucket)["files"]} >= {"database.csv"}
    whole = ["a folder/文 data.csv", *odd, "database.csv"]
    for url in ("s3://customer", "s3://customer/"):
        assert {file["name"] for file in listed(owner.api, url, bucket)["files"]} == set(whole)
    assert listed(owner.api, "s3://customer/none/", bucket) == {"files": [], "is_cut": False}


def test_long_list_says_that_it_is_cut(owner, source):
    xmlns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    entry = "<Contents><Key>many/a+b.csv</Key><Size>7</Size></Contents>"
    body = f"<?xml version='1.0'?><ListBucketResult {xmlns}><IsTruncated>true</IsTruncated>{entry}</ListBucketResult>"
    source.status("/customer", 200, body=body.encode())
    listing = listed(owner.api, "s3://customer/many/", {**ACCESS, "endpoint_url": source.url})
    name = "a+b.csv"  # This service did not quote its names, and says so by not saying that it did.
    assert listing == {"files": [{"url": f"s3://customer/many/{name}", "name": name, "size_bytes": 7}], "is_cut": True}


_LIST = b"<ListBucketResult><Contents><Key>&x;</Key><Size>1</Size></Contents></ListBucketResult>"


@pytest.mark.parametrize(
    ("status", "headers", "body", "code"),
    [
        (404, (), b"", "import.list_refused"),
        (403, (), b"<Error/>", "import.list_refused"),
        (503, (), b"", "import.busy"),
        (301, (("x-amz-bucket-region", "eu-west-1"),), b"", "import.other_region"),
        (400, (("x-amz-bucket-region", "not a region!"),), b"", "import.list_refused"),
        (302, (("Location", "http://169.254.169.254/"),), b"", "outbound.private_address"),
        (200, (), b"<html>", "import.unlisted"),
        (200, (), b"<ListAllMyBucketsResult/>", "import.unlisted"),
        (
            200,
            (),
            b"<ListBucketResult><Contents><Key>a</Key><Size>many</Size></Contents></ListBucketResult>",
            "import.unlisted",
        ),
        (200, (), b'<!DOCTYPE x [<!ENTITY x "y">]>' + _LIST, "import.unlisted"),
        (200, (), b"\xff\xfe", "import.unlisted"),
        (200, (), b" " * 9 * 2**20, "import.unlisted"),
    ],
)
def test_answer_that_is_no_list_is_refused_with_its_own_reason(owner, source, status, headers, body, code):
    source.status("/customer", status, *headers, body=body)
    answer = owner.api.post(
        "/uploads/import/list", {"url": "s3://customer/", "s3": {**ACCESS, "endpoint_url": source.url}}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert ACCESS["secret_access_key"] not in answer.content.decode()


@pytest.mark.parametrize(
    ("url", "access", "code"),
    [
        ("s3:///key", ACCESS, "import.bad_s3"),
        ("https://example.com/", ACCESS, "request.invalid"),
        ("s3://bucket/", None, "request.invalid"),
        ("s3://bucket/", {**ACCESS, "endpoint_url": "http://169.254.169.254"}, "outbound.private_address"),
    ],
)
def test_bucket_that_cannot_be_listed_is_refused(owner, url, access, code):
    answer = owner.api.post("/uploads/import/list", {"url": url, **({"s3": access} if access else {})})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_only_who_may_write_lists_buckets(viewer, bucket):
    answer = viewer.api.post("/uploads/import/list", {"url": "s3://customer/", "s3": bucket})
    assert answer.status_code == 403


def test_object_in_another_region_names_it(owner, source):
    source.status("/customer/a.csv", 301, ("x-amz-bucket-region", "eu-west-1"))
    upload = fetched(owner.api, "s3://customer/a.csv", s3={**ACCESS, "endpoint_url": source.url})
    assert upload["problem"]["code"] == "import.other_region"
    assert "eu-west-1" in upload["problem"]["message"]


@pytest.mark.parametrize(
    ("url", "s3", "code"),
    [
        ("s3://bucket/key", None, "import.credentials_missing"),
        ("https://example.com/key", ACCESS, "import.credentials_unused"),
        ("s3://bucket/", ACCESS, "import.bad_s3"),
        ("s3://bucket/prefix/", ACCESS, "import.bad_s3"),
        ("s3:///key", ACCESS, "import.bad_s3"),
        ("s3://no such bucket!/key", ACCESS, "import.bad_s3"),
        ("s3://bucket/key", {**ACCESS, "endpoint_url": "nonsense"}, "import.bad_s3"),
        ("s3://bucket/key", {**ACCESS, "endpoint_url": "http://169.254.169.254"}, "outbound.private_address"),
        ("s3://bucket/key", {**ACCESS, "endpoint_url": "http://10.0.0.1:9000"}, "outbound.private_address"),
        ("s3://bucket/key", {**ACCESS, "endpoint_url": "https://u:p@example.com"}, "outbound.userinfo"),
        ("s3://bucket/key", {**ACCESS, "region": "x.evil.com/"}, "request.invalid"),
        ("s3://bucket/key", {**ACCESS, "bucket": "x"}, "request.invalid"),
    ],
)
def test_bucket_that_cannot_be_asked_is_refused_at_once(owner, url, s3, code):
    answer = owner.api.post("/uploads/import", {"url": url, **({"s3": s3} if s3 else {})})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert ACCESS["secret_access_key"] not in answer.content.decode()
