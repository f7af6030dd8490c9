"""Names of people: where a tagger says that they stand, in texts of any length, and what becomes of them among other personal data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.workers.doctor.tagger import build_tagger
from tests.workers.doctor.version import Version, applied, materials_of, well, write_version
from workers.contract.doctor import DoneEvent, FindingEvent, NamesModel, ProgressEvent
from workers.contract.events import EXIT_FINISHED
from workers.doctor import names as names_module
from workers.doctor import run
from workers.doctor.cells import edited
from workers.doctor.checks import personal_data
from workers.doctor.found import Found, NotPossibleError
from workers.doctor.names import names_read
from workers.doctor.personal import masks


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> NamesModel:
    return build_tagger(tmp_path_factory.mktemp("tagger") / "model")


def _masked(texts: Sequence[str], tagger: NamesModel) -> list[str]:
    names = names_read(texts, tagger, seed=0, progress=lambda _done, _total: None)
    return [edited(text, masks(text, names.of(text))) for text in texts]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("My name is Anna Smith, from Paris.", "My name is [NAME], from Paris."),
        ("Anna Smith and Mei", "[NAME] and [NAME]"),
        # One word, whatever pieces the tokenizer makes of it: the first one decides.
        ("Annabergite is green", "[NAME] is green"),
        ("Lampberg is a hill", "Lampberg is a hill"),
        # What the tokenizer parts, and people do not.
        ("ask Jean-Luc or O'Brien", "ask [NAME] or [NAME]"),
        ("from O. Smith, O.J. Jones", "from [NAME], [NAME]"),
        ("Anna's letter", "[NAME]'s letter"),
        ("(Anna)", "([NAME])"),
        ("我叫王明。", "我叫[NAME]。"),
        # What is an address is no name, and a mask is none.
        ("write to anna@example.com", "write to [EMAIL]"),
        ("Anna Smith anna@example.com Smith", "[NAME] [EMAIL] [NAME]"),
        ("[NAME] wrote to 030/1234 5678", "[NAME] wrote to [PHONE]"),
        ("no one is here", "no one is here"),
    ],
)
def test_names_are_masked_where_they_stand(text: str, masked: str, tagger: NamesModel) -> None:
    assert _masked([text], tagger) == [masked]


def test_no_end_of_a_long_text_is_passed_over(tagger: NamesModel) -> None:
    words = ["lamp"] * 200
    for place in range(0, 200, 3):
        words[place] = "Anna"
    text = " ".join(words)
    assert _masked([text, "Anna", text[5:]], tagger) == [
        text.replace("Anna", "[NAME]"),
        "[NAME]",
        text[5:].replace("Anna", "[NAME]"),
    ]


def test_a_text_that_the_tokenizer_makes_nothing_of_has_no_names(tagger: NamesModel) -> None:
    opened = names_module._opened(Path(tagger.folder or ""), frozenset(tagger.types))
    assert opened.names(["\u200b"]) == [()]
    assert opened.names(["\u200b", "Anna"]) == [(), ((0, 4),)]


def test_a_word_is_judged_where_most_stands_around_it() -> None:
    windows = [(0, [0, 0, 0, 1, 1, 1]), (3, [2, 2, 3, 3, 3, 3]), (6, [4, 4, 4, 4])]
    assert [names_module._tag_of(piece, windows) for piece in range(10)] == [0, 0, 0, 1, 1, 3, 3, 3, 4, 4]


def test_texts_that_stand_twice_are_read_once_and_of_too_many_some_are_drawn(
    tagger: NamesModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counts(texts: Sequence[str]) -> tuple[int, int]:
        found = names_read(texts, tagger, seed=3, progress=lambda _done, _total: None)
        return found.num_read, found.num_texts

    assert counts(["Anna", "Anna", "is here", "123", ""]) == (2, 2)
    monkeypatch.setattr(names_module, "_MOST_WORK", 0)
    assert counts(["Anna", "Anna", "is here"]) == (1, 2)


@pytest.mark.parametrize("harm", ["weights", "manifest", "tokenizer", "types", "labels", "task", "folder"])
def test_a_model_that_cannot_be_read_is_told(harm: str, tmp_path: Path) -> None:
    model = build_tagger(tmp_path / "model")
    folder = tmp_path / "model"
    manifest = json.loads((folder / "anneal.json").read_text())
    reason = "names_model_damaged"
    match harm:
        case "weights":
            (folder / "model.safetensors").write_bytes(b"x" * 100)
        case "manifest":
            (folder / "anneal.json").unlink()
        case "tokenizer":
            (folder / "tokenizer.json").write_text("{}")
        case "types":
            model = NamesModel(folder=model.folder, types=("PERSON",))
        case "labels":
            (folder / "anneal.json").write_text(json.dumps({**manifest, "labels": ["O", "B-PER"]}))
        case "task":
            (folder / "anneal.json").write_text(json.dumps({**manifest, "task": "classification"}))
        case _:
            model, reason = NamesModel(folder=None, types=("PER",)), "names_model_gone"
    with pytest.raises(NotPossibleError) as refused:
        names_read(["Anna"], model, seed=0, progress=lambda _done, _total: None)
    assert refused.value.reason == reason


# --- the check


def _examined(version: Version, task: str, folder: Path, tagger: NamesModel) -> Found:
    materials = materials_of(version, task, folder)
    materials.read_names(tagger)
    found = personal_data.examine(materials)
    assert found is not None
    return found


def test_names_are_counted_and_shown_beside_the_other_kinds(tmp_path: Path, tagger: NamesModel) -> None:
    texts = ["Dear Anna Smith, this is Mei. Write to anna@example.com.", "I am Anna.", "No one is here."]
    version = {"train": [{"id": n, "text": text, "label": "a"} for n, text in enumerate(texts)]}
    found = _examined(version, "classification", tmp_path, tagger)
    assert (found.severity, found.params["name"], found.params["email"], found.params["places"]) == ("warning", 3, 1, 4)
    first, second = found.suspects
    assert first.note == {"kind": "name", "kinds": ["email", "name"], "role": "text", "names": ["Anna Smith", "Mei"]}
    assert (first.around, first.score, second.note["names"]) == (("text", 5), 3.0, ["Anna"])
    after = applied(version, found.fixes["mask"])
    assert after["train"][0]["text"] == "Dear [NAME], this is [NAME]. Write to [EMAIL]."
    found = personal_data.examine(materials_of(version, "classification", tmp_path))
    assert found is not None
    assert "name" not in found.params, "without a model none are looked for"


def test_masked_names_leave_every_token_its_tag(tmp_path: Path, tagger: NamesModel) -> None:
    version = well("token_classification")
    row = version["train"][0]
    row["tokens"] = ["Ask", "Anna", "Smith", "of", "Paris", ",", "or", "mei@example.com"]
    row["tags"] = ["O", "B-PER", "I-PER", "O", "B-LOC", "O", "O", "O"]
    found = _examined(version, "token_classification", tmp_path, tagger)
    after = applied(version, found.fixes["mask"])["train"][0]
    assert after["tokens"] == ["Ask", "[NAME]", "[NAME]", "of", "Paris", ",", "or", "[EMAIL]"]
    assert after["tags"] == row["tags"]


def test_names_in_conversations_are_found_message_by_message_and_in_calls(tmp_path: Path, tagger: NamesModel) -> None:
    version = well("chat")
    row = version["train"][0]
    row["messages"] = [
        {"role": "user", "content": "I am Mei"},
        {
            "role": "assistant",
            "content": "Jones wrote, Anna",
            "tool_calls": [{"function": {"name": "anna", "arguments": {"to": "Anna"}}}],
        },
    ]
    found = _examined(version, "chat", tmp_path, tagger)
    suspect = next(one for one in found.suspects if one.row == 0)
    assert suspect.note["names"] == ["Mei", "Jones", "Anna"]
    first, second = json.loads(applied(version, found.fixes["mask"])["train"][0]["messages"])
    assert (first["content"], second["content"]) == ("I am [NAME]", "[NAME] wrote, [NAME]")
    assert second["tool_calls"][0]["function"] == {"name": "anna", "arguments": {"to": "[NAME]"}}


def test_names_are_masked_and_dropped_in_some_columns_alone(tmp_path: Path, tagger: NamesModel) -> None:
    row = {"id": 7, "prompt": "I am Anna.", "chosen": "Hello Mei.", "rejected": "No."}
    version = {"train": [row]}
    found = _examined(version, "preference", tmp_path, tagger)
    assert set(found.by_columns["mask"]) == {("prompt",), ("chosen",)}
    row = applied(version, found.by_columns["mask"]["prompt",])["train"][0]
    assert (row["prompt"], row["chosen"]) == ("I am [NAME].", "Hello Mei.")


def test_how_many_texts_were_read_is_said_where_that_is_not_all(
    tmp_path: Path, tagger: NamesModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = {"train": [{"id": n, "text": f"I am Anna {'a' * n}", "label": "a"} for n in (1, 2, 3)]}
    assert "names_read" not in _examined(version, "classification", tmp_path, tagger).params
    monkeypatch.setattr(names_module, "_MOST_WORK", 0)
    params = _examined(version, "classification", tmp_path, tagger).params
    assert (params["names_read"], params["names_texts"]) == (1, 3)


# --- the run


def _said(version: Version, folder: Path, names: NamesModel) -> list[Any]:
    plan = folder / "plan.json"
    plan.write_text(write_version(version, "classification", folder, names=names).model_dump_json())
    said: list[Any] = []
    assert run.examine(plan, folder / "out", said.append) == EXIT_FINISHED
    return said


def test_a_run_looks_for_names_and_says_how_far_it_is(tmp_path: Path, tagger: NamesModel) -> None:
    version = {"train": [{"id": n, "text": f"lamp {n} of Anna", "label": "ab"[n % 2]} for n in range(6)]}
    said = _said(version, tmp_path, tagger)
    assert any(isinstance(one, ProgressEvent) and (one.stage, one.total) == ("names", 6) for one in said)
    found = {one.finding.code: one.finding for one in said if isinstance(one, FindingEvent)}
    assert found["doctor:personal_data"].params["name"] == 6
    assert found["doctor:personal_data"].examples[0].note["names"] == ["Anna"]


def test_without_its_model_a_run_does_the_rest_and_says_why(tmp_path: Path) -> None:
    version = {"train": [{"id": n, "text": f"lamp {n} of anna@example.com", "label": "ab"[n % 2]} for n in range(6)]}
    said = _said(version, tmp_path, NamesModel(folder=None, types=("PER",)))
    (finding,) = (one.finding for one in said if isinstance(one, FindingEvent) and "personal" in one.finding.code)
    assert (finding.params["email"], "name" in finding.params) == (6, False)
    (done,) = (one for one in said if isinstance(one, DoneEvent))
    assert done.skipped["names"] == "names_model_gone"
