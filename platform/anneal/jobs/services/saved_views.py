"""Choices of jobs that a person keeps under a name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from anneal.common.errors import AnnealError
from anneal.jobs.models import SavedView

MAX_VIEWS = 50


def saved_view_create(*, user_id: uuid.UUID, name: str, filters: Mapping[str, str]) -> SavedView:
    """Keep a choice. Raises AnnealError (409) for a name that is taken, and for too many."""
    if SavedView.objects.filter(user_id=user_id).count() >= MAX_VIEWS:
        raise AnnealError("saved_view.too_many", status=409, params={"limit": MAX_VIEWS})
    try:
        with transaction.atomic():
            return SavedView.objects.create(user_id=user_id, name=name, filters=dict(filters))
    except IntegrityError as error:
        raise _taken(name) from error


def saved_view_update(*, view: SavedView, name: str | None, filters: Mapping[str, str] | None) -> None:
    """Give a kept choice another name or other filters. Raises AnnealError (409) for a name that is taken."""
    told = {"name": name, "filters": None if filters is None else dict(filters)}
    for field, value in told.items():
        if value is not None:
            setattr(view, field, value)
    try:
        with transaction.atomic():
            view.save(update_fields=["name", "filters"])
    except IntegrityError as error:
        raise _taken(view.name) from error


def saved_view_delete(*, view: SavedView) -> None:
    """Forget a kept choice."""
    view.delete()


def _taken(name: str) -> AnnealError:
    return AnnealError("saved_view.taken", status=409, param="name", params={"name": name})
