"""`manage.py dispatcher`: relays the outbox, gives hints for queued jobs, ends dead leases, reconciles. One works, others stand by."""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
import psycopg.sql
import structlog
from celery import Celery
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, connection
from kombu.exceptions import OperationalError as BrokerError

from anneal.common.api.idempotency import idempotency_sweep
from anneal.common.isolation import is_away
from anneal.common.outbox import outbox_relay, outbox_strays_tell
from anneal.common.queues import CELERY_SETTINGS, queue_of
from anneal.common.removing import store_work_reconcile
from anneal.common.startup import database_role_check
from anneal.common.tenancy import service_scope
from anneal.datasets.services import datasets_reconcile
from anneal.jobs.services.dispatch import dispatch_tick
from anneal.jobs.services.keeping import deleted_tenants_rest, keeping_sweep
from anneal.jobs.services.moves import DISPATCH_CHANNEL
from anneal.jobs.services.previews import previews_reconcile
from anneal.jobs.services.reaper import Reaper, retries_due
from anneal.jobs.timing import timing
from anneal.plans.services import quotas_tell
from anneal.tenants.services.mail import mails_reconcile
from anneal.tenants.services.notifications import notifications_sweep

log = structlog.get_logger(__name__)
_LOCK: Final = "anneal.dispatcher"
_RECONCILE_S: Final = 10.0
_SWEEP_S: Final = 600.0
_QUOTAS_S: Final = 60.0
_PAUSE_S: Final = 1.0


class Dispatcher:
    """The loop. `stop` is set by a signal; every other failure is logged and outlived."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._reaper = Reaper()
        self._celery: Any = Celery("anneal.dispatcher", broker=settings.ENVIRONMENT.redis_url, set_as_current=False)
        self._celery.config_from_object({**CELERY_SETTINGS, "broker_connection_timeout": 3})
        self._broker_errors = (BrokerError, *self._celery.connection().connection_errors)
        self._due: dict[str, float] = {}

    def run(self) -> None:
        """Work until told to stop; through outages of the database and the broker."""
        while not self.stop.is_set():
            try:
                with self._leadership() as wakeups:
                    log.info("dispatcher.leads")
                    while not self.stop.is_set():
                        self.tick()
                        self._wait(wakeups)
            except (Error, psycopg.Error) as error:
                log.warning("database.unavailable", error=str(error))
                self._reaper.database_failed()
                connection.close()
                self.stop.wait(_PAUSE_S)

    def tick(self) -> None:
        """One round: what is due is done; a broker that is away delays messages and nothing else."""
        self._every("retries", 0, retries_due)
        self._every("dispatch", 0, dispatch_tick)
        self._every("relay", 0, self._relay)
        self._every("strays", _SWEEP_S, outbox_strays_tell)
        self._every("reaper", timing().reaper_s, self._reaper.tick)
        self._every("datasets", _RECONCILE_S, _in_service_scope(datasets_reconcile))
        self._every("previews", _RECONCILE_S, _in_service_scope(previews_reconcile))
        self._every("mails", _RECONCILE_S, _in_service_scope(mails_reconcile))
        self._every("store", _RECONCILE_S, _in_service_scope(store_work_reconcile))
        self._every("deleted_tenants", _RECONCILE_S, _in_service_scope(deleted_tenants_rest))
        self._every("leftovers", _SWEEP_S, _in_service_scope(keeping_sweep))
        self._every("notifications", _SWEEP_S, _in_service_scope(notifications_sweep))
        self._every("quotas", _QUOTAS_S, _in_service_scope(quotas_tell))
        self._every("idempotency", _SWEEP_S, _in_service_scope(idempotency_sweep))

    def _every(self, name: str, seconds: float, action: Callable[[], int]) -> None:
        now = time.monotonic()
        if now < self._due.get(name, 0.0):
            return
        self._due[name] = now + seconds
        try:
            action()
        except self._broker_errors as error:
            log.warning("broker.unavailable", error=str(error))
            self._due[name] = now + _PAUSE_S
        except Exception as error:
            if is_away(error):
                raise
            log.exception("dispatcher.action_failed", action=name)
            self._due[name] = now + _PAUSE_S

    def _relay(self) -> int:
        sent = 0
        while relayed := outbox_relay(self._send):
            sent += relayed
        return sent

    def _send(self, topic: str, payload: dict[str, str]) -> None:
        self._celery.send_task(topic, kwargs=payload, queue=queue_of(topic), retry=False, ignore_result=True)

    @contextmanager
    def _leadership(self) -> Iterator[psycopg.Connection[Any]]:
        """Hold the one lock of all dispatchers on a connection of its own, which hears the wake-ups as well."""
        with psycopg.connect(**_connection_parameters(), autocommit=True) as listening:
            while not self.stop.is_set():
                row = listening.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [_LOCK]).fetchone()
                if row and row[0]:
                    break
                self.stop.wait(_PAUSE_S)
            listening.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(DISPATCH_CHANNEL)))
            yield listening

    def _wait(self, wakeups: psycopg.Connection[Any]) -> None:
        """Until somebody calls or the tick is over; calls that came together count as one."""
        for _ in wakeups.notifies(timeout=timing().tick_s, stop_after=1):
            log.debug("dispatcher.woken")


def _connection_parameters() -> dict[str, Any]:
    parameters: dict[str, Any] = dict(connection.get_connection_params())
    for name in ("pool", "cursor_factory", "context", "prepare_threshold", "client_encoding"):
        parameters.pop(name, None)
    return parameters


def _in_service_scope(action: Callable[[], int]) -> Callable[[], int]:
    def run() -> int:
        with service_scope():
            return action()

    return run


class Command(BaseCommand):
    """See the module."""

    help = "Relay messages, dispatch jobs, end dead leases. Run two: one works, the other stands by."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then exit (for operators and tests)")

    def handle(self, *_: Any, once: bool, **__: Any) -> None:
        database_role_check()
        dispatcher = Dispatcher()
        if once:
            dispatcher.tick()
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: dispatcher.stop.set())
        dispatcher.run()
