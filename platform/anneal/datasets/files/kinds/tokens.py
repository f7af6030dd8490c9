"""Tokens of a text and their tags: lists, lists as JSON, or texts with spaces between the parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from anneal.datasets.files.kinds._lengths import Lengths
from anneal.datasets.files.kinds._lists import list_of
from anneal.datasets.files.kinds._vocabulary import SplitCounts, Vocabulary
from anneal.datasets.files.kinds.column import BAD, Blocks, Column
from anneal.datasets.files.kinds.label import MAX_LABEL_CHARACTERS
from anneal.datasets.files.kinds.text import cell_text, whole_text
from anneal.datasets.files.problems import Findings, Problem, ProblemLog
from anneal.datasets.files.values import is_blank
from workers.contract.columns import DataColumn
from workers.contract.tags import OUTSIDE, is_tag, spans_of


def _parts(column: Column, value: Any, line: int, findings: Findings) -> Any:
    """The parts of a cell as texts, none of them empty."""
    if is_blank(value) or value == []:
        findings.bad("data:missing_value", line, column.name)
        return BAD
    parts = list_of(value, line, column.name, findings, otherwise=str.split)
    if parts is BAD:
        return BAD
    if not parts:  # "[]"
        findings.bad("data:missing_value", line, column.name)
        return BAD
    texts = []
    for position, part in enumerate(parts, start=1):
        text = cell_text(part, line, column.name, findings)
        if text is not BAD and (not text or text.isspace()):
            findings.bad("data:empty_item", line, column.name, value=value, position=position)
            text = BAD
        if text is BAD:
            return BAD
        texts.append(text)
    return texts if whole_text("".join(texts), line, column.name, findings) is not BAD else BAD


class TokensColumn(Column):
    arrow = pa.list_(pa.string())

    def __init__(self, column: DataColumn, name: str, *, delimiter: str | None = None) -> None:
        super().__init__(column, name, delimiter=delimiter)
        self._lengths = Lengths("tokens")

    def cell(self, value: Any, line: int, findings: Findings) -> Any:
        return _parts(self, value, line, findings)

    def keys(self, values: Sequence[Any]) -> list[str]:
        return [" ".join(tokens) for tokens in values]

    def see(self, cells: pa.Array, split: str) -> None:
        del split
        self._lengths.see(pc.list_value_length(cells))

    def measure(self, blocks: Blocks) -> dict[str, Any]:
        del blocks
        return {"kind": self.kind, "length": self._lengths.summary()}


class TagsColumn(Column):
    """Tags in the IOB2 scheme. What occurs in them are the types of their spans."""

    arrow = pa.list_(pa.string())

    def __init__(self, column: DataColumn, name: str, *, delimiter: str | None = None) -> None:
        super().__init__(column, name, delimiter=delimiter)
        self._types = Vocabulary(name)
        self._rows, self._spans = SplitCounts(), SplitCounts()

    def cell(self, value: Any, line: int, findings: Findings) -> Any:
        tags = _parts(self, value, line, findings)
        if tags is BAD:
            return BAD
        before = OUTSIDE
        for position, tag in enumerate(tags, start=1):
            if not is_tag(tag):
                findings.bad("data:bad_tag", line, self.name, value=tag, position=position)
                return BAD
            if len(tag) > MAX_LABEL_CHARACTERS:
                findings.bad("data:label_too_long", line, self.name, value=tag, limit=MAX_LABEL_CHARACTERS)
                return BAD
        for position, tag in enumerate(tags, start=1):
            if tag[0] == "I" and before[2:] != tag[2:]:
                findings.warn("data:tag_begins_inside", line, self.name, value=tag, position=position)
                break
            before = tag
        return tags

    def learn(self, values: Sequence[Any], lines: Sequence[int], file: str) -> list[int]:
        positions = []
        for position, tags in enumerate(values):
            fresh = self._types.new_among(tag[2:] for tag in set(tags) if tag != OUTSIDE)
            for name in sorted(fresh):
                self._types.add(name, file, lines[position])
            if fresh:
                positions.append(position)
        return positions

    def see(self, cells: pa.Array, split: str) -> None:
        for tags in cells.to_pylist():
            types = [span.type for span in spans_of(tags)]
            self._spans.add(types, split)
            self._rows.add(set(types), split)

    def measure(self, blocks: Blocks) -> dict[str, Any]:
        """`labels` counts rows in which a type occurs, `spans` its spans."""
        del blocks
        return {"kind": self.kind, "labels": self._rows.as_json(), "spans": self._spans.as_json()}

    def judge(self, statistics: dict[str, Any], num_rows: int, log: ProblemLog) -> None:
        if not any(entry["train"] for entry in statistics["spans"]):
            log.add(Problem("data:no_spans", column=self.name))
        else:
            self._types.judge(statistics["spans"], log)
            self._types.judge_tested(statistics["spans"], log)
        self._types.judge_number(statistics["spans"], num_rows, log)
