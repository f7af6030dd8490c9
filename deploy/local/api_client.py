"""Anneal's public HTTP API, as a program of a customer would use it: JSON calls, resumable uploads, event streams.

Standard library only, so that it doubles as the shortest complete example of a client.
"""

from __future__ import annotations

import base64
import http.client
import json
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK_BYTES = 4 * 2**20
TIMEOUT_S = 60.0
_UNAVAILABLE = 503


class ApiError(Exception):
    """An answer that is not a success, with the code and message of its error document."""

    def __init__(self, status: int, code: str, message: str, details: object, retry_after_s: float | None) -> None:
        super().__init__(f"{message} ({code}, HTTP {status})")
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class StreamEvent:
    """One event of a stream; `id` is what to continue after when the connection breaks. A `ping` only says: still here."""

    name: str
    id: str | None
    data: Any


class Client:
    """Calls in the name of an API key."""

    def __init__(self, url: str, api_key: str, *, language: str = "en") -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {api_key}", "Accept-Language": language}

    def get(self, path: str, **query: str | int) -> Any:
        """GET a document."""
        return self._json("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: object = None) -> Any:
        """POST a document; the same call is never carried out twice, whatever the network does."""
        return self._json("POST", path, body, {"Idempotency-Key": str(uuid.uuid4())})

    def put(self, path: str, body: object) -> Any:
        """PUT a document."""
        return self._json("PUT", path, body)

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """Every item of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["data"]
            cursor = page["next_cursor"]
            if not cursor:
                return

    def post_when_available(self, path: str, body: object, *, deadline_s: float) -> Any:
        """POST, again and again while the answer is that the service is just starting."""
        deadline = time.monotonic() + deadline_s
        while True:
            try:
                return self.post(path, body)
            except ApiError as error:
                if error.status != _UNAVAILABLE or time.monotonic() > deadline:
                    raise
                time.sleep(min(error.retry_after_s or 1.0, 2.0))

    def upload(self, file: Path, *, split: str) -> str:
        """Send a file with the tus protocol, in pieces, and return the upload's id."""
        size = file.stat().st_size
        metadata = {"filename": file.name, "split": split}
        described = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in metadata.items())
        tus = {"Tus-Resumable": "1.0.0"}
        made = self._call(
            "POST", "/api/v1/uploads", None, {**tus, "Upload-Length": str(size), "Upload-Metadata": described}
        )
        location: str = urljoin(f"{self._url}/api/v1/uploads", made.headers["Location"])
        with file.open("rb") as source:
            offset = 0
            while offset < size:
                source.seek(offset)
                headers = {**tus, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
                answer = self._call("PATCH", location, source.read(CHUNK_BYTES), headers)
                offset = int(answer.headers["Upload-Offset"])
        return location.rstrip("/").rpartition("/")[2]

    def stream(self, path: str) -> Iterator[StreamEvent]:
        """Events until the server says `end`; a broken connection is taken up where it broke."""
        last_id: str | None = None
        failures = 0
        while True:
            headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last_id} if last_id else {})}
            try:
                for event in _events(self._call("GET", path, None, headers)):
                    failures = 0 if event.name != "ping" else failures
                    last_id = event.id or last_id
                    yield event
                    if event.name == "end":
                        return
            except (OSError, http.client.HTTPException):
                if failures > 10:  # noqa: PLR2004 - half a minute of a server that is away
                    raise
            failures += 1
            time.sleep(min(0.5 * failures, 5.0))

    def _json(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        payload = None if body is None else json.dumps(body).encode()
        typed = {"Content-Type": "application/json"} if payload is not None else {}
        with self._call(method, path, payload, {**typed, **(headers or {})}) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _call(self, method: str, path: str, payload: bytes | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        request = urllib.request.Request(  # noqa: S310 - the address is the caller's own server
            urljoin(self._url, path), data=payload, headers={**self._headers, **headers}, method=method
        )
        try:
            answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 - as above
        except urllib.error.HTTPError as error:
            raise _api_error(error) from error
        return answer


def _events(answer: http.client.HTTPResponse) -> Iterator[StreamEvent]:
    with answer:
        name, event_id = "message", None
        data: list[str] = []
        for line in (raw.decode().rstrip("\r\n") for raw in answer):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if line.startswith(":"):
                yield StreamEvent("ping", None, None)
            elif not line:
                if data or name != "message":
                    yield StreamEvent(name, event_id, json.loads("\n".join(data)) if data else None)
                name, event_id, data = "message", None, []
            elif field == "event":
                name = value
            elif field == "id":
                event_id = value
            elif field == "data":
                data.append(value)


def _api_error(error: urllib.error.HTTPError) -> ApiError:
    with error:
        text = error.read().decode(errors="replace")
    wait = error.headers.get("Retry-After", "")
    retry_after_s = float(wait) if wait.isdecimal() else None
    try:
        told = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        return ApiError(error.code, "http", text[:500] or str(error.reason), None, retry_after_s)
    return ApiError(error.code, told["code"], told["message"], told.get("details"), retry_after_s)
