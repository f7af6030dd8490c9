"""Checkpoints that are either whole or not there.

The commit protocol: write everything into `.tmp-<step>-<pid>`, with a manifest of sha256 digests last, fsync every file and the
folder, rename it to `step-<step>`, fsync the parent. Whoever dies in between leaves a `.tmp-` folder that the next start
removes. The loader believes nothing: it checks every digest and falls back to the checkpoint before.

A checkpoint is self-contained (it carries the best weights so far as well) and holds no path, so it can be continued in another
folder or on another machine. safetensors and JSON only.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError
from safetensors.torch import load_file

from workers.contract.base import Value
from workers.contract.events import CheckpointSaved, Warned
from workers.contract.reasons import JobError
from workers.trainer.durable import fsync_folder, remove_unfinished, sha256_of, write_hashed
from workers.trainer.state import RunState
from workers.trainer.tensorfile import write_tensors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import torch

    from workers.trainer.events import EventStream

FOLDER = "checkpoints"
MANIFEST = "manifest.json"
SEARCH_STATE = "search.json"
"""What the checkpoint of a search has in place of a run's state."""
_COMMITTED = re.compile(r"^step-(\d+)$")
_WEIGHTS, _OPTIMIZER, _BEST, _METHOD, _AVERAGE, _STATE = (
    "weights.safetensors",
    "optimizer.safetensors",
    "best.safetensors",
    "method.safetensors",
    "average.safetensors",
    "state.json",
)
# What loading raises for files that are not what the manifest says, or not there.
_DAMAGED = (OSError, ValueError, KeyError)
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# Room that must be left besides the checkpoint itself, for events and for the rest of the machine.
_SPARE_BYTES = 16 * 1024 * 1024


class Manifest(Value):
    """The last file of a checkpoint: what belongs to it."""

    format_version: int = 1
    files: dict[str, str]


@dataclass(frozen=True)
class Snapshot:
    """A copy of everything that training stands on; nobody changes it any more."""

    state: RunState
    epoch: float
    weights: dict[str, torch.Tensor]
    optimizer: dict[str, torch.Tensor]
    num_updates: int
    best: dict[str, torch.Tensor] | None
    """None when these weights are the best ones, or when nothing was evaluated yet."""
    method: dict[str, torch.Tensor]
    """What the method keeps besides weights; mostly nothing."""
    average: dict[str, torch.Tensor]
    """Of the weights over steps, where one is asked for."""


class _StateFile(Value):
    state: RunState
    epoch: float
    num_updates: int


