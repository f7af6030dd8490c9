"""The life of a worker process: it registers, keeps one warm trainer, runs the jobs that it can claim, and leaves in good order."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from pathlib import Path

import structlog

from anneal.jobs.services.leases import LeaseLost, job_claim, job_fail, timing
from anneal.jobs.services.outages import PlatformAwayError, call
from anneal.jobs.services.workers import worker_heartbeat, worker_leave, worker_register
from workers.gpu.attempt import Attempt
from workers.gpu.cache import CacheLimits
from workers.gpu.child import Child, Spawner
from workers.gpu.hearing import Broker, Hearing
from workers.gpu.stage import Abandoned, WorkFolder

log = structlog.get_logger(__name__)
QUEUE = "gpu"
_TIDY_S = 600.0


class Supervisor:
    """One slot. `open`, then `run` for each wake message, then `stop` (from any thread) and `close`."""

    def __init__(self, *, work_root: Path, limits: CacheLimits) -> None:
        self.worker_id = uuid.uuid4()
        self._work = WorkFolder(work_root, self.worker_id, limits=limits)
        self._tidied_at = float("-inf")
        self._stopping = threading.Event()
        self._spawner = Spawner(self._work.temporary)
        self._warm: Child | None = None
        self._warm_lock = threading.Lock()
        self._busy = threading.Lock()
        self._pulse = threading.Thread(target=self._beat, daemon=True, name="worker-heartbeat")
        self._hearing: Hearing | None = None
        self._broker: Broker | None = None

    def open(self, broker: Broker) -> None:
        """Take a folder, give back what dead workers of this machine held, start the warm trainer, and say that we are there."""
        abandoned = self._work.open()
        self._warm_up()
        for attempt in abandoned:
            self._give_back(attempt)
        self._broker = broker
        self._hearing = Hearing(broker, is_busy=self._busy.locked, over=self._stopping)
        self._hearing.start()
        self._pulse.start()

    def hears(self) -> None:
        """A canary of this worker came back from the broker."""
        if self._hearing is not None:
            self._hearing.heard()

    def run(self, job_id: uuid.UUID) -> bool:
        """Run one attempt of a job to its end; False when it was not to be had. A wake message is only a hint."""
        with self._busy:
            if self._stopping.is_set():
                return False
            claim = call(job_claim, job_id=job_id, worker_id=self.worker_id)
            if claim is None:
                return False
            Attempt(claim=claim, work=self._work, stopping=self._stopping, child=self._take_child).run()
            if not self._stopping.is_set():
                self._warm_up()
        return True

    def stop(self) -> None:
        """Take no more jobs; the running one writes a checkpoint and is given back. May be called from a signal handler."""
        self._stopping.set()

    def close(self) -> None:
        """Wait for the running job, then leave nothing behind."""
        self.stop()
        with self._busy:
            if self._pulse.is_alive():
                self._pulse.join(timing().worker_heartbeat_s + 5)
            with self._warm_lock:
                if self._warm is not None:
                    self._warm.close()
                    self._warm = None
            try:
                call(worker_leave, worker_id=self.worker_id)
            except PlatformAwayError:
                log.info("worker.left_unheard")  # its heartbeats end anyway
            if self._broker is not None:
                self._broker.forget()
            self._work.close()

    def _give_back(self, abandoned: Abandoned) -> None:
        """Sooner than its lease would end: after a crash or a power cut the job goes on when the machine does."""
        params = {"worker_id": str(self.worker_id)}
        try:
            call(job_fail, job_id=abandoned.job_id, attempt=abandoned.attempt, code="worker:lost", params=params)
        except LeaseLost:
            return  # it had ended, or another worker has it by now
        except PlatformAwayError as error:
            log.warning(
                "attempt.not_given_back", error=str(error), job_id=str(abandoned.job_id)
            )  # the lease ends anyway
        else:
            log.info("attempt.given_back", job_id=str(abandoned.job_id), attempt=abandoned.attempt)

    def _warm_up(self) -> None:
        with self._warm_lock:
            if self._warm is None:
                self._warm = self._spawner.spawn()

    def _take_child(self) -> Child:
        with self._warm_lock:
            child, self._warm = self._warm, None
        if child is not None and child.is_alive:
            return child
        if child is not None:
            log.warning("trainer.died_while_waiting", exit_code=child.process.returncode, log=list(child.log)[-5:])
            child.close()
        return self._spawner.spawn()

    def _beat(self) -> None:
        is_registered = False
        while not self._stopping.is_set():
            try:
                if is_registered:
                    is_deaf = self._hearing is not None and self._hearing.is_deaf
                    call(worker_heartbeat, worker_id=self.worker_id, slots=0 if is_deaf else 1)
                else:
                    call(worker_register, worker_id=self.worker_id, host=socket.gethostname(), slots=1, queue=QUEUE)
                    is_registered = True
                    log.info("worker.registered", worker_id=str(self.worker_id))
            except LookupError:
                is_registered = False
                continue
            except PlatformAwayError as error:
                log.warning("database.unavailable", error=str(error))
            except Exception:
                log.exception("worker.heartbeat_failed")
            self._tidy()
            self._stopping.wait(timing().worker_heartbeat_s)

    def _tidy(self) -> None:
        """A worker without jobs lets go of data as well."""
        if time.monotonic() - self._tidied_at < _TIDY_S:
            return
        self._tidied_at = time.monotonic()
        try:
            self._work.cache.tidy()
        except OSError:
            log.exception("cache.not_tidied")
