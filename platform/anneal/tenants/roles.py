"""What a member may do, as an order where there is one: each role can do what the one before it can. `billing` stands aside."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"
    BILLING = "billing"


_RANK = {Role.VIEWER: 1, Role.MEMBER: 2, Role.ADMIN: 3, Role.OWNER: 4}


def role_reaches(role: Role, needed: Role) -> bool:
    """Whether `role` may do what `needed` may."""
    if needed is Role.BILLING:
        return role in {Role.BILLING, Role.ADMIN, Role.OWNER}
    return _RANK.get(role, 0) >= _RANK[needed]
