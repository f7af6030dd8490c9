"""Jobs over HTTP: launching, bad input, lists, wishes, curves, events."""

from __future__ import annotations

import json
import math
import uuid
from dataclasses import replace
from typing import Any, get_args

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pydantic import BaseModel, ValidationError

from anneal.jobs.api.bodies import JobCreate, JobOverrides
from anneal.jobs.api.serializers import spec_changes
from anneal.jobs.models import Job
from anneal.jobs.series import thinned
from anneal.jobs.services.launch import field_path
from anneal.jobs.services.leases import (
    LeaseLost,
    job_claim,
    job_fail,
    job_finalizing,
    job_finish,
    job_heartbeat,
    job_release,
    job_started,
    job_warn,
)
from anneal.jobs.services.reports import Point, checkpoint_commit, log_write, metrics_write, phase_write
from tests.anneal.jobs.material import evaluation_document, job_make, job_row, version_make
from tests.support.people import Person
from workers.contract.catalogue import CATALOGUE, DECODER_TASKS, ENCODER_DECODER_TASKS
from workers.contract.columns import COLUMNS, TASKS
from workers.contract.events import Started
from workers.contract.spec import LARGE, JobSpec
from workers.contract.tfevents import event_file

pytestmark = pytest.mark.django_db
TRANSLATION = "augmentation.back_translation"
STARTED = Started(
    resumed_from_step=0,
    total_steps=10,
    steps_per_epoch=5,
    num_examples={"train": 100},
    trainable_parameters=5,
    total_parameters=7,
    fingerprint={},
)


def body(version_id: uuid.UUID, **changes: Any) -> dict[str, Any]:
    return {
        "dataset_version_id": str(version_id),
        "base_model": "minilm-l6-v2",
        "method": {"type": "full"},
        **changes,
    }


def merged_of(person: Person) -> list[dict[str, Any]]:
    files = [{"name": "m", "key": f"{person.tenant_id}/m", "sha256": "0" * 64, "size_bytes": 1}]
    return [{"kind": "merged", "files": files}]


def test_a_job_is_launched_whole(owner: Person) -> None:
    answer = owner.api.post("/jobs", body(version_make(owner), optimisation={"epochs": 3}, seed=7))
    assert answer.status_code == 201, answer.json()
    job = answer.json()
    assert job["state"] == "queued"
    assert job["reason"]["code"] == "user:launched"
    assert job["spec"]["optimisation"]["epochs"] == 3
    assert job["spec"]["optimisation"]["batch_size"] == "auto"
    assert job["spec"]["seed"] == 7
    assert job["spec"]["data"]["train"] == "train.parquet"
    assert job["queue_position"] == 1
    assert job["created_by"]["email"] == owner.user.email
    assert job["name"] == "Requests · MiniLM L6 v2"
    assert owner.api.get(f"/jobs/{job['id']}").json() == job
    [event] = owner.api.get(f"/jobs/{job['id']}/events").json()["data"]
    assert (event["seq"], event["from"], event["to"]) == (1, None, "queued")


@pytest.mark.parametrize(
    ("task", "changes"),
    [
        ("classification", {}),
        (
            "classification",
            {
                "method": {"type": "lora", "rank": 8},
                "optimisation": {"early_stopping": None, "averaging": {"type": "ema", "decay": 0.9}},
                "augmentation": {"cutoff": {"share": 0.2}},
                "checkpointing": {"keep_last": 3},
                "seed": 7,
            },
        ),
        (
            "regression",
            {
                "task": {"type": "regression", "max_length": 64},
                "search": {
                    "type": "random",
                    "space": {
                        "optimisation.learning_rate": {"type": "range", "low": 1e-5, "high": 1e-3, "is_log": True}
                    },
                },
                "optimisation": {"early_stopping": {"metric": "spearman", "min_delta": 0.01}},
            },
        ),
    ],
)
def test_a_job_says_the_shortest_launch_that_makes_it_again(owner: Person, task: str, changes: dict[str, Any]) -> None:
    asked = body(version_make(owner, task=task), **changes)
    first = owner.api.post("/jobs", asked)
    assert first.status_code == 201, first.json()
    launch = first.json()["launch"]
    told = {name: part for name, part in asked.items() if part != {"type": "full"}}
    assert launch == {**told, "name": first.json()["name"]}
    again = owner.api.post("/jobs", launch)
    assert again.json()["spec"] == first.json()["spec"]
    assert again.json()["spec_sha256"] == first.json()["spec_sha256"]


