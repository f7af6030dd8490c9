"""`python -m anneal.config.serve`: the web process.

One port and one process: event streams go through Django's ASGI side, everything else through its WSGI side on a few threads
(`lanes.py`). On two cores this answers four times as many requests as sending everything through ASGI.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anneal.config.settings")

import uvicorn
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.db import connection

from anneal.config.env import environment
from anneal.config.lanes import Lanes
from anneal.hosting.counting import WRITE_EVERY_S

_STREAM = re.compile(r"^/api/v1/.+/stream$")

_asgi = get_asgi_application()
_wsgi = Lanes(get_wsgi_application(), environment().web_threads)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send streams to ASGI and the rest to WSGI."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and not _STREAM.match(scope["path"]):
        await _wsgi(scope, receive, send)
    else:
        await _asgi(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    is_over = asyncio.Event()
    counting: asyncio.Task[None] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            counting = asyncio.create_task(_calls_keep_written(is_over))
        elif counting is not None:
            is_over.set()
            await counting
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _calls_keep_written(is_over: asyncio.Event) -> None:
    """Write what models were asked every few seconds, and for the last time when all requests are answered."""
    is_last = False
    while not is_last:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(is_over.wait(), WRITE_EVERY_S)
        is_last = is_over.is_set()
        await asyncio.to_thread(_calls_write)


def _calls_write() -> None:
    from anneal.hosting.services import calls_write  # noqa: PLC0415 - needs the configured Django

    try:
        calls_write()
    finally:
        connection.close()


def main() -> None:
    """Check the database role, then serve until a signal."""
    from anneal.common.startup import database_role_check  # noqa: PLC0415 - needs the configured Django

    database_role_check()
    env = environment()
    uvicorn.run(
        application,
        host=env.web_host,
        port=env.web_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
        server_header=False,
        forwarded_allow_ips=env.trusted_proxies or ("*" if env.public_url.startswith("https://") else "127.0.0.1"),
    )


if __name__ == "__main__":
    main()
