"""Every task from files to a version over HTTP: guessed, checked in its own way, kept as columns that the trainer reads."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anneal.common.ids import uuid7
from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.files import late_keys
from anneal.datasets.models import DatasetVersion
from anneal.datasets.tasks import inspect
from tests.anneal.datasets.steps import codes, csv_of, dataset_of, good_rows, mapped, shown, uploaded
from workers.contract.columns import COLUMNS, TASKS, form_columns

# Kinds whose cells are JSON texts.
STRUCTURED = {"answers", "candidates", "messages", "json"}

pytestmark = pytest.mark.django_db


def lines_of(rows: Sequence[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def parquet_of(rows: Sequence[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), out)
    return out.getvalue()


def cells_of(rows: Sequence[dict[str, Any]]) -> bytes:
    """As CSV, lists as JSON."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow(
            [json.dumps(cell, ensure_ascii=False) if isinstance(cell, list | dict) else cell for cell in row.values()]
        )
    return out.getvalue().encode()


def tables_of(person, dataset) -> dict[str, pa.Table]:
    """The Parquet files of the latest version, by split."""
    with person.scope():
        version = DatasetVersion.objects.get(id=dataset["latest_version"]["id"])
    tables = {}
    for file in version.files:
        with store().open(file["key"]) as stream:
            tables[file["split"]] = pq.read_table(io.BytesIO(stream.read()))
    return tables


def rows_of(person, dataset) -> list[dict[str, Any]]:
    """Rows of the latest version without their lines, in the order of their lines."""
    rows = [row for table in tables_of(person, dataset).values() for row in table.to_pylist()]
    structured = {column.role for column in COLUMNS[dataset["latest_version"]["task"]] if column.kind in STRUCTURED}
    return [
        {
            name: json.loads(value) if name in structured else value
            for name, value in row.items()
            if name not in {"id", "row"} and value is not None
        }
        for row in sorted(rows, key=lambda row: row["row"])
    ]


def statistics_of(dataset, role) -> dict[str, Any]:
    return next(entry for entry in dataset["latest_version"]["statistics"] if entry["role"] == role)


WORDS = ["parcel", "refund", "late", "thanks", "broken", "lamp", "Berlin", "Anna", "please", "today"]
GOOD: dict[str, list[dict[str, Any]]] = {
    "classification": [{"text": text, "label": label} for text, label in good_rows(40)],
    "pair_classification": [
        {"text_a": f"where is parcel {i}", "text_b": f"parcel {i} is on its way", "label": ["yes", "no"][i % 2]}
        for i in range(40)
    ],
    "multi_label": [
        {"text": f"the parcel {i} was late", "labels": [["delivery"], ["price", "service"], []][i % 3]}
        for i in range(42)
    ],
    "regression": [{"text": f"the hotel room {i} was fine", "score": i / 4 + 0.1} for i in range(40)],
    "pair_regression": [
        {"text_a": f"a man plays flute {i}", "text_b": f"a woman plays flute {i}", "score": round(i / 8, 2)}
        for i in range(40)
    ],
    "token_classification": [
        {
            "tokens": ["send", f"{i}", "to", "Anna", "Smith", "in", "Berlin"],
            "tags": ["O", "O", "O", "B-PER", "I-PER", "O", "B-LOC"],
        }
        for i in range(40)
    ],
    "question_answering": [
        {
            "question": f"who sent parcel {i}",
            "context": f"Anna sent the lamp in parcel {i} to Berlin",
            "answers": {"text": ["Anna"], "answer_start": [0]} if i % 4 else {"text": [], "answer_start": []},
        }
        for i in range(40)
    ],
    "embedding": [
        {"anchor": f"where is parcel {i}", "positive": f"track parcel {i}", "negative": f"return of lamp {i}"}
        for i in range(40)
    ],
    "similarity": [
        {"text_a": f"a man plays flute {i}", "text_b": f"a man plays the flute {i}", "score": round(i / 8, 2)}
        for i in range(40)
    ],
    "ranking": [
        {
            "query": f"a lamp for room {i}",
            "candidates": [f"desk lamp {i}", f"garden chair {i}", f"tea pot {i}"],
            "positive": f"desk lamp {i}",
        }
        for i in range(40)
    ],
    "causal_lm": [{"text": f"the parcel {i} left the warehouse and came to Berlin"} for i in range(40)],
    "masked_lm": [{"text": f"the parcel {i} left the warehouse and came to Berlin"} for i in range(40)],
    "chat": [
        {
            "messages": [
                {"role": "user", "content": f"where is parcel {i}"},
                {"role": "assistant", "content": f"parcel {i} is in Berlin"},
            ]
        }
        for i in range(40)
    ],
    "translation": [
        {"source": f"where is parcel {i} today", "target": f"wo ist heute das Paket {i}"} for i in range(40)
    ],
    "summarisation": [
        {
            "source": f"the customer wrote that parcel {i} with the lamp came late and that the lamp was broken",
            "target": f"parcel {i} late, lamp broken",
        }
        for i in range(40)
    ],
    "preference": [
        {"prompt": f"where is parcel {i}", "chosen": f"parcel {i} is in Berlin, sorry", "rejected": f"no idea {i}"}
        for i in range(40)
    ],
}


