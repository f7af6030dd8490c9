"""The web process over real sockets: clients that send, read or wait slowly stop nobody else."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import uvicorn
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from anneal.config.lanes import Lanes
from anneal.config.pace import Patience
from anneal.tenants.roles import Role
from tests.anneal.registry.published import publish
from tests.support.people import person_found

THREADS = 2
SOON_S = 10
MANY = 5
_lines: list[socket.socket] = []


@contextlib.contextmanager
def served(patience: Patience) -> Iterator[int]:
    """The port of the whole web server, with two threads a lane."""
    app = Lanes(get_wsgi_application(), THREADS, patience=patience)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            for line in _lines:
                line.close()
            _lines.clear()
            # Not forced: each request comes to its end, and gives its connection to the database back.
            server.should_exit = True
            thread.join(SOON_S)


@pytest.fixture
def patient(committed_db) -> Iterator[int]:
    """A server that would wait for ever."""
    with served(Patience(grace_s=1000, pause_s=1000, whole_s=1000)) as port:
        yield port


@pytest.fixture
def impatient(committed_db) -> Iterator[int]:
    """A server that waits for nobody."""
    with served(Patience(grace_s=0.05, pause_s=0.05, whole_s=1000)) as port:
        yield port


def _ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=SOON_S)) as connection:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content.startswith(b"{") else {}


def _begin(
    port: int, method: str, path: str, body: bytes, announced: int | None = None, **headers: str
) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=SOON_S)
    _lines.append(line)
    told = {"Host": "testserver", "Content-Length": str(len(body) if announced is None else announced), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    line.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
    return line


def _answer(line: socket.socket) -> tuple[int, dict[str, str], bytes]:
    answer = http.client.HTTPResponse(line)
    answer.begin()
    return answer.status, dict(answer.headers.items()), answer.read()


def _answers_still(port: int, key: str) -> None:
    assert _ask(port, "GET", "/healthz")[0] == 200
    assert _ask(port, "GET", "/api/v1/tenant", Authorization=key)[0] == 200


def _key(person) -> str:
    return person.key(Role.MEMBER).headers["Authorization"]


def test_bodies_that_do_not_come_hold_no_thread_and_others_arrive_whole(patient):
    key = _key(person_found("owner"))
    told = {"Content_Type": "application/json", "Authorization": key}
    for path in ["/api/v1/tenants", "/_allauth/browser/v1/auth/login", "/api/v1/model-versions/x/predict"] * MANY:
        _begin(patient, "POST", path, b"{", announced=2**20, Content_Type="application/json")
    _answers_still(patient, key)

    body = json.dumps({"name": "Ä" * 100_000}).encode()
    with _begin(patient, "POST", "/api/v1/jobs/estimate", body[:7], len(body), **told) as line:
        for at in range(7, len(body), 65536):
            line.sendall(body[at : at + 65536])
        status, _, content = _answer(line)
    # Half of it would be malformed.
    assert (status, json.loads(content)["error"]["code"]) == (400, "job.spec_invalid")

    with _begin(patient, "POST", "/api/v1/jobs/estimate", b"{", announced=2**30, **told) as line:
        status, _, content = _answer(line)
    assert (status, json.loads(content)["error"]["code"]) == (413, "request.too_large")


def test_what_does_not_come_is_refused_in_words_and_of_an_upload_what_came_is_kept(impatient):
    owner = person_found("owner")
    told = {"Content_Type": "application/json", "Accept_Language": "zh-CN"}
    with _begin(impatient, "POST", "/api/v1/tenants", b"{", announced=2**20, **told) as line:
        status, headers, content = _answer(line)
        error = json.loads(content)["error"]
        assert (status, error["code"], headers["connection"]) == (408, "request.too_slow", "close")
        assert "请求体传输过慢" in error["message"]
        assert line.recv(1) == b""

    key, upload = _key(owner), _upload(owner)
    with _piece(impatient, upload, b"a" * 30, 100, key) as line:
        status, headers, _ = _answer(line)
    assert (status, headers["upload-offset"]) == (204, "30")
    assert owner.api.get(f"/uploads/{upload}").json()["offset_bytes"] == 30


def test_uploads_that_stand_still_stop_neither_the_page_nor_others(patient):
    owner, other = person_found("owner"), person_found("other")
    key = _key(owner)
    for _ in range(MANY):
        _piece(patient, _upload(owner), b"a", 100, key)
    _answers_still(patient, key)
    with _piece(patient, _upload(other), b"a" * 100, 100, _key(other)) as line:
        assert _answer(line)[0] == 204


def _upload(person) -> str:
    name = base64.b64encode(b"a.csv").decode()
    begun = person.api.post(
        "/uploads", None, Tus_Resumable="1.0.0", Upload_Length="100", Upload_Metadata=f"filename {name}"
    )
    assert begun.status_code == 201, begun.content
    return begun["Location"].rpartition("/")[2]


def _piece(port: int, upload: str, body: bytes, announced: int, key: str) -> socket.socket:
    headers = {"Tus_Resumable": "1.0.0", "Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
    return _begin(port, "PATCH", f"/api/v1/uploads/{upload}", body, announced, Authorization=key, **headers)


def test_models_that_do_not_answer_stop_neither_the_page_nor_the_questions_of_others(patient, tmp_path):
    owner, other = person_found("owner"), person_found("other")
    asked, is_over = threading.Semaphore(0), threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.release()
            is_over.wait(60)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    model_server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    model_server.handle_error = lambda *_: None  # type: ignore[method-assign]  # nobody waits for its answers
    threading.Thread(target=model_server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    url = f"http://127.0.0.1:{model_server.server_port}"
    with override_settings(ENVIRONMENT=settings.ENVIRONMENT.model_copy(update={"model_server_url": url})):
        key = _key(owner)
        for _ in range(MANY):
            _question(patient, publish(owner, tmp_path), key)
        assert asked.acquire(timeout=SOON_S)
        _answers_still(patient, key)
        _question(patient, publish(other, tmp_path), _key(other))
        assert asked.acquire(timeout=SOON_S), "one caller held every thread that asks models"
        assert not asked.acquire(blocking=False)
        is_over.set()
    model_server.shutdown()
    model_server.server_close()


def _question(port: int, version, key: str) -> socket.socket:
    path = f"/api/v1/model-versions/{version.id}/predict"
    return _begin(port, "POST", path, b'{"texts": ["a"]}', Content_Type="application/json", Authorization=key)
