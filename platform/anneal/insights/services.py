"""Writes of the home page: that somebody was there, and what they put aside."""

from __future__ import annotations

import uuid

from django.db.models.functions import Now

from anneal.common.errors import AnnealError
from anneal.insights.models import Dismissal, HomeVisit
from anneal.insights.selectors import item_waits, visit_before
from anneal.tenants.roles import Role


def visit_note(*, user_id: uuid.UUID) -> None:
    """Somebody is at home. A new visit begins when they were away for long enough."""
    if not HomeVisit.objects.filter(user_id=user_id).update(before_at=visit_before(), seen_at=Now()):
        # Two tabs may race here; one of them finds the row.
        HomeVisit.objects.bulk_create([HomeVisit(user_id=user_id, seen_at=Now())], ignore_conflicts=True)


def item_dismiss(*, user_id: uuid.UUID, role: Role, kind: str, item_id: uuid.UUID) -> None:
    """Put aside what waits for a decision, for this person alone. Raises AnnealError (404) for what does not wait for them."""
    if not item_waits(user_id, role, kind, item_id):
        raise AnnealError("home_item.not_found", status=404, param="id")
    Dismissal.objects.bulk_create([Dismissal(user_id=user_id, kind=kind, item_id=item_id)], ignore_conflicts=True)


def item_restore(*, user_id: uuid.UUID, item_id: uuid.UUID) -> None:
    """Take up again what this person put aside. Raises AnnealError (404) for what they did not."""
    deleted, _ = Dismissal.objects.filter(user_id=user_id, item_id=item_id).delete()
    if not deleted:
        raise AnnealError("home_item.not_found", status=404)
