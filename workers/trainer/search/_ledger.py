"""The record of a search: which trials there were, which is the best, and the checkpoints that make it survive a kill."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from pydantic import ValidationError

from workers.contract.base import Value
from workers.contract.events import CheckpointSaved, Started, Warned
from workers.contract.reasons import JobError
from workers.contract.results import TrialRecord
from workers.trainer.checkpoint import (
    FOLDER,
    SEARCH_STATE,
    check_files,
    commit_checkpoint,
    committed_steps,
    read_manifest,
    refuse_other_spec,
)
from workers.trainer.durable import publish_folder, remove_unfinished, sha256_of, write_hashed

if TYPE_CHECKING:
    from pathlib import Path

    from workers.contract.results import SearchPart
    from workers.contract.spec import JobSpec
    from workers.trainer.place import Place

_BEST_PREFIX = "best-"
_KEPT = 2


class _StateFile(Value):
    """What a search checkpoint says besides the files of the best trial."""

    spec_sha256: str
    history: tuple[TrialRecord, ...]
    metric: str
    is_lower_better: bool
    best_step: int | None
    """Step of the best trial's final checkpoint, whose files lie beside this one."""
    job_seconds: float = 0.0
    """Working time of the search up to here, of all attempts."""
    told: tuple[str, ...] = ()
    """What trials have said of the data, each as JSON."""


