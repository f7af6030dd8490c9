"""Look for what an upload of these files would be refused or warned for: the same steps, the same findings, nothing sent anywhere."""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from anneal.commands import errors  # noqa: F401 - registers the words
from anneal.common.errors import AnnealError
from anneal.common.texts import text
from anneal.datasets.errors import problem_text
from anneal.datasets.files.build import Build, BuildPlan, Part
from anneal.datasets.files.check import INSPECTED, choices_check, file_inspect, plan_check
from anneal.datasets.files.choices import AS_FOUND, ENCODINGS, HEADER_ROWS, TAG_COLUMNS, Choices, is_delimiter
from anneal.datasets.files.columns import ColumnStatistics
from anneal.datasets.files.guess import mapping_guess
from anneal.datasets.files.packed import UnpackLimits, names_divided, packing_of, unpack
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError
from anneal.datasets.files.reading import LAYOUTS, QUOTINGS, Reading, Source
from anneal.datasets.files.split import SPLIT_MODES, SplitMode
from anneal.datasets.findings_csv import finding_line, header_line
from workers.contract.columns import TASKS, is_text_with_label

OK, PROBLEMS, USAGE = 0, 1, 2
_SPLITS: Final = ("train", "validation", "test")
_ALL_SHEETS: Final = "*"
_UNPACKED_MAX_BYTES: Final = 20 * 2**30
"""As of an upload, where an installation does not say otherwise."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="a table, JSON, spreadsheet, text, or an archive of them; divided by us",
    )
    for split in _SPLITS:
        parser.add_argument(
            f"--{split}", type=Path, action="append", default=[], metavar="FILE", help=f"a file of the {split} split"
        )
    parser.add_argument("--task", required=True, choices=TASKS, metavar="TASK", help=", ".join(TASKS))
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        type=_pair,
        metavar="ROLE=COLUMN",
        help="which column is which role, such as text=body; default: as an upload would guess",
    )
    parser.add_argument(
        "--read",
        action="append",
        default=[],
        type=_choice,
        metavar="[POSITION:]NAME=VALUE",
        help="how every file, or the one at this position (from 0, members of archives counted), is read where it is found "
        "otherwise: encoding, delimiter, quoting, has_header, sheet (once for each, or * for all), sheet_column, header_row, tag_column or "
        "layout, such as encoding=cp1250",
    )
    parser.add_argument("--delimiter", help="what separates the labels in a cell")
    parser.add_argument(
        "--split-mode",
        choices=SPLIT_MODES,
        default="stratified",
        help="how rows without a split of their own are divided",
    )
    parser.add_argument(
        "--split-column",
        metavar="COLUMN",
        help="for grouped, time and given: what keeps rows together, when they are from, or train, validation or test",
    )
    parser.add_argument("--skip-bad-rows", action="store_true", help="rows that cannot be used are left out, and said")
    parser.add_argument(
        "--out", type=Path, metavar="CSV", help="write every finding there; the terminal shows the first 1,000"
    )


def _pair(given: str) -> tuple[str, str]:
    role, is_there, column = given.partition("=")
    if not is_there or not role or not column:
        message = f"{given!r} is not of the form ROLE=COLUMN"
        raise argparse.ArgumentTypeError(message)
    return role, column


@dataclass(frozen=True)
class Choice:
    """One thing that was said about how a file is to be read, or every file where `position` is None."""

    position: int | None
    name: str
    value: Any


_VALUES: Final[dict[str, dict[str, Any]]] = {
    "encoding": {name: name for name in ENCODINGS},
    "quoting": {name: name for name in QUOTINGS},
    "has_header": {"true": True, "false": False},
    "layout": {name: name for name in LAYOUTS},
}
_NUMBERS: Final = {"header_row": HEADER_ROWS, "tag_column": TAG_COLUMNS}


def _choice(given: str) -> Choice:
    found = re.fullmatch(r"(?:(\d{1,4}):)?([a-z_]+)=(.+)", given, re.DOTALL)
    if found is None:
        message = f"{given!r} is not of the form [POSITION:]NAME=VALUE"
        raise argparse.ArgumentTypeError(message)
    position, name, value = found.groups()
    return Choice(None if position is None else int(position), name, _chosen(name, value))


def _chosen(name: str, value: str) -> Any:
    if name in {"sheet", "sheet_column"}:
        return value
    if name == "delimiter":
        sign = value.replace("\\t", "\t")
        if is_delimiter(sign):
            return sign
        message = f"delimiter={value!r} is no single character that can separate fields; a tab is \\t"
        raise argparse.ArgumentTypeError(message)
    if name in _VALUES:
        if value in _VALUES[name]:
            return _VALUES[name][value]
        known = ", ".join(_VALUES[name])
    elif name in _NUMBERS:
        numbers = _NUMBERS[name]
        if value.isascii() and value.isdigit() and int(value) in numbers:
            return int(value)
        known = f"{numbers[0]} to {numbers[-1]}"
    else:
        message = f"{name!r} is none of {', '.join([*_VALUES, 'delimiter', 'sheet', 'sheet_column', *_NUMBERS])}"
        raise argparse.ArgumentTypeError(message)
    message = f"{name}={value!r} is none of {known}"
    raise argparse.ArgumentTypeError(message)


@dataclass(frozen=True)
class Checked:
    """What was found. `columns` is the mapping that was used; `num_rows` by split, where a version could be made."""

    log: ProblemLog
    columns: dict[str, str]
    num_rows: dict[str, int] | None


def run(options: argparse.Namespace) -> int:
    """The command; its exit code."""
    files = [(path, "auto") for path in options.files]
    files += [(path, split) for split in _SPLITS for path in getattr(options, split)]
    wrong = _wrong_call(files)
    if wrong:
        return _refused(wrong)
    try:
        with ExitStack() as stack:
            checked = check(
                files,
                task=options.task,
                named=dict(options.map),
                read=options.read,
                delimiter=options.delimiter,
                split_mode=options.split_mode,
                split_column=options.split_column,
                skips_bad_rows=options.skip_bad_rows,
                heard=_writer(options.out, stack),
            )
    except AnnealError as error:
        return _refused(f"{error.code}: {error.message}")
    except OSError as error:
        return _refused(text("command.cannot_write", path=error.filename, reason=error.strerror))
    (_tell_machine if options.json else _tell_person)(checked, options)
    return PROBLEMS if checked.log.num_errors else OK


def _refused(words: str) -> int:
    print(words, file=sys.stderr)
    return USAGE


def _wrong_call(files: Sequence[tuple[Path, str]]) -> str | None:
    if not any(split in {"auto", "train"} for _, split in files):
        return text("command.no_train_file")
    missing = next((path for path, _ in files if not path.is_file()), None)
    return text("command.no_file", path=missing) if missing else None


def _writer(path: Path | None, stack: ExitStack) -> Callable[[Problem], None]:
    """Writes every finding at once, however many there are. Raises OSError."""
    if path is None:
        return lambda _: None
    out = stack.enter_context(path.open("w", newline="", encoding="utf-8"))
    out.write(header_line())

    def write(problem: Problem) -> None:
        out.write(finding_line(problem.as_json()))

    return write


def check(
    files: Sequence[tuple[Path, str]],
    *,
    task: str,
    named: dict[str, str],
    read: Sequence[Choice] = (),
    delimiter: str | None = None,
    split_mode: SplitMode = "stratified",
    split_column: str | None = None,
    skips_bad_rows: bool = False,
    heard: Callable[[Problem], None] = lambda _: None,
) -> Checked:
    """What an upload would find: first how each file is to be read, then all of its rows. `heard` is told every finding.

    Raises AnnealError for a mapping, or for a choice of how a file is `read`, that does not fit the files.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = ProblemLog()
        statistics, parts = _inspected(files, folder, task, read, log)
        if log.num_errors:
            for problem in log.kept:
                heard(problem)
            return Checked(log, {}, None)
        guess = mapping_guess(statistics, task)
        columns = {**({} if guess is None else guess.columns), **named}
        guessed = guess.delimiter if guess is not None else None
        plan = BuildPlan(
            task,
            columns,
            delimiter if delimiter is not None else guessed,
            split_mode=split_mode,
            split_column=split_column,
        )
        plan_check(plan, [column.name for column in statistics])
        kept = [problem for problem in log.kept if problem.code in INSPECTED]
        log = ProblemLog(skips_bad_rows=skips_bad_rows, heard=heard)
        for problem in kept:
            log.add(problem)
        version = folder / "version"
        version.mkdir()
        built = Build(version, plan, log, lambda *_: None).run(parts)
        return Checked(log, columns, built.num_rows if built else None)


