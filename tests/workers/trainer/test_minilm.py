"""The real base model: found, checked, tuned for a few steps, and started warm."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from tests.workers.trainer.tiny import make_rows, write_rows
from workers.contract.catalogue import CATALOGUE
from workers.contract.events import event_from_json
from workers.contract.reasons import JobError
from workers.contract.results import Evaluation
from workers.trainer.bases import find_base
from workers.trainer.model import mean_pool

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[3]
SPEC = {
    "base_model": "minilm-l6-v2",
    "data": {"train": "train.jsonl", "validation": "validation.jsonl"},
    "optimisation": {"batch_size": 16},
    "limits": {"max_steps": 4},
}


@pytest.fixture
def job(tmp_path: Path) -> Path:
    write_rows(tmp_path / "train.jsonl", make_rows(90, seed=1))
    write_rows(tmp_path / "validation.jsonl", make_rows(30, seed=2))
    (tmp_path / "spec.json").write_text(json.dumps(SPEC))
    return tmp_path


@pytest.fixture
def warm() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "workers.trainer.warm"],
        cwd=REPOSITORY,
        env={**os.environ, "ANNEAL_THREADS": "2"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    yield process
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    if process.poll() is None:
        process.kill()
    process.wait(60)


def test_pooling_is_the_mean_that_the_base_was_trained_with() -> None:
    folder = find_base("minilm-l6-v2").folder
    model = AutoModel.from_pretrained(folder).eval()
    encoded = AutoTokenizer.from_pretrained(folder)(
        ["I lost my card", "a rather longer text about an exchange rate"], padding=True, return_tensors="pt"
    )
    with torch.inference_mode():
        hidden = model(**encoded)[0]
        weight = encoded["attention_mask"].unsqueeze(-1)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        pooled = mean_pool(hidden, encoded["attention_mask"], model.config)
    centred = mean - mean.mean(1, keepdim=True)
    assert torch.nn.functional.cosine_similarity(pooled, centred).min() > 0.9999


def test_refuses_weights_that_were_not_examined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "minilm-l6-v2"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"something else")
    monkeypatch.setenv("ANNEAL_MODELS_DIR", str(tmp_path))
    with pytest.raises(JobError, match="sha256") as caught:
        find_base("minilm-l6-v2")
    assert caught.value.reason.code == "platform:base_model_damaged"


def read_events(process: subprocess.Popen[bytes]) -> list[Any]:
    assert process.stdout is not None
    return [event_from_json(line) for line in process.stdout]


@pytest.mark.slow
def test_warm_trainer_says_ready_runs_one_job_and_exits(warm: subprocess.Popen[bytes], job: Path) -> None:
    assert warm.stdin is not None
    assert warm.stdout is not None
    assert event_from_json(warm.stdout.readline()).type == "ready"
    start = {"type": "start", "spec_path": str(job / "spec.json"), "out_dir": str(job / "out"), "data_dir": str(job)}
    warm.stdin.write(json.dumps(start).encode() + b"\n")
    warm.stdin.flush()
    events = read_events(warm)
    assert events[-1].type == "finished", events[-1]
    assert warm.wait(60) == 0
    document = Evaluation.model_validate_json((job / "out" / "evaluation.json").read_bytes())
    assert document.tuned.metrics["accuracy"].value > 0.8
    total = CATALOGUE["minilm-l6-v2"].num_parameters
    (started,) = [event for event in events if event.type == "started"]
    # The pre-training pooler is left out, a head of three labels is new.
    assert started.total_parameters == total - 384 * 385 + 3 * 385


@pytest.mark.slow
def test_warm_trainer_exits_when_it_is_not_needed(warm: subprocess.Popen[bytes]) -> None:
    assert warm.stdin is not None
    assert warm.stdout is not None
    assert event_from_json(warm.stdout.readline()).type == "ready"
    warm.stdin.close()
    assert warm.wait(60) == 0


@pytest.mark.slow
def test_warm_trainer_ends_at_once_when_terminated(warm: subprocess.Popen[bytes]) -> None:
    assert warm.stdout is not None
    assert event_from_json(warm.stdout.readline()).type == "ready"
    warm.send_signal(signal.SIGTERM)
    assert warm.wait(60) == 0
