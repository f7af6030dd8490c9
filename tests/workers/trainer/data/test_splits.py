from __future__ import annotations

from collections import Counter

from workers.trainer.data.read import LabelledRows
from workers.trainer.data.splits import hold_out


def rows_of(labels: list[str]) -> LabelledRows:
    texts = tuple(f"text {i}" for i in range(len(labels)))
    return LabelledRows("train", "train.csv", texts, tuple(labels), tuple(range(1, len(labels) + 1)))


def test_takes_a_tenth_of_every_label_and_every_row_once() -> None:
    rows = rows_of(["a"] * 100 + ["b"] * 20 + ["c"] * 3 + ["d"])
    train, validation = hold_out(rows, seed=0)
    assert Counter(validation.labels) == {"a": 10, "b": 2, "c": 1}
    assert sorted(train.rows + validation.rows) == list(rows.rows)
    assert "d" in train.labels


def test_depends_on_the_seed_alone() -> None:
    rows = rows_of(["a", "b"] * 50)
    assert hold_out(rows, seed=1) == hold_out(rows, seed=1)
    assert hold_out(rows, seed=1) != hold_out(rows, seed=2)
