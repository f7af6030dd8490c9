"""Every interval of the job machinery, in one place. The defaults are those of a server; the environment can shrink them for tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache


@dataclass(frozen=True)
class Timing:
    """Seconds. `ANNEAL_LEASE_SECONDS=2` sets `lease_s`, and so on for every field."""

    heartbeat_s: float = 10.0
    lease_s: float = 60.0
    fence_s: float = 45.0  # without a renewal for this long a worker stops stepping
    reaper_s: float = 10.0
    tick_s: float = 0.5
    redispatch_s: float = 10.0  # a hint that nobody followed is given again
    worker_heartbeat_s: float = 5.0
    worker_gone_s: float = 20.0
    deaf_s: float = (
        30.0  # an idle worker that hears nothing of its broker for this long takes no job, and consumes anew
    )
    grace_s: float = 60.0  # between SIGTERM and SIGKILL of a trainer
    stall_s: float = 120.0
    hold_s: float = 300.0  # how long the reaper waits when many leases expire at once
    retry_base_s: float = 1.0
    retry_max_s: float = 60.0
    half_life_s: float = 7 * 86_400.0
    short_job_s: float = 600.0

    def __post_init__(self) -> None:
        if not self.heartbeat_s < self.fence_s < self.lease_s:
            raise ValueError(
                "ANNEAL_HEARTBEAT_SECONDS < ANNEAL_FENCE_SECONDS < ANNEAL_LEASE_SECONDS must hold, else a worker works on "
                "without its lease"
            )


def timing_read(variables: Mapping[str, str]) -> Timing:
    """The intervals of an environment. Raises ValueError with what to change."""
    given: dict[str, float] = {}
    for field in fields(Timing):
        name = f"ANNEAL_{field.name.removesuffix('_s').upper()}_SECONDS"
        if variables.get(name):
            try:
                given[field.name] = float(variables[name])
            except ValueError as error:
                raise ValueError(f"{name}: give a number of seconds, not {variables[name]!r}") from error
            if not given[field.name] > 0:
                raise ValueError(f"{name}: give a number of seconds above 0")
    return Timing(**given)


@cache
def timing() -> Timing:
    """This process's intervals; the start ends here when one is bad."""
    try:
        return timing_read(os.environ)
    except ValueError as error:
        sys.exit(f"Anneal cannot start:\n{error}")