class CheckpointStore:
    """The checkpoints of one run. Writing happens on a thread of its own, one at a time."""

    def __init__(self, out_dir: Path, *, keep_last: int, events: EventStream, is_writing: bool = True) -> None:
        """Without `is_writing` checkpoints are read, and what is to be saved is another process's business."""
        self._is_writing = is_writing
        self._out_dir = out_dir
        self._folder = out_dir / FOLDER
        self._keep_last = keep_last
        self._events = events
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._in_flight: Future[None] | None = None
        self.last_step: int | None = None
        """Step of the newest checkpoint that is being written or is committed."""

    def load_newest(self) -> Snapshot | None:
        """The newest checkpoint that is whole. Damaged ones are removed with a warning, unfinished ones silently."""
        self._folder.mkdir(parents=True, exist_ok=True)
        remove_unfinished(self._folder)
        for step, path in reversed(list(self._committed())):
            try:
                snapshot = _load(path)
            except _DAMAGED as error:
                self._events.emit(
                    Warned(
                        code="checkpoint:damaged",
                        message=f"The checkpoint of step {step} is damaged ({error}); the one before is used.",
                        params={"step": step},
                    )
                )
                self._remove(path)
                continue
            self.last_step = step
            return snapshot
        return None

    def load(self, step: int) -> Snapshot:
        """The checkpoint of this step. Raises JobError `spec:invalid` where it is not there, or not whole."""
        field = "checkpointing.deliver_step"
        kept = dict(self._committed()) if self._folder.is_dir() else {}
        if step not in kept:
            told = f"those of the steps {', '.join(map(str, kept))}" if kept else "none at all"
            raise JobError(
                "spec:invalid",
                f"The output folder holds no checkpoint of step {step}, but {told}; name another step in {field}, or leave it out.",
                field=field,
            )
        try:
            snapshot = _load(kept[step])
        except _DAMAGED as error:
            raise JobError(
                "spec:invalid",
                f"The checkpoint of step {step} is damaged ({error}); name another step in {field}, or leave it out.",
                field=field,
            ) from error
        self.last_step = step
        return snapshot

    @property
    def is_busy(self) -> bool:
        return self._in_flight is not None and not self._in_flight.done()

    def save(self, snapshot: Snapshot) -> None:
        """Start writing, after what is in flight is done. Raises the error of an earlier write, `disk:full` above all."""
        self.wait()
        self.last_step = snapshot.state.step
        if not self._is_writing:
            return
        self._in_flight = self._writer.submit(self._commit, snapshot)

    def check(self) -> None:
        """Raise the error of a write that is over; does not wait."""
        if self._in_flight is not None and self._in_flight.done():
            self.wait()

    def wait(self) -> None:
        if self._in_flight is not None:
            in_flight, self._in_flight = self._in_flight, None
            in_flight.result()

    def close(self) -> None:
        self._writer.shutdown()

    def _commit(self, snapshot: Snapshot) -> None:
        step = snapshot.state.step
        unfinished = self._folder / f".tmp-{step}-{os.getpid()}"
        try:
            self._refuse_when_full(snapshot)
            unfinished.mkdir(parents=True)
            final = self._folder / f"step-{step}"
            committed = commit_checkpoint(unfinished, final, _write(unfinished, snapshot), events=self._events)
        except OSError as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            if error.errno in _NO_ROOM:
                raise _disk_full(step) from error
            raise
        self._events.emit(
            CheckpointSaved(
                step=step,
                epoch=snapshot.epoch,
                path=str(final.relative_to(self._out_dir)),
                manifest_sha256=committed.manifest_sha256,
                size_bytes=committed.size_bytes,
                is_best=snapshot.state.best_step == step,
            )
        )
        for _, path in list(self._committed())[: -self._keep_last]:
            self._remove(path)

    def _refuse_when_full(self, snapshot: Snapshot) -> None:
        parts = (snapshot.weights, snapshot.optimizer, snapshot.best or {}, snapshot.method, snapshot.average)
        tensors = [tensor for part in parts for tensor in part.values()]
        needed = sum(tensor.numel() * tensor.element_size() for tensor in tensors) + _SPARE_BYTES
        if shutil.disk_usage(self._folder).free < needed:
            raise _disk_full(snapshot.state.step, needed)

    def _committed(self) -> Iterator[tuple[int, Path]]:
        found = ((_COMMITTED.match(path.name), path) for path in self._folder.iterdir())
        return iter(sorted((int(match[1]), path) for match, path in found if match))

    def _remove(self, path: Path) -> None:
        # Renamed first, so that a half-removed checkpoint can never be taken for a whole one.
        doomed = path.with_name(f".tmp-removed-{path.name}-{os.getpid()}")
        path.rename(doomed)
        shutil.rmtree(doomed)


class OtherJobError(JobError):
    """The output folder holds the work of another job, which stays as it is."""


def refuse_other_spec(found_sha256: str, wanted_sha256: str) -> None:
    """Raises OtherJobError."""
    if found_sha256 != wanted_sha256:
        raise OtherJobError(
            "spec:invalid",
            "The output folder holds checkpoints of another spec; use an empty folder, or the spec that began here.",
        )


