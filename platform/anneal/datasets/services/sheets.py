"""Several sheets of one workbook: each is a file of the dataset, as the members of an archive are. They share the workbook's bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from anneal.common.errors import AnnealError
from anneal.common.ids import uuid7
from anneal.datasets.files.choices import Choices
from anneal.datasets.files.packed import names_divided
from anneal.datasets.models import DatasetFile


def sheets_choose(*, file: DatasetFile, names: Sequence[str | None], choices: Choices, most_files: int) -> None:
    """Make `file`, and all that were made of its workbook, one file for each of these sheets, in their order. Raises AnnealError (400).

    Several without a split of their own have the one that their name speaks of. None is the sheet that is found.
    """
    files = list(DatasetFile.objects.filter(dataset_id=file.dataset_id).order_by("position"))
    own = [one for one in files if one.storage_key == file.storage_key]
    if len(files) - len(own) + len(names) > most_files:
        raise AnnealError("dataset.too_many_files", param="sheets", params={"limit": most_files})
    workbook, splits = _workbook(own), {one.split for one in own}
    split = splits.pop() if len(splits) == 1 else "auto"
    made = [own[0], *(file_copy(own[0]) for _ in names[1:])]
    called = [name or "" for name in names] if len(names) > 1 else [""]
    for one, name, member, its_split in zip(made, names, called, names_divided(split, called), strict=True):
        one.choices, one.split = replace(choices, sheet=name).as_json(), its_split
        one.member = "/".join(filter(None, [workbook, member]))[-_MAX_MEMBER:]
    DatasetFile.objects.filter(id__in=[one.id for one in own[1:]]).delete()
    at = files.index(own[0])
    files_place([*files[:at], *made, *(one for one in files[at + 1 :] if one not in own)])


_MAX_MEMBER = 255


def _workbook(own: Sequence[DatasetFile]) -> str:
    """What the workbook is called in its archive; nothing of one that was uploaded as it is."""
    first = own[0]
    return first.member.removesuffix(first.choices["sheet"]).removesuffix("/") if len(own) > 1 else first.member


def file_copy(file: DatasetFile) -> DatasetFile:
    """Another file of the same upload, read alike, that is not written yet; the caller says what is its own."""
    return DatasetFile(
        id=uuid7(),
        tenant_id=file.tenant_id,
        dataset_id=file.dataset_id,
        upload_id=file.upload_id,
        filename=file.filename,
        storage_key=file.storage_key,
        size_bytes=file.size_bytes,
        compression=file.compression,
        choices=file.choices,
    )


def files_place(files: Sequence[DatasetFile]) -> None:
    """Write the files of a dataset in their order."""
    for position, file in reversed(list(enumerate(files))):
        if file._state.adding:  # noqa: SLF001 - the documented way to tell a new row
            continue
        # From the end, so that no position is taken twice in between.
        DatasetFile.objects.filter(id=file.id).update(position=position)
    for position, file in enumerate(files):
        file.position = position
        file.save()
