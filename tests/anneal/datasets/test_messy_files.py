"""What `expected.json` says of the derived messy files, held against what importing and the doctor say: every figure of every entry."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from anneal.common.csv_lines import csv_line
from anneal.datasets.files.build import Build, BuildPlan, Built, Part
from anneal.datasets.files.check import file_inspect
from anneal.datasets.files.choices import AS_FOUND, Choices
from anneal.datasets.files.columns import ColumnStatistics
from anneal.datasets.files.guess import mapping_guess
from anneal.datasets.files.problems import ProblemLog, UnreadableError
from anneal.datasets.files.reading import MAX_FIELD_CHARACTERS, Reading, Source
from tests.anneal.datasets.look import LIMITS, unpacked
from workers.contract.doctor import DoctorPlan
from workers.doctor.checks import CHECKS
from workers.doctor.found import Found
from workers.doctor.materials import Materials
from workers.doctor.rows import read_rows


@dataclass
class Seen:
    """What one upload became; rows that cannot be used were left out. `refused`: it could not be read as it was found."""

    task: str
    contents: list[bytes]
    log: ProblemLog = field(default_factory=lambda: ProblemLog(skips_bad_rows=True))
    refused: str | None = None
    readings: list[Reading] = field(default_factory=list)
    statistics: list[ColumnStatistics] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    built: Built | None = None

    @property
    def reading(self) -> Reading:
        return self.readings[0]

    @property
    def num_rows(self) -> int:
        assert self.built is not None, self.log.kept
        return sum(self.built.num_rows.values())

    @property
    def left_out(self) -> list[int | None]:
        """Lines of the rows that cannot be used."""
        return [problem.row for problem in self.log.kept if problem.severity == "warning" and problem.code in LEFT_OUT]

    def lines(self, code: str) -> list[int | None]:
        return [problem.row for problem in self.log.kept if problem.code == code]

    def rows(self) -> list[dict[str, Any]]:
        assert self.built is not None, self.log.kept
        return [row for file in self.built.files for row in pq.read_table(file.path).to_pylist()]

    def doctor(self, name: str) -> Found:
        assert self.built is not None, self.log.kept
        plan = DoctorPlan(task=self.task, files={file.split: str(file.path) for file in self.built.files})
        materials = Materials(read_rows(self.task, plan.files), plan, lambda *_: None)
        found = next(check for check in CHECKS if check.code == f"doctor:{name}").examine(materials)
        assert found is not None, name
        return found


LEFT_OUT = {
    *("data:ragged_row", "data:missing_text", "data:missing_label", "data:field_too_long", "data:nul_byte"),
    *("data:encoding", "data:bad_json", "data:not_an_object", "data:duplicate_key", "data:nan_value"),
    *("data:untagged_token", "data:unseen_label"),
}
# What happens before a file of this name can be read.
FIRST_SAID = {"no_header.csv": ("data:header_missing", Choices(has_header=False))}
TASK_OF = {"ner_inconsistent.conll": "token_classification"}


def _see(folder: Path, made: Path, entry: str) -> Seen:
    names = entry.split(" + ")
    task = TASK_OF.get(entry, "classification")
    seen = Seen(task, [(folder / name).read_bytes() for name in names])
    code, choices = FIRST_SAID.get(entry, (None, AS_FOUND))
    if code is not None:
        assert _read(Seen(task, []), folder, made, names, AS_FOUND).refused == code
    return _read(seen, folder, made, names, choices)


def _read(seen: Seen, folder: Path, made: Path, names: list[str], choices: Choices) -> Seen:
    parts: list[Part] = []
    try:
        for name in names:
            split = "auto" if len(names) == 1 else "test" if "test" in name else "train"
            for member in unpacked(Source(folder / name, name), made, LIMITS, seen.log):
                tick: Callable[[int], None] = lambda _: None  # noqa: E731 - nobody waits
                found = file_inspect(
                    member.source, folder=made, task=seen.task, problems=seen.log, tick=tick, choices=choices
                )
                seen.readings.append(found.reading)
                seen.statistics = seen.statistics or found.statistics
                parts.append(Part(found.rows, found.reading, split, len(parts)))
        guess = mapping_guess(seen.statistics, seen.task)
        assert guess is not None
        seen.columns = guess.columns
        version = made / "version"
        version.mkdir(exist_ok=True)
        seen.built = Build(version, BuildPlan(seen.task, guess.columns), seen.log, lambda *_: None).run(parts)
        if seen.built is None:
            seen.refused = next(problem.code for problem in seen.log.kept if problem.severity == "error")
    except UnreadableError as error:
        seen.log.add(error.problem)
        seen.refused = error.problem.code
    return seen


Entry = dict[str, Any]


def _encoding(seen: Seen, value: str, _: Entry) -> None:
    named = {codecs.lookup(one.split(" (")[0]).name for one in value.split("|")}
    found = codecs.lookup(seen.reading.encoding or "").name
    assert found in named or found.removesuffix("-sig") in named


def _data_rows(seen: Seen, value: int, entry: Entry) -> None:
    if value == 0 or seen.refused:
        return
    # Rows below the table are rows, too, until they are left out.
    surplus = range(entry.get("footer_rows", 0) + 1)
    assert seen.num_rows + len(set(seen.left_out)) - value in surplus


def _is_header(seen: Seen, value: bool, _: Entry) -> None:
    assert seen.reading.has_header is value


def _ragged(seen: Seen, value: list[int], _: Entry) -> None:
    assert {record + 1 for record in value} <= set(seen.lines("data:ragged_row"))


def _bad_lines(seen: Seen, value: dict[str, str], _: Entry) -> None:
    assert set(seen.left_out) == {int(line) for line, why in value.items() if why != "blank"}


def _conflicts(seen: Seen, value: int, _: Entry) -> None:
    assert seen.doctor("conflicting_labels").params["texts"] == value


def _spellings(seen: Seen, value: int, _: Entry) -> None:
    """Spaces are told while reading, other spellings by the doctor."""
    assert len(seen.lines("data:label_spaces")) + len(seen.doctor("label_variants").suspects) == value


def _near(seen: Seen, value: int, _: Entry) -> None:
    """By shingles alone; some that were planted were changed too much for them."""
    assert value / 2 <= len(seen.doctor("near_duplicates").suspects) <= value


def _true_classes(seen: Seen, value: int, _: Entry) -> None:
    """Of all rows: the only label of one class among the first was taken away on purpose."""
    assert len({row["label"].casefold().replace(" ", "_") for row in seen.rows()}) == value


def _personal(seen: Seen, value: dict[str, int], _: Entry) -> None:
    found = seen.doctor("personal_data")
    assert (found.params["email"], found.params["card"]) == (value["email"], value["card_test_number"])
    assert found.params["phone"] == value["us_phone"] + value["cn_mobile"]
    # Most of what looks like an identity card has a wrong check digit.
    assert 1 <= found.params["national_id"] <= value["cn_id_like"]
    assert seen.num_rows - len(found.suspects) >= value["none"]


def _singletons(seen: Seen, value: int, _: Entry) -> None:
    counts = Counter(row["label"] for row in seen.rows())
    assert sum(count == 1 for count in counts.values()) == value == len(seen.lines("data:rare_label"))


def _formulas(seen: Seen, value: int, _: Entry) -> None:
    assert sum(csv_line([row["text"]]).lstrip('"').startswith("'") for row in seen.rows()) == value


def _shared(seen: Seen, value: int, entry: Entry) -> None:
    """The version cannot be made before a label that training lacks is out; leakage is then what was planted."""
    assert (seen.refused, len(seen.lines("data:unseen_label"))) == ("data:unseen_label", 1)
    train, test = (_rows_of(content) for content in seen.contents)
    assert (len(train), len(test)) == (entry["train_rows"], entry["test_rows"])
    assert len(set(train) & set(test)) == value


def _rows_of(content: bytes) -> list[str]:
    return content.decode().splitlines()[1:]


def _imports(seen: Seen, value: str, _: Entry) -> None:
    is_refused = value.startswith(("clear error", "reject", "enforce")) or "unseen" in (seen.refused or "")
    assert (seen.refused is not None) == is_refused, seen.refused
    if "cut" not in value and value == "import with warnings":
        assert seen.log.num_problems


def _compare(told: Callable[[Seen], object]) -> Callable[[Seen, Any, Entry], None]:
    def holds(seen: Seen, value: Any, _: Entry) -> None:
        assert told(seen) == value

    return holds


def _unverified(_seen: Seen, _value: Any, _entry: Entry) -> None:
    """Words, or part of what another key's check looks at."""


