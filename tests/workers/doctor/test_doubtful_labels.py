"""Label errors of label sets and of tags: how many of those that were planted are found, and how many of those found were planted."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.workers.doctor.version import Version, examined, materials_of, numbered, sentence, well
from workers.contract.doctor import DoctorEvent, FindingEvent
from workers.contract.tags import spans_of
from workers.doctor.checks.doubtful_tags import of_whole_spans
from workers.doctor.found import Found, NotPossibleError, Suspect
from workers.doctor.report import Report

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


_NAMES = {
    "PER": "Anna Bruno Clara David Emma Felix Greta Hugo Irene Jonas Karin Lucas Maria Niels Olga Peter Rosa Simon Tina Viktor",
    "LOC": "Paris Berlin Madrid Lisbon Vienna Prague Warsaw Oslo Dublin Athens Zurich Geneva Milan Munich Naples Kyoto Seoul Boston",
    "ORG": "Siemens Toyota Nestle Pfizer Boeing Airbus Nokia Philips Shell Unilever Samsung Renault Bayer Novartis Ericsson Intel",
}
_SENTENCES = (
    "{PER} {PER} flew to {LOC} last week .",
    "In {LOC} the shares of {ORG} fell , said {PER} .",
    "{ORG} opens an office in {LOC} .",
    "{PER} works for {ORG} and lives in {LOC} .",
    "The mayor of {LOC} met {PER} {PER} of {ORG} .",
)


def _with_tags(num_rows: int) -> Version:
    draw = random.Random(6)  # noqa: S311 - test data
    version = well("token_classification", train=num_rows, others=5)
    for row in [row for rows in version.values() for row in rows]:
        tokens, tags = [], []
        for part in draw.choice(_SENTENCES).split():
            kind = part.strip("{}")
            is_name = kind in _NAMES
            tokens.append(draw.choice(_NAMES[kind].split()) if is_name else part)
            tags.append(f"{'I' if tags and tags[-1][2:] == kind else 'B'}-{kind}" if is_name else "O")
        row.update(tokens=tokens, tags=tags)
    return version


def _mistagged(version: Version) -> dict[int, tuple[str, str]]:
    """Of one row in twelve a whole span is taken for one of another type or for none: by position, its types then and before."""
    draw = random.Random(7)  # noqa: S311 - test data
    planted = {}
    for place in draw.sample(range(len(version["train"])), len(version["train"]) // 12):
        tags = version["train"][place]["tags"]
        span = draw.choice(spans_of(tags))
        wrong = draw.choice([name for name in ("O", *_NAMES) if name != span.type])
        for word in range(span.start, span.end):
            tags[word] = "O" if wrong == "O" else f"{tags[word][:2]}{wrong}"
        planted[place] = (wrong, span.type)
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


@pytest.mark.parametrize("reads", ["letters", "both"])
def test_wrong_tags_are_found_with_what_they_should_be(reads: str, tmp_path: Path, minilm: Path) -> None:
    version = _with_tags(160)
    planted = _mistagged(version)
    plan = {"base_model": str(minilm)} if reads == "both" else {}
    found = examined("label_errors", version, "token_classification", tmp_path, **plan)
    precision, recall = _precision_and_recall(found, {*planted})
    assert found is not None
    assert precision >= 0.9
    assert recall >= 0.7
    for suspect in found.suspects:
        if suspect.row in planted:
            assert (suspect.note["given"], suspect.note["suggested"]) == planted[suspect.row]
            assert suspect.around is not None
            start = suspect.around[1]
            text = " ".join(version["train"][suspect.row]["tokens"])[start : start + suspect.length]
            assert {*text.split()} <= {name for names in _NAMES.values() for name in names.split()}
    assert found.fixes.keys() == {"drop"}, "most of what is suggested of real tags is wrong"


@pytest.mark.parametrize("filler", [2, 60], ids=["whole", "cut"])
def test_an_example_says_which_of_the_signs_that_it_shows_are_in_question(filler: int, tmp_path: Path) -> None:
    version = well("token_classification", train=3)
    tokens = [*["filling"] * filler, "New", "York", *["filling"] * 60]
    version["train"][0].update(tokens=tokens, tags=["O"] * len(tokens))
    said: list[DoctorEvent] = []
    rows = materials_of(version, "token_classification", tmp_path).rows
    suspect = Suspect(0, 1.0, {}, ("tokens", 8 * filler), len("New York"))
    Report(rows, tmp_path, said.append).finding("doctor:label_errors", Found("info", [suspect]))
    (event,) = said
    assert isinstance(event, FindingEvent)
    (example,) = event.finding.examples
    at = example.note["at"]
    assert at["role"] == "tokens"
    assert example.cells["tokens"][at["start"] : at["end"]] == "New York"


def test_a_word_of_a_span_is_in_question_only_where_the_whole_span_is() -> None:
    tags = ["B-ORG", "I-ORG", "I-ORG", "O", "B-LOC", "O"]
    assert of_whole_spans(tags, {1: "O", 3: "PER", 4: "ORG"}) == {3: "PER", 4: "ORG"}
    assert of_whole_spans(tags, {0: "LOC", 1: "O", 2: "LOC"}) == {0: "LOC", 1: "O", 2: "LOC"}