def spec_that_began(out_dir: Path) -> str | None:
    """Digest of the spec whose checkpoints, of a run or of a search, lie in an output folder; None where none says it."""
    for step in reversed(committed_steps(out_dir)):
        for name in (_STATE, SEARCH_STATE):
            with contextlib.suppress(OSError, ValueError, KeyError):
                document = json.loads((out_dir / FOLDER / f"step-{step}" / name).read_bytes())
                return str(document.get("state", document)["spec_sha256"])
    return None


def committed_steps(out_dir: Path) -> list[int]:
    """Steps of the checkpoints in an output folder, rising; by name alone."""
    folder = out_dir / FOLDER
    found = (_COMMITTED.match(path.name) for path in folder.iterdir()) if folder.is_dir() else iter(())
    return sorted(int(match[1]) for match in found if match)


def _disk_full(step: int, needed: int | None = None) -> JobError:
    return JobError(
        "disk:full",
        f"There is no room on the disk for the checkpoint of step {step}; the one before is intact. "
        "Make room, then resume.",
        step=step,
        needed_bytes=needed,
    )


@dataclass(frozen=True)
class Committed:
    manifest_sha256: str
    size_bytes: int


def commit_checkpoint(unfinished: Path, final: Path, files: dict[str, str], *, events: EventStream) -> Committed:
    """The end of the protocol, of durable files with these digests: the manifest, the folder, what was said until now, the name."""
    manifest_sha256 = write_hashed(unfinished / MANIFEST, Manifest(files=files).model_dump_json())
    size_bytes = sum(file.stat().st_size for file in unfinished.iterdir())
    fsync_folder(unfinished)
    events.sync()
    unfinished.rename(final)
    fsync_folder(final.parent)
    return Committed(manifest_sha256, size_bytes)


def read_manifest(folder: Path) -> Manifest:
    """Raises ValueError or OSError where it cannot be read."""
    try:
        return Manifest.model_validate(json.loads((folder / MANIFEST).read_bytes()))
    except ValidationError as error:
        raise ValueError("its manifest cannot be read") from error


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raises ValueError or OSError for a file that is not what the manifest says."""
    for name, sha256 in manifest.files.items():
        if sha256_of(folder / name) != sha256:
            raise ValueError(f"{name} has another sha256 than its manifest says")


def _write(folder: Path, snapshot: Snapshot) -> dict[str, str]:
    """Every file of a checkpoint but the manifest, with its sha256."""
    files = {
        _WEIGHTS: write_tensors(folder / _WEIGHTS, snapshot.weights),
        _OPTIMIZER: write_tensors(folder / _OPTIMIZER, snapshot.optimizer),
    }
    if snapshot.best is not None:
        files[_BEST] = write_tensors(folder / _BEST, snapshot.best)
    if snapshot.method:
        files[_METHOD] = write_tensors(folder / _METHOD, snapshot.method)
    if snapshot.average:
        files[_AVERAGE] = write_tensors(folder / _AVERAGE, snapshot.average)
    state = _StateFile(state=snapshot.state, epoch=snapshot.epoch, num_updates=snapshot.num_updates)
    files[_STATE] = write_hashed(folder / _STATE, state.model_dump_json())
    return files


def _load(folder: Path) -> Snapshot:
    """Raises ValueError (of which pydantic's is one), OSError or KeyError for anything but a whole checkpoint."""
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    state = _StateFile.model_validate_json((folder / _STATE).read_bytes())
    return Snapshot(
        state=state.state,
        epoch=state.epoch,
        weights=load_file(folder / _WEIGHTS),
        optimizer=load_file(folder / _OPTIMIZER),
        num_updates=state.num_updates,
        best=load_file(folder / _BEST) if _BEST in manifest.files else None,
        method=load_file(folder / _METHOD) if _METHOD in manifest.files else {},
        average=load_file(folder / _AVERAGE) if _AVERAGE in manifest.files else {},
    )
