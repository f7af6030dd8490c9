"""How far a session is, how fast people are, how far they agree, and where they do not: read from its answers, never kept."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db.models import Sum

from anneal.datasets.files.stored import Selection
from anneal.datasets.labelling.agreement import (
    TWO,
    Method,
    answer_f1,
    exact_match,
    kappa,
    kappa_by_label,
    mean_difference,
    span_f1,
)
from anneal.datasets.labelling.resolving import comparable, is_disputed, majority
from anneal.datasets.labelling.reviews import VERDICTS
from anneal.datasets.labelling.values import ANSWERED, SIDES, Form, chosen_side, form_of, value_of
from anneal.datasets.models import Annotation, LabelRow, LabelSession
from anneal.datasets.rows import version_rows


@dataclass(frozen=True)
class Given:
    """An answer that is one: what a person says about a row."""

    row_id: int
    person: Any
    value: dict[str, Any]


@dataclass(frozen=True)
class LabellerProgress:
    """One person. `seconds_per_row` is the median, which a coffee break does not move; None before the first answer."""

    person: Any
    num_given: int
    num_skipped: int
    seconds_per_row: float | None


@dataclass(frozen=True)
class LabelAgreement:
    label: str
    num_given: int
    value: float | None


@dataclass(frozen=True)
class Agreement:
    """`value` of `method` over `num_rows` rows that two or more people answered; None where it cannot be told."""

    method: Method
    value: float | None
    num_rows: int
    num_disputed: int
    labels: list[LabelAgreement]


@dataclass(frozen=True)
class SessionProgress:
    """Of `num_wanted` labels `num_given` are there; of `num_rows` rows `num_done` have all that they want."""

    num_rows: int
    num_done: int
    num_wanted: int
    num_given: int
    num_decided: int
    seconds_per_row: float | None
    labellers: list[LabellerProgress]
    agreement: Agreement


def session_progress(session: LabelSession) -> SessionProgress:
    """Everything at once, from three queries."""
    answers = list(Annotation.objects.filter(session_id=session.id).select_related("user").order_by("id"))
    given = _given(answers)
    rows = LabelRow.objects.filter(session_id=session.id)
    wanted = dict(rows.values_list("row_id", "wanted"))
    counts = Counter(one.row_id for one in given)
    return SessionProgress(
        num_rows=len(wanted),
        num_done=sum(counts[row] >= count for row, count in wanted.items()),
        num_wanted=rows.aggregate(total=Sum("wanted"))["total"] or 0,
        num_given=sum(min(counts[row], count) for row, count in wanted.items()),
        num_decided=rows.filter(decision__isnull=False).count(),
        seconds_per_row=_seconds(answers),
        labellers=_labellers(answers),
        agreement=_agreement(session, given),
    )


def _given(answers: Iterable[Annotation]) -> list[Given]:
    return [Given(one.row_id, one.user, one.value) for one in answers if one.value is not None]


def _seconds(answers: Iterable[Annotation]) -> float | None:
    times = [one.seconds for one in answers if one.seconds > 0 and not one.is_skipped]
    return round(median(times), 2) if times else None


def _labellers(answers: list[Annotation]) -> list[LabellerProgress]:
    by_person: dict[uuid.UUID, list[Annotation]] = defaultdict(list)
    for one in answers:
        by_person[one.user_id].append(one)
    found = []
    for theirs in by_person.values():
        skipped = sum(one.is_skipped for one in theirs)
        found.append(LabellerProgress(theirs[0].user, len(theirs) - skipped, skipped, _seconds(theirs)))
    return sorted(found, key=lambda one: -one.num_given)


_CHOICES: dict[Form, tuple[str, ...]] = {"preferred": SIDES, "review": VERDICTS}
"""What may be chosen where it is the same in every session."""


_WHOLE: dict[Form, tuple[Method, Callable[[Any], float | None]]] = {
    "score": ("mean_difference", mean_difference),
    "target": ("exact_match", exact_match),
    "answers": ("answer_f1", answer_f1),
}
"""Figures of forms that have no choices to be looked at one by one."""


def _agreement(session: LabelSession, given: list[Given]) -> Agreement:
    form = form_of(session.version)
    by_row: dict[int, dict[str, Any]] = defaultdict(dict)
    for one in given:
        by_row[one.row_id][str(one.person.id)] = comparable(form, one.value)
    rows = [row for row in by_row.values() if len(row) >= TWO]
    disputed = sum(len(set(row.values())) > 1 for row in rows)
    labels = list(_CHOICES.get(form, session.labels))
    times = _times(form, given)
    method, value, by_label = _figures(form, rows, labels)
    told = [LabelAgreement(label, times[label], by_label.get(label)) for label in labels if times[label]]
    return Agreement(method, value, len(rows), disputed, told)


def _figures(
    form: Form, rows: list[dict[str, Any]], labels: list[str]
) -> tuple[Method, float | None, dict[str, float | None]]:
    """Numbers have a distance, texts are the same or not, spans are counted one by one, passages overlap, and everything else is a choice
    that chance could have made as well; of reviews, the verdict is.

    Of sets of labels, the figure of the whole is the mean over their labels, each being there or not.
    """
    match form:
        case "score" | "target" | "answers":
            method, figure = _WHOLE[form]
            return method, figure(rows), {}
        case "review":
            verdicts = [{who: what[0] for who, what in row.items()} for row in rows]
            method, value = kappa(verdicts)
            return method, value, kappa_by_label(verdicts, labels)
        case "spans":
            return "span_f1", span_f1(rows), {label: span_f1(rows, label) for label in labels}
        case "labels":
            method, _ = kappa(rows)
            by_label = kappa_by_label(rows, labels)
            known = [value for value in by_label.values() if value is not None]
            return method, sum(known) / len(known) if known else None, by_label
        case _:
            method, value = kappa(rows)
            return method, value, kappa_by_label(rows, labels)


def _times(form: Form, given: list[Given]) -> Counter[str]:
    """How often each label was given; of spans, each one counts."""
    found: Counter[str] = Counter()
    for one in given:
        match form:
            case "spans":
                found.update(span["type"] for span in one.value["spans"])
            case "labels":
                found.update(one.value["labels"])
            case "label" | "preferred":
                found[one.value[form]] += 1
            case "review":
                found[one.value["review"]["verdict"]] += 1
    return found


# --- rows


@dataclass(frozen=True)
class Disagreement:
    """A row on which people differ, what each of them says, and what it would become."""

    row: dict[str, Any]
    present: dict[str, Any]
    answers: list[Given]
    majority: dict[str, Any] | None
    decision: dict[str, Any] | None


def disagreements(session: LabelSession, *, offset: int, limit: int) -> tuple[list[Disagreement], int]:
    """Rows on which people differ, in the order of the session, and how many there are."""
    form = form_of(session.version)
    by_row: dict[int, list[Given]] = defaultdict(list)
    for one in _given(Annotation.objects.filter(session_id=session.id).select_related("user").order_by("id")):
        by_row[one.row_id].append(one)
    disputed = {row for row, given in by_row.items() if is_disputed(form, [one.value for one in given])}
    rows = LabelRow.objects.filter(session_id=session.id, row_id__in=disputed).order_by("position")
    some = list(rows[offset : offset + limit])
    shown = rows_shown(session, some)
    found = [
        Disagreement(
            row=shown[row.row_id].row,
            present=shown[row.row_id].present,
            answers=by_row[row.row_id],
            majority=majority(form, [one.value for one in by_row[row.row_id]]),
            decision=row.decision,
        )
        for row in some
    ]
    return found, len(disputed)


@dataclass(frozen=True)
class ShownRow:
    """A row without the cells that are asked for (of a preference, with both answers as `left` and `right`), and what they say now."""

    row: dict[str, Any]
    present: dict[str, Any]


def rows_shown(session: LabelSession, rows: list[LabelRow]) -> dict[int, ShownRow]:
    """What people see of these rows."""
    if not rows:
        return {}
    form = form_of(session.version)
    ids = frozenset(row.row_id for row in rows)
    window = version_rows(session.version, Selection(ids=ids), order="id", offset=0, limit=len(ids))
    return {row["id"]: _shown(session, form, row) for row in window.data}


def _shown(session: LabelSession, form: Form, row: dict[str, Any]) -> ShownRow:
    chosen = chosen_side(session.id, row["id"])
    cells = {role: cell for role, cell in row["cells"].items() if role not in ANSWERED[form]}
    if form == "preferred":
        other = SIDES[chosen == "left"]
        sides = {chosen: row["cells"]["chosen"], other: row["cells"]["rejected"]}
        cells |= {side: sides[side] for side in SIDES}
    return ShownRow({**row, "cells": cells}, value_of(form, row["cells"], chosen=chosen))
