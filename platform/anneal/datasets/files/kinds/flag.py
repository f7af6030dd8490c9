"""Yes or no for a row: whether an answer is a good one."""

from __future__ import annotations

from typing import Any

from anneal.datasets.files.kinds.column import BAD
from anneal.datasets.files.kinds.label import LabelColumn
from anneal.datasets.files.kinds.text import cell_text
from anneal.datasets.files.problems import Findings, Problem, ProblemLog, shown
from anneal.datasets.files.values import text_of
from workers.contract.columns import FLAGS

_KEPT = {True: "true", False: "false"}


class FlagColumn(LabelColumn):
    """Kept as `true` and `false`, whatever word of `FLAGS` the file has for it."""

    def _is_sound(self, label: str) -> bool:
        return label in _KEPT.values()

    def cell(self, value: Any, line: int, findings: Findings) -> Any:
        text = cell_text(value, line, self.name, findings)
        if text is BAD:
            return BAD
        if not text.strip():
            findings.bad("data:missing_label", line, self.name)
            return BAD
        found = flag_of(text)
        if found is None:
            findings.bad("data:bad_flag", line, self.name, value=text, known=", ".join(FLAGS))
            return BAD
        return _KEPT[found]

    def judge(self, statistics: dict[str, Any], num_rows: int, log: ProblemLog) -> None:
        del num_rows
        labels = statistics["labels"]
        if len(labels) == 1:
            log.add(Problem("data:one_verdict", "warning", column=self.name, value=shown(labels[0]["label"])))
        self._names.judge(labels, log)


def flag_of(value: Any) -> bool | None:
    """What a cell says; None where it is no flag."""
    try:
        text = text_of(value)
    except ValueError:
        return None
    return None if text is None else FLAGS.get(text.strip().lower().removesuffix(".0"))