def _inspected(
    files: Sequence[tuple[Path, str]], folder: Path, task: str, read: Sequence[Choice], log: ProblemLog
) -> tuple[list[ColumnStatistics], list[Part]]:
    """What the first rows say about the columns, and every file with its reading; `folder` takes what is unpacked."""
    statistics: list[ColumnStatistics] = []
    parts: list[Part] = []
    unpacked = _unpacked(files, folder, log, task=task)
    missing = next((choice.position for choice in read if (choice.position or 0) >= len(unpacked)), None)
    if missing is not None and not log.num_errors:
        raise AnnealError("dataset.no_file", params={"position": missing})
    for number, (source, split) in enumerate(unpacked):
        choices, written = _choices_of(number, read), folder / f"sheets-{number}"
        try:
            named = _named_sheets(source, _sheets_of(number, read), written, task, choices)
        except UnreadableError as error:
            log.add(error.problem)
            continue
        for name, own in zip(named, names_divided(split, [name or "" for name in named]), strict=True):
            try:
                found = file_inspect(
                    source if name is None else replace(source, name=f"{source.name}/{name}"),
                    folder=_made(written / str(len(parts))),
                    task=task,
                    problems=log,
                    tick=lambda _: None,
                    choices=choices if name is None else replace(choices, sheet=name),
                    detected=partial(_choices_fit, choices),
                )
            except UnreadableError as error:
                log.add(error.problem)
            else:
                statistics = statistics or found.statistics
                parts.append(Part(found.rows, found.reading, own, len(parts)))
    return statistics, parts


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _sheets_of(position: int, read: Sequence[Choice]) -> list[str]:
    """Names of sheets, each once: those that were said of this file, or of all files."""
    said = [choice for choice in read if choice.name == "sheet" and choice.position in {None, position}]
    own = [choice for choice in said if choice.position is not None]
    return list(dict.fromkeys(choice.value for choice in own or said))


