"""What a customer downloads of a checkpoint: an archive that the trainer goes on from, laid out as its output folder."""

from __future__ import annotations

from functools import partial

from anneal.common.api.downloads import filename_stem
from anneal.common.storage import store
from anneal.jobs.models import Checkpoint
from anneal.registry.archive import Archive
from anneal.registry.zip_stream import Entry, entry_of_bytes, zip_size_bytes
from workers.contract.spec import JobSpec


def archive_of_checkpoint(checkpoint: Checkpoint) -> Archive:
    """The archive of a checkpoint whose job is loaded; the same bytes every time."""
    job, folder = checkpoint.job, f"checkpoints/step-{checkpoint.step}"
    spec = JobSpec.model_validate(job.spec).canonical_json()
    files = [
        Entry(f"{folder}/{file['name']}", file["size_bytes"], file["sha256"], partial(store().open, file["key"]))
        for file in checkpoint.files
    ]
    entries = (entry_of_bytes("spec.json", spec.encode()), *files)
    return Archive(
        filename=f"{filename_stem(job.name, 'job')}-step-{checkpoint.step}.zip",
        size_bytes=zip_size_bytes(entries),
        entries=entries,
        modified_at=checkpoint.created_at,
    )
