"""A real model server process and real (tiny) models in an object store on disk."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from workers.contract.results import Golden, ModelManifest
from workers.contract.serving import model_key_of

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "token-of-the-test-server"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "where", "is", "my", "parcel", "refund", "please", "now", "thanks"]
LABELS = ("delivery", "refund", "other")


def make_model(folder: Path, *, seed: int = 0, golden_error: float = 0.0) -> Path:
    """A tiny random BERT classifier with the manifest that an export would write."""
    folder.mkdir(parents=True)
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
        initializer_range=0.6,
    )
    model = BertForSequenceClassification(config).eval()
    model.save_pretrained(folder, safe_serialization=True)
    fast.save_pretrained(folder)
    texts = ["where is my parcel", "refund please"]
    with torch.inference_mode():
        scores = torch.softmax(model(**fast(texts, padding=True, return_tensors="pt")).logits, -1)
    golden = tuple(
        Golden(text=text, probabilities=tuple(abs(value - golden_error) for value in row.tolist()))
        for text, row in zip(texts, scores, strict=True)
    )
    manifest = ModelManifest(base_model="tiny", spec_sha256="0" * 64, labels=LABELS, max_length=32, golden=golden)
    (folder / "anneal.json").write_text(manifest.model_dump_json())
    return folder


def request_files(folder: Path) -> list[dict[str, str]]:
    """The files of a model directory as a predict request names them."""
    return [
        {
            "name": path.relative_to(folder).as_posix(),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "url": path.resolve().as_uri(),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


@dataclass
class Server:
    """A running model server."""

    process: subprocess.Popen[bytes]
    port: int
    data: Path

    def call(self, method: str, path: str, body: Any = None, *, token: str = TOKEN) -> tuple[int, Any, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, content, {"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read()), dict(answer.headers)
        finally:
            connection.close()

    def predict(self, folder: Path, texts: list[str] | None, **more: Any) -> tuple[int, Any, dict[str, str]]:
        files = request_files(folder)
        key = model_key_of((file["name"], file["sha256"]) for file in files)
        asked = {} if texts is None else {"texts": texts}
        return self.call("POST", "/predict", {"model_key": key, "files": files, **asked, **more})

    def model(self, name: str, **options: Any) -> Path:
        return make_model(self.data / "objects" / name, **options)

    def engine_pid(self) -> int | None:
        """The process id of the engine child, or None while there is none."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = [int(pid) for path in children for pid in path.read_text().split()]
        return pids[0] if pids else None

    def wait_ready(self, deadline_s: float = 90) -> None:
        deadline = time.monotonic() + deadline_s
        while time.monotonic() < deadline:
            try:
                if self.call("GET", "/healthz")[1]["engine"] == "ready":
                    return
            except OSError:
                assert self.process.poll() is None, "the server ended"
            select_wait()
        raise AssertionError("the model server did not become ready")


def select_wait() -> None:
    """Let a moment pass between two looks."""
    import threading

    threading.Event().wait(0.1)


@contextlib.contextmanager
def running_server(data: Path) -> Iterator[Server]:
    """A server of its own process over the object store in `data`."""
    (data / "objects").mkdir(exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "MODEL_SERVER_URL": f"http://127.0.0.1:{port}",
        "MODEL_SERVER_TOKEN": TOKEN,
        "ANNEAL_DATA_DIR": str(data),
        "ANNEAL_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen([sys.executable, "-m", "workers.inference.server"], env=environment, cwd=ROOT)
    made = Server(process, port, data)
    try:
        made.wait_ready()
        yield made
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("serving")) as made:
        yield made


@pytest.fixture
def start_server() -> Iterator[Callable[[Path], Server]]:
    """Starts servers of a test's own."""
    with contextlib.ExitStack() as running:
        yield lambda data: running.enter_context(running_server(data))
