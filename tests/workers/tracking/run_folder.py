"""What `workers.trainer.run` writes, made by hand: a spec, events, an evaluation and a card."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.anneal.jobs.material import evaluation_document
from workers.contract.events import Event, Finished, Metrics, Resolved, Started
from workers.contract.results import Evaluation
from workers.contract.spec import JobSpec

if TYPE_CHECKING:
    from pathlib import Path

RATE = Resolved(field="optimisation.learning_rate", value=0.0001, rule="learning_rate.after_probe", explanation="…")
CARD = "# A classifier\n"


class RunFolder:
    """Grows as a run does."""

    def __init__(self, path: Path, **spec: Any) -> None:
        self.path = path
        path.mkdir()
        self.spec = JobSpec.model_validate({"base_model": "tiny-bert", "data": {"train": "train.jsonl"}, **spec})
        (path / "spec.json").write_text(self.spec.canonical_json())

    def tell(self, event: Event) -> None:
        with (self.path / "events.jsonl").open("a") as events:
            events.write(event.model_dump_json() + "\n")

    def start(self, *, resumed_from_step: int = 0) -> None:
        self.tell(
            Started(
                resumed_from_step=resumed_from_step,
                total_steps=4,
                steps_per_epoch=2,
                num_examples={"train": 20},
                trainable_parameters=5,
                total_parameters=7,
                fingerprint={"device": "cpu", "threads": 2, "image": None},
                resolved=(RATE,),
                data_sha256="d" * 64,
            )
        )

    def step(self, number: int, **values: float) -> None:
        self.tell(Metrics(step=number, epoch=number / 2, values=values or {"train/loss": 1 / number}))

    def finish(self) -> None:
        evaluation = Evaluation.model_validate(evaluation_document())
        (self.path / "evaluation.json").write_text(json.dumps(evaluation.model_dump(mode="json")))
        (self.path / "model").mkdir()
        (self.path / "model" / "README.md").write_text(CARD)
        self.tell(Finished(step=4, seconds=1.5))
