"""The record of a job over HTTP: whole, in every state, and what the export command makes of it."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anneal.common.storage import store
from anneal.jobs import selectors
from anneal.jobs.services.leases import job_claim, job_finish, job_started
from anneal.jobs.services.reports import Point, metrics_write
from anneal.jobs.services.trials import trial_write
from tests.anneal.jobs.material import evaluation_document, job_make
from tests.anneal.jobs.test_jobs_api import STARTED
from tests.support.people import Person
from tests.workers.tracking.run_folder import RATE
from workers.contract.events import TrialEnded
from workers.contract.record import RunRecord
from workers.contract.tfevents import event_file
from workers.tracking.folder import record_of

pytestmark = pytest.mark.django_db
CARD = b"# A classifier of tickets\n"


def begun(person: Person, **options: Any) -> dict[str, Any]:
    ids = {"job_id": job_make(person, name="Tickets", **options), "attempt": 1}
    assert job_claim(job_id=ids["job_id"], worker_id=uuid.uuid4())
    job_started(**ids, started=STARTED.model_copy(update={"resolved": (RATE,), "fingerprint": {"device": "cpu"}}))
    metrics_write(**ids, points=[Point("train/loss", step, step / 5, 1 / step) for step in (1, 2)], step=2)
    return ids


def finish(person: Person, ids: dict[str, Any], folder: Path) -> str:
    """Publish a model with a card; the key of the card."""
    (folder / "card").write_bytes(CARD)
    key = f"{person.tenant_id}/{ids['job_id']}/README.md"
    store().put_file(key, folder / "card")
    file = {"name": "README.md", "key": key, "sha256": hashlib.sha256(CARD).hexdigest(), "size_bytes": len(CARD)}
    job_finish(**ids, step=2, evaluation=evaluation_document(), artifacts=[{"kind": "merged", "files": [file]}])
    return key


def record_read(person: Person, job_id: uuid.UUID) -> RunRecord:
    answer = person.api.get(f"/jobs/{job_id}/record")
    assert answer.status_code == 200, answer.getvalue()
    return RunRecord.model_validate_json(answer.getvalue())


def test_a_finished_job_is_whole_in_it(owner: Person, tmp_path: Path) -> None:
    ids = begun(owner)
    finish(owner, ids, tmp_path)
    record = record_read(owner, ids["job_id"])
    assert (record.id, record.name, record.state) == (str(ids["job_id"]), "Tickets", "succeeded")
    assert record.ended_at is not None
    assert record.started_at <= record.ended_at
    assert record.series == {"train/loss": ((1, 1.0), (2, 0.5))}
    assert record.parameters["optimisation.learning_rate"] == 0.0001
    job = owner.api.get(f"/jobs/{ids['job_id']}").json()
    assert record.tags["spec_sha256"] == job["spec_sha256"]
    assert record.tags["dataset_version_sha256"] == job["spec"]["data"]["version_sha256"]
    assert record.tags["environment.device"] == "cpu"
    assert record.figures["evaluation/tuned/accuracy"] == 0.9
    assert record.card == CARD.decode()


def test_a_job_that_waits_runs_or_was_stopped_has_one(owner: Person) -> None:
    waiting = record_read(owner, job_make(owner))
    assert (waiting.state, waiting.series, waiting.figures, waiting.card) == ("running", {}, {}, None)
    ids = begun(owner)
    running = record_read(owner, ids["job_id"])
    assert (running.state, running.ended_at, len(running.series["train/loss"])) == ("running", None, 2)
    stopped = job_make(owner)
    owner.api.post(f"/jobs/{stopped}/pause")
    assert record_read(owner, stopped).state == "stopped"
    owner.api.post(f"/jobs/{stopped}/cancel")
    assert record_read(owner, stopped).state == "stopped"


def test_values_of_trials_are_a_curve(owner: Person) -> None:
    space = {"optimisation.learning_rate": {"type": "choices", "values": [1e-5, 1e-4]}}
    ids = begun(owner, search={"type": "grid", "space": space})
    for number, value in enumerate((0.5, None)):
        state = "failed" if value is None else "complete"
        trial = TrialEnded(number=number, settings={}, state=state, value=value, steps=1, seconds=1, is_best=False)
        trial_write(**ids, trial=trial)
    assert record_read(owner, ids["job_id"]).series["search/value"] == ((0, 0.5),)


def test_without_the_file_of_the_card_the_rest_is_given(owner: Person, tmp_path: Path) -> None:
    ids = begun(owner)
    store().delete(finish(owner, ids, tmp_path))
    record = record_read(owner, ids["job_id"])
    assert record.card is None
    assert record.figures


@pytest.mark.parametrize("export", ["record", "tensorboard"])
def test_long_curves_are_read_while_they_are_taken(owner: Person, monkeypatch: pytest.MonkeyPatch, export: str) -> None:
    monkeypatch.setattr(selectors, "_POINTS_OF_PIECE", 2 if export == "record" else 400)
    ids = begun(owner)
    steps = range(1, 1501 if export == "tensorboard" else 8)
    for name in ("train/loss", "validation/loss"):
        metrics_write(**ids, points=[Point(name, step, step / 5, 1 / step) for step in steps], step=2)
    if export == "record":
        curve = tuple((step, 1 / step) for step in steps)
        assert record_read(owner, ids["job_id"]).series == {"train/loss": curve, "validation/loss": curve}
    answer = owner.api.get(f"/jobs/{ids['job_id']}/{export}")
    with CaptureQueriesContext(connection) as before:
        first = [next(answer.streaming_content) for _ in range(2 if export == "record" else 1)]
    with CaptureQueriesContext(connection) as after:
        rest = list(answer.streaming_content)
    assert 0 < len(before) < len(after), "the first comes before the last is read"
    if export == "tensorboard":
        points = [(name, step, 1 / step) for name in ("train/loss", "validation/loss") for step in steps]
        assert b"".join([*first, *rest]) == b"".join(event_file(points))


def test_the_export_command_reads_it(owner: Person, tmp_path: Path) -> None:
    ids = begun(owner)
    (tmp_path / "record.json").write_bytes(owner.api.get(f"/jobs/{ids['job_id']}/record").getvalue())
    assert record_of(tmp_path / "record.json") == record_read(owner, ids["job_id"])


def test_no_row_of_the_data_is_in_it(owner: Person) -> None:
    ids = begun(owner)
    mistake = {"row": 1, "text": "My card was swallowed", "label": "card", "predicted": "cash", "confidence": 0.9}
    job_finish(
        **ids,
        step=2,
        evaluation={**evaluation_document(), "mistakes": [mistake]},
        artifacts=[
            {
                "kind": "merged",
                "files": [{"name": "m", "key": f"{owner.tenant_id}/m", "sha256": "0" * 64, "size_bytes": 1}],
            }
        ],
    )
    assert mistake["text"] in owner.api.get(f"/jobs/{ids['job_id']}/evaluation").content.decode()
    assert mistake["text"] not in owner.api.get(f"/jobs/{ids['job_id']}/record").getvalue().decode()
