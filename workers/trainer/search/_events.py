"""What a trial says, told in the words of its search: curves carry the trial's number, progress counts trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.contract.events import (
    CheckpointSaved,
    Event,
    Metrics,
    Progress,
    Started,
    Warned,
    trial_curve,
)
from workers.trainer.events import PassingStream

if TYPE_CHECKING:
    from workers.trainer.events import EventStream
    from workers.trainer.search._ledger import Ledger


class TrialEvents(PassingStream):
    """Passes on to the stream of the search. A delivery says only what comes after training."""

    def __init__(self, events: EventStream, *, number: int, ledger: Ledger, is_delivery: bool = False) -> None:
        super().__init__(events)
        self._number = number
        self._ledger = ledger
        self._is_delivery = is_delivery

    def emit(self, event: Event) -> None:
        match event:
            case CheckpointSaved():
                return  # The search has checkpoints of its own.
            case Started():
                self._ledger.announce_run(event)
            case Metrics() if self._is_delivery:
                return
            case Metrics():
                values = {trial_curve(self._number, name): value for name, value in event.values.items()}
                self._events.emit(event.model_copy(update={"values": values}))
            case Progress():
                self._events.emit(self._scaled(event))
            case Warned() if not self._ledger.is_news(event):
                return
            case Warned():
                params = {**event.params, "trial": self._number}
                self._events.emit(event.model_copy(update={"params": params}))
            case _:
                self._events.emit(event)

    def _scaled(self, progress: Progress) -> Progress:
        """Whole trials as steps, and the share of this one as a fraction of an epoch; the rest at the pace so far."""
        done = len(self._ledger.history)
        left = max(0, self._ledger.num_trials - done - 1)
        usual = self._ledger.seconds / done if done else None
        remaining = progress.seconds_remaining
        if remaining is not None and usual is not None:
            remaining += left * usual
        return progress.model_copy(
            update={
                "step": done,
                "total_steps": self._ledger.num_trials,
                "epoch": done + progress.step / max(1, progress.total_steps),
                "seconds_remaining": remaining if done or not left else None,
            }
        )

    def rewind_to(self, step: int) -> None:
        """Of a trial that goes on; of one that is made again, and of a delivery, nothing is left to drop."""
        if not self._is_delivery and step >= 0:
            self._events.rewind_to_checkpoint(len(self._ledger.history), trial_step=step)
