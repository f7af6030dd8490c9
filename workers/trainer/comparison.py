"""From a run that is opened to what is delivered; of augmented rows only after the same run without augmentation.

The run without is trained in a folder of its own inside the job's, with the same seed, plan and cached features, and with checkpoints of
its own, so that it goes on where a kill has left it. Its checkpoints are not announced: on another machine it is trained anew, with the
same result. One model is open at a time; what is delivered is opened once more from its last checkpoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.contract.events import Progress, Started, Warned
from workers.trainer.build import build_run
from workers.trainer.evaluate.effect import Trained, effect_of
from workers.trainer.evaluation import evaluate
from workers.trainer.events import EventStream, PassingStream
from workers.trainer.export import export
from workers.trainer.loop import train
from workers.trainer.ranks import ALONE
from workers.trainer.tasks import Augmentable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workers.contract.events import Event
    from workers.contract.results import AugmentationEffect
    from workers.contract.spec import JobSpec
    from workers.trainer.parts import Run
    from workers.trainer.place import Place
    from workers.trainer.ranks import Ranks

FOLDER = "without-augmentation"
# The rest was said when the augmented run was opened: rows and machine are the same.
_NEWS = {"memory:batch_halved", "checkpoint:damaged"}


def finish(spec: JobSpec, place: Place, open_run: Callable[[EventStream, Ranks], Run], *, cache: Path) -> int:
    """Train what `open_run` opens, evaluate, export; steps of what is delivered. `spec` is that of the run, without a search."""
    if spec.augmentation is None or spec.checkpointing.deliver_step is not None:  # Nothing is trained to compare.
        run = open_run(place.events, place.ranks)
        try:
            train(run)
            if not place.ranks.is_first:
                return run.state.step
            if not place.ranks.is_sharding:
                return _deliver(run, None)
        finally:
            run.close()
        return _deliver_trained(open_run, place.events, None)  # What was trained in parts, whole in this process.
    total = _Total()
    augmented = _trained(open_run(_FirstHalf(place.events, total), place.ranks))

    def open_plain(events: EventStream, ranks: Ranks) -> Run:
        with ranks.first_alone():
            return build_run(
                spec.model_copy(update={"augmentation": None}),
                out_dir=place.out_dir / FOLDER,
                data_dir=place.data_dir,
                events=events,
                control=place.control,
                cache=cache,
                deliver_to=place.out_dir,
                ranks=ranks,
            )

    effect = effect_of(augmented, _trained(open_plain(_SecondHalf(place.events, total), place.ranks)))
    if not place.ranks.is_first:
        return total.num_steps
    reopen = open_run if effect.delivered == "with_augmentation" else open_plain
    return _deliver_trained(reopen, place.events, effect)


def _deliver_trained(
    open_run: Callable[[EventStream, Ranks], Run], events: EventStream, effect: AugmentationEffect | None
) -> int:
    run = open_run(_Quiet(events), ALONE)
    try:
        train(run)  # Its last checkpoint says that it is done: this loads the best weights and nothing else.
        run.events = events
        return _deliver(run, effect)
    finally:
        run.close()


def _deliver(run: Run, effect: AugmentationEffect | None) -> int:
    export(run, evaluate(run, effect))
    return run.state.step


def _trained(run: Run) -> Trained:
    try:
        train(run)
        assert isinstance(run.task, Augmentable)  # noqa: S101 - the spec refuses the others
        assert run.state.best_value is not None  # noqa: S101 - every epoch ends with a judgement
        assert run.state.best_loss is not None  # noqa: S101 - likewise
        return Trained(
            primary=run.task.primary(run),
            watched=run.watched_name,
            value=run.state.best_value,
            loss=run.state.best_loss,
            is_lower_better=run.watched_name in run.task.lower_is_better,
        )
    finally:
        run.close()


class _Total:
    """Steps of one of the two runs."""

    num_steps = 0


class _FirstHalf(PassingStream):
    """The augmented run as half of the work."""

    def __init__(self, events: EventStream, total: _Total) -> None:
        super().__init__(events)
        self._total = total

    def emit(self, event: Event) -> None:
        match event:
            case Started():
                self._total.num_steps = event.total_steps
                super().emit(event.model_copy(update={"total_steps": 2 * event.total_steps}))
            case Progress():
                super().emit(_half(event, before=0, after=self._total.num_steps))
            case _:
                super().emit(event)


class _Quiet(PassingStream):
    """A run that was told already, opened again."""

    def emit(self, event: Event) -> None:
        del event

    def rewind_to(self, step: int) -> None:
        """Nothing: it has said nothing."""


class _SecondHalf(_Quiet):
    """The run without augmentation: how far it is, and what is new."""

    def __init__(self, events: EventStream, total: _Total) -> None:
        super().__init__(events)
        self._total = total

    def emit(self, event: Event) -> None:
        match event:
            case Progress():
                self._events.emit(_half(event, before=self._total.num_steps, after=0))
            case Warned() if event.code in _NEWS:
                self._events.emit(event)
            case _:
                return


def _half(progress: Progress, *, before: int, after: int) -> Progress:
    """Of two runs one behind the other; the second is taken to be as fast as the first."""
    remaining = progress.seconds_remaining
    if remaining is not None and after and progress.total_steps > progress.step:
        remaining += remaining * after / (progress.total_steps - progress.step)
    return progress.model_copy(
        update={
            "step": before + progress.step,
            "total_steps": before + progress.total_steps + after,
            "seconds_remaining": remaining,
        }
    )
