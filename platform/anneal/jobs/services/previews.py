"""Previews of what a model will read: asked for by a person, made by the background worker, kept for a day.

The background worker and not the GPU worker: a preview reads text and needs no accelerator, and behind jobs of hours it would come when
nobody waits for it any more. Its image therefore has the packages of machine learning, which only the child process loads.

One claim at a time holds a lease and a run number, as work on datasets does: killed anywhere, the work is asked for again by the
dispatcher, and a worker that comes back from the dead finds its number refused.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from django.db.models import Q
from django.db.models.functions import Now

from anneal.common.errors import AnnealError
from anneal.common.ids import uuid7
from anneal.common.leased_work import ask_again, work_folder
from anneal.common.outbox import outbox_put
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.jobs.models import TokenPreview
from anneal.jobs.selectors import DatasetVersionFacts, dataset_version_facts
from anneal.jobs.services.files import file_fetch
from anneal.jobs.services.launch import spec_make
from anneal.jobs.services.leases import StoredFile
from anneal.jobs.services.preview_child import preview_run
from workers.contract.events import Failed
from workers.contract.preview import reading_of
from workers.contract.reasons import REASONS, Fault
from workers.contract.spec import JobSpec

log = structlog.get_logger(__name__)

KEPT: Final = timedelta(days=1)
LEASE: Final = timedelta(seconds=60)
MAX_CRASHES: Final = 3
MAX_WAITING: Final = 10
_AT_ONCE: Final = 100
_RENEW_S: Final = 5.0


class SupersededError(Exception):
    """Somebody else makes this preview now, or nobody wants it any more."""


def preview_ask(*, dataset_version_id: uuid.UUID, base_model: str, options: Mapping[str, Any]) -> TokenPreview:
    """The preview of this spec: the one that there is, or a new one that waits to be made. Raises AnnealError as `job_launch`.

    One that failed by no fault of the spec or the data is tried again.
    """
    wanted = spec_make(dataset_version_id=dataset_version_id, base_model=base_model, options=options)
    spec = reading_of(wanted.spec)
    same = TokenPreview.objects.filter(dataset_version_id=wanted.version.id, spec_sha256=spec.sha256())
    found = same.select_for_update().filter(expires_at__gt=Now()).first()
    if found is not None and (found.reason_code is None or REASONS[found.reason_code].fault is Fault.USER):
        return found
    if TokenPreview.objects.filter(state="waiting")[:MAX_WAITING].count() >= MAX_WAITING:
        raise AnnealError("preview.too_many_waiting", status=409, params={"limit": MAX_WAITING})
    # Over its day or failed: the row begins anew. Two requests may meet here; then both have the one row.
    begun: dict[str, Any] = {
        "state": "waiting",
        "result": None,
        "reason_code": None,
        "reason_params": {},
        "crashes": 0,
        "lease_until": None,
        "asked_at": Now(),
        "expires_at": Now() + KEPT,
    }
    preview, _ = TokenPreview.objects.update_or_create(
        dataset_version_id=wanted.version.id,
        spec_sha256=spec.sha256(),
        defaults=begun,
        create_defaults={**begun, "id": uuid7(), "spec": spec.model_dump(mode="json")},
    )
    preview.refresh_from_db()
    outbox_put("previews.make", preview_id=preview.id)
    return preview


def preview_make(preview_id: uuid.UUID) -> None:
    """Make a preview that waits. Does nothing when it is made, taken or gone."""
    preview = _claim(preview_id)
    if preview is None:
        return
    told = log.bind(preview_id=str(preview_id), run=preview.run)
    try:
        with work_folder(f"preview-{preview_id}", preview.run) as folder:
            _finish(preview, _make(preview, folder))
        told.info("preview.made")
    except SupersededError:
        told.info("preview.superseded")
    except Exception:  # noqa: BLE001 - whatever it was, nobody must wait for ever: it is tried again, then given up
        told.exception("preview.failed")
        with service_scope():
            _mine(preview).update(lease_until=Now())


def previews_reconcile() -> int:
    """Ask again for previews that nobody makes, and forget those whose day is over; returns how many. Runs in `service_scope`."""
    num_asked = ask_again(
        TokenPreview.objects.filter(state="waiting", expires_at__gt=Now()).only("id"),
        lambda preview: outbox_put("previews.make", preview_id=preview.id),
        limit=_AT_ONCE,
        asked_at="asked_at",
    )
    num_over, _ = TokenPreview.objects.filter(expires_at__lte=Now()).delete()
    return num_asked + num_over


def _claim(preview_id: uuid.UUID) -> TokenPreview | None:
    """Take it unless it is taken, made, or has brought down its worker too often."""
    with service_scope():
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=Now())
        preview = TokenPreview.objects.select_for_update().filter(free, id=preview_id, state="waiting").first()
        if preview is None:
            return None
        preview.crashes += preview.lease_until is not None
        preview.run += 1
        _row(preview).update(run=preview.run, crashes=preview.crashes, lease_until=Now() + LEASE)
        if preview.crashes >= MAX_CRASHES:
            _end(preview, Failed(code="platform:internal", message=f"{preview.crashes} attempts ended without a word"))
            log.error("preview.given_up", preview_id=str(preview_id), crashes=preview.crashes)
            return None
    return preview


def _row(preview: TokenPreview) -> Any:
    return TokenPreview.objects.filter(id=preview.id)


def _mine(preview: TokenPreview) -> Any:
    return _row(preview).filter(run=preview.run, state="waiting")


def _make(preview: TokenPreview, folder: Path) -> Any:
    with service_scope(), tenant_scope(preview.tenant_id):
        version = dataset_version_facts(preview.dataset_version_id)
    if version is None:
        raise SupersededError  # The dataset was deleted; the row goes with its day.
    data_dir = folder / "data"
    data_dir.mkdir()
    spec_path = folder / "spec.json"
    spec_path.write_text(JobSpec.model_validate(preview.spec).canonical_json())
    renewed_at = time.monotonic()

    def tick() -> None:
        nonlocal renewed_at
        if time.monotonic() - renewed_at < _RENEW_S:
            return
        renewed_at = time.monotonic()
        with service_scope():
            if not _mine(preview).update(lease_until=Now() + LEASE):
                raise SupersededError

    _stage(version, data_dir, tick)
    return preview_run(spec_path=spec_path, data_dir=data_dir, folder=folder, tick=tick)


def _stage(version: DatasetVersionFacts, data_dir: Path, tick: Callable[[], None]) -> None:
    for file in version.files:
        tick()
        stored = StoredFile(file["name"], file["key"], file["sha256"], file["size_bytes"])
        file_fetch(file=stored, path=data_dir / stored.name)


def _finish(preview: TokenPreview, said: Any) -> None:
    with service_scope():
        _end(preview, said)


def _end(preview: TokenPreview, said: Any) -> None:
    """The last write, by whoever holds the run number. Raises SupersededError."""
    if isinstance(said, Failed):
        params = {**said.params, "detail": said.message}
        values = {"state": "failed", "reason_code": said.code, "reason_params": params}
    else:
        values = {"state": "done", "result": said.model_dump(mode="json")}
    if not _mine(preview).update(**values, lease_until=None):
        raise SupersededError
