"""The bundled data set keeps what its datasheet promises, and `flaws.json` tells the truth about every planted flaw."""

import csv
import json
import re
from collections import Counter, defaultdict
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "platform" / "anneal" / "datasets" / "samples" / "customer_service"
SPLITS = ("train", "validation", "test")
FLAWS_PROMISED = {
    "exact_duplicate": 12,
    "near_duplicate": 15,
    "wrong_label": 20,
    "conflicting_labels": 4,
    "train_leak": 5,
    "personal_data": 8,
    "very_long": 3,
    "boilerplate_signature": 4,
    "odd_whitespace": 2,
}
PERSONAL_DATA = {
    "email": re.compile(r"[\w.]+@example\.(?:com|net|org)\b"),
    "phone": re.compile(r"\+44 7700 900\d{3}|020 7946 0\d{3}"),
    "card": re.compile(r"\b4\d{3}(?: \d{4}){3}\b"),
    "iban": re.compile(r"IBAN [A-Z]{2}\d\d"),
    "address": re.compile(r"\d+ Imaginary Lane"),
    "name": re.compile(r"Testmann|Placeholder|Invented|Fiction"),
    "birth_date": re.compile(r"born \d\d\.\d\d\.\d{4}"),
}
CONTACT_DETAILS = re.compile(
    r"\S@\S|\+\d\d[ \d]{7}|\b0\d{2,4} \d{3,4} \d{3,4}\b|\b(?:\d{4}[ -]?){3}\d{4}\b|\b[A-Z]{2}\d{2} [A-Z0-9]{4} "
)
ODD_WHITESPACE = re.compile(r"^\s|\s$|  |\t|\n|\u00a0|\u200b")


class Row(NamedTuple):
    text: str
    label: str


def _rows_of(split: str) -> list[Row]:
    with (FOLDER / f"{split}.csv").open(encoding="utf-8", errors="strict", newline="") as handle:
        reader = csv.reader(handle, strict=True)
        assert next(reader) == ["text", "label"]
        return [Row(*cells) for cells in reader]  # a row with a cell too many or too few fails here


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Row]]:
    return {split: _rows_of(split) for split in SPLITS}


@pytest.fixture(scope="module")
def flaws() -> list[dict]:
    return json.loads((FOLDER / "flaws.json").read_text(encoding="utf-8"))["flaws"]


def _of_kind(flaws: list[dict], kind: str) -> list[dict]:
    return [flaw for flaw in flaws if flaw["kind"] == kind]


def _flawed(flaws: list[dict], rows: dict[str, list[Row]], kind: str) -> list[tuple[dict, list[Row]]]:
    return [(flaw, [rows[flaw["split"]][number - 1] for number in flaw["rows"]]) for flaw in _of_kind(flaws, kind)]


def _likeness(a: str, b: str) -> float:
    return SequenceMatcher(None, a.lower(), b.lower(), autojunk=False).ratio()


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", text.lower().replace("'", "")))


def _alike(texts: list[str], others: list[str]) -> list[tuple[int, int]]:
    """Places of the pairs that read alike. Shared words are compared first: letters, for a million pairs, would take minutes."""
    words, other_words = [_words(text) for text in texts], [_words(text) for text in others]
    return [
        (one, other)
        for one, mine in enumerate(words)
        for other, theirs in enumerate(other_words)
        if len(mine & theirs) * 1.6 >= 0.6 * (len(mine) + len(theirs))  # at least 60 % of all their words in common
        and _likeness(texts[one], others[other]) > 0.8
    ]


def test_the_splits_have_the_promised_sizes(rows: dict[str, list[Row]]) -> None:
    assert {split: len(rows[split]) for split in SPLITS} == {"train": 1076, "validation": 150, "test": 200}


def test_files_are_plain_utf8_without_a_byte_order_mark() -> None:
    for split in SPLITS:
        content = (FOLDER / f"{split}.csv").read_bytes()
        assert content.startswith(b"text,label\n")
        assert b"\r" not in content
        assert b"\0" not in content
        assert "\ufffd" not in content.decode("utf-8")


def test_no_text_and_no_label_is_empty(rows: dict[str, list[Row]]) -> None:
    for split in SPLITS:
        for number, row in enumerate(rows[split], 1):
            assert row.text.strip(), f"{split} row {number} has no text"
            assert re.fullmatch(r"[a-z]+(?:_[a-z]+)*", row.label), f"{split} row {number} has the label {row.label!r}"


def test_every_split_has_the_same_labels_in_moderate_imbalance(rows: dict[str, list[Row]]) -> None:
    labels = {split: {row.label for row in rows[split]} for split in SPLITS}
    assert labels["train"] == labels["validation"] == labels["test"]
    assert len(labels["train"]) == 14
    counts = Counter(row.label for split in SPLITS for row in rows[split])
    assert min(counts.values()) >= 80
    assert max(counts.values()) <= 130


