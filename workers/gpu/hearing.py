"""Whether this worker's consumer still hears the broker: canaries, sent to a queue that is this worker's alone, have to come back.

A consumer that hears nothing after a connection broke looks well from every other side: its process lives, and its heartbeats come. Its
slot would be given hints that nobody follows, for ever.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

from anneal.jobs.services.leases import timing

log = structlog.get_logger(__name__)
TASK = "jobs.canary"


class Broker:
    """The consumer of this process, and a queue of its own for canaries. Made where the consumer is."""

    def __init__(self, app: Celery, consumer: Any, queue: str) -> None:
        self._app = app
        self._consumer = consumer
        self._queue = queue
        self._errors = (OperationalError, *app.connection().connection_errors)
        consumer.add_task_queue(queue)

    def send(self) -> bool:
        """Send a canary; False where the broker itself is away."""
        try:
            self._app.send_task(TASK, queue=self._queue, expires=timing().deaf_s, retry=False, ignore_result=True)
        except self._errors as error:
            log.warning("broker.unavailable", error=str(error))
            return False
        return True

    def consume_anew(self) -> None:
        """Have the consumer take its connection for broken: it makes a new one."""
        self._consumer.call_soon(_break)

    def forget(self) -> None:
        """Leave no queue behind; of a worker that is killed one stays, with a canary or two in it."""
        try:
            with self._app.connection() as connection:
                connection.default_channel.queue_delete(self._queue)
        except self._errors as error:
            log.warning("broker.unavailable", error=str(error))

    def leave(self) -> None:
        """End this process in good order; whoever keeps it starts another."""
        os.kill(os.getpid(), signal.SIGTERM)


def _break() -> None:
    raise ConnectionResetError("no canary came back")


class Hearing(threading.Thread):
    """Sends canaries while the worker is idle: a busy one consumes nothing, and nobody counts its slot as free."""

    def __init__(
        self,
        broker: Any,
        *,
        is_busy: Callable[[], bool],
        over: threading.Event,
        clock: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(daemon=True, name="hearing")
        self._broker = broker
        self._is_busy = is_busy
        self._over = over
        self._clock = clock or time.monotonic
        self._heard_at = self._clock()
        self._num_restarts = 0
        self.is_deaf = False

    def heard(self) -> None:
        """A canary came back."""
        self._heard_at = self._clock()
        if self.is_deaf:
            log.info("worker.hears_again")
        self.is_deaf, self._num_restarts = False, 0

    def run(self) -> None:
        while not self._over.wait(timing().worker_heartbeat_s):
            try:
                self.look()
            except Exception:
                log.exception("worker.hearing_failed")

    def look(self) -> None:
        """Send a canary, and act on how long none has come back: take no job, then consume anew, then leave."""
        if self._is_busy() or not self._broker.send():
            self._heard_at = self._clock()
            return
        deaf_s = timing().deaf_s
        silent_s = self._clock() - self._heard_at
        if silent_s <= deaf_s:
            return
        self.is_deaf = True
        # Each restart gets as long as the first silence.
        if silent_s <= deaf_s * (1 + self._num_restarts):
            return
        self._num_restarts += 1
        log.warning("worker.deaf", silent_s=round(silent_s), num_restarts=self._num_restarts)
        if self._num_restarts > 2:  # noqa: PLR2004 - a third time would not help either
            self._broker.leave()
        else:
            self._broker.consume_anew()
