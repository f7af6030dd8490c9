"""Bad rows and bad settings, one by one: an error that names where, or an accepted run with a warning that does."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from tests.workers.trainer.tiny import write_rows
from workers.contract.reasons import JobError
from workers.contract.spec import JobSpec
from workers.trainer.tasks import build_task

if TYPE_CHECKING:
    from pathlib import Path

    from workers.contract.events import Warned
    from workers.trainer.data.splits import TaskData

# Rows that are right, every one different.
LABELLED = [{"text": f"word {i} here", "label": "ab"[i % 2]} for i in range(40)]
TAGGED = [{"tokens": ["Anna", "is", f"in{i}"], "tags": ["B-PER", "O", "O"]} for i in range(40)]
SPANNED = [{"text": f"Anna is in{i}", "spans": [[0, 4, "PER"]] if i % 2 else []} for i in range(40)]
SCORED = [{"text": f"text {i}", "score": i} for i in range(40)]
REWRITTEN = [{"source": f"good morning {i}", "target": f"morgen {i}"} for i in range(40)]
ANSWER = {"text": ["Anna"], "answer_start": [0]}
ASKED = [{"question": "who", "context": f"Anna lives here {i}", "answers": ANSWER} for i in range(40)]
SAID = [
    {"messages": [{"role": "user", "content": f"hi {i}"}, {"role": "assistant", "content": "yes"}]} for i in range(40)
]
RANKED = [{"query": f"q {i}", "candidates": ["a", "b"], "positive": "a"} for i in range(40)]
PREFERRED = [{"prompt": f"p {i}", "chosen": "yes", "rejected": "no"} for i in range(40)]
COMPARED = [{"text_a": f"a {i}", "text_b": f"b {i}", "score": i} for i in range(40)]
BELONGING = [{"anchor": f"a {i}", "positive": f"b {i}"} for i in range(40)]


def read(folder: Path, task: str, **splits: list[dict[str, Any]]) -> tuple[TaskData, list[Warned]]:
    folder.mkdir(exist_ok=True)
    for split, rows in splits.items():
        write_rows(folder / f"{split}.jsonl", rows)
    spec = JobSpec.model_validate(
        {
            "base_model": "minilm-l6-v2",
            "data": {split: f"{split}.jsonl" for split in splits},
            "task": {"type": task},
        }
    )
    read: tuple[TaskData, list[Warned]] = build_task(spec).read(spec, folder)
    return read


REFUSED: dict[str, tuple[str, list[dict[str, Any]], str, str]] = {
    "one class": ("classification", [{**row, "label": "x"} for row in LABELLED], "data:single_class", "'x'"),
    "one example per class": (
        "classification",
        [{"text": f"t {i}", "label": f"l{i}"} for i in range(40)],
        "data:empty",
        "a single row per label",
    ),
    "many classes": (
        "classification",
        [{"text": f"t {i}", "label": f"l{i}"} for i in range(20_000)],
        "data:empty",
        "a single row per label",
    ),
    "no label": ("classification", [*LABELLED, {"text": "x"}], "data:missing_label", "Row 41"),
    "null label": ("classification", [*LABELLED, {"text": "x", "label": None}], "data:missing_label", "Row 41"),
    "blank label": ("classification", [*LABELLED, {"text": "x", "label": " "}], "data:missing_label", "Row 41"),
    "lone surrogate": ("classification", [*LABELLED, {"text": "\ud800", "label": "a"}], "data:damaged", "Row 41"),
    "list as text": ("classification", [*LABELLED, {"text": ["x"], "label": "a"}], "data:damaged", "Row 41"),
    "more tags than tokens": (
        "token_classification",
        [*TAGGED, {"tokens": ["a", "b"], "tags": ["O"]}],
        "data:damaged",
        "Row 41 of train.jsonl has 2 tokens and 1 tags",
    ),
    "unknown tag": (
        "token_classification",
        [*TAGGED, {"tokens": ["a"], "tags": ["X-"]}],
        "data:damaged",
        "'X-' at position 1",
    ),
    "no target": ("translation", [*REWRITTEN, {"source": "x", "target": " "}], "data:missing_target", "Row 41"),
    "answer that is nowhere": (
        "question_answering",
        [*ASKED, {"question": "who", "context": "Bob", "answers": ANSWER}],
        "data:answer_not_found",
        "Row 41",
    ),
    "nobody answers": (
        "chat",
        [*SAID, {"messages": [{"role": "user", "content": "hi"}]}],
        "data:invalid_conversation",
        "Row 41",
    ),
    "unknown role": (
        "chat",
        [*SAID, {"messages": [{"role": "robot", "content": "hi"}]}],
        "data:invalid_conversation",
        "'robot' in message 1",
    ),
    "nothing to choose": (
        "ranking",
        [*RANKED, {"query": "q", "candidates": ["a"], "positive": "a"}],
        "data:damaged",
        "fewer than two candidates",
    ),
    "right one is no candidate": (
        "ranking",
        [*RANKED, {"query": "q", "candidates": ["a", "b"], "positive": "z"}],
        "data:unknown_positive",
        "'z'",
    ),
    "score that is none": ("regression", [*SCORED, {"text": "x", "score": "many"}], "data:damaged", "'many'"),
    "score that is not finite": ("regression", [*SCORED, {"text": "x", "score": float("nan")}], "data:damaged", "nan"),
    "score out of range": ("regression", [*SCORED, {"text": "x", "score": 1e300}], "data:damaged", "at most 1e+15"),
    "scores all the same": ("regression", [{**row, "score": 3} for row in SCORED], "data:single_class", "3"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_rows_that_nothing_can_be_learnt_from_are_refused(tmp_path: Path, name: str) -> None:
    task, rows, code, said = REFUSED[name]
    with pytest.raises(JobError) as caught:
        read(tmp_path, task, train=rows)
    assert caught.value.reason.code == code
    assert said in str(caught.value)
    assert "train.jsonl" in str(caught.value)


WARNED: dict[str, tuple[str, list[dict[str, Any]], str, dict[str, Any]]] = {
    "empty text": ("classification", [*LABELLED, {"text": "", "label": "a"}], "data:empty_text", {"row": 41}),
    "white space": ("classification", [*LABELLED, {"text": " \t", "label": "a"}], "data:empty_text", {"row": 41}),
    "nothing to see": (
        "classification",
        [*LABELLED, {"text": "\u200b\ufeff", "label": "a"}],
        "data:empty_text",
        {"row": 41},
    ),
    "label in another width": (
        "classification",
        [*LABELLED, {"text": "x", "label": "ａ"}],
        "data:similar_labels",
        {"first": "a", "second": "ａ", "count": 1},
    ),
    "tag type in another case": (
        "token_classification",
        [*TAGGED, {"tokens": ["Bob"], "tags": ["B-per"]}, {"tokens": ["Eve"], "tags": ["B-per"]}],
        "data:similar_labels",
        {"first": "B-PER", "second": "B-per", "count": 2},
    ),
    "two answers to one text": (
        "classification",
        [*LABELLED, {"text": LABELLED[0]["text"], "label": "b"}],
        "data:conflicting_targets",
        {"row": 41, "count": 1},
    ),
    "two scores for one pair": (
        "similarity",
        [*COMPARED, {**COMPARED[3], "score": 30}],
        "data:conflicting_targets",
        {"row": 41, "count": 1},
    ),
    "span that never began": (
        "token_classification",
        [*TAGGED, {"tokens": ["a", "b"], "tags": ["I-PER", "O"]}],
        "data:tags_without_beginning",
        {"row": 41, "column": "tags"},
    ),
    "span that goes on as another": (
        "token_classification",
        [
            *TAGGED,
            {"tokens": ["a", "b"], "tags": ["B-PER", "I-LOC"]},
            {"tokens": ["c", "d"], "tags": ["B-LOC", "I-LOC"]},
        ],
        "data:tags_without_beginning",
        {"row": 41, "count": 1},
    ),
    "translation that is none": (
        "translation",
        [*REWRITTEN, {"source": "same", "target": "same "}],
        "data:identical_pairs",
        {"row": 41, "source": "source", "target": "target"},
    ),
    "summary longer than its text": (
        "summarisation",
        [*REWRITTEN, {"source": "short", "target": "longer than that"}],
        "data:longer_than_source",
        {"row": 41, "count": 1},
    ),
    "answer elsewhere": (
        "question_answering",
        [*ASKED, {"question": "who", "context": "Anna", "answers": {"text": ["Anna"], "answer_start": [99]}}],
        "data:answers_moved",
        {"count": 1},
    ),
    "question of which no answer is said": (
        "question_answering",
        [*ASKED, {"question": "who", "context": "Anna", "answers": None}, {"question": "who", "context": "Eve"}],
        "data:missing_values",
        {"row": 41, "count": 2, "column": "answers"},
    ),
    "text of which no spans are said": (
        "token_classification",
        [*SPANNED, {"text": "Anna was here"}],
        "data:missing_values",
        {"row": 41, "count": 1, "column": "spans"},
    ),
    "user twice": (
        "chat",
        [*SAID, {"messages": [{"role": "user", "content": "hi"}, *SAID[0]["messages"]]}],
        "data:consecutive_turns",
        {"row": 41},
    ),
    "answers to choose between are one": (
        "preference",
        [*PREFERRED, {"prompt": "p", "chosen": "yes", "rejected": "yes"}],
        "data:identical_pairs",
        {"row": 41, "source": "chosen", "target": "rejected"},
    ),
}


@pytest.mark.parametrize("name", WARNED)
def test_odd_rows_are_learnt_from_and_said(tmp_path: Path, name: str) -> None:
    task, rows, code, params = WARNED[name]
    _, warnings = read(tmp_path, task, train=rows)
    (found,) = [warning for warning in warnings if warning.code == code]
    assert found.params is not None
    assert params.items() <= found.params.items()
    assert found.params["file"] == "train.jsonl"


@pytest.mark.parametrize(
    ("task", "rows"),
    [
        ("classification", LABELLED),
        ("token_classification", TAGGED),
        ("token_classification", SPANNED),
        ("similarity", COMPARED),
        ("pair_regression", COMPARED),
        ("embedding", BELONGING),
        ("question_answering", ASKED),
        ("translation", REWRITTEN),
        ("chat", SAID),
        ("preference", PREFERRED),
        ("ranking", RANKED),
        ("causal_lm", LABELLED),
        ("masked_lm", LABELLED),
    ],
)
def test_rows_of_the_test_file_that_were_learnt_from_are_counted(
    tmp_path: Path, task: str, rows: list[dict[str, Any]]
) -> None:
    _, warnings = read(tmp_path / "seen", task, train=rows[:30], validation=rows[30:35], test=[*rows[35:], rows[7]])
    (found,) = [warning for warning in warnings if warning.code == "data:leakage"]
    assert found.params == {
        "file": "test.jsonl",
        "count": 1,
        "row": 6,
        "split": "test",
        "total": 6,
        "train": "train.jsonl",
    }
    assert read(tmp_path / "unseen", task, train=rows[:30], validation=rows[30:35], test=rows[35:])[1] == []


def test_what_is_split_off_leaves_a_row_of_every_name_in_training(tmp_path: Path) -> None:
    rare = [{"tokens": ["x", "y"], "tags": [f"B-T{i}", "O"]} for i in range(40)]
    data, _ = read(tmp_path / "types", "token_classification", train=[*TAGGED, *rare])
    assert len(data.validation) == 8
    sets = [{"text": f"t {i}", "labels": list(names)} for i, names in enumerate(itertools.combinations("abcdefg", 3))]
    data, _ = read(tmp_path / "sets", "multi_label", train=sets)
    assert len(data.validation) == 4
    assert data.labels == tuple("abcdefg")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"optimisation": {"learning_rate": 0}}, "learning_rate"),
        ({"optimisation": {"learning_rate": -1}}, "learning_rate"),
        ({"optimisation": {"learning_rate": 1e9}}, "learning_rate"),
        ({"optimisation": {"learning_rate": float("nan")}}, "learning_rate"),
        ({"optimisation": {"learning_rate": "fast"}}, "learning_rate"),
        ({"optimisation": {"epochs": 0}}, "epochs"),
        ({"optimisation": {"epochs": 10**6}}, "epochs"),
        ({"optimisation": {"batch_size": 0}}, "batch_size"),
        ({"optimisation": {"batch_size": 2**31}}, "batch_size"),
        ({"base_model": "https://models.example/bert"}, "base_model"),
        ({"base_model": "../../etc/passwd"}, "base_model"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"search": {"type": "random", "space": {}}}, "space"),
        (
            {
                "search": {
                    "type": "grid",
                    "space": {
                        f"optimisation.{name}": {"type": "choices", "values": list(range(100))}
                        for name in ("epochs", "batch_size", "warmup_ratio", "weight_decay", "r_drop")
                    },
                }
            },
            "search",
        ),
        (
            {"search": {"type": "random", "num_trials": 0, "space": {"seed": {"type": "choices", "values": [1]}}}},
            "num_trials",
        ),
        (
            {"search": {"type": "random", "max_seconds": 0, "space": {"seed": {"type": "choices", "values": [1]}}}},
            "max_seconds",
        ),
        (
            {"search": {"type": "random", "max_cost": 0, "space": {"seed": {"type": "choices", "values": [1]}}}},
            "max_cost",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_their_field(change: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as caught:
        JobSpec.model_validate({"base_model": "minilm-l6-v2", "data": {"train": "train.jsonl"}, **change})
    assert any(where in map(str, error["loc"]) for error in caught.value.errors())
