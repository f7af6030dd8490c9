"""The lease of one attempt: kept as long as its job is ours, and the end of the trainer's work when that is not sure any more."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any, Final

import structlog

from anneal.jobs.services.leases import Claim, LeaseLost, job_heartbeat, timing
from anneal.jobs.services.outages import PlatformAwayError, call
from workers.contract.states import Desired
from workers.gpu.child import Child

log = structlog.get_logger(__name__)
_END_S: Final = 30.0


class Lease(threading.Thread):
    """Renews the lease. After `fence_s` without a renewal the trainer is held (SIGSTOP) until one succeeds or the lease is lost.

    A thread of its own looks at that, which asks nobody but the clock: a database that is silent answers no call, not even with an error.
    """

    def __init__(self, claim: Claim) -> None:
        super().__init__(daemon=True, name="lease")
        self._ids: dict[str, Any] = {"job_id": claim.job_id, "attempt": claim.attempt}
        self._logger = log.bind(job_id=str(claim.job_id), attempt=claim.attempt)
        self._over = threading.Event()
        self._fencing = threading.Lock()
        self._guard = threading.Thread(target=self._guard_on, daemon=True, name="lease-guard")
        self._renewed_at = time.monotonic()
        self._child: Child | None = None
        self.is_lost = False
        self.is_fenced = False
        self.desired = Desired.RUN

    def run(self) -> None:
        self._guard.start()
        pause_s = timing().heartbeat_s
        while not self._over.wait(pause_s):
            asked_at = time.monotonic()
            try:
                self.desired = call(job_heartbeat, **self._ids)
            except LeaseLost:
                self.is_lost = True
                return
            except PlatformAwayError:
                is_renewed = False
            except Exception:
                self._logger.exception("lease.renewal_failed")
                is_renewed = False
            else:
                is_renewed = self._note_renewal(asked_at)
            pause_s = timing().heartbeat_s if is_renewed else min(1.0, timing().heartbeat_s / 4)

    def hold_on_to(self, child: Child) -> None:
        """The trainer that stands and falls with the lease."""
        with self._fencing:
            self._child = child
            if self.is_fenced:
                child.signal(signal.SIGSTOP)

    def end(self) -> None:
        self._over.set()
        self.join(_END_S)

    def _guard_on(self) -> None:
        while not self._over.wait(min(1.0, timing().fence_s / 10)):
            self._fence_if_due()

    def _fence_if_due(self) -> None:
        with self._fencing:
            if not self.is_fenced and time.monotonic() - self._renewed_at > timing().fence_s:
                self.is_fenced = True
                self._logger.warning("lease.fenced")
                if self._child is not None:
                    self._child.signal(signal.SIGSTOP)

    def _note_renewal(self, asked_at: float) -> bool:
        """As of when it was asked for: the database may have answered long before we heard it. False when that is too long ago."""
        with self._fencing:
            self._renewed_at = asked_at
            if time.monotonic() - asked_at > timing().fence_s:
                return False
            if self.is_fenced:
                self.is_fenced = False
                self._logger.info("lease.renewed")
                if self._child is not None:
                    self._child.signal(signal.SIGCONT)
        return True
