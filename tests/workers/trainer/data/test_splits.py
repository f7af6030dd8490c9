from __future__ import annotations

from collections import Counter

import pytest

from workers.contract.reasons import JobError
from workers.trainer.data.read import Rows
from workers.trainer.data.splits import divide, hold_out, hold_out_groups


def rows_of(labels: list[str], *, split: str = "train") -> Rows:
    fields = {"text": tuple(f"text {i}" for i in range(len(labels))), "label": tuple(labels)}
    return Rows(split, f"{split}.csv", fields, tuple(range(1, len(labels) + 1)))


def test_takes_a_tenth_of_every_label_and_every_row_once() -> None:
    rows = rows_of(["a"] * 100 + ["b"] * 20 + ["c"] * 3 + ["d"])
    train, validation = hold_out(rows, rows["label"], seed=0)
    assert Counter(validation["label"]) == {"a": 10, "b": 2, "c": 1}
    assert sorted(train.rows + validation.rows) == list(rows.rows)
    assert "d" in train["label"]


def test_depends_on_the_seed_alone() -> None:
    rows = rows_of(["a", "b"] * 50)
    assert hold_out(rows, rows["label"], seed=1) == hold_out(rows, rows["label"], seed=1)
    assert hold_out(rows, rows["label"], seed=1) != hold_out(rows, rows["label"], seed=2)


def test_files_that_are_there_are_used_as_they_are() -> None:
    splits = {name: rows_of(["a", "b"] * 5, split=name) for name in ("train", "validation", "test")}
    data, warnings = divide(splits, seed=0)
    assert (data.train, data.validation, data.held_out) == tuple(splits.values())
    assert data.held_out_split == "test"
    assert warnings == []


def test_validation_is_split_off_and_reported_on_when_nothing_else_is_there() -> None:
    data, warnings = divide({"train": rows_of(["a", "b"] * 50)}, seed=0, strata=lambda rows: rows["label"])
    assert Counter(data.validation["label"]) == {"a": 5, "b": 5}
    assert data.held_out is data.validation
    assert [warning.code for warning in warnings] == ["data:validation_split_off"]


def test_a_single_row_for_each_label_cannot_be_divided() -> None:
    with pytest.raises(JobError, match="single row per label"):
        divide({"train": rows_of(["a", "b"])}, seed=0, strata=lambda rows: rows["label"])


def test_rows_of_a_group_stay_together() -> None:
    rows = rows_of(["a", "b", "c", "d", "e"] * 10)
    train, validation = hold_out_groups(rows, rows["label"], seed=0)
    assert sorted(train.rows + validation.rows) == list(rows.rows)
    assert len(validation) == 10
    assert not set(train["label"]) & set(validation["label"])
    assert hold_out_groups(rows, rows["label"], seed=0) == (train, validation)


def test_a_single_group_cannot_be_divided() -> None:
    with pytest.raises(JobError, match="about the same text"):
        divide({"train": rows_of(["a"] * 20)}, seed=0, groups=lambda rows: rows["label"])
