"""Every check finds what was planted and nothing in rows that are well, and every fix that it offers mends what it found."""

from __future__ import annotations

import copy
import itertools
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.workers.doctor.version import (
    Plant,
    Version,
    applied,
    chinese,
    examined,
    materials_of,
    numbered,
    sentence,
    well,
)
from workers.contract.columns import TASKS
from workers.contract.doctor import CODES, FIXES
from workers.doctor.checks import CHECKS
from workers.doctor.found import NotPossibleError


@dataclass(frozen=True)
class Case:
    """`unmended` are fixes after which the check may still find something, with fewer rows."""

    code: str
    plant: Plant
    task: str = "classification"
    plan: dict[str, Any] = field(default_factory=dict)
    fixes: tuple[str, ...] = ()
    others_allowed: bool = False
    """Whether rows that were not planted may be named as well."""


def _copied(version: Version) -> list[int]:
    rows = version["train"]
    rows[10]["text"], rows[10]["label"] = f"  {rows[3]['text'].upper()} ", rows[3]["label"]
    rows[20]["text"], rows[20]["label"] = rows[3]["text"], rows[3]["label"]
    return [rows[10]["id"], rows[20]["id"]]


def _nearly_copied(version: Version) -> list[int]:
    rows = version["train"]
    rows[3]["text"] = f"{rows[3]['text'].rstrip('.')} seven yellow winter mornings again."
    rows[10]["text"], rows[10]["label"] = rows[3]["text"].replace("seven", "sevem"), rows[3]["label"]
    return [rows[10]["id"]]


def _nearly_copied_chinese(version: Version) -> list[int]:
    draw = random.Random(5)  # noqa: S311 - test data
    rows = version["train"]
    for row in rows:
        row["text"] = chinese(draw)
    rows[3]["text"] = "我想知道今天下午银行的营业时间到几点为止呢"
    rows[10]["text"], rows[10]["label"] = "我想知道今天下午银行的营业时间到几点为止", rows[3]["label"]
    return [rows[10]["id"]]


def _torn(version: Version) -> list[int]:
    """Two against one, and a tie."""
    rows = version["train"]
    for place, (source, label) in {10: (3, "card"), 11: (3, "pin"), 20: (4, "pin")}.items():
        rows[place]["text"], rows[place]["label"] = rows[source]["text"], label
    rows[3]["label"], rows[4]["label"] = "card", "rate"
    return [rows[place]["id"] for place in (3, 4, 10, 11, 20)]


def _torn_scores(version: Version) -> list[int]:
    rows = version["train"]
    rows[10].update(text=rows[3]["text"], score=100)
    rows[3]["score"] = 0
    rows[30]["score"], rows[31]["score"] = 0, 100
    rows[20].update(text=rows[4]["text"], score=rows[4]["score"] + 1)  # A hundredth of the range is no contradiction.
    return [rows[3]["id"], rows[10]["id"]]


def _leaked(version: Version) -> list[int]:
    train, test, validation = version["train"], version["test"], version["validation"]
    test[2]["text"] = train[5]["text"]
    train[6]["text"] = f"{train[6]['text'].rstrip('.')} seven yellow winter mornings again."
    validation[1]["text"] = train[6]["text"].replace("yellow", "yelow")
    test[9]["text"] = validation[3]["text"]
    return [test[2]["id"], validation[1]["id"], test[9]["id"]]


def _with_notice(version: Version) -> list[int]:
    notice = "This message and any files sent with it are confidential."
    rows = version["train"][:40]
    for place, row in enumerate(rows):
        row["text"] = [
            f"{notice} {row['text']}",
            f"{row['text']} {notice}",
            f"{row['text']} {notice} {row['text'][::-1]}",
        ][place % 3]
    return [row["id"] for row in rows]


def _mislabelled(version: Version) -> list[int]:
    others = {"card": "rate", "rate": "pin", "pin": "card"}
    rows = version["train"][::30]
    for row in rows:
        row["label"] = others[row["label"]]
    return [row["id"] for row in rows]


