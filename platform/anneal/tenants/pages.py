"""Where the page has what somebody is told of. The page's router has the other half of these paths."""

from __future__ import annotations

import uuid

from django.conf import settings


def page_of_notification(kind: str, opens: uuid.UUID | None) -> str:
    """The path of the page to look at."""
    if kind.startswith("job_"):
        return f"/jobs/{opens}" if opens else "/jobs"
    if kind == "findings_severe":
        return f"/datasets/{opens}?tab=doctor"
    if kind == "import_failed":
        return f"/datasets/{opens}" if opens else "/datasets/new"
    if kind == "quota_near":
        return "/settings/usage"
    return "/settings"


def address_of(path: str, tenant_id: uuid.UUID) -> str:
    """The whole address of a page; it carries the tenant, so that it opens in the right one for who belongs to several."""
    return f"{settings.PUBLIC_URL}{path}{'&' if '?' in path else '?'}tenant={tenant_id}"
