"""Handing out checkpoints: a signed link to the archive of one."""

from __future__ import annotations

from anneal.jobs.access import CHECKPOINT_SALT
from anneal.jobs.archive import archive_of_checkpoint
from anneal.jobs.models import Checkpoint
from anneal.registry.services import DownloadLink, link_sign
from anneal.tenants.actor import Actor
from anneal.tenants.services import audit_write


def checkpoint_link_create(*, actor: Actor, checkpoint: Checkpoint) -> DownloadLink:
    """A link bound to tenant, checkpoint and content; noted in the audit log."""
    archive, sha256 = archive_of_checkpoint(checkpoint), checkpoint.manifest_sha256
    audit_write(actor=actor, action="checkpoint.link_created", target=str(checkpoint.id), sha256=sha256)
    return link_sign(
        archive, thing_id=checkpoint.id, sha256=sha256, salt=CHECKPOINT_SALT, folder="downloads/checkpoints"
    )