def test_the_datasheet_shows_the_real_counts(rows: dict[str, list[Row]]) -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    counts = {split: Counter(row.label for row in rows[split]) for split in SPLITS}
    for label in counts["train"]:
        line = next(line for line in readme.splitlines() if line.startswith(f"| `{label}` |"))
        assert [int(cell) for cell in line.strip("| ").split(" | ")[-3:]] == [counts[split][label] for split in SPLITS]
    for kind, count in FLAWS_PROMISED.items():
        assert re.search(rf"^\| `{kind}` \| {count} (?:pairs|rows) \|", readme, re.MULTILINE), kind
    assert f"{sum(len(rows[split]) for split in SPLITS):,} English messages" in readme


def test_the_examples_of_the_datasheet_are_from_the_data(rows: dict[str, list[Row]]) -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r'^\| `(\w+)` \| [^|]+ \| "([^|]+)" \|', readme, re.MULTILINE)
    assert len(examples) == 14
    known = {row for split in SPLITS for row in rows[split]}
    assert [Row(text, label) for label, text in examples if Row(text, label) not in known] == []


def test_the_count_of_each_flaw_is_as_promised(flaws: list[dict]) -> None:
    stated = json.loads((FOLDER / "flaws.json").read_text(encoding="utf-8"))["counts"]
    assert stated == FLAWS_PROMISED
    assert Counter(flaw["kind"] for flaw in flaws) == FLAWS_PROMISED


def test_every_flaw_names_rows_that_exist_and_only_one_kind_each(flaws: list[dict], rows: dict[str, list[Row]]) -> None:
    named = Counter((flaw["split"], number) for flaw in flaws for number in flaw["rows"])
    for split, number in named:
        assert 1 <= number <= len(rows[split])
    assert [place for place, times in named.items() if times > 1] == []
    assert {flaw["split"] for flaw in flaws} == {"train", "validation"}
    labels = {row.label for row in rows["train"]}
    assert {flaw["truth"]["label"] for flaw in flaws} <= labels


def test_the_only_repeated_texts_are_the_planted_ones(flaws: list[dict], rows: dict[str, list[Row]]) -> None:
    places = defaultdict(set)
    for split in SPLITS:
        for number, row in enumerate(rows[split], 1):
            places[" ".join(row.text.split()).lower()].add((split, number))
    found = {frozenset(where) for where in places.values() if len(where) > 1}

    planted = set()
    for flaw in flaws:
        where = {(flaw["split"], number) for number in flaw["rows"]}
        if flaw["kind"] in {"exact_duplicate", "conflicting_labels"}:
            planted.add(frozenset(where))
        if flaw["kind"] == "train_leak":
            planted.add(frozenset(where | {("train", flaw["truth"]["train_row"])}))
    assert found == planted


def test_duplicates_share_text_and_label(flaws: list[dict], rows: dict[str, list[Row]]) -> None:
    for flaw, (first, second) in _flawed(flaws, rows, "exact_duplicate"):
        assert first == second
        assert first.label == flaw["truth"]["label"]


def test_near_duplicates_are_alike_and_not_equal(flaws: list[dict], rows: dict[str, list[Row]]) -> None:
    for flaw, (first, second) in _flawed(flaws, rows, "near_duplicate"):
        assert first.text != second.text
        assert first.label == second.label == flaw["truth"]["label"]
        assert _likeness(first.text, second.text) > 0.85


def test_wrong_labels_are_given_and_differ_from_the_truth(flaws: list[dict], rows: dict[str, list[Row]]) -> None:
    for flaw, (row,) in _flawed(flaws, rows, "wrong_label"):
        assert row.label == flaw["truth"]["given"]
        assert row.label != flaw["truth"]["label"]


def test_conflicts_have_one_text_and_two_labels(flaws: list[dict], rows: dict[str, list[Row]]) -> None:
    for flaw, (first, second) in _flawed(flaws, rows, "conflicting_labels"):
        assert first.text == second.text
        assert first.label != second.label
        assert {first.label, second.label} == set(flaw["truth"]["labels"])
        assert flaw["truth"]["label"] in flaw["truth"]["labels"]


def test_leaks_are_rows_of_validation_that_train_has_too(flaws: list[dict], rows: dict[str, list[Row]]) -> None:
    for flaw, (row,) in _flawed(flaws, rows, "train_leak"):
        assert flaw["split"] == "validation"
        assert row == rows["train"][flaw["truth"]["train_row"] - 1]


