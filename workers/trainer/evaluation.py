"""Scores the tuned model and its rivals on the held-out rows and writes evaluation.json. May be repeated: it changes no weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.contract.events import Evaluated, PhaseChanged
from workers.contract.results import LearningCurve
from workers.trainer.durable import write_durably
from workers.trainer.evaluate.forgetting import forgetting
from workers.trainer.evaluate.learning_curve import learning_curve
from workers.trainer.language_model import Decoder, EncoderDecoder

if TYPE_CHECKING:
    from workers.contract.results import AugmentationEffect, Evaluation
    from workers.trainer.parts import Run

FILE = "evaluation.json"
ROWS_FILE = "rows.json"


def evaluate(run: Run, effect: AugmentationEffect | None = None) -> Evaluation:
    """`run.engine` holds the best weights; `effect` is what augmentation brought, where there was some."""
    run.events.emit(PhaseChanged(phase="evaluating"))
    document = run.task.evaluate(run)
    curve = learning_curve(run)
    what = "learning_curve" if isinstance(curve, LearningCurve) else "no_learning_curve"
    document = document.model_copy(update={what: curve})
    if isinstance(run.engine.model, Decoder | EncoderDecoder):
        document = document.model_copy(update={"forgetting": forgetting(run)})
    if effect is not None:
        document = document.model_copy(update={"augmentation_effect": effect})
    write_durably(run.deliver_to / FILE, document.model_dump_json(indent=1))
    if run.row_figures is not None:
        write_durably(run.deliver_to / ROWS_FILE, run.row_figures.model_dump_json())
    run.events.emit(Evaluated(path=FILE, rows_path=ROWS_FILE if run.row_figures is not None else None))
    return document
