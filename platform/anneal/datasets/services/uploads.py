"""Writes of uploads: begin, append, finish, drop, expire.

A slow line may take minutes for one piece, so bytes are received outside of any transaction; the file's own lock keeps a second writer
away, and the row is only touched before and after.
"""

from __future__ import annotations

import os
import unicodedata
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils import timezone

from anneal.common.errors import AnnealError
from anneal.common.isolation import each
from anneal.common.removing import removal_ask
from anneal.common.storage import store
from anneal.common.tenancy import current_tenant_id, tenant_scope
from anneal.datasets.models import FILE_SPLITS, DatasetFile, Upload, UploadFetch
from anneal.datasets.staging import Checksum, StagedFile, stream_append
from anneal.plans.services import quota_room_check
from anneal.tenants.actor import Actor

KEPT = timedelta(days=2)
_MAX_NAME = 255
_FETCHED = ("fetching", "failed")


def upload_key(upload: Upload) -> str:
    """Where a finished upload lies in the store."""
    return f"{upload.tenant_id}/uploads/{upload.id}"


def staged_file(upload: Upload) -> StagedFile:
    """Where an upload lies until it is whole."""
    return StagedFile(upload.tenant_id or current_tenant_id(), upload.id)


def split_kept(split: str) -> str:
    """The split that was chosen for a file; empty when it is undecided."""
    return split if split in FILE_SPLITS and split != "auto" else ""


