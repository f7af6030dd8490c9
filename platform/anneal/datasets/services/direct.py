"""Uploads that go straight to the object store, in parts, past the web process. Offered where the store is S3.

The sender gets addresses that each take one part of one signed length for a quarter of an hour. The upload counts once every part is there
with its length; from then on the addresses are worth nothing. What its bytes are is found out when a dataset reads them, as with every
upload, so the sender is never believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils import timezone

from anneal.common.errors import AnnealError
from anneal.common.storage import DirectStore, ReceivedPart, direct_store, store
from anneal.common.tenancy import tenant_scope
from anneal.datasets.models import Upload
from anneal.datasets.services.uploads import KEPT, filename_clean, size_check, split_kept, upload_key
from anneal.plans.services import quota_room_check
from anneal.tenants.actor import Actor

MIN_PART_BYTES: Final = 16 * 2**20
# S3 takes 10,000 parts of at least 5 MiB, the last one excepted (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
MAX_PARTS: Final = 10_000
EXPIRES_S: Final = 900


def part_bytes(size_bytes: int) -> int:
    """The length of every part but the last of a file."""
    return max(MIN_PART_BYTES, -(-size_bytes // MAX_PARTS))


def num_parts(size_bytes: int) -> int:
    """In how many parts a file is sent; even an empty one has a part."""
    return max(1, -(-size_bytes // part_bytes(size_bytes)))


def upload_create_direct(*, actor: Actor, filename: str, split: str, size_bytes: int) -> Upload:
    """Announce a file that goes straight to the store. Raises AnnealError (409 no such store or beyond the quota of room, 413)."""
    direct = _direct()
    size_check(size_bytes)
    quota_room_check(num_bytes=size_bytes)
    upload = Upload(
        filename=filename_clean(filename),
        split=split_kept(split),
        size_bytes=size_bytes,
        expires_at=timezone.now() + KEPT,
        created_by_id=actor.user_id,
    )
    upload.direct_id = direct.parts_begin(upload_key(upload))
    upload.save(force_insert=True)
    return upload


def upload_part_urls(*, upload: Upload, numbers: Sequence[int]) -> dict[int, str]:
    """Addresses for parts that are still to come. Raises AnnealError (400, 409, 410)."""
    _state_check(upload)
    direct = _direct()
    count = num_parts(upload.size_bytes)
    for number in numbers:
        if not 1 <= number <= count:
            raise AnnealError("upload.unknown_part", param="numbers", params={"number": number, "num_parts": count})
    key = upload_key(upload)
    return {
        number: direct.part_url(
            key, upload.direct_id, number, size_bytes=_part_size(upload, number), expires_s=EXPIRES_S
        )
        for number in numbers
    }


def upload_parts(*, upload: Upload) -> list[ReceivedPart]:
    """Parts that are there with their length: what a sender that comes back need not send again. Raises AnnealError (409, 410)."""
    _state_check(upload)
    try:
        received = _direct().parts_received(upload_key(upload), upload.direct_id)
    except FileNotFoundError as error:
        raise AnnealError("upload.expired", status=410) from error
    count = num_parts(upload.size_bytes)
    return [part for part in received if part.number <= count and part.size_bytes == _part_size(upload, part.number)]


def upload_finish_direct(*, upload: Upload) -> Upload:
    """Make the file of its parts. Asked twice, it answers twice. Must not run in a transaction. Raises AnnealError (409, 410)."""
    if upload.state == "received" and upload.direct_id:
        return upload
    if not _is_there(upload):
        parts = upload_parts(upload=upload)
        missing = sorted({*range(1, num_parts(upload.size_bytes) + 1)} - {part.number for part in parts})
        if missing:
            params = {"number": missing[0], "num_missing": len(missing), "num_parts": num_parts(upload.size_bytes)}
            raise AnnealError("upload.parts_missing", status=409, params=params)
        _direct().parts_finish(upload_key(upload), upload.direct_id, parts)
    with tenant_scope(upload.tenant_id):
        changed = Upload.objects.filter(id=upload.id, state="receiving").update(
            state="received", offset_bytes=upload.size_bytes, expires_at=timezone.now() + KEPT
        )
        upload.refresh_from_db()
    if not changed and upload.state != "received":
        store().delete(upload_key(upload))
        raise AnnealError("upload.expired", status=410)
    return upload


def _is_there(upload: Upload) -> bool:
    """Whether a process that was killed in between had the object made already."""
    _state_check(upload)
    try:
        return store().size_bytes(upload_key(upload)) == upload.size_bytes
    except FileNotFoundError:
        return False


def _part_size(upload: Upload, number: int) -> int:
    size = part_bytes(upload.size_bytes)
    return min(size, upload.size_bytes - (number - 1) * size)


def _state_check(upload: Upload) -> None:
    if upload.state == "expired":
        raise AnnealError("upload.expired", status=410)
    if not upload.direct_id or upload.state != "receiving":
        raise AnnealError("upload.not_direct", status=409)


def _direct() -> DirectStore:
    direct = direct_store()
    if direct is None:
        raise AnnealError("upload.no_direct", status=409)
    return direct
