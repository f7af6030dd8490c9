"""No search: the spec is the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.trainer.place import run_whole

if TYPE_CHECKING:
    from workers.contract.spec import JobSpec, NoSearch
    from workers.trainer.place import Place


class SingleRun:
    def __init__(self, spec: NoSearch) -> None:
        self.spec = spec

    def conduct(self, spec: JobSpec, place: Place) -> int:
        return run_whole(spec, place)