def _sets_mislabelled(version: Version) -> list[int]:
    """Only what is urgent, which nothing in the texts tells, and not what they speak of."""
    rows = version["train"][::60]
    for row in rows:
        row["labels"] = ["urgent"]
    return [row["id"] for row in rows]


def _far_out(version: Version) -> list[int]:
    row = version["train"][7]
    row["text"] = "zq vxkj 7734 wqqz jjxv 0091 xkcd qqqz vvvx 4410 zzkq"
    return [row["id"]]


def _rare(version: Version) -> list[int]:
    version["train"][0]["label"] = version["train"][1]["label"] = "rare"
    version["test"][0]["label"] = "unheard of"
    return [version["train"][0]["id"], version["train"][1]["id"], version["test"][0]["id"]]


def _spelt_otherwise(version: Version) -> list[int]:
    rows = [row for row in version["train"] if row["label"] == "card"][:3]
    for row, label in zip(rows, ("Card", "ｃａｒｄ", "card "), strict=True):
        row["label"] = label
    return [row["id"] for row in rows]


def _tags_spelt_otherwise(version: Version) -> list[int]:
    row = version["train"][2]
    row["tags"] = [tag.replace("PER", "per") for tag in row["tags"]]
    return [row["id"]]


def _label_sets_spelt_otherwise(version: Version) -> list[int]:
    row = version["train"][1]
    row["labels"] = ["URGENT", *row["labels"]]
    return [row["id"]]


def _personal(version: Version) -> list[int]:
    rows = version["train"]
    texts = [
        "write to anna.smith@example.com soon",
        "card 4111 1111 1111 1111 was refused",
        "my id is 11010519491231002X thanks",
    ]
    for row, text in zip(rows, texts, strict=False):
        row["text"] = f"{row['text']} {text}."
    return [row["id"] for row in rows[: len(texts)]]


def _personal_tokens(version: Version) -> list[int]:
    row = version["train"][0]
    row["tokens"] = ["call", "+49", "30", "1234567", "or", "anna@example.com"]
    row["tags"] = ["O", "O", "O", "O", "O", "B-PER"]
    return [row["id"]]


def _personal_context(version: Version) -> list[int]:
    row = version["train"][0]
    row["context"] = "Write to anna.smith@example.com before noon."
    row["answers"] = {"text": ["before noon"], "answer_start": [row["context"].index("before noon")]}
    return [row["id"]]


def _personal_messages(version: Version) -> list[int]:
    row = version["train"][0]
    row["messages"][0]["content"] += " Reach me at anna@example.com."
    return [row["id"]]


def _personal_calls(version: Version) -> list[int]:
    rows = version["train"]
    calls = [
        {"id": "1", "function": {"name": "send", "arguments": json.dumps({"to": "anna@example.com", "copies": 2})}},
        {"id": "2", "function": {"name": "pay", "arguments": {"card": 4111111111111111, "for": ["anna@example.com"]}}},
    ]
    rows[0]["messages"][1]["tool_calls"] = calls
    tool = {"name": "send", "parameters": {"properties": {"to": {"description": "such as anna.smith@example.com"}}}}
    rows[1]["tools"] = json.dumps([{"type": "function", "function": tool}])
    single = {"name": "send", "arguments": json.dumps({"to": "anna@example.com"})}
    rows[2]["messages"][1] = {"role": "assistant", "content": None, "function_call": single}
    return [row["id"] for row in rows[:3]]


def _foreign(version: Version) -> list[int]:
    rows = version["train"]
    for row in rows[5:]:
        row["text"] = f"{row['text']} This is what you have for the morning and not for my evening."
    rows[0]["text"] = "Ich habe die Karte nicht erhalten und der Brief ist auch nicht da, sie wird aber gesperrt."
    rows[1]["text"] = "我的卡还没有收到，请问什么时候能到？"
    return [rows[0]["id"], rows[1]["id"]]


def _misread(version: Version) -> list[int]:
    rows = version["train"]
    rows[0]["text"] += " Le café est fermé."
    rows[0]["text"] = rows[0]["text"].encode().decode("cp1252")
    rows[1]["text"] = "我想知道今天下午的营业时间吗".encode().decode("gb18030")
    return [rows[0]["id"], rows[1]["id"]]