def test_early_stopping_can_be_switched_off(owner: Person) -> None:
    answer = owner.api.post("/jobs", body(version_make(owner), optimisation={"early_stopping": None}))
    assert answer.json()["spec"]["optimisation"]["early_stopping"] is None
    unchanged = owner.api.post("/jobs", body(version_make(owner), optimisation=None))
    assert unchanged.json()["spec"]["optimisation"]["early_stopping"] is not None


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"optimisation": {"leraning_rate": 0.1}}, "optimisation.leraning_rate"),
        ({"optimisation": {"epochs": 0}}, "optimisation.epochs"),
        ({"optimisation": {"learning_rate": "fast"}}, "optimisation.learning_rate"),
        ({"optimisation": {"r_drop": 99}}, "optimisation.r_drop"),
        ({"method": {"type": "lora", "rank": 400}}, "method.rank"),
        ({"method": {"type": "lora", "rank": 9999}}, "method.rank"),
        ({"method": {"type": "magic"}}, "method"),
        ({"task": {"max_length": 4000}}, "task.max_length"),
        ({"task": {"text_column": "body"}}, "task.text_column"),
        ({"base_model": "gpt-9"}, "base_model"),
        ({"surprise": 1}, "surprise"),
        ({"seed": -1}, "seed"),
        ({"name": ""}, "name"),
        ({"dataset_version_id": "x"}, "dataset_version_id"),
        ({"limits": {"max_seconds": 0}}, "limits.max_seconds"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_settings_name_the_field(owner: Person, changes: dict[str, Any], param: str) -> None:
    answer = owner.api.post("/jobs", body(version_make(owner), **changes))
    assert answer.status_code == 400, answer.json()
    assert answer.json()["error"]["param"] == param, answer.json()
    assert not owner.api.get("/jobs").json()["data"]


@pytest.mark.parametrize("task", TASKS)
def test_a_job_takes_the_task_of_its_dataset_version(owner: Person, task: str) -> None:
    version_id = version_make(owner, task=task)
    answer = owner.api.post("/jobs", body(version_id))
    if task not in CATALOGUE["minilm-l6-v2"].tasks:
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["param"]) == (400, "job.task_mismatch", "base_model")
        return
    assert answer.status_code == 201, answer.json()
    assert answer.json()["spec"]["task"]["type"] == task
    options = {f"{part.role}_column": part.role for part in COLUMNS[task]} | {"max_length": 64}
    for chosen in (options, {**options, "type": task}):
        job = owner.api.post("/jobs", body(version_id, task=chosen)).json()
        assert {"type": task, **options}.items() <= job["spec"]["task"].items()
    same = owner.api.post(f"/jobs/{job['id']}/duplicate", {"task": {"max_length": 32}}).json()
    assert (same["spec"]["task"]["type"], same["spec"]["task"]["max_length"]) == (task, 32)


@pytest.mark.parametrize(
    ("options", "param", "code"),
    [
        ({"type": "classification"}, "task.type", "job.other_task"),
        ({"type": "magic"}, "task.type", "job.other_task"),
        ({"type": ["regression"]}, "task.type", "job.other_task"),
        ({"label_column": "label"}, "task.label_column", "job.spec_invalid"),
        ({"tokens_column": "words"}, "task.tokens_column", "job.column_named"),
        ({"tokens_column": ["tokens"]}, "task.tokens_column", "job.column_named"),
        ({"max_length": 4}, "task.max_length", "job.spec_invalid"),
        ({"max_length": 1000}, "task.max_length", "job.max_length_too_large"),
        ({"surprise": 1}, "task.surprise", "job.spec_invalid"),
        (7, "task", "job.spec_invalid"),
        ([], "task", "job.spec_invalid"),
    ],
)
def test_task_options_are_checked_against_the_dataset_version(
    owner: Person, options: Any, param: str, code: str
) -> None:
    answer = owner.api.post("/jobs", body(version_make(owner, task="token_classification"), task=options))
    assert answer.status_code == 400, answer.json()
    error = answer.json()["error"]
    assert (error["param"], error["code"]) == (param, code)


