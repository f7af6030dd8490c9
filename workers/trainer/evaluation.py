"""Scores the tuned model and its rivals on the held-out rows and writes evaluation.json. May be repeated: it changes no weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from workers.contract.events import Evaluated, PhaseChanged
from workers.trainer.build import base_engine
from workers.trainer.durable import write_durably
from workers.trainer.evaluate.baselines import Answers, majority, nearest_centroid, tfidf_logreg, timed
from workers.trainer.evaluate.report import evaluation_document
from workers.trainer.probe import Head, solve_head

if TYPE_CHECKING:
    from workers.contract.results import Evaluation
    from workers.trainer.build import Run
    from workers.trainer.evaluate.metrics import IntArray

FILE = "evaluation.json"


def evaluate(run: Run) -> Evaluation:
    """`run.engine` holds the best weights."""
    run.events.emit(PhaseChanged(phase="evaluating"))
    logits = run.engine.logits(run.tokens["held_out"])
    tuned = Answers(name="tuned", predicted=logits.argmax(-1).numpy(), seconds=run.state.seconds)
    document = evaluation_document(run.data, logits=logits, tuned=tuned, others=_rivals(run))
    write_durably(run.out_dir / FILE, document.model_dump_json(indent=1))
    run.events.emit(Evaluated(path=FILE))
    return document


def _rivals(run: Run) -> list[Answers]:
    targets: IntArray = run.targets["train"].numpy()
    features: dict[str, torch.Tensor] = {}

    def centroid() -> IntArray:
        features.update(_base_features(run))
        return nearest_centroid(features["train"], run.targets["train"], features["held_out"])

    def probe() -> IntArray:
        answers: IntArray = _probe(run, features).logits(features["held_out"]).argmax(1).numpy()
        return answers

    rivals = [timed("majority", lambda: majority(targets, len(run.data.held_out)))]
    run.control.check()
    rivals.append(timed("tfidf_logreg", lambda: tfidf_logreg(run.data.train.texts, targets, run.data.held_out.texts)))
    run.control.check()
    rivals.append(timed("nearest_centroid", centroid))
    run.control.check()
    rivals.append(timed("base_probe", probe))
    return rivals


def _base_features(run: Run) -> dict[str, torch.Tensor]:
    engine = base_engine(run)
    try:
        splits = ("train", "validation", "held_out")
        return {split: run.features(split, engine) for split in splits}
    finally:
        engine.close()


def _probe(run: Run, features: dict[str, torch.Tensor]) -> Head:
    targets = run.targets["validation"]
    with run.engine.all_threads():
        return solve_head(
            features["train"],
            run.targets["train"],
            num_labels=len(run.data.labels),
            judge=lambda head: run.watched(run.task.metrics(head.logits(features["validation"]), targets)),
            between_solutions=run.control.check,
        )