def _misread_tokens(version: Version) -> list[int]:
    row = version["train"][0]
    row["tokens"][0] = "Zoë".encode().decode("cp1252")
    return [row["id"]]


def _with_html(version: Version) -> list[int]:
    rows = version["train"][3:8]
    for row in rows:
        row["text"] = f"<div><p>Hello&nbsp;there,</p><p>{row['text']}<br/>Bye &amp; <b>thanks</b></p></div>"
    return [row["id"] for row in rows]


def _emptied(version: Version) -> list[int]:
    rows = version["train"]
    for row, text in zip(rows, ("   ", "\u200b\ufeff", "?!...", "x"), strict=False):
        row["text"] = text
    rows[4]["text"] = "👍"  # Somebody likes it.
    return [row["id"] for row in rows[:4]]


def _cut(version: Version) -> list[int]:
    rows = version["train"]
    for row in rows[:6]:
        row["text"] = (
            f"{row['text']} {' '.join(reversed(row['text'].split()))} and so on and on".ljust(145, "x")[:145] + "quick"
        )
    return [row["id"] for row in rows[:6]]


def _cut_in_mid_word(version: Version) -> list[int]:
    rows = version["train"]
    rows[8]["text"] = rows[8]["text"].rstrip(".") + " replaceme"
    return [rows[8]["id"]]


def _too_long(version: Version) -> list[int]:
    row = version["train"][3]
    row["text"] = " ".join([row["text"]] * 10)
    return [row["id"]]


def _broken_spans(version: Version) -> list[int]:
    rows = version["train"]
    rows[0]["tags"][0] = "I-PER"
    rows[1]["tags"][1] = "I-LOC"
    rows[2]["tags"].append("O")
    rows[3]["tags"][0] = "PERSON"
    rows[4]["tokens"][2] = "\u200b"
    return [row["id"] for row in rows[:5]]


def _answers_astray(version: Version) -> list[int]:
    rows = version["train"]
    rows[0]["answers"]["answer_start"] = [rows[0]["answers"]["answer_start"][0] + 2]
    rows[1]["answers"]["text"] = ["never said"]
    rows[2]["answers"] = {"text": [], "answer_start": []}  # No answer is an answer.
    return [rows[0]["id"], rows[1]["id"]]


def _swapped(version: Version) -> list[int]:
    rows = version["train"][3:6]
    for row in rows:
        row["source"], row["target"] = row["target"], row["source"]
    return [row["id"] for row in rows]


def _untranslated(version: Version) -> list[int]:
    rows = version["train"]
    rows[0]["target"] = rows[0]["source"]
    rows[1]["source"] = rows[1]["target"] = "OK"  # Rightly the same.
    return [rows[0]["id"]]


def _paired_with_itself(version: Version) -> list[int]:
    row = version["train"][0]
    row["text_b"] = row["text_a"]
    return [row["id"]]


def _disordered(version: Version) -> list[int]:
    rows = version["train"]
    user, assistant = rows[0]["messages"]
    tool = {"role": "tool", "content": "42"}
    system = {"role": "system", "content": "Be brief."}
    forms = [
        [assistant, user],
        [user],
        [user, user, assistant],
        [user, assistant, user],
        [{"role": "robot", "content": "hm"}, assistant],
        [user, system, assistant],
        [user, tool, assistant],
    ]
    for row, messages in zip(rows, forms, strict=False):
        row["messages"] = copy.deepcopy(messages)
    rows[len(forms)]["messages"] = [system, user, assistant, tool, tool, assistant]  # As it should be.
    return [row["id"] for row in rows[: len(forms)]]


