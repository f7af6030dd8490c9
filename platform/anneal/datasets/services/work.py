"""The background work on a dataset: inspect its files, then validate them into an immutable version.

Either piece of work is claimed with a lease and a run number, says every half second that it lives, and ends with one transaction that only
the holder of the run number can make. Killed anywhere, it leaves nothing that shows; the reconciler asks for it again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models.functions import Now

from anneal.common.ids import uuid7
from anneal.common.leased_work import LeasedWork, SupersededError, work_folder
from anneal.common.outbox import outbox_put
from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.files.build import Build, BuildPlan, Built, Part
from anneal.datasets.files.check import Inspected, file_glance, file_inspect
from anneal.datasets.files.choices import Choices
from anneal.datasets.files.columns import ColumnStatistics
from anneal.datasets.files.guess import mapping_guess, task_guess
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError
from anneal.datasets.files.reading import Reading, Source
from anneal.datasets.files.sniff import Bytes
from anneal.datasets.models import Dataset, DatasetFile, DatasetVersion
from anneal.datasets.services.doctor import diagnosis_ask
from anneal.datasets.services.members import files_unpack, made_key
from anneal.datasets.services.telling import invalid_tell
from anneal.datasets.services.uploads import upload_noted_sha256

_SHOWN_EARLY = 100
# A file above this is worth a look at its beginning before all of it is read.
_EARLY_BYTES = 8 * 2**20


def dataset_inspect(dataset_id: uuid.UUID) -> None:
    """Find formats, encodings, columns and a guess at the mapping. Does nothing when there is nothing to inspect."""
    _run(dataset_id, "inspecting", _inspect)


def dataset_validate(dataset_id: uuid.UUID) -> None:
    """Read every row and publish a version, or say what is wrong. Does nothing when there is nothing to validate."""
    _run(dataset_id, "validating", _validate)


@dataclass
class Work(LeasedWork[Dataset]):
    """One claimed piece of work."""

    files: list[DatasetFile] = field(default_factory=list)
    folder: Path = Path()
    problems: ProblemLog = field(default_factory=ProblemLog)
    """What has been found so far: shown while the work goes on."""

    @property
    def dataset(self) -> Dataset:
        return self.row

    @property
    def total_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    def tick(self, stage: str, rows_read: int, bytes_read: int) -> None:
        """Show progress and renew the lease, at most twice a second. Raises SupersededError."""
        if self.is_due():
            self.renew(
                progress={
                    "stage": stage,
                    "rows_read": rows_read,
                    "bytes_read": min(bytes_read, self.total_bytes),
                    "total_bytes": self.total_bytes,
                    "problems": [problem.as_json() for problem in self.problems.kept[:_SHOWN_EARLY]],
                    "num_problems": self.problems.num_problems,
                }
            )

    def give_up(self) -> None:
        self.problems.add(Problem("data:platform", params={"times": self.dataset.crashes}))
        self.finish("invalid")

    def put_off(self) -> bool:
        return self.wait_as_noted()

    def finish(self, state: str, **values: Any) -> None:
        """The last write."""
        self.update(
            state=state,
            problems=self.problems.as_json(),
            problem_counts=dict(self.problems.counts),
            num_problems=self.problems.num_problems,
            progress=None,
            lease_until=None,
            crashes=0,
            **values,
        )
        if state == "invalid":
            with tenant_scope(self.dataset.tenant_id):
                invalid_tell(self.dataset, self.problems)

    def source(self, file: DatasetFile) -> Source:
        """The file on this machine's disk."""
        return self._fetched(file.storage_key, file.full_name)

    def rows_source(self, file: DatasetFile) -> Source:
        """What is read row by row, on this machine's disk."""
        return self._fetched(file.rows_key, file.full_name)

    def _fetched(self, key: str, name: str) -> Source:
        path = self.folder / key.replace("/", "-")
        if not path.exists():
            self.take_file(key, path)
        return Source(path, name)


def _run(dataset_id: uuid.UUID, state: str, act: Callable[[Work], None]) -> None:
    work = _claim(dataset_id, state)
    if work is not None:
        with work.to_its_end(state=state), work_folder(dataset_id, work.dataset.run) as work.folder:
            act(work)


