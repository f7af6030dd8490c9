"""No search: the spec is the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.contract.spec import JobSpec, NoSearch


class SingleRun:
    def __init__(self, spec: NoSearch) -> None:
        self.spec = spec

    def conduct(self, spec: JobSpec, run_trial: Callable[[JobSpec], None]) -> None:
        run_trial(spec)
