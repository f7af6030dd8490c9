"""How many runs are made of one spec. A new search is one file here and one line in the table; `_trials` is what searches share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from workers.trainer.search.grid import Grid
from workers.trainer.search.none import SingleRun
from workers.trainer.search.parzen import Parzen
from workers.trainer.search.randomised import Randomised

if TYPE_CHECKING:
    from workers.contract.spec import JobSpec
    from workers.trainer.place import Place


class Search(Protocol):
    def conduct(self, spec: JobSpec, place: Place) -> int:
        """Make the runs, deliver the best; steps of the delivered run."""


SEARCHES: dict[str, Any] = {"none": SingleRun, "grid": Grid, "random": Randomised, "optuna": Parzen}


def build_search(spec: JobSpec) -> Search:
    search: Search = SEARCHES[spec.search.type](spec.search)
    return search