def _named_sheets(source: Source, sheets: list[str], folder: Path, task: str, choices: Choices) -> Sequence[str | None]:
    """Sheets that are files of their own, by their names; None for a file that is read as one. Raises UnreadableError."""
    if _ALL_SHEETS not in sheets:
        return sheets if len(sheets) > 1 else [None]
    found = file_inspect(
        source,
        folder=_made(folder / "first"),
        task=task,
        problems=ProblemLog(),
        tick=lambda _: None,
        choices=replace(choices, sheet=None),
        detected=partial(_choices_fit, choices),
    )
    return found.reading.sheets if len(found.reading.sheets) > 1 else [None]


def _choices_of(position: int, read: Sequence[Choice]) -> Choices:
    """What was said of one file goes before what was said of all."""
    said = sorted(
        (choice for choice in read if choice.position in {None, position}), key=lambda one: one.position is not None
    )
    choices = replace(AS_FOUND, **{choice.name: choice.value for choice in said})
    choices_check(None, choices, ())
    return choices


def _choices_fit(choices: Choices, reading: Reading) -> None:
    choices_check(reading.format, choices, choices.as_json())


def _unpacked(
    files: Sequence[tuple[Path, str]], folder: Path, log: ProblemLog, *, task: str
) -> list[tuple[Source, str]]:
    found: list[tuple[Source, str]] = []
    for number, (path, split) in enumerate(files):
        source = Source(path, path.name)
        try:
            packing = packing_of(path)
            if packing is None:
                found.append((source, split))
                continue
            inside = folder / str(number)
            inside.mkdir()
            limits, has_labels = UnpackLimits(_UNPACKED_MAX_BYTES), is_text_with_label(task)
            members = unpack(source, packing, inside, limits, log, lambda _: None, has_labels=has_labels)
        except UnreadableError as error:
            log.add(error.problem)
        else:
            splits = names_divided(split, [member.member for member in members])
            found += [(member.source, one) for member, one in zip(members, splits, strict=True)]
    return found


# --- telling


def _tell_machine(checked: Checked, options: argparse.Namespace) -> None:
    log = checked.log
    document = {
        "task": options.task,
        "mapping": checked.columns,
        "num_rows": checked.num_rows,
        "num_problems": log.num_problems,
        "num_errors": log.num_errors,
        "problem_counts": dict(log.counts),
        "problems": [_with_words(problem) for problem in log.as_json()],
    }
    print(json.dumps(document, ensure_ascii=False))


def _with_words(problem: dict[str, Any]) -> dict[str, Any]:
    return {**problem, "message": problem_text(problem["code"], problem["params"])}


def _tell_person(checked: Checked, options: argparse.Namespace) -> None:
    del options
    log = checked.log
    for problem in log.as_json():
        place = ":".join(str(part) for part in (problem["file"], problem["row"], problem["column"]) if part is not None)
        value = "" if problem["value"] is None else f" [{problem['value']}]"
        words = problem_text(problem["code"], problem["params"])
        print(f"{problem['severity']} {problem['code']} {place}{value}\n    {words}")
    more = log.num_problems - len(log.kept)
    if more > 0:
        counts = ", ".join(f"{code} × {count}" for code, count in log.counts.most_common())
        print(text("command.more", count=more, counts=counts))
    if checked.columns:
        print(text("command.mapping", columns=", ".join(f"{role}={name}" for role, name in checked.columns.items())))
    if checked.num_rows is not None:
        print(text("command.rows", rows=", ".join(f"{split} {count}" for split, count in checked.num_rows.items())))
    print(text("command.summary", errors=log.num_errors, warnings=log.num_problems - log.num_errors))
