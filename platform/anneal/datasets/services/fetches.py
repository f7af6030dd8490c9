"""Uploads that are fetched from an address instead of sent: a URL, or an object in a customer's bucket.

The work is claimed with a lease and a run number (`LeasedWork`). What has arrived lies in the staged file; a source that
names its copies (`ETag`) is asked for the rest of the same copy only, any other from the beginning. A long fetch gives its worker back
every minute, so that nobody's file waits behind it; one that could not go on has to keep up a pace instead. Of one tenant only so many
are fetched at once. Nothing here logs an address: a signed one is a secret.
"""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import Message
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from anneal.common.errors import AnnealError
from anneal.common.leased_work import LEASE, LeasedWork, SupersededError, ask_again
from anneal.common.outbound import Answer, Outbound
from anneal.common.outbox import outbox_put
from anneal.common.sealing import BrokenSealError, seal, unseal
from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.models import Upload, UploadFetch
from anneal.datasets.services.telling import fetch_tell
from anneal.datasets.services.uploads import KEPT, filename_clean, split_kept, staged_file, upload_key
from anneal.datasets.staging import stream_append
from anneal.plans.services import quota_room_check
from anneal.tenants.actor import Actor

log = structlog.get_logger(__name__)

MAX_TRIES: Final = 5
MAX_AT_ONCE: Final = 20
SLICE_S: Final = 60.0
# Of the four threads of a worker (`anneal.common.crews`).
MAX_WORKED_AT_ONCE: Final = 2
# What a source gives that cannot be asked for the rest, on average, once a slice is over.
LEAST_BYTES_PER_S: Final = 64 * 1024
_PURPOSE: Final = "datasets.fetch"
# A name that leads nowhere is most often a typing error, which nobody should wait a minute to hear of.
_TRANSIENT: Final = frozenset({"outbound.broken", "outbound.unreachable", "import.busy", "upload.locked"})
_PART = re.compile(r"bytes (\d+)-(\d+)/(\d+)$")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_OK, _PARTIAL, _TOO_MANY, _SERVER_ERROR = 200, 206, 429, 500
_ELSEWHERE: Final = frozenset({301, 307, 400})


class SliceOverError(Exception):
    """The worker was held long enough; the fetch goes on in a later message."""


def outbound() -> Outbound:
    """What this installation may reach."""
    return Outbound(own_networks=settings.ENVIRONMENT.import_own_networks)


def upload_import(*, actor: Actor, url: str, split: str, filename: str, s3: Mapping[str, str] | None) -> Upload:
    """An upload that the background worker fetches from `url`. `s3`: what `s3://` addresses are opened with.

    Raises AnnealError (400 for an address that is refused, 409 when the quota of room is used up, 429 when too many are fetched at once).
    """
    source = {"url": url, "s3": dict(s3) if s3 else None}
    shown = _source_url(source)
    outbound().check(shown)
    _crowd_check()
    quota_room_check()
    upload = Upload.objects.create(
        filename=filename_clean(filename or _name_in(url)),
        split=split_kept(split),
        size_bytes=0,
        state="fetching",
        expires_at=timezone.now() + KEPT,
        created_by_id=actor.user_id,
    )
    UploadFetch.objects.create(
        upload=upload,
        sealed=seal({**source, "is_named": bool(filename)}, purpose=_PURPOSE),
        deadline_at=_deadline(),
    )
    outbox_put("datasets.fetch", upload_id=upload.id)
    return upload


def upload_fetch_again(*, upload: Upload) -> Upload:
    """Have a file fetched anew whose fetch failed. Asked for twice, it is fetched once.

    Raises AnnealError (409 when it did not fail or the quota of room is used up, 429 when too many are fetched at once).
    """
    row = Upload.objects.select_for_update().filter(id=upload.id).first()
    if row is not None and row.state == "fetching":
        return row
    fetch = UploadFetch.objects.filter(upload_id=upload.id).first()
    if row is None or row.state != "failed" or fetch is None:
        raise AnnealError("import.not_failed", status=409, params={"filename": upload.filename})
    _crowd_check()
    quota_room_check()
    row.state, row.problem, row.size_bytes, row.offset_bytes = "fetching", None, 0, 0
    row.expires_at = timezone.now() + KEPT
    row.save(update_fields=["state", "problem", "size_bytes", "offset_bytes", "expires_at"])
    UploadFetch.objects.filter(id=fetch.id).update(
        etag="", tries=0, lease_until=None, work_asked_at=Now(), deadline_at=_deadline()
    )
    outbox_put("datasets.fetch", upload_id=upload.id)
    return row