def test_personal_data_is_where_it_is_said_to_be_and_nowhere_else(
    flaws: list[dict], rows: dict[str, list[Row]]
) -> None:
    for flaw, (row,) in _flawed(flaws, rows, "personal_data"):
        found = {kind for kind, pattern in PERSONAL_DATA.items() if pattern.search(row.text)}
        assert found == set(flaw["truth"]["found"])
        assert found
    planted = {(flaw["split"], *flaw["rows"]) for flaw in _of_kind(flaws, "personal_data")}
    others = [
        (split, number, row.text)
        for split in SPLITS
        for number, row in enumerate(rows[split], 1)
        if (split, number) not in planted and CONTACT_DETAILS.search(row.text)
    ]
    assert others == []


def test_only_the_planted_texts_are_very_long(flaws: list[dict], rows: dict[str, list[Row]]) -> None:
    planted = {row.text for _, found in _flawed(flaws, rows, "very_long") for row in found}
    assert {row.text for split in SPLITS for row in rows[split] if len(row.text.split()) >= 250} == planted


def test_only_the_planted_texts_have_odd_whitespace(flaws: list[dict], rows: dict[str, list[Row]]) -> None:
    spaced = {row.text for _, found in _flawed(flaws, rows, "odd_whitespace") for row in found}
    signed = {row.text for _, found in _flawed(flaws, rows, "boilerplate_signature") for row in found}
    found = {row.text for split in SPLITS for row in rows[split] if ODD_WHITESPACE.search(row.text)}
    assert found == spaced | signed  # a signature stands on lines of its own


def test_signatures_are_longer_than_the_message_above(flaws: list[dict], rows: dict[str, list[Row]]) -> None:
    for _, (row,) in _flawed(flaws, rows, "boilerplate_signature"):
        message, _, below = row.text.partition("\n\n")
        assert len(below) > len(message)


def test_validation_and_test_resemble_no_other_split_but_for_the_leaks(
    flaws: list[dict], rows: dict[str, list[Row]]
) -> None:
    leaks = {row.text for _, found in _flawed(flaws, rows, "train_leak") for row in found}
    texts = {split: [row.text for row in rows[split]] for split in SPLITS}
    for split, against in [("validation", "train"), ("test", "train"), ("test", "validation")]:
        mine = [text for text in texts[split] if text not in leaks]
        assert [(mine[one], texts[against][other]) for one, other in _alike(mine, texts[against])] == []


def test_train_has_no_near_duplicates_beyond_the_planted(flaws: list[dict], rows: dict[str, list[Row]]) -> None:
    planted = {tuple(flaw["rows"]) for flaw in flaws if flaw["split"] == "train" and len(flaw["rows"]) == 2}
    texts = [row.text for row in rows["train"]]
    alike = {(one + 1, other + 1) for one, other in _alike(texts, texts) if one < other}
    assert {(texts[one - 1], texts[other - 1]) for one, other in alike - planted} == set()


def test_word_counts_alone_leave_room_for_a_better_model(rows: dict[str, list[Row]]) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10, max_iter=2000)
    )
    model.fit([row.text for row in rows["train"]], [row.label for row in rows["train"]])
    accuracy = model.score([row.text for row in rows["test"]], [row.label for row in rows["test"]])
    assert accuracy == pytest.approx(0.71, abs=0.02)  # the README states it


def test_anneal_accepts_the_files_without_a_complaint(rows: dict[str, list[Row]], tmp_path: Path) -> None:
    from anneal.datasets.files.build import Build, BuildPlan, Part
    from anneal.datasets.files.columns import columns_measure, reading_with_columns
    from anneal.datasets.files.guess import mapping_guess, task_guess
    from anneal.datasets.files.problems import ProblemLog
    from anneal.datasets.files.reading import Source
    from anneal.datasets.files.sniff import bytes_scan, reading_detect

    log = ProblemLog()
    parts = []
    for split in SPLITS:
        source = Source(path=FOLDER / f"{split}.csv", name=f"{split}.csv")
        reading = reading_with_columns(source, reading_detect(source, bytes_scan(source.path, _ignore), log), log)
        statistics = columns_measure(source, reading)
        guess = mapping_guess(statistics, "classification")
        assert guess is not None
        assert guess.columns == {"text": "text", "label": "label"}
        assert task_guess(statistics, "classification") is None
        parts.append(Part(source=source, reading=reading, split=split))
    built = Build(tmp_path, BuildPlan("classification", {"text": "text", "label": "label"}), log, _ignore).run(parts)

    assert log.as_json() == []
    assert built is not None
    assert built.num_rows == {split: len(rows[split]) for split in SPLITS}


def _ignore(*_progress: object) -> None:
    """Progress that nobody watches."""
