"""Points that stand out are marked while a job runs: long curves keep every extreme, whatever is told when, and are read by the marks."""

from __future__ import annotations

import random
import uuid
from typing import Any

import pytest
from django.db import connection

from anneal.common.tenancy import service_scope, tenant_scope
from anneal.jobs.models import Metric
from anneal.jobs.series import STRETCH, series_thinned
from anneal.jobs.services.extremes import EVERY, extremes_mark
from anneal.jobs.services.leases import job_claim, job_release
from anneal.jobs.services.reports import Point, metrics_write
from tests.anneal.jobs.material import job_make, job_row
from tests.support.people import Person

MAX_POINTS = 100
PER_REPORT = 25
LOSS = "train/loss"


class Told:
    """A running job and every point that it has told."""

    def __init__(self, person: Person) -> None:
        self.person, self.attempt = person, 1
        self.job_id = job_make(person)
        self.values: dict[int, float] = {}
        self._chance = random.Random(5)  # noqa: S311 - values of a test
        job_claim(job_id=self.job_id, worker_id=uuid.uuid4())

    def tell(self, values: dict[int, float]) -> None:
        points = [Point(LOSS, step, step / 1000, value) for step, value in values.items()]
        metrics_write(job_id=self.job_id, attempt=self.attempt, points=points)
        self.values = dict(sorted({**self.values, **values}.items()))

    def go_on(self, reports: int) -> None:
        for _ in range(reports):
            begin = max(self.values, default=0) + 1
            self.tell({step: self._chance.gauss(0, 1) for step in range(begin, begin + PER_REPORT)})

    def begin_again(self) -> None:
        job_release(job_id=self.job_id, attempt=self.attempt)
        job_claim(job_id=self.job_id, worker_id=uuid.uuid4())
        self.attempt += 1

    def shown(self, **options: Any) -> dict[int, float]:
        with self.person.scope():
            found = series_thinned(self.job_id, max_points=MAX_POINTS, **options)
        return {step: value for step, _epoch, value, _at in found[LOSS]}

    @property
    def marked(self) -> set[int]:
        return self._steps(is_extreme=True)

    @property
    def judged(self) -> dict[int, float]:
        """What was told when marks were made last."""
        return {step: self.values[step] for step in self._steps(seq__lte=job_row(self.job_id).marked_seq)}

    def _steps(self, **which: Any) -> set[int]:
        with service_scope(), tenant_scope(self.person.tenant_id):
            return set(Metric.objects.filter(job_id=self.job_id, **which).values_list("step", flat=True))


@pytest.fixture
def told(owner: Person) -> Told:
    return Told(owner)


def stand_out(values: dict[int, float], base: int, width: int) -> set[int]:
    """Steps of the lowest and the highest value of every stretch of `width` steps from `base`."""
    stretches: dict[int, list[int]] = {}
    for step in values:
        stretches.setdefault((step - base) // width, []).append(step)
    return {pick(steps, key=values.__getitem__) for steps in stretches.values() for pick in (min, max)}


def test_every_extreme_of_a_long_curve_stays_whether_marked_or_not_yet(told: Told) -> None:
    told.go_on(EVERY - 10)
    assert told.marked == set()
    told.go_on(40)
    assert 0 < len(told.judged) < len(told.values), "the last points are not marked yet"
    assert told.marked == stand_out(told.judged, 0, STRETCH)
    width = max(told.values) // 49 // STRETCH * STRETCH + STRETCH
    assert width > STRETCH
    shown = told.shown()
    assert set(shown) == stand_out(told.values, 0, width) | {1, max(told.values)}
    assert shown == {step: told.values[step] for step in shown}
    assert len(shown) <= MAX_POINTS


def test_a_value_that_is_told_anew_is_an_extreme_no_longer(told: Told) -> None:
    told.go_on(EVERY)
    highest = max(told.values, key=told.values.__getitem__)
    assert highest in told.shown()
    told.begin_again()
    told.tell({highest: 0.0})
    assert told.marked == stand_out(told.values, 0, STRETCH)
    assert max(told.shown().values()) == max(told.values.values()) < 5
    assert 0.0 not in told.shown().values()


def test_who_asks_for_less_than_the_marks_tell_of_gets_that(told: Told) -> None:
    told.go_on(EVERY + 1)
    job = job_row(told.job_id)
    assert 0 < job.marked_seq < job.seq
    for options, asked in (
        (
            {"until": job.seq - 58},
            {step: told.values[step] for step in told.values if step <= PER_REPORT * (EVERY - 57)},
        ),
        (
            {"after": job.seq - 100},
            {step: told.values[step] for step in told.values if step > PER_REPORT * (EVERY - 99)},
        ),
    ):
        first, last = min(asked), max(asked)
        assert set(told.shown(**options)) == stand_out(asked, first, (last - first) // 49 + 1) | {first, last}


def test_marks_are_made_of_whole_stretches_however_often(told: Told) -> None:
    told.go_on(EVERY)
    for after in (job_row(told.job_id).marked_seq, 0):
        with service_scope(), connection.cursor() as cursor:
            extremes_mark(cursor, job_id=told.job_id, after=after, seq=job_row(told.job_id).seq)
        assert told.marked == stand_out(told.values, 0, STRETCH)