@pytest.mark.parametrize(
    ("there", "more", "code", "param"),
    [
        ("made-up", {}, "base_model.unknown", f"{TRANSLATION}.there"),
        ("minilm-l6-v2", {}, "job.no_translator", f"{TRANSLATION}.there"),
        ("own-de-en", {"back": "made-up"}, "base_model.unknown", f"{TRANSLATION}.back"),
        ("own-de-en", {"back": "own-chat"}, "job.no_translator", f"{TRANSLATION}.back"),
        ("own-de-en", {"search": "own-chat"}, "job.no_translator", f"search.space.{TRANSLATION}.there"),
    ],
)
def test_back_translation_by_what_is_no_translator_is_refused_at_the_launch(
    owner: Person, monkeypatch: pytest.MonkeyPatch, there: str, more: dict[str, str], code: str, param: str
) -> None:
    for slug, tasks in (("own-de-en", ENCODER_DECODER_TASKS), ("own-chat", DECODER_TASKS)):
        monkeypatch.setitem(CATALOGUE, slug, replace(CATALOGUE["minilm-l6-v2"], slug=slug, tasks=tasks))
    augmentation = {"back_translation": {"there": there, "back": more.get("back", "own-de-en")}}
    space = {f"{TRANSLATION}.there": {"type": "choices", "values": ["own-de-en", more.get("search", "own-de-en")]}}
    search = {"type": "grid", "space": space} if "search" in more else None
    answer = owner.api.post("/jobs", body(version_make(owner), augmentation=augmentation, search=search))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)
    assert not owner.api.get("/jobs").json()["data"]
    augmentation["back_translation"] |= {"there": "own-de-en", "back": "own-de-en"}
    assert owner.api.post("/jobs", body(version_make(owner), augmentation=augmentation)).status_code == 201


VERDICTS = ("prompt", "completion", "label")
PAIRS = ("prompt", "chosen", "rejected")


@pytest.mark.parametrize(
    ("roles", "options", "loss", "code"),
    [
        (PAIRS, {}, "dpo", None),
        (VERDICTS, {}, "kto", None),
        (PAIRS, {"loss": "kto"}, None, "job.no_verdicts"),
        (VERDICTS, {"loss": "orpo"}, None, "job.no_pairs"),
    ],
)
def test_the_loss_of_a_preference_is_one_for_the_form_of_its_examples(
    owner: Person,
    monkeypatch: pytest.MonkeyPatch,
    roles: tuple[str, ...],
    options: dict[str, str],
    loss: str | None,
    code: str | None,
) -> None:
    monkeypatch.setitem(CATALOGUE, "minilm-l6-v2", replace(CATALOGUE["minilm-l6-v2"], tasks=DECODER_TASKS))
    version_id = version_make(owner, task="preference", roles=roles)
    answer = owner.api.post("/jobs", body(version_id, task=options)).json()
    if code is None:
        assert answer["spec"]["task"]["loss"] == loss
    else:
        assert (answer["error"]["code"], answer["error"]["param"]) == (code, "task.loss")


def test_a_search_over_losses_that_the_examples_do_not_allow_is_refused(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CATALOGUE, "minilm-l6-v2", replace(CATALOGUE["minilm-l6-v2"], tasks=DECODER_TASKS))
    version_id = version_make(owner, task="preference", roles=PAIRS)
    search = {"type": "grid", "space": {"task.loss": {"type": "choices", "values": ["dpo", "kto"]}}}
    error = owner.api.post("/jobs", body(version_id, search=search)).json()["error"]
    assert (error["code"], error["param"]) == ("job.no_verdicts", "search.space.task.loss")


