"""JSON documents and the dialects of records: read object by object, and nothing that a file says is changed on the way."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest

from tests.anneal.datasets.look import Looked, look
from tests.anneal.datasets.test_kinds import built

RECORDS = [{"text": f"text {n}", "label": "ab"[n % 2], "n": n} for n in range(30)]
PRETTY = json.dumps(RECORDS, indent=2, ensure_ascii=False)


def _json(value: object, name: str = "a.json", **options: object) -> Looked:
    return look(json.dumps(value, ensure_ascii=False).encode(), name, **options)


DOCUMENTS = {
    "array": json.dumps(RECORDS),
    "pretty array": PRETTY,
    "array with spaces": f" \n\t{PRETTY}\n ",
    "array by another name": json.dumps(RECORDS),
    "object": json.dumps({"version": 1, "about": {"x": [1, [2]]}, "data": RECORDS, "count": 30}),
    "pretty object": json.dumps({"names": ["a", "b"], "data": RECORDS}, indent=1),
    "carriage returns": PRETTY.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("case", DOCUMENTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_document_is_read_record_by_record(case, encoding):
    found = look(DOCUMENTS[case].encode(encoding), "a.txt" if "another" in case else "a.json")
    assert not found.log.num_problems
    assert found.rows == RECORDS
    assert found.only.lines == list(range(1, 31)), "lines are numbers of records"
    assert found.reading.records == ("data" if "object" in case else None)


def test_windows_edges_fall_anywhere():
    """Records of many lengths, so that the window that moves over a document ends inside of every part of one."""
    records = [{"text": '\\"é中😀' * n, "list": [n, -1.5e3, None, True, {"a": "}]"}]} for n in range(0, 3000, 7)]
    assert _json(records).rows == records


def test_lines_and_documents_are_told_apart():
    line = json.dumps({"text": "a", "labels": [{"x": 1}]})
    assert look(f"{line}\n{line}\n".encode(), "a.json").reading.format == "jsonl"
    assert look(json.dumps({"text": "a", "label": "b"}).encode(), "a.json").reading.format == "jsonl"
    assert look(json.dumps({"rows": RECORDS}).encode(), "a.json").reading.format == "json"
    assert look(b'["a", "b"]\n{"text": "a", "label": "b"}', "a.jsonl").reading.format == "jsonl"


BAD_RECORDS = {
    "twice": ('{"text": "a", "label": "x", "label": "y"}', "data:duplicate_key"),
    "nan": ('{"text": "a", "label": NaN}', "data:nan_value"),
    "huge number": ('{"text": "a", "label": 1e400}', None),
    "long number": ('{"text": "a", "label": ' + "1" * 5000 + "}", "data:bad_json"),
    "not an object": ('["a", "b"]', "data:not_an_object"),
    "number": ("12", "data:not_an_object"),
}


@pytest.mark.parametrize("case", BAD_RECORDS)
def test_bad_record_is_named_and_the_rest_is_read(case):
    record, code = BAD_RECORDS[case]
    parts = [json.dumps(part) for part in RECORDS[:4]]
    found = look(f"[{', '.join([*parts[:2], record, *parts[2:]])}]".encode(), "a.json")
    assert found.codes() == ([code] if code else [])
    assert [problem.row for problem in found.log.kept] == ([3] if code else [])
    assert len(found.rows) == (4 if code else 5)


def test_list_that_is_there_twice_is_refused():
    found = look(b'{"data": [{"text": "a", "label": "x"}], "data": [{"text": "b", "label": "y"}]}', "a.json")
    (problem,) = found.log.kept
    assert (problem.code, problem.column) == ("data:records_twice", "data")


def test_half_a_character_is_not_swallowed():
    found = look(b'[{"text": "a \\ud800 b", "label": "x"}]', "a.json")
    assert found.rows[0]["text"] == "a \ud800 b", "cannot be written, so that the check of cells names the row"


BROKEN = {
    "cut": PRETTY[:-200],
    "cut in a text": '[{"text": "a", "label": "b"}, {"text": "a',
    "trailing comma": '[{"text": "a", "label": "b"},]',
    "missing comma": '[{"text": "a", "label": "b"} {"text": "a", "label": "b"}]',
    "two documents": '[{"text": "a", "label": "b"}][{"text": "a", "label": "b"}]',
    "open object": '{"data": [{"text": "a", "label": "b"}]',
    "deep": '[{"text": ' + "[" * 100_000,
    "single quotes": "[{'text': 'a', 'label': 'b'}]",
    "comment": '[{"text": "a", "label": "b"} /* one */]',
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_document_says_where(case):
    found = look(BROKEN[case].encode(), "a.json")
    assert found.codes() == ["data:broken_document"]
    assert found.log.kept[0].params["position"] > 0


@pytest.mark.parametrize("value", [["a", "b"], {"text": ["a"], "label": ["b"]}, 12, "text", {"a": {"b": []}}, [[1]]])
def test_document_without_records_says_so(value):
    text = json.dumps(value, indent=1)
    assert look(text.encode(), "a.json").codes() in (["data:json_no_records"], ["data:broken_document"])


def test_empty_list_has_no_rows():
    assert _json([]).codes() == ["data:no_rows"]


def test_endless_record_is_refused():
    found = look(b'[{"text": "' + b"x" * 20_000_000 + b'"}]', "a.json")
    assert found.codes() == ["data:record_too_long"]


def test_objects_become_dotted_columns_only_when_needed():
    needed = _json([{"id": n, "data": {"text": "a", "label": "b"}} for n in range(3)])
    assert needed.reading.columns == ("id", "data", "data.text", "data.label")
    assert needed.rows[0]["data.text"] == "a"
    assert needed.codes("warning") == ["data:dialect"]
    plain = _json([{"text": "a", "label": "b", "meta": {"x": 1}}] * 3)
    assert plain.reading.columns == ("text", "label", "meta")
    assert plain.reading.dialect is None


# --- SQuAD

ARTICLE = {
    "title": "Rivers",
    "paragraphs": [
        {
            "context": "The Rhine is 1,233 km long.",
            "qas": [
                {"id": "1", "question": "How long?", "answers": [{"text": "1,233 km", "answer_start": 13}]},
                {"id": "2", "question": "How deep?", "answers": [], "is_impossible": True},
            ],
        }
    ],
}


def test_squad_is_read_question_by_question():
    found = _json({"version": "v2.0", "data": [ARTICLE, ARTICLE]}, task="question_answering")
    assert found.reading.dialect == "squad"
    assert found.only.lines == [1, 2, 3, 4]
    assert [row["question"] for row in found.rows] == ["How long?", "How deep?"] * 2
    assert found.rows[0]["answers"] == [{"text": "1,233 km", "answer_start": 13}]
    assert found.rows[1]["answers"] == []
    assert found.only.mapping == {"question": "question", "context": "context", "answers": "answers"}


def test_article_that_is_none_is_named():
    found = _json({"data": [ARTICLE, {"title": "x", "paragraphs": [{"context": "c", "qas": [{"id": 1}]}]}]})
    assert [(problem.code, problem.row) for problem in found.log.kept if problem.severity == "error"] == [
        ("data:bad_article", 2)
    ]


# --- dialects

TALK = [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}]
MESSAGES = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
SYSTEM = {"role": "system", "content": "be kind"}


def _user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}, {"role": "assistant", "content": "hello"}]


def _answered(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": "hi"}, {"role": "assistant", "content": text}]


OBJECT = '{"role": "admin", "name": "Bob"}'
CHATS = {
    "alpaca": ({"instruction": "hi", "input": "", "output": "hello"}, MESSAGES),
    "alpaca with input": ({"instruction": "sum", "input": "1+1", "output": "hello"}, _user("sum\n1+1")),
    "alpaca with a system": (
        {"instruction": "hi", "input": None, "output": "hello", "system": "be kind"},
        [SYSTEM, *MESSAGES],
    ),
    "alpaca with history": (
        {"instruction": "and?", "output": "hello", "history": [["hi", "hello"]]},
        [*MESSAGES, *_user("and?")],
    ),
    "sharegpt": ({"conversations": TALK}, MESSAGES),
    "sharegpt with a system": ({"conversations": TALK, "system": "be kind"}, [SYSTEM, *MESSAGES]),
    "sharegpt with tools": (
        {"conversations": [*TALK, {"from": "observation", "value": "42"}]},
        [*MESSAGES, {"role": "tool", "content": "42"}],
    ),
    "prompt_completion": ({"prompt": "hi", "completion": "hello"}, MESSAGES),
    "prompt_completion of messages": ({"prompt": MESSAGES[:1], "completion": MESSAGES[1:]}, MESSAGES),
    "prompt_completion of messages as text": (
        {"prompt": json.dumps(MESSAGES[:1]), "completion": json.dumps(MESSAGES[1:])},
        MESSAGES,
    ),
    "prompt_completion of an object": ({"prompt": "hi", "completion": OBJECT}, _answered(OBJECT)),
    "prompt_completion of a list": ({"prompt": "hi", "completion": "[0, 2]"}, _answered("[0, 2]")),
    "openai_chat": ({"messages": MESSAGES}, MESSAGES),
}


@pytest.mark.parametrize("case", CHATS)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_dialect_is_recognised_and_read_as_a_conversation(case, name):
    record, messages = CHATS[case]
    content = json.dumps([record] * 3) if name == "a.json" else f"{json.dumps(record)}\n" * 3
    found = look(content.encode(), name, task="chat")
    assert found.reading.dialect == case.split()[0]
    assert found.only.mapping is not None
    assert found.rows[0][found.only.mapping["messages"]] == messages
    assert {key: found.rows[0][key] for key in record} == record, "what the file says stays as it is"
    assert found.codes("warning") == ([] if case == "openai_chat" else ["data:dialect"])


PREFERENCES = {
    "openai_preference": (
        {"input": {"messages": MESSAGES[:1]}, "preferred_output": MESSAGES[1:], "non_preferred_output": [SYSTEM]},
        (MESSAGES[:1], MESSAGES[1:], [SYSTEM]),
    ),
    "alpaca": (
        {"instruction": "hi", "input": "x", "chosen": "a kind one", "rejected": "a rude one"},
        ("hi\nx", "a kind one", "a rude one"),
    ),
    "sharegpt": (
        {"conversations": TALK[:1], "chosen": TALK[1], "rejected": {"from": "gpt", "value": "go away"}},
        (MESSAGES[:1], MESSAGES[1:], [{"role": "assistant", "content": "go away"}]),
    ),
    "sharegpt with turns as text": (
        {"conversations": TALK[:1], "chosen": json.dumps(TALK[1]), "rejected": '{"from": "gpt", "value": "go away"}'},
        (MESSAGES[:1], MESSAGES[1:], [{"role": "assistant", "content": "go away"}]),
    ),
    "sharegpt of objects": (
        {"conversations": TALK[:1], "chosen": OBJECT, "rejected": '{"name": "Eve"}'},
        (MESSAGES[:1], OBJECT, '{"name": "Eve"}'),
    ),
}


@pytest.mark.parametrize("case", PREFERENCES)
def test_dialect_of_preferences_is_recognised(case):
    record, (prompt, chosen, rejected) = PREFERENCES[case]
    found = _json([record] * 12, task="preference")
    assert found.reading.dialect == case.split()[0]
    mapping = found.only.mapping
    assert mapping is not None
    row = found.rows[0]
    assert [row[mapping[role]] for role in ("prompt", "chosen", "rejected")] == [prompt, chosen, rejected]


JUDGED = {
    "messages": ({"messages": MESSAGES, "label": True}, {"prompt": MESSAGES[:1], "completion": MESSAGES[1:]}),
    "ShareGPT": ({"conversations": TALK, "kto_tag": "false"}, {"prompt": MESSAGES[:1], "completion": MESSAGES[1:]}),
    "Alpaca": (
        {"instruction": "hi", "input": "", "output": "hello", "label": 0},
        {"prompt": MESSAGES[:1], "completion": MESSAGES[1:]},
    ),
    "a name of its own": (
        {"messages": MESSAGES, "thumb": "desirable"},
        {"prompt": MESSAGES[:1], "completion": MESSAGES[1:]},
    ),
    "TRL": ({"prompt": "hi", "completion": "hello", "label": "no"}, {"prompt": "hi", "completion": "hello"}),
}


@pytest.mark.parametrize("case", JUDGED)
def test_single_answers_with_a_verdict_are_recognised(case):
    record, answered = JUDGED[case]
    found = _json([record] * 12, task="preference")
    assert found.reading.dialect == (None if case == "TRL" else "kto")
    mapping = found.only.mapping
    assert mapping is not None
    row = found.rows[0]
    assert {role: row[mapping[role]] for role in ("prompt", "completion")} == answered
    assert mapping["label"] == list(record)[-1]


def test_conversation_that_does_not_end_with_the_answer_is_named():
    rows = [{"messages": MESSAGES, "label": True}] * 12 + [{"messages": [*MESSAGES, *MESSAGES[:1]], "label": True}]
    found = _json(rows, task="preference")
    assert [(problem.code, problem.row) for problem in found.log.kept if problem.severity == "error"] == [
        ("data:unfinished_conversation", 13)
    ]


def test_pairs_beside_something_that_is_true_or_false_stay_pairs():
    rows = [{"prompt": f"hi {n}", "chosen": f"hello {n}", "rejected": f"go {n}", "is_new": n % 2} for n in range(20)]
    found = _json(rows, task="preference")
    assert found.only.mapping == {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"}


def test_dialect_in_a_table_is_recognised_too():
    content = "conversations\n" + '"[{""from"": ""human"", ""value"": ""hi""}]"\n' * 3
    found = look(content.encode(), "a.csv", task="chat")
    assert (found.reading.format, found.reading.dialect) == ("csv", "sharegpt")
    assert found.rows[0]["messages"] == MESSAGES[:1]


def test_column_that_is_there_is_not_replaced():
    found = _json([{"prompt": "hi", "completion": "hello", "messages": "mine"}] * 3, task="chat")
    assert found.rows[0]["messages"] == "mine"
    assert found.rows[0]["messages (2)"] == MESSAGES


def test_unknown_speaker_is_left_for_the_check_of_cells():
    found = _json([{"conversations": TALK}] * 20 + [{"conversations": [{"from": "narrator", "value": "x"}]}])
    assert found.rows[-1]["messages"] == [{"role": "narrator", "content": "x"}]


def test_history_that_is_none_is_named():
    rows = [{"instruction": "a", "output": "b", "history": []}] * 3
    found = _json([*rows, {**rows[0], "history": [["a"]]}], task="chat")
    assert [(problem.code, problem.row) for problem in found.log.kept if problem.severity == "error"] == [
        ("data:bad_messages", 4)
    ]


# --- spans


def _spans(text: str, *spans: object) -> Looked:
    good = {"text": "Anna lives in Rome", "spans": [{"start": 0, "end": 4, "label": "PER"}]}
    return _json([*[good] * 20, {"text": text, "spans": list(spans)}], task="token_classification")


SPANNED = {
    "words": (
        "Anna Berg, Rome!",
        [{"start": 0, "end": 9, "label": "PER"}, {"start": 11, "end": 15, "label": "LOC"}],
        "Anna/B-PER Berg/I-PER ,/O Rome/B-LOC !/O",
    ),
    "East Asian": ("我在北京大学", [[2, 6, "ORG"]], "我/O 在/O 北/B-ORG 京/I-ORG 大/I-ORG 学/I-ORG"),
    "inside a word": ("unhappy", [[2, 7, "X"]], "un/O happy/B-X"),
    "touching": ("ab", [[0, 1, "X"], [1, 2, "X"]], "a/B-X b/B-X"),
    "unsorted": ("a b", [[2, 3, "Y"], [0, 1, "X"]], "a/B-X b/B-Y"),
    "none": ("a b", [], "a/O b/O"),
    "emoji": ("😀 Rome", [[2, 6, "LOC"]], "😀/O Rome/B-LOC"),
}


@pytest.mark.parametrize("case", SPANNED)
def test_spans_become_tokens_and_tags(case):
    text, spans, expected = SPANNED[case]
    found = _spans(text, *spans)
    assert found.reading.dialect == "spans"
    row = found.rows[-1]
    assert " ".join(map("/".join, zip(row["tokens"], row["tags"], strict=True))) == expected


BAD_SPANS = {
    "data:span_outside": {"start": 0, "end": 99, "label": "X"},
    "data:span_inverted": {"start": 3, "end": 1, "label": "X"},
    "data:bad_spans": {"start": 0, "end": 2, "label": " "},
    "data:span_differs": {"start": 0, "end": 2, "label": "X", "text": "zz"},
}


@pytest.mark.parametrize("code", BAD_SPANS)
def test_bad_span_is_told_by_its_row(code):
    found = _spans("ab cd", BAD_SPANS[code])
    assert [(p.code, p.row) for p in found.log.kept if p.severity == "error"] == [(code, 21)]
    assert len(found.rows) == 20


def test_overlapping_spans_are_told():
    assert _spans("ab cd", [0, 4, "X"], [3, 5, "Y"]).codes() == ["data:spans_overlap"]


def test_spans_are_left_alone_for_other_tasks():
    assert _json([{"text": "a", "label": [[0, 1, "X"]]}] * 3, task="multi_label").reading.dialect is None


def test_spans_make_a_version(tmp_path):
    rows = [{"text": f"Anna met {n}", "spans": [[0, 4, "PER"]]} for n in range(20)]
    found = _json(rows, task="token_classification")
    kept = [{role: row[role] for role in ("tokens", "tags")} for row in found.rows]
    made, log = built(tmp_path, "token_classification", kept)
    assert made is not None, log.kept
    assert sum(made.num_rows.values()) == 20


# --- real files


@pytest.mark.parametrize(
    ("name", "dialect", "task"),
    [
        ("alpaca_en_demo", "alpaca", "chat"),
        ("glaive_toolcall_en_demo", "sharegpt", "chat"),
        ("dpo_en_demo", "sharegpt", "preference"),
        ("kto_en_demo", "kto", "preference"),
    ],
)
def test_form_of_a_real_set_is_known(shared_data, name, dialect, task):
    """The first lines of the sets as they are, where they are in the form of a dialect."""
    path = shared_data / name / "test.jsonl"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    found = look(path.read_bytes(), path.name, task=task)
    assert found.codes() == []
    assert found.reading.dialect in {dialect, "openai_chat", None}
    assert found.only.mapping is not None


_MEASURED = """
import sys
from pathlib import Path
from anneal.datasets.files.columns import open_reader, reading_with_columns
from anneal.datasets.files.packed import UnpackLimits, unpack
from anneal.datasets.files.problems import ProblemLog
from anneal.datasets.files.reading import Source
from anneal.datasets.files.sniff import bytes_scan, reading_detect
def peak():  # Not getrusage, which carries the parent's peak over.
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024
before, log, packed = peak(), ProblemLog(), Source(Path(sys.argv[1]), "big.json.gz")
(found,) = unpack(packed, "gzip", Path(sys.argv[2]), UnpackLimits(max_bytes=10**9), log, lambda _: None)
reading = reading_detect(found.source, bytes_scan(found.source.path, lambda _: None), log)
reading = reading_with_columns(found.source, reading, log)
print(sum(1 for _ in open_reader(found.source, reading, log).rows(reading.columns)), peak() - before)
"""


@pytest.mark.slow
def test_big_packed_document_takes_constant_memory(tmp_path):
    path = tmp_path / "big.json.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("[")
        for number in range(200_000):
            file.write(json.dumps({"text": f"the parcel {number} came late and the box was open " * 4, "label": "a"}))
            file.write(", " if number < 199_999 else "]")
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(path), str(tmp_path)], capture_output=True, text=True, check=True
    )
    rows, grown_mib = map(int, done.stdout.split())
    assert rows == 200_000
    assert grown_mib < 60
