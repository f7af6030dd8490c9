"""Messy files with known damage, and real sets: each is imported or refused with a finding, fast, whatever is in it."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest

from anneal.datasets.tasks import inspect
from tests.anneal.datasets.look import look
from tests.anneal.datasets.steps import codes, dataset_of, mapped, shown

pytestmark = pytest.mark.django_db

# file -> codes of the errors when bad rows are not left out. Figures are in test_messy_files.py.
EXPECTED: dict[str, set[str]] = {
    "gbk_semicolon.csv": set(),
    "gb18030_tab.txt": set(),
    "utf16le_bom.tsv": set(),
    "utf8_bom_multiline.csv": set(),
    "cp1252_smartquotes.csv": set(),
    "strange_headers.csv": set(),
    "ragged.csv": {"data:ragged_row"},
    "duplicates_conflicts_label_noise.csv": {"data:missing_text", "data:missing_label"},
    "broken_lines.jsonl": {
        "data:bad_json",
        "data:missing_text",
        "data:not_an_object",
        "data:duplicate_key",
        "data:nan_value",
    },
    "mac_cr.csv": set(),
    "formula_cells.csv": set(),
    "singletons.csv": set(),
    "unicode_and_markup.csv": set(),
    "synthetic_pii.csv": set(),
    "mixed_encoding.csv": {"data:encoding"},
    "wide.csv": set(),
    "nul_bytes.csv": {"data:nul_byte"},
    "unclosed_quote.csv": {"data:unclosed_quote"},
    "huge_fields.csv.gz": {"data:field_too_long"},
    "mac_zip.zip": set(),
    "utf16_pretty.json": set(),
    # The last row is a total, which has neither text nor label.
    "multi_sheet_title_row.xlsx": {"data:missing_text"},
    "fake.csv": {"data:missing_text"},
    "numeric_labels.xlsx": set(),
}
# After it, nobody knows where rows begin.
NEVER_LEFT_OUT = {"data:unclosed_quote"}
REFUSED = {
    "empty.csv": "data:empty_file",
    "header_only.csv": "data:no_rows",
    "no_header.csv": "data:header_missing",
    "high_ratio.zip": "data:archive_bomb",
    "path_traversal.zip": "data:archive_slip",
}


@pytest.fixture(scope="module")
def messy(shared_data):
    folder = shared_data / "messy_derived"
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}")
    return folder


@pytest.mark.parametrize("name", EXPECTED)
def test_messy_file_is_imported_or_names_its_bad_rows(owner, messy, name):
    errors = EXPECTED[name]
    dataset = dataset_of(owner, ((messy / name).read_bytes(), name, "auto"))
    assert dataset["state"] == "needs_mapping", dataset["problems"]
    assert dataset["mapping"]["confidence"] > 0.85
    guess = {"text": dataset["mapping"]["text"], "label": dataset["mapping"]["label"]}
    strict = mapped(owner, dataset, **guess)
    assert set(codes(strict, "error")) == errors
    assert strict["state"] == ("invalid" if errors else "ready")
    if errors:
        lenient = mapped(owner, strict, **guess, skip_bad_rows=True)
        assert lenient["state"] == ("invalid" if errors & NEVER_LEFT_OUT else "ready")


@pytest.mark.parametrize("name", REFUSED)
def test_messy_file_is_refused_with_a_finding(owner, messy, name):
    dataset = dataset_of(owner, ((messy / name).read_bytes(), name, "auto"))
    assert dataset["state"] == "invalid"
    assert codes(dataset, "error") == [REFUSED[name]]


def test_lines_of_tokens_are_imported_but_for_the_one_without_a_tag(owner, messy):
    content = (messy / "ner_inconsistent.conll").read_bytes()
    dataset = dataset_of(owner, (content, "ner.conll", "auto"), task="token_classification")
    strict = mapped(owner, dataset)
    (problem,) = [problem for problem in strict["problems"] if problem["severity"] == "error"]
    assert (problem["code"], problem["row"]) == ("data:untagged_token", 49)
    lenient = mapped(owner, strict, skip_bad_rows=True)
    assert sum(lenient["latest_version"]["num_rows"].values()) == 149
    assert "data:tag_begins_inside" in codes(lenient, "warning"), "the span without a beginning is told"


def test_file_without_names_is_imported_after_saying_so(owner, messy):
    dataset = dataset_of(owner, ((messy / "no_header.csv").read_bytes(), "n.csv", "auto"))
    assert codes(dataset) == ["data:header_missing"]
    owner.api.patch(f"/datasets/{dataset['id']}/files/0", {"has_header": False})
    inspect(dataset["id"])
    dataset = shown(owner.api, dataset["id"])
    guess = {role: dataset["mapping"][role] for role in ("text", "label")}
    dataset = mapped(owner, dataset, **guess)
    assert sum(dataset["latest_version"]["num_rows"].values()) == 300


def test_smart_quotes_do_not_turn_into_rubbish(owner, messy):
    dataset = dataset_of(owner, ((messy / "cp1252_smartquotes.csv").read_bytes(), "c.csv", "auto"))
    row = owner.api.get(f"/datasets/{dataset['id']}/preview?limit=1").json()["data"][0]
    assert row["text"].startswith("\u201c")
    assert codes(dataset) == ["data:encoding_guessed"]


def test_swapped_columns_are_doubted(owner, messy):
    dataset = dataset_of(owner, ((messy / "utf16be_bom.csv").read_bytes(), "u.csv", "auto"))
    assert dataset["mapping"]["text"] == "label", "the contents contradict the names"
    assert dataset["mapping"]["confidence"] < 0.7


def test_every_file_of_the_collections_is_imported_warned_about_or_refused(shared_data):
    """Short of the tables, which are tried below with some: no exception, and a code for whatever is not read."""
    folders = [shared_data / name for name in ("messy_derived", "messy_fixtures")]
    paths = sorted(path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file())
    if not paths:
        pytest.skip("there are no messy files")
    for path in paths:
        content = path.read_bytes()
        for task in ("classification", "causal_lm", "token_classification"):
            if len(content) > 200_000 and task != "classification":
                continue
            found = look(content, path.name, task=task)
            assert found.codes() or any(file.rows for file in found.files), (path, task)
            assert all(file.reading or found.codes() for file in found.files), (path, task)


@pytest.mark.slow
def test_no_file_of_the_public_collection_crashes_or_hangs(owner, shared_data):
    """Through the whole platform: three of each kind in which reading finds the same. Reading is tried on all of them above."""
    folder = shared_data / "messy_fixtures"
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}")
    alike = defaultdict(list)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        alike[path.suffix, *sorted(set(look(path.read_bytes(), path.name).codes()))].append(path)
    for path in (path for paths in alike.values() for path in paths[:: -(-len(paths) // 3)]):
        dataset = dataset_of(owner, (path.read_bytes(), path.name, "auto"))
        assert dataset["state"] in {"needs_mapping", "invalid"}, path
        assert dataset["state"] == "needs_mapping" or codes(dataset, "error"), path
        assert "data:platform" not in codes(dataset), path
        assert owner.api.get(f"/datasets/{dataset['id']}/preview").status_code == 200, path
        names = [column["name"] for column in dataset["columns"]]
        if len(names) >= 2:
            after = mapped(owner, dataset, text=names[0], label=names[1])
            assert after["state"] in {"ready", "invalid"}, (path, after)


@pytest.mark.parametrize("name", ["banking77", "waimai_10k"])
def test_real_set_becomes_a_version(owner, shared_data, name):
    folder = shared_data / name
    files = [
        (path.read_bytes(), path.name, path.stem)
        for path in sorted(folder.glob("*.*"))
        if path.stem in {"train", "validation", "test"}
    ]
    if not files:
        pytest.skip(f"there are no files of splits in {folder}")
    dataset = dataset_of(owner, *files)
    assert dataset["state"] == "needs_mapping", dataset["problems"]
    guess = {"text": dataset["mapping"]["text"], "label": dataset["mapping"]["label"]}
    dataset = mapped(owner, dataset, **guess)
    assert dataset["state"] == "ready", dataset["problems"][:3]


REAL = {
    "conll2003": ("token_classification", {"LOC", "MISC", "ORG", "PER"}),
    "mit_restaurant": ("token_classification", None),
    "stsb": ("pair_regression", set()),
    "mrpc": ("pair_classification", {"paraphrase", "not_paraphrase"}),
    "bdci_car_aspects": ("multi_label", None),
    "semeval2017_headlines": ("regression", set()),
}


@pytest.mark.parametrize("name", REAL)
def test_real_set_of_another_task_is_recognised_and_becomes_a_version(owner, shared_data, name):
    task, labels = REAL[name]
    folder = shared_data / name
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}")
    paths = [folder / f"{split}.jsonl" for split in ("train", "validation", "test")]
    files = [(path.read_bytes(), path.name, path.stem) for path in paths]
    chosen = dataset_of(owner, *files)
    assert chosen["suggestion"]["task"] == task, "seen for what it is, though classification was chosen"
    dataset = dataset_of(owner, *files, task=task)
    assert dataset["suggestion"] is None
    assert dataset["mapping"]["confidence"] > 0.8
    assert {role: dataset["mapping"].get(role) for role in _required(dataset)} == {
        role: role for role in _required(dataset)
    }
    dataset = mapped(owner, dataset)
    assert dataset["state"] == "ready", dataset["problems"][:3]
    counts = dataset["latest_version"]["num_rows"]
    for path in paths:
        assert counts[path.stem] == len(path.read_bytes().splitlines()), path
    if labels is not None:
        assert {entry["label"] for entry in dataset["latest_version"]["labels"]} == labels


def _required(dataset):
    return [part["role"] for part in dataset["roles"]]


def test_real_questions_find_their_answers(shared_data, tmp_path):
    """In the CMRC 2018 some answers are not at their stated place, or not in their context at all."""
    from tests.anneal.datasets.test_kinds import built

    path = shared_data / "cmrc2018" / "train.jsonl"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    made, log = built(tmp_path, "question_answering", rows, skips_bad_rows=True)
    assert made is not None, log.as_json()[:3]
    print(made.num_rows, dict(log.counts))
    assert set(log.counts) <= {"data:answer_moved", "data:answer_not_in_context"}
    assert sum(made.num_rows.values()) + log.counts["data:answer_not_in_context"] == len(rows)
    assert log.num_problems < len(rows) / 10


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("tatoeba_en_zh", "translation"),
        ("dpo_en_demo", "preference"),
        ("glaive_toolcall_en_demo", "chat"),
        ("crosswoz_small", "chat"),
        ("wikitext2_valtest", "causal_lm"),
    ],
)
def test_real_set_of_a_task_to_come_is_read(shared_data, tmp_path, name, task):
    from tests.anneal.datasets.test_kinds import built

    path = shared_data / name / "train.jsonl"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    made, log = built(tmp_path, task, rows, skips_bad_rows=True)
    assert made is not None, log.as_json()[:3]
    print(name, made.num_rows, dict(log.counts))
    assert sum(made.num_rows.values()) >= 0.95 * len(rows)