def test_a_base_model_has_the_rates_that_auto_takes(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    [model] = owner.api.get("/base-models").json()["data"]
    assert (model["is_large"], model["usual_rates"]["token_classification"]) == (False, 3e-4)
    assert set(model["usual_rates"]) == set(model["tasks"])
    assert model["rate_factors"].keys() | {"auto"} == set(model["methods"])
    monkeypatch.setitem(CATALOGUE, "minilm-l6-v2", replace(CATALOGUE["minilm-l6-v2"], num_parameters=LARGE))
    assert owner.api.get("/base-models").json()["data"][0]["is_large"] is True


def test_a_job_takes_every_method_that_its_base_model_offers(owner: Person) -> None:
    version_id = version_make(owner)
    [model] = owner.api.get("/base-models").json()["data"]
    assert len(model["methods"]) > 2
    for method in model["methods"]:
        answer = owner.api.post("/jobs", body(version_id, method={"type": method}))
        assert answer.status_code == 201, answer.json()
        assert answer.json()["spec"]["method"]["type"] == method


def test_a_duplicate_on_data_of_another_task_is_refused(owner: Person) -> None:
    job_id = job_make(owner)
    other = version_make(owner, task="regression")
    answer = owner.api.post(f"/jobs/{job_id}/duplicate", {"dataset_version_id": str(other)})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "task.type")


@pytest.mark.parametrize("kind", [JobSpec, JobCreate, JobOverrides])
def test_no_tag_of_any_union_stands_in_a_field_path(kind: Any) -> None:
    """Whatever unions a spec gets: a setting that does not exist is named as the customer wrote it."""
    for name, field in kind.model_fields.items():
        if name == "task" and kind is not JobSpec:
            continue  # checked by the launch, as a part of the spec
        members = [member for member in _members(field.annotation) if "type" in member.model_fields]
        for member in members:
            tag = member.model_fields["type"].default
            with pytest.raises(ValidationError) as caught:
                kind.model_validate({name: {"type": tag, "surprise": 1}})
            paths = [".".join(field_path(problem["loc"], kind)) for problem in caught.value.errors()]
            assert f"{name}.surprise" in paths, (tag, paths)


def _members(annotation: Any) -> list[Any]:
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [member for part in get_args(annotation) for member in _members(part)]


@pytest.mark.parametrize("raw", [b"[]", b"7", b'"x"', b"null", b"{", b'{"base_model": "\\ud800"}'])
def test_a_body_that_is_no_object_is_refused(owner: Person, raw: bytes) -> None:
    assert owner.api.request("POST", "/jobs", raw).status_code == 400


def test_a_body_that_is_no_object_is_refused_in_the_language_of_the_request(owner: Person) -> None:
    error = owner.api.post("/jobs", [], Accept_Language="zh-CN").json()["error"]
    assert (error["code"], error["message"]) == ("request.malformed", "请求体不是有效的 JSON：应为对象")
    assert owner.api.post("/jobs", []).json()["error"]["message"] == "The body is not valid JSON: an object is expected"


@pytest.mark.parametrize(
    ("raw", "english", "chinese"),
    [
        (b'{"name":\n x}', "line 2, character 2", "第 2 行第 2 个字符"),
        (b'{"name": "\xff"}', "byte 11 is not UTF-8", "第 11 个字节不是 UTF-8"),
        (
            b'{"name": NaN}',
            "NaN, Infinity and numbers of thousands of digits are not taken",
            "不接受 NaN、Infinity 和数千位长的数字",
        ),
    ],
)
def test_what_is_wrong_with_a_body_is_told_in_the_language_of_the_request(
    owner: Person, raw: bytes, english: str, chinese: str
) -> None:
    def told(**headers: str) -> str:
        error = owner.api.request("POST", "/jobs", raw, **headers).json()["error"]
        assert error["code"] == "request.malformed"
        return error["message"]

    assert told() == f"The body is not valid JSON: {english}"
    assert told(Accept_Language="zh-CN") == f"请求体不是有效的 JSON：{chinese}"


def test_a_foreign_dataset_version_is_not_there(owner: Person, stranger: Person) -> None:
    foreign = owner.api.post("/jobs", body(version_make(stranger)))
    missing = owner.api.post("/jobs", body(uuid.uuid4()))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["error"]["code"] == missing.json()["error"]["code"] == "job.dataset_version_not_found"


def test_the_same_key_launches_once(owner: Person) -> None:
    request = body(version_make(owner))
    first = owner.api.post("/jobs", request, Idempotency_Key="one")
    second = owner.api.post("/jobs", request, Idempotency_Key="one")
    assert first.json() == second.json()
    assert owner.api.post("/jobs", {**request, "seed": 3}, Idempotency_Key="one").status_code == 409
    assert len(owner.api.get("/jobs").json()["data"]) == 1


