"""Predictions over HTTP: right answers for the tenant, refusals for everybody else, and no database held meanwhile."""

from __future__ import annotations

import http.server
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from transformers import pipeline

from anneal.common.ids import uuid7
from tests.anneal.registry.published import files_of_folder, publish
from tests.support.people import Api, person_found
from tests.workers.inference.conftest import TOKEN, make_model, running_server

TEXTS = ["where is my parcel", "refund please"]


@contextmanager
def asking(url: str) -> Iterator[None]:
    environment = settings.ENVIRONMENT.model_copy(update={"model_server_url": url, "model_server_token": TOKEN})
    with override_settings(ENVIRONMENT=environment):
        yield


@pytest.fixture(scope="module")
def model_server(request):
    from tests.conftest import _DATA

    with running_server(_DATA) as made:
        yield made


@pytest.fixture
def served(model_server):
    with asking(f"http://127.0.0.1:{model_server.port}"):
        yield model_server


def _publish_tiny(person, tmp_path, seed=1):
    folder = make_model(tmp_path / f"model-{seed}", seed=seed)
    return folder, publish(person, tmp_path, files=files_of_folder(folder))


def _scores(prediction):
    return {row["label"]: row["score"] for row in prediction["labels"]}


@pytest.mark.slow
@pytest.mark.django_db
def test_published_model_answers_and_its_download_answers_alike(owner, viewer, served, tmp_path):
    _, version = _publish_tiny(owner, tmp_path)
    answer = viewer.api.post(f"/model-versions/{version.id}/predict", {"texts": TEXTS, "top_k": 3})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["model_version_id"] == str(version.id)
    assert body["is_cold"]
    assert body["milliseconds"] > 0
    artifact_id = owner.api.get(f"/model-versions/{version.id}").json()["artifacts"][0]["id"]
    link = owner.api.post(f"/artifacts/{artifact_id}/download-link").json()
    archive = b"".join(Api().client.get(link["url"]).streaming_content)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        opened.extractall(tmp_path / "downloaded")
    plain = pipeline("text-classification", model=str(tmp_path / "downloaded"), top_k=None)(TEXTS)
    for prediction, scores in zip(body["predictions"], plain, strict=True):
        expected = {row["label"]: row["score"] for row in scores}
        assert _scores(prediction) == pytest.approx(expected, abs=1e-5)
    again = owner.key().post(f"/model-versions/{version.id}/predict", {"texts": TEXTS[:1]}).json()
    assert not again["is_cold"]


