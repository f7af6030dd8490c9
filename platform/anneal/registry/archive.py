"""What a customer downloads: one archive with the files of an artifact and a manifest of their digests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from anneal.common.api.downloads import content_disposition, filename_stem
from anneal.common.storage import store
from anneal.registry.models import Artifact
from anneal.registry.zip_stream import Entry, entry_of_bytes, zip_size_bytes, zip_stream

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Archive:
    """An archive before it is written. Holds no database row, so that it can be streamed outside of a transaction."""

    filename: str
    size_bytes: int
    entries: tuple[Entry, ...]
    modified_at: datetime

    @property
    def content_disposition(self) -> str:
        """For the header of that name."""
        return content_disposition(self.filename, "model.zip")

    def stream(self) -> Iterator[bytes]:
        """The bytes. Raises DamagedFileError or FileNotFoundError in the middle when the storage is damaged."""
        return zip_stream(self.entries, modified_at=self.modified_at)


def archive_of_artifact(artifact: Artifact) -> Archive:
    """The archive of an artifact whose version and model are loaded; the same bytes every time."""
    version, model = artifact.version, artifact.version.model
    files = [
        Entry(file["name"], file["size_bytes"], file["sha256"], partial(store().open, file["key"]))
        for file in artifact.files
    ]
    manifest = {
        "format_version": 1,
        "model": {"id": str(model.id), "task": model.task, "base_model": model.base_model},
        "version": {
            "id": str(version.id),
            "number": version.number,
            "job_id": str(version.job_id),
            "dataset_version_id": str(version.dataset_version_id),
            "created_at": version.created_at.isoformat(),
            "labels": version.labels,
            "summary": version.summary,
        },
        "artifact": {"id": str(artifact.id), "kind": artifact.kind, "sha256": artifact.sha256},
        "files": [{"name": entry.name, "sha256": entry.sha256, "size_bytes": entry.size_bytes} for entry in files],
    }
    entries = (*files, entry_of_bytes(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode()))
    stem = filename_stem(model.name, "model")
    suffix = "" if artifact.kind == "merged" else f"-{artifact.kind}"
    return Archive(
        filename=f"{stem}-v{version.number}{suffix}.zip",
        size_bytes=zip_size_bytes(entries),
        entries=entries,
        modified_at=version.created_at,
    )
