"""What looks like a mistake in rows that can be learnt from: it is said and nothing is changed."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from workers.chat_template import pattern_of
from workers.contract.events import Warned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData


# The roles of texts that the tokenizer reads as they are written.
_READ = frozenset(
    [
        *["text", "text_b", "tokens", "question", "context", "anchor", "positive", "negative"],
        *["query", "candidates", "source", "target"],
    ]
)


def doubtful_examples(data: TaskData, *, inputs: Sequence[str], target: str | None = None) -> list[Warned]:
    """Equal inputs with different targets in the training rows, and rows to judge by that are training rows as well.

    `inputs` and `target` are roles. A row counts as seen when all its inputs are those of a training row.
    """
    train = data.train
    asked = _inputs(train, inputs)
    judged = [data.validation] if data.held_out is data.validation else [data.validation, data.held_out]
    known = set(asked)
    found = [warning for rows in judged for warning in _seen(rows, known, train, inputs)]
    return found if target is None else [*found, *_contradicting(train, asked, train[target])]


def similar_labels(rows: Rows, labels: Iterable[str]) -> list[Warned]:
    """Labels that differ in case, spaces or the width of their letters alone: one label spelt in two ways, more often than two."""
    spelt: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        spelt[" ".join(unicodedata.normalize("NFKC", label).casefold().split())].append(label)
    alike = [found for found in spelt.values() if len(found) > 1]
    if not alike:
        return []
    first, second = alike[0][:2]
    return [
        Warned(
            code="data:similar_labels",
            message=f"{rows.file} has the labels {first!r} and {second!r}, which differ in case, spaces or width alone, and are learnt as "
            f"two ({len(alike)} such groups); spell them alike if they are one.",
            params={"file": rows.file, "first": first, "second": second, "count": len(alike)},
        )
    ]


def identical_pairs(
    rows: Rows, first: Sequence[Any], second: Sequence[Any], *, columns: tuple[str, str]
) -> list[Warned]:
    """Rows whose two sides, which ought to differ, are the same."""
    found = [number for number, one, other in zip(rows.rows, first, second, strict=True) if one == other]
    return _said(
        "data:identical_pairs",
        rows,
        found,
        f"rows of {rows.file} have the same text in {columns[0]} and in {columns[1]}",
        source=columns[0],
        target=columns[1],
    )


def longer_than_source(rows: Rows, *, column: str) -> list[Warned]:
    """Summaries that are longer than what they sum up."""
    texts = zip(rows.rows, rows["source"], rows["target"], strict=True)
    found = [number for number, source, target in texts if len(target) > len(source)]
    return _said(
        "data:longer_than_source",
        rows,
        found,
        f"rows of {rows.file} have a longer text in {column} than their source",
        column=column,
    )


def tags_without_beginning(rows: Rows, *, column: str) -> list[Warned]:
    """Rows in which some I-TYPE goes on with nothing of its type (IOB2); it is read as the beginning of a span."""
    found = [number for number, tags in zip(rows.rows, rows["tags"], strict=True) if _is_without_beginning(tags)]
    return _said(
        "data:tags_without_beginning",
        rows,
        found,
        f"rows of {rows.file} have a tag in {column} that goes on with a span (I-) where none has begun (B-)",
        column=column,
    )


def missing_values(rows: Rows, found: Sequence[Any], *, column: str) -> list[Warned]:
    """Rows with nothing where others have a list: that it is an empty one is a guess."""
    return _said(
        "data:missing_values",
        rows,
        [number for number, value in zip(rows.rows, found, strict=True) if value is None],
        f"rows of {rows.file} have nothing in {column} where others have something, and are learnt as rows that have none (write an "
        "empty list where that is meant)",
        column=column,
    )


def special_tokens(rows: Rows, tokenizer: Any) -> list[Warned]:
    """Rows whose texts hold what the tokenizer reads as a token of its own meaning, such as the end of the text.

    Conversations are read otherwise, and their own reading says what it found.
    """
    if "messages" in rows.fields:
        return []
    pattern = pattern_of(token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    held: dict[int, str] = {}
    for role in (role for role in rows.fields if role in _READ):
        for number, value in zip(rows.rows, rows[role], strict=True):
            matches = filter(None, map(pattern.search, _texts(value)))
            if (first := next(matches, None)) is not None:
                held.setdefault(number, first[0])
    found = sorted(held)
    token = held[found[0]] if found else ""
    return _said(
        "data:special_tokens",
        rows,
        found,
        f"rows of {rows.file} hold special tokens of the base model in their texts, such as {token}, which are read as these and not as "
        "text (write them otherwise where text is meant)",
        token=token,
    )


def _texts(value: Any) -> Sequence[str]:
    """Of a text, of words, of candidates, or of nothing."""
    if isinstance(value, str):
        return (value,)
    return [part if isinstance(part, str) else part.text for part in value or ()]


def _is_without_beginning(tags: Sequence[str]) -> bool:
    before = ("O", *tags[:-1])
    return any(tag.startswith("I-") and last[2:] != tag[2:] for last, tag in zip(before, tags, strict=True))


def _inputs(rows: Rows, roles: Sequence[str]) -> list[tuple[str, ...]]:
    """Of each row what it is known by; what is more than a text, such as a conversation, by how it is written."""
    return list(zip(*(map(_written, rows[role]) for role in roles), strict=True))


def _written(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _seen(rows: Rows, known: set[tuple[str, ...]], train: Rows, roles: Sequence[str]) -> list[Warned]:
    found = [number for number, asked in zip(rows.rows, _inputs(rows, roles), strict=True) if asked in known]
    return _said(
        "data:leakage",
        rows,
        found,
        f"of the {len(rows)} {rows.split} rows ({rows.file}) stand in the training rows ({train.file}) as well, so that figures flatter",
        split=rows.split,
        total=len(rows),
        train=train.file,
    )


def _contradicting(train: Rows, asked: Sequence[tuple[str, ...]], targets: Sequence[Any]) -> list[Warned]:
    first: dict[tuple[str, ...], Any] = {}
    found = [
        number
        for number, question, target in zip(train.rows, asked, targets, strict=True)
        if first.setdefault(question, target) != target
    ]
    return _said(
        "data:conflicting_targets",
        train,
        found,
        f"rows of {train.file} have the input of an earlier row and another answer",
    )


def _said(code: str, rows: Rows, found: Sequence[int], what: str, **params: str | int) -> list[Warned]:
    """One warning about all rows found, none without any."""
    if not found:
        return []
    return [
        Warned(
            code=code,
            message=f"{len(found)} {what}; the first is row {found[0]}.",
            params={"file": rows.file, "count": len(found), "row": found[0], **params},
        )
    ]
