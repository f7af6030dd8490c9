"""What a job will take before it is launched, as ranges: tokens, time, memory, price, and the limit that would end it.

Measured throughput (`anneal.jobs.throughput`) is corrected by the tenant's own finished jobs: the mean ratio of what they took to what
they were estimated to take, drawn towards 1 while there are few.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anneal.catalog.selectors import base_model_get
from anneal.common.errors import AnnealError
from anneal.common.texts import text
from anneal.jobs.models import Job
from anneal.jobs.price import price_currency, price_per_hour
from anneal.jobs.selectors import CellSize, DatasetVersionFacts, finished_jobs, preview_result
from anneal.jobs.services.extent import most_passes, num_places, num_trainings
from anneal.jobs.services.launch import spec_make
from anneal.jobs.throughput import WHOLE_JOB, rate_of
from anneal.plans.kinds import HOUR_S, QuotaKind
from anneal.plans.selectors import QuotaUse, amount_text, quota_use
from workers.contract.budget import training_budget
from workers.contract.catalogue import BaseModelInfo
from workers.contract.preview import reading_of
from workers.contract.rates import usual_r_drop, usual_similarity_epochs
from workers.contract.spec import JobSpec, NoSearch

# Starting, reading, loading: seconds that every run takes.
_SET_UP_S: Final = 20.0
# A correction weighs like so many jobs that took exactly what was estimated.
_PRIOR_JOBS: Final = 2
_MOST_OWN_JOBS: Final = 20
# Characters of a token: English data sets have 3.7 to 4.6 with MiniLM's tokenizer (banking77, conll2003, mrpc, movie_reviews_long);
# Chinese comes near 1.
_CHARACTERS_PER_TOKEN: Final = (4.6, 4.0, 1.2)
_TOKENS_AROUND: Final = 2
# Tasks that read long texts in windows or blocks, and those that read each text of a row by itself.
_READ_WHOLE: Final = frozenset({"question_answering", "causal_lm", "masked_lm"})
_READ_APART: Final = frozenset({"embedding", "similarity", "translation", "summarisation"})
# Passes where nobody has said how many and no preview has resolved them: early stopping may end after one, the rules allow five.
_PASSES: Final = (1.0, 3.0, 5.0)
# Bytes beside the activations: weights, gradients, two moments of AdamW, and the best weights, four bytes each.
_COPIES_FULL: Final = 5
_COPIES_FROZEN: Final = 1.3
# Bytes of activations of a layer for each token and channel in fp32: twice the 34 of Korthikanti et al. 2022 (arXiv:2205.05198, eq. 1).
_ACTIVATION_BYTES: Final = 68
_ROWS_PER_STEP: Final = 32
_PROGRAM_BYTES: Final = 600 * 2**20


@dataclass(frozen=True)
class Range:
    low: float
    likely: float
    high: float

    def times(self, other: Range) -> Range:
        return Range(self.low * other.low, self.likely * other.likely, self.high * other.high)

    def mapped(self, factor: float, plus: float = 0.0) -> Range:
        return Range(self.low * factor + plus, self.likely * factor + plus, self.high * factor + plus)

    def at_most(self, limit: float) -> Range:
        return Range(min(self.low, limit), min(self.likely, limit), min(self.high, limit))


@dataclass(frozen=True)
class LimitHit:
    """What would end the run, or a quota that it would use up; `is_certain` when even the lowest estimate is above it."""

    field: str
    limit: float
    is_certain: bool
    message: str


@dataclass(frozen=True)
class Estimate:
    """`tokens` are of one pass; `price` is None where an hour has no price.

    `seconds` are until the job is over; `work_seconds` and `price` are of all work, which trials that run at once do in the same time.
    `quota_left_s` is what is left of the month's hours, None where they have no limit.
    """

    tokens: Range
    tokens_from: str
    passes: Range
    seconds: Range
    work_seconds: Range
    memory_bytes: Range
    price: Range | None
    currency: str
    device: str
    is_measured: bool
    sources: tuple[str, ...]
    num_own_jobs: int
    correction: float
    limits: tuple[LimitHit, ...]
    quota_left_s: float | None


@dataclass(frozen=True)
class Correction:
    """What own jobs say: the factor, and the standard deviation of its logarithm."""

    factor: float
    log_spread: float
    num_jobs: int


def job_estimate(*, dataset_version_id: uuid.UUID, base_model: str, options: Mapping[str, Any]) -> Estimate:
    """Raises AnnealError as `job_launch`."""
    wanted = spec_make(dataset_version_id=dataset_version_id, base_model=base_model, options=options)
    version, info = wanted.version, wanted.info
    spec = wanted.spec.with_method_for(info.num_parameters)
    read = preview_result(version.id, reading_of(spec).sha256())
    tokens = _tokens(version, info, spec) if read is None else _exactly(read["split"]["num_tokens"])
    passes = _passes(spec, None if read is None else int(read["epochs"])).at_most(
        most_passes(
            spec,
            num_rows=_rows_of_a_pass(spec, version, info, tokens),
            rows_per_step=None if read is None else read["batch_size"],
        )
    )
    rate = rate_of(base_model=info.slug, num_parameters=info.num_parameters, method=spec.method.type)
    correction = correction_of(
        [ratio for job in finished_jobs(info.slug)[:_MOST_OWN_JOBS] if (ratio := _ratio(job))], prior=rate.log_spread
    )
    spread = math.exp(correction.log_spread)
    seen = tokens.likely * passes.likely
    resolved = () if read is None else read["resolved"]
    readings, first = _readings_and_first_passes(spec, info, version, seen, resolved=resolved)
    one = tokens.times(passes.mapped(_time_of_pass(readings), plus=first))
    one = one.mapped(correction.factor / rate.tokens_per_second)
    one = Range(one.low / spread, one.likely, one.high * spread)
    places, count = num_places(spec), num_trainings(spec)
    alone = one.mapped(1, _SET_UP_S)
    work = alone.mapped(count) if places > 1 else one.mapped(count, _SET_UP_S)
    limits = _limits(spec, alone=alone, work=work)
    price = price_per_hour()
    work = work.at_most(_most_work(spec, price))
    seconds = work.mapped(1 / places)
    hours = quota_use(QuotaKind.COMPUTE_HOURS)
    left_s = _left_s(hours)
    if left_s is not None and work.high > left_s:
        limits += (_quota_hit(hours, left_s, work),)
    return Estimate(
        tokens=tokens,
        tokens_from="statistics" if read is None else "preview",
        passes=passes,
        seconds=seconds,
        work_seconds=work,
        memory_bytes=_memory(spec, version, info, None if read is None else int(read["split"]["longest"]), readings),
        price=None if price is None else work.mapped(price / 3600),
        currency=price_currency(),
        device=rate.device,
        is_measured=rate.is_measured,
        sources=rate.sources,
        num_own_jobs=correction.num_jobs,
        correction=correction.factor,
        limits=limits,
        quota_left_s=left_s,
    )


def correction_of(ratios: Sequence[float], *, prior: float) -> Correction:
    """From ratios of actual to estimated time: their geometric mean and its spread, drawn towards 1 and `prior` by few jobs."""
    logs = [math.log(ratio) for ratio in ratios]
    weight = len(logs) + _PRIOR_JOBS
    mean = sum(logs) / weight
    variance = (_PRIOR_JOBS * prior**2 + sum((one - mean) ** 2 for one in logs)) / weight
    return Correction(math.exp(mean), math.sqrt(variance), len(logs))


def _ratio(job: Job) -> float | None:
    """How a finished job compares with what is estimated for it without a correction; None where that cannot be said."""
    spec = JobSpec.model_validate(job.spec)
    if not isinstance(spec.search, NoSearch):
        return None
    try:
        info = base_model_get(job.base_model)
    except AnnealError:  # The catalogue has changed since.
        return None
    spec = spec.with_method_for(info.num_parameters)
    epochs = _resolved(job.resolved, "optimisation.epochs", spec.optimisation.epochs)
    if not isinstance(epochs, int):
        return None
    version = DatasetVersionFacts.of(job.dataset_version)
    tokens = _tokens(version, info, spec).likely
    rate = rate_of(base_model=info.slug, num_parameters=info.num_parameters, method=spec.method.type)
    readings, first = _readings_and_first_passes(spec, info, version, tokens * epochs, resolved=job.resolved)
    done = job.epoch or float(first + epochs)
    passes = min(float(epochs), max(0.0, done - first))
    worth = passes * _time_of_pass(readings) + min(float(first), done)
    expected = _SET_UP_S + tokens * worth * num_trainings(spec) / rate.tokens_per_second
    return job.worked_s / expected if job.worked_s > 0 else None


def _resolved(resolved: Sequence[Mapping[str, Any]], field: str, asked: Any) -> Any:
    """What `auto` became, where the trainer has said so; else what was asked for."""
    return next((one["value"] for one in resolved if one["field"] == field), asked)


def _readings_and_first_passes(
    spec: JobSpec,
    info: BaseModelInfo,
    version: DatasetVersionFacts,
    seen: float,
    *,
    resolved: Sequence[Mapping[str, Any]],
) -> tuple[int, int]:
    """How often a step reads its rows, with R-Drop twice; and the passes about how alike two texts are, which come first and read every
    row once. `seen` are the tokens of all passes after them.
    """
    rows = version.num_train_rows
    weight = _resolved(resolved, "optimisation.r_drop", spec.optimisation.r_drop)
    if weight == "auto":
        weight = usual_r_drop(spec.task.type, info, num_rows=rows, num_tokens=seen)
    first = _resolved(resolved, "optimisation.similarity_epochs", spec.optimisation.similarity_epochs)
    if first == "auto":
        first = usual_similarity_epochs(spec, info, num_rows=rows, num_tokens=seen)
    return 2 if weight else 1, first


def _time_of_pass(readings: int) -> float:
    """Against the training steps of one that reads its rows once; what is no step takes as long as ever."""
    return WHOLE_JOB + readings - 1


def _exactly(value: float) -> Range:
    return Range(value, value, value)


def _tokens(version: DatasetVersionFacts, info: BaseModelInfo, spec: JobSpec) -> Range:
    """Of one pass, from how long the texts of the version are."""
    limit = spec.task.max_length if isinstance(spec.task.max_length, int) else info.max_length
    most = math.inf if spec.task.type in _READ_WHOLE else limit
    found = [
        _length(sequence).at_most(most).mapped(sequence.num_parts)
        for sequence in _sequences(spec.task.type, version.sizes)
    ]
    rows = version.num_train_rows
    return Range(*(sum(getattr(one, end) for one in found) * rows for end in ("low", "likely", "high")))


def _sequences(task: str, sizes: Mapping[str, CellSize]) -> list[CellSize]:
    """What of a row is read as one, each `num_parts` times."""
    if task in _READ_APART:
        return [CellSize(size.p50, size.p95) for size in sizes.values()]
    if task == "ranking" and sizes.keys() >= {"query", "candidates"}:
        query, candidates = sizes["query"], sizes["candidates"]
        count = candidates.num_parts
        return [CellSize(query.p50 + candidates.p50 / count, query.p95 + candidates.p95 / count, count)]
    if task == "preference":
        asked = [size for role, size in sizes.items() if role == "prompt"]
        return [_joined([*asked, size]) for role, size in sizes.items() if role != "prompt"]
    return [_joined(sizes.values())]


def _joined(sizes: Iterable[CellSize]) -> CellSize:
    found = list(sizes)
    return CellSize(sum(size.p50 for size in found), sum(size.p95 for size in found))


def _length(sequence: CellSize) -> Range:
    """In tokens."""
    p50, p95 = sequence.p50, sequence.p95
    few, usual, many = _CHARACTERS_PER_TOKEN
    sizes = Range(p50 / few, (2 * p50 + p95) / 3 / usual, (p50 + p95) / 2 / many)
    return sizes.mapped(1, _TOKENS_AROUND)


def _passes(spec: JobSpec, resolved: int | None) -> Range:
    said = spec.optimisation.epochs if isinstance(spec.optimisation.epochs, int) else resolved
    if said is None:
        return Range(*_PASSES)
    fewest = 1.0 if spec.optimisation.early_stopping is not None else float(said)
    return Range(min(fewest, said), float(said), float(said))


def _memory(
    spec: JobSpec, version: DatasetVersionFacts, info: BaseModelInfo, longest: int | None, readings: int
) -> Range:
    """Weights and what the optimizer keeps of them, and the activations of one step, which reads its rows so often."""
    copies = _COPIES_FULL if spec.method.type == "full" else _COPIES_FROZEN
    fixed = _PROGRAM_BYTES + 4 * info.num_parameters * copies
    size = spec.optimisation.batch_size
    rows = size if isinstance(size, int) else _ROWS_PER_STEP
    rows *= readings
    # A layer of a transformer has about 12 weights for every pair of channels; the table of words is among the rest.
    layers = max(1.0, info.num_parameters / 2 / (12 * info.hidden_size**2))
    per_token = _ACTIVATION_BYTES * info.hidden_size * layers
    tokens = _tokens(version, info, spec)
    mean = tokens.likely / max(1, version.num_train_rows)
    most = float(longest or info.max_length)
    return Range(fixed, fixed + rows * mean * per_token, fixed + 2 * rows * most * per_token)


def _rows_of_a_pass(spec: JobSpec, version: DatasetVersionFacts, info: BaseModelInfo, tokens: Range) -> float:
    """As steps count them: windows and blocks of texts that are read whole."""
    if spec.task.type not in _READ_WHOLE:
        return version.num_train_rows
    blocks = tokens.likely / (spec.task.max_length if isinstance(spec.task.max_length, int) else info.max_length)
    return blocks if spec.task.type == "causal_lm" else max(blocks, version.num_train_rows)


def _most_work(spec: JobSpec, price: float | None) -> float:
    """Seconds by all limits together. Time counts for each job and for each place of a search, money for all of them."""
    places = num_places(spec)
    found = [math.inf]
    if spec.limits.max_seconds is not None:
        found.append(spec.limits.max_seconds * (num_trainings(spec) if places > 1 else 1))
    if (of_search := getattr(spec.search, "max_seconds", None)) is not None:
        found.append(of_search * places)
    if (cost := getattr(spec.search, "max_cost", None)) is not None and price:
        found.append(cost / price * 3600)
    # A budget ends the training; what follows takes its share of the time as ever.
    if (budget := training_budget(spec.limits, price_per_hour=price)) is not None:
        found.append(budget.seconds * WHOLE_JOB)
    return min(found)


def _limits(spec: JobSpec, *, alone: Range, work: Range) -> tuple[LimitHit, ...]:
    """Those that may be met. Trials that run at once are jobs of their own, and each has the limits of a job."""
    places = num_places(spec)
    found = []
    for field, limit, seconds in (
        ("limits.max_seconds", spec.limits.max_seconds, work if places == 1 else alone),
        ("limits.budget_seconds", spec.limits.budget_seconds, work),
        ("search.max_seconds", getattr(spec.search, "max_seconds", None), work.mapped(1 / places)),
        *((field, _seconds_of_cost(cost), work) for field, cost in spec.budgets_of_money.items()),
    ):
        if limit is not None and seconds.high > limit:
            is_certain = seconds.low > limit
            code = "estimate.limit_certain" if is_certain else "estimate.limit_possible"
            found.append(LimitHit(field, limit, is_certain, text(code, field=field, seconds=round(limit))))
    return tuple(found)


def _left_s(hours: QuotaUse) -> float | None:
    return None if hours.limit is None else max(0.0, hours.limit - hours.used) * HOUR_S


def _quota_hit(hours: QuotaUse, left_s: float, work: Range) -> LimitHit:
    """That a job may take more than what is left of the month's hours. It would not be ended, but no other would begin after it."""
    code = "quota.compute_hours.estimate" if left_s else "quota.compute_hours"
    told = {**hours.words(), "left": amount_text(left_s / HOUR_S)}
    return LimitHit("quota.compute_hours", left_s, work.low > left_s, text(code, **told))


def _seconds_of_cost(cost: float | None) -> float | None:
    price = price_per_hour()
    return None if cost is None or price is None else cost / price * 3600
