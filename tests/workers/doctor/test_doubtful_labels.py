"""Label errors of label sets and of tags: how many of those that were planted are found, and how many of those found were planted."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.workers.doctor.version import Version, examined, numbered, sentence, well
from workers.doctor.found import Found, NotPossibleError

_TOPICS = ("card", "pin", "rate")


def _with_sets(num_rows: int) -> Version:
    """Every text speaks of one topic or of two."""
    draw = random.Random(3)  # noqa: S311 - test data
    version = well("multi_label", train=num_rows)
    for row in version["train"]:
        row["labels"] = sorted(draw.sample(_TOPICS, draw.choice((1, 2))))
        row["text"] = " ".join(sentence(draw, topic=topic) for topic in row["labels"])
    return version


def _planted(version: Version) -> dict[int, tuple[str, str]]:
    """Of one row in twenty a label is put in or taken out: by position, which of both, and the label."""
    draw = random.Random(4)  # noqa: S311 - test data
    planted = {}
    for place in draw.sample(range(len(version["train"])), len(version["train"]) // 20):
        row = version["train"][place]
        label = draw.choice(_TOPICS)
        planted[place] = ("wrong" if label not in row["labels"] else "missing", label)
        row["labels"] = sorted({*row["labels"]} ^ {label})
    return planted


def _precision_and_recall(found: Found | None, planted: set[int]) -> tuple[float, float]:
    assert found is not None
    named = {suspect.row for suspect in found.suspects}
    return len(named & planted) / len(named), len(named & planted) / len(planted)


def test_labels_too_many_and_too_few_are_found_and_told_apart(tmp_path: Path) -> None:
    version = _with_sets(400)
    before = numbered(version)
    true = [row["labels"] for row in before]
    planted = _planted(version)
    found = examined("label_errors", version, "multi_label", tmp_path)
    precision, recall = _precision_and_recall(found, {*planted})
    assert found is not None
    assert precision >= 0.9
    assert recall >= 0.85
    for suspect in found.suspects:
        if suspect.row in planted:
            kind, label = planted[suspect.row]
            assert suspect.note[kind] == [label]
    places = {row["id"]: place for place, row in enumerate(numbered(version))}
    relabelled = {places[change.id]: change.cells["labels"] for change in found.fixes["relabel"] if change.id}
    assert all(relabelled[place] == true[place] for place in relabelled.keys() & planted.keys())


def test_label_sets_that_no_text_explains_are_not_doubted(tmp_path: Path) -> None:
    version = _with_sets(200)
    draw = random.Random(5)  # noqa: S311 - test data
    for row in version["train"]:
        row["labels"] = sorted(draw.sample(_TOPICS, draw.choice((1, 2))))
    with pytest.raises(NotPossibleError, match="probe_too_weak"):
        examined("label_errors", version, "multi_label", tmp_path)