def _bad_tools(version: Version) -> list[int]:
    rows = version["train"]
    tools = json.dumps([{"type": "function", "function": {"name": "weather", "parameters": {}}}])

    def call(name: str | None, arguments: str) -> dict[str, Any]:
        return {"type": "function", "function": {"name": name, "arguments": arguments}}

    forms = [
        ("[{not json", []),
        (tools, [call("weather", "{city: Bonn}")]),
        (tools, [call("whether", "{}")]),
        (tools, [call(None, "{}")]),
        (tools, True),
        (tools, [call("weather", '{"city": "Bonn"}')]),  # As it should be.
        (tools, json.dumps([call("weather", '{"city": "Bonn"}')])),
    ]
    for row, (described, calls) in zip(rows, forms, strict=False):
        row["tools"] = described
        row["messages"][1]["tool_calls"] = calls
    for row in rows[len(forms) :]:
        row["tools"] = None
    older = rows[len(forms) : len(forms) + 4]
    for row, single in zip(
        older,
        (
            {"name": "whether"},
            {"name": "weather", "arguments": "{city: Bonn}"},
            True,
            {"name": "weather", "arguments": "{}"},
        ),
        strict=True,
    ):
        row["tools"] = tools
        row["messages"][1]["function_call"] = single
    return [row["id"] for row in (*rows[:5], *older[:3])]


def _preferred_alike(version: Version) -> list[int]:
    row = version["train"][0]
    row["rejected"] = f"{row['chosen']} "
    return [row["id"]]


CASES = (
    Case("exact_duplicates", _copied, fixes=("keep_one",)),
    Case("near_duplicates", _nearly_copied, fixes=("keep_one",), others_allowed=True),
    Case("near_duplicates", _nearly_copied_chinese, fixes=("keep_one",), others_allowed=True),
    Case("conflicting_labels", _torn, fixes=("relabel", "drop")),
    Case("conflicting_labels", _torn_scores, "regression", fixes=("drop",)),
    Case("leakage", _leaked, fixes=("drop", "move_to_train")),
    Case("boilerplate", _with_notice, fixes=("repair",)),
    Case("label_errors", _mislabelled, fixes=("relabel", "drop"), others_allowed=True),
    Case("label_errors", _sets_mislabelled, "multi_label", fixes=("relabel", "drop"), others_allowed=True),
    Case("outliers", _far_out, fixes=("drop",), others_allowed=True),
    Case("rare_classes", _rare, fixes=("drop",)),
    Case("label_variants", _spelt_otherwise, fixes=("merge_labels",)),
    Case("label_variants", _tags_spelt_otherwise, "token_classification", fixes=("merge_labels",)),
    Case("label_variants", _label_sets_spelt_otherwise, "multi_label", fixes=("merge_labels",)),
    Case("personal_data", _personal, fixes=("mask", "drop")),
    Case("personal_data", _personal_tokens, "token_classification", fixes=("mask", "drop")),
    Case("personal_data", _personal_context, "question_answering", fixes=("mask", "drop")),
    Case("personal_data", _personal_messages, "chat", fixes=("mask", "drop")),
    Case("personal_data", _personal_calls, "chat", fixes=("mask", "drop")),
    Case("mixed_languages", _foreign, fixes=("drop",)),
    Case("mojibake", _misread, fixes=("repair",)),
    Case("mojibake", _misread_tokens, "token_classification", fixes=("repair",)),
    Case("markup", _with_html, fixes=("strip",)),
    Case("empty_texts", _emptied, fixes=("drop",)),
    Case("cut_texts", _cut, fixes=("drop",)),
    Case("cut_texts", _cut_in_mid_word, fixes=("drop",)),
    Case("over_length", _too_long, plan={"max_tokens": 64, "base_model": "minilm"}, fixes=("truncate", "drop")),
    Case("broken_spans", _broken_spans, "token_classification", fixes=("repair", "drop")),
    Case("answer_missing", _answers_astray, "question_answering", fixes=("repair", "drop")),
    Case("swapped_sides", _swapped, "translation", fixes=("swap",)),
    Case("identical_sides", _untranslated, "translation", fixes=("drop",)),
    Case("identical_sides", _paired_with_itself, "pair_classification", fixes=("drop",)),
    Case("turn_order", _disordered, "chat", fixes=("drop",)),
    Case("bad_tool_calls", _bad_tools, "chat", fixes=("drop",)),
    Case("identical_preferences", _preferred_alike, "preference", fixes=("drop",)),
)
_NAMES = [f"{case.code}-{case.plant.__name__.strip('_')}" for case in CASES]
# Rankings rather than rules: after the worst is gone the next may stand out.
_STATISTICAL = {"label_errors", "outliers"}


