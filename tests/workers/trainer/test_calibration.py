"""A classifier is as sure as validation rows say that it should be, and no less right for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn import functional
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tests.workers.trainer.tiny import classification_answers, make_rows, spec_dict
from workers.contract.results import ClassificationDetails, Evaluation, Golden, ModelManifest
from workers.trainer.calibration import calibration_of
from workers.trainer.evaluate.metrics import calibration_bins, expected_calibration_error

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer, Outcome


def drawn(num_rows: int, num_labels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs that are exactly as sure as they are right: answers are drawn from them."""
    generator = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(num_rows, num_labels, generator=generator)
    return logits, torch.multinomial(logits.softmax(-1), 1, generator=generator).squeeze(1)


@pytest.mark.parametrize("times", [0.2, 1.0, 8.0])
def test_outputs_that_are_too_large_or_too_small_are_found_out(times: float) -> None:
    logits, targets = drawn(4000, 5)
    found = calibration_of(times * logits, lambda outputs: functional.cross_entropy(outputs, targets))
    assert times * found.factor == pytest.approx(1, abs=0.05)
    best = calibration_of(logits, lambda outputs: functional.cross_entropy(outputs, targets))
    assert found.loss == pytest.approx(best.loss, abs=1e-4)
    bins = calibration_bins((found.factor * times * logits).softmax(-1).numpy(), targets.numpy())
    assert expected_calibration_error(bins) < 0.03


def test_a_few_rows_that_are_all_right_do_not_make_it_certain() -> None:
    logits, targets = torch.eye(3).repeat(4, 1), torch.arange(3).repeat(4)
    found = calibration_of(logits, lambda outputs: functional.cross_entropy(outputs, targets))
    assert 1 < found.factor < 6


def test_labels_that_are_decided_one_by_one_are_found_out_too() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(2000, 3, generator=generator)
    targets = torch.bernoulli(logits.sigmoid(), generator=generator)
    found = calibration_of(5 * logits, lambda outputs: functional.binary_cross_entropy_with_logits(outputs, targets))
    assert found.factor == pytest.approx(0.2, abs=0.01)


@pytest.mark.slow
def test_the_model_that_is_delivered_has_the_factor_in_it(straight: Outcome) -> None:
    evaluation = Evaluation.model_validate_json((straight.out_dir / "evaluation.json").read_bytes())
    details = evaluation.details
    assert isinstance(details, ClassificationDetails)
    assert details.confidence_scale is not None
    assert details.confidence_scale.factor != 1
    *_, best = [saved.step for saved in straight.of_type("checkpoint") if saved.is_best]
    refined = straight.metrics["validation/refined_loss", best]
    assert refined < straight.metrics["validation/loss", best]
    assert refined == pytest.approx(loss_on_validation(straight), abs=1e-4)


def loss_on_validation(outcome: Outcome) -> float:
    """Of the folder that is delivered, asked through plain transformers."""
    folder = outcome.out_dir / "model"
    labels = ModelManifest.model_validate_json((folder / "anneal.json").read_bytes()).labels
    rows = make_rows(24, seed=2)
    asked = [Golden(inputs={"text": row["text"]}, expected=()) for row in rows]
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        answers = torch.tensor(classification_answers(model, AutoTokenizer.from_pretrained(folder), asked))
    return float(functional.nll_loss(answers.log(), torch.tensor([labels.index(str(row["label"])) for row in rows])))


@pytest.mark.slow
def test_the_loss_at_the_best_confidence_can_be_watched(trainer: ForkingTrainer, tmp_path: Path) -> None:
    stopping = {"metric": "refined_loss", "patience": 3}
    optimisation = {"epochs": 3, "batch_size": 16, "learning_rate": 0.003, "early_stopping": stopping}
    outcome = trainer.run(tmp_path / "out", spec_dict(optimisation=optimisation))
    assert outcome.status == 0, outcome.log
    found = {step: value for (name, step), value in outcome.metrics.items() if name == "validation/refined_loss"}
    *_, best = [saved.step for saved in outcome.of_type("checkpoint") if saved.is_best]
    assert best == min(found, key=lambda step: found[step])
