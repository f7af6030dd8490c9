"""Runs in MLflow: whole, once, within its limits, through faults, and without giving the key away."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.workers.tracking.run_folder import CARD
from tests.workers.tracking.tracking_server import Fault
from workers.tracking import mlflow
from workers.tracking.__main__ import main
from workers.tracking.errors import ExportError
from workers.tracking.folder import record_of
from workers.tracking.mlflow import Server, Tracking

if TYPE_CHECKING:
    from tests.workers.tracking.run_folder import RunFolder
    from tests.workers.tracking.tracking_server import TrackingServer
    from workers.contract.record import RunRecord

KEY = "key-of-a-customer"


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOKEN", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)


@pytest.fixture
def pauses() -> list[float]:
    """What a patient export would have waited, in seconds."""
    return []


@pytest.fixture
def tracking(tracking_server: TrackingServer, pauses: list[float]) -> Tracking:
    return Tracking(Server(tracking_server.url, pause=pauses.append))


@pytest.fixture
def record(folder: RunFolder) -> RunRecord:
    folder.finish()
    return record_of(folder.path)


def test_a_run_arrives_whole(
    folder: RunFolder, tracking_server: TrackingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.finish()
    record = record_of(folder.path)
    assert main(["mlflow", str(folder.path), "--url", tracking_server.url, "--experiment", "Tickets"]) == 0
    run = tracking_server.only_run
    assert capsys.readouterr().out == f"{tracking_server.url}/#/experiments/1/runs/run-1\n"
    assert list(tracking_server.experiments) == ["Tickets"]
    assert (run.info["run_name"], run.info["status"]) == ("ticket-topics", "FINISHED")
    assert record.ended_at is not None
    assert run.info["start_time"] == int(record.started_at.timestamp() * 1000)
    assert run.info["end_time"] == int(record.ended_at.timestamp() * 1000)
    assert run.params.keys() == record.parameters.keys()
    assert (run.params["optimisation.learning_rate"], run.params["seed"]) == ("0.0001", "0")
    assert run.params["optimisation.gradient_checkpointing"] == "false"
    assert record.tags.items() <= run.tags.items()
    assert run.tags["mlflow.note.content"] == CARD
    assert run.curve("train/loss") == [(1, 1.0), (2, 0.5)]
    assert {name: run.curve(name) for name in record.figures} == {
        name: [(0, value)] for name, value in record.figures.items()
    }
    assert tracking_server.files == {"1/run-1/artifacts/model_card.md": CARD.encode()}


def test_a_repeated_export_adds_what_is_new_and_nothing_twice(
    folder: RunFolder, tracking_server: TrackingServer, tracking: Tracking
) -> None:
    tracking.export(record_of(folder.path), "anneal")
    assert tracking_server.only_run.info["status"] == "RUNNING"
    folder.step(3)
    folder.finish()
    first = tracking.export(record_of(folder.path), "anneal")
    assert tracking.export(record_of(folder.path), "anneal") == first
    run = tracking_server.only_run
    assert run.info["status"] == "FINISHED"
    assert run.curve("train/loss") == [(1, 1.0), (2, 0.5), (3, 1 / 3)]
    assert run.curve("evaluation/tuned/accuracy") == [(0, 0.9)]


def test_settings_that_are_there_stay_as_they_are(
    record: RunRecord, tracking_server: TrackingServer, tracking: Tracking
) -> None:
    tracking.export(record, "anneal")
    tracking.export(record.model_copy(update={"parameters": {**record.parameters, "seed": 1, "new": 2}}), "anneal")
    params = tracking_server.only_run.params
    assert (params["seed"], params["new"]) == ("0", "2")


def test_requests_stay_within_the_limits(
    record: RunRecord, tracking_server: TrackingServer, tracking: Tracking
) -> None:
    curves = {name: tuple((step, step / 7) for step in range(1700)) for name in ("train/loss", "train/rate")}
    large = record.model_copy(
        update={
            "series": curves,
            "parameters": {**{f"setting.{number}": number for number in range(250)}, "long": "é" * 4000},
            "card": "漢" * 4000,
        }
    )
    tracking.export(large, "anneal")
    asked = len(tracking_server.asked)
    tracking.export(large, "anneal")
    run = tracking_server.only_run
    assert run.curve("train/loss") == list(curves["train/loss"])
    assert run.curve("train/rate") == list(curves["train/rate"])
    assert len(run.params) == 251
    assert run.params["long"].endswith("é…")
    assert run.tags["mlflow.note.content"].endswith("漢…")
    assert tracking_server.asked[:asked].count("runs/log-batch") == 3 + 1 + 4
    assert tracking_server.asked[asked:].count("metrics/get-history") == 2 * 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("experiments/get-by-name", 502),
        Fault("experiments/create", 504, is_late=True),
        Fault("runs/create", 500, is_late=True),
        Fault("runs/log-batch", 503),
        Fault("runs/log-batch", 429, {"Retry-After": "7"}),
        Fault("model_card.md", 503),
        Fault("runs/update", 503, is_late=True),
    ],
    ids=lambda fault: f"{fault.path} {fault.status}",
)
def test_a_server_that_is_away_for_a_moment_is_asked_again(
    record: RunRecord, tracking_server: TrackingServer, tracking: Tracking, pauses: list[float], fault: Fault
) -> None:
    tracking_server.faults.append(fault)
    tracking.export(record, "anneal")
    run = tracking_server.only_run
    assert run.curve("train/loss") == [(1, 1.0), (2, 0.5)]
    assert run.info["status"] == "FINISHED"
    assert len(tracking_server.experiments) == len(tracking_server.files) == 1
    assert pauses[0] == float(fault.headers.get("Retry-After", 1))


def test_an_experiment_that_somebody_makes_meanwhile_is_taken(
    record: RunRecord, tracking_server: TrackingServer, tracking: Tracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = tracking_server.add_experiment

    def overtaken(given: dict[str, str]) -> dict[str, str]:
        add(given)
        return add(given)

    monkeypatch.setattr(tracking_server, "add_experiment", overtaken)
    tracking.export(record, "anneal")
    assert tracking_server.only_run.info["experiment_id"] == "1"


def test_what_was_not_sent_is_sent_by_the_next_export(
    record: RunRecord, tracking_server: TrackingServer, tracking: Tracking, pauses: list[float]
) -> None:
    tracking_server.faults.extend([Fault("runs/update")] * 5)
    with pytest.raises(ExportError, match="answered mlflow/runs/update with 503"):
        tracking.export(record, "anneal")
    assert pauses == [1, 2, 4, 8]
    assert tracking_server.only_run.info["status"] == "RUNNING"
    tracking.export(record, "anneal")
    assert tracking_server.only_run.info["status"] == "FINISHED"
    assert tracking_server.only_run.curve("train/loss") == [(1, 1.0), (2, 0.5)]


def test_a_run_waits_for_a_server_that_cannot_be_reached(record: RunRecord, tracking_server: TrackingServer) -> None:
    with pytest.raises(ExportError, match="does not answer"):
        Tracking(Server("http://127.0.0.1:1", pause=lambda _: None)).export(record, "anneal")
    Tracking(Server(tracking_server.url)).export(record, "anneal")
    assert tracking_server.only_run.info["status"] == "FINISHED"


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ({"MLFLOW_TRACKING_TOKEN": KEY}, f"Bearer {KEY}"),
        (
            {"MLFLOW_TRACKING_USERNAME": "ann", "MLFLOW_TRACKING_PASSWORD": KEY},
            f"Basic {base64.b64encode(f'ann:{KEY}'.encode()).decode()}",
        ),
    ],
)
def test_the_key_comes_from_the_environment(
    record: RunRecord,
    tracking_server: TrackingServer,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    header: str,
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    tracking_server.authorization = header
    Tracking(Server(tracking_server.url)).export(record, "anneal")
    assert tracking_server.only_run.info["status"] == "FINISHED"


def test_a_wrong_key_is_said_and_not_shown(
    folder: RunFolder,
    tracking_server: TrackingServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", KEY)
    tracking_server.authorization = "Bearer another"
    assert main(["mlflow", str(folder.path), "--url", tracking_server.url]) == 2
    said = capsys.readouterr().err
    assert "with 401 UNAUTHENTICATED: You are not authenticated." in said
    assert KEY not in said


def test_the_key_does_not_follow_a_redirect(
    record: RunRecord, tracking_server: TrackingServer, tracking: Tracking
) -> None:
    elsewhere = {"Location": f"{tracking_server.url}/elsewhere"}
    tracking_server.faults.append(Fault("experiments/get-by-name", 302, elsewhere))
    with pytest.raises(ExportError, match="with 302"):
        tracking.export(record, "anneal")
    assert tracking_server.asked == ["experiments/get-by-name"]


def test_a_deleted_experiment_is_not_written_to(
    record: RunRecord, tracking_server: TrackingServer, tracking: Tracking
) -> None:
    tracking_server.experiments["anneal"] = {"experiment_id": "1", "lifecycle_stage": "deleted"}
    with pytest.raises(ExportError, match="was deleted"):
        tracking.export(record, "anneal")
    assert not tracking_server.runs


@pytest.mark.parametrize("root", ["s3://bucket", "file:///srv/files", "mlflow-artifacts://another-server"])
def test_the_card_stays_in_the_description_where_files_go_elsewhere(
    record: RunRecord, tracking_server: TrackingServer, tracking: Tracking, root: str
) -> None:
    tracking_server.artifact_root = root
    assert "the server takes no files" in tracking.export(record, "anneal")
    assert tracking_server.only_run.tags["mlflow.note.content"] == CARD
    assert not tracking_server.files


@pytest.mark.parametrize(
    "url", ["ftp://host", "host:5000", "https://", "https://ann:secret@host", "https://host?key=secret"]
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused(url: str) -> None:
    with pytest.raises(ExportError) as refusal:
        mlflow.Server(url)
    assert "secret" not in str(refusal.value)
