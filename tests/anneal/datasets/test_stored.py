"""Which rows of a version somebody asks for: by what is said in them, not by how it is kept."""

from __future__ import annotations

import pytest

from anneal.datasets.files.kinds.column import SPLITS
from anneal.datasets.files.stored import Selection, StoredFile, groups
from tests.anneal.datasets.test_kinds import built
from workers.contract.changes import row_id

SAID = ['Where is my "red" lamp?', "It left\nBerlin at noon.", "hi"]
TALKS = [
    [{"role": "user", "content": text}, {"role": "assistant", "content": "Yes.", "tool_calls": calls}]
    for text, calls in zip(
        SAID, ([], [], [{"type": "function", "function": {"name": "track", "arguments": '{"id": 7}'}}]), strict=True
    )
]
ROWS = {
    "chat": [{"messages": talk} for talk in TALKS],
    "preference": [
        {"prompt": talk[:1] if n % 2 else talk[0]["content"], "chosen": "[1, 2]", "rejected": f"no {n}"}
        for n, talk in enumerate(TALKS)
    ],
    "ranking": [
        {"query": "which?", "candidates": [text, f"other {n}"], "positive": text} for n, text in enumerate(SAID)
    ],
    "question_answering": [
        {"question": "which?", "context": f"It is {text}", "answers": {"text": [text], "answer_start": [6]}}
        for text in SAID
    ],
}


def _selected(tmp_path, task, **conditions):
    """Places of the rows that are chosen, among those of ROWS; they stand in lines of their own, with others around them."""
    rows = [ROWS[task][n % 3] for n in range(12)]
    made, log = built(tmp_path, task, rows, validation_share=0.0, test_share=0.0)
    assert made, log.kept
    files = [StoredFile(split, tmp_path / f"{split}.parquet") for split in SPLITS]
    found = set()
    for group in groups([file for file in files if file.path.exists()]):
        chosen = group.table(["row"]).filter(Selection(**conditions).mask(task, group))
        found |= {(line - 1) % 3 for line in chosen.column("row").to_pylist()}
    return sorted(found)


@pytest.mark.parametrize("task", ROWS)
@pytest.mark.parametrize(
    ("text", "rows"), [('my "RED"', [0]), ("left\nBerlin", [1]), ("user", []), ("content", []), ("answer_start", [])]
)
def test_search_is_in_what_is_said_and_not_in_how_it_is_kept(tmp_path, task, text, rows):
    assert _selected(tmp_path, task, contains=text) == rows


def test_calls_of_tools_are_searched_by_name_and_arguments_and_answers_that_are_lists_as_they_are(tmp_path):
    assert _selected(tmp_path, "chat", contains="TRACK") == [2]
    assert _selected(tmp_path, "chat", contains='"id": 7') == [2]
    assert _selected(tmp_path, "chat", contains="function") == []
    assert _selected(tmp_path, "preference", contains="[1, 2]") == [0, 1, 2]


@pytest.mark.parametrize("task", ["chat", "preference"])
def test_length_of_a_conversation_is_that_of_what_is_said(tmp_path, task):
    assert _selected(tmp_path, task, longer_than=22) == [0, 1]
    assert _selected(tmp_path, task, shorter_than=23) == [2]


def test_rows_are_chosen_by_ids_of_which_some_are_nobodys(tmp_path):
    assert _selected(tmp_path, "chat", ids=frozenset()) == []
    assert _selected(tmp_path, "chat", ids=frozenset({row_id(0, 3), row_id(0, 1), row_id(7, 2), 0, 2**62})) == [0, 2]


def test_ids_of_a_selection_are_sorted_once_for_all_groups():
    selection = Selection(ids=frozenset(range(5)))
    assert selection._sorted_ids is selection._sorted_ids