def _claim(dataset_id: uuid.UUID, state: str) -> Work | None:
    with service_scope():
        work = Work.claim(Dataset.objects.filter(id=dataset_id, state=state, deleted_at__isnull=True))
        if work is not None:
            work.files = list(DatasetFile.objects.filter(dataset_id=dataset_id).order_by("position"))
    return work


# --- inspect


def _inspect(work: Work) -> None:
    statistics: list[ColumnStatistics] = []
    before = 0
    refused = files_unpack(work)
    stale = {file.prepared_key for file in work.files}
    for file in work.files:
        if file.id in refused:
            continue
        try:
            found = _inspect_file(work, file, before)
            statistics = statistics or found
        except UnreadableError as error:
            work.problems.add(error.problem)
        before += file.size_bytes
    for archive in dict.fromkeys(file.filename for file in work.files if file.member):
        members = [file.full_name for file in work.files if file.member and file.filename == archive]
        work.problems.join_members(members, archive)
    guess = mapping_guess(statistics, work.dataset.task)
    other = task_guess(statistics, work.dataset.task)
    roles = {name: role for role, name in guess.columns.items()} if guess else {}
    columns = [
        {
            "name": column.name,
            "sample": column.sample,
            "num_distinct": len(column.distinct),
            "num_empty": column.num_empty,
            "guess": roles.get(column.name, "other"),
        }
        for column in statistics
    ]
    is_readable = not work.problems.num_errors
    # Before its inspection a dataset has only a mapping that was given when it was made.
    confirmed = work.dataset.mapping
    state = "invalid" if not is_readable else "validating" if confirmed else "needs_mapping"
    with service_scope(), tenant_scope(work.dataset.tenant_id):
        work.finish(
            state,
            columns=columns if is_readable else [],
            mapping=(confirmed or (guess.as_json() if guess else None)) if is_readable else None,
            suggestion={"task": other.task, "confidence": other.confidence} if other else None,
            work_asked_at=Now(),
        )
        for file in work.files:
            file.save(update_fields=["format", "encoding", "reading", "columns", "prepared_key"])
        if state == "validating":
            outbox_put("datasets.validate", dataset_id=work.dataset.id)
    for key in stale - {file.prepared_key for file in work.files}:
        if key is not None:
            store().delete(key)


def _inspect_file(work: Work, file: DatasetFile, before: int) -> list[ColumnStatistics]:
    source, found = work.source(file), work.problems
    if file.size_bytes > _EARLY_BYTES:
        work.problems = found.copy()
        file_glance(
            source,
            task=work.dataset.task,
            problems=work.problems,
            choices=Choices.from_json(file.choices),
            num_bytes=_EARLY_BYTES,
        )
        work.last_tick = float("-inf")

    def scanned() -> None:
        work.problems = found

    return file_read_in(
        source,
        file,
        task=work.dataset.task,
        folder=work.folder,
        problems=found,
        tick=lambda done: work.tick("inspecting", 0, before + done),
        put_file=work.put_file,
        scanned=scanned,
    ).statistics


def file_read_in(
    source: Source,
    file: DatasetFile,
    *,
    task: str,
    folder: Path,
    problems: ProblemLog,
    tick: Callable[[int], None],
    put_file: Callable[[str, Path], None],
    scanned: Callable[[], None] = lambda: None,
) -> Inspected:
    """Find out how a file is to be read, and note it in `file`, which is not saved. Raises UnreadableError."""
    file.format = file.encoding = file.prepared_key = None
    file.reading, file.columns = {}, []

    def noted(scan: Bytes) -> None:
        scanned()
        if file.compression is None:
            with service_scope():
                upload_noted_sha256(upload_id=file.upload_id, sha256=scan.sha256)

    def detected(reading: Reading) -> None:
        file.format, file.encoding = reading.format, reading.encoding

    # Sheets of one workbook are of one source.
    written = folder / f"written-{file.id}"
    written.mkdir(exist_ok=True)
    inspected = file_inspect(
        source,
        folder=written,
        task=task,
        problems=problems,
        tick=tick,
        choices=Choices.from_json(file.choices),
        scanned=noted,
        detected=detected,
    )
    if inspected.rows != source:
        file.prepared_key = made_key(file, f"{file.id}-rows-{uuid7()}")
        put_file(file.prepared_key, inspected.rows.path)
    file.reading = inspected.reading.as_json()
    file.columns = list(inspected.reading.columns)
    return inspected