def _plan(case: Case, minilm: Path) -> dict[str, Any]:
    return {key: str(minilm) if value == "minilm" else value for key, value in case.plan.items()}


@pytest.mark.parametrize("case", CASES, ids=_NAMES)
def test_planted_rows_are_found(case: Case, tmp_path: Path, minilm: Path) -> None:
    version = well(case.task)
    planted = case.plant(version)
    found = examined(case.code, version, case.task, tmp_path, **_plan(case, minilm))
    assert found is not None
    rows = numbered(version)
    named = [rows[suspect.row]["id"] for suspect in sorted(found.suspects, key=lambda one: -one.score)]
    if case.others_allowed:
        assert set(planted) <= set(named)
        assert set(planted) == set(named[: len(planted)])  # They are the most suspicious.
    else:
        assert sorted(named) == sorted(planted)
    assert tuple(name for name, changes in found.fixes.items() if changes) == case.fixes
    # What is said of it must fit into a line of JSON: numbers of numpy do not.
    json.dumps([found.params, *(suspect.note for suspect in found.suspects)])


@pytest.mark.parametrize("case", CASES, ids=_NAMES)
def test_nothing_is_found_when_rows_are_well(case: Case, tmp_path: Path, minilm: Path) -> None:
    try:
        found = examined(case.code, well(case.task), case.task, tmp_path, **_plan(case, minilm))
    except NotPossibleError:
        assert case.code == "bad_tool_calls"  # Rows without tools have none to be wrong.
        return
    if case.code in _STATISTICAL:
        assert found is None or len(found.suspects) <= 3
    else:
        assert found is None


@pytest.mark.parametrize(
    ("case", "fix"),
    [(case, fix) for case in CASES for fix in case.fixes],
    ids=lambda value: getattr(value, "code", value),
)
def test_a_fix_mends_what_was_found(case: Case, fix: str, tmp_path: Path, minilm: Path) -> None:
    version = well(case.task)
    planted = set(case.plant(version))
    found = examined(case.code, version, case.task, tmp_path / "before", **_plan(case, minilm))
    assert found is not None
    assert fix in FIXES
    mended = applied(version, found.fixes[fix])
    try:
        after = examined(case.code, mended, case.task, tmp_path / "after", **_plan(case, minilm))
    except NotPossibleError:
        assert case.code == "bad_tool_calls"  # The rows that are left have no tools.
        return
    rows = numbered(mended)
    named = {rows[suspect.row]["id"] for suspect in after.suspects} if after else set()
    # Rows that a fix leaves because nothing says what is right, as it tells.
    left = found.params.get("left", 0) if fix in {"relabel", "repair"} else 0
    assert len(named & planted) == left
    assert case.code in _STATISTICAL or not named - planted


@pytest.mark.parametrize(
    ("first", "second"), [("-1", "1"), ("1.5", "1-5"), ("sentiment -1", "sentiment 1"), ("2", "2.0")]
)
def test_numbers_are_no_spellings_of_other_numbers(first: str, second: str, tmp_path: Path) -> None:
    version = well("classification")
    for number, row in enumerate(version["train"]):
        row["label"] = (first, second)[number % 2]
    assert examined("label_variants", version, "classification", tmp_path) is None


@pytest.mark.parametrize("answers", ["[1, 2, 3]", '["a", "b"]', '[{"price": 3}]'])
def test_an_answer_that_is_a_list_of_json_is_a_text(answers: str, tmp_path: Path) -> None:
    version = well("preference")
    for row in version["train"]:
        row["chosen"], row["rejected"] = answers, f"{answers[:-1]} ]]"
    version["train"][0]["chosen"] = '["nora.lind@example.org"]'
    for code in ("empty_texts", "identical_preferences"):
        assert examined(code, version, "preference", tmp_path / code) is None
    found = examined("personal_data", version, "preference", tmp_path)
    assert found is not None
    assert [suspect.row for suspect in found.suspects] == [0]


def test_every_code_of_the_contract_has_one_check_and_every_check_a_code() -> None:
    assert sorted(check.code for check in CHECKS) == sorted(CODES)


