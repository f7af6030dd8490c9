"""How files leave the object store: a row says in the transaction that ends their last need that they are to go, and the background worker
removes them after it. So nothing is removed because of an error, no transaction waits for the store, and a store that is away delays it.

Keys are written once, so what is to go is never needed again.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.db import connection
from django.db.models.functions import Now

from anneal.common.ids import uuid7
from anneal.common.leased_work import LeasedWork, ask_again
from anneal.common.models import StoreWork
from anneal.common.outbox import outbox_put
from anneal.common.storage import direct_store, key_check, store
from anneal.common.tenancy import service_scope

_READ_TO_ITS_END: Final = timedelta(hours=1)
"""How long files outlive their rows, for downloads that began before."""
_LATER: Final = timedelta(minutes=10)
"""When a removal is tried again that the store refused."""


def removal_ask(prefix: str, *, begun_id: str = "") -> None:
    """Have everything below `prefix`, or the object of that name, removed some time after the current transaction.

    `begun_id`: of an upload in parts whose parts go as well.
    """
    with connection.cursor() as cursor:
        # The web role may add rows but not see any, so no columns are named for a conflict.
        cursor.execute(
            "INSERT INTO common_storework (id, kind, prefix, begun_id, work_asked_at)"
            " VALUES (%s, 'remove', %s, %s, now() + make_interval(secs => %s)) ON CONFLICT DO NOTHING",
            [uuid7(), key_check(prefix), begun_id, _READ_TO_ITS_END.total_seconds()],
        )


def store_work_reconcile(*, limit: int = 100) -> int:
    """Ask for work in the store that nobody does; returns for how much. Runs in `service_scope`."""
    return ask_again(
        StoreWork.objects.only("id", "kind"), lambda row: outbox_put(f"store.{row.kind}", work_id=row.id), limit=limit
    )


class StoreWorking(LeasedWork[StoreWork]):
    """Never given up: a store that is away comes back, and what should go must."""

    def counted(self) -> Mapping[str, int]:
        """See LeasedWork."""
        return {}

    def is_hopeless(self) -> bool:
        """See LeasedWork."""
        return False

    def crashed(self) -> None:
        """See LeasedWork."""
        self.rest(_LATER)

    def rest(self, pause: timedelta) -> None:
        """Let go of the work until it is asked for again after a pause."""
        with service_scope():
            self.held.update(lease_until=None, work_asked_at=Now() + pause)


def removal_do(work_id: uuid.UUID) -> None:
    """Remove what a row says. Does nothing when it is done or somebody is at it."""
    with service_scope():
        work = StoreWorking.claim(StoreWork.objects.filter(id=work_id, kind="remove"))
    if work is None:
        return
    prefix, begun_id = work.row.prefix, work.row.begun_id
    with work.to_its_end(prefix=prefix):
        with work.moving():
            direct = direct_store()
            if begun_id and direct is not None:
                direct.parts_drop(prefix, begun_id)
            store().delete_prefix(prefix)
            store().delete(prefix)
        with service_scope():
            work.held.delete()
