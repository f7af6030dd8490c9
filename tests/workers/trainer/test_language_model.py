"""Decoders as the engine trains them against transformers' own forward pass, loss and gradients, on padded batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, BertConfig

from workers.contract.reasons import JobError
from workers.contract.spec import JobSpec
from workers.trainer import token_loss
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer, open_language_network
from workers.trainer.data.encoded import Encoded, Ragged, collate
from workers.trainer.data.packing import WEIGHTS, pack
from workers.trainer.engine import Engine
from workers.trainer.generation import write
from workers.trainer.language_model import Decoder, MaskedModel
from workers.trainer.optimiser import ShardedAdamW
from workers.trainer.tasks.causal_lm import CausalLm

if TYPE_CHECKING:
    from tests.workers.trainer.tiny import Tiny

CPU = torch.device("cpu")
SPEC = JobSpec.model_validate(
    {"base_model": "tiny-llama", "data": {"train": "train.jsonl"}, "task": {"type": "causal_lm"}}
)
DECODERS = ["tiny-llama", "tiny-gpt2"]


def opened(slug: str) -> Decoder:
    return Decoder(*open_language_network(find_base(slug), AutoModelForCausalLM))


def engine_for(model: Decoder, *, threads: int = 1) -> Engine:
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return Engine(model, pad_id=3, device=CPU, threads=threads, batch_size=14)


def weighted_rows(seed: int = 3, *, weights: tuple[float, ...] = (0.0, 1.0)) -> Encoded:
    """Fourteen rows of different length, some of whose tokens count; of one row none."""
    random = np.random.default_rng(seed)
    lengths = random.integers(2, 40, 14)
    ids = [random.integers(6, 300, length) for length in lengths]
    counts = [random.choice(weights, length).astype(np.float32) for length in lengths]
    counts[5][:] = 0
    return Encoded(ids=Ragged.of(ids), beside={WEIGHTS: Ragged.of(counts, dtype=np.float32)})


def reference_loss(network: Any, rows: Encoded) -> torch.Tensor:
    """Transformers' own mean over the tokens with a label, in a batch padded as everybody pads it."""
    batch = collate(rows, np.arange(len(rows)), pad_id=3, device=CPU)
    labels = batch.ids_BT.masked_fill(batch.beside[WEIGHTS] == 0, -100)
    loss: torch.Tensor = network(input_ids=batch.ids_BT, attention_mask=batch.mask().long(), labels=labels).loss
    return loss


@pytest.mark.parametrize("slug", DECODERS)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("slice_size", [7, 10_000])
def test_loss_and_gradients_equal_those_of_transformers(
    tiny_base: Tiny, monkeypatch: pytest.MonkeyPatch, slug: str, threads: int, slice_size: int
) -> None:
    rows = weighted_rows()
    # The first token of a row is predicted from nothing, so no weight of it is ever counted.
    for row in range(len(rows)):
        rows.beside[WEIGHTS].row(row)[0] = 0
    monkeypatch.setattr(token_loss, "_MOST_LOGITS", 1)
    monkeypatch.setattr(token_loss, "_FEWEST_POSITIONS", slice_size)
    plain = AutoModelForCausalLM.from_pretrained(tiny_base.models_dir / slug, attn_implementation="eager").eval()
    expected = reference_loss(plain, rows)
    expected.backward()
    engine = engine_for(opened(slug), threads=threads)
    # GPT-2 drops out by function, which two threads would do in any order.
    assert len(engine.team) == (1 if slug == "tiny-gpt2" else threads)
    task = CausalLm(SPEC)
    everything = np.arange(14)
    loss = engine.accumulate(rows, [everything], loss=task.loss, units=task.units(rows, everything), position=(0, 0))
    assert loss == pytest.approx(float(expected.detach()), abs=1e-5)
    found = [dict(replica.model.network.named_parameters()) for replica in engine.team.replicas]
    for name, parameter in plain.named_parameters():
        mine = sum(replica[name].grad for replica in found)
        torch.testing.assert_close(mine, parameter.grad, atol=1e-5, rtol=1e-4, msg=name)
    engine.close()


def test_weights_multiply_the_loss_of_their_tokens(tiny_base: Tiny) -> None:
    rows = weighted_rows(weights=(0.0, 0.5, 2.0))
    engine = engine_for(opened("tiny-llama"))
    batch = collate(rows, np.arange(14), pad_id=3, device=CPU)
    plain = AutoModelForCausalLM.from_pretrained(tiny_base.models_dir / "tiny-llama").eval()
    logits = plain(input_ids=batch.ids_BT, attention_mask=batch.mask().long()).logits
    losses = functional.cross_entropy(logits[:, :-1].transpose(1, 2), batch.ids_BT[:, 1:], reduction="none")
    weights = batch.beside[WEIGHTS][:, 1:]
    task = CausalLm(SPEC)
    assert float(task.loss(engine.model, batch).detach()) == pytest.approx(
        float((losses * weights).sum().detach()), rel=1e-5
    )
    scores = engine.rows(rows, CausalLm(SPEC).score_rows)
    assert sum(row.loss for row in scores) == pytest.approx(float((losses * weights).sum().detach()), rel=1e-5)
    assert [len(row.likelihoods) for row in scores] == (weights > 0).sum(1).tolist()
    assert scores[5].weight == 0
    engine.close()