def _crowd_check() -> None:
    if _under_way().count() >= MAX_AT_ONCE:
        raise AnnealError("import.too_many", status=429, params={"limit": MAX_AT_ONCE}, headers={"Retry-After": "60"})


def _under_way() -> QuerySet[UploadFetch]:
    """Fetches that go on; of those that failed only the address is kept."""
    return UploadFetch.objects.filter(upload__state="fetching")


def _deadline() -> datetime:
    return timezone.now() + timedelta(seconds=settings.ENVIRONMENT.import_deadline_s)


def upload_fetch(upload_id: uuid.UUID) -> None:
    """Fetch for a while. Does nothing when there is nothing to fetch."""
    work = fetch_claim(upload_id)
    if work is None:
        return
    told = log.bind(upload_id=str(upload_id), run=work.fetch.run)
    with work.to_its_end():
        try:
            _work(work)
        except SliceOverError:
            work.give_back()
        except AnnealError as error:
            if error.code in _TRANSIENT and work.fetch.tries < MAX_TRIES:
                told.info("upload.fetch_interrupted", code=error.code, tries=work.fetch.tries)
                work.crashed()
            else:
                told.info("upload.fetch_failed", code=error.code)
                work.fail(error)
    _ask_next(work)


def fetches_reconcile(*, limit: int) -> int:
    """Ask again for fetches that nobody does; returns how many. Runs in `service_scope`."""
    return ask_again(_under_way(), lambda fetch: outbox_put("datasets.fetch", upload_id=fetch.upload_id), limit=limit)


