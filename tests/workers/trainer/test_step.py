"""The fast step against a plain loop: one model, one thread, torch's own layers, dropout off. Loss, gradients, weights."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import AutoModel, LlamaConfig

from workers.contract.reasons import JobError
from workers.trainer import engine as engine_module
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_encoder
from workers.trainer.data.encoded import Encoded, Ragged, collate
from workers.trainer.dropout import set_dropout
from workers.trainer.engine import Engine, halved, pick_precision
from workers.trainer.kernels import OneDnnLinear, has_bfloat16, round_products, use_onednn
from workers.trainer.model import PooledModel
from workers.trainer.optimiser import ShardedAdamW, layer_shares
from workers.trainer.team import Team
from workers.trainer.vocabulary import CompactVocabulary
from workers.vector_maths import settle_vector_maths

if TYPE_CHECKING:
    from tests.workers.trainer.tiny import Tiny
    from workers.trainer.data.encoded import Batch

CPU = torch.device("cpu")
NUM_LABELS = 3


def cross_entropy(model: Any, batch: Batch) -> torch.Tensor:
    return functional.cross_entropy(model.of(batch), batch.targets["target"], reduction="sum")


@pytest.fixture
def rows() -> Encoded:
    random = np.random.default_rng(3)
    lengths = random.integers(4, 30, 14)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = Ragged(values=random.integers(1000, 1400, int(offsets[-1])), offsets=offsets)
    return Encoded(ids=ids, targets={"target": torch.from_numpy(random.integers(0, NUM_LABELS, 14))})


@pytest.fixture
def plain(tiny_base: Tiny) -> PooledModel:
    """The whole vocabulary, transformers' own attention, torch's own products, no dropout."""
    torch.manual_seed(11)
    encoder = AutoModel.from_pretrained(
        tiny_base.models_dir / "tiny-bert", add_pooling_layer=False, attn_implementation="eager"
    )
    encoder.config.hidden_dropout_prob = 0.0
    return without_dropout(PooledModel(encoder, NUM_LABELS))


def without_dropout(model: PooledModel) -> PooledModel:
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return model


def fast_engine(plain: PooledModel, vocabulary: CompactVocabulary, *, threads: int) -> Engine:
    encoder = load_encoder(find_base("tiny-bert"))
    encoder.config.hidden_dropout_prob = 0.0
    vocabulary.shrink(encoder)
    model = PooledModel(encoder, NUM_LABELS)
    model.head.load_state_dict(plain.head.state_dict())
    return Engine(without_dropout(model), pad_id=vocabulary.pad_id, device=CPU, threads=threads, batch_size=14)


@pytest.mark.parametrize("most_pairs", [engine_module._MOST_PAIRS_OF_TOKENS_AT_ONCE, 1000])
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("halvings", [0, 1])
def test_loss_gradients_and_updates_equal_the_plain_loop(
    plain: PooledModel, rows: Encoded, threads: int, halvings: int, most_pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_MOST_PAIRS_OF_TOKENS_AT_ONCE", most_pairs)
    targets = rows.targets["target"]
    vocabulary = CompactVocabulary.of([rows], pad_id=0)
    engine = fast_engine(plain, vocabulary, threads=threads)
    assert len(engine.team) == threads
    optimiser = ShardedAdamW(engine.team, weight_decay=0.1)
    everything = np.arange(14)
    batch = collate(rows, everything, pad_id=0, device=CPU)
    reference = torch.optim.AdamW(
        [
            {
                "params": [p for n, p in plain.named_parameters() if p.ndim > 1 and "embeddings" not in n],
                "weight_decay": 0.1,
            },
            {
                "params": [p for n, p in plain.named_parameters() if p.ndim == 1 or "embeddings" in n],
                "weight_decay": 0.0,
            },
        ]
    )
    for step in range(3):
        plain.train()
        reference.zero_grad()
        expected = functional.cross_entropy(plain(batch.ids_BT, batch.mask_BT), targets)
        expected.backward()
        norm = torch.nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        for group in reference.param_groups:
            group["lr"] = 1e-3
        reference.step()

        loss = engine.accumulate(
            vocabulary.compact(rows),
            halved([everything], halvings),
            loss=cross_entropy,
            units=14,
            position=(0, step),
        )
        assert_gradients_equal(engine, plain, norm, vocabulary)
        found_norm = optimiser.update(learning_rate=1e-3, max_grad_norm=1.0)
        assert loss == pytest.approx(float(expected.detach()), abs=1e-5)
        assert found_norm == pytest.approx(float(norm), rel=1e-4)
    found = dict(engine.model.named_parameters())
    for name, parameter in plain.named_parameters():
        mine = found[name].detach()
        if name == "encoder.embeddings.word_embeddings.weight":
            mine = vocabulary.expand(mine, parameter.detach())
        if name.endswith("key.bias"):
            continue  # Softmax ignores it: its gradient is rounding alone, and Adam makes whole steps of rounding.
        torch.testing.assert_close(mine, parameter.detach(), atol=2e-4, rtol=1e-3, msg=name)
    engine.close()


def assert_gradients_equal(
    engine: Engine, plain: PooledModel, norm: torch.Tensor, vocabulary: CompactVocabulary
) -> None:
    """The replicas' gradients sum up to the plain loop's, which were clipped by their norm."""
    unclipped = max(1.0, float(norm) + 1e-6)
    replicas = [dict(replica.model.named_parameters()) for replica in engine.team.replicas]
    for name, parameter in plain.named_parameters():
        assert parameter.grad is not None
        mine = sum(replica[name].grad for replica in replicas)
        theirs = parameter.grad * unclipped
        if name == "encoder.embeddings.word_embeddings.weight":
            theirs = theirs[vocabulary.used]
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-4, msg=name)


def test_unused_rows_of_the_embedding_table_are_left_alone(plain: PooledModel, rows: Encoded) -> None:
    vocabulary = CompactVocabulary.of([rows], pad_id=0)
    table = plain.encoder.get_input_embeddings().weight.detach()
    expanded = vocabulary.expand(torch.zeros(len(vocabulary.used), 32), table)
    unused = np.setdiff1d(np.arange(len(table)), vocabulary.used)
    assert torch.equal(expanded[unused], table[unused])
    assert expanded[vocabulary.used].abs().sum() == 0


def test_replicas_share_weights_and_repeat_bit_for_bit(plain: PooledModel, rows: Encoded) -> None:
    vocabulary = CompactVocabulary.of([rows], pad_id=0)
    results = []
    for _ in range(2):
        torch.manual_seed(5)
        engine = fast_engine(plain, vocabulary, threads=2)
        for part in engine.model.modules():
            if type(part).__name__ == "SeededDropout":
                part.p = 0.1
        optimiser = ShardedAdamW(engine.team, weight_decay=0.0)
        losses = []
        for step in range(4):
            losses.append(
                engine.accumulate(
                    vocabulary.compact(rows), [np.arange(14)], loss=cross_entropy, units=14, position=(0, step)
                )
            )
            optimiser.update(learning_rate=1e-3, max_grad_norm=1.0)
        first, second = engine.team.replicas
        for a, b in zip(first.model.parameters(), second.model.parameters(), strict=True):
            assert a.data_ptr() == b.data_ptr()
        results.append((losses, engine.weights()))
        engine.close()
    assert results[0][0] == results[1][0]
    assert all(torch.equal(results[0][1][name], tensor) for name, tensor in results[1][1].items())


def test_optimiser_continues_from_its_state(plain: PooledModel, rows: Encoded) -> None:
    vocabulary = CompactVocabulary.of([rows], pad_id=0)

    def step(engine: Engine, optimiser: ShardedAdamW, number: int) -> None:
        engine.accumulate(vocabulary.compact(rows), [np.arange(14)], loss=cross_entropy, units=14, position=(0, number))
        optimiser.update(learning_rate=1e-3, max_grad_norm=1.0)

    straight = fast_engine(plain, vocabulary, threads=2)
    optimiser = ShardedAdamW(straight.team, weight_decay=0.1)
    step(straight, optimiser, 0)
    weights, moments = straight.weights(), optimiser.state()
    step(straight, optimiser, 1)

    resumed = fast_engine(plain, vocabulary, threads=2)
    resumed.load_weights(weights)
    continued = ShardedAdamW(resumed.team, weight_decay=0.1)
    continued.load_state(moments, num_updates=1)
    step(resumed, continued, 1)
    assert all(torch.equal(resumed.weights()[name], tensor) for name, tensor in straight.weights().items())
    straight.close()
    resumed.close()


@pytest.mark.parametrize("shape", [(7, 32), (3, 5, 32)])
@pytest.mark.parametrize("has_bias", [True, False])
def test_onednn_product_equals_torch(shape: tuple[int, ...], has_bias: bool) -> None:
    torch.manual_seed(0)
    plain = torch.nn.Linear(32, 48, bias=has_bias)
    fast = copy.deepcopy(plain)
    use_onednn(fast)
    assert isinstance(fast, OneDnnLinear)
    inputs = torch.randn(shape)
    a, b = inputs.clone().requires_grad_(), inputs.clone().requires_grad_()
    plain(a).square().sum().backward()
    fast(b).square().sum().backward()
    torch.testing.assert_close(b.grad, a.grad, atol=1e-4, rtol=1e-4)
    for mine, theirs in zip(fast.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, atol=1e-4, rtol=1e-4)


needs_bfloat16 = pytest.mark.skipif(not has_bfloat16(CPU), reason="no matrix units for bfloat16")


@needs_bfloat16
@pytest.mark.parametrize("has_bias", [True, False])
def test_rounded_product_is_near_and_leaves_everything_else_exact(has_bias: bool) -> None:
    torch.manual_seed(0)
    plain = torch.nn.Linear(64, 48, bias=has_bias)
    fast = copy.deepcopy(plain)
    use_onednn(fast)
    found = {}
    inputs = torch.randn(5, 7, 64)
    for is_on in (True, False):
        round_products(fast, is_on=is_on)
        x = inputs.clone().requires_grad_()
        fast.zero_grad()
        out = fast(x)
        out.square().sum().backward()
        found[is_on] = [out.detach(), x.grad, *(p.grad.clone() for p in fast.parameters())]
    for rounded, exact in zip(found[True], found[False], strict=True):
        assert rounded.dtype == torch.float32
        assert not torch.equal(rounded, exact)
        assert float((rounded - exact).norm() / exact.norm()) < 0.01


@pytest.mark.usefixtures("tiny_base")
def test_vector_maths_are_settled_before_the_replicas_have_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_vector_maths.cache_clear()
    settled_at_start: list[bool] = []
    start = Team.__init__

    def starting(self: Team, *args: Any, **options: Any) -> None:
        settled_at_start.append(settle_vector_maths.cache_info().currsize == 1)
        start(self, *args, **options)

    monkeypatch.setattr(Team, "__init__", starting)
    model = PooledModel(load_encoder(find_base("tiny-bert")), NUM_LABELS)
    Engine(model, pad_id=0, device=CPU, threads=2, batch_size=14).close()
    assert settled_at_start == [True]


@needs_bfloat16
@pytest.mark.usefixtures("tiny_base")
def test_rounds_while_it_trains_and_not_where_it_is_told_to_be_exact(rows: Encoded) -> None:
    def engine(precision: Literal["auto", "float32", "bfloat16"]) -> Engine:
        torch.manual_seed(5)
        model = PooledModel(load_encoder(find_base("tiny-bert")), NUM_LABELS)
        return Engine(model, pad_id=0, device=CPU, threads=2, batch_size=14, precision=precision)

    def logits(engine: Engine, *, is_exact: bool = False) -> torch.Tensor:
        return engine.tensor(rows, lambda model, batch: model.of(batch), is_exact=is_exact)

    exact, rounding = engine("float32"), engine("bfloat16")
    assert not torch.equal(logits(rounding), logits(exact))
    assert torch.equal(logits(rounding, is_exact=True), logits(exact))
    assert not torch.equal(logits(rounding), logits(exact))
    losses = [
        e.accumulate(rows, [np.arange(14)], loss=cross_entropy, units=14, position=(0, 0)) for e in (exact, rounding)
    ]
    assert losses[0] != losses[1] == pytest.approx(losses[0], rel=0.02)
    exact.close()
    rounding.close()


def test_precision_that_auto_picks() -> None:
    is_possible = has_bfloat16(CPU)
    assert pick_precision("auto", CPU, width=384) == ("bfloat16" if is_possible else "float32")
    assert pick_precision("auto", CPU, width=32) == "float32"
    assert pick_precision("float32", CPU, width=384) == "float32"


def test_runs_out_of_memory_into_smaller_pieces() -> None:
    pieces = halved([np.arange(5), np.arange(5, 8)], 1)
    assert [piece.tolist() for piece in pieces] == [[0, 1, 2], [3, 4], [5, 6], [7]]
    assert [piece.tolist() for piece in halved([np.arange(2)], 3)] == [[0], [1]]
    # Where rows are told from one another, none is left alone.
    pieces = halved([np.arange(5), np.arange(5, 8)], 2, fewest_rows=2)
    assert [piece.tolist() for piece in pieces] == [[0, 1, 2], [3, 4], [5, 6, 7]]


@pytest.mark.usefixtures("tiny_base")
@pytest.mark.parametrize("threads", [1, 2])
def test_gradients_are_the_same_when_activations_are_computed_twice(rows: Encoded, threads: int) -> None:
    """With dropout: the second computation must drop what the first has dropped."""
    gradients = []
    for is_checkpointing in (False, True):
        torch.manual_seed(5)
        model = PooledModel(load_encoder(find_base("tiny-bert")), NUM_LABELS)
        set_dropout(model, 0.3)
        engine = Engine(model, pad_id=0, device=CPU, threads=threads, batch_size=14, is_checkpointing=is_checkpointing)
        engine.accumulate(rows, [np.arange(14)], loss=cross_entropy, units=14, position=(0, 0))
        gradients += [
            {name: p.grad for name, p in replica.model.named_parameters() if p.grad is not None}
            for replica in engine.team.replicas
        ]
        engine.close()
    half = len(gradients) // 2
    for kept, recomputed in zip(gradients[:half], gradients[half:], strict=True):
        assert kept.keys() == recomputed.keys()
        for name in kept:
            torch.testing.assert_close(kept[name], recomputed[name], atol=1e-7, rtol=1e-5)


@pytest.mark.usefixtures("tiny_base")
def test_a_long_row_does_not_widen_the_short_ones() -> None:
    lengths = np.array([20] * 30 + [500, 480])
    ids = Ragged(values=np.ones(int(lengths.sum()), dtype=np.int64), offsets=np.concatenate([[0], np.cumsum(lengths)]))
    model = PooledModel(load_encoder(find_base("tiny-bert")), NUM_LABELS)
    engine = Engine(model, pad_id=0, device=CPU, threads=1, batch_size=32)
    parts = engine._parts(Encoded(ids=ids), np.arange(32)[::-1].copy())
    assert sorted(row for part in parts for row in part.tolist()) == list(range(32))
    assert [lengths[part].max() for part in parts] == [20, 500]
    assert len(engine._parts(Encoded(ids=ids), np.arange(30))) == 1


@pytest.mark.usefixtures("tiny_base")
def test_lower_layers_learn_more_slowly(rows: Encoded) -> None:
    model = PooledModel(load_encoder(find_base("tiny-bert")), NUM_LABELS)
    shares = layer_shares(model, 0.5)
    assert shares["encoder.encoder.layer.1.output.dense.weight"] == 0.5
    assert shares["encoder.encoder.layer.0.output.dense.weight"] == 0.25
    assert shares["encoder.embeddings.word_embeddings.weight"] == 0.125
    assert "head.weight" not in shares
    engine = Engine(without_dropout(model), pad_id=0, device=CPU, threads=1, batch_size=14)
    before = engine.weights()
    optimiser = ShardedAdamW(engine.team, weight_decay=0.0, rate_shares=shares)
    engine.accumulate(rows, [np.arange(14)], loss=cross_entropy, units=14, position=(0, 0))
    optimiser.update(learning_rate=1e-3, max_grad_norm=100.0)
    # The first step of Adam moves every weight by the rate, whatever its gradient.
    for name, weight in engine.weights().items():
        if name.endswith("key.bias"):
            continue  # A softmax does not feel it: its gradient is zero but for rounding.
        moved = float((weight - before[name]).abs().max())
        assert moved == pytest.approx(1e-3 * shares.get(name, 1.0), rel=0.02), name


@pytest.mark.usefixtures("tiny_base")
def test_dropout_is_set_where_families_keep_it() -> None:
    config = LlamaConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    llama = AutoModel.from_config(config)
    set_dropout(llama, 0.2)
    assert llama.layers[0].self_attn.attention_dropout == 0.2
    assert llama.config.attention_dropout == 0.2
    bert = load_encoder(find_base("tiny-bert"))
    set_dropout(bert, 0.2)
    assert {part.p for part in bert.modules() if isinstance(part, torch.nn.Dropout)} == {0.2}


@pytest.mark.usefixtures("tiny_base")
def test_reduced_precision_is_refused_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.trainer.engine.has_bfloat16", lambda _: False)
    with pytest.raises(JobError, match="bfloat16"):
        Engine(
            PooledModel(load_encoder(find_base("tiny-bert")), NUM_LABELS),
            pad_id=0,
            device=CPU,
            threads=1,
            batch_size=14,
            precision="bfloat16",
        )
