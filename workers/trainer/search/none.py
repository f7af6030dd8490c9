"""No search: the spec is the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.trainer.build import build_run
from workers.trainer.comparison import finish

if TYPE_CHECKING:
    from workers.contract.spec import JobSpec, NoSearch
    from workers.trainer.events import EventStream
    from workers.trainer.parts import Run
    from workers.trainer.place import Place
    from workers.trainer.ranks import Ranks


class SingleRun:
    def __init__(self, spec: NoSearch) -> None:
        self.spec = spec

    def conduct(self, spec: JobSpec, place: Place) -> int:
        def opened(events: EventStream, ranks: Ranks) -> Run:
            with ranks.first_alone():
                return build_run(
                    spec,
                    out_dir=place.out_dir,
                    data_dir=place.data_dir,
                    events=events,
                    control=place.control,
                    ranks=ranks,
                )

        return finish(spec, place, opened, cache=place.out_dir / "cache")
