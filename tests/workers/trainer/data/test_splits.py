from __future__ import annotations

import itertools
from collections import Counter

import pytest

from workers.contract.reasons import JobError
from workers.trainer.data.read import Rows
from workers.trainer.data.splits import TaskData, divide


def rows_of(labels: list[str], *, split: str = "train") -> Rows:
    fields = {"text": tuple(f"text {i}" for i in range(len(labels))), "label": tuple(labels)}
    return Rows(split, f"{split}.csv", fields, tuple(range(1, len(labels) + 1)))


def split_off(labels: list[str], *, seed: int = 0) -> TaskData:
    return divide({"train": rows_of(labels)}, seed=seed, strata=lambda rows: rows["label"])[0]


def split_off_groups(groups: list[str], *, seed: int = 0) -> TaskData:
    return divide({"train": rows_of(groups)}, seed=seed, groups=lambda rows: rows["label"])[0]


def test_takes_a_tenth_of_every_label_and_every_row_once() -> None:
    data = split_off(["a"] * 100 + ["b"] * 20 + ["c"] * 3 + ["d"])
    assert Counter(data.validation["label"]) == {"a": 10, "b": 2, "c": 1}
    assert sorted(data.train.rows + data.validation.rows) == list(range(1, 125))
    assert "d" in data.train["label"]


def test_depends_on_the_seed_alone() -> None:
    assert split_off(["a", "b"] * 50, seed=1) == split_off(["a", "b"] * 50, seed=1)
    assert split_off(["a", "b"] * 50, seed=1) != split_off(["a", "b"] * 50, seed=2)


def test_rows_of_ordinary_files_are_those_of_earlier_versions() -> None:
    """Whoever begins a job anew, or compares with an old one, has the same rows to judge by."""
    labels = ["a", "b", "b", "c"] * 15
    plain = divide({"train": rows_of(labels)}, seed=3)[0]
    assert plain.validation.rows == (7, 9, 17, 36, 38, 46)
    assert split_off(labels, seed=3).validation.rows == (1, 4, 14, 39, 41, 59, 60)
    assert split_off_groups([f"{i * i % 41}" for i in range(60)], seed=3).validation.rows == (
        8,
        9,
        21,
        22,
        34,
        35,
        49,
        50,
    )


def test_many_small_labels_take_no_more_than_a_tenth() -> None:
    data = split_off([f"label {i // 2}" for i in range(200)])
    assert len(data.validation) == 20
    assert set(data.train["label"]) == {f"label {i}" for i in range(100)}


def test_sets_of_labels_that_all_differ_are_divided_when_no_label_is_lost() -> None:
    rows = rows_of([f"{a}{b}{c}" for a, b, c in itertools.combinations("abcdefgh", 3)])
    data, (warning,) = divide(
        {"train": rows}, seed=0, strata=lambda rows: rows["label"], kinds=lambda rows: rows["label"]
    )
    assert len(data.validation) == 6
    assert set("".join(data.train["label"])) == set("abcdefgh")
    assert "6 of the training rows (10.7 %)" in warning.message


def test_the_only_row_of_a_kind_stays_in_training() -> None:
    kinds = ["PER"] * 30 + [f"T{i}" for i in range(30)]
    for seed in range(3):
        data, _ = divide({"train": rows_of(kinds)}, seed=seed, kinds=lambda rows: [(kind,) for kind in rows["label"]])
        assert Counter(data.validation["label"]) == {"PER": 6}


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
    data = split_off_groups([f"{i % 10}" for i in range(50)])
    assert sorted(data.train.rows + data.validation.rows) == list(range(1, 51))
    assert len(data.validation) == 5
    assert not set(data.train["label"]) & set(data.validation["label"])


@pytest.mark.parametrize(
    ("sizes", "taken"),
    [((90, *[1] * 10), 10), ((60, 40), 40), ((40, 60), 40), ((30, 36, 34), 30), ((97, 3), 3)],
)
def test_groups_that_are_far_too_large_are_passed_over(sizes: tuple[int, ...], taken: int) -> None:
    groups = [f"group {number}" for number, size in enumerate(sizes) for _ in range(size)]
    for seed in range(3):
        assert len(split_off_groups(groups, seed=seed).validation) == taken


def test_a_single_group_cannot_be_divided() -> None:
    with pytest.raises(JobError, match="about the same text"):
        split_off_groups(["a"] * 20)
