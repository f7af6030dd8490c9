"""Held-out rows on which jobs disagree: one has them right and another wrong, or their figures lie far apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anneal.datasets.rows import rows_by_id, version_roles
from anneal.jobs.effect_figures import Parts
from anneal.jobs.models import Job
from anneal.jobs.services.pairs import IncomparableError, Judged, SharedRows, judged_jobs, shared_rows
from workers.contract.columns import COLUMNS
from workers.contract.results import AnsweredQuestion, Evaluation, PreferenceExample, RankedExample, WrittenExample

KINDS: Final = ("right_or_wrong", "gap")


@dataclass(frozen=True)
class RowAnswer:
    """What a job has for a row; all None where it was not judged on it. `answer` is None where the job has not kept it."""

    job_id: Any
    figure: float | None = None
    is_right: bool | None = None
    answer: str | None = None


@dataclass(frozen=True)
class Disagreement:
    """A row, its texts as the baseline's version has them, and what each job makes of it."""

    row: Mapping[str, Any]
    answers: tuple[RowAnswer, ...]


@dataclass(frozen=True)
class Disagreements:
    """Some rows and how many there are in all; `job_ids` are the jobs that could be compared, the baseline among them."""

    kind: str
    metric: str | None
    is_lower_better: bool
    job_ids: tuple[Any, ...]
    roles: tuple[str, ...]
    total: int = 0
    data: tuple[Disagreement, ...] = ()


def disagreements_of(jobs: Sequence[Job], *, baseline: Job, offset: int, limit: int) -> Disagreements:
    """Rows that the baseline was judged on, those with the widest gap first, then in the order of the file."""
    roles = tuple(version_roles(baseline.dataset_version))
    judged = judged_jobs(jobs)
    against = next(one for one in judged if one.job.id == baseline.id)
    shared = dict(_shared(against, judged))
    if not shared:
        return Disagreements("gap", None, False, (baseline.id,), roles)
    rows = _Rows(against, [one for one in judged if one is against or one.job.id in shared], shared)
    wanted = rows.widest_first()
    texts = rows_by_id(baseline.dataset_version, wanted[offset : offset + limit])
    return Disagreements(
        kind="right_or_wrong" if rows.is_right_or_wrong else "gap",
        metric=rows.metric,
        is_lower_better=rows.is_lower_better,
        job_ids=tuple(one.job.id for one in rows.judged),
        roles=roles,
        total=len(wanted),
        data=tuple(
            Disagreement(texts[row], rows.answers(row, texts[row]["cells"]))
            for row in wanted[offset : offset + limit]
            if row in texts
        ),
    )


def _shared(baseline: Judged, judged: Sequence[Judged]) -> Iterator[tuple[Any, SharedRows]]:
    for one in judged:
        if one is not baseline:
            try:
                yield one.job.id, shared_rows(baseline, one)
            except IncomparableError:
                continue


class _Rows:
    """Figures and answers of several jobs by row id."""

    def __init__(self, baseline: Judged, judged: Sequence[Judged], shared: Mapping[Any, SharedRows]) -> None:
        first = next(iter(shared.values()))
        self.judged = judged
        self.metric = first.metric
        self.is_lower_better = first.is_lower_better
        self._order = first.held.before
        self._parts: dict[Any, Parts] = {job_id: rows.after for job_id, rows in shared.items()}
        self._parts[baseline.job.id] = {row: part for rows in shared.values() for row, part in rows.before.items()}
        self.is_right_or_wrong = all(
            weight == 1 and part in {0.0, 1.0} for parts in self._parts.values() for part, weight in parts.values()
        )
        self._answers = {
            one.job.id: _answers_by_id(
                one.evaluation, first.held.before if one is baseline else shared[one.job.id].held.after
            )
            for one in judged
        }
        task = baseline.job.dataset_version.task
        self._label = next((column.role for column in COLUMNS[task] if column.kind == "label"), None)

    def widest_first(self) -> list[int]:
        """Ids of the rows on which the jobs disagree."""
        gaps = {row: self._gap(row) for row in self._order}
        return sorted((row for row in self._order if gaps[row] > 0), key=lambda row: -gaps[row])

    def answers(self, row: int, cells: Mapping[str, Any]) -> tuple[RowAnswer, ...]:
        return tuple(self._answer(one.job.id, row, cells) for one in self.judged)

    def _answer(self, job_id: Any, row: int, cells: Mapping[str, Any]) -> RowAnswer:
        figure = self._figure(job_id, row)
        if figure is None:
            return RowAnswer(job_id)
        is_right = figure == 1 if self.is_right_or_wrong else None
        answer = self._answers[job_id].get(row)
        if answer is None and is_right and self._label:  # Whoever chooses a label and is right has said the row's own.
            answer = cells.get(self._label)
        return RowAnswer(job_id, figure, is_right, answer)

    def _gap(self, row: int) -> float:
        figures = [figure for one in self.judged if (figure := self._figure(one.job.id, row)) is not None]
        return max(figures) - min(figures) if figures else 0.0

    def _figure(self, job_id: Any, row: int) -> float | None:
        """The metric of one row. Where nothing is there to be found and nothing was said, nothing is wrong with it."""
        if row not in self._parts[job_id]:
            return None
        part, weight = self._parts[job_id][row]
        return part / weight if weight else float(not self.is_lower_better)


def _answers_by_id(evaluation: Evaluation | None, ids: Sequence[int]) -> dict[int, str]:
    """The answers that an evaluation has kept, by row id; `ids` are those of the file that it was made on."""
    if evaluation is None:
        return {}
    found = {mistake.row: mistake.predicted for mistake in evaluation.mistakes}
    for example in getattr(evaluation.details, "examples", ()):
        match example:
            case AnsweredQuestion():
                found[example.row] = example.predicted
            case RankedExample() if example.first:
                found[example.row] = example.first[0].text
            case WrittenExample() | PreferenceExample():
                found[example.row] = example.tuned
    return {ids[row - 1]: answer for row, answer in found.items()}
