"""What makes a good row of a task beyond its single cells, and which rows belong together. A new task is one line in the table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anneal.datasets.files.kinds.column import Column
from anneal.datasets.files.kinds.structured import json_text
from anneal.datasets.files.problems import Findings
from workers.contract.passages import nearest_place

# One row by role -> whether it can be used. May bring a cell into its final form.
RowCheck = Callable[[dict[str, Any], int, Mapping[str, Column], Findings], bool]


@dataclass(frozen=True)
class Shape:
    """`key` is the role that rows are compared by: rows alike in it stay in one split, so that nothing of a test set is learnt."""

    key: str
    checks: tuple[RowCheck, ...] = ()


def sides_differ(first: str, second: str) -> RowCheck:
    """Doubt rows whose two sides are the same."""

    def check(row: dict[str, Any], line: int, columns: Mapping[str, Column], findings: Findings) -> bool:
        if _alike(row[first], row[second]):
            findings.warn("data:identical_sides", line, columns[second].name, value=row[second])
        return True

    return check


def same_length(tokens: str, tags: str) -> RowCheck:
    """Every token needs one tag."""

    def check(row: dict[str, Any], line: int, columns: Mapping[str, Column], findings: Findings) -> bool:
        num_tokens, num_tags = len(row[tokens]), len(row[tags])
        if num_tokens != num_tags:
            findings.bad("data:unequal_lengths", line, columns[tags].name, tokens=num_tokens, tags=num_tags)
        return num_tokens == num_tags

    return check


def answers_in(context: str, answers: str) -> RowCheck:
    """Find where every answer begins in its context; a start that is wrong is put right where there is no doubt."""

    def check(row: dict[str, Any], line: int, columns: Mapping[str, Column], findings: Findings) -> bool:
        given = json.loads(row[answers])
        starts = []
        for text, start in zip(given["text"], given["answer_start"], strict=True):
            found = nearest_place(row[context], text, start or 0)
            if found is None:
                findings.bad("data:answer_not_in_context", line, columns[answers].name, value=text)
                return False
            if start is not None and found != start:
                findings.warn("data:answer_moved", line, columns[answers].name, value=text, given=start, found=found)
            starts.append(found)
        row[answers] = json_text({"text": given["text"], "answer_start": starts})
        return True

    return check


def others_than(positive: str, candidates: str) -> RowCheck:
    """Something to tell the right candidate from."""

    def check(row: dict[str, Any], line: int, columns: Mapping[str, Column], findings: Findings) -> bool:
        has_others = any(not _alike(text, row[positive]) for text in json.loads(row[candidates]))
        if not has_others:
            findings.bad("data:no_negatives", line, columns[candidates].name, value=row[positive])
        return has_others

    return check


def answers_differ(chosen: str, rejected: str) -> RowCheck:
    """Two answers that are the same say nothing about which is better."""

    def check(row: dict[str, Any], line: int, columns: Mapping[str, Column], findings: Findings) -> bool:
        if chosen not in row:
            return True  # of the form with single answers
        are_alike = _alike(row[chosen], row[rejected])
        if are_alike:
            findings.bad("data:identical_answers", line, columns[rejected].name, value=row[rejected])
        return not are_alike

    return check


def shorter_than(source: str, target: str) -> RowCheck:
    """Doubt summaries that are longer than what they sum up."""

    def check(row: dict[str, Any], line: int, columns: Mapping[str, Column], findings: Findings) -> bool:
        if len(row[target]) > len(row[source]):
            findings.warn("data:longer_than_source", line, columns[target].name, value=row[target])
        return True

    return check


def _alike(one: str, other: str) -> bool:
    return one == other or one.split() == other.split()


SHAPES: dict[str, Shape] = {
    "classification": Shape("text"),
    "pair_classification": Shape("text_a", (sides_differ("text_a", "text_b"),)),
    "multi_label": Shape("text"),
    "regression": Shape("text"),
    "pair_regression": Shape("text_a"),
    "token_classification": Shape("tokens", (same_length("tokens", "tags"),)),
    "question_answering": Shape("context", (answers_in("context", "answers"),)),
    "embedding": Shape("anchor", (sides_differ("anchor", "positive"),)),
    "similarity": Shape("text_a"),
    "ranking": Shape("query", (others_than("positive", "candidates"),)),
    "causal_lm": Shape("text"),
    "masked_lm": Shape("text"),
    "chat": Shape("messages"),
    "translation": Shape("source", (sides_differ("source", "target"),)),
    "summarisation": Shape("source", (sides_differ("source", "target"), shorter_than("source", "target"))),
    "preference": Shape("prompt", (answers_differ("chosen", "rejected"),)),
}


def rows_checked(
    shape: Shape,
    cells: dict[str, list[Any]],
    lines: Sequence[int],
    columns: Mapping[str, Column],
    findings: Findings,
) -> list[int]:
    """Positions of the rows that pass all checks; cells may change in place."""
    good = []
    for position, line in enumerate(lines):
        row = {role: values[position] for role, values in cells.items()}
        if all(check(row, line, columns, findings) for check in shape.checks):
            good.append(position)
            for role, value in row.items():
                cells[role][position] = value
    return good