VERDICTS = [
    {"prompt": f"where is parcel {i}", "completion": f"parcel {i} is in Berlin", "label": ["desirable", "0"][i % 2]}
    for i in range(40)
]


def test_single_answers_with_verdicts_become_a_version_that_the_trainer_reads(owner, tmp_path):
    from workers.contract.spec import DataSource, JobSpec
    from workers.trainer.tasks import build_task

    dataset = dataset_of(owner, (lines_of(VERDICTS), "data.jsonl", "auto"), task="preference")
    assert [part["role"] for part in dataset["roles"]] == ["prompt", "completion", "label", "tools"]
    dataset = mapped(owner, dataset)
    assert (dataset["state"], codes(dataset)) == ("ready", []), dataset["problems"]
    assert rows_of(owner, dataset) == [{**row, "label": ["true", "false"][i % 2]} for i, row in enumerate(VERDICTS)]
    assert [entry["label"] for entry in dataset["latest_version"]["labels"]] == ["false", "true"]
    rows, preview = f"dataset-versions/{dataset['latest_version']['id']}/rows", f"datasets/{dataset['id']}/preview"
    for address in (rows, preview):
        answer = owner.api.get(f"/{address}?label=true&limit=100")
        assert answer.status_code == 200, answer.json()
        assert len(answer.json()["data"]) == 20, address
    for split, table in tables_of(owner, dataset).items():
        pq.write_table(table, tmp_path / f"{split}.parquet")
    data = DataSource(train="train.parquet", validation="validation.parquet", test="test.parquet")
    spec = JobSpec(base_model="minilm-l6-v2", data=data, task={"type": "preference", "loss": "kto"})
    found, warnings = build_task(spec).read(spec, tmp_path)
    assert warnings == []
    assert sum(found.train["desirable"]) == statistics_of(dataset, "label")["labels"][1]["train"]


def test_verdicts_beside_a_conversation_are_not_passed_over(owner):
    talks = [
        {
            "messages": [
                {"role": "user", "content": row["prompt"]},
                {"role": "assistant", "content": row["completion"]},
            ],
            "label": bool(i % 2),
        }
        for i, row in enumerate(VERDICTS)
    ]
    dataset = dataset_of(owner, (lines_of(talks), "data.jsonl", "auto"), task="chat")
    assert dataset["suggestion"]["task"] == "preference"
    assert "data:verdicts_unused" in codes(dataset)
    pairs = dataset_of(owner, (lines_of(VERDICTS), "pairs.jsonl", "auto"), task="chat")
    assert (pairs["suggestion"]["task"], "data:verdicts_unused" in codes(pairs)) == ("preference", True)


