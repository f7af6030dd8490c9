"""What all background work under a lease has in common: who is asked again, and the folder that one run works in.

Such a row has `lease_until`, set while somebody works on it, and `run`, which numbers the pieces of work.
"""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Now

ASK_AGAIN_AFTER = timedelta(seconds=15)
_Row = TypeVar("_Row", bound=Model)


def ask_again(rows: QuerySet[_Row], ask: Callable[[_Row], None], *, limit: int, asked_at: str = "work_asked_at") -> int:
    """Ask for the work on rows that nobody does: its message was lost, or its worker. Returns how many. Runs in `service_scope`."""
    idle: list[Any] = list(
        rows.select_for_update(skip_locked=True, of=("self",))
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))
        .filter(**{f"{asked_at}__lt": Now() - ASK_AGAIN_AFTER})
        .order_by(asked_at)[:limit]
    )
    for row in idle:
        ask(row)
    rows.model._default_manager.filter(pk__in=[row.pk for row in idle]).update(**{asked_at: Now()})  # noqa: SLF001 - its public name
    return len(idle)


@contextlib.contextmanager
def work_folder(name: uuid.UUID | str, run: int) -> Iterator[Path]:
    """An empty folder for one run, gone afterwards. What killed runs of the same work left is removed first."""
    root = Path(settings.ENVIRONMENT.anneal_data_dir).absolute() / "work"
    for left in root.glob(f"{name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = root / f"{name}-{run}"
    try:
        folder.mkdir(parents=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