def _judged(version: Version) -> Version:
    """Pairs of answers as single answers with a verdict."""
    return {
        split: [
            {"id": row["id"], "prompt": row["prompt"], "completion": row["chosen"], "label": ["true", "false"][n % 2]}
            for n, row in enumerate(rows)
        ]
        for split, rows in version.items()
    }


@pytest.mark.parametrize("task", TASKS)
def test_rows_of_every_task_can_be_examined_and_are_well(task: str, tmp_path: Path) -> None:
    _examined_and_well(well(task), task, tmp_path)


def test_single_answers_with_a_verdict_can_be_examined_and_are_well(tmp_path: Path, minilm: Path) -> None:
    version = _judged(well("preference"))
    _examined_and_well(version, "preference", tmp_path)
    version["train"][1]["completion"] = " "
    found = examined("empty_texts", version, "preference", tmp_path)
    assert found is not None, "an answer is never optional"
    assert [suspect.row for suspect in found.suspects] == [1]
    version["train"][0]["completion"] *= 100
    found = examined("over_length", version, "preference", tmp_path, base_model=str(minilm), max_tokens=200)
    assert found is not None
    assert [suspect.row for suspect in found.suspects] == [0]


def test_personal_data_of_single_answers_is_masked(tmp_path: Path) -> None:
    version = _judged(well("preference"))
    version["train"][1]["completion"] = "Write to nora.lind@example.org about that."
    found = examined("personal_data", version, "preference", tmp_path)
    assert found is not None
    masked = applied(version, found.fixes["mask"])["train"][1]["completion"]
    assert "nora.lind" not in masked
    assert masked.startswith("Write to ")


def _examined_and_well(version: Version, task: str, tmp_path: Path) -> None:
    materials = materials_of(version, task, tmp_path)
    found = {}
    for check in CHECKS:
        if check.is_for(task) and check.code.removeprefix("doctor:") not in _STATISTICAL:
            try:
                found[check.code] = check.examine(materials)
            except NotPossibleError:
                continue
    assert {code for code, finding in found.items() if finding} == set()


def test_a_question_about_the_same_context_is_no_duplicate(tmp_path: Path) -> None:
    version = well("question_answering")
    for row in version["train"][1:20]:
        row["context"], row["answers"] = version["train"][0]["context"], version["train"][0]["answers"]
    assert examined("near_duplicates", version, "question_answering", tmp_path) is None


def test_no_row_moves_to_training_that_is_alike_a_row_that_stays_held_out(tmp_path: Path) -> None:
    version = well("classification")
    train, validation, test = version["train"], version["validation"], version["test"]
    long = [f"{row['text'].rstrip('.')} {row['text'][::-1]}" for row in train[:10]]
    # Near a validation row alone; near a training row alone.
    validation[3]["text"], test[1]["text"] = long[0], long[0].replace("e", "i", 2)
    train[7]["text"], validation[5]["text"] = long[1], long[1].replace("e", "i", 2)
    # Near a training row, and near another test row that is not near that.
    words = " ".join(long[2:6]).split()[:36]
    train[6]["text"], test[2]["text"], test[3]["text"] = (" ".join(words[start:]) for start in (0, 5, 10))
    found = examined("leakage", version, "classification", tmp_path / "before")
    assert found is not None
    moves = {change.id for change in found.fixes["move_to_train"] if change.action == "move"}
    assert moves == {validation[5]["id"]}
    assert found.params["moved"] == 1
    mended = applied(version, found.fixes["move_to_train"])
    assert examined("leakage", mended, "classification", tmp_path / "after") is None


