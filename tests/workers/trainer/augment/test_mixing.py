"""Two rows and their answers are mixed alike, by shares that nothing but seed, pass and row decides."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, C channel, L label

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.workers.trainer.tiny import spec_dict
from workers.contract.spec import JobSpec, Optimisation
from workers.trainer.augment.mixing import Mixing, with_partners
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_encoder
from workers.trainer.data.encoded import Encoded, Ragged, collate
from workers.trainer.losses import ClassLoss
from workers.trainer.model import PooledModel
from workers.trainer.tasks import build_task

if TYPE_CHECKING:
    from workers.trainer.data.encoded import Batch

CPU = torch.device("cpu")
TARGETS = torch.tensor([0, 2, 1, 1, 0, 2])


def rows() -> Encoded:
    ids = Ragged.of([[101, 2000 + row, 3000 + row, 102] for row in range(len(TARGETS))])
    return Encoded(ids=ids, targets={"target": TARGETS})


def batch_of(mixed: Encoded, *chosen: int) -> Batch:
    return collate(mixed, np.array(chosen), pad_id=0, device=CPU)


def test_shares_follow_the_row_and_partners_are_a_ring() -> None:
    mixed = with_partners(rows(), 1.0, seed=3, epoch=1)
    whole, part = Mixing.of(batch_of(mixed, 0, 1, 2, 3, 4, 5)), Mixing.of(batch_of(mixed, 4, 1))
    assert whole is not None
    assert part is not None
    assert part.share_B.tolist() == whole.share_B[[4, 1]].tolist()
    assert part.partner_B.tolist() == [1, 0]
    assert sorted(whole.partner_B.tolist()) == list(range(6))
    assert all(partner != row for row, partner in enumerate(whole.partner_B.tolist()))
    again = Mixing.of(batch_of(with_partners(rows(), 1.0, seed=3, epoch=1), 0, 1, 2, 3, 4, 5))
    other = Mixing.of(batch_of(with_partners(rows(), 1.0, seed=3, epoch=2), 0, 1, 2, 3, 4, 5))
    assert again is not None
    assert other is not None
    assert torch.equal(again.share_B, whole.share_B)
    assert torch.equal(again.partner_B, whole.partner_B)
    assert not torch.equal(other.share_B, whole.share_B)
    assert Mixing.of(batch_of(rows(), 0, 1)) is None


@pytest.mark.usefixtures("tiny_base")
def test_the_loss_is_that_of_mixed_vectors_against_mixed_answers() -> None:
    torch.manual_seed(2)
    model = PooledModel(load_encoder(find_base("tiny-bert")), 3).eval()
    task = build_task(JobSpec.model_validate(spec_dict()))
    batch = batch_of(with_partners(rows(), 1.0, seed=3, epoch=1), 0, 1, 2, 3, 4, 5)
    mixing = Mixing.of(batch)
    assert mixing is not None
    pooled_BC = model.pooled_of(batch)
    share_B1 = mixing.share_B[:, None]
    mixed_BC = share_B1 * pooled_BC + (1 - share_B1) * pooled_BC[mixing.partner_B]
    log_BL = model.head(mixed_BC).log_softmax(-1)
    own = -log_BL[torch.arange(6), TARGETS]
    partners = -log_BL[torch.arange(6), TARGETS[mixing.partner_B]]
    expected = (mixing.share_B * own + (1 - mixing.share_B) * partners).sum()
    torch.testing.assert_close(task.loss(model, batch), expected)


@pytest.mark.parametrize("gamma", [0.0, 2.0])
@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_sure_answers_cost_the_same_as_label_numbers(gamma: float, weights: str) -> None:
    loss = ClassLoss(
        Optimisation.model_validate({"focal_gamma": gamma, "class_weights": weights, "label_smoothing": 0.1})
    )
    loss.learn_choices(torch.tensor([5, 1, 9]))
    logits_BL = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    by_number = loss.of_choices(logits_BL, TARGETS)
    torch.testing.assert_close(loss.of_choices(logits_BL, torch.nn.functional.one_hot(TARGETS, 3).float()), by_number)
