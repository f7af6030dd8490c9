"""Any number of labels for a row: a list, a list as JSON, or names with separators between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from anneal.datasets.files.kinds._lengths import Lengths
from anneal.datasets.files.kinds._lists import list_of
from anneal.datasets.files.kinds._vocabulary import Forms, SplitCounts, Vocabulary
from anneal.datasets.files.kinds.column import BAD, Blocks, Column
from anneal.datasets.files.kinds.label import label_of
from anneal.datasets.files.kinds.text import cell_text
from anneal.datasets.files.problems import Findings, Problem, ProblemLog, shown
from anneal.datasets.files.values import is_blank
from workers.contract.columns import DataColumn


class LabelSetColumn(Column):
    """Every character of `delimiter` separates; without one, a cell is a list. Sets are kept in alphabetical order."""

    arrow = pa.list_(pa.string())

    def __init__(self, column: DataColumn, name: str, *, delimiter: str | None = None) -> None:
        super().__init__(column, name, delimiter=delimiter)
        self._names = Vocabulary(name)
        self._counts, self._lengths = SplitCounts(), Lengths("labels")
        self._forms = Forms()
        self._num_empty = 0
        self._first: list[str] | None = None
        self._is_varied = False
        self._separators = re.compile(f"[{re.escape(delimiter)}]") if delimiter else None

    def cell(self, value: Any, line: int, findings: Findings) -> Any:
        parts = self._parts(value, line, findings)
        if parts is BAD:
            return BAD
        labels: list[str] = []
        for part in parts:
            label = self._label(part, line, findings)
            if label is BAD:  # One reason is enough for a row, and it counts as one.
                return BAD
            labels.append(label)
        padded = next(
            (label for part, label in zip(parts, labels, strict=True) if part.__class__ is str and part != label), None
        )
        if padded is not None:
            findings.warn("data:label_spaces", line, self.name, value=padded)
        if len(set(labels)) < len(labels):
            findings.warn("data:repeated_label", line, self.name, value=value)
        return sorted(set(labels))

    def _parts(self, value: Any, line: int, findings: Findings) -> Any:
        if self._separators is None:
            if is_blank(value):
                findings.bad("data:missing_label", line, self.name)
                return BAD
            return list_of(value, line, self.name, findings)
        if is_blank(value):
            return []
        found = list_of(value, line, self.name, findings, otherwise=self._split)
        # "a, b," is written by people who mean two labels.
        return found if found is BAD else [part for part in found if not is_blank(part)]

    def _split(self, text: str) -> list[str]:
        """A space after a separator is how people write lists."""
        return [part.strip() for part in self._separators.split(text)] if self._separators else [text]

    def _label(self, part: Any, line: int, findings: Findings) -> Any:
        text = cell_text(part, line, self.name, findings)
        if text is BAD:
            return BAD
        label = label_of(text.strip(), line, self.name, findings)
        if label is not BAD:
            self._forms.see(part, label, line, self.name, findings)
        return label

    def learn(self, values: Sequence[Any], lines: Sequence[int], file: str) -> list[int]:
        positions = []
        for position, labels in enumerate(values):
            fresh = self._names.new_among(labels) if labels else ()
            for label in sorted(fresh):
                self._names.add(label, file, lines[position])
            if fresh:
                positions.append(position)
        return positions

    def see(self, cells: pa.Array, split: str) -> None:
        sizes = pc.list_value_length(cells)
        self._counts.see(pc.list_flatten(cells), split)
        self._lengths.see(sizes)
        self._num_empty += pc.sum(pc.equal(sizes, 0)).as_py() or 0
        if not self._is_varied:
            sets = cells.to_pylist()
            self._first = sets[0] if self._first is None else self._first
            self._is_varied = any(one != self._first for one in sets)

    def measure(self, blocks: Blocks) -> dict[str, Any]:
        del blocks
        return {
            "kind": self.kind,
            "labels": self._counts.as_json(),
            "length": self._lengths.summary(),
            "num_empty": self._num_empty,
            "is_varied": self._is_varied,
        }

    def judge(self, statistics: dict[str, Any], num_rows: int, log: ProblemLog) -> None:
        labels = statistics["labels"]
        if not labels:
            log.add(Problem("data:no_labels", column=self.name))
        elif not statistics["is_varied"]:
            log.add(
                Problem(
                    "data:single_class", column=self.name, value=shown(", ".join(entry["label"] for entry in labels))
                )
            )
        self._names.judge(labels, log)
        self._names.judge_tested(labels, log)
        self._names.judge_number(labels, num_rows, log)
