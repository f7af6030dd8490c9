"""Threads of the web process, in lanes: what takes long holds up its like, and neither the page nor `/healthz`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

from a2wsgi import WSGIMiddleware

from anneal.config.pace import (
    MOST_BYTES,
    BodyRoom,
    ClientGoneError,
    Patience,
    Receive,
    RefusedBodyError,
    Send,
    paced_receive,
    paced_send,
    whole_body,
)

Scope = dict[str, Any]
# Waits for the model server, for as long as a cold model takes.
_MODELS: Final = re.compile(r"/api/v1/model-versions/[^/]+/(?:predict|row-scores)$")
# Wait for the client's line, the object store or somebody else's server. Asking how far an upload is does not.
_UPLOADS: Final = re.compile(r"/api/v1/uploads(?:/.+)?$")
_DOWNLOADS: Final = re.compile(r"/downloads/|/api/v1/(?:.+/(?:export|record|tensorboard)|.+\.csv)$")
_PIECE: Final = b"application/offset+octet-stream"
# Of messages that wait for a slow client, so that no file of gigabytes is read into memory.
_ANSWER_QUEUE: Final = 16
_NO_LIMIT: Final = 0


class Lanes:
    """An ASGI app of a WSGI app: bodies first, then a thread of the right lane. Each lane has as many threads."""

    def __init__(self, wsgi: Any, threads: int, *, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self._room = BodyRoom(self._patience)
        # Answers of this lane are made as a whole, so none of its threads waits for who reads them.
        self._page = Lane(wsgi, threads, queue=_NO_LIMIT)
        of_one = max(1, threads // 2)
        self._models = Lane(wsgi, threads, of_one=of_one, queue=_ANSWER_QUEUE)
        self._transfers = Lane(wsgi, threads, of_one=of_one, queue=_ANSWER_QUEUE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lane = self._lane(scope["method"], scope["path"])
        send = paced_send(send, self._patience)
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if lane is self._transfers and headers.get(b"content-type", b"").startswith(_PIECE):
            await lane(scope, paced_receive(receive, self._patience), send)
        elif b"transfer-encoding" not in headers and not (length.isdigit() and 0 < int(length) <= MOST_BYTES):
            # Nothing to read, or by its own words too much: views say so before they read.
            await lane(scope, whole_body(b""), send)
        else:
            await self._with_body(lane, scope, receive, send)

    def _lane(self, method: str, path: str) -> Lane:
        if _MODELS.match(path):
            return self._models
        is_upload = method not in {"GET", "HEAD", "OPTIONS"} and _UPLOADS.match(path)
        return self._transfers if is_upload or _DOWNLOADS.match(path) else self._page

    async def _with_body(self, lane: Lane, scope: Scope, receive: Receive, send: Send) -> None:
        address, kept = _address(scope), list[int]()
        try:
            body = await self._room.read(receive, address, kept)
            await lane(scope, whole_body(body), send)
        except RefusedBodyError as refused:
            # Told by Django (`RefusedBodyMiddleware`), which knows the words and the language.
            await self._page({**scope, "anneal.refused_body": str(refused)}, whole_body(b""), send)
        except ClientGoneError:
            return
        finally:
            self._room.free(address, kept)


class Lane:
    """Some threads, of which one caller has at most `of_one` at a time; what is more waits without one."""

    def __init__(self, wsgi: Any, threads: int, *, queue: int, of_one: int | None = None) -> None:
        # Typed loosely: both libraries annotate the same protocol with types of their own.
        self._app: Any = WSGIMiddleware(cast("Any", wsgi), workers=threads, send_queue_size=queue)
        self._of_one = of_one
        self._turns: dict[str, tuple[asyncio.Semaphore, list[None]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._turn(scope):
            await self._app(scope, receive, send)

    @asynccontextmanager
    async def _turn(self, scope: Scope) -> AsyncIterator[None]:
        if self._of_one is None:
            yield
            return
        caller = _caller(scope)
        semaphore, users = self._turns.setdefault(caller, (asyncio.Semaphore(self._of_one), []))
        users.append(None)
        try:
            async with semaphore:
                yield
        finally:
            users.pop()
            if not users:
                del self._turns[caller]


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


def _caller(scope: Scope) -> str:
    """Who has a key is the key, everybody else an address: whoever makes keys up is refused at once, and holds nothing."""
    return next(
        (value.decode("latin1") for name, value in scope["headers"] if name == b"authorization"), _address(scope)
    )
