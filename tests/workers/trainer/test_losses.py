"""Weights of rare labels, focal loss and the divergences of R-Drop against what their papers write."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B row, L label

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from workers.contract.spec import Optimisation
from workers.trainer.losses import ClassLoss, choice_divergence, decision_divergence

LOGITS = torch.tensor([[2.0, 0.5, -1.0], [0.1, 0.2, 0.3], [-3.0, 1.0, 4.0], [0.0, 5.0, 0.0]])
TARGETS = torch.tensor([0, 2, 0, 1])
SETS = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])


def loss(**optimisation: Any) -> ClassLoss:
    return ClassLoss(Optimisation.model_validate(optimisation))


def test_without_refinements_it_is_cross_entropy() -> None:
    assert loss().of_choices(LOGITS, TARGETS) == functional.cross_entropy(LOGITS, TARGETS, reduction="sum")
    plain = functional.binary_cross_entropy_with_logits(LOGITS, SETS, reduction="sum")
    torch.testing.assert_close(loss().of_decisions(LOGITS, SETS), plain)


@pytest.mark.parametrize(("kind", "ratio"), [("balanced", 9.0), ("sqrt", 3.0)])
def test_rare_labels_count_more_and_the_mean_over_rows_stays_one(kind: str, ratio: float) -> None:
    found = loss(class_weights=kind)
    counts = torch.tensor([90, 10, 10])
    found.learn_choices(counts)
    assert found.weight_L is not None
    assert float(found.weight_L[1] / found.weight_L[0]) == pytest.approx(ratio)
    assert float((found.weight_L * counts).sum() / counts.sum()) == pytest.approx(1)
    expected = functional.cross_entropy(LOGITS, TARGETS, weight=found.weight_L, reduction="sum")
    torch.testing.assert_close(found.of_choices(LOGITS, TARGETS), expected)


def test_a_label_of_few_rows_counts_as_much_as_its_absence_in_the_others() -> None:
    found = loss(class_weights="balanced")
    found.learn_decisions(torch.tensor([50, 10, 0]), 100)
    assert found.weight_L is not None
    assert found.weight_L.tolist() == pytest.approx([1.0, 9.0, 100.0])


def test_tokens_without_a_label_count_nothing() -> None:
    found = loss(class_weights="balanced", focal_gamma=2)
    found.learn_choices(torch.tensor([3, 1, 2]))
    some = found.of_choices(LOGITS[:2], TARGETS[:2])
    masked = TARGETS.clone()
    masked[2:] = -100
    torch.testing.assert_close(found.of_choices(LOGITS, masked), some)


def test_focal_loss_is_the_papers() -> None:
    probability_B = LOGITS.softmax(-1).gather(-1, TARGETS.unsqueeze(-1)).squeeze(-1)
    expected = -((1 - probability_B) ** 2 * probability_B.log()).sum()
    torch.testing.assert_close(loss(focal_gamma=2).of_choices(LOGITS, TARGETS), expected)
    right_BL = torch.where(SETS > 0, LOGITS.sigmoid(), 1 - LOGITS.sigmoid())
    decided = -((1 - right_BL) ** 2 * right_BL.log()).sum()
    torch.testing.assert_close(loss(focal_gamma=2).of_decisions(LOGITS, SETS), decided)


def test_focal_loss_of_certain_answers_has_a_finite_slope() -> None:
    logits_BL = torch.tensor([[200.0, 0.0]], requires_grad=True)
    loss(focal_gamma=0.5).of_choices(logits_BL, torch.tensor([0])).backward()
    loss(focal_gamma=0.5).of_decisions(logits_BL, torch.tensor([[1.0, 0.0]])).backward()
    assert logits_BL.grad is not None
    assert torch.isfinite(logits_BL.grad).all()


def test_divergences_are_the_mean_of_both_directions() -> None:
    other = LOGITS.flip(0)
    p_BL, q_BL = LOGITS.softmax(-1), other.softmax(-1)
    both = (p_BL * (p_BL / q_BL).log()).sum() + (q_BL * (q_BL / p_BL).log()).sum()
    torch.testing.assert_close(choice_divergence(LOGITS, other), both / 2)
    assert float(choice_divergence(LOGITS, LOGITS)) == 0
    p_BL, q_BL = LOGITS.sigmoid(), other.sigmoid()
    each = [p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log() for p, q in ((p_BL, q_BL), (q_BL, p_BL))]
    torch.testing.assert_close(decision_divergence(LOGITS, other), torch.stack(each).sum() / 2)