def filename_clean(name: str) -> str:
    """A name to show: without folders and without characters that would change how a line is read."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(one for one in last if unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}).strip()
    if len(kept) > _MAX_NAME:
        stem, dot, suffix = kept.rpartition(".")
        short = dot + suffix if len(suffix) < 10 else ""  # noqa: PLR2004 - longer than any extension that is read
        kept = (stem if short else kept)[: _MAX_NAME - len(short)] + short
    return kept or "upload"


def size_check(size_bytes: int) -> None:
    """Raises AnnealError (413) for a file that is larger than this installation takes."""
    limit = settings.ENVIRONMENT.upload_max_bytes
    if size_bytes > limit:
        raise AnnealError("upload.too_large", status=413, params={"size_bytes": size_bytes, "limit_bytes": limit})


def upload_create(*, actor: Actor, filename: str, split: str, size_bytes: int) -> Upload:
    """Announce a file. Raises AnnealError (409 beyond the quota of room, 413 too large, 507 no room)."""
    size_check(size_bytes)
    quota_room_check(num_bytes=size_bytes)
    upload = Upload.objects.create(
        filename=filename_clean(filename),
        split=split_kept(split),
        size_bytes=size_bytes,
        expires_at=timezone.now() + KEPT,
        created_by_id=actor.user_id,
    )
    staged_file(upload).create(size_bytes)
    return upload


def upload_append(
    *, upload: Upload, offset: int, length: int, read: Callable[[int], bytes], checksum: Checksum | None
) -> Upload:
    """Receive a piece that begins at `offset`. Must not run in a transaction.

    Raises AnnealError: 409 wrong offset, 410 expired, 413 too long, 423 being written by another request, 460, 507.
    """
    if upload.state == "expired":
        raise AnnealError("upload.expired", status=410)
    if upload.state in _FETCHED:
        raise AnnealError("upload.is_fetched", status=409)
    if upload.direct_id:
        raise AnnealError("upload.is_direct", status=409)
    if upload.state == "received":
        _offset_check(offset, upload.size_bytes)
        _length_check(upload, offset, length)
        return upload
    staged = staged_file(upload)
    with staged.locked() as descriptor:
        have = os.fstat(descriptor).st_size
        _offset_check(offset, have)
        _length_check(upload, have, length)
        have += stream_append(descriptor, read, length=length, checksum=checksum)
        return _note(upload, staged, descriptor, have)


def upload_settle(upload: Upload) -> Upload:
    """Bring the row up to what is on disk: a process killed after the last byte leaves a whole file and a row that waits.

    Raises AnnealError (410) when the upload expired.
    """
    if upload.state == "expired":
        raise AnnealError("upload.expired", status=410)
    if upload.state == "received" or upload.state in _FETCHED or upload.direct_id:
        return upload
    staged = staged_file(upload)
    have = staged.size()
    if have is None:
        with tenant_scope(upload.tenant_id):
            upload.refresh_from_db()
        if upload.state != "received":
            raise AnnealError("upload.expired", status=410)
    elif have >= upload.size_bytes:
        with staged.locked() as descriptor:
            return _note(upload, staged, descriptor, have)
    else:
        upload.offset_bytes = have
    return upload


def _offset_check(offset: int, have: int) -> None:
    if offset != have:
        raise AnnealError("upload.wrong_offset", status=409, params={"offset_bytes": have})


def _length_check(upload: Upload, have: int, length: int) -> None:
    if length > upload.size_bytes - have:
        raise AnnealError("upload.too_long", status=413, params={"size_bytes": upload.size_bytes})


def _note(upload: Upload, staged: StagedFile, descriptor: int, have: int) -> Upload:
    """Write down how far the file is; when it is whole, hand it to the store first."""
    is_whole = have == upload.size_bytes
    if is_whole:
        os.fsync(descriptor)
        store().put_file(upload_key(upload), staged.path)
    with tenant_scope(upload.tenant_id):
        row = Upload.objects.select_for_update().filter(id=upload.id).first()
        if row is None or row.state == "expired":
            raise AnnealError("upload.expired", status=410)
        row.offset_bytes = have
        row.state = "received" if is_whole else "receiving"
        row.expires_at = timezone.now() + KEPT
        row.save(update_fields=["offset_bytes", "state", "expires_at"])
        if is_whole:
            transaction.on_commit(staged.remove)
    return row


def upload_drop(*, upload: Upload) -> None:
    """Terminate an upload and free its bytes. Raises AnnealError (409) when a dataset stands on it."""
    row = Upload.objects.select_for_update().filter(id=upload.id).first()
    if row is None:
        return
    if DatasetFile.objects.filter(upload_id=row.id).exists():
        raise AnnealError("upload.in_use", status=409)
    _forget(row)
    row.delete()


def upload_noted_sha256(*, upload_id: uuid.UUID, sha256: str) -> None:
    """Keep the digest that the first reading found."""
    Upload.objects.filter(id=upload_id, sha256__isnull=True).update(sha256=sha256)


def uploads_expire(*, limit: int) -> int:
    """Drop the bytes of uploads that were neither finished nor used in time; returns how many. Runs in `service_scope`."""
    used = Exists(DatasetFile.objects.filter(upload_id=OuterRef("id")))
    late = Upload.objects.filter(~used, expires_at__lt=Now()).exclude(state="expired")
    locked = [row.id for row in late.select_for_update(skip_locked=True, of=("self",)).order_by("expires_at")[:limit]]
    # Looked at again with the rows locked: a dataset may have taken one in between.
    rows = list(Upload.objects.filter(~used, id__in=locked))
    return each(rows, _expire, event="upload.not_expired")


def _expire(upload: Upload) -> int:
    UploadFetch.objects.filter(upload_id=upload.id).delete()
    Upload.objects.filter(id=upload.id).update(state="expired")
    _forget(upload)
    return 1


def _forget(upload: Upload) -> None:
    staged_file(upload).remove()
    removal_ask(upload_key(upload), begun_id=upload.direct_id)


def uploads_claim(upload_ids: list[uuid.UUID]) -> dict[uuid.UUID, Upload]:
    """Finished uploads of the tenant in force, locked until the transaction ends. Unknown ids are left out."""
    rows = Upload.objects.select_for_update().filter(id__in=upload_ids).order_by("id")
    return {row.id: row for row in rows}
