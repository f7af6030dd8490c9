"""Queries with candidates, read from either of two forms of a file: a list of candidates for each row, or one pair for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from workers.contract.reasons import JobError
from workers.trainer.data import values
from workers.trainer.data.read import Column, Place, Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workers.contract.spec import RankingTask

Form = Literal["lists", "pairs"]
# From this relevance on a candidate counts as right.
RIGHT = 0.5


class Candidate(NamedTuple):
    """`item` tells candidates apart where their texts do not: the id that the file gives, else the text."""

    text: str
    item: str


def candidate_columns(spec: RankingTask) -> list[Column]:
    """Columns of both forms; `with_candidates` says which one it is."""
    return [
        Column("query", spec.query_column, values.text, is_optional=True),
        Column("history", spec.history_column, _history, is_optional=True),
        Column("candidates", spec.candidates_column, _candidates, is_optional=True),
        Column("positive", spec.positive_column, _as_it_is, is_optional=True),
        Column("text_a", spec.text_a_column, values.text, is_optional=True),
        Column("text_b", spec.text_b_column, values.text, is_optional=True),
        Column("label", spec.label_column, _relevance, is_optional=True),
        Column("score", spec.score_column, _relevance, is_optional=True),
    ]


def has_no_query(raw: Mapping[str, Any]) -> bool:
    """Of a raw row, whose form is not known yet: neither form has something to ask with."""
    is_list = not values.is_blank(raw["query"]) or raw["history"] not in (None, "", [], "[]")
    return not is_list and (values.is_blank(raw["text_a"]) or values.is_blank(raw["text_b"]))


def form_of(rows: Rows) -> Form:
    return "lists" if any(found is not None for found in rows["candidates"]) else "pairs"


def with_candidates(rows: Rows, spec: RankingTask, form: Form) -> Rows:
    """The rows as `query` (a text), `candidates` and `relevance` (a number from 0 to 1 for each of them).

    Raises JobError `data:missing_column`, `data:missing_label`, `data:unknown_positive`, `data:damaged`.
    """
    if form == "lists":
        _need(rows, "candidates", spec.candidates_column)
        _need(rows, "positive", spec.positive_column)
        queries = tuple(_query(*row) for row in zip(rows["query"], rows["history"], strict=True))
        lists = tuple(
            _checked(found, Place(rows.file, row, spec.candidates_column))
            for row, found in zip(rows.rows, rows["candidates"], strict=True)
        )
        relevance = tuple(
            _one_hot(found, positive, Place(rows.file, row, spec.positive_column))
            for row, found, positive in zip(rows.rows, lists, rows["positive"], strict=True)
        )
    else:
        _need(rows, "text_a", spec.text_a_column)
        _need(rows, "text_b", spec.text_b_column)
        queries = rows["text_a"]
        lists = tuple((Candidate(text, text),) for text in rows["text_b"])
        role, name = (
            ("label", spec.label_column)
            if any(found is not None for found in rows["label"])
            else ("score", spec.score_column)
        )
        for row, found in zip(rows.rows, rows[role], strict=True):
            if found is None:
                raise values.missing_label(Place(rows.file, row, name))
        relevance = tuple((found,) for found in rows[role])
    fields = {"query": queries, "candidates": lists, "relevance": relevance}
    return Rows(rows.split, rows.file, fields, rows.rows, rows.left_out)


def _need(rows: Rows, role: str, name: str) -> None:
    if all(found is None for found in rows[role]):
        raise JobError(
            "data:missing_column",
            f"{rows.file} has no column {name!r}; it needs a query, candidates and which one is right, or pairs of texts with "
            "a label or a score.",
            file=rows.file,
            column=name,
            columns=sorted(role for role, found in rows.fields.items() if any(value is not None for value in found)),
            row=None,
        )


def _query(query: str | None, history: tuple[str, ...] | None) -> str:
    """A history as one text, the newest first: what does not fit is the oldest."""
    return query if query and not values.is_blank(query) else "; ".join(reversed(history or ()))


def _checked(found: tuple[Candidate, ...] | None, place: Place) -> tuple[Candidate, ...]:
    if found is None or len(found) < 2:  # noqa: PLR2004 - there is no order of one
        raise place.damaged(f"has fewer than two candidates in column {place.column!r}")
    return found


def _one_hot(candidates: tuple[Candidate, ...], positive: Any, place: Place) -> tuple[float, ...]:
    if positive is None or positive == "":
        raise values.missing_label(place)
    right = _position(candidates, positive)
    if right is None:
        raise JobError(
            "data:unknown_positive",
            f"Row {place.row} of {place.file} has {positive!r} in column {place.column!r}, which is not exactly one of its "
            f"{len(candidates)} candidates; give the item_id, the text or the position (from 0) of one.",
            file=place.file,
            row=place.row,
            column=place.column,
        )
    return tuple(float(i == right) for i in range(len(candidates)))


def _position(candidates: tuple[Candidate, ...], positive: Any) -> int | None:
    """By id, then by text; by position only where candidates have no ids that a number could mean as well."""
    wanted = str(positive)
    for matches in (
        [i for i, candidate in enumerate(candidates) if candidate.item == wanted],
        [i for i, candidate in enumerate(candidates) if candidate.text == wanted],
    ):
        if matches:
            return matches[0] if len(matches) == 1 else None
    has_ids = any(candidate.item != candidate.text for candidate in candidates)
    if has_ids or isinstance(positive, bool) or not wanted.isdecimal():
        return None
    return int(wanted) if int(wanted) < len(candidates) else None


def _candidates(value: Any, place: Place) -> tuple[Candidate, ...]:
    return tuple(_candidate(part, place) for part in values.listed(value, place))


def _candidate(value: Any, place: Place) -> Candidate:
    text, item = (value.get("text"), value.get("item_id")) if isinstance(value, dict) else (value, None)
    if values.is_blank(text):
        raise place.damaged(f"has a candidate without a text in column {place.column!r}")
    found = values.text(text, place)
    return Candidate(found, found if item is None else values.text(item, place))


def _history(value: Any, place: Place) -> tuple[str, ...]:
    parts = values.listed(value, place)
    return tuple(values.text(part.get("text") if isinstance(part, dict) else part, place) for part in parts)


def _as_it_is(value: Any, place: Place) -> Any:
    if not isinstance(value, str | int):
        raise place.damaged(f"has {value!r} in column {place.column!r} where an item id, a text or a position belongs")
    return value


def _relevance(value: Any, place: Place) -> float:
    found = float(value) if isinstance(value, bool) else values.number(value, place)
    if not 0 <= found <= 1:
        raise place.damaged(f"has {value!r} in column {place.column!r} where a number between 0 and 1 belongs")
    return found
