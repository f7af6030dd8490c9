"""One listening connection for each web process, and everybody who waits for news of a job.

News is only a hint to look. When the connection is down, waiters look every two seconds by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any, Final

import psycopg
import structlog
from django.conf import settings
from django.db import connection

from anneal.jobs.services.moves import STREAM_CHANNEL

log = structlog.get_logger(__name__)
_RECONNECT_S: Final = 1.0
_CHECK_S: Final = 20.0


class Hub:
    """Belongs to one event loop. The connection exists while somebody is subscribed."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self.is_listening = False

    @contextlib.asynccontextmanager
    async def subscription(self, job_id: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever there may be news of the job."""
        news = asyncio.Event()
        self._waiting[job_id].add(news)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        try:
            yield news
        finally:
            self._waiting[job_id].discard(news)
            if not self._waiting[job_id]:
                del self._waiting[job_id]
            if not self._waiting:
                self._task.cancel()
                self._task = None

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as listening:
                    await listening.execute(f"LISTEN {STREAM_CHANNEL}")
                    self.is_listening = True
                    self._wake_all()  # what was said before we listened went unheard
                    while True:
                        async for notify in listening.notifies(timeout=_CHECK_S):
                            self._wake(notify.payload)
                        await listening.execute("SELECT 1")  # a dead connection is silent; ask
            except psycopg.Error as error:
                log.warning("stream.listener_lost", error=str(error))
            finally:
                self.is_listening = False
            await asyncio.sleep(_RECONNECT_S)

    def _wake(self, job_id: str) -> None:
        for news in self._waiting.get(job_id, ()):
            news.set()

    def _wake_all(self) -> None:
        for job_id in list(self._waiting):
            self._wake(job_id)


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    for closed in [known for known in _hubs if known.is_closed()]:
        del _hubs[closed]
    return _hubs.setdefault(loop, Hub())


def _parameters() -> dict[str, Any]:
    known = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return {name: known[name] for name in names if known.get(name)} | settings.TCP_PATIENCE
