"""Cells that hold more than a text or a label, below HTTP: tasks that no spec can name yet are read as well."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from anneal.common.texts import texts_registered
from anneal.datasets.files.build import Build, BuildPlan, Built, Part
from anneal.datasets.files.columns import columns_measure, reading_with_columns
from anneal.datasets.files.guess import mapping_guess, task_guess
from anneal.datasets.files.kinds import KINDS
from anneal.datasets.files.problems import ROW_CODES, ProblemLog
from anneal.datasets.files.reading import Reading, Source
from anneal.datasets.files.shapes import SHAPES
from anneal.datasets.files.sniff import bytes_scan, reading_detect
from workers.contract.columns import COLUMNS, TASKS

CONTEXT = "Anna Smith lives in Berlin. Berlin is the capital of Germany."
SAID = [{"role": "user", "content": "Where is my parcel?"}, {"role": "assistant", "content": "On its way."}]
GOOD: dict[str, dict[str, Any]] = {
    "question_answering": {
        "question": "Where does Anna live?",
        "context": CONTEXT,
        "answers": {"text": ["Berlin"], "answer_start": [20]},
    },
    "embedding": {"anchor": "late parcel", "positive": "my parcel is late", "negative": "a red lamp"},
    "ranking": {
        "query": "late parcel",
        "candidates": ["my parcel is late", "a red lamp"],
        "positive": "my parcel is late",
    },
    "causal_lm": {"text": CONTEXT},
    "masked_lm": {"text": CONTEXT},
    "chat": {"messages": SAID, "tools": [{"name": "track"}]},
    "translation": {"source": "Good morning", "target": "早上好"},
    "summarisation": {"source": CONTEXT, "target": "Anna lives in Berlin."},
    "preference": {"prompt": SAID[:1], "chosen": "On its way.", "rejected": "No idea."},
}


def built(tmp_path: Path, task: str, rows: list[dict[str, Any]], **options: Any) -> tuple[Built | None, ProblemLog]:
    """What becomes of rows, each with a different first line."""
    source = Source(tmp_path / "data", "data.jsonl")
    source.path.write_text("\n".join(json.dumps(row) for row in rows))
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    roles = {part.role: part.role for part in COLUMNS[task] if part.role in names}
    log = ProblemLog(skips_bad_rows=options.pop("skips_bad_rows", False))
    plan = BuildPlan(task, roles, **options)
    reading = Reading("jsonl", "utf-8", None, "\n", names)
    return Build(tmp_path, plan, log, lambda *_: None).run([Part(source, reading, "auto")]), log


def kept(made: Built, role: str) -> list[Any]:
    """A column in the order of the lines, JSON as its value."""
    rows = sorted(
        (row for file in made.files for row in pq.read_table(file.path).to_pylist()), key=lambda row: row["row"]
    )
    return [row[role] for row in rows]


def changed(task: str, change: dict[str, Any]) -> list[dict[str, Any]]:
    """Twelve rows of which the sixth is changed."""
    return [{**GOOD[task], **(change if i == 5 else {})} for i in range(12)]


def test_every_kind_and_every_task_has_its_place():
    assert set(SHAPES) == set(COLUMNS), "say in files/shapes.py what makes a good row of the new task"
    assert {part.kind for parts in COLUMNS.values() for part in parts} <= set(KINDS)
    for task, shape in SHAPES.items():
        assert shape.key in {part.role for part in COLUMNS[task]}
    assert set(GOOD) | set(TASKS) == set(COLUMNS)


def test_every_finding_has_words():
    found: set[str] = set()
    for path in (Path(__file__).parents[3] / "platform/anneal/datasets").rglob("*.py"):
        found |= set(re.findall(r'"data:([a-z_0-9]+)"', path.read_text()))
    assert len(found) > 50
    assert {f"problem.{code}" for code in found} <= set(texts_registered())


@pytest.mark.parametrize("task", GOOD)
def test_good_rows_are_kept(tmp_path, task):
    made, log = built(tmp_path, task, [GOOD[task]] * 12)
    assert log.as_json() == []
    assert made is not None
    for part in (one for one in COLUMNS[task] if one.role in GOOD[task]):
        value = GOOD[task][part.role]
        expected = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        assert kept(made, part.role) == [expected] * 12
    assert set(made.statistics) == set(GOOD[task])
    assert all(entry["length"]["max"] > 0 for entry in made.statistics.values())
    assert made.labels == []


@pytest.mark.parametrize("task", GOOD)
def test_columns_are_recognised(tmp_path, task):
    source = Source(tmp_path / "data.jsonl", "data.jsonl")
    source.path.write_text("\n".join(json.dumps({**GOOD[task], "id": i}) for i in range(30)))
    log = ProblemLog()
    reading = reading_with_columns(source, reading_detect(source, bytes_scan(source.path, lambda _: None), log), log)
    guess = mapping_guess(columns_measure(source, reading), task)
    assert guess is not None
    assert guess.columns == {role: role for role in GOOD[task]}


def test_plain_texts_need_no_second_column(tmp_path):
    source = Source(tmp_path / "data", "data.csv")
    source.path.write_text("text\n" + "\n".join(f"Once upon a time {i} there was a lamp." for i in range(20)))
    log = ProblemLog()
    reading = reading_detect(source, bytes_scan(source.path, lambda _: None), log, min_columns=1)
    reading = reading_with_columns(source, reading, log)
    assert reading.columns == ("text",)
    assert mapping_guess(columns_measure(source, reading), "causal_lm").columns == {"text": "text"}
    assert task_guess(columns_measure(source, reading), "causal_lm") is None


BAD = {
    "no answers": ("question_answering", {"answers": 7}, "data:bad_answers"),
    "answers without a cell": ("question_answering", {"answers": None}, "data:missing_value"),
    "unequal answers": (
        "question_answering",
        {"answers": {"text": ["a", "b"], "answer_start": [0]}},
        "data:bad_answers",
    ),
    "start in words": ("question_answering", {"answers": {"text": ["a"], "answer_start": ["0"]}}, "data:bad_answers"),
    "answer elsewhere": ("question_answering", {"answers": "Munich"}, "data:answer_not_in_context"),
    "broken answers": ("question_answering", {"answers": '{"text": ['}, "data:bad_cell"),
    "no context": ("question_answering", {"context": ""}, "data:missing_text"),
    "candidates in words": ("ranking", {"candidates": 3}, "data:bad_candidates"),
    "no candidates": ("ranking", {"candidates": []}, "data:bad_candidates"),
    "empty candidate": ("ranking", {"candidates": ["a", " "]}, "data:bad_candidates"),
    "only the right one": ("ranking", {"candidates": ["my parcel  is late"]}, "data:no_negatives"),
    "no messages": ("chat", {"messages": []}, "data:bad_messages"),
    "messages in words": ("chat", {"messages": "hello"}, "data:bad_cell"),
    "message without a role": ("chat", {"messages": [{"content": "x"}]}, "data:bad_messages"),
    "content that is a list": ("chat", {"messages": [{"role": "user", "content": []}]}, "data:bad_messages"),
    "unknown speaker": ("chat", {"messages": [*SAID, {"role": "bot", "content": "x"}]}, "data:unknown_speaker"),
    "empty message": ("chat", {"messages": [*SAID, {"role": "user", "content": " "}]}, "data:empty_message"),
    "calls that are none": ("chat", {"messages": [*SAID, {**SAID[1], "tool_calls": True}]}, "data:bad_tool_calls"),
    "calls in words": ("chat", {"messages": [*SAID, {**SAID[1], "tool_calls": ["track"]}]}, "data:bad_tool_calls"),
    "function in words": (
        "chat",
        {"messages": [*SAID, {"role": "assistant", "tool_calls": [{"function": "track"}]}]},
        "data:bad_tool_calls",
    ),
    "calls in an answer": (
        "preference",
        {"chosen": [{**SAID[1], "tool_calls": "track"}]},
        "data:bad_tool_calls",
    ),
    "one call in words": (
        "chat",
        {"messages": [*SAID, {**SAID[1], "function_call": "auto"}]},
        "data:bad_function_call",
    ),
    "one call without a name": (
        "chat",
        {"messages": [*SAID, {"role": "assistant", "function_call": {"arguments": "{}"}}]},
        "data:bad_function_call",
    ),
    "no answer": ("chat", {"messages": SAID[:1]}, "data:no_answer"),
    "NUL in a message": ("chat", {"messages": [SAID[0], {"role": "assistant", "content": "a\0"}]}, "data:nul_byte"),
    "half a character": ("chat", {"messages": [SAID[0], {"role": "assistant", "content": "\ud800"}]}, "data:encoding"),
    "tools in words": ("chat", {"tools": "track"}, "data:bad_cell"),
    "endless number": ("chat", {"tools": '[{"x": 1e999}]'}, "data:bad_cell"),
    "key twice": ("chat", {"tools": '[{"x": 1, "x": 2}]'}, "data:bad_cell"),
    "too deep": ("chat", {"tools": "[" * 100_000}, "data:bad_cell"),
    "empty side": ("translation", {"target": None}, "data:missing_text"),
    "no summary": ("summarisation", {"target": " "}, "data:missing_text"),
    "same answers": ("preference", {"rejected": "On  its way."}, "data:identical_answers"),
    "no preferred": ("preference", {"chosen": ""}, "data:missing_value"),
    "list for a text": ("embedding", {"negative": ["x"]}, "data:wrong_type"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_cell_is_named_and_can_be_left_out(tmp_path, case):
    task, change, code = BAD[case]
    made, log = built(tmp_path, task, changed(task, change))
    assert made is None
    (problem,) = [problem for problem in log.kept if problem.severity == "error"]
    assert (problem.code, problem.file, problem.row) == (code, "data.jsonl", 6)
    assert problem.column in COLUMNS_OF[task]
    made, _ = built(tmp_path, task, changed(task, change), skips_bad_rows=True)
    assert made is not None
    assert sum(made.num_rows.values()) == 11


def test_calls_that_are_json_text_are_kept_as_the_list_that_they_mean(tmp_path):
    calls = [{"function": {"name": "track", "arguments": "{}"}}]
    rows = changed("chat", {"messages": [SAID[0], {"role": "assistant", "tool_calls": json.dumps(calls)}]})
    made, log = built(tmp_path, "chat", rows)
    assert log.as_json() == []
    assert json.loads(kept(made, "messages")[5])[1]["tool_calls"] == calls


@pytest.mark.parametrize("write", [json.dumps, dict])
def test_a_call_of_the_older_form_needs_no_words_beside_it(tmp_path, write):
    call = {"name": "track", "arguments": "{}"}
    rows = changed("chat", {"messages": [SAID[0], {"role": "assistant", "function_call": write(call)}]})
    made, log = built(tmp_path, "chat", rows)
    assert log.as_json() == []
    assert json.loads(kept(made, "messages")[5])[1]["function_call"] == call


@pytest.mark.parametrize("task", ["classification", "multi_label"])
@pytest.mark.parametrize(
    ("first", "second", "label"),
    [(1, "1", "1"), ("1", 1, "1"), (1, 1.0, "1"), (True, "true", "true"), ("on", "on", None)],
)
def test_two_ways_to_write_a_label_are_told_once(tmp_path, task, first, second, label):
    role = "label" if task == "classification" else "labels"

    def row(n: int, value: Any) -> dict[str, Any]:
        return {"text": f"row {n}", role: value if role == "label" else [value]}

    values = ["off", "off", first, "off", second, first, second] + ["off", "on"] * 4
    made, log = built(
        tmp_path, task, [row(n, value) for n, value in enumerate(values)], validation_share=0, test_share=0
    )
    assert made is not None
    told = [problem for problem in log.kept if problem.code == "data:label_types"]
    assert len(told) == (label is not None)
    for problem in told:
        assert (problem.row, problem.value, problem.severity) == (5, label, "warning")
        assert problem.params == {"written": json.dumps(second), "first": json.dumps(first), "first_row": 3}


def test_spaces_around_the_labels_of_a_set_are_told_but_not_those_after_a_separator(tmp_path):
    rows = [{"text": f"row {n}", "labels": ["on", "off"][: n % 2 + 1]} for n in range(12)]
    rows[3]["labels"] = [" on", "off "]
    _, log = built(tmp_path, "multi_label", rows)
    assert [(one.code, one.row, one.value) for one in log.kept if one.row] == [("data:label_spaces", 4, "on")]
    for row in rows:
        row["labels"] = ", ".join(row["labels"])
    rows[3]["labels"] = "on, off"
    made, log = built(tmp_path, "multi_label", rows, delimiter=",")
    assert (made is not None, [one.code for one in log.kept if one.row]) == (True, [])


COLUMNS_OF = {task: {part.role for part in parts} for task, parts in COLUMNS.items()}


@pytest.mark.parametrize(
    ("task", "change", "code"),
    [
        ("translation", {"target": "Good morning"}, "data:identical_sides"),
        ("embedding", {"positive": "late parcel"}, "data:identical_sides"),
        ("summarisation", {"target": CONTEXT + " Or so it is said."}, "data:longer_than_source"),
        ("chat", {"messages": [SAID[0], *SAID]}, "data:repeated_turn"),
        ("question_answering", {"answers": {"text": ["Berlin"], "answer_start": [19]}}, "data:answer_moved"),
    ],
)
def test_doubtful_row_is_warned_about_and_kept(tmp_path, task, change, code):
    made, log = built(tmp_path, task, changed(task, change))
    assert made is not None
    assert [(problem.code, problem.severity, problem.row) for problem in log.kept] == [(code, "warning", 6)]
    assert sum(made.num_rows.values()) == 12


@pytest.mark.parametrize(
    ("given", "starts"),
    [
        ("Berlin", [20]),
        (["Berlin", "Germany"], [20, 53]),
        ({"text": "Berlin", "answer_start": 28}, [28]),
        ([{"text": "Berlin", "answer_start": 30}], [28]),
        ({"text": ["Berlin", "Anna"], "answer_start": [22, 999]}, [20, 0]),
        ({"text": ["Berlin"], "answer_start": [-5]}, [20]),
        ('{"text": ["Berlin"], "answer_start": [28]}', [28]),
        ({"text": [], "answer_start": []}, []),
    ],
)
def test_answers_are_found_in_their_context(tmp_path, given, starts):
    made, _ = built(tmp_path, "question_answering", [{**GOOD["question_answering"], "answers": given}] * 12)
    assert made is not None
    found = json.loads(kept(made, "answers")[0])
    assert found["answer_start"] == starts
    assert all(CONTEXT.startswith(text, start) for text, start in zip(found["text"], starts, strict=True))


def test_optional_cells_may_be_empty_or_absent(tmp_path):
    rows = [{**GOOD["embedding"], "negative": "  " if i % 2 else "a red lamp"} for i in range(12)]
    made, log = built(tmp_path, "embedding", rows)
    assert log.num_problems == 0
    assert kept(made, "negative")[:2] == ["a red lamp", None]
    assert made.statistics["negative"]["length"]["max"] == 10
    bare, _ = built(tmp_path, "embedding", [{"anchor": "a", "positive": "b"}] * 12)
    assert set(bare.statistics) == {"anchor", "positive"}


def test_objects_are_taken_by_their_text(tmp_path):
    rows = [{**GOOD["ranking"], "candidates": [{"item_id": 1, "text": "a lamp"}, {"text": "a rug"}]}] * 12
    made, _ = built(tmp_path, "ranking", rows)
    assert json.loads(kept(made, "candidates")[0]) == ["a lamp", "a rug"]
    assert made.statistics["candidates"]["length"] == {"p50": 2, "p95": 2, "max": 2, "unit": "candidates"}


def test_answers_of_one_context_stay_in_one_split(tmp_path):
    rows = [
        {
            "question": f"What is number {i}?",
            "context": f"In block {i // 5} there is number {i // 5}.",
            "answers": "number",
        }
        for i in range(100)
    ]
    made, _ = built(tmp_path, "question_answering", rows, validation_share=0.2, test_share=0.2)
    seen: dict[str, set[str]] = {}
    for file in made.files:
        for row in pq.read_table(file.path).to_pylist():
            seen.setdefault(row["context"], set()).add(file.split)
    assert len(made.files) == 3
    assert all(len(splits) == 1 for splits in seen.values())


def test_a_row_with_two_bad_labels_is_one_bad_row(tmp_path):
    rows = [{"text": "hello", "labels": [None, None]}, {"text": "again", "labels": ["a"]}]
    _, log = built(tmp_path, "multi_label", rows, skips_bad_rows=True)
    assert [problem.row for problem in log.kept if problem.code in ROW_CODES] == [1]
