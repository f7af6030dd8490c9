"""The model server over HTTP: right answers, and a refusal for everything that could do harm."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from transformers import pipeline

from tests.workers.inference.conftest import LABELS, make_model, request_files, select_wait
from workers.contract.serving import model_key_of

pytestmark = pytest.mark.slow
TEXTS = ["where is my parcel", "refund please", "thanks", "where is my refund now please thanks", "is my parcel here"]


def test_answers_equal_those_of_plain_transformers(server):
    folder = server.model("plain", seed=1)
    status, body, _ = server.predict(folder, TEXTS, top_k=3)
    assert status == 200, body
    wanted = pipeline("text-classification", model=str(folder), top_k=None)(TEXTS)
    for prediction, scores in zip(body["predictions"], wanted, strict=True):
        expected = {entry["label"]: entry["score"] for entry in scores}
        assert {entry["label"] for entry in prediction["labels"]} == set(LABELS)
        for entry in prediction["labels"]:
            assert entry["score"] == pytest.approx(expected[entry["label"]], abs=1e-5)
        found = [entry["score"] for entry in prediction["labels"]]
        assert found == sorted(found, reverse=True)


def test_first_answer_is_cold_and_later_ones_are_not(server):
    folder = server.model("cold", seed=2)
    assert [server.predict(folder, ["thanks"])[1]["is_cold"] for _ in range(2)] == [True, False]


def test_batched_answers_equal_single_ones(server):
    folder = server.model("batch", seed=3)
    together = server.predict(folder, TEXTS, top_k=3)[1]["predictions"]
    with ThreadPoolExecutor(8) as pool:
        apart = list(pool.map(lambda text: server.predict(folder, [text], top_k=3)[1]["predictions"][0], TEXTS * 4))
    for index, single in enumerate(apart):
        for one, other in zip(single["labels"], together[index % len(TEXTS)]["labels"], strict=True):
            assert one["label"] == other["label"]
            assert one["score"] == pytest.approx(other["score"], abs=1e-5)


def test_long_text_is_said_to_be_cut(server):
    folder = server.model("long", seed=4)
    prediction = server.predict(folder, ["please " * 100])[1]["predictions"][0]
    assert prediction["is_truncated"]
    assert prediction["num_tokens"] == 102


def test_killed_engine_comes_back_and_answers(server):
    folder = server.model("killed", seed=5)
    before = server.predict(folder, ["thanks"])[1]["predictions"]
    pid = server.engine_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    for _ in range(600):
        status, body, headers = server.predict(folder, ["thanks"])
        if status == 200:
            break
        assert status == 503
        assert headers["retry-after"] == "2"
        select_wait()
    assert server.engine_pid() != pid
    assert body["predictions"] == before


def test_token_is_needed(server):
    assert server.call("POST", "/predict", {}, token="another")[0] == 401
    assert server.call("GET", "/healthz", token="")[0] == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"texts": []}', b'{"model_key": "x", "files": [], "texts": ["a"]}']
)
def test_malformed_request_is_refused(server, body):
    status, answer, _ = server.call("POST", "/predict", body)
    assert (status, answer["code"]) == (400, "request.invalid")


def test_model_that_forgot_its_golden_answers_is_not_served(server):
    folder = server.model("parity", seed=6, golden_error=0.1)
    status, body, _ = server.predict(folder, ["thanks"])
    assert (status, body["code"]) == (422, "model.parity")
    assert server.predict(server.model("well", seed=7), ["thanks"])[0] == 200


def test_tampered_file_is_refused(server):
    folder = server.model("tampered", seed=8)
    files = request_files(folder)
    key = model_key_of((file["name"], file["sha256"]) for file in files)
    weights = folder / "model.safetensors"
    damaged = bytearray(weights.read_bytes())
    damaged[-1] ^= 1
    weights.write_bytes(damaged)
    status, body, _ = server.call("POST", "/predict", {"model_key": key, "files": files, "texts": ["a"]})
    assert (status, body["code"]) == (422, "model.damaged")
    assert not (server.data / "model-cache" / key).exists()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl", "modeling_custom.py"])
def test_file_that_could_carry_code_is_refused(server, name):
    folder = server.model(f"code-{name}", seed=9)
    (folder / name).write_bytes(b"x")
    status, body, _ = server.predict(folder, ["a"])
    assert (status, body["code"]) == (422, "model.forbidden_file")


def test_config_that_names_code_is_refused(server):
    folder = server.model("auto-map", seed=10)
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace("{", '{"auto_map": {"AutoModel": "evil.Model"},', 1))
    status, body, _ = server.predict(folder, ["a"])
    assert (status, body["code"]) == (422, "model.forbidden_file")


def test_file_outside_of_the_artifact_folder_is_refused(server, tmp_path):
    outside = make_model(tmp_path / "outside", seed=11)
    assert server.predict(outside, ["a"])[1]["code"] == "model.forbidden_url"
    linked = server.data / "objects" / "linked"
    linked.mkdir()
    for path in outside.iterdir():
        Path(linked / path.name).symlink_to(path)
    files = [{**file, "url": f"file://{linked}/{file['name']}"} for file in request_files(outside)]
    key = model_key_of((file["name"], file["sha256"]) for file in files)
    answer = server.call("POST", "/predict", {"model_key": key, "files": files, "texts": ["a"]})
    assert answer[1]["code"] == "model.forbidden_url"


def test_wrong_key_is_refused(server):
    folder = server.model("wrong-key", seed=12)
    body = {"model_key": "0" * 64, "files": request_files(folder), "texts": ["a"]}
    assert server.call("POST", "/predict", body)[1]["code"] == "model.wrong_key"