@pytest.mark.parametrize("form", ["jsonl", "json", "nested"])
def test_key_that_comes_late_is_a_column_and_told(owner, monkeypatch, form):
    monkeypatch.setattr(late_keys, "_PIECE_BYTES", 2048)
    rows: list[dict[str, Any]] = [
        {"text": f"parcel {i} was fine", "label": ["a", "b"][i % 2]} | ({"more": i} if form == "nested" else {})
        for i in range(1200)
    ]
    for row in (rows[1000], rows[1100]):
        row["note"] = "late"
    content = json.dumps(rows).encode() if form == "json" else lines_of(rows)
    dataset = dataset_of(owner, (content, f"data.{form.replace('nested', 'jsonl')}", "auto"))
    (problem,) = dataset["problems"]
    assert (problem["code"], problem["severity"]) == ("data:late_column", "warning")
    assert (problem["row"], problem["column"]) == (1001, "note")
    assert "2 rows" in problem["message"]
    assert [column["name"] for column in dataset["columns"]][-1] == "note"
    ready = mapped(owner, dataset)
    assert (ready["state"], codes(ready)) == ("ready", ["data:late_column"])


def test_verdict_that_is_none_is_named(owner):
    rows = [*VERDICTS, {**VERDICTS[0], "label": "perhaps"}]
    dataset = mapped(owner, dataset_of(owner, (lines_of(rows), "data.jsonl", "auto"), task="preference"))
    (problem,) = [one for one in dataset["problems"] if one["severity"] == "error"]
    assert (problem["code"], problem["row"], problem["column"], problem["value"]) == (
        "data:bad_flag",
        41,
        "label",
        "perhaps",
    )


def test_parts_of_both_forms_are_refused(owner):
    dataset = dataset_of(owner, (lines_of(VERDICTS), "data.jsonl", "auto"), task="preference")
    body = {"prompt": "prompt", "completion": "completion", "label": "label", "chosen": "completion"}
    answer = owner.api.put(f"/datasets/{dataset['id']}/mapping", body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "chosen")


def test_there_is_a_case_for_every_task():
    assert set(GOOD) == set(TASKS), "give the new task good rows here, and its own bad ones in test_kinds.py"


@pytest.mark.parametrize("form", [lines_of, parquet_of, cells_of])
@pytest.mark.parametrize("task", TASKS)
def test_good_rows_become_a_version_from_every_format(owner, task, form):
    suffix = {"lines_of": "jsonl", "parquet_of": "parquet", "cells_of": "csv"}[form.__name__]
    dataset = dataset_of(owner, (form(GOOD[task]), f"data.{suffix}", "auto"), task=task)
    assert dataset["state"] == "needs_mapping", dataset["problems"]
    assert [part["role"] for part in dataset["roles"]] == [column.role for column in form_columns(task, GOOD[task][0])]
    guess = {role: dataset["mapping"][role] for role in GOOD[task][0]}
    assert guess == {role: role for role in GOOD[task][0]}
    assert dataset["mapping"]["confidence"] > 0.8
    assert dataset["suggestion"] is None
    dataset = mapped(owner, dataset, **guess)
    assert dataset["state"] == "ready", dataset["problems"]
    # Labels of sets are not divided evenly, and few rows are tested.
    assert set(codes(dataset)) <= ({"data:untested_labels"} if task == "multi_label" else set())
    assert rows_of(owner, dataset) == GOOD[task]
    version = dataset["latest_version"]
    assert version["task"] == task
    assert sum(version["num_rows"].values()) == len(GOOD[task])
    assert all(version["num_rows"].values())
    assert [entry["role"] for entry in version["statistics"]] == list(GOOD[task][0])
    again = mapped(owner, dataset, **guess)
    assert again["latest_version"] == version, "the same rows are the same version"


@pytest.mark.parametrize("task", TASKS)
def test_trainer_reads_what_was_written(owner, task, tmp_path):
    from workers.contract.spec import DataSource, JobSpec
    from workers.trainer.tasks import build_task

    dataset = mapped(owner, dataset_of(owner, (lines_of(GOOD[task]), "data.jsonl", "auto"), task=task))
    for split, table in tables_of(owner, dataset).items():
        pq.write_table(table, tmp_path / f"{split}.parquet")
    data = DataSource(train="train.parquet", validation="validation.parquet", test="test.parquet")
    spec = JobSpec(base_model="minilm-l6-v2", data=data, task={"type": task})
    found, warnings = build_task(spec).read(spec, tmp_path)
    assert warnings == []
    version = dataset["latest_version"]
    assert len(found.train) == version["num_rows"]["train"]
    names = [entry["label"] for entry in version["labels"]]
    if task == "token_classification":
        assert sorted({label[2:] for label in found.labels} - {""}) == names
    else:
        assert list(found.labels) == names


