"""Base models that whoever runs Anneal adds to the catalogue."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from workers.contract.catalogue import CATALOGUE, DECODER_TASKS, added_models

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = {**asdict(CATALOGUE["minilm-l6-v2"]), "slug": "ours", "package": None, "pooling": None, "tasks": DECODER_TASKS}


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "catalogue.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_entries_are_read(tmp_path: Path) -> None:
    (info,) = added_models(written(tmp_path, [ENTRY]), CATALOGUE)
    assert (info.slug, info.architecture, info.tasks) == ("ours", "decoder", DECODER_TASKS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nonsense", "is not a catalogue at"),
        ([{**ENTRY, "max_length": "long"}], r"0\.max_length"),
        ([{name: value for name, value in ENTRY.items() if name != "tasks"}], r"0\.tasks"),
        ([ENTRY, ENTRY], "every slug is there once"),
        ([{**ENTRY, "slug": "minilm-l6-v2"}], "in the catalogue already"),
    ],
)
def test_a_bad_file_stops_the_start_and_names_the_field(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(SystemExit, match=message):
        added_models(written(tmp_path, content), CATALOGUE)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="cannot be read"):
        added_models(tmp_path / "nowhere.json", CATALOGUE)
