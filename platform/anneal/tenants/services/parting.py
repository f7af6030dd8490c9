"""The end of an account: its person deletes it. What they made stays with the organisations, whose rows go on naming its id."""

from __future__ import annotations

import uuid
from typing import Final

import structlog
from django.contrib.auth import get_user_model
from django.db import models, transaction

from anneal.accounts.services import user_forget, user_proved
from anneal.common.errors import AnnealError
from anneal.common.models import TenantOwned
from anneal.common.tenancy import tenant_scope
from anneal.tenants.actor import Actor
from anneal.tenants.models import Membership
from anneal.tenants.roles import Role
from anneal.tenants.selectors import memberships_of_user
from anneal.tenants.services import member_end, member_is_only_owner

log = structlog.get_logger(__name__)
_BETWEEN_NAMES: Final = ", "


@transaction.atomic
def account_delete(*, user_id: uuid.UUID, password: str) -> None:
    """Delete a person's own account, for good: they leave every organisation, and nothing is kept of them but an id.

    Raises AnnealError about `password`, or (409) with the names of those organisations that nobody else owns, unless they are deleted.
    """
    user = user_proved(user_id=user_id, password=password, param="password")
    # Of two owners who go at once, each waits for the other in the same order.
    memberships = sorted(memberships_of_user(user_id), key=lambda membership: membership.tenant.id)
    held = [membership.tenant.name for membership in memberships if not _left(membership)]
    if held:
        raise AnnealError("account.only_owner", status=409, params={"names": _BETWEEN_NAMES.join(held)})
    user_forget(user)
    log.warning("account.deleted", user_id=str(user_id))


def _left(membership: Membership) -> bool:
    """End a membership, with what only its person looks at. False where that would leave an organisation without an owner."""
    with tenant_scope(membership.tenant_id):
        if membership.tenant.deleted_at is None and member_is_only_owner(membership):
            return False
        for table in _own_tables():
            table.objects.filter(models.Q(user_id=membership.user_id)).delete()
        actor = Actor(membership.user_id, None, membership.tenant_id, Role(membership.role))
        member_end(actor=actor, member=membership)
    return True


def _own_tables() -> list[type[TenantOwned]]:
    """Those whose rows would go with their person's: saved views, what was put aside, rows at hand for labelling."""
    relations = get_user_model()._meta.get_fields(include_hidden=True)  # noqa: SLF001 - its public name
    owned = [
        relation.related_model
        for relation in relations
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.CASCADE
    ]
    return [table for table in owned if issubclass(table, TenantOwned) and table is not Membership]
