"""Objects of a far store that were read on this machine lately: who leafs through a dataset does not fetch it anew for every page.

Keys are written once, so what is kept here is never out of date. It goes when nobody has read it for an hour, and the oldest first where
it grows too large; looked after whenever something is added, and when leftovers are removed.
"""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from anneal.common.storage import DiskStore, link_or_copy, store

KEPT_S = 3600
MOST_BYTES = 10 * 2**30


def near_fetch(key: str, path: Path) -> None:
    """`store().fetch`, for objects that are soon read again. Raises what that raises."""
    far = store()
    if isinstance(far, DiskStore):
        far.fetch(key, path)
        return
    kept = _folder() / hashlib.sha256(key.encode()).hexdigest()
    with suppress(FileNotFoundError):  # Never kept, or just now removed by another process.
        os.utime(kept)
        link_or_copy(kept, path)
        return
    coming = kept.with_name(f".{kept.name}.{uuid.uuid4().hex}")
    try:
        far.fetch(key, coming)
        link_or_copy(coming, path)
        coming.replace(kept)
    finally:
        coming.unlink(missing_ok=True)
    near_tidy()


def near_tidy() -> None:
    """Remove what has not been read for long, and what does not fit beside what was read later."""
    folder_tidy(_folder(), max_bytes=MOST_BYTES, kept_s=KEPT_S)


def folder_tidy(folder: Path, *, max_bytes: int, kept_s: float) -> None:
    """Remove files that were not used for long (their time says when), and those that do not fit beside what was used later.

    Hidden ones are on their way in: they go by their age alone. Others may tidy at the same time.
    """
    room, oldest = max_bytes, time.time() - kept_s
    found = []
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):
            found.append((path.stat(), path))
    for state, path in sorted(found, key=lambda one: -one[0].st_mtime):
        is_coming = path.name.startswith(".")
        room -= state.st_size
        if state.st_mtime < oldest or (room < 0 and not is_coming):
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.ENVIRONMENT.anneal_data_dir) / "near"