def test_a_duplicate_differs_where_it_is_told_to(owner: Person) -> None:
    first = owner.api.post("/jobs", body(version_make(owner), optimisation={"epochs": 3})).json()
    second = owner.api.post(f"/jobs/{first['id']}/duplicate", {"method": {"type": "lora", "rank": 4}}).json()
    assert second["id"] != first["id"]
    assert second["spec"]["method"]["rank"] == 4
    assert second["spec"]["optimisation"] == first["spec"]["optimisation"]
    same = owner.api.post(f"/jobs/{first['id']}/duplicate", {}).json()
    assert same["spec_sha256"] == first["spec_sha256"]
    refused = owner.api.post(f"/jobs/{first['id']}/duplicate", {"optimisation": {"epoch": 3}})
    assert refused.json()["error"]["param"] == "optimisation.epoch"


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        ({"optimisation": {"epochs": 0}}, "it must be at least 1", "不得小于 1"),
        ({"optimisation": {"learning_rate": 2}}, "it must be at most 1", "不得大于 1"),
        (
            {"optimisation": {"schedule": "steep"}},
            "'linear', 'cosine' or 'constant'",
            "必须是 'linear', 'cosine' or 'constant'",
        ),
        ({"optimisation": {"leraning_rate": 1}}, "there is no such setting", "没有这个设置"),
        ({"method": {"type": "magic"}}, "there is no kind 'magic'", "没有类型 'magic'"),
        ({"seed": "many"}, "a whole number is needed", "应为整数"),
        (
            {"method": {"type": "adalora", "initial_rank": 8, "target_rank": 9}},
            "target_rank (9) must be below initial_rank (8)",
            "target_rank（9）必须小于 initial_rank（8）",
        ),
    ],
)
def test_a_spec_is_refused_in_the_language_of_the_request(
    owner: Person, changes: dict[str, Any], english: str, chinese: str
) -> None:
    wanted = body(version_make(owner), **changes)
    for language, words in (("en", english), ("zh-CN", chinese)):
        error = owner.api.post("/jobs/estimate", wanted, **{"Accept-Language": language}).json()["error"]
        assert words in error["message"]
        assert words in error["details"][0]["message"]


def test_a_list_costs_the_same_for_one_and_for_many(owner: Person) -> None:
    version_id = version_make(owner)
    job_make(owner, version_id)
    with CaptureQueriesContext(connection) as one:
        owner.api.get("/jobs")
    for _ in range(7):
        job_make(owner, version_id)
    with CaptureQueriesContext(connection) as many:
        answer = owner.api.get("/jobs")
    assert len(answer.json()["data"]) == 8
    assert len(many) == len(one)
    assert "spec" not in answer.json()["data"][0]


def test_lists_are_filtered(owner: Person) -> None:
    first = version_make(owner)
    a, b = job_make(owner, first, name="Alpha"), job_make(owner, name="Beta")
    owner.api.post(f"/jobs/{b}/cancel")
    dataset_id = owner.api.get(f"/jobs/{a}").json()["dataset"]["id"]

    def names(query: str) -> list[str]:
        return [job["name"] for job in owner.api.get(f"/jobs?{query}").json()["data"]]

    assert names("state=queued,running") == ["Alpha"]
    assert names("state=cancelled") == ["Beta"]
    assert names(f"dataset_id={dataset_id}") == ["Alpha"]
    assert names("q=bet") == ["Beta"]
    assert owner.api.get("/jobs?state=lost").json()["error"]["param"] == "state"
    assert owner.api.get("/jobs?dataset_id=x").status_code == 400


def test_a_list_says_who_is_next(owner: Person, stranger: Person) -> None:
    job_make(stranger)
    first, second = job_make(owner), job_make(owner)
    owner.api.post(f"/jobs/{job_make(owner)}/cancel")
    listed = {job["id"]: job["queue_position"] for job in owner.api.get("/jobs").json()["data"]}
    assert listed.pop(str(first)) == 1
    assert listed.pop(str(second)) == 2
    assert set(listed.values()) == {None}, "a job that does not wait has no place"


