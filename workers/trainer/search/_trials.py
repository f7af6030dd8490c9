"""What searches share: trials in turn, each a run of its own, with a record that survives a kill; or one part of a search alone.

After every trial the history is committed as a checkpoint (`checkpoints/step-<trials so far>`, by the same protocol as those of a run:
manifest last, fsync, rename), together with the final checkpoint of the best trial so far. A search that is started again goes on
with the next trial; one that was cut off in the middle of a trial goes on from that trial's last checkpoint, or makes it again where
another machine has none, with the same result.
"""

from __future__ import annotations

import math
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workers.contract.budget import search_ended_by, trial_budget
from workers.contract.events import TrialBegan, TrialEnded, Warned
from workers.contract.reasons import JobError, is_blamed_on_settings
from workers.contract.results import SEARCH_REPORT, SearchReport, TrialRecord
from workers.trainer.build import build_run
from workers.trainer.comparison import finish
from workers.trainer.durable import write_durably
from workers.trainer.loop import train
from workers.trainer.place import Place
from workers.trainer.search._events import TrialEvents
from workers.trainer.search._ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workers.contract.budget import EndedBy
    from workers.contract.results import RunningTrial, SearchPart
    from workers.contract.spec import JobSpec
    from workers.trainer.events import EventStream
    from workers.trainer.parts import Run
    from workers.trainer.ranks import Ranks

    Settings = dict[str, str | int | float | bool]


class TrialPrunedError(Exception):
    """The trial has fallen behind; the search goes on with the next."""


