"""A folder of a run as a record: whole, in the making, broken off, and what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workers.tracking.run_folder import CARD, RunFolder
from workers.contract.events import Failed, Metrics, Stopped, TrialEnded
from workers.contract.record import RunRecord
from workers.tracking.errors import ExportError
from workers.tracking.folder import record_of

if TYPE_CHECKING:
    from pathlib import Path


def test_settings_curves_and_figures_of_a_whole_run(folder: RunFolder) -> None:
    folder.finish()
    record = record_of(folder.path)
    assert (record.name, record.state, record.card) == ("ticket-topics", "succeeded", CARD)
    assert record.series == {"train/loss": ((1, 1.0), (2, 0.5))}
    assert record.parameters["optimisation.learning_rate"] == 0.0001
    assert record.parameters["optimisation.weight_decay"] == 0.01
    assert "data.validation" not in record.parameters
    assert record.tags["base_model"] == "tiny-bert"
    assert record.tags["spec_sha256"] == folder.spec.sha256()
    assert record.tags["data_sha256"] == "d" * 64
    assert record.tags["environment.device"] == "cpu"
    assert "environment.image" not in record.tags
    assert record.figures["evaluation/tuned/accuracy"] == record.figures["evaluation/majority/accuracy"] == 0.9
    assert record.figures["evaluation/tuned/accuracy_low"] == pytest.approx(0.85)
    assert record.figures["evaluation/tuned/difference"] == 0.4
    assert record.ended_at is not None
    assert record.started_at <= record.ended_at


def test_the_rows_that_were_read_are_told_from_the_version_that_was_named(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", data={"train": "train.jsonl", "version_sha256": "e" * 64})
    folder.start()
    folder.step(1)
    tags = record_of(folder.path).tags
    assert (tags["data_sha256"], tags["dataset_version_sha256"]) == ("d" * 64, "e" * 64)


def test_lists_and_tables_are_json(tmp_path: Path) -> None:
    method = {"type": "lora", "target_modules": ["query", "键"]}
    folder = RunFolder(tmp_path / "run", method=method)
    folder.start()
    folder.step(1)
    assert record_of(folder.path).parameters["method.target_modules"] == '["query", "键"]'


def test_the_last_event_says_how_a_run_stands(folder: RunFolder) -> None:
    states = [record_of(folder.path).state]
    folder.tell(Stopped(step=2))
    states.append(record_of(folder.path).state)
    folder.start(resumed_from_step=2)
    states.append(record_of(folder.path).state)
    folder.tell(Failed(code="training:diverged", message="…"))
    states.append(record_of(folder.path).state)
    assert states == ["running", "stopped", "running", "failed"]


def test_a_run_stays_the_same_while_it_grows_and_is_no_other(folder: RunFolder, tmp_path: Path) -> None:
    before = record_of(folder.path)
    folder.tell(Stopped(step=2))
    folder.start(resumed_from_step=2)
    folder.step(3)
    folder.finish()
    assert record_of(folder.path).id == before.id
    others = [
        RunFolder(tmp_path / "another-name"),
        RunFolder(tmp_path / "another-seed", seed=1),
    ]
    for other in others:
        other.start()
        other.step(1)
    (tmp_path / "elsewhere").mkdir()
    same_name = RunFolder(tmp_path / "elsewhere" / "ticket-topics")
    same_name.start()
    same_name.step(1, **{"train/loss": 0.999})
    assert len({before.id, *(record_of(other.path).id for other in (*others, same_name))}) == 4


def test_values_of_trials_are_a_curve(folder: RunFolder) -> None:
    for number, value in enumerate((0.5, None, 0.75)):
        state = "failed" if value is None else "complete"
        folder.tell(TrialEnded(number=number, settings={}, state=state, value=value, steps=1, seconds=1, is_best=False))
    assert record_of(folder.path).series["search/value"] == ((0, 0.5), (2, 0.75))


def test_a_line_that_was_cut_off_is_left_out(folder: RunFolder) -> None:
    with (folder.path / "events.jsonl").open("a") as events:
        events.write(Metrics(step=3, epoch=1.5, values={"train/loss": 0.3}).model_dump_json()[:-9])
    assert record_of(folder.path).series == {"train/loss": ((1, 1.0), (2, 0.5))}


def test_the_record_of_the_platform_is_read_as_it_is(folder: RunFolder, tmp_path: Path) -> None:
    record = record_of(folder.path)
    (tmp_path / "record.json").write_text(record.model_dump_json())
    assert record_of(tmp_path / "record.json") == record
    assert RunRecord.model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"spec.json": None}, "spec.json cannot be read: No such file"),
        ({"spec.json": "{}"}, "spec.json is no JobSpec: Field required (at base_model)"),
        ({"events.jsonl": None}, "events.jsonl cannot be read"),
        ({"events.jsonl": ""}, "has no curve yet"),
        ({"evaluation.json": "["}, "evaluation.json is no Evaluation"),
    ],
)
def test_what_is_missing_or_broken_is_named(folder: RunFolder, broken: dict[str, str | None], said: str) -> None:
    for name, content in broken.items():
        if content is None:
            (folder.path / name).unlink()
        else:
            (folder.path / name).write_text(content)
    with pytest.raises(ExportError) as refusal:
        record_of(folder.path)
    assert said in str(refusal.value)
