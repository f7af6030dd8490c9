"""What was measured before stays, and what means nothing is not kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import results


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(results, "_RESULTS", tmp_path / "RESULTS.json")
    return tmp_path


def names(figures: dict[str, Any]) -> str:
    return ", ".join(sorted(name for name in figures if name != "load"))


def test_other_sets_stay_when_one_is_measured_again(folder: Path) -> None:
    results.keep_set("4-quality", "sst2", {"value": 1, "load": "0"}, names)
    results.keep_set("4-quality", "mrpc", {"value": 2, "load": "0"}, names)
    results.keep_set("4-quality", "sst2", {"value": 3, "load": "0"}, names)
    figures = json.loads((folder / "RESULTS.json").read_text())["4-quality"]["figures"]
    assert (figures["sst2"]["value"], figures["mrpc"]["value"]) == (3, 2)
    assert "mrpc, sst2" in (folder / "RESULTS.md").read_text()


def test_nothing_is_saved_and_nothing_old_is_shown_when_a_run_is_small(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results.keep_set("4-quality", "sst2", {"value": 1, "load": "0"}, names)
    before = (folder / "RESULTS.json").read_bytes()
    capsys.readouterr()
    results.keep_set("4-quality", "mrpc", {"value": 2, "load": "0"}, names, is_quick=True)
    assert capsys.readouterr().out == "mrpc\n"
    assert (folder / "RESULTS.json").read_bytes() == before


def test_sets_of_different_machines_each_say_theirs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "machine", lambda: "2 cores of A")
    results.keep_set("4-quality", "sst2", {"value": 1, "load": "0"}, names)
    results.keep_set("4-quality", "mrpc", {"value": 2, "load": "0"}, names)
    assert "sst2: " not in (folder / "RESULTS.md").read_text()
    monkeypatch.setattr(results, "machine", lambda: "2 cores of B")
    results.keep_set("4-quality", "mrpc", {"value": 3, "load": "0"}, names)
    text = (folder / "RESULTS.md").read_text()
    assert "mrpc: 2 cores of B, 2" in text
    assert "sst2: 2 cores of A, 2" in text