@dataclass
class Work(LeasedWork[UploadFetch]):
    """One claimed piece of a fetch."""

    begun_at: float = field(default_factory=time.monotonic)
    began_with: int = 0
    can_resume: bool = False

    @property
    def fetch(self) -> UploadFetch:
        return self.row

    @property
    def upload(self) -> Upload:
        return self.row.upload

    @property
    def ends_at(self) -> float:
        """When the whole fetch must be over, by the monotonic clock."""
        return self.begun_at + (self.fetch.deadline_at - timezone.now()).total_seconds()

    def tick(self, have: int) -> None:
        """Show progress and renew the lease, at most twice a second. Raises SupersededError, SliceOverError, AnnealError."""
        if not self.is_due():
            return
        self.note(have)
        if timezone.now() >= self.fetch.deadline_at:
            raise AnnealError("import.deadline", params={"seconds": settings.ENVIRONMENT.import_deadline_s})
        seconds = self.last_tick - self.begun_at
        if seconds < SLICE_S:
            return
        if self.can_resume:
            raise SliceOverError
        if have - self.began_with < seconds * LEAST_BYTES_PER_S:
            raise AnnealError("import.too_slow", params={"kilobytes": LEAST_BYTES_PER_S // 1024})

    def note(self, have: int) -> None:
        """Write down how far the file is. Raises SupersededError."""
        if have > self.upload.offset_bytes:
            self.fetch.tries = 0
        self.upload.offset_bytes = have
        with service_scope():
            self.update(etag=self.fetch.etag, tries=self.fetch.tries, lease_until=Now() + LEASE)
            Upload.objects.filter(id=self.upload.id, state="fetching").update(
                offset_bytes=have, size_bytes=self.upload.size_bytes, filename=self.upload.filename
            )

    def give_back(self, *, after: timedelta | None = None) -> None:
        """Let another message go on, at once or later; the reconciler sends it."""
        with service_scope():
            if (
                self.held.update(lease_until=None if after is None else Now() + after, work_asked_at=Now())
                and after is None
            ):
                outbox_put("datasets.fetch", upload_id=self.upload.id)

    def fail(self, error: AnnealError) -> None:
        """The last write of a fetch that leads to nothing. The address stays, so that it can be tried again."""
        with service_scope():
            if not self.held.update(lease_until=None, run=self.fetch.run + 1):
                return
            problem = {"code": error.code, "params": dict(error.params)}
            failed = Upload.objects.filter(id=self.upload.id, state="fetching").update(state="failed", problem=problem)
            if failed:
                with tenant_scope(self.upload.tenant_id):
                    fetch_tell(self.upload, error)
        staged_file(self.upload).remove()

    def finish(self, have: int) -> None:
        """The last write of a good fetch: the file first, the row last. Raises SupersededError."""
        staged = staged_file(self.upload)
        self.note(have)
        self.put_file(upload_key(self.upload), staged.path)
        with service_scope():
            is_mine = self.held.delete()[0]
            changed = is_mine and Upload.objects.filter(id=self.upload.id, state="fetching").update(
                state="received",
                offset_bytes=have,
                size_bytes=have,
                filename=self.upload.filename,
                expires_at=timezone.now() + KEPT,
            )
            if changed:
                transaction.on_commit(staged.remove)
            # The key is the same for whoever else has the fetch now: what they put there is not ours to remove.
            wanted = Upload.objects.filter(id=self.upload.id, state__in=["fetching", "received"])
            is_wanted = bool(changed) or wanted.exists()
        if not is_wanted:
            store().delete(upload_key(self.upload))
        if not changed:
            raise SupersededError

    def counted(self) -> Mapping[str, int]:
        """Each claim counts as a try, until a new byte comes."""
        self.fetch.tries += 1
        return {"tries": self.fetch.tries}

    def put_off(self) -> bool:
        """A file that is here need not be fetched again; how long it waits for the store, the deadline of the fetch says."""
        return self.wait_for_store(timezone.now(), tries=max(0, self.fetch.tries - 1))

    def is_hopeless(self) -> bool:
        return self.fetch.tries > MAX_TRIES

    def give_up(self) -> None:
        self.fail(AnnealError("import.given_up", params={"times": MAX_TRIES}))

    def crashed(self) -> None:
        self.give_back(after=timedelta(seconds=2**self.fetch.tries))

    def superseded(self) -> None:
        """Free the bytes of an upload that is no longer fetched; another worker's are left alone."""
        with service_scope():
            is_fetched = Upload.objects.filter(id=self.upload.id, state="fetching").exists()
        if not is_fetched:
            staged_file(self.upload).remove()


def fetch_claim(upload_id: uuid.UUID) -> Work | None:
    """Take the fetch unless it is taken or over, or its tenant has enough of them under way.

    Two claims at once may both find room for one: at most as many too many as there are workers.
    """
    with service_scope():
        fetched = Upload.objects.filter(id=upload_id, state="fetching")
        tenant_ids = fetched.values("tenant_id")
        others = UploadFetch.objects.filter(tenant_id__in=tenant_ids, lease_until__gt=Now()).exclude(
            upload_id=upload_id
        )
        if others.count() >= MAX_WORKED_AT_ONCE:
            return None
        return Work.claim(UploadFetch.objects.select_related("upload").filter(upload__in=fetched))


def _ask_next(work: Work) -> None:
    """Have the fetch of the same tenant that waits longest go on: it may have found no room."""
    with service_scope():
        waiting = _under_way().filter(tenant_id=str(work.fetch.tenant_id), lease_until=None).exclude(id=work.fetch.id)
        following = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("work_asked_at").first()
        if following is not None:
            UploadFetch.objects.filter(id=following.id).update(work_asked_at=Now())
            outbox_put("datasets.fetch", upload_id=following.upload_id)


def _work(work: Work) -> None:
    if timezone.now() >= work.fetch.deadline_at:
        raise AnnealError("import.deadline", params={"seconds": settings.ENVIRONMENT.import_deadline_s})
    try:
        source = unseal(work.fetch.sealed, purpose=_PURPOSE)
    except BrokenSealError as error:
        raise AnnealError("import.seal") from error
    staged = staged_file(work.upload)
    staged.path.parent.mkdir(parents=True, exist_ok=True)
    staged.path.touch()
    with staged.locked() as descriptor:
        have = os.fstat(descriptor).st_size
        is_whole = bool(have and work.fetch.etag) and have == work.upload.size_bytes
        if not is_whole:
            have = _receive(work, source, descriptor)
        os.fsync(descriptor)
        work.finish(have)


def _receive(work: Work, source: dict[str, Any], descriptor: int) -> int:
    """Read on from where the staged file ends; returns its length when it is whole."""
    have = os.fstat(descriptor).st_size
    headers: dict[str, str] = {}
    if have and work.fetch.etag:
        headers = {"Range": f"bytes={have}-", "If-Range": work.fetch.etag}
    with outbound().get(_source_url(source), headers, ends_at=work.ends_at) as answer:
        begin, size = _answered(answer, have)
        os.ftruncate(descriptor, begin)
        work.began_with = begin
        _room_check(descriptor, (size or 0) - begin, size)
        _quota_check(work.upload, size)
        _take_on(work, answer, size, is_named=source["is_named"])
        work.note(begin)
        arrived = begin + _append(work, answer, descriptor, begin)
    if size is not None and arrived != size:
        raise AnnealError("outbound.broken", params={"host": answer.address.host})
    return arrived


def _append(work: Work, answer: Answer, descriptor: int, begin: int) -> int:
    limit = settings.ENVIRONMENT.upload_max_bytes

    def read(size: int) -> bytes:
        have = os.fstat(descriptor).st_size
        work.tick(have)
        piece = answer.read(size)
        if have + len(piece) > limit:
            raise AnnealError("upload.too_large", params={"size_bytes": have + len(piece), "limit_bytes": limit})
        return piece

    return stream_append(descriptor, read, length=limit + 1 - begin, checksum=None)


def _take_on(work: Work, answer: Answer, size: int | None, *, is_named: bool) -> None:
    """Remember what the source says about the copy that begins to arrive."""
    etag = answer.headers.get("ETag", "")
    is_strong = etag.startswith('"') and etag.endswith('"') and len(etag) <= 255  # noqa: PLR2004 - the column's length
    gives_parts = answer.status == _PARTIAL or answer.headers.get("Accept-Ranges", "").strip().lower() == "bytes"
    work.can_resume = is_strong and gives_parts and size is not None
    work.fetch.etag = etag if work.can_resume else ""
    work.upload.size_bytes = size or 0
    if not is_named:
        work.upload.filename = filename_clean(_name_told(answer) or work.upload.filename)


def answer_check(answer: Answer, *, refused: str) -> None:
    """Raises AnnealError for an answer that brings nothing: `refused` where the source will not have it."""
    host = answer.address.host
    if answer.status == _TOO_MANY or answer.status >= _SERVER_ERROR:
        raise AnnealError("import.busy", params={"host": host, "status": answer.status})
    # S3 names the region of a bucket to who asks in another one, whatever else it answers.
    region = answer.headers.get("x-amz-bucket-region", "")
    if answer.status in _ELSEWHERE and _REGION.fullmatch(region):
        raise AnnealError("import.other_region", params={"region": region})
    if answer.status not in {_OK, _PARTIAL}:
        raise AnnealError(refused, params={"host": host, "status": answer.status})


def _answered(answer: Answer, have: int) -> tuple[int, int | None]:
    """Where the answer's body begins, and the size of the whole file where it is known. Raises AnnealError."""
    host = answer.address.host
    answer_check(answer, refused="import.refused")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise AnnealError("import.encoded", params={"encoding": answer.headers["Content-Encoding"][:40]})
    if answer.status == _PARTIAL:
        part = _PART.match(answer.headers.get("Content-Range", ""))
        if part is None or int(part[1]) != have or int(part[2]) + 1 != int(part[3]):
            raise AnnealError("import.bad_part", params={"host": host})
        return have, _size_check(int(part[3]))
    length = answer.headers.get("Content-Length")
    if length is not None and length.isascii() and length.isdigit():
        return 0, _size_check(int(length))
    if not answer.is_chunked:
        raise AnnealError("import.no_length", params={"host": host})
    return 0, None


def _size_check(size: int) -> int:
    limit = settings.ENVIRONMENT.upload_max_bytes
    if size > limit:
        raise AnnealError("upload.too_large", params={"size_bytes": size, "limit_bytes": limit})
    return size


def _room_check(descriptor: int, needed: int, size: int | None) -> None:
    status = os.fstatvfs(descriptor)
    if needed > status.f_bavail * status.f_frsize:
        raise AnnealError("storage.full", params={"needed_bytes": size or needed})


def _quota_check(upload: Upload, size: int | None) -> None:
    """Raises AnnealError where the file is larger than the room that is left by the quota. What is told of it already counts as taken."""
    more = (size or 0) - upload.size_bytes
    if more > 0:
        with tenant_scope(upload.tenant_id):
            quota_room_check(num_bytes=more)


def _source_url(source: Mapping[str, Any]) -> str:
    """The address to ask: as given, or signed for an object in a bucket."""
    url: str = source["url"]
    if not url.startswith("s3://"):
        return url
    from anneal.common.s3 import s3_object_url  # noqa: PLC0415 - boto3 costs 60 MB and is needed only with S3

    return s3_object_url(url, **source["s3"])


def _name_in(url: str) -> str:
    return unquote(urlsplit(url).path.rsplit("/", 1)[-1])


def _name_told(answer: Answer) -> str:
    """The file's name in `Content-Disposition`; empty when there is none."""
    header = Message()
    header["Content-Disposition"] = answer.headers.get("Content-Disposition", "")
    return header.get_filename() or ""
