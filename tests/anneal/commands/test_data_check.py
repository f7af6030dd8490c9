"""`anneal data check` finds what an upload finds, in the same words, and answers with its exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anneal.commands.__main__ import main
from anneal.commands.data_check import Choice, check
from anneal.datasets.errors import problem_text
from deploy.local.home import REPOSITORY
from tests.anneal.datasets.steps import csv_of, dataset_of, good_rows, mapped
from tests.anneal.datasets.test_bad_files import UNREADABLE
from tests.anneal.datasets.test_file_choices import corrected
from tests.anneal.datasets.xlsx import xlsx_of
from tests.support.people import Person

GOOD = csv_of(good_rows(40))
BAD_ROWS = {
    "empty cells": csv_of([*good_rows(20), ("", "praise"), ("a text", ""), *good_rows(5)]),
    "ragged": GOOD + b"one,two,three\n",
    "open quote": GOOD + b'"never closed,praise\n',
    "one label": csv_of(good_rows(20, labels=["praise"])),
    "alike labels": csv_of([*good_rows(20), ("a text", "Praise "), ("another", "praise")]),
    "not utf-8": GOOD + "naïve caf\xe9,praise\n".encode("latin-1") * 3,
    "formula": csv_of([*good_rows(20), ("=1+1", ""), ("@cmd", "")]),
    "nothing wrong": GOOD,
}


def _told(problem: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(problem[name] for name in ("code", "severity", "message", "file", "row", "column", "value"))


def _by_command(path: Path, **options: Any) -> list[tuple[Any, ...]]:
    found = check([(path, "auto")], task="classification", named={}, **options).log.as_json()
    return [_told({**one, "message": problem_text(one["code"], one["params"])}) for one in found]


@pytest.mark.django_db
@pytest.mark.parametrize("name", UNREADABLE)
def test_files_that_cannot_be_read_are_refused_alike(owner: Person, tmp_path: Path, name: str) -> None:
    content, filename, code = UNREADABLE[name]
    path = tmp_path / filename
    path.write_bytes(content)
    dataset = dataset_of(owner, (content, filename, "auto"))
    expected = [_told(problem) for problem in dataset["problems"]]
    assert _by_command(path) == expected
    assert code in [told[0] for told in expected]


@pytest.mark.django_db
@pytest.mark.parametrize("name", BAD_ROWS)
def test_rows_are_found_alike(owner: Person, tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(BAD_ROWS[name])
    dataset = mapped(owner, dataset_of(owner, (BAD_ROWS[name], "a.csv", "auto")))
    assert _by_command(path) == [_told(problem) for problem in dataset["problems"]]
    answer = owner.api.get(f"/datasets/{dataset['id']}/problems.csv")
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert [row["code"] for row in rows] == [problem["code"] for problem in dataset["problems"]]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "@"))]


_SERBIAN = csv_of([(f"Ćao svima, đak {n}", "ab"[n % 2]) for n in range(40)]).decode().encode("cp1250")
_SHEETS = xlsx_of({name: [["Report"], ["text", "label"], *map(list, good_rows(40))] for name in ("One", "Two")})
CORRECTED = {
    "encoding": (_SERBIAN, "a.csv", {"encoding": "cp1250"}),
    "delimiter": (
        b"te,xt;label\n" + b"good, really;a\nbad, really;b\n" * 20 + b"x,y;a;c\n",
        "a.csv",
        {"delimiter": ";"},
    ),
    "no header": (csv_of(good_rows(40)).split(b"\r\n", 1)[1], "a.csv", {"has_header": False}),
    "sheet and header": (_SHEETS, "a.xlsx", {"sheet": "Two", "header_row": 2}),
    "layout": (csv_of(good_rows(40)), "a.txt", {"layout": "lines"}),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", CORRECTED)
def test_a_corrected_file_is_found_alike(owner: Person, tmp_path: Path, name: str) -> None:
    content, filename, choices = CORRECTED[name]
    path = tmp_path / filename
    path.write_bytes(content)
    found = dataset_of(owner, (content, filename, "auto"))
    assert _by_command(path) != (expected := _findings(owner, corrected(owner, found, **choices)))
    assert _by_command(path, read=[Choice(0, one, value) for one, value in choices.items()]) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("sheets", [["One", "Two"], ["*"]])
def test_several_sheets_are_found_alike(owner: Person, tmp_path: Path, sheets: list[str]) -> None:
    rows = [["text", "label"], *map(list, good_rows(20))]
    content = xlsx_of({"One": rows, "Two": [*rows, ["a text", None]]})
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    found = dataset_of(owner, (content, "a.xlsx", "auto"))
    expected = _findings(owner, corrected(owner, found, sheets=["One", "Two"], sheet_column="month"))
    assert "a.xlsx/Two" in str(expected)
    read = [*(Choice(0, "sheet", name) for name in sheets), Choice(None, "sheet_column", "month")]
    assert _by_command(path, read=read) == expected


def _findings(owner: Person, dataset: dict[str, Any]) -> list[tuple[Any, ...]]:
    if dataset["mapping"] is not None:
        roles = {part["role"]: dataset["mapping"].get(part["role"]) for part in dataset["roles"]}
        dataset = mapped(owner, dataset, **roles)
    return [_told(problem) for problem in dataset["problems"]]


def test_tags_are_read_from_the_column_that_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.conll"
    path.write_text("Anna B-PER 1\nruns O 2\n\n" * 20)
    call = ["data", "check", str(path), "--task", "token_classification", "--json"]
    assert main(call) == 1
    assert main([*call, "--read", "tag_column=2"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("encoding=utf-7", "is none of utf-8, "),
        ("delimiter=ab", "is no single character"),
        ("tag_column=1", "is none of 2 to 100"),
        ("storage_key=x", "is none of encoding, "),
        ("encoding", "is not of the form"),
        ("sheet=Two", "dataset.choice_does_not_fit"),
        ("1:encoding=utf-8", "dataset.no_file"),
    ],
)
def test_a_choice_that_does_not_fit_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: str, said: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(GOOD)
    try:
        code = main(["data", "check", str(path), "--task", "classification", "--read", given])
    except SystemExit as wrong:
        code = wrong.code
    assert code == 2
    assert said in capsys.readouterr().err


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(GOOD)
    bad.write_bytes(BAD_ROWS["one label"])
    assert main(["data", "check", str(good), "--task", "classification"]) == 0
    assert main(["data", "check", str(bad), "--task", "classification"]) == 1
    assert main(["data", "check", str(tmp_path / "none.csv"), "--task", "classification"]) == 2
    assert main(["data", "check", "--task", "classification"]) == 2
    assert main(["data", "check", str(good), "--task", "classification", "--map", "text=body"]) == 2
    assert "dataset.unknown_column" in capsys.readouterr().err
    with pytest.raises(SystemExit) as wrong:
        main(["data", "check", str(good), "--task", "magic"])
    assert wrong.value.code == 2
    capsys.readouterr()


def test_the_first_thousand_are_shown_and_all_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "a.csv", tmp_path / "findings.csv"
    path.write_bytes(csv_of([*good_rows(40), *[("a text", "")] * 1500]))
    assert main(["data", "check", str(path), "--task", "classification", "--json", "--out", str(out)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert len(said["problems"]) == 1000
    assert said["num_problems"] == 1500
    assert said["problem_counts"] == {"data:missing_label": 1500}
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [int(row["row"]) for row in rows] == list(range(42, 1542))


def test_columns_are_named_and_bad_rows_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of([*good_rows(40), ("a text", "")], header=("x", "y")))
    call = ["data", "check", str(path), "--task", "classification", "--map", "text=x", "--map", "label=y", "--json"]
    assert main(call) == 1
    capsys.readouterr()
    assert main([*call, "--skip-bad-rows"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["mapping"] == {"text": "x", "label": "y"}
    assert sum(said["num_rows"].values()) == 40
    assert said["problems"][0]["severity"] == "warning"


def test_rows_are_divided_as_a_column_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    rows = [(*row, ("train", "train", "dev", "test")[n % 4]) for n, row in enumerate(good_rows(40))]
    path.write_bytes(csv_of(rows, header=("text", "label", "part")))
    call = ["data", "check", str(path), "--task", "classification", "--split-mode", "given", "--json"]
    assert main(call) == 2
    assert "dataset.split_column_missing" in capsys.readouterr().err
    assert main([*call, "--split-column", "part"]) == 0
    assert json.loads(capsys.readouterr().out)["num_rows"] == {"train": 20, "validation": 10, "test": 10}


def test_the_executable_needs_no_settings_and_speaks_chinese(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(BAD_ROWS["empty cells"])
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "anneal"), "data", "check", str(path), "--task", "classification"],
        env={"PATH": os.environ["PATH"], "LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "utf-8"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "data:missing_text a.csv:22:text" in done.stdout
    assert "文本为空" in done.stdout
    assert os.access(REPOSITORY / "anneal", os.X_OK)


def test_the_executable_ends_without_a_word_when_nobody_reads_on(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(BAD_ROWS["empty cells"])
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(
            [sys.executable, str(REPOSITORY / "anneal"), "data", "check", str(path), "--task", "classification"],
            env={"PATH": os.environ["PATH"]},
            stdout=nobody,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


def test_a_spec_is_checked_field_by_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "spec.json"
    path.write_text('{"base_model": "minilm-l6-v2", "data": {"train": "a.csv"}, "seed": -1, "extra": 1}')
    assert main(["spec", "check", str(path), "--json"]) == 1
    assert {problem["field"] for problem in json.loads(capsys.readouterr().out)["problems"]} == {"seed", "extra"}
    assert main(["spec", "check", str(tmp_path / "none.json")]) == 2


def test_a_dry_run_reads_as_training_would(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_bytes(GOOD)
    path = tmp_path / "spec.json"
    path.write_text('{"base_model": "minilm-l6-v2", "data": {"train": "a.csv"}}')
    assert main(["spec", "check", str(path), "--dry-run", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["reading"]["split"]["num_rows"] > 0
    path.write_text('{"base_model": "minilm-l6-v2", "data": {"train": "none.csv"}}')
    assert main(["spec", "check", str(path), "--dry-run", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "data:missing_file"
