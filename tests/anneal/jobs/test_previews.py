"""Previews over HTTP and in the background: asked for once, made by a real child of the trainer's code, refused at launch, forgotten."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from anneal.common import leased_work
from anneal.common.leased_work import MAX_CRASHES
from anneal.common.outbox import outbox_relay
from anneal.common.tenancy import service_scope
from anneal.jobs.models import TokenPreview
from anneal.jobs.services import preview_child, previews
from anneal.jobs.services.previews import MAX_WAITING, preview_make, previews_reconcile
from anneal.jobs.tasks import make
from anneal.tenants.roles import Role
from tests.anneal.jobs.material import version_make
from tests.support.people import Person, person_join
from tests.workers.gpu.test_real_trainer import contents
from workers.contract.events import Failed
from workers.contract.preview import TokenisedPreview

pytestmark = pytest.mark.django_db


def body(version_id: uuid.UUID, **changes: Any) -> dict[str, Any]:
    return {"dataset_version_id": str(version_id), "base_model": "minilm-l6-v2", **changes}


def asked(person: Person, version_id: uuid.UUID, **changes: Any) -> dict[str, Any]:
    answer = person.api.post("/jobs/preview", body(version_id, **changes))
    assert answer.status_code in {200, 202}, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def shown(person: Person, preview_id: str) -> dict[str, Any]:
    answer = person.api.get(f"/jobs/previews/{preview_id}")
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def messages() -> list[tuple[str, str]]:
    sent: list[tuple[str, str]] = []
    outbox_relay(lambda topic, payload: sent.append((topic, payload.get("preview_id", ""))))
    return sent


def change(preview_id: str, **values: Any) -> None:
    with service_scope():
        TokenPreview.objects.filter(id=preview_id).update(**values)


def test_a_preview_is_made_by_the_trainers_code(owner: Person) -> None:
    version_id = version_make(owner, contents=contents())
    preview = asked(owner, version_id, task={"max_length": 8})
    assert (preview["state"], preview["result"]) == ("waiting", None)
    assert messages() == [("previews.make", preview["id"])]
    make(preview["id"])
    done = shown(owner, preview["id"])
    assert done["state"] == "done", done
    result = TokenisedPreview.model_validate(done["result"])
    assert result.max_length == 8
    assert len(result.rows) == preview_child.NUM_ROWS
    assert result.rows[0].target == ("card",)
    assert result.split.num_rows == 96
    assert result.file == "train.parquet"
    assert not list((Path(settings.ENVIRONMENT.anneal_data_dir) / "work").glob("preview-*"))
    make(preview["id"])
    assert shown(owner, preview["id"]) == done


def test_data_that_cannot_be_learnt_fail_the_preview_and_the_launch(owner: Person) -> None:
    version_id = version_make(owner)  # The files hold no rows.
    preview = asked(owner, version_id)
    make(preview["id"])
    failed = shown(owner, preview["id"])
    assert failed["state"] == "failed"
    assert failed["reason"]["code"] == "data:damaged"
    change(preview["id"], reason_code="data:no_trained_tokens")
    assert shown(owner, preview["id"])["reason"]["fault"] == "user"
    refused = owner.api.post("/jobs", body(version_id))
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "job.would_fail"
    assert "loss" in refused.json()["error"]["message"]
    # Other settings are another reading.
    assert owner.api.post("/jobs", body(version_id, task={"max_length": 64})).status_code == 201


def test_one_preview_for_equal_readings(owner: Person) -> None:
    version_id = version_make(owner)
    first = asked(owner, version_id)
    assert asked(owner, version_id, limits={"max_seconds": 900})["id"] == first["id"]
    assert asked(owner, version_id, checkpointing={"every_steps": 7})["id"] == first["id"]
    assert asked(owner, version_id, task={"max_length": 32})["id"] != first["id"]
    assert len(messages()) == 2


def test_a_failure_of_ours_is_tried_again_and_one_of_the_data_is_not(owner: Person) -> None:
    version_id = version_make(owner)
    preview = asked(owner, version_id)
    change(preview["id"], state="failed", reason_code="data:empty")
    assert asked(owner, version_id)["state"] == "failed"
    change(preview["id"], reason_code="platform:internal")
    again = asked(owner, version_id)
    assert (again["id"], again["state"], again["reason"]) == (preview["id"], "waiting", None)


def test_a_killed_worker_is_succeeded_and_given_up_after_some(owner: Person) -> None:
    preview = asked(owner, version_make(owner))
    messages()
    with service_scope():
        assert previews_reconcile() == 0, "asked a moment ago"
    past = timezone.now() - timedelta(minutes=2)
    change(preview["id"], asked_at=past, run=1, lease_until=timezone.now() + timedelta(minutes=1))
    with service_scope():
        assert previews_reconcile() == 0, "somebody makes it"
    change(preview["id"], lease_until=past)
    with service_scope():
        assert previews_reconcile() == 1
        assert previews_reconcile() == 0
    assert messages() == [("previews.make", preview["id"])]
    change(preview["id"], crashes=MAX_CRASHES - 1)
    make(preview["id"])
    assert shown(owner, preview["id"])["reason"]["code"] == "platform:internal"


def test_an_outage_of_the_store_is_waited_out_for_a_while(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    preview = asked(owner, version_make(owner))

    def away(**_: Any) -> Any:
        raise OSError("SlowDown")

    monkeypatch.setattr(previews, "file_fetch", away)
    for _ in range(MAX_CRASHES + 1):
        make(preview["id"])
    assert shown(owner, preview["id"])["state"] == "waiting"
    past = timezone.now() - timedelta(minutes=1)
    change(preview["id"], asked_at=past)
    make(preview["id"])
    with service_scope():
        assert previews_reconcile() == 0, "asked for again when the store may be back"
    monkeypatch.setattr(leased_work, "STORE_PATIENCE", timedelta())
    for _ in range(MAX_CRASHES + 1):
        make(preview["id"])
    assert shown(owner, preview["id"])["reason"]["code"] == "platform:internal", "not for ever"


def test_a_late_worker_writes_nothing(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    preview = asked(owner, version_make(owner))

    def overtaken(**_: Any) -> Any:
        change(preview["id"], run=99)
        return Failed(code="data:empty", message="too late")

    monkeypatch.setattr(previews, "preview_run", overtaken)
    preview_make(uuid.UUID(preview["id"]))
    assert shown(owner, preview["id"])["state"] == "waiting"


def test_previews_are_forgotten_after_a_day(owner: Person) -> None:
    preview = asked(owner, version_make(owner))
    change(preview["id"], expires_at=timezone.now() - timedelta(seconds=1))
    assert owner.api.get(f"/jobs/previews/{preview['id']}").status_code == 404
    with service_scope():
        assert previews_reconcile() == 1
        assert not TokenPreview.objects.filter(id=preview["id"]).exists()


def test_not_too_many_wait(owner: Person) -> None:
    version_id = version_make(owner)
    for seed in range(MAX_WAITING):
        asked(owner, version_id, seed=seed)
    refused = owner.api.post("/jobs/preview", body(version_id, seed=99))
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "preview.too_many_waiting")
    assert asked(owner, version_id, seed=1)["state"] == "waiting"


def test_bad_settings_are_refused_as_at_launch(owner: Person) -> None:
    refused = owner.api.post("/jobs/preview", body(version_make(owner), task={"max_length": 4000}))
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "task.max_length")
    viewer = person_join(owner.tenant_id, Role.VIEWER)
    assert viewer.api.post("/jobs/preview", body(version_make(owner))).status_code == 403


def test_a_preview_that_takes_too_long_is_ended_with_its_child(owner: Person, tmp_path: Path) -> None:
    spec = tmp_path / "spec.json"
    os.mkfifo(spec)  # The child waits for a spec that never comes.
    said = preview_child.preview_run(
        spec_path=spec, data_dir=tmp_path, folder=tmp_path, tick=lambda: None, most_seconds=0.5
    )
    assert said.type == "failed"
    assert said.code == "preview:too_long"


def test_the_child_knows_no_credentials_and_dies_with_its_starter(tmp_path: Path) -> None:
    code = (
        "import os,subprocess,sys,pathlib\n"
        "from workers.confinement import confined,scrubbed_environment\n"
        "child=subprocess.Popen([sys.executable,'-c','import os,sys;print(sorted(os.environ),flush=True);sys.stdin.read()'],\n"
        " stdin=subprocess.PIPE,env=scrubbed_environment(os.environ,pathlib.Path('.')),preexec_fn=confined(os.getpid()),\n"
        " start_new_session=True)\n"
        "print(child.pid,flush=True); sys.stdin.read()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "DATABASE_URL": "postgresql://secret", "SECRET_KEY": "secret", "PYTHONPATH": "."},
        text=True,
    )
    assert starter.stdout is not None
    lines = [starter.stdout.readline(), starter.stdout.readline()]
    pid = int(next(line for line in lines if line.strip().isdecimal()))
    names = next(line for line in lines if line.startswith("["))
    assert "DATABASE_URL" not in names
    assert "SECRET_KEY" not in names
    descriptor = os.pidfd_open(pid)
    starter.send_signal(signal.SIGKILL)
    starter.communicate()
    assert select.select([descriptor], [], [], 20)[0], "it outlived its starter"
    os.close(descriptor)
