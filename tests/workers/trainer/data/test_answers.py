from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.workers.trainer.tiny import write_rows
from workers.contract.reasons import JobError
from workers.contract.spec import JobSpec, QuestionAnsweringTask
from workers.trainer.tasks.question_answering import QuestionAnswering

if TYPE_CHECKING:
    from pathlib import Path

    from workers.contract.events import Warned
    from workers.trainer.data.read import Rows

CONTEXT = "The card was lost in Berlin and found in Bonn. Berlin is large."


def read(folder: Path, rows: list[dict[str, Any]], **task: object) -> tuple[Rows, list[Warned]]:
    """The training rows of a file, after a validation file that is always good."""
    write_rows(folder / "train.jsonl", rows)
    write_rows(folder / "good.jsonl", [row("from where", "Bonn", 41)])
    spec = JobSpec.model_validate(
        {
            "base_model": "tiny-bert",
            "data": {"train": "train.jsonl", "validation": "good.jsonl"},
            "task": {"type": "question_answering", **task},
        }
    )
    data, warnings = QuestionAnswering(spec).read(spec, folder)
    return data.train, warnings


def row(question: str, *answers: object) -> dict[str, Any]:
    return {
        "question": question,
        "context": CONTEXT,
        "answers": {"text": list(answers[::2]), "answer_start": list(answers[1::2])},
    }


def test_answers_at_their_offsets_are_taken_as_they_are(tmp_path: Path) -> None:
    rows, warnings = read(tmp_path, [row("where was it lost", "Berlin", 21), row("who took it")])
    assert rows["answers"] == ((("Berlin", 21),), ())
    assert warnings == []


def test_answer_is_moved_to_its_only_place_and_the_warning_names_the_rows(tmp_path: Path) -> None:
    rows, warnings = read(tmp_path, [row("where", "Berlin", 21), row("where", "Bonn", 3), row("what", "card", -1)])
    assert rows["answers"][1:] == ((("Bonn", 41),), (("card", 4),))
    (warning,) = warnings
    assert warning.code == "data:answers_moved"
    assert warning.params == {"file": "train.jsonl", "count": 2, "rows": "2, 3"}


@pytest.mark.parametrize(
    ("answer", "start", "said"),
    [
        ("Berlin", 3, " 'Berlin' is expected, ' card ' stands at its offset 3, and the answer occurs 2 times"),
        ("Munich", 21, " 'Munich' is expected, 'Berlin' stands at its offset 21, and the answer occurs nowhere"),
        ("Munich", 900, "'' stands at its offset 900"),
        ("Munich", -1, "no offset is given"),
    ],
)
def test_refuses_an_answer_that_has_no_place_or_several(tmp_path: Path, answer: str, start: int, said: str) -> None:
    with pytest.raises(JobError, match=r"Row 2 of train\.jsonl .* 'answers'") as caught:
        read(tmp_path, [row("where", "Bonn", 41), row("where", answer, start), row("where", answer, start)])
    assert caught.value.reason.code == "data:answer_not_found"
    assert said in caught.value.message
    assert "1 more rows are like it: rows 3" in caught.value.message
    assert caught.value.params["count"] == 2


def test_spaces_around_an_answer_are_not_part_of_it(tmp_path: Path) -> None:
    rows, warnings = read(tmp_path, [row("where", " Berlin ", 20), row("what", "", 0)])
    assert rows["answers"] == ((("Berlin", 21),), ())
    assert warnings == []


@pytest.mark.parametrize(
    "answers",
    [
        json.dumps({"text": ["Bonn"], "answer_start": [41]}),
        [{"text": "Bonn", "answer_start": 41}],
        {"text": ["Bonn"], "answer_start": ["41"]},
    ],
)
def test_answers_may_be_json_text_or_a_list_of_objects(tmp_path: Path, answers: object) -> None:
    rows, _ = read(tmp_path, [{"question": "where", "context": CONTEXT, "answers": answers}])
    assert rows["answers"] == ((("Bonn", 41),),)


def test_answers_may_be_in_two_plain_columns(tmp_path: Path) -> None:
    given = [
        {"q": "where", "context": CONTEXT, "answer_text": "Bonn", "answer_start": 41},
        {"q": "what", "context": CONTEXT, "answer_text": "card", "answer_start": None},
        {"q": "who", "context": CONTEXT, "answer_text": "", "answer_start": None},
    ]
    write_rows(tmp_path / "plain.jsonl", given)
    spec = JobSpec.model_validate(
        {
            "base_model": "tiny-bert",
            "data": {"train": "plain.jsonl", "validation": "plain.jsonl"},
            "task": QuestionAnsweringTask(question_column="q").model_dump(),
        }
    )
    data, warnings = QuestionAnswering(spec).read(spec, tmp_path)
    assert data.train["answers"] == ((("Bonn", 41),), (("card", 4),), ())
    moved = [warning.params["rows"] for warning in warnings if warning.code == "data:answers_moved"]
    assert moved == ["2", "2"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("Bonn", "has no answers in column 'answers'"),
        ({"text": ["Bonn"], "answer_start": []}, "1 texts and 0 offsets"),
        ({"text": ["Bonn"], "answer_start": [41.5]}, "whole numbers"),
        ({"text": "Bonn", "answer_start": 41}, "no list"),
    ],
)
def test_refuses_answers_of_another_shape(tmp_path: Path, answers: object, said: str) -> None:
    with pytest.raises(JobError, match="Row 1 of train") as caught:
        read(tmp_path, [{"question": "where", "context": CONTEXT, "answers": answers}])
    assert said in caught.value.message


def test_refuses_files_without_any_answer(tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        read(tmp_path, [{"question": "where", "context": CONTEXT}])
    assert caught.value.reason.code == "data:missing_column"
    assert "'answer_text'" in caught.value.message
    with pytest.raises(JobError) as caught:
        read(tmp_path, [row("where"), row("who")])
    assert caught.value.reason.code == "data:single_class"


def test_questions_about_one_text_stay_on_one_side_of_a_split(tmp_path: Path) -> None:
    rows = [
        {
            "question": f"q{i}",
            "context": f"Text {i % 7} has a word.",
            "answers": {"text": ["word"], "answer_start": [13]},
        }
        for i in range(70)
    ]
    write_rows(tmp_path / "train.jsonl", rows)
    spec = JobSpec.model_validate(
        {"base_model": "tiny-bert", "data": {"train": "train.jsonl"}, "task": {"type": "question_answering"}}
    )
    data, warnings = QuestionAnswering(spec).read(spec, tmp_path)
    assert len(data.validation) == 10
    assert not set(data.train["context"]) & set(data.validation["context"])
    assert [warning.code for warning in warnings] == ["data:validation_split_off"]


def test_real_chinese_answers_are_repaired_or_named(shared_data: Path) -> None:
    folder = shared_data / "cmrc2018"
    data = {"train": "test.jsonl", "validation": "test.jsonl"}
    spec = JobSpec.model_validate({"base_model": "tiny-bert", "data": data, "task": {"type": "question_answering"}})
    task = QuestionAnswering(spec)
    _, warnings = task.read(spec, folder)
    moved = [warning.params["count"] for warning in warnings if warning.code == "data:answers_moved"]
    assert moved == [3, 3]
    assert task.scoring == "characters"
    data["train"] = "train.jsonl"
    spec = JobSpec.model_validate({"base_model": "tiny-bert", "data": data, "task": {"type": "question_answering"}})
    with pytest.raises(JobError) as caught:
        QuestionAnswering(spec).read(spec, folder)
    assert caught.value.params["count"] == 71