class Ledger:
    """`history` grows by one record per trial; everything else follows from it."""

    def __init__(self, spec: JobSpec, place: Place) -> None:
        self._spec_sha256 = spec.sha256()
        self._place = place
        self._checkpoints = place.out_dir / FOLDER
        self.cache = place.out_dir / "cache"
        self.history: list[TrialRecord] = []
        self.metric = ""
        self.is_lower_better = False
        self._told: list[str] = []
        self._started: Started | None = None
        self._num_trials = 0

    @classmethod
    def open(cls, spec: JobSpec, place: Place) -> Ledger:
        """The record as far as it was committed. Raises JobError for a folder of another job."""
        ledger = cls(spec, place)
        ledger._checkpoints.mkdir(parents=True, exist_ok=True)
        remove_unfinished(ledger._checkpoints)
        for step in reversed(committed_steps(place.out_dir)):
            folder = ledger._checkpoints / f"step-{step}"
            try:
                state = _read(folder)
            except (OSError, ValueError) as error:
                place.events.emit(
                    Warned(
                        code="checkpoint:damaged",
                        message=f"The record of {step} trials is damaged ({error}); the one before is used.",
                        params={"step": step},
                    )
                )
                shutil.rmtree(folder)
                for number in (step - 1, step):  # The last trial that it knew, and the one after it.
                    shutil.rmtree(ledger.folder(number), ignore_errors=True)
                continue
            ledger._take_up(folder, state)
            break
        if not ledger.is_trial_under_way:
            place.events.rewind_to_checkpoint(len(ledger.history))
        return ledger

    @classmethod
    def of_part(cls, spec: JobSpec, place: Place, part: SearchPart) -> Ledger:
        """The record that a part of a search was given, whose best trial lies in its folder already."""
        ledger = cls(spec, place)
        ledger.history = list(part.history)
        ledger.metric, ledger.is_lower_better = part.metric, part.is_lower_better
        return ledger

    def _take_up(self, folder: Path, state: _StateFile) -> None:
        refuse_other_spec(state.spec_sha256, self._spec_sha256)
        self.history = list(state.history)
        self.metric, self.is_lower_better = state.metric, state.is_lower_better
        self._told = list(state.told)
        self._place.control.count_from(state.job_seconds)
        best = self.best
        if best is None or state.best_step is None:
            return
        # Whatever lies there: a kill may have come while it was written, or removed for a better one that nobody has heard of.
        target = self.folder(best.number) / FOLDER / f"step-{state.best_step}"
        unfinished = target.with_name(f".tmp-{target.name}")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for file in folder.glob(f"{_BEST_PREFIX}*"):
            shutil.copyfile(file, unfinished / file.name.removeprefix(_BEST_PREFIX))
        publish_folder(unfinished, target)

    # --- what is known

    @property
    def best(self) -> TrialRecord | None:
        """The complete trial with the highest value, the first of several."""
        complete = [record for record in self.history if record.state == "complete" and record.value is not None]
        return max(complete, key=lambda record: (record.value, -record.number), default=None)

    @property
    def seconds(self) -> float:
        return sum(record.seconds for record in self.history)

    @property
    def is_trial_under_way(self) -> bool:
        """Whether the next trial was cut off behind a checkpoint of its own, and goes on from there."""
        return bool(committed_steps(self.folder(len(self.history))))

    def folder(self, number: int) -> Path:
        """Where a trial runs."""
        return self._place.out_dir / "trials" / str(number)

    def learnt_metric(self, name: str, *, is_lower_better: bool) -> None:
        self.metric, self.is_lower_better = name, is_lower_better

    # --- what is told

    def announce_start(self, num_trials: int) -> None:
        self._num_trials = num_trials

    def announce_run(self, started: Started) -> None:
        """The first trial's plan, told as the search's: its steps are trials."""
        if self._started is None:
            self._started = started.model_copy(
                update={
                    "resumed_from_step": len(self.history),
                    "total_steps": self._num_trials,
                    "steps_per_epoch": 1,
                    "resolved": (),
                }
            )
            self._place.events.emit(self._started)

    def is_news(self, warning: Warned) -> bool:
        """False of what an earlier trial has said of the same data."""
        if not warning.code.startswith("data:"):
            return True
        said = warning.model_dump_json()
        if said in self._told:
            return False
        self._told.append(said)
        return True

    @property
    def num_trials(self) -> int:
        return self._num_trials

    # --- what is kept

    def add(self, record: TrialRecord) -> bool:
        """Whether it is the best so far; the folders of trials that are not are removed."""
        before = self.best
        self.history.append(record)
        is_best = self.best is record
        doomed = record if not is_best else before
        if doomed is not None:
            shutil.rmtree(self.folder(doomed.number), ignore_errors=True)
        return is_best

    def commit(self) -> None:
        """Make the history and the best trial's final checkpoint durable as one checkpoint."""
        step = len(self.history)
        unfinished = self._checkpoints / f".tmp-{step}-{os.getpid()}"
        unfinished.mkdir(parents=True)
        files: dict[str, str] = {}
        best_step = self._link_best(unfinished, files)
        state = _StateFile(
            spec_sha256=self._spec_sha256,
            history=tuple(self.history),
            metric=self.metric,
            is_lower_better=self.is_lower_better,
            best_step=best_step,
            job_seconds=self._place.control.seconds,
            told=tuple(self._told),
        )
        files[SEARCH_STATE] = write_hashed(unfinished / SEARCH_STATE, state.model_dump_json())
        final = self._checkpoints / f"step-{step}"
        committed = commit_checkpoint(unfinished, final, files, events=self._place.events)
        self._place.events.emit(
            CheckpointSaved(
                step=step,
                epoch=float(step),
                path=str(final.relative_to(self._place.out_dir)),
                manifest_sha256=committed.manifest_sha256,
                size_bytes=committed.size_bytes,
                is_best=self.best is self.history[-1],
            )
        )
        for old in committed_steps(self._place.out_dir)[:-_KEPT]:
            shutil.rmtree(self._checkpoints / f"step-{old}")

    def _link_best(self, folder: Path, files: dict[str, str]) -> int | None:
        best = self.best
        if best is None:
            return None
        step = committed_steps(self.folder(best.number))[-1]
        source = self.folder(best.number) / FOLDER / f"step-{step}"
        for file in sorted(source.iterdir()):
            name = f"{_BEST_PREFIX}{file.name}"
            (folder / name).hardlink_to(file)
            files[name] = sha256_of(file)
        return step


def _read(folder: Path) -> _StateFile:
    """Raises ValueError (of which pydantic's is one) or OSError for anything but a whole checkpoint of a search."""
    manifest = read_manifest(folder)
    if SEARCH_STATE not in manifest.files:
        raise JobError(
            "spec:invalid",
            "The output folder holds checkpoints of a single run; use an empty folder, or the spec that began here.",
        )
    check_files(folder, manifest)
    try:
        return _StateFile.model_validate_json((folder / SEARCH_STATE).read_bytes())
    except ValidationError as error:
        raise ValueError("its record cannot be read") from error
