"""Several jobs side by side: what they came to, in which settings they differ, and whether one is better than another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anneal.jobs.effect_figures import EffectFigures, outcome_of
from anneal.jobs.models import Job
from anneal.jobs.services.pairs import IncomparableError, Judged, judged_jobs, pair_figures
from workers.bootstrap import holm
from workers.contract.events import Resolved
from workers.contract.record import parameters_of
from workers.contract.spec import JobSpec

MIN_JOBS: Final = 2
MAX_JOBS: Final = 32
_DIGEST: Final = "data.version_sha256"
"""Says in 64 digits what the number of the version says."""


@dataclass(frozen=True)
class SettingValue:
    """What a job has for a setting; None where it has no such setting. `is_auto`: the trainer chose it by a rule."""

    job_id: Any
    value: Any
    is_auto: bool


@dataclass(frozen=True)
class Setting:
    """A setting in which jobs differ, by its path in the spec."""

    path: str
    values: tuple[SettingValue, ...]


@dataclass(frozen=True)
class Pair:
    """A job against the baseline: figures, or why there are none. The outcome of the figures is the one after the correction."""

    job_id: Any
    figures: EffectFigures | None = None
    p_corrected: float | None = None
    problem: IncomparableError | None = None


@dataclass(frozen=True)
class JobsComparison:
    """Everything about several jobs side by side; `num_comparisons` are the pairs with figures, for which p-values are corrected."""

    baseline_id: Any
    jobs: tuple[Judged, ...]
    settings: tuple[Setting, ...]
    pairs: tuple[Pair, ...]

    @property
    def num_comparisons(self) -> int:
        return sum(pair.figures is not None for pair in self.pairs)


def jobs_compare(jobs: Sequence[Job], *, baseline: Job) -> JobsComparison:
    """The jobs in this order, each but the baseline compared with it."""
    judged = judged_jobs(jobs)
    against = next(one for one in judged if one.job.id == baseline.id)
    pairs = [_pair(against, one) for one in judged if one is not against]
    return JobsComparison(baseline.id, tuple(judged), tuple(settings_that_differ(jobs)), tuple(_corrected(pairs)))


def settings_that_differ(jobs: Sequence[Job]) -> Iterable[Setting]:
    """By path; what `auto` became counts, not that it was `auto`."""
    settings = [_settings(job) for job in jobs]
    chosen = [{part["field"] for part in job.resolved} for job in jobs]
    for path in sorted(set().union(*settings) - {_DIGEST}):
        values = [of_job.get(path) for of_job in settings]
        if any(value != values[0] for value in values):
            yield Setting(
                path,
                tuple(
                    SettingValue(job.id, value, path in auto)
                    for job, value, auto in zip(jobs, values, chosen, strict=True)
                ),
            )


def _settings(job: Job) -> Mapping[str, Any]:
    return parameters_of(JobSpec.model_validate(job.spec), [Resolved.model_validate(part) for part in job.resolved])


def _pair(baseline: Judged, judged: Judged) -> Pair:
    try:
        return Pair(judged.job.id, pair_figures(baseline, judged))
    except IncomparableError as problem:
        return Pair(judged.job.id, problem=problem)


def _corrected(pairs: Sequence[Pair]) -> Iterable[Pair]:
    corrected = iter(holm([pair.figures.p_value for pair in pairs if pair.figures]))
    for pair in pairs:
        if pair.figures is None:
            yield pair
            continue
        p_value = next(corrected)
        outcome = outcome_of(pair.figures.difference, p_value)
        yield Pair(pair.job_id, pair.figures.model_copy(update={"outcome": outcome}), p_value)