@pytest.mark.parametrize("slug", DECODERS)
def test_separate_texts_of_a_block_know_nothing_of_each_other(tiny_base: Tiny, slug: str) -> None:
    random = np.random.default_rng(0)
    documents = Ragged.of([random.integers(6, 300, length) for length in (9, 4, 17, 2, 11)])
    blocks = pack(documents, block_length=60, is_separate=True)
    assert len(blocks) == 1
    alone = Encoded(
        ids=documents,
        beside={WEIGHTS: Ragged.of([np.arange(length) > 0 for length in documents.lengths], dtype=np.float32)},
    )
    engine = engine_for(opened(slug))
    together = engine.rows(blocks, CausalLm(SPEC).score_rows)[0].likelihoods
    apart = np.concatenate([row.likelihoods for row in engine.rows(alone, CausalLm(SPEC).score_rows)])
    np.testing.assert_allclose(together, apart, atol=1e-5)
    mixed = engine.rows(pack(documents, block_length=60, is_separate=False), CausalLm(SPEC).score_rows)[0].likelihoods
    assert len(mixed) == len(apart) + 4
    engine.close()


def test_gradients_of_likelihoods_equal_the_plain_ones(tiny_base: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_loss, "_MOST_LOGITS", 1)
    monkeypatch.setattr(token_loss, "_FEWEST_POSITIONS", 4)
    model = opened("tiny-llama")
    states = torch.randn(10, 32)
    words = torch.arange(10, 20)
    factors = torch.randn(10)
    mine, theirs = states.clone().requires_grad_(), states.clone().requires_grad_()
    found = token_loss.log_likelihoods(model, mine, words)
    (found.exp() * factors).sum().backward()
    head = model.network.lm_head
    gradient = head.weight.grad.clone()
    head.weight.grad = None
    expected = -functional.cross_entropy(head(theirs), words, reduction="none")
    (expected.exp() * factors).sum().backward()
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(mine.grad, theirs.grad)
    torch.testing.assert_close(gradient, head.weight.grad)


def test_masked_network_gives_its_own_logits_at_chosen_places() -> None:
    config = BertConfig(vocab_size=50, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4)
    network = AutoModelForMaskedLM.from_config(config).eval()
    torch.nn.init.normal_(network.cls.predictions.bias)
    ids = torch.randint(0, 50, (3, 9))
    model = MaskedModel(network)
    states = model(ids, None)
    torch.testing.assert_close(model.logits(states[1]), network(ids).logits[1])


@pytest.mark.parametrize("slug", DECODERS)
@pytest.mark.parametrize("num_beams", [1, 3])
def test_writes_what_transformers_writes_from_each_prompt_alone(tiny_base: Tiny, slug: str, num_beams: int) -> None:
    random = np.random.default_rng(1)
    prompts = Encoded(ids=Ragged.of([random.integers(6, 300, length) for length in (3, 12, 7)]))
    engine = engine_for(opened(slug))
    network = AutoModelForCausalLM.from_pretrained(tiny_base.models_dir / slug).eval()
    for row, written in enumerate(write(engine, prompts, max_new_tokens=9, num_beams=num_beams)):
        ids = torch.from_numpy(prompts.ids.row(row))[None]
        said = network.generate(ids, max_new_tokens=9, do_sample=False, num_beams=num_beams, pad_token_id=3)
        expected = said[0, ids.shape[1] :].tolist()
        assert written == (expected[: expected.index(2)] if 2 in expected else expected)
    engine.close()


def test_tables_of_embeddings_keep_their_weights_when_others_decay(tiny_base: Tiny) -> None:
    engine = engine_for(opened("tiny-gpt2"))
    optimiser = ShardedAdamW(engine.team, weight_decay=0.5)
    before = {name: tensor.clone() for name, tensor in engine.weights().items()}
    for parameter in engine.model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.update(learning_rate=0.1, max_grad_norm=1.0)
    moved = {name for name, tensor in engine.weights().items() if not torch.equal(tensor, before[name])}
    assert moved
    assert all(name.endswith("weight") and ".h." in name and ".ln_" not in name for name in moved)
    engine.close()


def test_a_tokenizer_without_padding_pads_with_its_end(tiny_base: Tiny) -> None:
    assert load_tokenizer(tiny_base.models_dir / "tiny-llama").pad_token == "</s>"
    assert load_tokenizer(tiny_base.models_dir / "tiny-bart").pad_token == "<pad>"


def test_refuses_a_decoder_without_its_output_layer(
    tiny_base: Tiny, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = find_base("tiny-llama")
    network = AutoModelForCausalLM.from_pretrained(base.folder)
    network.model.save_pretrained(tmp_path)
    with pytest.raises(JobError, match=r"lack lm_head\.weight"):
        open_language_network(type(base)(info=base.info, folder=tmp_path), AutoModelForCausalLM)
