"""A data set from the file that comes with the product, for whoever has none at hand."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from django.utils import timezone

from anneal.common.storage import store
from anneal.common.texts import text
from anneal.datasets.files.build import BuildPlan
from anneal.datasets.models import Dataset, Upload
from anneal.datasets.services.datasets import dataset_create
from anneal.datasets.services.uploads import KEPT, upload_key
from anneal.plans.services import quota_room_check
from anneal.tenants.actor import Actor

_FILE: Final = Path(__file__).resolve().parents[1] / "samples" / "first_steps" / "messages.csv"
_PLAN: Final = BuildPlan("classification", {"text": "text", "label": "label"})


def sample_create(*, actor: Actor) -> Dataset:
    """A data set of the sample file, about to become a version by itself: its columns are known, so nobody is asked about them.

    Raises AnnealError (409) beyond the quota of room.
    """
    size_bytes = _FILE.stat().st_size
    quota_room_check(num_bytes=size_bytes)
    upload = Upload.objects.create(
        filename=_FILE.name,
        size_bytes=size_bytes,
        offset_bytes=size_bytes,
        state="received",
        expires_at=timezone.now() + KEPT,
        created_by_id=actor.user_id,
    )
    with tempfile.TemporaryDirectory() as folder:  # the store may keep the very file that it is given
        copy = Path(shutil.copyfile(_FILE, Path(folder) / _FILE.name))
        store().put_file(upload_key(upload), copy)
    return dataset_create(
        actor=actor,
        name=text("dataset.sample_name"),
        task=_PLAN.task,
        files=[{"upload_id": upload.id, "split": "auto"}],
        plan=_PLAN,
    )