@pytest.mark.parametrize("task", TASKS)
def test_other_task_is_suggested_and_can_be_taken(owner, task):
    chosen = "regression" if task == "classification" else "classification"
    dataset = dataset_of(owner, (lines_of(GOOD[task]), "data.jsonl", "auto"), task=chosen)
    # One column is too little for the chosen task, whichever it is.
    assert dataset["state"] == ("invalid" if len(GOOD[task][0]) == 1 else "needs_mapping"), dataset["problems"]
    # Plain texts say nothing about which way a model should read them; the one that a base model can learn is named. Scores of pairs
    # do not say what they are of.
    suggested = {"causal_lm": "masked_lm", "similarity": "pair_regression"}.get(task, task)
    assert dataset["suggestion"]["task"] == suggested, dataset
    assert dataset["suggestion"]["confidence"] > 0.8
    answer = owner.api.patch(f"/datasets/{dataset['id']}", {"task": task})
    assert (answer.status_code, answer.json()["state"], answer.json()["task"]) == (200, "inspecting", task)
    assert owner.api.patch(f"/datasets/{dataset['id']}", {"task": chosen}).status_code == 409, "it is at work"
    inspect(dataset["id"])
    dataset = shown(owner.api, dataset["id"])
    assert {role: dataset["mapping"][role] for role in GOOD[task][0]} == {role: role for role in GOOD[task][0]}
    dataset = mapped(owner, dataset)
    assert dataset["state"] == "ready", dataset["problems"]
    refused = owner.api.patch(f"/datasets/{dataset['id']}", {"task": chosen})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "dataset.has_versions")
    assert owner.api.patch(f"/datasets/{dataset['id']}", {"task": task, "name": "Kept"}).json()["name"] == "Kept"


@pytest.mark.parametrize(
    ("body", "status"), [({}, 400), ({"task": "magic"}, 400), ({"task": None}, 400), ({"colour": 1}, 400)]
)
def test_change_that_makes_no_sense_is_refused(owner, body, status):
    dataset = dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto"))
    assert owner.api.patch(f"/datasets/{dataset['id']}", body).status_code == status
    assert shown(owner.api, dataset["id"]) == dataset


def test_unknown_task_is_refused(owner):
    files = [{"upload_id": uploaded(owner.api, csv_of(good_rows())), "split": "auto"}]
    answer = owner.api.post("/datasets", {"name": "n", "task": "magic", "files": files})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "task")
    assert owner.api.post("/datasets", {"name": "n", "files": files}).json()["task"] == "classification"


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"text_a": "text_a", "label": "label"}, "text_b", "dataset.role_missing"),
        ({"text_a": "text_a", "text_b": None, "label": "label"}, "text_b", "dataset.role_missing"),
        ({"text": "text_a", "label": "label"}, "text", "dataset.unknown_role"),
        ({"text_a": "text_a", "text_b": "nope", "label": "label"}, "text_b", "dataset.unknown_column"),
        ({"text_a": "text_a", "text_b": "text_a", "label": "label"}, "text_b", "dataset.same_column"),
        (
            {"text_a": "text_a", "text_b": "text_b", "label": "label", "delimiter": ","},
            "delimiter",
            "dataset.no_delimiter",
        ),
        ({"text_a": "text_a", "text_b": "text_b", "label": "label", "delimiter": ""}, "delimiter", "request.invalid"),
        ({"text_a": ["text_a"], "text_b": "text_b", "label": "label"}, "text_a", "request.invalid"),
        ({"text_a": "text_a", "text_b": "text_b", "label": "label", "surprise": "x"}, "surprise", "request.invalid"),
    ],
)
def test_mapping_names_the_role_that_is_wrong(owner, body, param, code):
    content = lines_of(GOOD["pair_classification"])
    dataset = dataset_of(owner, (content, "r.jsonl", "auto"), task="pair_classification")
    answer = owner.api.put(f"/datasets/{dataset['id']}/mapping", body)
    assert answer.status_code == 400
    assert (answer.json()["error"]["param"], answer.json()["error"]["code"]) == (param, code)
    assert shown(owner.api, dataset["id"])["state"] == "needs_mapping"