@pytest.mark.slow
@pytest.mark.django_db
def test_model_that_does_not_repeat_its_answers_is_refused_with_the_reason(owner, served, tmp_path):
    folder = make_model(tmp_path / "model", seed=2, golden_error=0.1)
    version = publish(owner, tmp_path, files=files_of_folder(folder))
    answer = owner.api.post(f"/model-versions/{version.id}/predict", {"texts": ["a"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "model_server.refused")
    assert "recorded" in answer.json()["error"]["message"]


@pytest.mark.django_db
def test_foreign_and_missing_versions_answer_alike(owner, stranger, tmp_path):
    version = publish(owner, tmp_path)
    for identifier in (version.id, uuid7()):
        answer = stranger.api.post(f"/model-versions/{identifier}/predict", {"texts": ["a"]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_version.not_found")
    assert Api().post(f"/model-versions/{version.id}/predict", {"texts": ["a"]}).status_code == 401
    owner.api.delete(f"/models/{version.model_id}")
    assert owner.api.post(f"/model-versions/{version.id}/predict", {"texts": ["a"]}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "texts"),
        ({"texts": []}, "texts"),
        ({"texts": "where"}, "texts"),
        ({"texts": ["a"] * 65}, "texts"),
        ({"texts": ["ok", "x" * 20_001]}, "texts"),
        ({"texts": ["a\x00b"]}, "texts"),
        ({"texts": [""]}, "texts"),
        ({"texts": [None]}, "texts"),
        ({"texts": ["a"], "top_k": 0}, "top_k"),
        ({"texts": ["a"], "top_k": "many"}, "top_k"),
        ({"texts": ["a"], "model_key": "x"}, "model_key"),
        ({"texts": ["a"], "files": []}, "files"),
    ],
)
def test_bad_input_is_refused_by_name(owner, tmp_path, body, param):
    version = publish(owner, tmp_path)
    answer = owner.api.post(f"/model-versions/{version.id}/predict", body)
    assert answer.status_code == 400, answer.content
    assert answer.json()["error"]["param"].startswith(param)


PAIR = {"text_a": "where is it", "text_b": "on its way"}
ASKED = {"question": "where is it", "context": "it is on its way"}
TURN = {"role": "user", "content": "where is it"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("task", "body", "param", "code"),
    [
        ("classification", {"texts": ["a"], "inputs": [{"text": "a"}]}, "inputs", "predict.both"),
        ("classification", {"inputs": []}, "inputs", "request.invalid"),
        ("classification", {"inputs": ["a"]}, "inputs", "request.invalid"),
        ("classification", {"inputs": [{"text": "a"}] * 65}, "inputs", "request.invalid"),
        ("classification", {"inputs": [{"text": "a"}, {}]}, "inputs[1].text", "predict.missing_field"),
        ("classification", {"inputs": [PAIR]}, "inputs[0].text_a", "predict.unknown_field"),
        ("classification", {"inputs": [{"text": "a", "x" * 300: 1}]}, "inputs[0].xxx", "predict.unknown_field"),
        ("multi_label", {"inputs": [{"text": ["a"]}]}, "inputs[0].text", "predict.bad_text"),
        ("regression", {"inputs": [{"text": " "}]}, "inputs[0].text", "predict.bad_text"),
        ("regression", {"inputs": [{"text": "a\0"}]}, "inputs[0].text", "predict.bad_text"),
        ("regression", {"inputs": [{"text": "x" * 20_001}]}, "inputs[0].text", "predict.bad_text"),
        ("regression", {"inputs": [{"text": None}]}, "inputs[0].text", "predict.bad_text"),
        ("pair_classification", {}, "inputs", "predict.nothing"),
        ("pair_classification", {"texts": ["a"]}, "texts", "predict.no_texts"),
        ("pair_classification", {"inputs": [{"text": "a"}]}, "inputs[0].text", "predict.unknown_field"),
        ("pair_regression", {"inputs": [PAIR, {"text_a": "a"}]}, "inputs[1].text_b", "predict.missing_field"),
        ("pair_regression", {"inputs": [{**PAIR, "text_b": ""}]}, "inputs[0].text_b", "predict.bad_text"),
        ("token_classification", {"inputs": [{"tokens": "a b"}]}, "inputs[0].tokens", "predict.bad_tokens"),
        ("token_classification", {"inputs": [{"tokens": []}]}, "inputs[0].tokens", "predict.bad_tokens"),
        ("token_classification", {"inputs": [{"tokens": ["a", ""]}]}, "inputs[0].tokens", "predict.bad_tokens"),
        ("token_classification", {"inputs": [{"tokens": ["a", 1]}]}, "inputs[0].tokens", "predict.bad_tokens"),
        ("token_classification", {"inputs": [{"tokens": ["x"] * 20_000}]}, "inputs[0].tokens", "predict.bad_tokens"),
        ("token_classification", {"inputs": [{"text": "a", "tokens": ["a"]}]}, "inputs[0].", "predict.unknown_field"),
        ("question_answering", {"texts": ["a"]}, "texts", "predict.no_texts"),
        ("question_answering", {"inputs": [{"question": "a"}]}, "inputs[0].context", "predict.missing_field"),
        (
            "question_answering",
            {"inputs": [{**ASKED, "context": "x" * 50_001}]},
            "inputs[0].context",
            "predict.bad_text",
        ),
        (
            "question_answering",
            {"inputs": [{**ASKED, "question": "x" * 20_001}]},
            "inputs[0].question",
            "predict.bad_text",
        ),
        ("question_answering", {"inputs": [ASKED] * 9}, "inputs", "predict.too_many"),
        ("ranking", {"inputs": [{"query": "a", "candidates": "b"}]}, "inputs[0].candidates", "predict.bad_candidates"),
        ("ranking", {"inputs": [{"query": "a", "candidates": []}]}, "inputs[0].candidates", "predict.bad_candidates"),
        (
            "ranking",
            {"inputs": [{"query": "a", "candidates": ["b"] * 101}]},
            "inputs[0].cand",
            "predict.bad_candidates",
        ),
        ("ranking", {"inputs": [{"query": "a", "candidates": ["b", " "]}]}, "inputs[0].cand", "predict.bad_candidates"),
        (
            "ranking",
            {"inputs": [{"query": "a", "candidates": ["x" * 100_001]}]},
            "inputs[0].c",
            "predict.bad_candidates",
        ),
        ("ranking", {"inputs": [{"candidates": ["b"]}]}, "inputs[0].query", "predict.missing_field"),
        ("causal_lm", {"texts": ["a"]}, "texts", "predict.no_texts"),
        ("causal_lm", {"inputs": [{"prompt": ""}]}, "inputs[0].prompt", "predict.bad_text"),
        ("causal_lm", {"inputs": [{"prompt": "a"}] * 9}, "inputs", "predict.too_many"),
        ("causal_lm", {"inputs": [{"prompt": "a"}], "max_new_tokens": 257}, "max_new_tokens", "request.invalid"),
        ("chat", {"inputs": [{"messages": "a"}]}, "inputs[0].messages", "predict.bad_messages"),
        ("chat", {"inputs": [{"messages": []}]}, "inputs[0].messages", "predict.bad_messages"),
        ("chat", {"inputs": [{"messages": [TURN] * 101}]}, "inputs[0].messages", "predict.bad_messages"),
        ("chat", {"inputs": [{"messages": [TURN, {"role": "user"}]}]}, "inputs[0].messages[1]", "predict.bad_messages"),
        (
            "chat",
            {"inputs": [{"messages": [{**TURN, "role": "tool"}]}]},
            "inputs[0].messages[0]",
            "predict.bad_messages",
        ),
        ("chat", {"inputs": [{"messages": [{**TURN, "role": []}]}]}, "inputs[0].messages[0]", "predict.bad_messages"),
        ("chat", {"inputs": [{"messages": [{**TURN, "content": "\0"}]}]}, "inputs[0].mess", "predict.bad_messages"),
        ("chat", {"inputs": [{"messages": [{**TURN, "role": "assistant"}]}]}, "inputs[0].mess", "predict.bad_messages"),
        (
            "preference",
            {"inputs": [{"messages": [TURN], "prompt": "a"}]},
            "inputs[0].messages",
            "predict.unknown_field",
        ),
    ],
)
def test_question_that_does_not_fit_the_task_is_refused_by_name(owner, tmp_path, task, body, param, code):
    version = publish(owner, tmp_path, task=task)
    answer = owner.api.post(f"/model-versions/{version.id}/predict", body)
    assert answer.status_code == 400, answer.content
    error = answer.json()["error"]
    assert error["param"].startswith(param), error
    assert error["code"] == code
    assert len(error["param"]) <= 200


@pytest.mark.django_db
def test_task_without_a_server_says_so(owner, tmp_path):
    version = publish(owner, tmp_path, task="translation")
    answer = owner.api.post(f"/model-versions/{version.id}/predict", {"texts": ["a"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "predict.not_served")


@pytest.mark.django_db
def test_adapter_alone_is_published_and_downloaded_and_says_that_it_is_not_served(owner, tmp_path):
    files = {"adapter_config.json": b"{}", "adapter_model.safetensors": b"weights"}
    version = publish(owner, tmp_path, artifacts=[("adapter", files)])
    shown = owner.api.get(f"/model-versions/{version.id}").json()
    assert [artifact["kind"] for artifact in shown["artifacts"]] == ["adapter"]
    link = owner.api.post(f"/artifacts/{shown['artifacts'][0]['id']}/download-link").json()
    archive = b"".join(Api().client.get(link["url"]).streaming_content)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert set(files) < set(opened.namelist())
    for language, words in (("en", "not asked here"), ("zh-CN", "适配器")):
        body = {"texts": ["a"]}
        answer = owner.api.post(f"/model-versions/{version.id}/predict", body, Accept_Language=language)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "predict.adapter_only")
        assert words in answer.json()["error"]["message"]


@pytest.mark.django_db
def test_files_in_a_folder_of_the_model_are_sent_along(owner, tmp_path):
    """As vectors of texts have them, for sentence-transformers."""
    files = {"config.json": b"{}", "1_Pooling/config.json": b"{}"}
    version = publish(owner, tmp_path, files=files, task="embedding")
    seen = []

    def respond(body: bytes) -> tuple[int, bytes]:
        seen.append(json.loads(body))
        return 503, b""

    with answering(respond) as url, asking(url):
        owner.api.post(f"/model-versions/{version.id}/predict", {"texts": ["a"]})
    assert [file["name"] for file in seen[0]["files"]] == ["1_Pooling/config.json", "config.json"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("task", "body", "param", "said", "code"),
    [
        (
            "masked_lm",
            {"texts": ["a", "b"]},
            "texts[1]",
            {"code": "input.no_mask", "params": {"mask": "[MASK]"}},
            "no_mask",
        ),
        (
            "chat",
            {"inputs": [{"prompt": "a"}, {"messages": [TURN]}]},
            "inputs[1].messages",
            {"code": "input.too_long", "params": {"limit": 127, "count": 300}, "field": "messages"},
            "too_long",
        ),
    ],
)
def test_question_that_the_model_cannot_take_is_the_callers_mistake(owner, tmp_path, task, body, param, said, code):
    version = publish(owner, tmp_path, task=task)
    problem = {"message": "…", "place": 1, "field": "text", **said}
    with answering(lambda _: (422, json.dumps(problem).encode())) as url, asking(url):
        answer = owner.api.post(f"/model-versions/{version.id}/predict", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, f"predict.{code}", param)
    assert all(str(value) in error["message"] for value in said["params"].values())


SPAN = {"type": "PER", "start": 0, "end": 4, "text": "Anna", "score": 0.9}
ANSWERED = {
    "pair_classification": ([PAIR], {"kind": "labels", "labels": [{"label": "a", "score": 1.0}]}),
    "multi_label": (
        [{"text": "a"}],
        {"kind": "label_set", "labels": [{"label": "a", "score": 0.7, "is_given": True}], "threshold": 0.5},
    ),
    "regression": ([{"text": "a"}], {"kind": "number", "value": 3.5}),
    "pair_regression": ([PAIR], {"kind": "number", "value": -1.0}),
    "token_classification": ([{"tokens": ["Anna", "left"]}], {"kind": "spans", "spans": [SPAN]}),
    "question_answering": (
        [ASKED],
        {
            "kind": "answer",
            "passage": {"start": 6, "end": 16, "text": "on its way", "score": 0.8},
            "is_answer": True,
            "num_windows": 1,
        },
    ),
    "embedding": ([{"text": "a"}], {"kind": "vector", "vector": [0.6, -0.8]}),
    "similarity": ([PAIR], {"kind": "number", "value": 0.83}),
    "ranking": (
        [{"query": "a", "candidates": ["b", "c"]}],
        {"kind": "ranking", "candidates": [{"index": 1, "score": 0.9}, {"index": 0, "score": 0.1}], "threshold": None},
    ),
    "causal_lm": (
        [{"prompt": "a"}],
        {"kind": "text", "text": " b", "num_new_tokens": 1, "finished_by": "end"},
    ),
    "masked_lm": ([{"text": "a [MASK]"}], {"kind": "hidden_words", "masks": [[{"word": "b", "score": 0.5}]]}),
    "chat": ([{"messages": [TURN]}], {"kind": "text", "text": "b", "num_new_tokens": 9, "finished_by": "time"}),
    "preference": ([{"prompt": "a"}], {"kind": "text", "text": "b", "num_new_tokens": 1, "finished_by": "end"}),
}


@pytest.mark.django_db
@pytest.mark.parametrize("task", ANSWERED)
def test_answer_of_every_task_is_passed_on(owner, tmp_path, task):
    inputs, prediction = ANSWERED[task]
    version = publish(owner, tmp_path, task=task)
    prediction = {**prediction, "num_tokens": 3, "is_truncated": False}
    seen = []

    def respond(body: bytes) -> tuple[int, bytes]:
        seen.append(json.loads(body))
        return 200, json.dumps({"predictions": [prediction], "is_cold": False, "milliseconds": 1.5}).encode()

    with answering(respond) as url, asking(url):
        answer = owner.api.post(f"/model-versions/{version.id}/predict", {"inputs": inputs})
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "model_version_id": str(version.id),
        "predictions": [prediction],
        "is_cold": False,
        "milliseconds": 1.5,
    }
    assert seen[0]["inputs"] == inputs


@pytest.mark.django_db
def test_oversized_body_is_refused_before_it_is_read(owner, tmp_path):
    version = publish(owner, tmp_path)
    answer = owner.api.post(f"/model-versions/{version.id}/predict", b" " * (8 * 2**20 + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request.too_large")


@pytest.mark.django_db
def test_absent_model_server_is_a_503_that_says_when_to_come_back(owner, tmp_path):
    version = publish(owner, tmp_path)
    with asking("http://127.0.0.1:1"):
        answer = owner.api.post(f"/model-versions/{version.id}/predict", {"texts": ["a"]}, Accept_Language="zh-CN")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "model_server.unavailable")
    assert answer["Retry-After"] == "2"
    assert "模型服务器" in answer.json()["error"]["message"]


@contextmanager
def answering(respond: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    """A server on the loopback that answers as told, as a broken or a foreign one might."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = respond(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>"), (200, b"{}"), (500, b"oops"), (503, b""), (429, b"{}"), (404, b"")]
)
def test_nonsense_from_the_model_server_is_unavailable(owner, tmp_path, status, body):
    version = publish(owner, tmp_path)
    with answering(lambda _: (status, body)) as url, asking(url):
        answer = owner.api.post(f"/model-versions/{version.id}/predict", {"texts": ["a"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "model_server.unavailable")


def test_no_transaction_is_open_while_the_model_computes_and_the_text_is_not_kept(committed_db, tmp_path, caplog):
    owner = person_found("owner")
    version = publish(owner, tmp_path)
    seen = []

    def look(body: bytes) -> tuple[int, bytes]:
        with psycopg.connect(committed_db.owner_url, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in trans%'"
            ).fetchone()
        seen.append((rows[0], json.loads(body)))
        prediction = {"labels": [{"label": "a", "score": 1.0}], "num_tokens": 3, "is_truncated": False}
        return 200, json.dumps({"predictions": [prediction], "is_cold": False, "milliseconds": 1.5}).encode()

    from django.db import connection as database

    secret = "the customer's own words"
    with answering(look) as url, asking(url), CaptureQueriesContext(database) as captured:
        answer = owner.api.post(f"/model-versions/{version.id}/predict", {"texts": [secret]})
    assert answer.status_code == 200, answer.content
    assert answer.json()["predictions"] == [
        {"kind": "labels", "labels": [{"label": "a", "score": 1.0}], "num_tokens": 3, "is_truncated": False}
    ], "what was there before is there still, and the kind"
    ((num_open, sent),) = seen
    assert num_open == 0
    assert sent["texts"] == [secret]
    assert len(sent["model_key"]) == 64
    assert {file["url"].split(":")[0] for file in sent["files"]} == {"file"}
    assert all(str(owner.tenant_id) in file["url"] for file in sent["files"])
    assert not [query for query in captured.captured_queries if secret in query["sql"]]
    assert secret not in caplog.text