@pytest.mark.parametrize(
    ("task", "asked", "answer"),
    [
        ("translation", ("source",), {"target": "今天的天气很好，我们去公园散步吧。"}),
        ("summarisation", ("source",), {"target": "Nothing of this was ever said by anybody."}),
        ("preference", ("prompt",), {"chosen": "Nothing of this was ever said by anybody."}),
        ("ranking", ("query",), {"candidates": ["one thing", "another thing"], "positive": "one thing"}),
        ("embedding", ("anchor", "positive"), {"negative": "Nothing of this was ever said by anybody."}),
        ("question_answering", ("question", "context"), {"answers": {"text": [], "answer_start": []}}),
    ],
)
def test_a_near_copy_that_answers_otherwise_is_none(
    task: str, asked: tuple[str, ...], answer: dict[str, Any], tmp_path: Path
) -> None:
    version = well(task)
    first, second, third, *_ = version["train"]
    for role in asked:
        first[role] = f"{first[role].rstrip('.')} seven yellow winter mornings again."
    for row in (second, third):
        row.update({key: value for key, value in first.items() if key != "id"})
        row[asked[0]] = first[asked[0]].replace("yellow", "yelow")
    third.update(answer, **{asked[0]: first[asked[0]].replace("winter", "wintr")})
    found = examined("near_duplicates", version, task, tmp_path)
    assert found is not None
    assert len(found.fixes["keep_one"]) == 1
    assert third["id"] not in {change.id for change in found.fixes["keep_one"]}


def test_masked_answers_stand_where_they_say(tmp_path: Path) -> None:
    version = well("question_answering")
    _personal_context(version)
    found = examined("personal_data", version, "question_answering", tmp_path)
    assert found is not None
    row = applied(version, found.fixes["mask"])["train"][0]
    answers = json.loads(row["answers"])
    assert row["context"] == "Write to [EMAIL] before noon."
    assert row["context"][answers["answer_start"][0] :].startswith("before noon")
    assert answers["text"] == ["before noon"]


def test_what_is_told_to_tools_is_masked_and_stays_json(tmp_path: Path) -> None:
    version = well("chat")
    _personal_calls(version)
    found = examined("personal_data", version, "chat", tmp_path)
    assert found is not None
    assert (found.params["email"], found.params["card"], found.params["places"]) == (4, 1, 5)
    first, second, third, *_ = applied(version, found.fixes["mask"])["train"]
    sent, paid = json.loads(first["messages"])[1]["tool_calls"]
    assert (sent["id"], json.loads(sent["function"]["arguments"])) == ("1", {"to": "[EMAIL]", "copies": 2})
    assert paid["function"] == {"name": "pay", "arguments": {"card": "[CARD]", "for": ["[EMAIL]"]}}
    (tool,) = json.loads(second["tools"])
    assert tool["function"]["parameters"]["properties"]["to"]["description"] == "such as [EMAIL]"
    single = json.loads(third["messages"])[1]["function_call"]
    assert (single["name"], json.loads(single["arguments"])) == ("send", {"to": "[EMAIL]"})


def test_personal_data_can_be_masked_and_dropped_in_some_columns_alone(tmp_path: Path) -> None:
    version = well("preference")
    first, second, third, *_ = version["train"]
    first.update(prompt="I am anna@example.com.", chosen="Write to bob@example.com.")
    second.update(chosen="Write to anna@example.com.", rejected="Write to [EMAIL].")
    third.update(rejected="Write to anna@example.com.")
    found = examined("personal_data", version, "preference", tmp_path)
    assert found is not None
    masks, drops = found.by_columns["mask"], found.by_columns["drop"]
    whole = ("prompt", "chosen", "rejected")
    assert set(masks) == {*itertools.combinations(whole, 1), *itertools.combinations(whole, 2)}
    row = applied(version, masks["prompt",])["train"][0]
    assert (row["prompt"], row["chosen"]) == ("I am [EMAIL].", "Write to bob@example.com.")
    # Masked, both answers of the second row are the same; where its column is not chosen it stays.
    assert [(change.id, change.action) for change in masks["chosen",]] == [(first["id"], "set"), (second["id"], "drop")]
    assert [change.id for change in masks["prompt", "rejected"]] == [first["id"], third["id"]]
    assert [change.id for change in drops["rejected",]] == [third["id"]]
    assert not examined("personal_data", _without_columns(version), "preference", tmp_path / "one").by_columns["mask"]


def _without_columns(version: Version) -> Version:
    """With personal data in one column alone."""
    well_again = well("preference")
    well_again["train"][0]["prompt"] = version["train"][0]["prompt"]
    return well_again


