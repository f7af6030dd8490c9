"""How many runs are made of one spec. A new search is one file here and one line in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from workers.trainer.search.none import SingleRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.contract.spec import JobSpec


class Search(Protocol):
    def conduct(self, spec: JobSpec, run_trial: Callable[[JobSpec], None]) -> None:
        """Call `run_trial` for every spec that is tried."""


SEARCHES: dict[str, Any] = {"none": SingleRun}


def build_search(spec: Any) -> Search:
    search: Search = SEARCHES[spec.type](spec)
    return search
