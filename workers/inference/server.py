"""`python -m workers.inference.server`: the model server's HTTP side.

`POST /predict` as in `workers.contract.serving`, `GET /healthz`. It listens where MODEL_SERVER_URL says, answers only to
those who know its token, and never loads a model itself: the engine child does, and may die without harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import uvicorn
from pydantic import ValidationError

from workers.contract.base import Value
from workers.contract.serving import PredictRequest, PredictResponse, ServerError
from workers.inference.cache import ModelCache, ModelError
from workers.inference.engine_process import EngineProcess, EngineUnavailableError, RefusedError

MAX_BODY_BYTES: Final = 32 * 2**20
_RETRY_AFTER: Final = (b"retry-after", b"2")


class Health(Value):
    status: str = "ok"
    engine: str


class Refused(Exception):  # noqa: N818 - it carries an answer, it is not a fault of ours
    """An answer other than 200."""

    def __init__(self, status: int, code: str, message: str, **where: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = ServerError(code=code, message=message, **where)


class Application:
    """The ASGI application."""

    def __init__(self, *, token: str, cache: ModelCache) -> None:
        self._token = token.encode()
        self._cache = cache
        self.engine = EngineProcess()
        self._keeper: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._keeper = asyncio.create_task(self.engine.keep())
            elif self._keeper:
                self._keeper.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._keeper
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _http(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers: list[tuple[bytes, bytes]] = [(b"content-type", b"application/json")]
        try:
            status, body = 200, await self._route(scope, receive)
        except Refused as refused:
            status, body = refused.status, refused.body
            if status == 503:  # noqa: PLR2004 - Service Unavailable
                headers.append(_RETRY_AFTER)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body.model_dump_json().encode()})

    async def _route(self, scope: dict[str, Any], receive: Any) -> Value:
        match scope["method"], scope["path"]:
            case "GET", "/healthz":
                return Health(engine="ready" if self.engine.is_ready else "starting")
            case "POST", "/predict":
                self._authorise(dict(scope["headers"]))
                return await _unless_gone(self._predict(await _body(receive)), receive)
            case _:
                raise Refused(404, "not_found", "There is nothing at this address.")

    def _authorise(self, headers: dict[bytes, bytes]) -> None:
        if not hmac.compare_digest(headers.get(b"authorization", b""), b"Bearer " + self._token):
            raise Refused(401, "unauthorised", "The token is missing or wrong.")

    async def _predict(self, body: bytes) -> PredictResponse:
        started = time.monotonic()
        try:
            asked = PredictRequest.model_validate_json(body)
            with contextlib.ExitStack() as held:
                fetched = self._cache.folder(asked.model_key, asked.files)
                folder = await asyncio.to_thread(held.enter_context, fetched)
                answer = await self.engine.ask(
                    model_key=asked.model_key,
                    folder=folder,
                    inputs=asked.questions,
                    top_k=asked.top_k,
                    max_new_tokens=asked.max_new_tokens,
                )
        except ValidationError as error:
            raise Refused(
                400, "request.invalid", str(error.errors(include_url=False, include_input=False)[0])
            ) from error
        except RefusedError as error:
            said = error.refusal
            raise Refused(
                422, said.code, said.message, place=said.place, field=said.field, params=said.params
            ) from error
        except ModelError as error:
            raise Refused(422, error.code, error.message) from error
        except EngineUnavailableError as error:
            raise Refused(503, "engine.unavailable", str(error)) from error
        return PredictResponse(
            predictions=answer.predictions,
            is_cold=answer.is_cold,
            milliseconds=round((time.monotonic() - started) * 1000, 1),
        )


async def _unless_gone(work: Coroutine[Any, Any, Value], receive: Any) -> Value:
    """What `work` comes to; it is cancelled when the client leaves first."""
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(receive())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Refused(499, "request.gone", "The client has left.")
        return working.result()
    finally:
        leaving.cancel()
        working.cancel()


async def _body(receive: Any) -> bytes:
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "request.broken", "The request broke off.")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY_BYTES:
            raise Refused(413, "request.too_large", f"At most {MAX_BODY_BYTES} bytes.")
        if not message.get("more_body"):
            return b"".join(chunks)


def _address(variables: dict[str, str]) -> tuple[str, int]:
    """Where to listen: what MODEL_SERVER_URL says, on the loopback when it says nothing."""
    parts = urlsplit(variables.get("MODEL_SERVER_URL") or "http://127.0.0.1:8100")
    return parts.hostname or "127.0.0.1", parts.port or 8100


def main() -> None:
    """Serve until a signal."""
    variables = dict(os.environ)
    token, data = variables.get("MODEL_SERVER_TOKEN", ""), variables.get("ANNEAL_DATA_DIR", "")
    if not token or not data:
        sys.exit("Set MODEL_SERVER_TOKEN and ANNEAL_DATA_DIR; docs/deployment.md lists every variable.")
    host, port = _address(variables)
    cache = ModelCache(
        Path(data) / "model-cache",
        Path(data) / "objects",
        object_origin=variables.get("MODEL_OBJECT_ORIGIN") or None,
    )
    uvicorn.run(
        Application(token=token, cache=cache),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
