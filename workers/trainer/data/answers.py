"""Answers that are passages of a text: read from a file's columns, and brought to where they really stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from workers.contract.events import Warned
from workers.contract.reasons import JobError
from workers.trainer.data import values
from workers.trainer.data.doubts import missing_values
from workers.trainer.data.read import Column, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.spec import QuestionAnsweringTask
    from workers.trainer.data.read import Place

_ROWS_NAMED = 5


class Passage(NamedTuple):
    """`context[start : start + len(text)]` should be `text`; offsets count characters."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def answer_columns(spec: QuestionAnsweringTask) -> list[Column]:
    """Either of the two forms may be there; `with_answers` makes one of them."""
    return [
        Column("answers", spec.answers_column, _passages, is_optional=True),
        Column("answer_text", spec.answer_text_column, values.text, is_optional=True),
        Column("answer_start", spec.answer_start_column, _offset, is_optional=True),
    ]


def with_answers(rows: Rows, spec: QuestionAnsweringTask) -> tuple[Rows, list[Warned]]:
    """The rows with one field `answers`: passages that stand in the context, none where the question has no answer.

    A passage that is not at its offset but occurs exactly once is moved there, which a warning counts, as another does rows that say
    nothing of answers. Raises JobError `data:missing_column`, `data:answer_not_found`.
    """
    told, silent = _told(rows, spec)
    found: list[tuple[Passage, ...]] = []
    moved, lost = [], []
    for row, context, passages in zip(rows.rows, rows["context"], told, strict=True):
        standing = [_standing(passage, context) for passage in passages]
        lost += [(row, context, passage) for passage, place in zip(passages, standing, strict=True) if place is None]
        kept = tuple(_trimmed(place) for place in standing if place is not None)
        if kept != tuple(_trimmed(passage) for passage in passages):
            moved.append(row)
        found.append(kept)
    if lost:
        raise _not_found(rows, spec, lost)
    others = {role: column for role, column in rows.fields.items() if not role.startswith("answer")}
    checked = Rows(rows.split, rows.file, {**others, "answers": tuple(found)}, rows.rows, rows.left_out)
    return checked, [*silent, *([_answers_moved(rows.file, moved)] if moved else [])]


def _told(rows: Rows, spec: QuestionAnsweringTask) -> tuple[list[tuple[Passage, ...]], list[Warned]]:
    """What the file says, before anything is checked against the context."""
    if any(answers is not None for answers in rows["answers"]):
        silent = missing_values(rows, rows["answers"], column=spec.answers_column)
        return [answers or () for answers in rows["answers"]], silent
    if all(text is None for text in rows["answer_text"]):
        raise JobError(
            "data:missing_column",
            f"{rows.file} has no answers: neither a column {spec.answers_column!r} nor {spec.answer_text_column!r} with "
            f"{spec.answer_start_column!r}.",
            file=rows.file,
            column=spec.answers_column,
            columns=[],
            row=None,
        )
    # Without an offset the text has to be searched for.
    told: list[tuple[Passage, ...]] = [
        () if values.is_blank(text) else (Passage(text, -1 if start is None else start),)
        for text, start in zip(rows["answer_text"], rows["answer_start"], strict=True)
    ]
    return told, missing_values(rows, rows["answer_text"], column=spec.answer_text_column)


def _standing(passage: Passage, context: str) -> Passage | None:
    """The passage where it really stands: at its offset, or else at its only occurrence."""
    if passage.start >= 0 and context.startswith(passage.text, passage.start):
        return passage
    places = _occurrences(passage.text, context)
    return Passage(passage.text, places[0]) if len(places) == 1 else None


def _occurrences(text: str, context: str) -> list[int]:
    places, start = [], context.find(text)
    while start >= 0:
        places.append(start)
        start = context.find(text, start + 1)
    return places


def _trimmed(passage: Passage) -> Passage:
    """Without spaces at its ends, which no token covers."""
    text = passage.text.strip()
    return Passage(text, passage.start + passage.text.index(text))


def _passages(value: Any, place: Place) -> tuple[Passage, ...]:
    """Of {"text": [...], "answer_start": [...]}, or of a list of objects with both; blank texts say that there is no answer."""
    value = values.loaded(value)
    if isinstance(value, dict) and "text" in value and "answer_start" in value:
        texts, starts = values.texts(value["text"], place), values.listed(value["answer_start"], place)
        if len(texts) != len(starts):
            raise place.damaged(f"has {len(texts)} texts and {len(starts)} offsets in column {place.column!r}")
        pairs: list[tuple[Any, Any]] = list(zip(texts, starts, strict=True))
    elif isinstance(value, list) and all(isinstance(part, dict) and "text" in part for part in value):
        pairs = [(values.text(part["text"], place), part.get("answer_start")) for part in value]
    else:
        raise place.damaged(
            f'has no answers in column {place.column!r}; write {{"text": ["…"], "answer_start": [0]}}, with empty lists '
            "where there is none"
        )
    return tuple(
        Passage(text, -1 if start is None else _offset(start, place))
        for text, start in pairs
        if not values.is_blank(text)
    )


def _offset(value: Any, place: Place) -> int:
    found = values.number(value, place)
    if found != int(found):
        raise place.damaged(
            f"has the offset {value!r} in column {place.column!r}; offsets are whole numbers of characters"
        )
    return int(found)


def _not_found(rows: Rows, spec: QuestionAnsweringTask, lost: Sequence[tuple[int, str, Passage]]) -> JobError:
    row, context, passage = lost[0]
    column = spec.answers_column if any(answers is not None for answers in rows["answers"]) else spec.answer_text_column
    times = len(_occurrences(passage.text, context))
    stands = context[max(0, passage.start) : max(0, passage.start) + len(passage.text)]
    where = "no offset is given" if passage.start < 0 else f"{stands!r} stands at its offset {passage.start}"
    more = sorted({number for number, _, _ in lost} - {row})
    rest = f" {len(more)} more rows are like it: rows {_named(more)}." if more else ""
    return JobError(
        "data:answer_not_found",
        f"Row {row} of {rows.file} has an answer in column {column!r} that is not in its context: {passage.text!r} is "
        f"expected, {where}, and the answer occurs {f'{times} times' if times else 'nowhere'}.{rest} Correct the offsets, or "
        "remove the rows.",
        file=rows.file,
        row=row,
        column=column,
        count=len(more) + 1,
    )


def _answers_moved(file: str, moved: Sequence[int]) -> Warned:
    return Warned(
        code="data:answers_moved",
        message=f"{len(moved)} rows of {file} have an answer that is not at its offset; each was found at its only place in the "
        f"context and is used there: rows {_named(moved)}.",
        params={"file": file, "count": len(moved), "rows": _named(moved)},
    )


def _named(rows: Sequence[int]) -> str:
    shown = ", ".join(str(row) for row in rows[:_ROWS_NAMED])
    return f"{shown} …" if len(rows) > _ROWS_NAMED else shown