BAD_CELLS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "first side missing": ("pair_classification", {"text_a": " "}, "data:missing_text", "text_a"),
    "second side missing": ("pair_classification", {"text_b": None}, "data:missing_text", "text_b"),
    "label of a pair missing": ("pair_classification", {"label": ""}, "data:missing_label", "label"),
    "no list": ("multi_label", {"labels": "delivery, price"}, "data:not_a_list", "labels"),
    "list cut off": ("multi_label", {"labels": '["delivery"'}, "data:not_a_list", "labels"),
    "no list at all": ("multi_label", {"labels": None}, "data:missing_label", "labels"),
    "empty label": ("multi_label", {"labels": ["delivery", " "]}, "data:missing_label", "labels"),
    "nested label": ("multi_label", {"labels": [["delivery"]]}, "data:wrong_type", "labels"),
    "long label": ("multi_label", {"labels": ["x" * 201]}, "data:label_too_long", "labels"),
    "half a label": ("multi_label", {"labels": ["\ud800"]}, "data:encoding", "labels"),
    "number missing": ("regression", {"score": None}, "data:missing_value", "score"),
    "number in words": ("regression", {"score": "three"}, "data:not_a_number", "score"),
    "number with a comma": ("regression", {"score": "3,5"}, "data:not_a_number", "score"),
    "number with a unit": ("regression", {"score": "5 stars"}, "data:not_a_number", "score"),
    "number with a low line": ("regression", {"score": "1_000"}, "data:not_a_number", "score"),
    "truth for a number": ("regression", {"score": True}, "data:not_a_number", "score"),
    "not a number": ("regression", {"score": "NaN"}, "data:nan_value", "score"),
    "infinite": ("regression", {"score": "-inf"}, "data:nan_value", "score"),
    "beyond floats": ("regression", {"score": 10**400}, "data:nan_value", "score"),
    "too large": ("pair_regression", {"score": 1e30}, "data:number_too_large", "score"),
    "tags missing": ("token_classification", {"tags": None}, "data:missing_value", "tags"),
    "tokens missing": ("token_classification", {"tokens": []}, "data:missing_value", "tokens"),
    "empty token": (
        "token_classification",
        {"tokens": ["a", "", "b", "c", "d", "e", "f"]},
        "data:empty_item",
        "tokens",
    ),
    "one tag too few": ("token_classification", {"tags": ["O"] * 6}, "data:unequal_lengths", "tags"),
    "unknown scheme": ("token_classification", {"tags": ["O"] * 6 + ["S-PER"]}, "data:bad_tag", "tags"),
    "type without prefix": ("token_classification", {"tags": ["O"] * 6 + ["PER"]}, "data:bad_tag", "tags"),
    "numbers for tags": ("token_classification", {"tags": [0, 0, 0, 1, 2, 0, 3]}, "data:bad_tag", "tags"),
    "tokens with NUL": ("token_classification", {"tokens": ["a\0", *"bcdefg"]}, "data:nul_byte", "tokens"),
}


@pytest.mark.parametrize("case", BAD_CELLS)
def test_bad_cell_is_named_and_can_be_left_out(owner, case):
    task, change, code, column = BAD_CELLS[case]
    rows = [*GOOD[task][:5], {**GOOD[task][5], **change}, *GOOD[task][6:]]
    content = "\n".join(json.dumps(row) for row in rows).encode()
    dataset = mapped(owner, dataset_of(owner, (content, "a.jsonl", "auto"), task=task))
    assert dataset["state"] == "invalid"
    (problem,) = [problem for problem in dataset["problems"] if problem["severity"] == "error"]
    assert (problem["code"], problem["file"], problem["row"], problem["column"]) == (code, "a.jsonl", 6, column)
    assert len(problem["message"]) > 20
    chinese = shown(owner.api, dataset["id"], **{"Accept-Language": "zh"})["problems"][0]["message"]
    assert problem["message"] != chinese
    again = mapped(owner, dataset, skip_bad_rows=True)
    assert again["state"] == "ready", again["problems"]
    assert sum(again["latest_version"]["num_rows"].values()) == len(rows) - 1
    assert code in codes(again, "warning"), "what was left out stays visible"


