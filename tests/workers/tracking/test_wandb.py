"""Runs in Weights & Biases: what is written without network, read back from its file, and what is said without its client."""

from __future__ import annotations

import importlib.util
import json
import struct
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.workers.tracking.run_folder import CARD
from workers.contract.events import Stopped
from workers.tracking.__main__ import main
from workers.tracking.folder import record_of
from workers.tracking.wandb import by_step, nested

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.workers.tracking.run_folder import RunFolder

_CLIENT = importlib.util.find_spec("wandb")
needs_client = pytest.mark.skipif(
    _CLIENT is None or _CLIENT.origin is None, reason="wandb is an extra: pip install -r requirements-tracking.txt"
)
_BLOCK = 32768
_HEADER = 7


def test_a_missing_client_is_said_with_what_to_install(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.finish()
    monkeypatch.setitem(sys.modules, "wandb", None)
    assert main(["wandb", str(folder.path), "--offline", str(folder.path / "offline")]) == 2
    assert capsys.readouterr().err == "The wandb package is missing: pip install -r requirements-tracking.txt\n"


def test_a_folder_that_the_client_left_is_not_taken_for_it(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.finish()
    left = ModuleType("wandb")
    left.__path__ = []  # as Python sees a folder without code
    monkeypatch.setitem(sys.modules, "wandb", left)
    monkeypatch.delitem(sys.modules, "wandb.errors", raising=False)
    assert main(["wandb", str(folder.path)]) == 2
    assert capsys.readouterr().err.startswith("The wandb package is missing")


def test_a_run_that_goes_on_is_not_sent_by_halves(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wandb", str(folder.path)]) == 2
    assert "once it has ended" in capsys.readouterr().err


def test_curves_come_step_by_step(folder: RunFolder) -> None:
    folder.step(2, **{"validation/loss": 0.4})
    assert by_step(record_of(folder.path)) == {
        1: {"train/loss": 1.0},
        2: {"train/loss": 0.5, "validation/loss": 0.4},
    }


def test_paths_become_levels() -> None:
    assert nested({"a": 1, "b.c": 2, "b.d.e": 3}) == {"a": 1, "b": {"c": 2, "d": {"e": 3}}}


@needs_client
def test_a_folder_that_was_sent_is_not_written_again(
    folder: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.finish()
    sent = tmp_path / "offline" / "wandb" / f"offline-run-20260101_000000-{record_of(folder.path).id}"
    sent.mkdir(parents=True)
    (sent / "run.wandb.synced").touch()
    assert main(["wandb", str(folder.path), "--offline", str(tmp_path / "offline")]) == 2
    assert "was sent already" in capsys.readouterr().err
    assert list((tmp_path / "offline" / "wandb").iterdir()) == [sent]


@needs_client
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_folder_for_sync_holds_the_run_once(
    folder: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["wandb", str(folder.path), "--project", "tickets", "--offline", str(tmp_path / "offline")]
    folder.tell(Stopped(step=2))
    assert main(command) == 0
    folder.start(resumed_from_step=2)
    folder.step(3)
    folder.finish()
    assert main(command) == 0
    record = record_of(folder.path)
    (written,) = (tmp_path / "offline" / "wandb").glob("offline-run-*")
    assert f"wandb sync {written}" in capsys.readouterr().out
    told = list(_told(written / f"run-{record.id}.wandb"))
    (run,) = (part.run for part in told if part.HasField("run"))
    assert (run.run_id, run.display_name, run.project, run.notes) == (record.id, record.name, "tickets", CARD)
    assert list(run.tags) == ["tiny-bert", "classification", "full"]
    assert run.host == "unknown"
    config = {update.key: json.loads(update.value_json) for update in run.config.update}
    assert config["parameters"]["optimisation"]["learning_rate"] == 0.0001
    assert config["environment"] == {"device": "cpu", "threads": "2"}
    steps = [
        {item.nested_key[0]: json.loads(item.value_json) for item in part.history.item}
        for part in told
        if part.HasField("history")
    ]
    assert [(step["_step"], step["train/loss"]) for step in steps] == [(1, 1.0), (2, 0.5), (3, 1 / 3)]
    summary = {
        update.key: json.loads(update.value_json)
        for part in told
        if part.HasField("summary")
        for update in part.summary.update
        if update.key
    }
    assert record.figures.items() <= summary.items()


def _told(path: Path) -> Iterator[Any]:
    """The records of a run file: blocks of 32 kB, in them pieces after a checksum, a length and a kind, as in LevelDB's log."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, at, whole = path.read_bytes(), _HEADER, b""
    while at + _HEADER <= len(data):
        if _BLOCK - at % _BLOCK < _HEADER:
            at += _BLOCK - at % _BLOCK
            continue
        size, kind = struct.unpack_from("<HB", data, at + 4)
        whole += data[at + _HEADER : at + _HEADER + size]
        at += _HEADER + size
        if kind in {1, 4}:  # a whole record, or the last piece of one
            yield Record.FromString(whole)
            whole = b""
