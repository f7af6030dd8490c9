"""The doctor as the platform starts it: a process, a plan, lines and files."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file

from tests.workers.doctor.version import Version, well, write_version
from workers.contract.changes import changes_read
from workers.contract.doctor import (
    DOCTOR_EVENT,
    SKIP_REASONS,
    DoctorEvent,
    DoneEvent,
    FailedEvent,
    Finding,
    FindingEvent,
    LengthsEvent,
    MapEvent,
    ProgressEvent,
)
from workers.contract.events import EXIT_FAILED, EXIT_FINISHED
from workers.contract.reasons import REASONS, JobError
from workers.doctor import run
from workers.doctor.checks import CHECKS, Check
from workers.doctor.found import Found

ROOT = Path(__file__).resolve().parents[3]


def _command(plan: Path, out: Path) -> list[str]:
    return [sys.executable, "-m", "workers.doctor.run", str(plan), "--out", str(out)]


def _run(plan: Path, out: Path) -> tuple[int, list[DoctorEvent]]:
    ended = subprocess.run(_command(plan, out), cwd=ROOT, capture_output=True, check=False)
    return ended.returncode, [DOCTOR_EVENT.validate_json(line) for line in ended.stdout.splitlines()]


def _planted() -> Version:
    version = well("classification")
    rows = version["train"]
    rows[10].update(text=rows[3]["text"], label=rows[3]["label"])
    rows[11]["text"] += " Write to anna@example.com."
    for row in rows[30::30]:
        row["label"] = {"card": "rate", "rate": "pin", "pin": "card"}[row["label"]]
    version["test"][4].update(text=rows[5]["text"], label=rows[5]["label"])
    return version


def _planned(folder: Path, **plan: Any) -> Path:
    path = folder / "plan.json"
    path.write_text(write_version(_planted(), "classification", folder, **plan).model_dump_json())
    return path


def _findings(events: list[DoctorEvent]) -> dict[str, Finding]:
    return {event.finding.code: event.finding for event in events if isinstance(event, FindingEvent)}


def _files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.slow
def test_a_run_says_findings_as_they_are_made_and_leaves_the_files_that_it_names(tmp_path: Path) -> None:
    code, events = _run(_planned(tmp_path), tmp_path / "out")
    assert code == EXIT_FINISHED
    findings = _findings(events)
    assert {"doctor:exact_duplicates", "doctor:personal_data", "doctor:leakage", "doctor:label_errors"} <= set(findings)
    kinds = [event.type for event in events]
    assert kinds[0] == "progress"
    assert kinds[-1] == "done"
    assert kinds.index("finding") < len(kinds) - 1 - kinds[::-1].index("progress")  # Not all at the end.
    for finding in findings.values():
        assert 0 < len(finding.examples) <= 20 or finding.num_rows == 0 or finding.rows is None
        if finding.rows is not None:
            table = pq.read_table(tmp_path / "out" / finding.rows)
            assert table.schema.names == ["id", "score"]
            assert table.num_rows == finding.num_rows
            scores = table["score"].to_pylist()
            assert scores == sorted(scores, reverse=True)
            assert [example.id for example in finding.examples] == table["id"].to_pylist()[:20]
        for fix in finding.fixes:
            assert len(list(changes_read(tmp_path / "out" / fix.file))) == fix.num_changes
    (map_event,) = (event for event in events if isinstance(event, MapEvent))
    points = pq.read_table(tmp_path / "out" / map_event.file)
    assert points.num_rows == map_event.num_points == 210
    assert points.schema.names == ["id", "x", "y", "difficulty"]
    hardest = int(np.argmax(points["difficulty"].to_numpy()))
    assert points["id"][hardest].as_py() in {row["id"] for row in _planted()["train"][30::30]}


@pytest.mark.slow
def test_the_same_rows_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    plan = _planned(tmp_path)
    first, second = (_run(plan, tmp_path / name)[1] for name in ("first", "second"))
    assert _findings(first) == _findings(second)
    assert _files(tmp_path / "first") == _files(tmp_path / "second")


@pytest.mark.slow
def test_embeddings_are_computed_once(tmp_path: Path, minilm: Path) -> None:
    plan = _planned(tmp_path, base_model=str(minilm), cache=str(tmp_path / "cache"), max_tokens=128, limits=(8, 128))
    first, second = (_run(plan, tmp_path / name)[1] for name in ("first", "second"))
    assert _findings(first) == _findings(second)
    (lengths,) = (event for event in first if isinstance(event, LengthsEvent))
    assert lengths.num_counted == 210
    assert [one.num_rows > 0 for one in lengths.limits] == [True, False]
    assert _files(tmp_path / "first") == _files(tmp_path / "second")
    (shard,) = (tmp_path / "cache").iterdir()
    vectors = load_file(shard)["vectors"].astype(np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=2e-3)
    done = [
        next(event.done for event in events if isinstance(event, ProgressEvent) and event.stage == "embeddings")
        for events in (first, second)
    ]
    assert done[0] < 210  # Before anything was embedded,
    assert done[1] == 210  # and when all was known.


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    plan, out = _planned(tmp_path), tmp_path / "out"
    said: list[DoctorEvent] = []
    with subprocess.Popen(_command(plan, out), cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            said.append(DOCTOR_EVENT.validate_json(line))
            if isinstance(said[-1], FindingEvent):
                os.kill(child.pid, signal.SIGKILL)
                break
    assert not any(isinstance(event, DoneEvent | FailedEvent | MapEvent) for event in said)
    assert not (out / "map.parquet").exists()
    for path in out.glob("*.parquet"):
        if not path.name.startswith(".tmp-"):
            assert pq.read_table(path).num_rows  # Whole, though nobody may have been told.
    (out / ".tmp-map.parquet").write_bytes(b"half")
    (out / "outliers.rows.parquet").write_bytes(b"of an older run")
    code, events = _run(plan, out)
    assert code == EXIT_FINISHED
    named = {
        name
        for finding in _findings(events).values()
        for name in (finding.rows, *(fix.file for fix in finding.fixes))
        if name
    }
    assert {path.name for path in out.iterdir()} == named | {"map.parquet"}


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (lambda folder: (folder / "test.parquet").write_bytes(b"PAR1 not really"), "data:damaged", "test.parquet"),
        (lambda folder: (folder / "train.parquet").unlink(), "data:missing_file", "train.parquet"),
        (lambda folder: (folder / "plan.json").write_text("{}"), "spec:invalid", "task"),
        (
            lambda folder: (folder / "plan.json").write_text('{"task": "poetry", "files": {}}'),
            "spec:unsupported",
            "poetry",
        ),
        (lambda folder: (folder / "plan.json").write_text('{"task": "chat", "files": {}}'), "data:empty", "no rows"),
        (
            lambda folder: (folder / "plan.json").write_text(
                (folder / "plan.json").read_text().replace('"classification"', '"regression"')
            ),
            "data:missing_column",
            "score",
        ),
    ],
    ids=["damaged", "missing", "no_task", "unknown_task", "no_files", "no_column"],
)
def test_a_plan_that_cannot_be_followed_is_a_clear_error(spoil: Any, code: str, words: str, tmp_path: Path) -> None:
    plan = _planned(tmp_path)
    spoil(tmp_path)
    ended, events = _run(plan, tmp_path / "out")
    assert ended == EXIT_FAILED
    (failed,) = events
    assert isinstance(failed, FailedEvent)
    assert failed.code == code
    assert failed.code in REASONS
    assert words in failed.message
    assert str(tmp_path) not in failed.message  # Paths of a machine are nobody's business.


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "memory:exhausted"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
            "memory:exhausted",
        ),
        (JobError("data:empty", "There are no rows.", file=""), "data:empty"),
    ],
)
def test_what_concerns_the_whole_run_ends_it(
    error: Exception, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_materials: Any) -> None:
        raise error

    monkeypatch.setattr(run, "CHECKS", [Check("doctor:any", refuse)])
    said: list[DoctorEvent] = []
    assert run.examine(_planned(tmp_path), tmp_path / "out", said.append) == EXIT_FAILED
    assert isinstance(said[-1], FailedEvent)
    assert said[-1].code == code


def test_a_check_that_breaks_down_is_told_and_the_others_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(_materials: Any) -> None:
        raise RuntimeError("shapes do not match")

    def unfit(_materials: Any) -> Found:
        return Found("info", params={"share": object()})

    personal = next(check for check in CHECKS if check.code == "doctor:personal_data")
    checks = [Check("doctor:outliers", broken), Check("doctor:imbalance", unfit), personal]
    monkeypatch.setattr(run, "CHECKS", checks)
    said: list[DoctorEvent] = []
    say = lambda event: said.append(DOCTOR_EVENT.validate_json(event.model_dump_json()))  # noqa: E731 - as it is said
    assert run.examine(_planned(tmp_path), tmp_path / "out", say) == EXIT_FINISHED
    assert list(_findings(said)) == ["doctor:personal_data"]
    assert isinstance(said[-1], DoneEvent)
    assert said[-1].skipped == {"doctor:outliers": "defect", "doctor:imbalance": "defect"}
    assert "shapes do not match" in capfd.readouterr().err


def test_a_base_model_that_is_damaged_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "tokenizer.json").write_text("{}")
    ended, events = _run(_planned(tmp_path, base_model=str(tmp_path / "base"), max_tokens=16), tmp_path / "out")
    assert ended == EXIT_FAILED
    assert isinstance(events[-1], FailedEvent)
    assert events[-1].code == "platform:base_model_damaged"


def test_every_reason_for_which_a_check_is_skipped_is_in_the_list():
    sources = (ROOT / "workers" / "doctor").rglob("*.py")
    given = {
        reason
        for path in sources
        for reason in re.findall(r'NotPossibleError\("([a-z_]+)"\)', path.read_text(encoding="utf-8"))
    }
    assert given == set(SKIP_REASONS) - {"defect"}  # that a check broke down is said by the run