class Trials:
    """Subclasses say which settings come next."""

    def __init__(self, spec: Any) -> None:
        self.spec = spec

    @property
    def num_trials(self) -> int:
        raise NotImplementedError

    def propose(
        self, number: int, history: Sequence[TrialRecord], running: Sequence[RunningTrial] = (), *, seed: int
    ) -> Settings:
        """Settings of trial `number`, a pure function of its arguments: trials that are over, and others under way."""
        raise NotImplementedError

    def is_hopeless(self, number: int, values: Sequence[float], history: Sequence[TrialRecord]) -> bool:
        """Whether trial `number` with these judgements so far need not go on."""
        del number, values, history
        return False

    def listener(self, number: int, values: list[float], history: Sequence[TrialRecord]) -> Callable[[float], None]:
        """What hears the judgement of each pass, keeps it in `values`, and raises TrialPrunedError when there is no hope."""

        def hear(value: float) -> None:
            values.append(value)
            if self.is_hopeless(number, values, history):
                raise TrialPrunedError

        return hear

    def conduct(self, spec: JobSpec, place: Place) -> int:
        if place.part is None:
            return self._in_turn(spec, place)
        if place.part.trial is None:
            ledger = Ledger.of_part(spec, place, place.part)
            ledger.announce_start(self.num_trials)
            return self._deliver_best(spec, place, ledger, place.part.ended_by)
        return self._alone(spec, place, place.part, place.part.trial)

    def _in_turn(self, spec: JobSpec, place: Place) -> int:
        ledger = Ledger.open(spec, place)
        ledger.announce_start(self.num_trials)
        # The clock is that of the whole search: what earlier trials have worked is on it.
        budget = trial_budget(self.spec, worked_s=0.0, price_per_hour=place.price_per_hour)
        while (ended_by := self._ended_by(place, ledger)) is None or ledger.is_trial_under_way:
            place.control.check()
            with place.control.within(budget):
                self._trial(spec, place, ledger)
        return self._deliver_best(spec, place, ledger, ended_by)

    def _ended_by(self, place: Place, ledger: Ledger) -> EndedBy | None:
        return search_ended_by(
            self.spec,
            num_begun=len(ledger.history),
            worked_s=place.control.seconds,
            price_per_hour=place.price_per_hour,
            has_result=ledger.best is not None,
        )

    def _warn_of_budget(self, place: Place, ended_by: EndedBy, count: int) -> None:
        """Say which budget was used up where there would have been more trials."""
        if ended_by == "time":
            place.events.emit(
                Warned(
                    code="search:time_over",
                    message=f"The time for the search is over after {count} of {self.num_trials} trials.",
                    params={"count": count, "planned": self.num_trials, "max_seconds": self.spec.max_seconds},
                )
            )
        if ended_by == "cost":
            place.events.emit(
                Warned(
                    code="search:money_spent",
                    message=f"The money for the search is spent after {count} of {self.num_trials} trials.",
                    params={"count": count, "planned": self.num_trials, "max_cost": self.spec.max_cost},
                )
            )

    def _trial(self, spec: JobSpec, place: Place, ledger: Ledger) -> None:
        number = len(ledger.history)
        settings = self.propose(number, ledger.history, seed=spec.seed)
        values: list[float] = []
        folder = ledger.folder(number)
        if not ledger.is_trial_under_way:
            shutil.rmtree(folder, ignore_errors=True)
            place.events.emit(TrialBegan(number=number, settings=settings))
        begun, seconds_before = time.monotonic(), 0.0
        state, reason, steps = "complete", None, 0
        run: Run | None = None
        try:
            run = build_run(
                _with_settings(spec, settings),
                out_dir=folder,
                data_dir=place.data_dir,
                events=TrialEvents(place.events, number=number, ledger=ledger),
                control=place.control,
                cache=ledger.cache,
            )
            ledger.learnt_metric(run.watched_name, is_lower_better=run.watched_name in run.task.lower_is_better)
            values.extend(run.state.judged)
            seconds_before = run.state.seconds
            run.on_judged = self.listener(number, values, ledger.history)
            state, steps = _trained(run)
        except JobError as error:
            if not is_blamed_on_settings(error.reason.code, error.params, settings):
                raise
            state, reason = "failed", error.reason.code
        record = TrialRecord.model_validate(
            {
                "number": number,
                "settings": settings,
                "state": state,
                "value": run.state.peak_value if run is not None and state != "failed" else None,
                "intermediate": values,
                "steps": steps,
                "seconds": round(seconds_before + time.monotonic() - begun, 3),
                "reason": reason,
            }
        )
        is_best = ledger.add(record)
        place.events.emit(_ended(record, is_best=is_best, metric=ledger.metric, is_lower_better=ledger.is_lower_better))
        ledger.commit()

    def _alone(self, spec: JobSpec, place: Place, part: SearchPart, number: int) -> int:
        """Make one trial, as a run of its own with checkpoints of its own; its steps. A failure is the run's."""
        settings = self.propose(number, part.history, part.running, seed=spec.seed)
        place.events.emit(TrialBegan(number=number, settings=settings))
        run = build_run(
            _with_settings(spec, settings),
            out_dir=place.out_dir,
            data_dir=place.data_dir,
            events=place.events,
            control=place.control,
        )
        values = list(run.state.judged)
        run.on_judged = self.listener(number, values, part.history)
        with place.control.within(part.budget):
            state, steps = _trained(run)
        value = run.state.peak_value
        record = TrialRecord.model_validate(
            {
                "number": number,
                "settings": settings,
                "state": state,
                "value": value,
                "intermediate": values,
                "steps": steps,
                "seconds": round(place.control.seconds, 3),
            }
        )
        rivals = [other.value for other in part.history if other.state == "complete" and other.value is not None]
        place.events.emit(
            _ended(
                record,
                is_best=state == "complete" and value is not None and value > max(rivals, default=-math.inf),
                metric=run.watched_name,
                is_lower_better=run.watched_name in run.task.lower_is_better,
            )
        )
        return steps

    def _deliver_best(self, spec: JobSpec, place: Place, ledger: Ledger, ended_by: EndedBy) -> int:
        best = ledger.best
        if best is None:
            raise JobError(
                "search:no_result",
                f"None of the {len(ledger.history)} trials came to an end; the settings of the search lead nowhere. "
                "Look at the reasons of the trials and choose smaller learning rates or batches.",
                trials=len(ledger.history),
            )
        self._warn_of_budget(place, ended_by, len(ledger.history))
        # Imported by its file: only a search needs it, and it loads optuna.
        from workers.trainer.search.parzen import importance  # noqa: PLC0415

        report = SearchReport(
            metric=ledger.metric,
            is_lower_better=ledger.is_lower_better,
            trials=tuple(ledger.history),
            best=best.number,
            importance=importance(ledger.history, self.spec.space),
            ended_by=ended_by,
        )
        write_durably(place.out_dir / SEARCH_REPORT, report.model_dump_json(indent=1))
        chosen = spec.with_settings(best.settings)

        def opened(events: EventStream, ranks: Ranks) -> Run:
            return build_run(
                chosen,
                out_dir=ledger.folder(best.number),
                data_dir=place.data_dir,
                events=events,
                control=place.control,
                cache=ledger.cache,
                deliver_to=place.out_dir,
                ranks=ranks,
            )

        events = TrialEvents(place.events, number=best.number, ledger=ledger, is_delivery=True)
        # Its final checkpoint says that it is done: nothing of it is trained again.
        return finish(chosen, replace(place, events=events), opened, cache=ledger.cache)


def _with_settings(spec: JobSpec, settings: Settings) -> JobSpec:
    """Each setting was tried when the spec was read, but not each with each other. Raises JobError that names one of them."""
    try:
        return spec.with_settings(settings)
    except ValueError as error:
        raise JobError("spec:invalid", f"{error}.", field=next(iter(settings))) from error


def _trained(run: Run) -> tuple[str, int]:
    """Train a run to its end or until it is pruned; the state of its trial, and the steps of one that is complete."""
    try:
        train(run)
    except TrialPrunedError:
        return "pruned", 0
    else:
        return "complete", run.state.step
    finally:
        run.close()


def _ended(record: TrialRecord, *, is_best: bool, metric: str, is_lower_better: bool) -> TrialEnded:
    return TrialEnded(is_best=is_best, metric=metric or None, is_lower_better=is_lower_better, **record.model_dump())
