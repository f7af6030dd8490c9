"""Packed uploads of a dataset: unpacked once, before they are first looked at. An archive's row is replaced by those of its members."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings

from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.files.packed import UnpackLimits, names_divided, packing_of, unpack
from anneal.datasets.files.problems import Problem, UnreadableError
from anneal.datasets.files.sniff import bytes_scan
from anneal.datasets.models import DatasetFile
from anneal.datasets.services.sheets import file_copy, files_place
from anneal.datasets.services.uploads import upload_noted_sha256
from workers.contract.columns import is_text_with_label

if TYPE_CHECKING:
    from anneal.datasets.services.work import Work

_MAX_FILES = 1000


def made_key(file: DatasetFile, name: str) -> str:
    """Where something that was made of a file lies in the store."""
    return f"{members_prefix(file.tenant_id, file.dataset_id)}/{name}"


def members_prefix(tenant_id: uuid.UUID | None, dataset_id: uuid.UUID) -> str:
    """Where all that was made of a dataset's files lies in the store."""
    return f"{tenant_id}/members/{dataset_id}"


def files_unpack(work: Work) -> set[uuid.UUID]:
    """Unpack what is packed; `work.files` are afterwards the files to read. Ids of files that were refused, which are told of."""
    refused: set[uuid.UUID] = set()
    found: list[DatasetFile] = []
    for file in work.files:
        try:
            found += [file] if file.compression is not None else _unpacked(work, file)
        except UnreadableError as error:
            work.problems.add(error.problem)
            refused.add(file.id)
            found.append(file)
    if len(found) > _MAX_FILES:
        work.problems.add(Problem("data:archive_entries", params={"limit": _MAX_FILES}))
        return {file.id for file in work.files}
    if any(file.compression is not None for file in found):
        _write(work, found)
    work.files = found
    return refused


def _unpacked(work: Work, file: DatasetFile) -> list[DatasetFile]:
    """The file itself, or a file for each of its members, the first of them in the row that there is."""
    source = work.source(file)
    packing = packing_of(source.path)
    if packing is None:
        return [file]

    def tick(read: int) -> None:
        work.tick("unpacking", 0, read)

    scan = bytes_scan(source.path, tick)
    with service_scope():
        upload_noted_sha256(upload_id=file.upload_id, sha256=scan.sha256)
    limits = UnpackLimits(max_bytes=settings.ENVIRONMENT.unpacked_max_bytes)
    has_labels = is_text_with_label(work.dataset.task)
    members = unpack(source, packing, work.folder, limits, work.problems, tick, has_labels=has_labels)
    splits = names_divided(file.split, [member.member for member in members])
    rows = [file, *(file_copy(file) for _ in members[1:])]
    for number, (row, member, split) in enumerate(zip(rows, members, splits, strict=True)):
        row.member, row.split, row.compression = member.member, split, packing
        row.storage_key = made_key(file, f"{file.upload_id}-{number}")
        row.size_bytes = member.source.path.stat().st_size
        work.put_file(row.storage_key, member.source.path)
    return rows


def _write(work: Work, files: list[DatasetFile]) -> None:
    """Make the rows those of `files`, in their order. The dataset's row is written first, so that nobody else does the same."""
    with service_scope(), tenant_scope(work.dataset.tenant_id):
        work.update(run=work.dataset.run)
        files_place(files)
