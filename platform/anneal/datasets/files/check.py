"""Files looked at before they are read whole: the same steps for an upload and for `anneal data check`, with the same findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from anneal.common.errors import AnnealError
from anneal.datasets.files.build import BuildPlan
from anneal.datasets.files.choices import AS_FOUND, Choices
from anneal.datasets.files.columns import (
    ColumnStatistics,
    columns_measure,
    header_check,
    reading_with_columns,
    reading_with_dialect,
)
from anneal.datasets.files.late_keys import reading_with_late_keys
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError
from anneal.datasets.files.reading import SHEET_FORMATS, Reading, Source
from anneal.datasets.files.sheets import sheet_write
from anneal.datasets.files.sniff import Bytes, bytes_scan, reading_detect
from workers.contract.columns import form_columns, num_needed

INSPECTED = frozenset(
    {
        "data:encoding_guessed",
        "data:duplicate_column",
        "data:header_doubtful",
        "data:late_column",
        "data:quotes_escaped",
        "data:quotes_plain",
        "data:empty_column_name",
        "data:mixed_newlines",
        "data:member_ignored",
        "data:folders_read",
        "data:texts_empty",
        "data:merged_cells",
        "data:sheet_chosen",
        "data:title_rows",
        "data:dialect",
        "data:verdicts_unused",
    }
)
"""Findings about a file as such, which hold whatever the mapping is."""
MAX_HELD_OUT = 0.5
_OF_SHEETS = ("sheet", "sheet_column", "header_row")
_OF_TEXTS = ("encoding", "delimiter", "quoting", "tag_column", "layout")


@dataclass(frozen=True)
class Inspected:
    """How a file is to be read, and what its first rows say about its columns.

    `rows` is the file that the rows are read from: another one than was given for a spreadsheet, whose sheet is written out.
    """

    reading: Reading
    rows: Source
    statistics: list[ColumnStatistics]


def file_inspect(
    source: Source,
    *,
    folder: Path,
    task: str,
    problems: ProblemLog,
    tick: Callable[[int], None],
    choices: Choices = AS_FOUND,
    scanned: Callable[[Bytes], None] = lambda _: None,
    detected: Callable[[Reading], None] = lambda _: None,
) -> Inspected:
    """`folder` takes what is written out. `tick` hears of bytes, `scanned` of what they were, `detected` of the format before columns are
    looked for. Raises UnreadableError.
    """
    scan = bytes_scan(source.path, tick)
    scanned(scan)
    needed = num_needed(task)
    reading, rows = reading_detect(source, scan, problems, min_columns=needed, choices=choices), source
    detected(reading)
    if reading.format in SHEET_FORMATS:
        reading, rows = sheet_write(source, reading, folder, choices, problems, lambda: tick(scan.size_bytes))
    reading = reading_with_columns(rows, reading, problems)
    reading = reading_with_late_keys(rows, reading, problems, tick)
    reading = reading_with_dialect(rows, reading, problems, task=task)
    if len(reading.columns) == 1 < needed:
        problems.add(Problem("data:unlabelled", file=source.name, column=reading.columns[0]))
    statistics = columns_measure(rows, reading)
    if choices.has_header is None:
        header_check(rows, reading, statistics, problems)
    return Inspected(reading, rows, statistics)


def file_glance(source: Source, *, task: str, problems: ProblemLog, choices: Choices, num_bytes: int) -> None:
    """Tell what the first bytes of a large file say, before all of it is read; the whole may know better."""
    needed = num_needed(task)
    scan = bytes_scan(source.path, lambda _: None, most=num_bytes)
    try:
        reading = reading_detect(source, scan, problems, min_columns=needed, choices=choices)
        if reading.format not in SHEET_FORMATS:
            reading = reading_with_columns(source, reading, problems)
            statistics = columns_measure(source, reading, problems)
            if choices.has_header is None:
                header_check(source, reading, statistics)
    except UnreadableError as error:
        problems.add(error.problem)


def choices_check(format_name: str | None, choices: Choices, made: Iterable[str]) -> None:
    """Whether choices fit together, and those that were just `made` to the format of the file. Raises AnnealError that names the choice."""
    wrong = _OF_TEXTS if format_name in SHEET_FORMATS else _OF_SHEETS
    wrong = (*wrong, "has_header", *_OF_TEXTS) if format_name == "parquet" else wrong
    for name in wrong:
        if name in made and getattr(choices, name) is not None:
            told = {"choice": name, "format": format_name or "?"}
            raise AnnealError("dataset.choice_does_not_fit", param=name, params=told)
    kinds = [name for name in ("delimiter", "tag_column", "layout") if getattr(choices, name) is not None]
    if len(kinds) > 1:
        raise AnnealError("dataset.choice_of_text", param=kinds[-1])
    if choices.quoting is not None and kinds != ["delimiter"]:
        if kinds:
            raise AnnealError("dataset.choice_of_text", param="quoting")
        if format_name not in {"csv", "tsv", None}:
            told = {"choice": "quoting", "format": format_name or "?"}
            raise AnnealError("dataset.choice_does_not_fit", param="quoting", params=told)


def plan_check(plan: BuildPlan, columns: Sequence[str]) -> None:
    """Whether a plan fits the columns of the files. Raises AnnealError that names the role."""
    roles = {column.role: column for column in form_columns(plan.task, plan.columns)}
    for role in plan.columns:
        if role not in roles:
            told = {"task": plan.task, "role": role, "known": ", ".join(roles)}
            raise AnnealError("dataset.unknown_role", param=role, params=told)
    taken: dict[str, str] = {}
    for role, column in roles.items():
        name = plan.columns.get(role)
        if name is None:
            if column.is_optional:
                continue
            raise AnnealError("dataset.role_missing", param=role, params={"task": plan.task, "role": role})
        if name not in columns:
            shown = ", ".join(columns[:20])
            raise AnnealError("dataset.unknown_column", param=role, params={"name": name, "columns": shown})
        if name in taken:
            raise AnnealError("dataset.same_column", param=role, params={"role": role, "other": taken[name]})
        taken[name] = role
    if plan.delimiter is not None and all(column.kind != "labels" for column in roles.values()):
        raise AnnealError("dataset.no_delimiter", param="delimiter", params={"task": plan.task})
    _split_check(plan, columns)
    if plan.validation_share + plan.test_share > MAX_HELD_OUT:
        raise AnnealError("dataset.bad_shares", param="validation_share")


def _split_check(plan: BuildPlan, columns: Sequence[str]) -> None:
    """A mode and its column go together."""
    if plan.reads_column and plan.split_column is None:
        raise AnnealError("dataset.split_column_missing", param="split_column", params={"mode": plan.split_mode})
    if plan.split_column is not None and not plan.reads_column:
        raise AnnealError("dataset.split_column_unused", param="split_column", params={"mode": plan.split_mode})
    if plan.split_column is not None and plan.split_column not in columns:
        told = {"name": plan.split_column, "columns": ", ".join(columns[:20])}
        raise AnnealError("dataset.unknown_column", param="split_column", params=told)
