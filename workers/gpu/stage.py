"""What an attempt finds on disk: dataset files from the cache of its machine, its spec, and the last committed checkpoint."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from anneal.jobs.services.files import file_fetch
from anneal.jobs.services.leases import Claim, StoredFile
from workers.gpu.cache import CacheLimits, DataCache


@dataclass(frozen=True)
class Staged:
    """The folders of one attempt."""

    folder: Path
    data_dir: Path
    out_dir: Path
    spec_path: Path
    part_path: Path | None


@dataclass(frozen=True)
class Abandoned:
    """An attempt whose worker died on this machine."""

    job_id: uuid.UUID
    attempt: int


class DamagedCheckpointError(Exception):
    """A file of the checkpoint to start from is gone, or is not what was stored."""

    def __init__(self, checkpoint_id: uuid.UUID, detail: str) -> None:
        super().__init__(detail)
        self.checkpoint_id = checkpoint_id


class WorkFolder:
    """`<root>/cache` is shared by the workers of a machine, `<root>/workers/<id>` is ours and goes with us."""

    def __init__(self, root: Path, worker_id: uuid.UUID, *, limits: CacheLimits | None = None) -> None:
        self.cache = DataCache(root / "cache", limits or CacheLimits())
        self._own = root / "workers" / str(worker_id)
        self._door: IO[str] | None = None

    @property
    def temporary(self) -> Path:
        """For what trainers write besides their results; cleared away with us."""
        return self._own / "temporary"

    def open(self) -> list[Abandoned]:
        """Take our folder, and clear those of workers that were killed; returns the attempts that these were running.

        A lock that can be had proves that its holder is dead: the kernel takes it back from nobody else.
        """
        self.cache.open()
        self._own.mkdir(parents=True)
        self._door = (self._own / "lock").open("w")
        fcntl.flock(self._door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        abandoned = []
        for folder in self._own.parent.iterdir():
            if folder != self._own and _is_abandoned(folder):
                abandoned += _attempts_in(folder)
                shutil.rmtree(folder, ignore_errors=True)
        return abandoned

    def close(self) -> None:
        """Leave nothing but the cache."""
        if self._door is not None:
            self._door.close()
        shutil.rmtree(self._own, ignore_errors=True)

    def stage(self, claim: Claim) -> Staged:
        """Fetch what the attempt needs.

        Raises FileNotFoundError, ValueError for damaged files, DamagedCheckpointError, DiskFullError, OSError.
        """
        folder = self._own / f"{claim.job_id}-{claim.attempt}"
        part_path = folder / "part.json" if claim.part is not None else None
        staged = Staged(folder, folder / "data", folder / "out", folder / "spec.json", part_path)
        staged.out_dir.mkdir(parents=True)
        staged.data_dir.mkdir()
        staged.spec_path.write_text(claim.spec_json)
        if claim.part is not None and part_path is not None:
            part_path.write_text(claim.part.model_dump_json())
        for file in claim.data_files:
            self.cache.put(file, staged.data_dir / file.name)
        if claim.checkpoint is not None:
            try:
                self._restore(claim.checkpoint.files, staged.out_dir / "checkpoints", claim.checkpoint.step)
            except (FileNotFoundError, ValueError) as error:
                raise DamagedCheckpointError(claim.checkpoint.id, str(error)) from error
        if claim.delivered is not None:
            of_trial = staged.out_dir / "trials" / str(claim.delivered.number) / "checkpoints"
            self._restore(claim.delivered.checkpoint.files, of_trial, claim.delivered.checkpoint.step)
        return staged

    @staticmethod
    def drop(staged: Staged) -> None:
        """Remove the folders of an attempt that is over."""
        shutil.rmtree(staged.folder, ignore_errors=True)

    @staticmethod
    def _restore(files: Sequence[StoredFile], folder: Path, step: int) -> None:
        unfinished = folder / f".tmp-restore-{step}"
        for file in files:
            path = unfinished / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            file_fetch(file=file, path=path)
        unfinished.rename(folder / f"step-{step}")


def _attempts_in(folder: Path) -> list[Abandoned]:
    found = []
    for path in folder.iterdir():
        job_id, _, attempt = path.name.rpartition("-")
        with contextlib.suppress(ValueError):
            found.append(Abandoned(uuid.UUID(job_id), int(attempt)))
    return found


def _is_abandoned(folder: Path) -> bool:
    try:
        with (folder / "lock").open("r+") as door:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError, NotADirectoryError):
        return False
    return True
