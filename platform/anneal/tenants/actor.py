"""Who a request acts for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from anneal.common.errors import AnnealError
from anneal.tenants.roles import Role, role_reaches


@dataclass(frozen=True)
class Actor:
    """A signed-in person or an API key, in one tenant or (before one is chosen) in none."""

    user_id: uuid.UUID | None
    api_key_id: uuid.UUID | None
    tenant_id: uuid.UUID | None
    role: Role | None
    deleted_until: datetime | None = None
    """Until when the tenant, which was deleted, can be brought back; None for one that was not."""

    def require(self, needed: Role) -> None:
        """Raise AnnealError (400 without a tenant, 403 without the role)."""
        if self.tenant_id is None or self.role is None:
            raise AnnealError("auth.no_tenant", param="X-Tenant")
        if not role_reaches(self.role, needed):
            raise AnnealError("auth.forbidden", status=403, params={"role": self.role.value, "needed": needed.value})
