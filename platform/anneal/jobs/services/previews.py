"""Previews of what a model will read: asked for by a person, made by the background worker, kept for a day.

The background worker and not the GPU worker: a preview reads text and needs no accelerator, and behind jobs of hours it would come when
nobody waits for it any more. Its image therefore has the packages of machine learning, which only the child process loads.

One claim at a time holds a lease and a run number, as work on datasets does: killed anywhere, the work is asked for again by the
dispatcher, and a worker that comes back from the dead finds its number refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.db.models.functions import Now

from anneal.common.errors import AnnealError
from anneal.common.ids import uuid7
from anneal.common.leased_work import LeasedWork, SupersededError, ask_again, work_folder
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

KEPT: Final = timedelta(days=1)
MAX_WAITING: Final = 10
_AT_ONCE: Final = 100


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
    with service_scope():
        work = PreviewWork.claim(TokenPreview.objects.filter(id=preview_id, state="waiting"))
    if work is not None:
        with work.to_its_end(), work_folder(f"preview-{preview_id}", work.row.run) as folder:
            work.finish(_make(work, folder))


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


class PreviewWork(LeasedWork[TokenPreview]):
    """One claimed preview."""

    TICK_S = 5.0
    ASKED_AT = "asked_at"

    def tick(self) -> None:
        """Renew the lease. Raises SupersededError."""
        if self.is_due():
            self.renew()

    def finish(self, said: Any) -> None:
        """The last write, by whoever holds the run number. Raises SupersededError."""
        if isinstance(said, Failed):
            params = {**said.params, "detail": said.message}
            values = {"state": "failed", "reason_code": said.code, "reason_params": params}
        else:
            values = {"state": "done", "result": said.model_dump(mode="json")}
        with service_scope():
            self.update(**values, lease_until=None)

    def put_off(self) -> bool:
        return self.wait_for_store(self.row.expires_at - KEPT)

    def give_up(self) -> None:
        self.finish(Failed(code="platform:internal", message=f"{self.row.crashes} attempts ended without a word"))


def _make(work: PreviewWork, folder: Path) -> Any:
    preview = work.row
    with service_scope(), tenant_scope(preview.tenant_id):
        version = dataset_version_facts(preview.dataset_version_id)
    if version is None:
        raise SupersededError  # The dataset was deleted; the row goes with its day.
    data_dir = folder / "data"
    data_dir.mkdir()
    spec_path = folder / "spec.json"
    spec_path.write_text(JobSpec.model_validate(preview.spec).canonical_json())
    _stage(version, data_dir, work)
    return preview_run(spec_path=spec_path, data_dir=data_dir, folder=folder, tick=work.tick)


def _stage(version: DatasetVersionFacts, data_dir: Path, work: PreviewWork) -> None:
    for file in version.files:
        stored = StoredFile(file["name"], file["key"], file["sha256"], file["size_bytes"])
        with work.moving():
            file_fetch(file=stored, path=data_dir / stored.name)
