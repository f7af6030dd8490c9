"""The names that occur in a column: labels, or types of spans. Where each was first seen, and how often it occurs in every split."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from anneal.datasets.files.flat import Places as Lines
from anneal.datasets.files.kinds._lengths import counted
from anneal.datasets.files.kinds.column import SPLITS
from anneal.datasets.files.problems import Findings, Problem, ProblemLog, UnreadableError, shown

MAX_NAMES = 10_000
# With fewer occurrences, many different ones say little.
_TELLING = 20
_NAMED = 5


class Vocabulary:
    """Names of one column in the order in which they appeared."""

    def __init__(self, column: str) -> None:
        self._column = column
        self.places: dict[str, tuple[str, int]] = {}

    def new_among(self, names: Iterable[str]) -> set[str]:
        """Those not seen before."""
        return set(names) - self.places.keys()

    def add(self, name: str, file: str, line: int) -> None:
        """Note a new name. Raises UnreadableError when there are too many to be names."""
        if len(self.places) >= MAX_NAMES:
            raise UnreadableError(
                Problem("data:too_many_labels", file=file, row=line, column=self._column, params={"limit": MAX_NAMES})
            )
        self.places[name] = (file, line)

    def judge(self, counts: list[dict[str, Any]], log: ProblemLog) -> None:
        """Find names that training lacks, and those that occur once."""
        by_name = {entry["label"]: entry for entry in counts}
        for name, (file, line) in self.places.items():
            entry = by_name.get(name)
            if entry is None:
                continue  # of a file that could not be read to its end
            if not entry["train"]:
                log.add(Problem("data:unseen_label", file=file, row=line, column=self._column, value=shown(name)))
            elif sum(entry[split] for split in SPLITS) == 1:
                log.add(Problem("data:rare_label", "warning", file, line, self._column, shown(name)))

    def judge_tested(self, counts: list[dict[str, Any]], log: ProblemLog) -> None:
        """Tell once of names that are learnt and not tested. A single occurrence is told as such."""
        untested = [
            entry["label"] for entry in counts if not entry["test"] and entry["train"] + entry["validation"] > 1
        ]
        if untested and any(entry["test"] for entry in counts):
            named = ", ".join(map(shown, untested[:_NAMED])) + (", …" if len(untested) > _NAMED else "")
            told = {"found": len(untested), "total": len(counts), "labels": named}
            log.add(Problem("data:untested_labels", "warning", column=self._column, params=told))

    def judge_number(self, counts: list[dict[str, Any]], num_rows: int, log: ProblemLog) -> None:
        """Doubt names of which hardly one occurs twice."""
        occurrences = sum(entry[split] for entry in counts for split in SPLITS)
        if occurrences >= _TELLING and len(counts) * 2 > occurrences:
            found = {"found": len(counts), "rows": num_rows}
            log.add(Problem("data:many_labels", "warning", column=self._column, params=found))


class Forms:
    """How a file writes the labels of one column: as text, number or truth. Two forms that are one label are told, once for the column."""

    def __init__(self) -> None:
        self._file: str | None = None
        self._seen: dict[str, dict[type, tuple[int, Any]]] = {}
        self._is_told = False

    def has_text(self, label: str, file: str) -> bool:
        """Whether the file has written the label as text before."""
        return file == self._file and str in self._seen.get(label, ())

    def see(self, value: Any, label: str, line: int, column: str, findings: Findings) -> None:
        """`value` became `label`. Files of other formats write otherwise, and are not compared."""
        if findings.file != self._file:
            self._file, self._seen = findings.file, {}
        forms = self._seen.setdefault(label, {})
        if value.__class__ in forms:
            return
        if forms and not self._is_told:
            first_line, first = next(iter(forms.values()))
            told = {"written": json.dumps(value), "first": json.dumps(first), "first_row": first_line}
            findings.warn("data:label_types", line, column, value=label, **told)
            self._is_told = True
        forms[value.__class__] = line, value

    def see_texts(self, coded: pa.DictionaryArray, lines: Lines, column: str, findings: Findings) -> None:
        """The same for labels that are all written as text."""
        labels = coded.dictionary.to_pylist()
        if all(self.has_text(label.strip(), findings.file) for label in labels):
            return
        _, firsts = np.unique(coded.indices.to_numpy(), return_index=True)
        for label, at in zip(labels, firsts.tolist(), strict=True):
            self.see(label, label.strip(), int(lines[at]), column, findings)


class SplitCounts:
    """How often each name occurs in each split."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}

    def see(self, names: pa.Array, split: str) -> None:
        """Take an array of names into account."""
        for name, count in counted(names):
            self._counts[split][name] += count

    def add(self, names: Iterable[str], split: str) -> None:
        """Take names into account."""
        self._counts[split].update(names)

    def as_json(self) -> list[dict[str, Any]]:
        """`{"label", "train", "validation", "test"}`, in alphabetical order."""
        names = sorted(set().union(*self._counts.values()))
        return [{"label": name, **{split: self._counts[split][name] for split in SPLITS}} for name in names]