def held_out(task: str, change: dict[str, Any]) -> tuple[tuple[bytes, str, str], ...]:
    """Good training rows, and validation rows of which the last is changed."""
    held = [*GOOD[task][:6], {**GOOD[task][6], **change}]
    return (lines_of(GOOD[task]), "train.jsonl", "train"), (lines_of(held), "v.jsonl", "validation")


@pytest.mark.parametrize(
    ("task", "change", "value"),
    [
        ("pair_classification", {"label": "perhaps"}, "perhaps"),
        ("multi_label", {"labels": ["price", "colour"]}, "colour"),
        ("token_classification", {"tags": ["O", "O", "O", "B-PER", "I-PER", "O", "B-DATE"]}, "DATE"),
    ],
)
def test_label_that_training_lacks_is_named_with_its_row(owner, task, change, value):
    dataset = mapped(owner, dataset_of(owner, *held_out(task, change), task=task))
    (problem,) = [problem for problem in dataset["problems"] if problem["severity"] == "error"]
    assert (problem["code"], problem["file"], problem["row"], problem["value"]) == (
        "data:unseen_label",
        "v.jsonl",
        7,
        value,
    )


@pytest.mark.parametrize(
    ("task", "change", "code"),
    [
        ("pair_classification", {"label": "same"}, "data:single_class"),
        ("multi_label", {"labels": []}, "data:no_labels"),
        ("multi_label", {"labels": ["price"]}, "data:single_class"),
        ("regression", {"score": 3}, "data:single_number"),
        ("token_classification", {"tags": ["O"] * 7}, "data:no_spans"),
    ],
)
def test_nothing_to_learn_is_an_error(owner, task, change, code):
    rows = [{**row, **change} for row in GOOD[task]]
    dataset = dataset_of(owner, (lines_of(rows), "a.jsonl", "auto"), task=task)
    assert codes(mapped(owner, dataset), "error") == [code]


@pytest.mark.parametrize(
    ("task", "change", "code"),
    [
        ("pair_classification", {"text_b": "where  is parcel 5"}, "data:identical_sides"),
        ("pair_classification", {"label": "perhaps"}, "data:rare_label"),
        ("multi_label", {"labels": ["price", "price"]}, "data:repeated_label"),
        ("multi_label", {"labels": ["colour"]}, "data:rare_label"),
        ("token_classification", {"tags": ["O", "O", "O", "I-PER", "I-PER", "O", "I-LOC"]}, "data:tag_begins_inside"),
        ("token_classification", {"tags": ["B-DATE", *"OOOOOO"]}, "data:rare_label"),
    ],
)
def test_doubtful_row_is_warned_about_and_accepted(owner, task, change, code):
    rows = [*GOOD[task][:5], {**GOOD[task][5], **change}, *GOOD[task][6:]]
    dataset = mapped(owner, dataset_of(owner, (lines_of(rows), "a.jsonl", "auto"), task=task))
    assert dataset["state"] == "ready", dataset["problems"]
    told = [problem for problem in dataset["problems"] if problem["code"] != "data:untested_labels"]
    assert [(problem["code"], problem["severity"], problem["row"]) for problem in told] == [(code, "warning", 6)]
    assert sum(dataset["latest_version"]["num_rows"].values()) == len(rows)


def test_numbers_that_look_like_classes_are_doubted(owner):
    rows = [{"text": f"text {i}", "score": i % 2} for i in range(40)]
    dataset = mapped(owner, dataset_of(owner, (lines_of(rows), "a.jsonl", "auto"), task="regression"))
    assert (dataset["state"], codes(dataset)) == ("ready", ["data:label_like_numbers"])