# --- validate


def _validate(work: Work) -> None:
    mapping = work.dataset.mapping or {}
    plan = BuildPlan.from_json(work.dataset.task, mapping)
    work.problems = ProblemLog(skips_bad_rows=mapping.get("skip_bad_rows", False))
    for problem in work.dataset.problems:
        work.problems.add(Problem(**problem))
    parts = [
        Part(
            work.rows_source(file),
            Reading.from_json(file.reading),
            file.split,
            file.position,
            file.choices.get("columns", {}),
        )
        for file in work.files
    ]
    build = Build(work.folder, plan, work.problems, work.tick)
    built = build.run(parts)
    if built is None:
        with service_scope(), tenant_scope(work.dataset.tenant_id):
            work.finish("invalid")
        return
    _publish(work, built, build.plan, build.num_rows_of_file)


def _publish(work: Work, built: Built, plan: BuildPlan, num_rows: Sequence[int]) -> None:
    """Files first, row last: a version is seen only when all of it is there."""
    dataset = work.dataset
    version_id = uuid7()
    prefix = f"{dataset.tenant_id}/datasets/{dataset.id}"
    versions = versions_sweep(work, tenant_id=dataset.tenant_id, dataset_id=dataset.id)
    values = None
    if not versions or versions[0].sha256 != built.sha256:
        values = built_put(work, built, plan, prefix=f"{prefix}/{version_id}", problems=work.problems)
    try:
        with service_scope(), tenant_scope(dataset.tenant_id):
            work.finish("ready")
            for row, count in zip(work.files, num_rows, strict=True):
                DatasetFile.objects.filter(id=row.id).update(num_rows=count)
            if values is not None:
                version = DatasetVersion.objects.create(
                    id=version_id,
                    dataset_id=dataset.id,
                    number=versions[0].number + 1 if versions else 1,
                    task=dataset.task,
                    change={"kind": "upload"},
                    parent=versions[0] if versions else None,
                    # From other columns: what that changed is worked out when somebody asks for it.
                    num_added=None if versions else sum(built.num_rows.values()),
                    num_removed=None if versions else 0,
                    num_changed=None if versions else 0,
                    **values,
                )
                diagnosis_ask(version)
    except SupersededError:
        # The row is rolled back. After any other error it may be there, since the answer to a commit can be lost: the next sweep asks.
        store().delete_prefix(f"{prefix}/{version_id}")
        raise


def built_put(
    work: LeasedWork[Any], built: Built, plan: BuildPlan, *, prefix: str, problems: ProblemLog
) -> dict[str, Any]:
    """Keep the files of a version below `prefix`; the columns of its row that say what was built. Raises SupersededError."""
    for file in built.files:
        work.put_file(f"{prefix}/{file.name}", file.path)
    return {
        "sha256": built.sha256,
        "labels": built.labels,
        "num_rows": built.num_rows,
        "mapping": plan.as_json(),
        "size_bytes": sum(file.size_bytes for file in built.files),
        "text_length": built.text_length,
        "statistics": built.statistics,
        "problems_count": problems.num_problems,
        "files": [
            {
                "name": file.name,
                "split": file.split,
                "key": f"{prefix}/{file.name}",
                "sha256": file.sha256,
                "size_bytes": file.size_bytes,
                "num_rows": file.num_rows,
            }
            for file in built.files
        ],
    }


def versions_sweep(
    work: LeasedWork[Any], *, tenant_id: uuid.UUID | None, dataset_id: uuid.UUID
) -> list[DatasetVersion]:
    """Remove files that a killed worker put there without getting to the row; returns the versions that are there, the latest first.

    Raises SupersededError. The store is listed before the rows are read by the proved holder of the work: what has no row then never gets
    one, and files of whoever takes the work over are not on the list, however late they are removed.
    """
    prefix = f"{tenant_id}/datasets/{dataset_id}"
    with work.moving():
        keys = list(store().list_keys(prefix))
    with service_scope(), tenant_scope(tenant_id):
        work.renew()
        versions = list(DatasetVersion.objects.filter(dataset_id=dataset_id).order_by("-number"))
    known = {str(version.id) for version in versions}
    with work.moving():
        for key in keys:
            if key.removeprefix(f"{prefix}/").split("/")[0] not in known:
                store().delete(key)
    return versions
