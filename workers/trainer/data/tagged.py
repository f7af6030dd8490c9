"""Tokens with tags: lists of both, or a text with its spans, of which such lists are made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workers.contract.reasons import JobError
from workers.contract.tagged import SpanRefusedError, tokens_and_tags
from workers.contract.tags import is_tag
from workers.trainer.data import values
from workers.trainer.data.doubts import missing_values
from workers.trainer.data.read import Column, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workers.contract.events import Warned
    from workers.contract.spec import TokenClassificationTask
    from workers.trainer.data.read import Rows

    Tagged = tuple[tuple[str, ...], tuple[str, ...]]

_WRONG = {
    "data:bad_spans": "{value!r} is none; one is [start, end, label] or an object with start, end and label, and has a word in it",
    "data:span_inverted": "{value!r} ends before it begins",
    "data:span_outside": "{value!r} lies outside of the text, which has {length} characters",
    "data:span_differs": "the text has {found!r} where one says that {value!r} stands",
    "data:spans_overlap": "the one around {value!r} begins before another ends",
}
"""What is wrong with spans, by the codes of the contract."""


def tag_columns(spec: TokenClassificationTask) -> list[Column]:
    """Either of the two forms may be there; `with_tags` makes one of them, and looks at the other only where it is needed."""
    return [
        Column("tokens", spec.tokens_column, values.texts, is_optional=True),
        Column("tags", spec.tags_column, _tags, is_optional=True),
        Column("text", spec.text_column, _as_it_is, is_optional=True),
        Column("spans", spec.spans_column, _as_it_is, is_optional=True),
    ]


def has_no_token(raw: Mapping[str, Any]) -> bool:
    tokens = raw["tokens"]
    return values.is_blank(raw["text"]) if tokens is None else values.is_blank(tokens) or tokens in ([], "[]")


def with_tags(rows: Rows, spec: TokenClassificationTask) -> tuple[Rows, list[Warned]]:
    """The rows with `tokens` and `tags`; a warning counts those that say nothing of spans.

    Raises JobError `data:missing_column`, `data:missing_label`, `data:damaged`.
    """
    has_tokens = any(tokens is not None for tokens in rows["tokens"])
    if all(told is None for told in rows["tags" if has_tokens else "spans"]):
        raise JobError(
            "data:missing_column",
            f"{rows.file} has no tags: neither columns {spec.tokens_column!r} and {spec.tags_column!r} nor columns "
            f"{spec.text_column!r} and {spec.spans_column!r}.",
            file=rows.file,
            column=spec.tags_column if has_tokens else spec.spans_column,
            columns=[],
            row=None,
        )
    read = _of_lists if has_tokens else _of_spans
    tagged = [read(rows, position, spec) for position in range(len(rows))]
    tokens, tags = zip(*tagged, strict=True)
    others = {role: column for role, column in rows.fields.items() if role not in {"text", "spans"}}
    silent = [] if has_tokens else missing_values(rows, rows["spans"], column=spec.spans_column)
    return replace(rows, fields={**others, "tokens": tokens, "tags": tags}), silent


def _of_lists(rows: Rows, position: int, spec: TokenClassificationTask) -> Tagged:
    row, tokens, tags = rows.rows[position], rows["tokens"][position], rows["tags"][position]
    if tokens is None:
        raise Place(rows.file, row, spec.tokens_column).damaged(f"has no tokens in column {spec.tokens_column!r}")
    if tags is None:
        raise values.missing_label(Place(rows.file, row, spec.tags_column))
    if len(tokens) != len(tags):
        raise JobError(
            "data:damaged",
            f"Row {row} of {rows.file} has {len(tokens)} tokens and {len(tags)} tags; every token needs one tag.",
            file=rows.file,
            row=row,
        )
    return tokens, tags


def _of_spans(rows: Rows, position: int, spec: TokenClassificationTask) -> Tagged:
    """A row without a list of spans has none in its text."""
    text = values.text(rows["text"][position], Place(rows.file, rows.rows[position], spec.text_column))
    place = Place(rows.file, rows.rows[position], spec.spans_column)
    told = rows["spans"][position]
    spans = [] if told is None else values.listed(told, place)
    try:
        tokens, tags = tokens_and_tags(text, spans)
    except SpanRefusedError as error:
        wrong = _WRONG[error.code].format(value=error.value, **error.params)
        raise place.damaged(f"has bad spans in column {place.column!r}: {wrong}") from error
    return tuple(tokens), tuple(tags)


def _tags(value: Any, place: Place) -> tuple[str, ...]:
    tags = values.texts(value, place)
    for position, tag in enumerate(tags, start=1):
        if not is_tag(tag):
            raise place.damaged(
                f"has the tag {tag!r} at position {position} of column {place.column!r}; tags are O, B-TYPE or I-TYPE"
            )
    return tags


def _as_it_is(value: Any, place: Place) -> Any:
    del place
    return value
