"""One attempt of one job: everything between the claim and the end of the lease. State of a run lives in the run's object.

Five threads look at it: this one pumps events and decides, a second renews the lease, a third stops the trainer when that does not
succeed in time, a fourth watches what the trainer takes of the machine, and the child's readers fill queues. A sixth stores a checkpoint
while this one obeys wishes. Only this one writes reports.
"""

from __future__ import annotations

import json
import queue
import shutil
import signal
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog
from pydantic import ValidationError

from anneal.jobs.services.files import DiskFullError, attempt_prefix, file_upload, folder_upload, prefixes_delete
from anneal.jobs.services.leases import (
    Claim,
    LeaseLost,
    job_fail,
    job_finalizing,
    job_finish,
    job_release,
    job_started,
    job_warn,
    timing,
    trial_finish,
)
from anneal.jobs.services.outages import PlatformAwayError, call
from anneal.jobs.services.reports import checkpoint_commit, checkpoint_prune, phase_write
from anneal.jobs.services.side_by_side import trial_begin
from anneal.jobs.services.trials import trial_write
from workers.contract.events import (
    EXIT_STOPPED,
    CheckpointSaved,
    Evaluated,
    Event,
    Exported,
    Failed,
    Finished,
    Metrics,
    PhaseChanged,
    Progress,
    Start,
    Started,
    Stopped,
    TrialBegan,
    TrialEnded,
    Warned,
    event_from_json,
)
from workers.contract.reasons import REASONS
from workers.contract.results import SEARCH_REPORT
from workers.contract.spec import JobSpec, NoSearch
from workers.contract.states import Desired
from workers.gpu.child import END, Child
from workers.gpu.lease import Lease
from workers.gpu.sink import Sink
from workers.gpu.stage import DamagedCheckpointError, Staged, WorkFolder
from workers.gpu.usage import UsageWatch

log = structlog.get_logger(__name__)
_Stored = TypeVar("_Stored")
_POLL_S: Final = 0.1
_EXIT_S: Final = 30.0
_RETRY_S: Final = 0.5
_STORE_TRIES: Final = 3
_MEDIAN_OF: Final = 50
_STALL_STEPS: Final = 5
# Outside of the steps (reading data, evaluating, exporting) there is less to hear, so more patience.
_STALL_OTHER: Final = 10


