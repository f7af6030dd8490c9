"""What the background worker does about files that nobody needs any more, done at once."""

from __future__ import annotations

from anneal.common.models import StoreWork
from anneal.common.removing import removal_do
from anneal.common.tenancy import service_scope


def removals_done() -> int:
    """Remove what is to be removed; returns how many prefixes that were."""
    with service_scope():
        asked = list(StoreWork.objects.filter(kind="remove").values_list("id", flat=True))
    for work_id in asked:
        removal_do(work_id)
    with service_scope():
        assert not StoreWork.objects.filter(kind="remove").exists()
    return len(asked)
