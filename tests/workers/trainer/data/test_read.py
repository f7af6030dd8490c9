from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workers.contract.reasons import JobError
from workers.trainer.data import values
from workers.trainer.data.read import Column, read_rows

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    {"text": "line\u2028separator", "label": "a"},
    {"text": 'quote " and, comma', "label": "b"},
    {"text": "全角 emoji 🙂", "label": "a"},
]


COLUMNS = (Column("text", "text", values.text), Column("label", "label", values.label))


def read(path: Path):
    return read_rows(path, split="train", columns=COLUMNS, is_empty=lambda raw: values.is_blank(raw["text"]))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def delimited(separator: str) -> str:
    quoted = ('"' + row["text"].replace('"', '""') + '"' + separator + row["label"] for row in ROWS)
    return f"text{separator}label\r\n" + "\r\n".join(quoted)


def test_all_formats_give_the_same_rows(tmp_path: Path) -> None:
    parquet = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), parquet)
    files = [
        parquet,
        write(tmp_path, "rows.jsonl", "\ufeff" + "\n\n".join(json.dumps(row) for row in ROWS)),
        write(tmp_path, "rows.csv", "\ufeff" + delimited(",")),
        write(tmp_path, "rows.tsv", delimited("\t")),
    ]
    for path in files:
        rows = read(path)
        assert rows["text"] == tuple(row["text"] for row in ROWS), path
        assert rows["label"] == ("a", "b", "a")
        assert rows.rows == (1, 2, 3)


def test_numbers_are_labels_too(tmp_path: Path) -> None:
    assert read(write(tmp_path, "r.jsonl", '{"text": 5, "label": 1}\n{"text": "b", "label": 0}'))["label"] == ("1", "0")


def test_rows_without_text_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = read(write(tmp_path, "r.csv", "text,label\na,x\n  ,y\nb,y\n"))
    assert rows["text"] == ("a", "b")
    assert rows.rows == (1, 3)
    assert rows.left_out == (2,)


def test_lines_of_spaces_and_columns_that_nobody_asks_for_do_not_matter(tmp_path: Path) -> None:
    rows = read(write(tmp_path, "r.csv", "text,label,note,note\na,x,,\n\n  \nb,y,1,2\n"))
    assert (rows["text"], rows.rows, rows.left_out) == (("a", "b"), (1, 3), (2,))


def test_a_missing_value_of_another_program_is_no_text(tmp_path: Path) -> None:
    table = pa.table({"text": [float("nan"), 1.5], "label": ["a", "b"]})
    pq.write_table(table, tmp_path / "r.parquet")
    assert read(tmp_path / "r.parquet").left_out == (1,)


def test_a_column_that_is_there_twice_is_refused_in_parquet_too(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["x"]), pa.array(["b"])], names=["text", "label", "text"])
    pq.write_table(table, tmp_path / "r.parquet")
    with pytest.raises(JobError, match="two columns of the name 'text'"):
        read(tmp_path / "r.parquet")


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("gone.csv", None, "data:missing_file", "gone.csv"),
        ("r.csv", "", "data:empty", "empty"),
        ("r.csv", "\ufeff", "data:empty", "empty"),
        ("r.csv", "text,label\n", "data:empty", "no row"),
        ("r.jsonl", "", "data:empty", "no row"),
        ("r.csv", "text,lable\na,b\n", "data:missing_column", "'label'"),
        ("r.jsonl", '{"txt": "a", "label": "b"}', "data:missing_column", "'text'"),
        ("r.csv", "text,label\na,x\nb,\n", "data:missing_label", "Row 2 of r.csv"),
        ("r.jsonl", '{"text": "a", "label": "x"}\n{"text": "b"}', "data:missing_label", "Row 2 of r.jsonl"),
        ("r.jsonl", '{"text": "a", "label": "x"}\n{"text": "b",}', "data:damaged", "Row 2 of r.jsonl"),
        ("r.jsonl", '["text", "label"]', "data:damaged", "not an object"),
        ("r.jsonl", b'{"text": "\xff", "label": "x"}', "data:damaged", "not UTF-8"),
        ("r.jsonl", '{"text": "\\ud800", "label": "x"}', "data:damaged", "surrogate"),
        ("r.jsonl", '{"text": {"a": 1}, "label": "x"}', "data:damaged", "dict in column 'text'"),
        ("r.jsonl", "[" * 100_000, "data:damaged", "Row 1"),
        ("r.csv", b"text,label\n\xff\xfe,x\n", "data:damaged", "not UTF-8"),
        ("r.csv", 'text,label\n"open,x\n', "data:damaged", "columns"),
        (
            "r.csv",
            "text,label\na,x\nI paid 3,a,b\n",
            "data:damaged",
            "Row 2 of r.csv has 3 fields, the first line has 2",
        ),
        ("r.tsv", "id\ttext\tlabel\n1\ta\tx\n2\tb\n", "data:damaged", "Row 2 of r.tsv has 2 fields"),
        ("r.csv", "text,label,text\na,x,b\n", "data:damaged", "two columns of the name 'text'"),
        (
            "r.jsonl",
            '{"text": "a", "label": "x", "label": "y"}',
            "data:damaged",
            "Row 1 of r.jsonl has the key 'label' twice",
        ),
        ("r.jsonl", '{"text": "a", "label": "x"}\n{"text": "b", "label": NaN}', "data:missing_label", "column 'label'"),
        (
            "r.jsonl",
            '{"text": -Infinity, "label": "x"}',
            "data:damaged",
            "Row 1 of r.jsonl holds -inf in column 'text'",
        ),
        ("r.parquet", b"PAR1 nothing", "data:damaged", "Parquet"),
        ("r.xlsx", b"PK", "data:damaged", ".xlsx"),
    ],
)
def test_says_what_is_wrong_and_where(
    tmp_path: Path, name: str, content: str | bytes | None, code: str, said: str
) -> None:
    path = tmp_path / name if content is None else write(tmp_path, name, content)
    with pytest.raises(JobError) as caught:
        read(path)
    assert caught.value.reason.code == code
    assert said in caught.value.message
    assert caught.value.params["file"] == name
