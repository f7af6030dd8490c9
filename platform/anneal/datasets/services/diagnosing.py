"""The background work on a report: the data doctor runs as a child, and what it says is committed as it comes.

Claimed with a lease and a run number like all work on datasets. A child that crashes is tried again, three times in all, then the report
says so, and of one that runs out of memory at once; the version is usable all the while. One doctor runs in a process at a time, so that
validation always finds a free worker.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog
from django.conf import settings
from django.db.models.functions import Now
from pydantic import ValidationError

from anneal.common.leased_work import LEASE, LeasedWork, SupersededError, work_folder
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.doctor_child import DoctorChild, OutOfMemoryError, doctor_command
from anneal.datasets.models import Dataset, DatasetVersion, DoctorFinding, DoctorReport
from anneal.datasets.services.dismissals import dismissal_carried, dismissal_kept
from anneal.datasets.services.leftovers import cache_folder, disk_sweep
from anneal.datasets.services.telling import findings_tell
from workers.contract.catalogue import CATALOGUE, weights_folder
from workers.contract.doctor import (
    DOCTOR_EVENT,
    DoctorPlan,
    DoneEvent,
    FailedEvent,
    Finding,
    FindingEvent,
    LengthsEvent,
    MapEvent,
    NamesModel,
    ProgressEvent,
)
from workers.contract.serving import model_key_of

log = structlog.get_logger(__name__)

_ONE_AT_A_TIME: Final = threading.Lock()
_HEARTBEAT_S: Final = 5.0
_LINGER_S: Final = 10.0
_NAMES: Final = "names-"
# Of an artifact: what tags texts, and nothing that is for other programs.
_NEEDED: Final = re.compile(
    r"anneal\.json|config\.json|tokenizer\.json|model[A-Za-z0-9.-]*\.safetensors(\.index\.json)?"
)


class CrashedError(Exception):
    """The child ended without its last word, or said something that is no event."""


def report_diagnose(report_id: uuid.UUID) -> None:
    """Have the doctor look at a version. Does nothing when there is nothing to do, or another doctor runs here: it is asked again."""
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        return
    try:
        work = _claim(report_id)
        if work is not None:
            with work.to_its_end(), work_folder(report_id, work.report.run) as work.folder:
                work.out.mkdir()
                _listen(work)
    finally:
        _ONE_AT_A_TIME.release()


@dataclass
class Diagnosis(LeasedWork[DoctorReport]):
    """One claimed report."""

    folder: Path = Path()
    position: int = 0
    said: set[str] = field(default_factory=set)
    """Codes of its findings."""

    @property
    def report(self) -> DoctorReport:
        return self.row

    @property
    def version(self) -> DatasetVersion:
        return self.row.version

    @property
    def prefix(self) -> str:
        """Where its files lie in the store: with those of the version, apart from those of other runs, which a fix may wait with."""
        return f"{self.version.tenant_id}/datasets/{self.version.dataset_id}/{self.version.id}/doctor/{self.report.run}"

    @property
    def out(self) -> Path:
        """Where the doctor leaves its files."""
        return self.folder / "out"

    def tick(self, progress: Mapping[str, Any] | None = None) -> None:
        """Renew the lease, and show progress, at most twice a second. Raises SupersededError."""
        if self.is_due():
            self.renew(**({"progress": progress} if progress else {}))

    def finish(self, state: str, **values: Any) -> None:
        """The last write. Who was told of severe findings when it first came to an end is not told again."""
        with service_scope(), tenant_scope(self.version.tenant_id):
            self.update(state=state, progress=None, lease_until=None, finished_at=Now(), **values)
            if state == "done":
                findings = DoctorFinding.objects.filter(report_id=self.report.id)
                findings.exclude(code__in=self.said).exclude(decision="accepted").delete()
            if self.report.finished_at is None:
                findings_tell(self.version, self.report.id)

    def give_up(self) -> None:
        error = {"code": "doctor.crashed", "params": {"times": self.report.crashes}}
        self.finish("failed", crashes=self.report.crashes, error=error)

    def put_off(self) -> bool:
        return self.wait_as_noted(state="queued")

    def crashed(self) -> None:
        """Counted at once, since the lease ends with it: a worker that saw its child crash was not brought down."""
        self.report.crashes += 1
        with service_scope(), contextlib.suppress(SupersededError):
            if self.is_hopeless():
                self.give_up()
            else:
                self.update(state="queued", crashes=self.report.crashes, lease_until=None, progress=None)

    def kept(self, name: str) -> str:
        """Put a file of the doctor into the store; its key. Raises CrashedError for a name that is none, or names nothing."""
        path = self.out / name
        if Path(name).name != name or not path.is_file() or path.is_symlink():
            raise CrashedError(f"there is no file {name!r}")
        key = f"{self.prefix}/{name}"
        self.put_file(key, path)
        return key


def _claim(report_id: uuid.UUID) -> Diagnosis | None:
    with service_scope():
        versions = DatasetVersion.objects.filter(dataset__deleted_at__isnull=True)
        waiting = DoctorReport.objects.filter(state__in=["queued", "running"], version__in=versions)
        return Diagnosis.claim(waiting.select_related("version").filter(id=report_id), state="running")


def _listen(work: Diagnosis) -> None:
    """Start the doctor, and write down what it says until it has said its last word."""
    environment = settings.ENVIRONMENT
    plan = work.folder / "plan.json"
    plan.write_text(_plan(work).model_dump_json(), encoding="utf-8")
    command = [*doctor_command(environment.doctor_command), str(plan), "--out", str(work.out)]
    until = time.monotonic() + environment.doctor_max_seconds
    with DoctorChild(command, work.folder, max_memory_bytes=environment.doctor_max_memory_bytes) as child:
        try:
            for line in child.lines(every_s=_HEARTBEAT_S, until=until):
                if line is None:
                    work.tick()
                elif line.strip() and _hear(work, line, child.last_words):
                    return
        except TimeoutError:
            params = {"seconds": environment.doctor_max_seconds}
            work.finish("failed", error={"code": "doctor.too_slow", "params": params})
            return
        except OutOfMemoryError:
            work.finish("failed", error=_out_of_memory())
            return
        code = child.wait_exit(_LINGER_S)
        if child.is_out_of_memory(code):
            work.finish("failed", error=_out_of_memory())
            return
        raise CrashedError(f"the doctor ended with {code} before it was done: {child.last_words()}")


def _plan(work: Diagnosis) -> DoctorPlan:
    files = {}
    for file in work.version.files:
        path = work.folder / file["name"]
        work.take_file(file["key"], path)
        files[file["split"]] = str(path)
        work.tick()
    with service_scope():
        disk_sweep()
    cache = cache_folder(work.version.tenant_id, work.version.dataset_id)
    cache.mkdir(parents=True, exist_ok=True)
    info = CATALOGUE.get(settings.ENVIRONMENT.doctor_base_model or "")
    folder = weights_folder(info) if info else None
    has_weights = folder is not None and (folder / "model.safetensors").is_file()
    return DoctorPlan(
        task=work.version.task,
        files=files,
        base_model=str(folder) if has_weights else None,
        base_model_name=info.name if info and has_weights else None,
        max_tokens=info.max_length if info and has_weights else None,
        limits=tuple(sorted({one.max_length for one in CATALOGUE.values() if work.version.task in one.tasks})),
        cache=str(cache),
        names=_names_model(work, cache),
        seed=work.version.mapping.get("split_seed", 0),
    )


def _names_model(work: Diagnosis, cache: Path) -> NamesModel | None:
    """What names are told by, with its files on this disk. Models that were chosen before go."""
    with service_scope():
        chosen = Dataset.objects.values_list("names_model", flat=True).get(id=work.version.dataset_id)
    files = [] if chosen is None else [file for file in chosen["files"] if _NEEDED.fullmatch(file["name"])]
    folder = cache / f"{_NAMES}{model_key_of((file['name'], file['sha256']) for file in files)}"
    for other in cache.glob(f"{_NAMES}*"):
        if chosen is None or other != folder:
            shutil.rmtree(other, ignore_errors=True)
    if chosen is None:
        return None
    is_there = not chosen["is_gone"] and (folder.is_dir() or _taken(work, files, folder))
    return NamesModel(folder=str(folder) if is_there else None, types=tuple(chosen["types"]))


def _taken(work: Diagnosis, files: Sequence[Mapping[str, Any]], folder: Path) -> bool:
    """Whether the files could be had, all of them and as they were. The folder is whole or absent."""
    coming = work.folder / folder.name
    coming.mkdir()
    for file in files:
        path = coming / file["name"]
        try:
            work.take_file(file["key"], path)
        except FileNotFoundError:
            return False
        with path.open("rb") as taken:
            if hashlib.file_digest(taken, "sha256").hexdigest() != file["sha256"]:
                return False
    with contextlib.suppress(OSError):  # Another worker was quicker.
        coming.rename(folder)
    return True


def _hear(work: Diagnosis, line: bytes, last_words: Callable[[], str]) -> bool:
    """Write down one event; whether it was the last. Raises CrashedError for what is no event."""
    try:
        event = DOCTOR_EVENT.validate_json(line)
    except ValidationError as error:
        raise CrashedError(f"the doctor said something that is no event: {line[:200]!r}") from error
    match event:
        case ProgressEvent():
            work.tick({"stage": event.stage, "done": event.done, "total": event.total})
        case FindingEvent():
            _note(work, event.finding)
        case MapEvent():
            kept = {"key": work.kept(event.file), **event.model_dump(include={"num_points", "method", "vectors"})}
            with service_scope():
                work.update(difficulty_map=kept)
        case LengthsEvent():
            counted_by = CATALOGUE[settings.ENVIRONMENT.doctor_base_model or ""].name
            with service_scope():
                work.update(token_lengths={**event.model_dump(mode="json", exclude={"type"}), "counted_by": counted_by})
        case DoneEvent():
            work.finish("done", seconds=event.seconds, skipped=event.skipped)
            broken = [code for code, reason in event.skipped.items() if reason == "defect"]
            if broken:
                log.error("doctor.checks_failed", report_id=str(work.report.id), checks=broken, words=last_words())
            return True
        case FailedEvent(code="memory:exhausted"):
            work.finish("failed", error=_out_of_memory())
            return True
        case FailedEvent():
            work.finish("failed", error={"code": "doctor.failed", "params": {"reason": event.message[:500]}})
            return True
    return False


def _out_of_memory() -> dict[str, Any]:
    """The next try would come to the same, so there is none."""
    limit = f"{settings.ENVIRONMENT.doctor_max_memory_bytes / 2**30:.1f}"
    return {"code": "doctor.out_of_memory", "params": {"limit": limit}}


def _note(work: Diagnosis, finding: Finding) -> None:
    """Files first, then the row. A finding that an earlier try or look said already keeps what was decided about it."""
    rows = work.out / finding.rows if finding.rows else None
    rows_key = work.kept(finding.rows) if finding.rows else ""
    fixes = [
        {
            "name": fix.name,
            "num_changes": fix.num_changes,
            "key": work.kept(fix.file),
            "by_columns": [
                {**part.model_dump(mode="json", exclude={"file"}), "key": work.kept(part.file)}
                for part in fix.by_columns
            ],
        }
        for fix in finding.fixes
    ]
    with service_scope(), tenant_scope(work.version.tenant_id):
        work.update(lease_until=Now() + LEASE)
        told = {
            "position": work.position,
            "severity": finding.severity,
            "num_rows": finding.num_rows,
            "params": finding.params,
            "examples": [row.model_dump(mode="json") for row in finding.examples],
            "rows_key": rows_key,
            "fixes": fixes,
        }
        known = DoctorFinding.objects.filter(report_id=work.report.id, code=finding.code).first()
        if known is None:
            carried = dismissal_carried(work.version, code=finding.code, num_rows=finding.num_rows, rows=rows)
            DoctorFinding.objects.create(report_id=work.report.id, code=finding.code, **told, **carried)
        else:
            kept = dismissal_kept(known, num_rows=finding.num_rows, rows=rows)
            DoctorFinding.objects.filter(id=known.id).update(**told, **kept)
    work.position += 1
    work.said.add(finding.code)
