"""DRF's permission: the view says which role each method needs."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from anneal.common.errors import AnnealError
from anneal.tenants.actor import Actor


class RolePermission(BasePermission):
    """Reads `view.roles`: method -> the least role. A method that is not listed is not allowed for anybody.

    An organisation that was deleted is looked at only, but by views that say `writes_when_deleted`.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method == "OPTIONS":
            return True
        if not isinstance(request.auth, Actor):
            raise AnnealError("auth.required", status=401, headers={"WWW-Authenticate": "Bearer"})
        needed = view.roles.get("GET" if request.method == "HEAD" and "HEAD" not in view.roles else request.method)
        if needed is None:
            raise MethodNotAllowed(str(request.method))
        request.auth.require(needed)
        until = request.auth.deleted_until
        if until is not None and request.method not in SAFE_METHODS and not getattr(view, "writes_when_deleted", False):
            raise AnnealError("tenant.is_deleted", status=409, params={"until": until.date().isoformat()})
        return True
