"""One label for a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from anneal.datasets.files.flat import Places as Lines
from anneal.datasets.files.kinds._vocabulary import Forms, SplitCounts, Vocabulary
from anneal.datasets.files.kinds.column import BAD, Blocks, Column
from anneal.datasets.files.kinds.text import cell_text, whole_text
from anneal.datasets.files.problems import Findings, Problem, ProblemLog, shown
from workers.contract.columns import DataColumn

MAX_LABEL_CHARACTERS = 200


def label_of(text: str, line: int, column: str, findings: Findings) -> Any:
    """A label without spaces around it; `BAD` when it is none."""
    label = text.strip()
    if not label:
        findings.bad("data:missing_label", line, column)
    elif len(label) > MAX_LABEL_CHARACTERS:
        findings.bad("data:label_too_long", line, column, value=label, limit=MAX_LABEL_CHARACTERS)
    elif whole_text(label, line, column, findings) is not BAD:
        if label != text:
            findings.warn("data:label_spaces", line, column, value=label)
        return label
    return BAD


class LabelColumn(Column):
    arrow = pa.string()

    def __init__(self, column: DataColumn, name: str, *, delimiter: str | None = None) -> None:
        super().__init__(column, name, delimiter=delimiter)
        self._names = Vocabulary(name)
        self._counts = SplitCounts()
        self._forms = Forms()
        self._last: tuple[pa.Array, pa.DictionaryArray] | None = None

    def checked(self, values: Sequence[Any], lines: Sequence[int], findings: Findings) -> list[Any]:
        """A label that occurred before in a good row needs no second look."""
        known = self._names.places
        return [
            value
            if value.__class__ is str and value in known and self._forms.has_text(value, findings.file)
            else self.cell(value, line, findings)
            for value, line in zip(values, lines, strict=True)
        ]

    def check_texts(self, texts: pa.Array, lines: Lines, findings: Findings) -> pa.Array | None:
        """Each different label is looked at once; only where that raises a doubt, every cell that holds it."""
        if self.is_optional:
            return None
        coded = self.coded(texts)
        self._forms.see_texts(coded, lines, self.name, findings)
        is_doubtful = np.array([not self._is_sound(label) for label in coded.dictionary.to_pylist()], bool)
        if not is_doubtful.any():
            return texts
        return self.checked_where(is_doubtful[coded.indices.to_numpy()], texts, lines, findings)

    def _is_sound(self, label: str) -> bool:
        is_known = label in self._names.places
        return is_known or (label == label.strip() and 0 < len(label) <= MAX_LABEL_CHARACTERS and "\0" not in label)

    def coded(self, texts: pa.Array) -> pa.DictionaryArray:
        """Labels as numbers of what occurs among them. The last answer is kept, since a sound block is asked about again and again."""
        if self._last is None or self._last[0] is not texts:
            self._last = texts, texts.dictionary_encode()
        return self._last[1]

    def learn_texts(self, texts: pa.Array, lines: Lines, file: str) -> list[int]:
        coded = self.coded(texts)
        fresh = self._names.new_among(coded.dictionary.to_pylist())
        if not fresh:
            return []
        _, firsts = np.unique(coded.indices.to_numpy(), return_index=True)
        positions = [
            at for at, label in zip(firsts.tolist(), coded.dictionary.to_pylist(), strict=True) if label in fresh
        ]
        for position in positions:
            self._names.add(texts[position].as_py(), file, int(lines[position]))
        return positions

    def cell(self, value: Any, line: int, findings: Findings) -> Any:
        text = cell_text(value, line, self.name, findings)
        label = BAD if text is BAD else label_of(text, line, self.name, findings)
        if label is not BAD:
            self._forms.see(value, label, line, self.name, findings)
        return label

    def learn(self, values: Sequence[Any], lines: Sequence[int], file: str) -> list[int]:
        fresh = self._names.new_among(values)
        positions = sorted(values.index(label) for label in fresh)
        for position in positions:
            self._names.add(values[position], file, lines[position])
        return positions

    def see(self, cells: pa.Array, split: str) -> None:
        self._counts.see(cells, split)

    def measure(self, blocks: Blocks) -> dict[str, Any]:
        del blocks
        return {"kind": self.kind, "labels": self._counts.as_json()}

    def judge(self, statistics: dict[str, Any], num_rows: int, log: ProblemLog) -> None:
        labels = statistics["labels"]
        if len(labels) == 1:
            log.add(Problem("data:single_class", column=self.name, value=shown(labels[0]["label"])))
        self._names.judge(labels, log)
        if len(labels) > 1 and all(_looks_numeric(entry["label"]) for entry in labels):
            log.add(Problem("data:numeric_labels", "warning", column=self.name, params={"found": len(labels)}))
        self._names.judge_tested(labels, log)
        self._names.judge_number(labels, num_rows, log)


def _looks_numeric(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True