class Attempt:
    """Runs one claim to its end. `stopping` is set when the whole worker has to stop."""

    def __init__(
        self, *, claim: Claim, work: WorkFolder, stopping: threading.Event, child: Callable[[], Child]
    ) -> None:
        self._claim = claim
        self._ids: dict[str, Any] = {"job_id": claim.job_id, "attempt": claim.attempt}
        self._logger = log.bind(job_id=str(claim.job_id), attempt=claim.attempt)
        self._work = work
        self._stopping = stopping
        self._get_child = child
        self._spec = JobSpec.model_validate_json(claim.spec_json)
        self._is_trial = claim.part is not None and claim.part.trial is not None
        self._is_search = not self._is_trial and not isinstance(self._spec.search, NoSearch)
        self._sink = Sink(claim.job_id, claim.attempt, is_search=self._is_search)
        self._lease = Lease(claim)
        self._claimed_at = time.monotonic()
        self._usage: UsageWatch | None = None
        self._step = claim.checkpoint.step if claim.checkpoint else 0
        self._stored_step = self._step
        self._phase = "loading"
        self._silent_s = 0.0
        self._step_seconds: deque[float] = deque(maxlen=_MEDIAN_OF)
        self._stepped_at: float | None = None
        self._paced_step = 0
        self._asked_at: float | None = None
        self._evaluation: Evaluated | None = None
        self._exports: list[Exported] = []
        self._failed: Failed | None = None
        self._finished: Finished | None = None
        self._trial: TrialEnded | None = None
        self._stopped: Stopped | None = None
        self._prefix = attempt_prefix(tenant_id=claim.tenant_id, job_id=claim.job_id, attempt=claim.attempt)

    def run(self) -> None:
        """From the claim to the end of the lease, whatever happens; the only thing not handled is our own death."""
        self._lease.start()
        staged: Staged | None = None
        child: Child | None = None
        try:
            staged = self._work.stage(self._claim)
            child = self._start(staged)
            self._pump(child, staged)
            self._settle(child, staged)
        except LeaseLost:
            self._logger.warning("attempt.fenced_off")
        except DiskFullError as error:
            self._fail("disk:full", str(error))
        except DamagedCheckpointError as error:
            self._logger.exception("attempt.damaged_checkpoint")
            self._fail("platform:checkpoint_damaged", str(error), checkpoint=str(error.checkpoint_id))
        except (FileNotFoundError, ValueError) as error:
            # Only staging raises these: a stored file is gone or is not what it was.
            self._logger.exception("attempt.damaged_input")
            self._fail("data:damaged", str(error))
        except OSError as error:
            self._logger.exception("attempt.storage_failed")
            self._fail("platform:storage", str(error))
        except Exception as error:
            self._logger.exception("attempt.failed")
            self._fail("platform:internal", type(error).__name__)
        finally:
            self._lease.end()
            if self._usage is not None:
                self._usage.end()
            if child is not None:
                child.close()
            if staged is not None:
                self._work.drop(staged)

    def _start(self, staged: Staged) -> Child:
        child = self._get_child()
        self._lease.hold_on_to(child)
        # Trials of a search run side by side, each on a machine of its own, and its page shows one.
        if not self._is_trial:
            self._usage = UsageWatch(child.process.pid, ran_s=self._claim.ran_s + time.monotonic() - self._claimed_at)
            self._usage.start()
        try:
            child.start(
                Start(
                    spec_path=str(staged.spec_path),
                    out_dir=str(staged.out_dir),
                    data_dir=str(staged.data_dir),
                    price_per_hour=self._claim.price_per_hour,
                    halvings=self._claim.memory_kills,
                    part_path=str(staged.part_path) if staged.part_path else None,
                )
            )
        except OSError:
            self._logger.warning("trainer.gone_before_start")  # its events end at once: a crash
        return child

    # --- while it runs

    def _pump(self, child: Child, staged: Staged) -> None:
        while True:
            if self._lease.is_lost:
                child.kill()
                raise LeaseLost
            self._obey(child)
            if self._usage is not None:
                self._sink.usage(self._usage.take())
            try:
                line = child.events.get(timeout=_POLL_S)
            except queue.Empty:
                self._silent_s += _POLL_S
                self._watch(child)
                self._sink.flush_if_due()
                self._sink.log(list(child.log))
                continue
            if line is END:
                return
            self._hear(line, child, staged)
            self._sink.flush_if_due()

    def _hear(self, line: bytes, child: Child, staged: Staged) -> None:
        try:
            event = event_from_json(line)
        except ValidationError:
            self._logger.warning("trainer.event_unreadable", line=line[:200].decode(errors="replace"))
            return
        self._silent_s = 0.0
        self._take(event, child, staged)

    def _take(self, event: Event, child: Child, staged: Staged) -> None:  # noqa: C901, PLR0912 - one line for each kind of event
        match event:
            case Started():
                self._step = event.resumed_from_step
                self._persist(job_started, started=event)
            case PhaseChanged():
                self._phase = event.phase
                self._stepped_at = None
                self._sink.phase(event.phase)
                if not self._is_search:  # whose trials go through these again and again
                    self._persist(phase_write, phase=event.phase)
                if event.phase == "exporting":
                    self._flush()
                    self._persist(job_finalizing)
            case Progress():
                self._step = max(self._step, event.step)
                if not self._is_search:
                    self._note_pace(event.step)
                self._sink.progress(event)
            case Metrics():
                if not self._is_search:
                    self._step = max(self._step, event.step)
                self._note_pace(event.step)
                self._sink.metrics(event)
            case TrialBegan():
                self._persist(trial_begin, trial=event)
            case TrialEnded() if self._is_trial:
                self._trial = event
            case TrialEnded():
                self._flush()
                self._step = max(self._step, event.number + 1)
                self._persist(trial_write, trial=event)
            case CheckpointSaved():
                self._flush()
                self._store_checkpoint(event, child, staged)
            case Warned():
                self._persist(job_warn, code=event.code, message=event.message, params=event.params)
            case Evaluated():
                self._evaluation = event
            case Exported():
                self._exports.append(event)
            case Failed():
                self._failed = event
            case Stopped():
                self._stopped = event
            case Finished():
                self._finished = event
            case _:
                self._logger.debug("trainer.said", type=event.type)

    def _note_pace(self, step: int) -> None:
        """How long a step takes. Each trial of a search counts its own from 1, while the job's steps are the trials."""
        now = time.monotonic()
        is_new_trial = self._is_search and step < self._paced_step
        if self._stepped_at is None or is_new_trial:
            self._stepped_at, self._paced_step = now, step
        elif step > self._paced_step:
            self._step_seconds.append((now - self._stepped_at) / (step - self._paced_step))
            self._stepped_at, self._paced_step = now, step

    def _obey(self, child: Child) -> None:
        """Ask the trainer to stop when somebody wants it to, and end it when the grace is over."""
        desired = next((wish for wish in (self._sink.desired, self._lease.desired) if wish != Desired.RUN), Desired.RUN)
        if self._asked_at is None and (desired != Desired.RUN or self._stopping.is_set()):
            self._asked_at = time.monotonic()
            child.signal(signal.SIGTERM)
        elif self._asked_at is not None and time.monotonic() - self._asked_at > timing().grace_s:
            self._logger.warning("trainer.grace_over")
            child.kill()

    def _watch(self, child: Child) -> None:
        """Kill a trainer that makes no progress: no step for the longer of five usual steps and `stall_s`.

        Only the time in which this thread listened to it counts, not that in which it stored a checkpoint or waited for the database.
        """
        if self._lease.is_fenced:
            self._silent_s = 0.0
            return
        limit_s = timing().stall_s
        if self._phase == "training":
            usual_s = statistics.median(self._step_seconds) if self._step_seconds else 0.0
            limit_s = max(_STALL_STEPS * usual_s, limit_s)
        else:
            limit_s *= _STALL_OTHER
        if self._silent_s > limit_s:
            self._logger.warning("trainer.stalled", step=self._step)
            child.kill()
            self._failed = Failed(code="worker:stalled", message=f"no progress for {limit_s:.0f} s")

    def _meanwhile(self, child: Child, work: Callable[[], _Stored]) -> _Stored:
        """Do what may take minutes while wishes are obeyed. Raises what `work` raises; a lease that was lost ends the next write."""
        with ThreadPoolExecutor(1, thread_name_prefix="store") as aside:
            stored = aside.submit(work)
            while not wait([stored], timeout=_POLL_S).done:
                if self._lease.is_lost:
                    child.kill()
                self._obey(child)
            return stored.result()

    def _store_checkpoint(self, event: CheckpointSaved, child: Child, staged: Staged) -> None:
        prefix = f"{self._prefix}/checkpoints/{event.step}"
        snapshot = staged.folder / f"upload-{event.step}"
        try:
            # The trainer removes old checkpoints in its own time; links keep this one whole until it is stored.
            _link_tree(staged.out_dir / event.path, snapshot)
            files = self._meanwhile(child, lambda: folder_upload(folder=snapshot, prefix=prefix))
        except FileNotFoundError:
            self._logger.info("checkpoint.superseded", step=event.step)
            return
        except DiskFullError:
            raise
        except OSError:
            # The run goes on; the next checkpoint tries again, and this one's files lie where nobody looks.
            self._logger.exception("checkpoint.not_stored", step=event.step)
            return
        finally:
            shutil.rmtree(snapshot, ignore_errors=True)
        self._persist(
            checkpoint_commit,
            step=event.step,
            epoch=event.epoch,
            key_prefix=prefix,
            files=files,
            manifest_sha256=event.manifest_sha256,
            is_best=event.is_best,
        )
        self._stored_step = event.step
        prefixes_delete(self._persist(checkpoint_prune, keep_last=self._spec.checkpointing.keep_last))

    # --- when it has ended

    def _settle(self, child: Child, staged: Staged) -> None:
        code = child.wait_exit(_EXIT_S)
        self._flush()
        self._persist_log(child)
        if self._failed is not None:
            params = {**self._failed.params, "detail": self._failed.message}
            reason = self._failed.code if self._failed.code in REASONS else "platform:internal"
            self._persist(job_fail, code=reason, params=params, step=self._step)
        elif self._finished is not None and self._trial is not None:
            self._end_trial(self._trial)
        elif self._finished is not None and self._evaluation is not None and self._exports:
            self._publish(staged, self._finished, self._evaluation)
        elif self._stopped is not None or code == EXIT_STOPPED or self._asked_at is not None:
            self._persist(job_release)
        elif code == -signal.SIGKILL and child.is_out_of_memory:
            self._persist(
                job_fail, code="memory:exhausted", params={"step": self._step, "killed": True}, step=self._step
            )
        else:
            params = {"exit_code": code, "step": self._step, "detail": _last_words(child)}
            self._persist(job_fail, code="worker:crashed", params=params, step=self._step)

    def _end_trial(self, trial: TrialEnded) -> None:
        """The delivery starts from the last checkpoint, so a complete trial without it in the store is not over."""
        if trial.state == "complete" and self._stored_step < trial.steps:
            params = {"detail": f"the checkpoint of step {trial.steps} was not stored"}
            self._persist(job_fail, code="platform:storage", params=params, step=self._step)
            return
        prefixes_delete(self._persist(trial_finish, trial=trial))

    def _publish(self, staged: Staged, finished: Finished, evaluated: Evaluated) -> None:
        self._persist(job_finalizing)
        document = json.loads((staged.out_dir / evaluated.path).read_text())
        rows_key = self._store_rows(staged.out_dir, evaluated)
        artifacts = [
            {
                "kind": export.kind,
                "files": [vars(file) for file in self._store_folder(staged.out_dir / export.path, export.kind)],
            }
            for export in self._exports
        ]
        search = json.loads((staged.out_dir / SEARCH_REPORT).read_text()) if self._is_search else None
        self._persist(
            job_finish,
            step=finished.step,
            evaluation=document,
            artifacts=artifacts,
            search=search,
            row_figures_key=rows_key,
        )

    def _store_folder(self, folder: Path, name: str) -> list[Any]:
        return self._stored(lambda: list(folder_upload(folder=folder, prefix=f"{self._prefix}/artifacts/{name}")))

    def _store_rows(self, out_dir: Path, evaluated: Evaluated) -> str:
        """The key of what was found of single rows; empty where there is nothing of the kind."""
        if evaluated.rows_path is None:
            return ""
        key, path = f"{self._prefix}/rows.json", out_dir / evaluated.rows_path
        self._stored(lambda: file_upload(path=path, key=key))
        return key

    def _stored(self, write: Callable[[], _Stored]) -> _Stored:
        for num_try in range(1, _STORE_TRIES + 1):
            try:
                return write()
            except DiskFullError:
                raise
            except OSError:
                if num_try == _STORE_TRIES:
                    raise
                self._logger.warning("artifact.not_stored", num_try=num_try)
                self._stopping.wait(_RETRY_S * num_try)
        raise AssertionError("the last try returns or raises")

    # --- writes that wait for the database to come back

    def _persist(self, function: Callable[..., Any], **arguments: Any) -> Any:
        return self._patiently(lambda: call(function, **self._ids, **arguments))

    def _flush(self) -> None:
        self._patiently(self._sink.flush)

    def _patiently(self, write: Callable[[], Any]) -> Any:
        """Say it until the database has heard it; stop when the lease is lost, or when the worker must stop and cannot say it."""
        while True:
            try:
                return write()
            except PlatformAwayError as error:
                if self._lease.is_lost or self._stopping.is_set():
                    raise LeaseLost("the database is away, and there is no time left") from error
                time.sleep(_RETRY_S)

    def _persist_log(self, child: Child) -> None:
        self._sink.log(list(child.log), is_last=True)

    def _fail(self, code: str, detail: str, **params: str) -> None:
        try:
            self._persist(job_fail, code=code, params={"detail": detail[:1000], **params}, step=self._step)
        except LeaseLost:
            self._logger.warning("attempt.fenced_off")
        except Exception:
            # Left to the reaper: the lease ends by itself.
            self._logger.exception("attempt.not_reported", code=code)


def _link_tree(source: Path, target: Path) -> None:
    """A second name for every file of a folder. Raises FileNotFoundError when the folder goes away meanwhile."""
    for path in sorted(source.rglob("*")):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.hardlink_to(path)
    if not target.is_dir():
        raise FileNotFoundError(source)


def _last_words(child: Child) -> str:
    lines = [line for line in child.log if line.strip()]
    return lines[-1][:500] if lines else ""
