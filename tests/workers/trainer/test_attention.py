"""Attention of long texts, some heads at a time, is the attention of short ones."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from workers.trainer import attention
from workers.trainer.dropout import DropoutStream, SeededDropout


def attended(
    tensors: tuple[torch.Tensor, ...], mask: torch.Tensor | None, *, is_causal: bool, p: float
) -> list[torch.Tensor]:
    """What comes out, and the gradients of queries, keys and values."""
    stream = DropoutStream(torch.device("cpu"))
    stream.reseed(3)
    module = SimpleNamespace(training=True, is_causal=is_causal, dropout=SeededDropout(p, stream))
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    mixed, _ = attention._attend(module, *leaves, mask)
    weight = torch.linspace(-1, 1, mixed.numel()).view(mixed.shape)
    return [mixed, *torch.autograd.grad(mixed, leaves, weight)]


@pytest.mark.parametrize("heads_at_a_time", [1, 3, 8, 1000])
@pytest.mark.parametrize("seen", ["all", "some", "before", "some, of others"])
def test_in_parts_it_is_the_same(monkeypatch: pytest.MonkeyPatch, seen: str, heads_at_a_time: int) -> None:
    torch.manual_seed(1)
    rows, heads, queries, keys = 5, 4, 12, 12 if seen != "some, of others" else 19
    tensors = tuple(torch.randn(rows, heads, length, 8) for length in (queries, keys, keys))
    mask = None
    if seen.startswith("some"):
        mask = torch.ones(rows, 1, 1, keys, dtype=torch.bool)
        mask[1, ..., -4:] = mask[4, ..., 1:] = False
    # A probability that no draw reaches: attention with dropout whose masks do not depend on the order of drawing.
    whole = attended(tensors, mask, is_causal=seen == "before", p=1e-9)
    monkeypatch.setattr(attention, "_FEWEST_IN_PARTS", 1)
    monkeypatch.setattr(attention, "_WEIGHTS_AT_A_TIME", heads_at_a_time * queries * keys)
    parts = attended(tensors, mask, is_causal=seen == "before", p=1e-9)
    for mine, plain in zip(parts, whole, strict=True):
        torch.testing.assert_close(mine, plain, atol=1e-5, rtol=1e-5)


def test_in_parts_it_drops_weights_and_learns_from_those_it_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn in one part the masks are those of the whole, so that values and gradients can be compared with dropout as well."""
    torch.manual_seed(2)
    tensors = tuple(torch.randn(2, 3, 16, 8) for _ in range(3))
    whole = attended(tensors, None, is_causal=False, p=0.4)
    monkeypatch.setattr(attention, "_FEWEST_IN_PARTS", 1)
    parts = attended(tensors, None, is_causal=False, p=0.4)
    for mine, plain in zip(parts, whole, strict=True):
        torch.testing.assert_close(mine, plain, atol=1e-5, rtol=1e-5)
    monkeypatch.setattr(attention, "_WEIGHTS_AT_A_TIME", 16 * 16)
    first, again = (attended(tensors, None, is_causal=False, p=0.4) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.allclose(first[0], attended(tensors, None, is_causal=False, p=1e-9)[0], atol=1e-3)
