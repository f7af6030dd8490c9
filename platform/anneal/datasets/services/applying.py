"""The background work on a change: from a version and what is to become of it to the next version.

As in `work`: claimed with a lease and a run number, ended with one transaction that only the holder of the number can make. Killed
anywhere, it leaves nothing that shows; the reconciler asks for it again. A change that is refused leaves the dataset as it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.db.models.functions import Now

from anneal.common.ids import uuid7
from anneal.common.leased_work import LeasedWork, SupersededError, work_folder
from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.files.build import BuildPlan, Built, Part
from anneal.datasets.files.difference import Difference, difference_of
from anneal.datasets.files.packed import packing_of
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError
from anneal.datasets.files.reading import Source
from anneal.datasets.files.revise import Edits, Revision, Shares
from anneal.datasets.files.stored import Others, Selection, StoredFile
from anneal.datasets.models import Dataset, DatasetChange, DatasetFile, DatasetVersion, DoctorFinding
from anneal.datasets.rows import rows_dropped
from anneal.datasets.selectors import difference_key
from anneal.datasets.services.doctor import diagnosis_ask
from anneal.datasets.services.work import built_put, file_read_in, versions_sweep
from workers.contract.changes import changes_read


def change_apply(change_id: uuid.UUID) -> None:
    """Make the version that a change asks for, or say why that cannot be. Does nothing when there is nothing to do."""
    with service_scope():
        wanted = DatasetChange.objects.filter(dataset__in=Dataset.objects.filter(deleted_at__isnull=True))
        work = ChangeWork.claim(wanted.select_related("base").filter(id=change_id, state="waiting"))
    if work is not None:
        with work.to_its_end(kind=work.change.kind), work_folder(change_id, work.change.run) as work.folder:
            _restore(work) if work.change.kind == "restore" else _revise(work)


@dataclass
class ChangeWork(LeasedWork[DatasetChange]):
    """One claimed change."""

    folder: Path = Path()

    @property
    def change(self) -> DatasetChange:
        return self.row

    @property
    def base(self) -> DatasetVersion:
        return self.row.base

    def tick(self, stage: str, rows_read: int, _bytes_read: int = 0) -> None:
        """Show progress and renew the lease, at most twice a second. Raises SupersededError."""
        if self.is_due():
            self.renew(progress={"stage": stage, "rows_read": rows_read})

    def give_up(self) -> None:
        problems = ProblemLog()
        problems.add(Problem("data:platform", params={"times": self.change.crashes}))
        _refuse(self, problems)

    def put_off(self) -> bool:
        return self.wait_as_noted()

    def finish(self, state: str, problems: ProblemLog, **values: Any) -> None:
        """The last write."""
        self.update(
            state=state,
            problems=problems.as_json(),
            num_problems=problems.num_problems,
            progress=None,
            lease_until=None,
            finished_at=Now(),
            **values,
        )

    def stored(self, version: DatasetVersion) -> tuple[StoredFile, ...]:
        """The files of a version on this machine's disk."""
        found, first = [], 0
        for file in version.files:
            path = self.folder / f"{version.id}-{file['name']}"
            if not path.exists():
                self.take_file(file["key"], path)
            found.append(StoredFile(file["split"], path, first))
            first += file["num_rows"]
        return tuple(found)


def _refuse(work: ChangeWork, problems: ProblemLog) -> None:
    """Say why a change cannot be."""
    with service_scope(), tenant_scope(work.change.tenant_id):
        work.finish("failed", problems)
        # Files that could not be added are not the dataset's; their uploads can be used again.
        positions = work.change.params.get("positions", ())
        DatasetFile.objects.filter(dataset_id=work.change.dataset_id, position__in=positions).delete()
        # The finding whose fix could not be made is open again.
        DoctorFinding.objects.filter(change_id=work.change.id).update(decision="open", fix="", change=None)


def _revise(work: ChangeWork) -> None:
    change = work.change
    with service_scope(), tenant_scope(change.tenant_id):
        dataset = Dataset.objects.get(id=change.dataset_id)
        files = list(DatasetFile.objects.filter(dataset_id=change.dataset_id).order_by("position"))
    problems = ProblemLog(skips_bad_rows=change.params.get("skip_bad_rows", False))
    plan = BuildPlan.from_json(work.base.task, work.base.mapping)
    new = [file for file in files if file.position in change.params.get("positions", ())]
    revision = Revision(
        work.folder,
        plan,
        problems,
        work.tick,
        shares=_shares(plan, files),
        filenames={file.position: file.full_name for file in files},
        num_added_rows=dataset.num_added_rows,
    )
    built = _built(work, revision, new, problems)
    if built is None:
        _refuse(work, problems)
        return
    version_id = uuid7()
    versions_sweep(work, tenant_id=change.tenant_id, dataset_id=change.dataset_id)
    prefix = f"{change.tenant_id}/datasets/{change.dataset_id}/{version_id}"
    values = built_put(work, built, plan, prefix=prefix, problems=problems)
    for row, count in zip(new, revision.num_rows_of_file, strict=True):
        row.num_rows = count
    counted = {"num_added_rows": revision.num_added_rows}
    _publish(work, version_id, values, revision.difference, problems, counted=counted, new=new)


