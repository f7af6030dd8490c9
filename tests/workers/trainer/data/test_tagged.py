"""Tokens with tags as lines of CoNLL and as texts with spans: read as their lists would be, complaints with line and column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from workers.contract.reasons import JobError
from workers.contract.spec import JobSpec
from workers.trainer.tasks.classification import Classification
from workers.trainer.tasks.token_classification import TokenClassification

if TYPE_CHECKING:
    from pathlib import Path

    from workers.trainer.data.read import Rows

ROWS = [(("Ana", "lives", "in", "New", "York"), ("B-PER", "O", "O", "B-LOC", "I-LOC")), (("No", "one"), ("O", "O"))]


def read(folder: Path, name: str, content: str, **task: Any) -> Rows:
    (folder / name).write_text(content, encoding="utf-8")
    data = {"train": name, "validation": name}
    spec = JobSpec.model_validate(
        {"base_model": "minilm-l6-v2", "data": data, "task": {"type": "token_classification", **task}}
    )
    return TokenClassification(spec).read(spec, folder)[0].train


def tagged(rows: Rows) -> list[tuple[Any, Any]]:
    return list(zip(rows["tokens"], rows["tags"], strict=True))


@pytest.mark.parametrize("suffix", ["conll", "bio", "iob2"])
@pytest.mark.parametrize("separator", [" ", "\t", " NNP I-NP "])
def test_lines_of_conll_are_read_as_their_lists(tmp_path: Path, suffix: str, separator: str) -> None:
    lines = [f"-DOCSTART-{separator}O\n"]
    for tokens, tags in ROWS:
        lines += [*(f"{token}{separator}{tag}" for token, tag in zip(tokens, tags, strict=True)), ""]
    rows = read(tmp_path, f"train.{suffix}", "\ufeff" + "\r\n".join(lines))
    assert tagged(rows) == ROWS
    assert rows.rows == (1, 2)


@pytest.mark.parametrize(
    ("content", "said", "line"),
    [
        ("Ana B-PER\nlives\n", "Line 2 of train.conll has the token 'lives' and no tag behind it.", 2),
        ("Ana B-PER\n\nYork S-LOC\n", "Line 3 of train.conll has the tag 'S-LOC' in its last column", 3),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, content: str, said: str, line: int) -> None:
    with pytest.raises(JobError) as refused:
        read(tmp_path, "train.conll", content)
    assert refused.value.message.startswith(said)
    assert (refused.value.params["line"], refused.value.params["column"]) == (line, "tags")


def test_tokens_teach_no_other_task(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("Ana B-PER\n", encoding="utf-8")
    spec = JobSpec.model_validate({"base_model": "minilm-l6-v2", "data": {"train": "train.conll"}})
    with pytest.raises(JobError, match="only the task token_classification"):
        Classification(spec).read(spec, tmp_path)


@pytest.mark.parametrize(
    "spans",
    [
        [[0, 3, "PER"], [13, 21, "LOC"]],
        [{"start": 13, "end": 21, "label": "LOC", "text": "New York"}, {"start": 0, "end": 3, "type": "PER"}],
        json.dumps([[0, 3, "PER"], [13, 21, "LOC"]]),
    ],
)
def test_spans_become_tags(tmp_path: Path, spans: Any) -> None:
    content = [{"sentence": "Ana lives in New York", "marks": spans}, {"sentence": "No one", "marks": None}]
    lines = "".join(json.dumps(row) + "\n" for row in content)
    assert tagged(read(tmp_path, "train.jsonl", lines, text_column="sentence", spans_column="marks")) == ROWS


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        ([[0, 30, "PER"]], "[0, 30, 'PER'] lies outside of the text, which has 21 characters"),
        ([[3, 0, "PER"]], "[3, 0, 'PER'] ends before it begins"),
        ([[0, 9, "PER"], [4, 9, "X"]], "the one around 'lives' begins before another ends"),
        (
            [{"start": 0, "end": 3, "label": "PER", "text": "Bob"}],
            "the text has 'Ana' where one says that 'Bob' stands",
        ),
        ([["PER", 0, 3]], "['PER', 0, 3] is none; one is [start, end, label]"),
    ],
)
def test_a_bad_span_is_named_with_row_and_column(tmp_path: Path, spans: Any, said: str) -> None:
    good = {"text": "Ana lives in New York", "spans": [[0, 3, "PER"]]}
    lines = "".join(json.dumps(row) + "\n" for row in [good, {**good, "spans": spans}])
    with pytest.raises(JobError) as refused:
        read(tmp_path, "train.jsonl", lines)
    assert refused.value.message.startswith("Row 2 of train.jsonl has bad spans in column 'spans': " + said)


def test_lists_come_first_and_what_else_a_file_has_is_left_alone(tmp_path: Path) -> None:
    (tokens, tags), _ = ROWS
    row = {"tokens": tokens, "tags": tags, "text": {"any": 1}, "spans": "whatever"}
    assert tagged(read(tmp_path, "train.jsonl", json.dumps(row) + "\n")) == ROWS[:1]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"text": "Ana lives"}, "data:missing_column"),
        ({"tokens": ["Ana"]}, "data:missing_column"),
        ({"tokens": ["Ana"], "tags": None, "spans": []}, "data:missing_column"),
    ],
)
def test_a_file_without_tags_is_refused(tmp_path: Path, row: dict[str, Any], code: str) -> None:
    with pytest.raises(JobError, match="has no tags") as refused:
        read(tmp_path, "train.jsonl", json.dumps(row) + "\n")
    assert refused.value.reason.code == code
