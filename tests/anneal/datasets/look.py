"""What the platform sees in a file, short of the tables: unpacked, recognised, read row by row."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anneal.datasets.files.build import Build, BuildPlan, Part
from anneal.datasets.files.choices import AS_FOUND, Choices
from anneal.datasets.files.columns import (
    columns_measure,
    header_check,
    open_reader,
    reading_with_columns,
    reading_with_dialect,
)
from anneal.datasets.files.guess import mapping_guess
from anneal.datasets.files.packed import Unpacked, UnpackLimits, packing_of, unpack
from anneal.datasets.files.problems import ProblemLog, UnreadableError
from anneal.datasets.files.reading import SHEET_FORMATS, Reading, Source
from anneal.datasets.files.sheets import sheet_write
from anneal.datasets.files.sniff import bytes_scan, reading_detect
from workers.contract.columns import is_text_with_label, num_needed

LIMITS = UnpackLimits(max_bytes=50_000_000)


@dataclass
class Look:
    """What was found in one file, or in one member of an archive."""

    name: str
    reading: Reading | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    mapping: dict[str, str] | None = None


@dataclass
class Looked:
    """What was found in an upload, with everything that there was to say."""

    files: list[Look]
    log: ProblemLog

    @property
    def only(self) -> Look:
        (found,) = self.files
        return found

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self.only.rows

    @property
    def reading(self) -> Reading:
        found = self.only.reading
        assert found is not None, self.log.kept
        return found

    def codes(self, severity: str = "error") -> list[str]:
        return [problem.code for problem in self.log.kept if problem.severity == severity]


def look(
    content: bytes,
    name: str = "a.csv",
    *,
    task: str = "classification",
    choices: Choices = AS_FOUND,
    limits: UnpackLimits = LIMITS,
    builds: bool = False,
) -> Looked:
    """Everything that can be known of some bytes under a name. With `builds`, cells are checked as for a version instead of shown."""
    log = ProblemLog()
    files: list[Look] = []
    with tempfile.TemporaryDirectory() as folder:
        source = Source(Path(folder) / "file", name)
        source.path.write_bytes(content)
        try:
            for member in unpacked(source, Path(folder), limits, log, task=task):
                files.append(Look(member.member or name))
                part = _recognised(files[-1], member.source, Path(folder), task, choices, log)
                if builds:
                    plan = BuildPlan(task, files[-1].mapping or {})
                    Build(Path(folder), plan, log, lambda *_: None).run([part])
                else:
                    _read(files[-1], part, log)
        except UnreadableError as error:
            log.add(error.problem)
    return Looked(files, log)


def unpacked(
    source: Source, folder: Path, limits: UnpackLimits, log: ProblemLog, *, task: str = "classification"
) -> Sequence[Unpacked]:
    packing = packing_of(source.path)
    if not packing:
        return [Unpacked(source)]
    return unpack(source, packing, folder, limits, log, lambda _: None, has_labels=is_text_with_label(task))


def _recognised(found: Look, source: Source, folder: Path, task: str, choices: Choices, log: ProblemLog) -> Part:
    scan = bytes_scan(source.path, lambda _: None)
    reading = reading_detect(source, scan, log, min_columns=num_needed(task), choices=choices)
    if reading.format in SHEET_FORMATS:
        reading, source = sheet_write(source, reading, folder, choices, log, lambda: None)
    reading = reading_with_dialect(source, reading_with_columns(source, reading, log), log, task=task)
    found.reading = reading = Reading.from_json(reading.as_json())
    statistics = columns_measure(source, reading)
    if choices.has_header is None:
        header_check(source, reading, statistics, log)
    guess = mapping_guess(statistics, task)
    found.mapping = guess.columns if guess else None
    return Part(source, reading, "train")


def _read(found: Look, part: Part, log: ProblemLog) -> None:
    columns = part.reading.columns
    for line, values in open_reader(part.source, part.reading, log).rows(columns):
        found.lines.append(line)
        found.rows.append(dict(zip(columns, values, strict=True)))
