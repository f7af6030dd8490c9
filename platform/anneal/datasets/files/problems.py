"""What is wrong with a file: findings with a place, the first thousand kept, all of them counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from anneal.datasets.files.values import value_shown

KEPT = 1000
_VALUE_SHOWN = 120
_ALIKE = 5
_NAMED = 3

Severity = Literal["error", "warning"]

# Whatever is wrong with one row alone: the row can be left out when the customer says so.
ROW_CODES = frozenset(
    {
        "data:ragged_row",
        "data:bad_quote",
        "data:bad_json",
        "data:not_an_object",
        "data:duplicate_key",
        "data:missing_text",
        "data:missing_label",
        "data:encoding",
        "data:nul_byte",
        "data:field_too_long",
        "data:nan_value",
        "data:wrong_type",
        "data:label_too_long",
        "data:bad_flag",
        "data:missing_value",
        "data:not_a_number",
        "data:not_a_time",
        "data:unknown_split",
        "data:number_too_large",
        "data:not_a_list",
        "data:empty_item",
        "data:bad_tag",
        "data:unequal_lengths",
        "data:bad_cell",
        "data:bad_answers",
        "data:answer_not_in_context",
        "data:bad_candidates",
        "data:no_negatives",
        "data:bad_messages",
        "data:unknown_speaker",
        "data:empty_message",
        "data:bad_tool_calls",
        "data:bad_function_call",
        "data:no_answer",
        "data:unfinished_conversation",
        "data:identical_answers",
        "data:untagged_token",
        "data:bad_article",
        "data:bad_spans",
        "data:span_inverted",
        "data:span_outside",
        "data:span_differs",
        "data:spans_overlap",
    }
)


@dataclass(frozen=True)
class Problem:
    """One finding. The words are made from `code` and `params` when somebody reads it, in their language."""

    code: str
    severity: Severity = "error"
    file: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    params: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What is stored."""
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "params": self.params,
        }


class UnreadableError(Exception):
    """The file cannot be read any further; carries the problem that says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class ProblemSink(Protocol):
    """Where a reader tells what it finds."""

    def add(self, problem: Problem) -> None:
        """Take a finding."""


class ProblemLog:
    """Collects findings. With `skips_bad_rows`, a bad row is a warning, since it is left out on purpose. `heard` is told every one."""

    def __init__(self, *, skips_bad_rows: bool = False, heard: Callable[[Problem], None] = lambda _: None) -> None:
        self.kept: list[Problem] = []
        self.counts: Counter[str] = Counter()
        self.num_errors = 0
        self._skips_bad_rows = skips_bad_rows
        self._heard = heard

    def add(self, problem: Problem) -> None:
        """Count a finding, and keep it while there is room. An error pushes out a warning."""
        if self._skips_bad_rows and problem.code in ROW_CODES:
            problem = Problem(**{**vars(problem), "severity": "warning"})
        self._heard(problem)
        self.counts[problem.code] += 1
        is_error = problem.severity == "error"
        self.num_errors += is_error
        if len(self.kept) < KEPT:
            self.kept.append(problem)
        elif is_error:
            warning = next((i for i in range(KEPT - 1, -1, -1) if self.kept[i].severity == "warning"), None)
            if warning is not None:
                self.kept[warning] = problem

    def join_members(self, files: Sequence[str], archive: str) -> None:
        """Tell once of what is wrong alike with many of the files that were in an archive."""
        of_archive = set(files)
        by_code: dict[tuple[str, Severity], list[Problem]] = {}
        for problem in self.kept:
            if problem.file in of_archive:
                by_code.setdefault((problem.code, problem.severity), []).append(problem)
        for (code, severity), found in by_code.items():
            names = list(dict.fromkeys(str(problem.file).removeprefix(f"{archive}/") for problem in found))
            if len(names) < _ALIKE:
                continue
            self.kept = [problem for problem in self.kept if problem not in found]
            self.counts[code] -= len(found)
            self.num_errors -= len(found) * (severity == "error")
            told = {"found": len(names), "names": ", ".join(map(shown, names[:_NAMED])), "code": code}
            self.add(Problem("data:members_alike", severity, archive, params={**told, "params": found[0].params}))
        self.counts = +self.counts

    def copy(self) -> ProblemLog:
        """Another log with the same findings."""
        other = ProblemLog(skips_bad_rows=self._skips_bad_rows)
        other.kept, other.counts, other.num_errors = list(self.kept), self.counts.copy(), self.num_errors
        return other

    @property
    def num_problems(self) -> int:
        return self.counts.total()

    def as_json(self) -> list[dict[str, Any]]:
        """The kept findings, errors first, otherwise in the order in which they were found."""
        return [problem.as_json() for problem in sorted(self.kept, key=lambda problem: problem.severity != "error")]


class Findings:
    """Findings about rows of one file, looked at column by column and told in the order of its lines."""

    def __init__(self, log: ProblemLog, file: str, *, names: Mapping[str, str] | None = None) -> None:
        self.file = file
        self._log = log
        self._names = names or {}
        self._found: list[Problem] = []

    def bad(self, code: str, line: int, column: str, *, value: object = None, **params: Any) -> None:
        """Something for which the row cannot be used."""
        told = None if value is None else shown(value)
        self._found.append(Problem(code, "error", self.file, line, self._names.get(column, column), told, params))

    def warn(self, code: str, line: int, column: str, *, value: object = None, **params: Any) -> None:
        """Something that the owner should know."""
        told = None if value is None else shown(value)
        self._found.append(Problem(code, "warning", self.file, line, self._names.get(column, column), told, params))

    def forget_after(self, line: int) -> None:
        """Leave out what was found further down."""
        self._found = [problem for problem in self._found if (problem.row or 0) <= line]

    def tell(self) -> None:
        """Hand over what was found since the last time."""
        for problem in sorted(self._found, key=lambda problem: problem.row or 0):
            self._log.add(problem)
        self._found = []


def shown(value: object) -> str:
    """A value short and clean enough for a report: Postgres knows neither NUL nor half a character."""
    whole = value if isinstance(value, str) else value_shown(value)
    text = whole[:_VALUE_SHOWN].replace("\0", "␀").encode("utf-8", "replace").decode()
    return text + "…" if len(whole) > _VALUE_SHOWN else text
