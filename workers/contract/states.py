"""Where a job is, and the moves that are allowed, as data.

*State* says where; *reason* (`workers.contract.reasons`) says why. `desired` is what the customer wants, delivered to the
worker by the heartbeat. No code moves a job along a pair that is not in `MOVES`.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    VALIDATING = "validating"
    SEARCHING = "searching"  # the trials of a search run side by side, each as a job of its own
    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    FINALIZING = "finalizing"
    SUCCEEDED = "succeeded"
    PAUSED = "paused"
    RETRY_WAIT = "retry_wait"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Desired(StrEnum):
    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"


TERMINAL = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})
# A worker holds a lease exactly in these states.
LEASED = frozenset({State.STARTING, State.RUNNING, State.FINALIZING})

_FROM_LEASE = {State.QUEUED, State.RETRY_WAIT, State.PAUSED, State.FAILED, State.CANCELLED}

MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.VALIDATING, State.CANCELLED}),
    State.VALIDATING: frozenset({State.QUEUED, State.SEARCHING, State.FAILED, State.CANCELLED}),
    State.SEARCHING: frozenset({State.QUEUED, State.PAUSED, State.FAILED, State.CANCELLED}),
    State.QUEUED: frozenset({State.STARTING, State.PAUSED, State.FAILED, State.CANCELLED}),
    State.STARTING: frozenset({State.RUNNING} | _FROM_LEASE),
    State.RUNNING: frozenset({State.FINALIZING} | _FROM_LEASE),
    State.FINALIZING: frozenset({State.SUCCEEDED} | _FROM_LEASE),
    State.RETRY_WAIT: frozenset({State.QUEUED, State.PAUSED, State.FAILED, State.CANCELLED}),
    State.PAUSED: frozenset({State.QUEUED, State.SEARCHING, State.CANCELLED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}


def is_allowed(frm: State, to: State) -> bool:
    """Whether a job may move from `frm` to `to`."""
    return to in MOVES[frm]
