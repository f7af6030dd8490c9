"""Celery's entry points. A message is a hint: an id that is unknown, done or taken means there is nothing to do."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from celery import shared_task

from anneal.common.crews import HEAVY, IMPORTS, Crew
from anneal.common.hints import with_id
from anneal.datasets.services.applying import change_apply
from anneal.datasets.services.diagnosing import report_diagnose
from anneal.datasets.services.fetches import upload_fetch
from anneal.datasets.services.work import dataset_inspect, dataset_validate


@shared_task(name="datasets.inspect")
def inspect(dataset_id: str, **_newer: object) -> None:
    """Look at the files of a dataset."""
    _with_id(dataset_inspect, dataset_id)


@shared_task(name="datasets.validate")
def validate(dataset_id: str, **_newer: object) -> None:
    """Make a version of a dataset."""
    _with_id(dataset_validate, dataset_id)


@shared_task(name="datasets.change")
def change(change_id: str, **_newer: object) -> None:
    """Make a version of another one."""
    _with_id(change_apply, change_id)


@shared_task(name="datasets.diagnose")
def diagnose(report_id: str, **_newer: object) -> None:
    """Have the data doctor look at a version."""
    _with_id(report_diagnose, report_id)


@shared_task(name="datasets.fetch")
def fetch(upload_id: str, **_newer: object) -> None:
    """Fetch an upload from where it lies."""
    _with_id(upload_fetch, upload_id, IMPORTS)


def _with_id(act: Callable[[uuid.UUID], None], row_id: str, crew: Crew = HEAVY) -> None:
    with_id(act, row_id, unreadable="dataset.bad_message", crew=crew)