HOLDS: dict[str, Callable[[Seen, Any, Entry], None]] = {
    "encoding": _encoding,
    "delimiter": _compare(lambda seen: (seen.reading.delimiter or "").replace("\t", "\\t")),
    "header": _is_header,
    "data_rows": _data_rows,
    "columns": _compare(lambda seen: list(seen.reading.columns)),
    "text": _compare(lambda seen: seen.columns["text"]),
    "label": _compare(lambda seen: seen.columns["label"]),
    "n_columns": _compare(lambda seen: len(seen.reading.columns)),
    "empty_columns": _compare(lambda seen: [n for n, one in enumerate(seen.statistics) if not one.distinct]),
    "physical_lines_greater_than_rows": _compare(
        lambda seen: seen.contents[0].count(b"\n") > seen.num_rows + len(seen.left_out) + 1
    ),
    "short_records": _ragged,
    "long_records": _ragged,
    "data_rows_intended": _compare(lambda seen: seen.contents[0].count(b"\n") - 1),
    "exact_duplicate_extra_rows": _compare(lambda seen: len(seen.doctor("exact_duplicates").suspects)),
    "conflicting_label_rows": _conflicts,
    "near_duplicates": _near,
    "label_spelling_variants": _spellings,
    "blank_text": _compare(lambda seen: len(seen.lines("data:missing_text"))),
    "missing_label": _compare(lambda seen: len(seen.lines("data:missing_label"))),
    "true_classes_in_first_600": _true_classes,
    "compressed": _unverified,
    "max_field_chars": _compare(lambda seen: 1_200_000 if seen.lines("data:field_too_long") else MAX_FIELD_CHARACTERS),
    "nul_bytes": _compare(lambda seen: seen.contents[0].count(b"\0")),
    "line_ends": _compare(lambda seen: "CR only" if b"\n" not in seen.contents[0] else "other"),
    "formula_like": _formulas,
    "sheets": _compare(lambda seen: [*seen.reading.sheets, "hidden (hidden)"]),
    "header_row": _compare(lambda seen: seen.reading.header_row),
    "footer_rows": _unverified,
    "n_classes": _compare(lambda seen: len(seen.built.labels) if seen.built else 0),
    "physical_lines": _compare(lambda seen: len(seen.contents[0].splitlines())),
    "good_rows": _compare(lambda seen: seen.num_rows),
    "bad_lines": _bad_lines,
    "conversations": _compare(
        lambda seen: len(next(one for one in seen.statistics if one.name == "conversation_id").distinct)
    ),
    "classes": _compare(lambda seen: len(seen.built.labels) if seen.built else 0),
    "classes_with_one_example": _singletons,
    "rows_with": _personal,
    "utf8_rows": _compare(lambda seen: seen.num_rows),
    "gbk_rows": _compare(lambda seen: len(seen.lines("data:encoding"))),
    "train_rows": _unverified,
    "test_rows": _unverified,
    "shared_rows": _shared,
    "sentences": _compare(lambda seen: seen.num_rows + len(seen.left_out)),
    "i_without_b_line": _compare(lambda seen: _place(seen, "data:tag_begins_inside")),
    "line_without_tag": _compare(lambda seen: seen.lines("data:untagged_token")[0]),
    "uncompressed": _unverified,
    "expect": _imports,
    "note": _unverified,
}


def _place(seen: Seen, code: str) -> int:
    """The line of a token: that of its sentence, and where in it."""
    (problem,) = [problem for problem in seen.log.kept if problem.code == code]
    return (problem.row or 0) + problem.params["position"] - 1


@pytest.fixture(scope="module")
def expected(shared_data: Path) -> dict[str, Entry]:
    path = shared_data / "messy_derived" / "expected.json"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    entries: dict[str, Entry] = json.loads(path.read_bytes())["files"]
    return entries


def test_every_entry_holds(shared_data: Path, expected: dict[str, Entry], tmp_path: Path) -> None:
    wrong = []
    for number, (name, entry) in enumerate(expected.items()):
        made = tmp_path / str(number)
        made.mkdir()
        seen = _see(shared_data / "messy_derived", made, name)
        for key, value in entry.items():
            try:
                HOLDS[key](seen, value, entry)
            except AssertionError as error:
                wrong.append(f"{name}: {key} {value!r}: {error}")
    assert not wrong, "\n".join(wrong)
