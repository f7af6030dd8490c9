"""The untouched base model as a rival."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.workers.trainer.tiny import make_rows, spec_dict, write_rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer


@pytest.mark.slow
def test_of_a_pair_the_base_model_is_asked_for_each_text(trainer: ForkingTrainer, tmp_path: Path) -> None:
    for split, count, seed in (("train", 96, 1), ("validation", 24, 2), ("test", 30, 3)):
        texts = [row["text"] for row in make_rows(count, seed=seed)]
        rows = [
            {"text_a": text, "text_b": text if number % 2 else texts[number - 1], "score": number % 2}
            for number, text in enumerate(texts)
        ]
        write_rows(tmp_path / f"{split}.jsonl", rows)
    spec = spec_dict(task={"type": "pair_regression"}, limits={"max_steps": 1})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=tmp_path)
    assert outcome.status == 0, outcome.log
    document = json.loads((outcome.out_dir / "evaluation.json").read_text())
    (probe,) = [one for one in document["contenders"] if one["name"] == "base_probe"]
    # Vectors of equal texts are equal: nothing is easier to see in two of them, and little harder in one of both.
    assert probe["metrics"]["pearson"]["value"] > 0.85