def _built(work: ChangeWork, revision: Revision, new: Sequence[DatasetFile], problems: ProblemLog) -> Built | None:
    """The files of the next version; None where something is wrong with it, which `problems` say."""
    edits = _edits(work)
    if edits is not None:
        work.change.counts = edits.counts
    try:
        parts = [_part(work, file, problems) for file in new]
        if problems.num_errors:
            return None
        built = revision.revise(
            work.stored(work.base), edits=edits, dropped=_dropped(work), parts=parts, merged=_merged(work)
        )
    except UnreadableError as error:
        problems.add(error.problem)
        return None
    if built is not None and not any(revision.difference.counts.values()):
        problems.add(Problem("data:nothing_changed"))
        return None
    return built


def _part(work: ChangeWork, file: DatasetFile, problems: ProblemLog) -> Part:
    """A further file, inspected. Raises UnreadableError."""
    path = work.folder / f"source-{file.position}"
    work.take_file(file.storage_key, path)
    source = Source(path, file.full_name)
    if packing_of(path) is not None:
        raise UnreadableError(Problem("data:append_packed", file=source.name))
    inspected = file_read_in(
        source,
        file,
        task=work.base.task,
        folder=work.folder,
        problems=problems,
        tick=partial(work.tick, "inspecting", 0),
        put_file=work.put_file,
    )
    return Part(inspected.rows, inspected.reading, file.split, file.position, file.choices.get("columns", {}))


def _dropped(work: ChangeWork) -> Selection | Others | None:
    if work.change.kind != "filter":
        return None
    with service_scope(), tenant_scope(work.change.tenant_id):
        return rows_dropped(work.base, work.change.params)


def _merged(work: ChangeWork) -> tuple[StoredFile, ...]:
    if work.change.kind != "merge":
        return ()
    with service_scope(), tenant_scope(work.change.tenant_id):
        other = DatasetVersion.objects.get(id=work.change.params["version_id"])
    return work.stored(other)


def _edits(work: ChangeWork) -> Edits | None:
    if not work.change.storage_key:
        return None
    path = work.folder / "changes.jsonl"
    work.take_file(work.change.storage_key, path)
    return Edits.of(changes_read(path))


def _shares(plan: BuildPlan, files: Sequence[DatasetFile]) -> Shares:
    """Of rows that come, as of those that were there: a split that was given is not carved from others."""
    given = {file.split for file in files}
    return Shares(
        validation=0.0 if "validation" in given else plan.validation_share,
        test=0.0 if "test" in given else plan.test_share,
    )


def _restore(work: ChangeWork) -> None:
    """A version that shares the files of an earlier one, which never change."""
    with service_scope(), tenant_scope(work.change.tenant_id):
        earlier = DatasetVersion.objects.get(id=work.change.params["version_id"])
    found = difference_of(work.stored(work.base), work.stored(earlier), earlier.task)
    kept = (
        "sha256",
        "labels",
        "num_rows",
        "mapping",
        "size_bytes",
        "text_length",
        "statistics",
        "problems_count",
        "files",
    )
    _publish(work, uuid7(), {name: getattr(earlier, name) for name in kept}, found, ProblemLog())


def _publish(
    work: ChangeWork,
    version_id: uuid.UUID,
    values: Mapping[str, Any],
    found: Difference,
    problems: ProblemLog,
    *,
    counted: Mapping[str, int] | None = None,
    new: Sequence[DatasetFile] = (),
) -> None:
    """Files first, row last: a version is seen only when all of it is there."""
    change, base = work.change, work.base
    found.write(work.folder / "difference.parquet")
    key = difference_key(
        version_id=version_id, dataset_id=change.dataset_id, tenant_id=change.tenant_id, against=base.id
    )
    work.put_file(key, work.folder / "difference.parquet")
    try:
        with service_scope(), tenant_scope(change.tenant_id):
            Dataset.objects.select_for_update().get(id=change.dataset_id)
            version = DatasetVersion.objects.create(
                id=version_id,
                dataset_id=change.dataset_id,
                number=base.number + 1,
                task=base.task,
                parent_id=base.id,
                change={"kind": change.kind, "change_id": str(change.id), **change.params, "counts": change.counts},
                num_added=len(found.added),
                num_removed=len(found.removed),
                num_changed=len(found.changed),
                **values,
            )
            work.finish("applied", problems, result_id=version.id, counts=change.counts)
            diagnosis_ask(version)
            if counted:
                Dataset.objects.filter(id=change.dataset_id).update(**counted)
            for file in new:
                file.save(update_fields=["format", "encoding", "reading", "columns", "num_rows"])
    except SupersededError:
        # As in `work`: after any other error the version may be there.
        store().delete_prefix(f"{change.tenant_id}/datasets/{change.dataset_id}/{version_id}")
        raise
