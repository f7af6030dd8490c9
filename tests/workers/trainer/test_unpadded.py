"""A batch without padding is the same batch: states, loss and gradients are those of the padded one, for every family that can."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    ElectraConfig,
    ElectraModel,
    RobertaConfig,
    RobertaModel,
)

from workers.trainer import attention
from workers.trainer.dropout import DropoutStream, set_dropout, use_stream
from workers.trainer.unpadded import Unpadded, skip_padding

if TYPE_CHECKING:
    from collections.abc import Callable

CPU = torch.device("cpu")
PAD = 1
SHAPE = {
    "vocab_size": 50,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 70,
    "pad_token_id": PAD,
    "type_vocab_size": 2,
}
DISTILLED = {
    "vocab_size": 50,
    "dim": 32,
    "n_layers": 2,
    "n_heads": 4,
    "hidden_dim": 48,
    "max_position_embeddings": 70,
    "pad_token_id": PAD,
}
BODIES: dict[str, Callable[[], Any]] = {
    "bert": lambda: BertModel(BertConfig(**SHAPE), add_pooling_layer=False),
    "roberta": lambda: RobertaModel(RobertaConfig(**SHAPE), add_pooling_layer=False),
    "electra": lambda: ElectraModel(ElectraConfig(**SHAPE, embedding_size=16)),
    "distilbert": lambda: DistilBertModel(DistilBertConfig(**DISTILLED)),
}


def opened(family: str, *, dropout: float = 0.0) -> Any:
    torch.manual_seed(0)
    body = BODIES[family]()
    body.set_attn_implementation(attention.NAME)
    set_dropout(body, dropout)
    stream = DropoutStream(CPU)
    use_stream(body, stream)
    stream.reseed(7)
    return body.train()


def rows(lengths: list[int], *, hidden: tuple[tuple[int, int], ...] = ()) -> dict[str, torch.Tensor]:
    width = max(lengths)
    mask_BT = torch.arange(width) < torch.tensor(lengths).unsqueeze(1)
    random = np.random.default_rng(1)
    ids_BT = torch.from_numpy(random.integers(2, 50, mask_BT.shape)).masked_fill(~mask_BT, PAD)
    types_BT = torch.from_numpy(random.integers(0, 2, mask_BT.shape))
    for row, place in hidden:
        mask_BT[row, place] = False
    return {"input_ids": ids_BT, "attention_mask": mask_BT, "token_type_ids": types_BT}


def learnt(body: Any, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """States where tokens are seen, and the gradients of something that depends on each of them alone."""
    states_BTC = body(**batch).last_hidden_state * batch["attention_mask"].unsqueeze(-1)
    weight_BTC = torch.linspace(-1, 1, states_BTC.numel()).view_as(states_BTC)
    (states_BTC * weight_BTC).sum().backward()
    return states_BTC.detach(), {
        name: parameter.grad for name, parameter in body.named_parameters() if parameter.grad is not None
    }


@pytest.mark.parametrize("lengths", [[9, 3, 5], [4, 4, 1, 64, 30, 33, 2], [17, 16]], ids=str)
@pytest.mark.parametrize("family", BODIES)
def test_states_and_gradients_are_those_of_the_padded_batch(family: str, lengths: list[int]) -> None:
    batch = rows(lengths, hidden=((0, 2),))
    padded, unpadded = opened(family).double(), opened(family).double()
    assert skip_padding(unpadded, CPU)
    expected, found = learnt(padded, batch), learnt(unpadded, batch)
    torch.testing.assert_close(found[0], expected[0], atol=1e-12, rtol=1e-9)
    assert found[1].keys() == expected[1].keys()
    for name, gradient in expected[1].items():
        torch.testing.assert_close(found[1][name], gradient, atol=1e-10, rtol=1e-8, msg=name)


def test_nothing_but_tokens_is_computed() -> None:
    body = opened("bert")
    skip_padding(body, CPU)
    seen: list[tuple[int, ...]] = []
    body.encoder.layer[0].register_forward_pre_hook(lambda _, args: seen.append(tuple(args[0].shape)))
    batch = rows([60, 3, 3, 4])
    body(**batch)
    assert seen == [(1, 80, 32)]  # 70 tokens, filled up to whole registers


def test_evaluation_and_full_rectangles_are_left_as_they_are() -> None:
    body = opened("bert")
    skip_padding(body, CPU)
    seen: list[tuple[int, ...]] = []
    body.encoder.layer[0].register_forward_pre_hook(lambda _, args: seen.append(tuple(args[0].shape)))
    body(**{**rows([5, 5]), "attention_mask": None})
    body.eval()
    body(**rows([6, 2]))
    assert seen == [(2, 5, 32), (2, 6, 32)]


def test_with_dropout_it_repeats_itself_bit_for_bit() -> None:
    batch = rows([9, 3, 40, 5])
    found = []
    for _ in range(2):
        body = opened("bert", dropout=0.3)
        skip_padding(body, CPU)
        found.append(learnt(body, batch))
    assert torch.equal(found[0][0], found[1][0])
    assert all(torch.equal(found[0][1][name], found[1][1][name]) for name in found[0][1])


def test_other_families_and_bodies_with_something_in_front_keep_their_padding() -> None:
    assert not skip_padding(BertModel(BertConfig(**SHAPE)), CPU)  # its pooler looks for the first token of each row
    body = opened("bert")
    body.register_forward_pre_hook(lambda *_: None)
    assert not skip_padding(body, CPU)
    plain = opened("bert")
    plain.set_attn_implementation("sdpa")
    assert not skip_padding(plain, CPU)


def test_rows_of_like_length_are_attended_together() -> None:
    unpadded = Unpadded.of(rows([64, 60, 28, 27, 4])["attention_mask"])
    assert [(group.num_rows, group.width) for group in unpadded.groups] == [(2, 64), (2, 28), (1, 4)]
    assert unpadded.groups[-1].mask_B11T is None
