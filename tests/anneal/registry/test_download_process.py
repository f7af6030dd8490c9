"""Downloads from the real web process: whole, broken off by the client, and broken off by a damaged file."""

from __future__ import annotations

import http.client
import io
import os
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from anneal.common.storage import store
from anneal.registry.models import Artifact
from tests.anneal.registry.published import publish
from tests.support.database import ROOT
from tests.support.people import person_found

pytestmark = pytest.mark.slow
WEIGHTS = os.urandom(1 << 20) * 48


@pytest.fixture
def web(committed_db) -> Iterator[int]:
    """The port of a web process on this run's database and store."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **committed_db.environment("web", settings.ENVIRONMENT.anneal_data_dir),
        "WEB_PORT": str(port),
        "WEB_THREADS": "2",
    }
    process = subprocess.Popen([sys.executable, "-m", "anneal.config.serve"], env=environment, cwd=ROOT)
    try:
        deadline = time.monotonic() + 60
        while not _is_alive(port):
            assert process.poll() is None
            assert time.monotonic() < deadline, "the web process did not start"
            threading.Event().wait(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _is_alive(port: int) -> bool:
    try:
        with _get(port, "/healthz") as answer:
            return answer.status == 200
    except OSError:
        return False


@contextmanager
def _get(port: int, path: str) -> Iterator[http.client.HTTPResponse]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path)
        with connection.getresponse() as answer:
            yield answer


def _link(person, version) -> str:
    artifact_id = person.api.get(f"/model-versions/{version.id}").json()["artifacts"][0]["id"]
    return urlsplit(person.api.post(f"/artifacts/{artifact_id}/download-link").json()["url"]).path


def test_download_survives_clients_that_leave_and_tells_of_damage_by_breaking_off(web, tmp_path):
    owner = person_found("owner")
    version = publish(owner, tmp_path, files={"config.json": b"{}", "model.safetensors": WEIGHTS})
    path = _link(owner, version)
    for _ in range(4):  # more than there are threads
        with _get(web, path) as leaving:
            assert leaving.status == 200
            leaving.read(1000)
    with _get(web, path) as whole:
        content = whole.read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.read("model.safetensors") == WEIGHTS
    with owner.scope():
        key = next(row["key"] for row in Artifact.objects.get(version=version).files if row["name"].startswith("model"))
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"\0" + WEIGHTS[1:])
    store().put_file(key, damaged)
    with _get(web, path) as broken:
        assert broken.status == 200
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            broken.read()
    assert _is_alive(web)