def test_a_fix_leaves_no_row_that_a_version_is_refused_for(tmp_path: Path) -> None:
    version = well("preference")
    first, second, third, *_ = version["train"]
    first.update(chosen="Write to anna@example.com.", rejected="Write to bob@example.com.")
    second.update(chosen="Write to anna@example.com.", rejected="No idea.")
    third.update(chosen="Il dit : « café ».", rejected="Il dit : « café ».".encode().decode("cp1252"))
    found = examined("personal_data", version, "preference", tmp_path)
    assert found is not None
    assert found.params["mask_drops"] == 1
    told = {change.id: change.action for change in found.fixes["mask"]}
    assert told == {first["id"]: "drop", second["id"]: "set"}
    found = examined("mojibake", version, "preference", tmp_path)
    assert found is not None
    assert (found.params["left"], found.fixes["repair"]) == (1, [])


def test_a_shared_passage_stays_where_an_answer_is_in_it(tmp_path: Path) -> None:
    notice = "This message and any files sent with it are confidential."
    version = well("question_answering")
    for row in version["train"][:20]:
        row["context"] = f"{notice} {row['context']}"
        row["answers"] = {"text": [row["context"][-9:-1]], "answer_start": [len(row["context"]) - 9]}
    inside, over, *_ = version["train"]
    inside["answers"] = {"text": ["confidential"], "answer_start": [notice.index("confidential")]}
    over["answers"] = {"text": [over["context"][50:70]], "answer_start": [50]}
    found = examined("boilerplate", version, "question_answering", tmp_path)
    assert found is not None
    assert found.params["left"] == 2
    assert {change.id for change in found.fixes["repair"]} == {row["id"] for row in version["train"][2:20]}


def test_masked_tokens_are_as_many_as_their_tags(tmp_path: Path) -> None:
    version = well("token_classification")
    _personal_tokens(version)
    found = examined("personal_data", version, "token_classification", tmp_path)
    assert found is not None
    row = applied(version, found.fixes["mask"])["train"][0]
    assert row["tokens"] == ["call", "[PHONE]", "[PHONE]", "[PHONE]", "or", "[EMAIL]"]
    assert len(row["tokens"]) == len(row["tags"])


def test_an_imbalance_says_what_it_does_to_the_metrics(tmp_path: Path) -> None:
    version = well("classification")
    assert examined("imbalance", version, "classification", tmp_path) is None
    for place, row in enumerate(version["train"]):
        row["label"] = "card" if place % 10 else "pin"
    found = examined("imbalance", version, "classification", tmp_path)
    assert found is not None
    # 135 of 150 rows; F1 of the majority is 2 * 0.9 / 1.9, and the mean over two classes half of it.
    assert found.params["majority_accuracy"] == pytest.approx(0.9)
    assert found.params["majority_macro_f1"] == pytest.approx(0.9 / 1.9, abs=1e-4)


def test_classes_that_mean_the_same_are_confusable(tmp_path: Path) -> None:
    version = well("classification", train=300)
    draw = random.Random(2)  # noqa: S311 - test data
    for row in version["train"]:
        if row["label"] == "card" and draw.random() < 0.5:
            row["label"] = "bank card"
    found = examined("confusable_classes", version, "classification", tmp_path)
    assert found is not None
    first = found.params["most_confused"][0]
    assert {first["first"], first["second"]} == {"card", "bank card"}
    assert examined("confusable_classes", well("classification", train=300), "classification", tmp_path) is None


def test_copies_of_a_wrong_label_do_not_vouch_for_each_other(tmp_path: Path) -> None:
    version = well("classification")
    for row in version["train"][1:4]:
        row.update(text=version["train"][0]["text"], label="rate")
    version["train"][0]["label"] = "rate"
    assert "rate" not in version["train"][0]["text"].split()
    found = examined("label_errors", version, "classification", tmp_path)
    assert found is not None
    assert {0, 1, 2, 3} <= {suspect.row for suspect in found.suspects}


def test_sentences_of_a_draw_differ() -> None:
    draw = random.Random(0)  # noqa: S311 - test data
    assert len({sentence(draw) for _ in range(100)}) == 100
