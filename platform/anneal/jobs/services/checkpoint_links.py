"""Handing out checkpoints: a signed link to the archive of one."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.utils import timezone

from anneal.common.tenancy import current_tenant_id
from anneal.jobs.access import CHECKPOINT_SALT
from anneal.jobs.archive import archive_of_checkpoint
from anneal.jobs.models import Checkpoint
from anneal.registry.access import LINK_VALID_S
from anneal.registry.services import DownloadLink
from anneal.tenants.actor import Actor
from anneal.tenants.services import audit_write


def checkpoint_link_create(*, actor: Actor, checkpoint: Checkpoint) -> DownloadLink:
    """A link bound to tenant, checkpoint and content; noted in the audit log."""
    archive, sha256 = archive_of_checkpoint(checkpoint), checkpoint.manifest_sha256
    claims = {"tenant": str(current_tenant_id()), "artifact": str(checkpoint.id), "sha256": sha256}
    token = signing.dumps(claims, salt=CHECKPOINT_SALT)
    audit_write(actor=actor, action="checkpoint.link_created", target=str(checkpoint.id), sha256=sha256)
    return DownloadLink(
        url=f"{settings.PUBLIC_URL}/downloads/checkpoints/{token}",
        expires_at=timezone.now() + timedelta(seconds=LINK_VALID_S),
        filename=archive.filename,
        size_bytes=archive.size_bytes,
    )
