"""Where a job runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workers.trainer.ranks import ALONE, Ranks

if TYPE_CHECKING:
    from pathlib import Path

    from workers.contract.results import SearchPart
    from workers.trainer.control import Control
    from workers.trainer.events import EventStream


@dataclass(frozen=True)
class Place:
    """Folders, the stream of events, the hand on the brake, what an hour costs, and which part of a search is done here."""

    out_dir: Path
    data_dir: Path
    events: EventStream
    control: Control
    ranks: Ranks = ALONE
    price_per_hour: float | None = None
    part: SearchPart | None = None
