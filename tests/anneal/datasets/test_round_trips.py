"""What a version is exported as, read again: the same rows, in every form that fits its task. Without a database, so that all are tried."""

from __future__ import annotations

import json
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest

from anneal.common.ids import uuid7
from anneal.common.storage import store
from anneal.datasets.export import FORMATS, export_formats, export_misfit, export_stream
from anneal.datasets.files.build import Build, BuildPlan, Part
from anneal.datasets.files.check import file_inspect
from anneal.datasets.files.guess import mapping_guess
from anneal.datasets.files.problems import ProblemLog
from anneal.datasets.files.reading import Source
from tests.anneal.datasets.test_exports import ASKED
from tests.anneal.datasets.test_tasks import GOOD, VERDICTS, lines_of

FORMULAS = ("=1+1", "-0.5", "'quoted'", "@anna")
TEXTS = [
    *('"so", she said', "a,b;c\td", "  wide  ", "first\nsecond", "12", "true", "null", "[1, 2]", '{"a": 1}', "NaN"),
    *("😀 ünïcode 数据", "<b>&amp;</b>", "_x0041_", "#hash", "a | b", "\\n", "# x # y"),
]
EXAMPLES = {**GOOD, "preference, judged": VERDICTS}


def _hard(row: dict[str, Any], text: str) -> dict[str, Any]:
    """The row with a text in it that a form might take for something else, where texts are free."""
    found = dict(row)
    for role, value in row.items():
        if role in {"text", "source", "prompt"}:
            found[role] = text
        elif role in {"text_a", "text_b", "question", "anchor", "query", "target", "chosen", "completion"}:
            found[role] = f"{text} {role}"
        elif role == "messages":
            found[role] = [{**message, "content": f"{text} {message['content']}"} for message in value]
        elif role == "context":
            starts = [start + len(text) + 1 for start in row["answers"]["answer_start"]]
            found |= {role: f"{text} {value}", "answers": {**row["answers"], "answer_start": starts}}
        elif role == "tokens":
            found[role] = [text.split(maxsplit=1)[0], *value[1:]]
    return found


def _read(path: Path, task: str) -> Any:
    """A version of a file as an upload would make it, all of it for training; what it has of a version is kept nowhere."""
    folder, log = path.with_suffix(""), ProblemLog()
    folder.mkdir()
    source = Source(path, path.name)
    found = file_inspect(source, folder=folder, task=task, problems=log, tick=lambda _: None)
    guess = mapping_guess(found.statistics, task)
    assert guess is not None, [column.name for column in found.statistics]
    plan = BuildPlan(task, guess.columns, guess.delimiter, validation_share=0, test_share=0)
    built = Build(folder, plan, log, lambda *_: None).run([Part(found.rows, found.reading, "train")])
    assert built is not None, log.as_json()
    (file,) = built.files
    key = f"round-trips/{uuid7()}"
    store().put_file(key, file.path)
    files = [{"split": "train", "name": file.name, "key": key, "num_rows": file.num_rows}]
    return SimpleNamespace(task=task, mapping=plan.as_json(), files=files, dataset=SimpleNamespace(name="Reviews"))


def _cells(version: Any) -> list[dict[str, Any]]:
    """Rows without their ids and lines. In forms that have messages alone, a text is the only one."""
    with store().open(version.files[0]["key"]) as file:
        rows = pq.read_table(file).drop_columns(["id", "row"]).to_pylist()
    if version.task == "preference":
        speakers = {"prompt": "user", "chosen": "assistant", "rejected": "assistant", "completion": "assistant"}
        rows = [{role: _messages(cell, speakers.get(role)) for role, cell in row.items()} for row in rows]
    return [{role: cell for role, cell in row.items() if cell is not None} for row in rows]


def _messages(cell: Any, speaker: str | None) -> Any:
    if speaker is None or cell is None:
        return cell
    return json.loads(cell) if cell.startswith('[{"role"') else [{"role": speaker, "content": cell}]


def _forms(name: str) -> list[str]:
    version = SimpleNamespace(task=name.split(",", maxsplit=1)[0], mapping=EXAMPLES[name][0])
    return export_formats(version)


@pytest.mark.parametrize(("name", "form"), [(name, form) for name in EXAMPLES for form in _forms(name)])
def test_every_row_comes_back_from_every_form_of_its_task(name, form, tmp_path):
    task, good = name.split(",")[0], [*EXAMPLES[name], *ASKED.get(name, ())]
    # What a spreadsheet would take for a formula is escaped in tables of text, and said.
    texts = TEXTS if FORMATS[form].has_formulas else [*TEXTS, *FORMULAS]
    fits = FORMATS[form].fits.get(task, lambda _: True)
    rows = list(filter(fits, [*good, *map(_hard, good, cycle(texts))]))
    assert len(rows) > len(texts)
    given, again = tmp_path / "given.jsonl", tmp_path / f"again.{FORMATS[form].suffix}"
    given.write_bytes(lines_of(rows))
    version = _read(given, task)
    assert export_misfit(version, form, "train") is None
    again.write_bytes(b"".join(export_stream(version, form, "train")))
    assert _cells(_read(again, task)) == _cells(version)
