"""Versions taken away as files: every form that fits the task, streamed, with names and cells that harm nobody."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from itertools import count, islice
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.datasets import export
from anneal.datasets.export import FORMATS
from anneal.datasets.models import DatasetVersion
from anneal.datasets.open_document import open_document_parts
from anneal.datasets.workbook import workbook_parts
from anneal.tenants.models import AuditEntry
from tests.anneal.datasets.steps import csv_of, dataset_of, good_rows, mapped, rows_of, versioned
from tests.anneal.datasets.test_tasks import GOOD, VERDICTS

pytestmark = pytest.mark.django_db


def _of_task(person, task):
    lines = "\n".join(json.dumps(row) for row in GOOD[task]).encode()
    dataset = mapped(person, dataset_of(person, (lines, "a.jsonl", "auto"), task=task))
    assert dataset["state"] == "ready", dataset["problems"]
    return dataset["latest_version"]


def _exported(person, version, query):
    answer = person.api.get(f"/dataset-versions/{version['id']}/export?{query}")
    assert answer.status_code == 200, answer.content
    return answer, b"".join(answer.streaming_content)


def _lines(content):
    return [json.loads(line) for line in content.decode().splitlines()]


def test_archive_holds_a_file_for_each_split_with_every_row(owner):
    version = versioned(owner)["latest_version"]
    answer, content = _exported(owner, version, "")
    assert answer.headers["Content-Type"] == "application/zip"
    assert 'filename="Reviews-v1-jsonl.zip"' in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["train.jsonl", "validation.jsonl", "test.jsonl"]
        found = {name.split(".")[0]: _lines(archive.read(name)) for name in archive.namelist()}
    rows = rows_of(owner.api, version["id"])
    for split, lines in found.items():
        wanted = [row["cells"] for row in rows if row["split"] == split]
        assert sorted(lines, key=lambda row: row["text"]) == sorted(wanted, key=lambda row: row["text"])
    assert _exported(owner, version, "")[1] == content, "the same version gives the same bytes"


def test_what_was_exported_can_be_uploaded_again_and_gives_the_same_rows(owner):
    version = versioned(owner)["latest_version"]
    _, content = _exported(owner, version, "format=csv&split=train")
    again = mapped(owner, dataset_of(owner, (content, "again.csv", "train")), validation_share=0, test_share=0)
    mine = [row["cells"] for row in rows_of(owner.api, version["id"]) if row["split"] == "train"]
    theirs = [row["cells"] for row in rows_of(owner.api, again["latest_version"]["id"])]
    assert sorted(map(str, theirs)) == sorted(map(str, mine))


_TALK = [
    [
        ("user", f"where is parcel {n}?"),
        ("assistant", f"parcel {n} is in Berlin"),
        ("user", "and now?"),
        ("assistant", "here"),
    ]
    for n in range(40)
]
TALKS = [
    [
        {"role": role, "content": content}
        for role, content in (*[("system", "Be brief.")][: n % 2], *turns[n % 3 // 2 * 2 :])
    ]
    for n, turns in enumerate(_TALK)
]
ASKED = {
    "chat": [{"messages": messages} for messages in TALKS],
    "preference": [
        {"prompt": talk[:-1], "chosen": [talk[-1]], "rejected": [{"role": "assistant", "content": f"no {n}"}]}
        for n, talk in enumerate(TALKS)
    ],
}


_WHOLE = {"validation_share": 0, "test_share": 0}


@pytest.mark.parametrize(
    ("task", "form", "row"),
    [
        ("chat", "alpaca", {"messages": [*TALKS[0], {"role": "user", "content": "thanks"}]}),
        ("chat", "alpaca", {"messages": [TALKS[0][0], {**TALKS[0][1], "weight": 0}]}),
        ("chat", "alpaca", {"messages": [TALKS[0][0], {"role": "assistant", "tool_calls": [{"name": "track"}]}]}),
        ("chat", "sharegpt", {"messages": [TALKS[0][0], {**TALKS[0][1], "weight": 0}]}),
        ("chat", "sharegpt", {"messages": [{**TALKS[0][0], "name": "Anna"}, TALKS[0][1]]}),
        ("preference", "sharegpt", {**ASKED["preference"][0], "chosen": TALKS[0][-2:]}),
        ("preference", "sharegpt", {**ASKED["preference"][0], "tools": [{"name": "track"}]}),
        ("preference", "alpaca", ASKED["preference"][0]),
        ("token_classification", "conll", {"tokens": ["10\u00a0000", "New York"], "tags": ["O", "B-LOC"]}),
        ("token_classification", "conll", {"tokens": ["-DOCSTART-"], "tags": ["O"]}),
        ("causal_lm", "text", {"text": "one\n\nanother"}),
    ],
)
def test_a_row_that_a_form_has_no_place_for_is_named(owner, task, form, row):
    lines = "\n".join(json.dumps(one) for one in [*GOOD[task][:40], row]).encode()
    tools = {"tools": "tools"} if "tools" in row else {}
    dataset = mapped(owner, dataset_of(owner, (lines, "a.jsonl", "train"), task=task), **_WHOLE, **tools)
    answer = owner.api.get(f"/dataset-versions/{dataset['latest_version']['id']}/export?format={form}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "export.row_does_not_fit")
    assert "row 41 of train" in answer.json()["error"]["message"]


def test_formulas_are_escaped_in_tables_and_nowhere_else(owner):
    texts = ["=1+1", "+49 30 1", "-done", "@anna", "\tx", "'quoted", "plain = text"]
    rows = [(text, "praise") for text in texts] + good_rows(30)
    version = mapped(owner, dataset_of(owner, (csv_of(rows), "a.csv", "train")), validation_share=0, test_share=0)[
        "latest_version"
    ]
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        answer, content = _exported(owner, version, f"format={form}&split=train")
        assert answer.headers["X-Formula-Escape"] == "apostrophe"
        cells = [row[0] for row in csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter)][1:8]
        assert cells == ["'=1+1", "'+49 30 1", "'-done", "'@anna", "'\tx", "'quoted", "plain = text"]
    answer, content = _exported(owner, version, "format=jsonl&split=train")
    assert "X-Formula-Escape" not in answer.headers
    assert [row["text"] for row in _lines(content)][:7] == texts


HOSTILE = [
    "=cmd|' /C calc'!A0", "+1", "@anna", "'quoted", "  wide  ", '<b>&amp;"', "_x0041_", "a\r\nb\n", "\x1bbell", "12", "😀",
]  # fmt: skip


def test_texts_in_a_workbook_are_texts_to_the_letter(owner):
    rows = [*((text, "yes") for text in HOSTILE), *good_rows()]
    lines = "\n".join(json.dumps({"text": text, "label": label}) for text, label in rows).encode()
    version = mapped(owner, dataset_of(owner, (lines, "a.jsonl", "train")), **_WHOLE)["latest_version"]
    answer, content = _exported(owner, version, "format=xlsx&split=train")
    assert "X-Formula-Escape" not in answer.headers
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    found = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("train").to_python()
    assert found == [["text", "label"], *map(list, rows)]


def test_workbook_has_a_file_for_each_split_and_says_which_text_is_too_long(owner):
    rows = [("😀" * 16_384, "praise"), *good_rows()]
    version = mapped(owner, dataset_of(owner, (csv_of(rows), "a.csv", "train")), **_WHOLE)["latest_version"]
    answer = owner.api.get(f"/dataset-versions/{version['id']}/export?format=xlsx")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "export.cell_too_long")
    assert "“text” of row 2 of train" in answer.json()["error"]["message"]
    version = versioned(owner)["latest_version"]
    with zipfile.ZipFile(io.BytesIO(_exported(owner, version, "format=xlsx")[1])) as archive:
        for name, split in zip(archive.namelist(), ("train", "validation", "test"), strict=True):
            book = CalamineWorkbook.from_filelike(io.BytesIO(archive.read(name)))
            assert (name, book.sheet_names) == (f"{split}.xlsx", [split])
            assert len(book.get_sheet_by_name(split).to_python()) == version["num_rows"][split] + 1


def test_rows_beyond_a_sheet_go_on_in_the_next_one():
    def sheets(count):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, part in workbook_parts(
                "train", ["text", "score"], ([str(i), i / 2] for i in range(count)), max_rows=4
            ):
                archive.writestr(name, "".join(part))
        book = CalamineWorkbook.from_filelike(io.BytesIO(content.getvalue()))
        return {name: [row[1] for row in book.get_sheet_by_name(name).to_python()] for name in book.sheet_names}

    assert sheets(0) == {"train": ["score"]}
    assert sheets(3) == {"train": ["score", 0.0, 0.5, 1.0]}
    assert sheets(4) == {"train": ["score", 0.0, 0.5, 1.0], "train 2": ["score", 1.5]}


def _ods(parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts:
            archive.writestr(name, "".join(part))
    return CalamineWorkbook.from_filelike(io.BytesIO(content.getvalue()))


def test_rows_beyond_a_sheet_of_ods_go_on_in_the_next_one():
    book = _ods(open_document_parts("train", ["text", "score"], ([str(i), i / 2] for i in range(4)), max_rows=4))
    found = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert found == {
        "train": [["text", "score"], ["0", 0.0], ["1", 0.5], ["2", 1.0]],
        "train 2": [["text", "score"], ["3", 1.5]],
    }


def test_ods_is_written_before_its_last_row_has_come():
    parts = open_document_parts("train", ["text"], ([str(number)] for number in count()))
    content = dict(islice(parts, 2))["content.xml"]
    assert [piece.count("<table:table-row>") for piece in islice(content, 5)] == [0, 0, 1, 1, 1]


def test_texts_in_ods_are_texts_to_the_letter_and_characters_it_has_no_place_for_are_named(owner):
    texts = [text for text in HOSTILE if "\x1b" not in text]
    rows = [*((text, "yes") for text in [*texts, "two  words\tof  three", "a \n b\n"]), *good_rows()]
    lines = "\n".join(json.dumps({"text": text, "label": label}) for text, label in rows).encode()
    version = mapped(owner, dataset_of(owner, (lines, "a.jsonl", "train")), **_WHOLE)["latest_version"]
    answer, content = _exported(owner, version, "format=ods&split=train")
    assert answer.headers["Content-Type"] == "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (first, *_) = archive.infolist()
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        assert b"table:formula" not in archive.read("content.xml")
    found = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("train").to_python()
    assert found == [["text", "label"], *map(list, rows)]
    rows[3:3] = [("\x1bbell", "yes")]
    lines = "\n".join(json.dumps({"text": text, "label": label}) for text, label in rows).encode()
    version = mapped(owner, dataset_of(owner, (lines, "a.jsonl", "train")), **_WHOLE)["latest_version"]
    answer = owner.api.get(f"/dataset-versions/{version['id']}/export?format=ods&split=train")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "export.row_does_not_fit")
    assert "row 4 of train" in answer.json()["error"]["message"]


def test_rows_that_are_too_many_for_one_file_of_ods_are_said_before_the_first_byte(owner, monkeypatch):
    monkeypatch.setattr(export, "MAX_SIZE", 2000)
    version = versioned(owner)["latest_version"]
    answer = owner.api.get(f"/dataset-versions/{version['id']}/export?format=ods")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "export.too_large")


def test_negative_numbers_stay_numbers_in_csv(owner):
    lines = "\n".join(json.dumps({"text": f"room {i}", "score": i - 20.5}) for i in range(40)).encode()
    version = mapped(
        owner, dataset_of(owner, (lines, "a.jsonl", "train"), task="regression"), validation_share=0, test_share=0
    )["latest_version"]
    _, content = _exported(owner, version, "format=csv&split=train")
    assert [row[1] for row in csv.reader(io.StringIO(content.decode()))][1:3] == ["-20.5", "-19.5"]


def test_parquet_is_the_file_that_is_kept(owner):
    version = versioned(owner)["latest_version"]
    _, content = _exported(owner, version, "format=parquet&split=test")
    assert pq.read_table(io.BytesIO(content)).num_rows == version["num_rows"]["test"]


def test_chat_for_openai_and_sharegpt(owner):
    version = _of_task(owner, "chat")
    (first, *_) = _lines(_exported(owner, version, "format=openai&split=train")[1])
    assert [message["role"] for message in first["messages"]] == ["user", "assistant"]
    (first, *_) = _lines(_exported(owner, version, "format=sharegpt&split=train")[1])
    assert [turn["from"] for turn in first["conversations"]] == ["human", "gpt"]
    assert first["conversations"][0]["value"].startswith("where is parcel")


def test_calls_of_any_shape_that_old_versions_hold_are_turns_of_sharegpt():
    def turns(calls):
        rows = iter([{"messages": [{"role": "assistant", "content": "On it.", "tool_calls": calls}]}])
        (line,) = FORMATS["sharegpt"].write(SimpleNamespace(task="chat"), rows)
        return [turn["value"] for turn in json.loads(line)["conversations"]]

    assert turns([{"function": {"name": "track"}}, {"name": "send"}]) == [
        "On it.",
        '{"name": "track"}',
        '{"name": "send"}',
    ]
    assert turns(["track()"]) == ["On it.", "track()"]
    assert turns("track()") == ["On it.", "track()"]
    assert turns(True) == ["On it.", "true"]
    assert turns(None) == ["On it."]


def test_a_call_of_the_older_form_is_a_turn_of_sharegpt():
    call = {"name": "track", "arguments": "{}"}
    rows = iter([{"messages": [{"role": "assistant", "content": None, "function_call": call}]}])
    (line,) = FORMATS["sharegpt"].write(SimpleNamespace(task="chat"), rows)
    assert json.loads(line)["conversations"] == [{"from": "function_call", "value": json.dumps(call)}]


def test_preferences_for_openai_are_dpo(owner):
    version = _of_task(owner, "preference")
    (first, *_) = _lines(_exported(owner, version, "format=openai&split=train")[1])
    assert first.keys() == {"input", "preferred_output", "non_preferred_output"}
    assert first["input"]["messages"][0]["role"] == "user"
    assert first["preferred_output"][0]["role"] == first["non_preferred_output"][0]["role"] == "assistant"
    assert "sorry" in first["preferred_output"][0]["content"]


def test_answers_that_are_lists_of_json_go_out_as_the_texts_that_they_are(owner):
    rows = [
        {**row, "chosen": f"[1, {place}]", "rejected": f"[0, {place}]"} for place, row in enumerate(GOOD["preference"])
    ]
    lines = "\n".join(map(json.dumps, rows)).encode()
    dataset = mapped(owner, dataset_of(owner, (lines, "a.jsonl", "auto"), task="preference"))
    assert dataset["state"] == "ready", dataset["problems"]
    version = dataset["latest_version"]
    (first, *_) = _lines(_exported(owner, version, "format=jsonl&split=train")[1])
    assert first["chosen"].startswith("[1, ")
    (first, *_) = _lines(_exported(owner, version, "format=openai&split=train")[1])
    assert first["preferred_output"][0]["content"].startswith("[1, ")
    (first, *_) = _lines(_exported(owner, version, "format=sharegpt&split=train")[1])
    assert first["chosen"]["value"].startswith("[1, ")


def test_single_answers_with_verdicts_are_kto_again_and_not_dpo(owner):
    lines = "\n".join(json.dumps(row) for row in VERDICTS).encode()
    dataset = mapped(owner, dataset_of(owner, (lines, "a.jsonl", "auto"), task="preference"))
    version = dataset["latest_version"]
    (first, *_) = _lines(_exported(owner, version, "format=jsonl&split=train")[1])
    assert first.keys() == {"prompt", "completion", "label"}
    assert first["label"] in {True, False}
    refused = owner.api.get(f"/dataset-versions/{version['id']}/export?format=openai")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "export.bad_format")


def test_pairs_of_texts_are_prompts_and_alpaca(owner):
    version = _of_task(owner, "translation")
    (first, *_) = _lines(_exported(owner, version, "format=openai&split=train")[1])
    assert first["prompt"].startswith("where")
    assert first["completion"].startswith("wo")
    (first, *_) = _lines(_exported(owner, version, "format=alpaca&split=train")[1])
    assert (first["instruction"][:5], first["input"], first["output"][:2]) == ("where", "", "wo")


def test_tags_are_conll_and_answers_squad(owner):
    version = _of_task(owner, "token_classification")
    _, content = _exported(owner, version, "format=conll&split=train")
    rows = content.decode().strip().split("\n\n")
    assert len(rows) == version["num_rows"]["train"]
    assert rows[0].splitlines()[3:5] == ["Anna B-PER", "Smith I-PER"]
    version = _of_task(owner, "question_answering")
    _, content = _exported(owner, version, "format=squad&split=train")
    paragraphs = json.loads(content)["data"][0]["paragraphs"]
    assert len(paragraphs) == version["num_rows"]["train"]
    for paragraph in paragraphs:
        (question,) = paragraph["qas"]
        assert question["is_impossible"] is not bool(question["answers"])
        for answer in question["answers"]:
            assert paragraph["context"].startswith(answer["text"], answer["answer_start"])


@pytest.mark.parametrize("task", sorted(GOOD))
def test_every_task_goes_out_as_table_and_lines(owner, task):
    version = _of_task(owner, task)
    _, content = _exported(owner, version, "format=jsonl&split=train")
    found = {json.dumps(row, sort_keys=True) for row in _lines(content)}
    assert len(found) == version["num_rows"]["train"]
    if task not in {"embedding", "question_answering", "regression", "pair_regression", "similarity", "multi_label"}:
        assert found <= {json.dumps(row, sort_keys=True) for row in GOOD[task]}
    _, content = _exported(owner, version, "format=csv&split=train")
    assert sum(1 for _ in csv.reader(io.StringIO(content.decode(), newline=""))) == version["num_rows"]["train"] + 1


def test_names_of_customers_do_not_reach_the_header_raw(owner):
    version = mapped(
        owner, dataset_of(owner, (csv_of(good_rows()), "a.csv", "auto"), name='../"x"\r\nSet-Cookie: a=b 数据')
    )["latest_version"]
    answer, _ = _exported(owner, version, "")
    header = answer.headers["Content-Disposition"]
    assert "\r" not in header
    assert "\n" not in header
    assert "/" not in header.replace("UTF-8''", "")
    assert header.startswith('attachment; filename="')
    assert "%E6%95%B0%E6%8D%AE" in header


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("format=squad", 400, "export.bad_format"),
        ("format=odt", 400, "export.bad_format"),
        ("split=other", 400, "dataset_version.bad_choice"),
    ],
)
def test_what_cannot_be_exported_is_said(owner, query, status, code):
    version = versioned(owner)["latest_version"]
    answer = owner.api.get(f"/dataset-versions/{version['id']}/export?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_missing_file_is_said_before_the_first_byte_and_exports_are_noted(owner, viewer, stranger):
    version = versioned(owner)["latest_version"]
    path = f"/dataset-versions/{version['id']}/export"
    assert viewer.api.get(path).status_code == 403
    assert stranger.api.get(path).status_code == 404
    _exported(owner, version, "")
    with owner.scope():
        assert AuditEntry.objects.filter(action="dataset.exported", target=version["id"]).count() == 1
    with service_scope():
        store().delete(DatasetVersion.objects.get(id=version["id"]).files[0]["key"])
    answer = owner.api.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "export.files_missing")
