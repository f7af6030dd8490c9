"""The model card of what a job published: the README among its files."""

from __future__ import annotations

import uuid

from anneal.common.storage import store
from anneal.registry.models import ModelVersion
from anneal.registry.selectors import model_version_of_job

_CARD = "README.md"


def card_of_job(job_id: uuid.UUID) -> str | None:
    """In Markdown; None before there is a model, after it was deleted, and when the storage has lost the file."""
    version = model_version_of_job(job_id)
    return card_of_version(version) if version else None


def card_of_version(version: ModelVersion) -> str | None:
    """In Markdown, of the files that need nothing else where there are such; None where there is no card, or the storage has lost it."""
    artifacts = version.artifacts.order_by("-kind")
    keys = [file["key"] for artifact in artifacts for file in artifact.files if file["name"] == _CARD]
    if not keys:
        return None
    try:
        with store().open(keys[0]) as file:
            return file.read().decode()
    except FileNotFoundError:
        return None