def test_delimited_labels_are_recognised_and_taken_apart(owner):
    cells = ["delivery, price", "price; service", "delivery", "", " service ,delivery,"]
    content = csv_of([(f"the parcel {i} was late", cells[i % 5]) for i in range(50)], ("text", "topics"))
    dataset = dataset_of(owner, (content, "a.csv", "auto"), task="multi_label")
    assert dataset["mapping"]["labels"] == "topics"
    assert dataset["mapping"]["delimiter"] == ",;"
    refused = mapped(owner, dataset, labels="topics")
    assert {"data:not_a_list", "data:missing_label"} <= set(codes(refused, "error"))
    dataset = mapped(owner, dataset, labels="topics", delimiter=",;")
    assert dataset["state"] == "ready", dataset["problems"]
    assert [row["labels"] for row in rows_of(owner, dataset)[:5]] == [
        ["delivery", "price"],
        ["price", "service"],
        ["delivery"],
        [],
        ["delivery", "service"],
    ]
    assert dataset["mapping"]["delimiter"] == dataset["latest_version"]["mapping"]["delimiter"] == ",;"
    assert statistics_of(dataset, "labels")["num_empty"] == 10
    assert statistics_of(dataset, "labels")["length"]["max"] == 2
    assert [entry["label"] for entry in dataset["latest_version"]["labels"]] == ["delivery", "price", "service"]


def test_delimiter_leaves_lists_alone(owner):
    rows = [{**row, "labels": ["a,b", "c"] if i % 2 else "a,c"} for i, row in enumerate(GOOD["multi_label"])]
    dataset = dataset_of(owner, (lines_of(rows), "a.jsonl", "auto"), task="multi_label")
    dataset = mapped(owner, dataset, delimiter=",")
    assert [row["labels"] for row in rows_of(owner, dataset)[:2]] == [["a", "c"], ["a,b", "c"]]


def test_tokens_and_tags_may_be_joined_by_spaces(owner):
    rows = [(" ".join(row["tokens"]), " ".join(row["tags"])) for row in GOOD["token_classification"]]
    rows[3] = ("[ EU  ] rejects lamb", "O B-ORG O O O")
    dataset = dataset_of(owner, (csv_of(rows, ("sentence", "ner")), "a.csv", "auto"), task="token_classification")
    assert (dataset["mapping"]["tokens"], dataset["mapping"]["tags"]) == ("sentence", "ner")
    dataset = mapped(owner, dataset, tokens="sentence", tags="ner")
    assert dataset["state"] == "ready", dataset["problems"]
    found = rows_of(owner, dataset)
    assert found[0] == GOOD["token_classification"][0]
    assert found[3] == {"tokens": ["[", "EU", "]", "rejects", "lamb"], "tags": ["O", "B-ORG", "O", "O", "O"]}


def test_statistics_make_sense_for_their_kind(owner):
    numbers = mapped(owner, dataset_of(owner, (lines_of(GOOD["regression"]), "a.jsonl", "auto"), task="regression"))
    score = statistics_of(numbers, "score")
    assert (score["min"], score["max"]) == (0.1, 9.85)
    assert score["mean"] == pytest.approx(sum(row["score"] for row in GOOD["regression"]) / 40)
    assert score["deviation"] == pytest.approx(2.8858, abs=1e-3)
    bins = score["histogram"]
    assert sum(one["train"] + one["validation"] + one["test"] for one in bins) == 40
    assert bins[0]["low"] == 0.1
    assert bins[-1]["high"] == pytest.approx(9.85)
    assert numbers["latest_version"]["labels"] == []
    tags = dataset_of(owner, (lines_of(GOOD["token_classification"]), "a.jsonl", "auto"), task="token_classification")
    tags = mapped(owner, tags, validation_share=0.25, test_share=0)
    assert statistics_of(tags, "tokens")["length"] == {"p50": 7, "p95": 7, "max": 7, "unit": "tokens"}
    assert statistics_of(tags, "tags")["spans"] == [
        {"label": "LOC", "train": 30, "validation": 10, "test": 0},
        {"label": "PER", "train": 30, "validation": 10, "test": 0},
    ]
    assert tags["latest_version"]["text_length"]["unit"] == "tokens"
    pairs = dataset_of(owner, (lines_of(GOOD["pair_regression"]), "a.jsonl", "auto"), task="pair_regression")
    pairs = mapped(owner, pairs)
    assert pairs["latest_version"]["text_length"] == statistics_of(pairs, "text_b")["length"]


