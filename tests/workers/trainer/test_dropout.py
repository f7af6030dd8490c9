from __future__ import annotations

import pytest
import torch
from torch import nn

from workers.trainer.dropout import DropoutStream, SeededDropout, use_stream


@pytest.mark.parametrize("p", [0.05, 0.1, 0.5])
def test_drops_the_right_share_and_keeps_the_mean(p: float) -> None:
    stream = DropoutStream(torch.device("cpu"))
    stream.reseed(0, 0)
    dropped = SeededDropout(p, stream)(torch.ones(999, 1001))
    assert (dropped == 0).float().mean().item() == pytest.approx(p, abs=0.003)
    assert dropped.mean().item() == pytest.approx(1, abs=0.005)


def test_masks_are_a_function_of_the_position() -> None:
    stream = DropoutStream(torch.device("cpu"))

    def masks(*position: int) -> torch.Tensor:
        stream.reseed(*position)
        return stream.kept(torch.ones(64, 3), 0.3)

    assert torch.equal(masks(1, 2, 3), masks(1, 2, 3))
    assert not torch.equal(masks(1, 2, 3), masks(1, 3, 2))


def test_replaces_every_dropout_and_does_nothing_in_evaluation() -> None:
    model = nn.Sequential(nn.Dropout(0.2), nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.4)))
    use_stream(model, DropoutStream(torch.device("cpu")))
    assert [part.p for part in model.modules() if isinstance(part, SeededDropout)] == [0.2, 0.4]
    assert not [part for part in model.modules() if isinstance(part, nn.Dropout)]
    model.eval()
    inputs = torch.randn(3, 4)
    assert torch.equal(model[0](inputs), inputs)
