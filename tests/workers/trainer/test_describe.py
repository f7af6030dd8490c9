"""A base model of one's own: described, added to the catalogue, and learnt by the command that everybody uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.workers.trainer.tiny import spec_dict, write_task
from workers.contract.catalogue import CATALOGUE, DECODER_TASKS, ENCODER_DECODER_TASKS, READING_TASKS
from workers.trainer.describe import describe, main

if TYPE_CHECKING:
    from tests.workers.trainer.tiny import Tiny

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(("slug", "tasks"), [("tiny-llama", DECODER_TASKS), ("tiny-t5", ENCODER_DECODER_TASKS)])
def test_says_what_is_in_the_folder(tiny_base: Tiny, slug: str, tasks: tuple[str, ...]) -> None:
    found = describe(tiny_base.models_dir / slug, name=None, source=None, licence="MIT", languages=["en"])
    assert (found.slug, found.tasks) == (slug, tasks)
    assert found.weights_sha256 == CATALOGUE[slug].weights_sha256
    assert found.hidden_size == CATALOGUE[slug].hidden_size


def test_an_encoder_of_which_no_decoder_can_be_made_is_offered_without_writing(
    tiny_base: Tiny, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tiny_base.models_dir / "tiny-modernbert")]) == 0
    out, err = capsys.readouterr()
    (info,) = json.loads(out)
    assert info["tasks"] == list(READING_TASKS)
    assert "not offered for translation and summarisation" in err
    assert main([str(tiny_base.models_dir / "tiny-bert")]) == 0
    assert not capsys.readouterr().err


@pytest.mark.slow
def test_a_described_model_can_be_learnt(tiny_base: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tiny_base.models_dir / "tiny-llama"), "--name", "Our decoder"]) == 0
    catalogue = tmp_path / "catalogue.json"
    catalogue.write_text(capsys.readouterr().out)
    spec = spec_dict(base_model="tiny-llama", task={"type": "causal_lm"}, limits={"max_steps": 1})
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    data = write_task(tmp_path / "data", "causal_lm")
    command = [sys.executable, "-m", "workers.trainer.run", str(tmp_path / "spec.json"), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, "--data", str(data)],
        cwd=REPOSITORY,
        env={**os.environ, "ANNEAL_CATALOGUE": str(catalogue), "ANNEAL_MODELS_DIR": str(tiny_base.models_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "model" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("config", "message"),
    [("{", "cannot be described"), ('{"model_type": "unheard"}', "the family 'unheard' is not known")],
)
def test_what_it_does_not_know_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], config: str, message: str
) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "config.json").write_text(config)
    (folder / "model.safetensors").write_bytes(b"")
    assert main([str(folder)]) == 2
    assert message in capsys.readouterr().err