@pytest.mark.parametrize("task", ["multi_label", "token_classification"])
def test_rare_labels_are_never_divided_away_from_training(owner, task):
    rows = [dict(row) for row in GOOD[task]]
    role = "labels" if task == "multi_label" else "tags"
    for i in range(20):
        rows[i][role] = [f"rare{i}"] if task == "multi_label" else [f"B-rare{i}", *"OOOOOO"]
    for seed in range(4):
        dataset = dataset_of(owner, (lines_of(rows), "a.jsonl", "auto"), task=task)
        dataset = mapped(owner, dataset, split_seed=seed, validation_share=0.25, test_share=0.25)
        assert dataset["state"] == "ready", dataset["problems"]
        assert all(entry["train"] for entry in dataset["latest_version"]["labels"])


def test_rows_that_share_their_first_side_stay_together(owner):
    rows = [{"text_a": f"premise {i // 4}", "text_b": f"hypothesis {i}", "score": i / 3} for i in range(200)]
    dataset = dataset_of(owner, (lines_of(rows), "a.jsonl", "auto"), task="pair_regression")
    dataset = mapped(owner, dataset, validation_share=0.2, test_share=0.2)
    seen: dict[str, set[str]] = {}
    for split, table in tables_of(owner, dataset).items():
        for row in table.to_pylist():
            seen.setdefault(row["text_a"], set()).add(split)
    assert all(len(splits) == 1 for splits in seen.values())


def test_preview_shows_every_role(owner):
    raw = dataset_of(owner, (lines_of(GOOD["token_classification"]), "a.jsonl", "auto"), task="token_classification")
    window = owner.api.get(f"/datasets/{raw['id']}/preview?limit=1").json()
    assert window["data"][0] == GOOD["token_classification"][0], "lists stay lists"
    dataset = mapped(owner, raw)
    window = owner.api.get(f"/datasets/{dataset['id']}/preview?limit=100").json()
    assert window["columns"] == ["row", "tokens", "tags"]
    assert {len(row["tokens"]) for row in window["data"]} == {7}
    some = owner.api.get(f"/datasets/{dataset['id']}/preview?label=LOC&split=train").json()
    assert some["total"] == dataset["latest_version"]["num_rows"]["train"]
    labels = mapped(owner, dataset_of(owner, (lines_of(GOOD["multi_label"]), "a.jsonl", "auto"), task="multi_label"))
    some = owner.api.get(f"/datasets/{labels['id']}/preview?label=price&limit=100").json()
    assert some["total"] == len(some["data"]) == 14
    assert all("price" in row["labels"] for row in some["data"])
    numbers = mapped(owner, dataset_of(owner, (lines_of(GOOD["regression"]), "a.jsonl", "auto"), task="regression"))
    row = owner.api.get(f"/datasets/{numbers['id']}/preview?split=train&limit=1").json()["data"][0]
    assert isinstance(row["score"], float)


def test_long_list_is_cut_in_the_preview(owner):
    rows = [{"tokens": ["x" * 3000, *["y"] * 5000], "tags": ["B-A", *["O"] * 5000]} for _ in range(12)]
    dataset = dataset_of(owner, (lines_of(rows), "a.jsonl", "auto"), task="token_classification")
    for _ in range(2):
        row = owner.api.get(f"/datasets/{dataset['id']}/preview?limit=1").json()["data"][0]
        assert len(row["tokens"]) == 500
        assert len(row["tokens"][0]) == 2001
        dataset = mapped(owner, dataset)


def test_old_version_without_statistics_shows_what_it_has(owner):
    dataset = mapped(owner, dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto")))
    with owner.scope():
        version = DatasetVersion.objects.get()
    version.pk, version.number, version.statistics = uuid7(), 2, None
    with service_scope(), tenant_scope(owner.tenant_id):
        version.save(force_insert=True)
    latest = shown(owner.api, dataset["id"])["latest_version"]
    assert latest["number"] == 2
    assert latest["statistics"] == dataset["latest_version"]["statistics"]
