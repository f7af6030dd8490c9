"""The share of a peak is worth what its count of operations is worth: torch's own counter agrees."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM

from benchmarks.operations import Shape, operations

VOCABULARY = 160
LENGTH = 24


@pytest.mark.parametrize(
    "shape",
    [
        Shape(channels=64, inner_channels=96, layers=2, heads=4, key_heads=4),
        Shape(channels=64, inner_channels=192, layers=3, heads=8, key_heads=2, is_tied=False),
    ],
)
def test_operations_of_full_training_are_those_that_torch_counts(shape: Shape) -> None:
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=shape.channels,
        intermediate_size=shape.inner_channels,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_heads,
        tie_word_embeddings=shape.is_tied,
        attn_implementation="eager",
    )
    ids = torch.randint(0, VOCABULARY, (1, LENGTH))
    with FlopCounterMode(display=False) as counter:
        LlamaForCausalLM(config)(input_ids=ids, labels=ids).loss.backward()
    counted = operations(shape, [(LENGTH, LENGTH)], vocabulary=VOCABULARY, method="full")
    # Written out, attention also multiplies with the tokens that come after, and throws that away.
    masked = 6 * shape.layers * shape.channels * LENGTH**2
    assert counter.get_total_flops() == pytest.approx(counted + masked, rel=1e-3)


def test_frozen_weights_and_tokens_without_a_loss_cost_less() -> None:
    shape = Shape(channels=64, inner_channels=96, layers=2, heads=4, key_heads=4)

    def of(method: str, asked: int) -> float:
        return operations(shape, [(LENGTH, asked)], vocabulary=VOCABULARY, method=method)

    assert of("full", LENGTH) - of("full", 4) == 6 * (LENGTH - 4) * shape.channels * VOCABULARY
    assert of("lora", LENGTH) < 0.7 * of("full", LENGTH)
