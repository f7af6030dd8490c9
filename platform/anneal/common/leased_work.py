"""What all background work under a lease has in common: how it is claimed, shown and ended, who is asked again, and the folder of one run.

Such a row has `lease_until`, set while somebody works on it; `run`, which numbers the pieces of work and which every write of one
carries; and `crashes`, how many workers it has brought down.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, Self, TypeVar

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from anneal.common.errors import AnnealError
from anneal.common.isolation import each
from anneal.common.storage import store
from anneal.common.tenancy import service_scope

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=60)
MAX_CRASHES: Final = 3
ASK_AGAIN_AFTER = timedelta(seconds=15)
STORE_PATIENCE: Final = timedelta(hours=1)
"""How long work waits for the object store to come back before its tries are counted."""
_Row = TypeVar("_Row", bound=Model)


class SupersededError(Exception):
    """Somebody else has this work now, or nobody wants it any more: stop without a trace."""


@dataclass
class LeasedWork(Generic[_Row]):
    """One claimed piece of work. What it does with `row` goes through `held`: the row, for as long as the work is this one's."""

    TICK_S: ClassVar[float] = 0.5
    MOVING_TICK_S: ClassVar[float] = LEASE.total_seconds() / 4
    RETRY_S: ClassVar[float] = 1.0
    ASKED_AT: ClassVar[str] = "work_asked_at"

    row: _Row
    held: QuerySet[_Row]
    last_tick: float = field(default=float("-inf"), init=False)

    @classmethod
    def claim(cls, rows: QuerySet[_Row], **values: Any) -> Self | None:
        """Take the one row of `rows`, unless somebody has it or it has been given up. Runs in `service_scope`.

        `rows` finds it for as long as the work is wanted, without a join: a write that has waited for another one looks again at its own
        table only. `values`: what the row becomes by the claim, and is while it is held.
        """
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=Now())
        row: Any = rows.select_for_update(of=("self",)).filter(free).first()
        if row is None:
            return None
        row.run += 1
        work = cls(row, rows.filter(run=row.run, **values))
        rows.filter(pk=row.pk).update(run=row.run, lease_until=Now() + LEASE, **work.counted(), **values)
        if work.is_hopeless():
            log.error("work.given_up", **work._name())
            work.give_up()
            return None
        return work

    def counted(self) -> Mapping[str, int]:
        """What a claim counts, written with it: a worker that left its lease behind was brought down."""
        row: Any = self.row
        row.crashes += row.lease_until is not None
        return {"crashes": row.crashes}

    def is_hopeless(self) -> bool:
        """Whether there have been enough tries."""
        row: Any = self.row
        return bool(row.crashes >= MAX_CRASHES)

    def give_up(self) -> None:
        """Say that it leads to nothing: the last write."""
        raise NotImplementedError

    @contextlib.contextmanager
    def to_its_end(self, **known: Any) -> Iterator[None]:
        """Around the work: whatever becomes of it is logged, with what is `known` of it, and nothing is left hanging."""
        told = log.bind(**self._name(), **known)
        try:
            yield
            told.info("work.done")
        except SupersededError:
            told.info("work.superseded")
            self.superseded()
        except Exception as error:  # noqa: BLE001 - whatever it was, a customer's work must not hang: it is tried again, then given up
            told.exception("work.failed")
            if not (_is_of_store(error) and self.put_off()):
                self.crashed()

    def superseded(self) -> None:
        """Clean up after a claim that was lost."""

    def put_off(self) -> bool:
        """Have it tried again when the store may be back, which counts as no crash; False where it is to count as one."""
        return False

    def wait_for_store(self, since: datetime, **values: Any) -> bool:
        """Let go of the work until it is asked for again, with `values` written; False where it has waited `since` too long ago."""
        if timezone.now() - since >= STORE_PATIENCE:
            return False
        with service_scope():
            self.held.update(lease_until=None, **{self.ASKED_AT: Now()}, **values)
        return True

    def wait_as_noted(self, **values: Any) -> bool:
        """The same, where the row's `progress` keeps since when the store is away, until the work gets further."""
        row: Any = self.row
        progress = {"store_away_since": timezone.now().isoformat(), **(row.progress or {})}
        return self.wait_for_store(datetime.fromisoformat(progress["store_away_since"]), progress=progress, **values)

    def crashed(self) -> None:
        """Have it tried again; the next claim counts a crash."""
        with service_scope():
            self.held.update(lease_until=Now())

    def is_due(self) -> bool:
        """Whether it is time to say that it lives."""
        now = time.monotonic()
        if now - self.last_tick < self.TICK_S:
            return False
        self.last_tick = now
        return True

    def renew(self, **values: Any) -> None:
        """Renew the lease, and show `values`. Raises SupersededError."""
        with service_scope():
            self.update(lease_until=Now() + LEASE, **values)

    def take_file(self, key: str, path: Path) -> None:
        """Have an object of the store at `path`. Raises FileNotFoundError, SupersededError."""
        with self.moving():
            store().fetch(key, path)

    def put_file(self, key: str, path: Path) -> None:
        """Make the file at `path` an object of the store. Raises SupersededError."""
        with self.moving():
            store().put_file(key, path)

    @contextlib.contextmanager
    def moving(self) -> Iterator[None]:
        """Around what says nothing until it is done, and may take longer than a lease: the way of a file to the store or from it.

        Another thread renews the lease meanwhile, and tries again where the database would not. Raises SupersededError at the end where the
        work was lost.
        """
        ended, lost = threading.Event(), threading.Event()

        def renew() -> None:
            pause_s = self.MOVING_TICK_S
            while not lost.is_set() and not ended.wait(pause_s):
                pause_s = self.MOVING_TICK_S
                try:
                    self.renew()
                except SupersededError:
                    lost.set()
                except Exception:
                    log.warning("work.not_renewed", exc_info=True, **self._name())
                    pause_s = min(self.RETRY_S, self.MOVING_TICK_S)
                finally:
                    connection.close()

        thread = threading.Thread(target=renew, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        if lost.is_set():
            raise SupersededError

    def update(self, **values: Any) -> None:
        """Change the row as the holder of its run. Raises SupersededError."""
        if not self.held.update(**values):
            raise SupersededError

    def _name(self) -> dict[str, Any]:
        row: Any = self.row
        return {"work": type(row).__name__, "id": str(row.pk), "run": row.run}


def _is_of_store(error: Exception) -> bool:
    """Whether the store is away or full, rather than without what was looked for."""
    if isinstance(error, AnnealError):
        return error.code == "storage.full"
    return isinstance(error, OSError) and not isinstance(error, FileNotFoundError)


def ask_again(rows: QuerySet[_Row], ask: Callable[[_Row], None], *, limit: int, asked_at: str = "work_asked_at") -> int:
    """Ask for the work on rows that nobody does: its message was lost, or its worker. Returns how many. Runs in `service_scope`.

    One that cannot be asked for goes to the end of the line, as those do that can.
    """

    def asked(row: _Row) -> int:
        ask(row)
        return 1

    idle: list[Any] = list(
        rows.select_for_update(skip_locked=True, of=("self",))
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))
        .filter(**{f"{asked_at}__lt": Now() - ASK_AGAIN_AFTER})
        .order_by(asked_at)[:limit]
    )
    num_asked = each(idle, asked, event="work.not_asked_for")
    rows.model._default_manager.filter(pk__in=[row.pk for row in idle]).update(**{asked_at: Now()})  # noqa: SLF001 - its public name
    return num_asked


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
