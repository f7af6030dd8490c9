"""`celery -A workers.gpu.app worker -Q gpu --pool=threads -c 1`: the worker of one slot. Messages carry a job's id and nothing else."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anneal.config.settings")

import django
import structlog
from celery import Celery
from celery.signals import worker_init, worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings

django.setup()

# ruff: noqa: E402 - models exist only after django.setup()
from anneal.common.queues import CELERY_SETTINGS
from anneal.common.startup import database_role_check
from anneal.jobs.services.outages import PlatformAwayError
from workers.gpu.cache import CacheLimits
from workers.gpu.hearing import TASK, Broker
from workers.gpu.supervisor import QUEUE, Supervisor

log = structlog.get_logger(__name__)
app = Celery("anneal.gpu", broker=os.environ["REDIS_URL"], set_as_current=False)
app.config_from_object({**CELERY_SETTINGS, "task_default_queue": QUEUE})
_supervisors: list[Supervisor] = []


def work_root() -> Path:
    """Where workers of this machine keep their cache and the folders of running attempts."""
    data = Path(os.environ.get("ANNEAL_DATA_DIR") or Path(__file__).resolve().parents[2] / ".anneal" / "data")
    return Path(os.environ.get("ANNEAL_WORK_DIR") or data / "work")


@app.task(name="jobs.wake", ignore_result=True)
def wake(job_id: str, **_: Any) -> None:
    """Try to claim the job and run it. Lost, doubled, late or foreign messages do no harm: Postgres decides."""
    try:
        parsed = uuid.UUID(job_id)
    except (ValueError, AttributeError, TypeError):
        log.warning("wake.unreadable", job_id=repr(job_id)[:100])
        return
    try:
        for supervisor in _supervisors:
            supervisor.run(parsed)
    except PlatformAwayError as error:
        log.warning("database.unavailable", error=str(error))  # the dispatcher gives the hint again


@app.task(name=TASK, ignore_result=True)
def canary(**_: Any) -> None:
    """This worker's own, come back."""
    for supervisor in _supervisors:
        supervisor.hears()


@worker_init.connect
def _refuse_unsafe_role(**_: Any) -> None:
    database_role_check()


@worker_ready.connect
def _open(sender: Any, **_: Any) -> None:
    env = settings.ENVIRONMENT
    limits = CacheLimits(max_bytes=env.worker_cache_max_bytes, kept_s=env.worker_cache_hours * 3600)
    supervisor = Supervisor(work_root=work_root(), limits=limits)
    supervisor.open(Broker(app, sender, f"{QUEUE}.{supervisor.worker_id}"))
    _supervisors.append(supervisor)


@worker_shutting_down.connect
def _stop(**_: Any) -> None:
    for supervisor in _supervisors:
        supervisor.stop()


@worker_shutdown.connect
def _close(**_: Any) -> None:
    for supervisor in _supervisors:
        supervisor.close()
