"""Files and folders that are either the old ones or the new ones, whatever happens in between."""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_unfinished(folder: Path) -> None:
    """Clear away what an attempt that died left in a folder."""
    for path in folder.glob(".tmp-*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def write_durably(path: Path, content: str | bytes) -> None:
    unfinished = path.with_name(f".tmp-{path.name}")
    with unfinished.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    fsync_folder(path.parent)


def write_hashed(path: Path, text: str) -> str:
    """A file of a folder that is not there yet, made durable; its sha256."""
    data = text.encode()
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def publish_folder(unfinished: Path, final: Path) -> None:
    """Make `unfinished` durable and put it in the place of `final`, which may exist from an earlier attempt.

    A death between the two renames leaves no `final`; the next attempt, which is owed anyway, makes it again.
    """
    for file in sorted(unfinished.rglob("*")):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
    fsync_folder(unfinished)
    if final.exists():
        replaced = final.with_name(f".tmp-replaced-{final.name}")
        shutil.rmtree(replaced, ignore_errors=True)
        final.rename(replaced)
        unfinished.rename(final)
        shutil.rmtree(replaced)
    else:
        unfinished.rename(final)
    fsync_folder(final.parent)