def test_waiting_jobs_obey_at_once(owner: Person) -> None:
    job_id = job_make(owner)
    assert owner.api.post(f"/jobs/{job_id}/pause").json()["state"] == "paused"
    assert owner.api.post(f"/jobs/{job_id}/pause").status_code == 409
    assert owner.api.post(f"/jobs/{job_id}/resume").json()["state"] == "queued"
    assert owner.api.post(f"/jobs/{job_id}/resume").status_code == 409
    cancelled = owner.api.post(f"/jobs/{job_id}/cancel").json()
    assert (cancelled["state"], cancelled["reason"]["code"]) == ("cancelled", "user:cancelled")
    assert cancelled["finished_at"]
    for wish in ("cancel", "pause", "resume"):
        answer = owner.api.post(f"/jobs/{job_id}/{wish}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "job.wrong_state")


def test_viewers_look_and_do_not_touch(owner: Person, viewer: Person) -> None:
    job_id = job_make(owner)
    assert viewer.api.get(f"/jobs/{job_id}").status_code == 200
    assert viewer.api.post(f"/jobs/{job_id}/cancel").status_code == 403
    assert viewer.api.patch(f"/jobs/{job_id}", {"name": "x"}).status_code == 403


def test_a_job_says_what_explains_it_in_the_language_of_the_request(owner: Person) -> None:
    job_id = job_make(owner, optimisation={"epochs": 5})
    job_claim(job_id=job_id, worker_id=uuid.uuid4())
    ids: dict[str, Any] = {"job_id": job_id, "attempt": 1}
    job_started(**ids, started=STARTED)
    assert owner.api.get(f"/jobs/{job_id}").json()["diagnoses"] == []
    falling = [Point("train/loss", step, step / 20, 1 / step) for step in range(1, 101)]
    judged = [
        Point("validation/loss", 20 * at, float(at), loss) for at, loss in enumerate([1.0, 0.5, 0.8, 0.9, 1.0, 1.2])
    ]
    metrics_write(**ids, points=[*falling, *judged])
    [finding] = owner.api.get(f"/jobs/{job_id}").json()["diagnoses"]
    assert (finding["code"], finding["severity"], finding["action"]) == ("passes:over_fitted", "warning", None)
    assert "validation loss was lowest after epoch 1 (0.5) and rose to 1.2 by epoch 5" in finding["message"]
    job_finish(**ids, step=100, evaluation=evaluation_document(), artifacts=merged_of(owner))
    with CaptureQueriesContext(connection) as queries:
        answer = owner.api.get(f"/jobs/{job_id}", **{"Accept-Language": "zh-CN"})
    [finding] = answer.json()["diagnoses"]
    assert finding["code"] == "passes:over_fitted_kept_best"
    assert finding["action"] == {"kind": "duplicate", "field": "optimisation.epochs", "value": 1}
    assert "验证损失从 0.5 升至 1.2" in finding["message"]
    assert sum("jobs_metric" in query["sql"] for query in queries) == 1
    assert sum("registry_evaluation" in query["sql"] for query in queries) == 1


def test_what_a_job_takes_of_its_machine_lies_at_seconds_beside_its_curves(owner: Person) -> None:
    job_id = job_make(owner)
    claim = job_claim(job_id=job_id, worker_id=uuid.uuid4())
    assert claim
    assert 0 <= claim.ran_s < 60
    ids: dict[str, Any] = {"job_id": job_id, "attempt": 1}
    job_started(**ids, started=STARTED)
    used = [Point("resource/memory", second, 0, 1e9) for second in (2, 4, 60)]
    metrics_write(**ids, points=[*used, Point("resource/memory_limit", 2, 0, 8e9)])
    metrics_write(**ids, points=[Point("train/loss", 1, 0.2, 0.5)], step=1)
    metrics = owner.api.get(f"/jobs/{job_id}/metrics").json()
    assert metrics["resources"] == [
        {"name": "memory", "points": [[2, 1e9], [4, 1e9], [60, 1e9]]},
        {"name": "memory_limit", "points": [[2, 8e9]]},
    ]
    assert metrics["series"] == [{"name": "train/loss", "points": [[1, 0.2, 0.5]]}]
    assert [step for step, _ in metrics["clock"]] == [1]
    only = owner.api.get(f"/jobs/{job_id}/metrics?names=resource/memory_limit").json()
    assert [len(only[part]) for part in ("series", "resources", "clock")] == [0, 1, 0]
    # They are no curves of training: programs that read those would take a second for a step.
    assert owner.api.get(f"/jobs/{job_id}/tensorboard").getvalue() == b"".join(event_file([("train/loss", 1, 0.5)]))
    record = json.loads(owner.api.get(f"/jobs/{job_id}/record").getvalue())
    assert record["series"] == {"train/loss": [[1, 0.5]]}


def test_a_later_attempt_writes_over_no_second_of_an_earlier_one(owner: Person) -> None:
    """The curves of training are cut where the attempt that counts has ended; what was used until then was used."""
    job_id = job_make(owner)
    assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    first: dict[str, Any] = {"job_id": job_id, "attempt": 1}
    job_started(**first, started=STARTED)
    metrics_write(**first, points=[Point("resource/memory", 50, 0, 1e9), Point("train/loss", 12, 2, 0.1)], step=12)
    job_release(**first)
    claim = job_claim(job_id=job_id, worker_id=uuid.uuid4())
    assert claim
    with pytest.raises(LeaseLost):
        metrics_write(**first, points=[Point("resource/memory", 52, 0, 1e9)])
    second = {"job_id": job_id, "attempt": claim.attempt}
    job_started(**second, started=STARTED)
    metrics_write(**second, points=[Point("resource/memory", 60, 0, 2e9), Point("train/loss", 10, 2, 0.2)], step=10)
    job_finish(**second, step=10, evaluation=evaluation_document(), artifacts=merged_of(owner))
    metrics = owner.api.get(f"/jobs/{job_id}/metrics").json()
    assert metrics["resources"] == [{"name": "memory", "points": [[50, 1e9], [60, 2e9]]}]
    assert metrics["series"] == [{"name": "train/loss", "points": [[10, 2, 0.2]]}]


def test_a_run_shows_in_every_view(owner: Person) -> None:
    job_id = job_make(owner)
    claim = job_claim(job_id=job_id, worker_id=uuid.uuid4())
    assert claim
    ids: dict[str, Any] = {"job_id": job_id, "attempt": 1}
    phase_write(**ids, phase="preparing")
    job_started(**ids, started=STARTED)
    phase_write(**ids, phase="training")
    points = [Point("train/loss", step, step / 5, 1 / step) for step in range(1, 11)]
    metrics_write(**ids, points=points, step=10, epoch=2.0, total_steps=10)
    metrics_write(**ids, points=points)  # said again
    job_warn(**ids, code="data:truncated", message="3 texts were cut off.", params={"num": 3})
    job_warn(**ids, code="data:truncated", message="3 texts were cut off.", params={"num": 3})
    checkpoint_commit(**ids, step=10, epoch=2.0, key_prefix="p", files=[], manifest_sha256="0" * 64, is_best=True)
    log_write(**ids, lines=["hello"])
    assert owner.api.get(f"/jobs/{job_id}/evaluation").json()["error"]["code"] == "evaluation.not_ready"
    job_finish(**ids, step=10, evaluation=evaluation_document(), artifacts=merged_of(owner))
    with owner.scope():
        seq = Job.objects.get(id=job_id).seq
    job = owner.api.get(f"/jobs/{job_id}").json()
    assert (job["state"], job["progress"]["step"], job["progress"]["committed_step"]) == ("succeeded", 10, 10)
    assert job["summary"] == {
        "primary": "accuracy",
        "value": 0.9,
        "metrics": {"accuracy": 0.9, "macro_f1": 0.9},
        "verdict": "better",
    }
    assert job["model_version_id"]
    [warning] = job["warnings"]
    assert warning["message"] == "3 texts were cut off."
    assert owner.api.get(f"/model-versions/{job['model_version_id']}").json()["job_id"] == str(job_id)
    metrics = owner.api.get(f"/jobs/{job_id}/metrics").json()
    assert metrics["last_seq"] == seq
    assert [step for step, _ in metrics["clock"]] == list(range(1, 11))
    assert all(0 <= seconds < 60 for _, seconds in metrics["clock"])
    assert metrics["series"] == [{"name": "train/loss", "points": [[s, s / 5, 1 / s] for s in range(1, 11)]}]
    assert owner.api.get(f"/jobs/{job_id}/metrics?after={seq}").json()["series"] == []
    curves = owner.api.get(f"/jobs/{job_id}/tensorboard")
    assert curves.getvalue() == b"".join(event_file(("train/loss", s, 1 / s) for s in range(1, 11)))
    assert "events.out.tfevents" in curves.headers["Content-Disposition"]
    assert owner.api.get(f"/jobs/{job_id}/metrics?max_points=2").status_code == 400
    assert owner.api.get(f"/jobs/{job_id}/evaluation").json()["verdict"]["outcome"] == "better"
    [checkpoint] = owner.api.get(f"/jobs/{job_id}/checkpoints").json()["data"]
    assert (checkpoint["step"], checkpoint["is_best"]) == (10, True)
    assert owner.api.get(f"/jobs/{job_id}/log").json() == {"lines": ["hello"]}
    events = owner.api.get(f"/jobs/{job_id}/events").json()["data"]
    assert [event["to"] for event in events if event["type"] == "state"] == [
        "queued",
        "starting",
        "running",
        "finalizing",
        "succeeded",
    ]
    notes = [(event["phase"], event["message"]) for event in events if event["type"] == "note"]
    assert notes == [("preparing", None), ("training", None), (None, "3 texts were cut off.")]
    page = owner.api.get(f"/jobs/{job_id}/events?limit=2").json()
    rest = owner.api.get(f"/jobs/{job_id}/events?after={page['next_cursor']}").json()
    assert page["data"] + rest["data"] == events


def test_characters_that_cannot_be_stored_cost_no_training(owner: Person) -> None:
    stuck, done = job_make(owner), job_make(owner)
    for job_id in (stuck, done):
        assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    job_fail(job_id=stuck, attempt=1, code="worker:crashed", params={"detail": "bad \x00 byte \ud800"}, step=0)
    assert job_row(stuck).reason_params["detail"] == "bad \ufffd byte \ufffd"

    ids: dict[str, Any] = {"job_id": done, "attempt": 1}
    job_warn(**ids, code="data:truncated", message="a\x00b", params={"num": 3})
    job_finalizing(**ids)
    document = evaluation_document()
    document["mistakes"] = [{"row": 1, "text": "a\x00b", "label": "card", "predicted": "cash", "confidence": 0.5}]
    assert job_finish(**ids, step=10, evaluation=document, artifacts=merged_of(owner)) == "succeeded"
    [mistake] = owner.api.get(f"/jobs/{done}/evaluation").json()["mistakes"]
    assert mistake["text"] == "a\ufffdb"


def test_the_wish_reaches_the_worker_by_its_heartbeat(owner: Person) -> None:
    job_id = job_make(owner)
    job_claim(job_id=job_id, worker_id=uuid.uuid4())
    assert job_heartbeat(job_id=job_id, attempt=1) == "run"
    assert owner.api.post(f"/jobs/{job_id}/cancel").json()["desired"] == "cancel"
    assert job_heartbeat(job_id=job_id, attempt=1) == "cancel"
    assert owner.api.post(f"/jobs/{job_id}/cancel").status_code == 200, "said twice is no error"
    assert owner.api.post(f"/jobs/{job_id}/resume").status_code == 409, "a cancelled job stays cancelled"


def test_reasons_speak_the_language_of_the_request(owner: Person) -> None:
    job_id = job_make(owner)
    english = owner.api.get(f"/jobs/{job_id}", Accept_Language="en").json()["reason"]["message"]
    chinese = owner.api.get(f"/jobs/{job_id}", Accept_Language="zh-CN").json()["reason"]["message"]
    assert english.isascii()
    assert not chinese.isascii()


def test_thinning_keeps_ends_and_peaks() -> None:
    points = [[float(step), 0.0, math.sin(step / 50)] for step in range(5000)]
    points[1234][2] = 40.0
    kept = thinned(points, 100)
    assert len(kept) == 100
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert points[1234] in kept
    assert thinned(points[:50], 100) == points[:50]


def test_a_spec_of_rules_that_hold_no_more_is_told_whole() -> None:
    spec = {"base_model": "minilm-l6-v2", "data": {"train": "train.jsonl"}}
    fractions = {"optimisation.epochs": {"type": "range", "low": 1, "high": 2}}
    assert "search" not in spec_changes(spec)
    of_before = {**spec, "search": {"type": "random", "space": fractions}}
    assert spec_changes(of_before) == of_before
