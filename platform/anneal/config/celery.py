"""The Celery app of the platform's own short work (validation, clean-up). Training has an app of its own, `workers.gpu.app`.

Messages are hints with an id in them; the truth is in Postgres. Early acknowledgement, no results, no ETA, no remote
control: each of these switched on has lost or doubled work elsewhere (RELIABILITY section 1).
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anneal.config.settings")

import django
from celery import Celery
from celery.signals import worker_init, worker_shutting_down

from anneal.common.crews import HEAVY, IMPORTS, REMOVALS
from anneal.common.queues import CELERY_SETTINGS
from anneal.config.env import environment

django.setup()
app = Celery("anneal", broker=environment().redis_url, set_as_current=False)
app.config_from_object(CELERY_SETTINGS)
app.autodiscover_tasks(["anneal.tenants", "anneal.datasets", "anneal.jobs"], force=True)


@worker_init.connect
def _refuse_unsafe_role(**_: object) -> None:
    from anneal.common.startup import database_role_check  # noqa: PLC0415 - needs the configured Django

    database_role_check()


@worker_shutting_down.connect
def _begin_nothing_more(**_: object) -> None:
    for crew in (HEAVY, IMPORTS, REMOVALS):
        crew.close()
