"""Layers below the first that learns: no dropout, and activations that do not depend on who computes them when."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.workers.trainer.methods.families import VOCABULARY, build
from workers.contract.spec import FullMethod, LastLayersMethod, LoraMethod, PromptMethod
from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.engine import Engine
from workers.trainer.lower_layers import ACTIVATIONS, freeze_lower_layers, keep_activations
from workers.trainer.methods import build_method
from workers.trainer.model import TaskModel

LENGTHS = (2, 3, 15, 16, 17, 31, 33, 60, 5, 9)
ROWS = np.arange(len(LENGTHS))


@pytest.fixture
def rows() -> Encoded:
    random = np.random.default_rng(5)
    ids = Ragged.of([random.integers(3, VOCABULARY, length) for length in LENGTHS])
    return Encoded(ids=ids, targets={"target": torch.from_numpy(random.integers(0, 3, len(LENGTHS)))})


def frozen_model(method: object) -> TaskModel:
    model = build("bert pooled").model
    build_method(method).prepare(model)
    freeze_lower_layers(model)
    return model


def engine_of(model: TaskModel, *, threads: int = 2) -> Engine:
    return Engine(model, pad_id=0, device=torch.device("cpu"), threads=threads, batch_size=len(LENGTHS))


def num_frozen(model: TaskModel) -> int:
    return sum(type(part).__name__ == "FrozenBertLayer" for part in model.body.modules())


@pytest.mark.parametrize(
    ("method", "count"),
    [
        (LastLayersMethod(layers=0), 2),
        (LastLayersMethod(layers=1), 1),
        (LastLayersMethod(layers=2), 0),
        (LoraMethod(layers=1), 1),
        (LoraMethod(), 0),
        (PromptMethod(tokens=2), 0),  # It learns in front of all layers.
        (FullMethod(), 0),
    ],
)
def test_layers_below_the_first_that_learns_are_frozen(method: object, count: int) -> None:
    assert num_frozen(frozen_model(method)) == count


def test_frozen_part_has_no_dropout_while_training(rows: Encoded) -> None:
    model = frozen_model(LastLayersMethod(layers=0)).train()
    model.dropout.p = 0.0
    ids = torch.from_numpy(rows.ids.row(7)).unsqueeze(0)
    first, second = model(ids, None), model(ids, None)
    assert torch.equal(first, second)
    assert model.head.training
    assert first.requires_grad
    learning = frozen_model(LastLayersMethod(layers=1)).train()
    learning.dropout.p = 0.0
    assert not torch.equal(learning(ids, None), learning(ids, None))


def test_activations_of_a_row_have_the_same_bits_in_any_batch(rows: Encoded) -> None:
    engine = engine_of(frozen_model(LastLayersMethod(layers=1)), threads=1)
    together = keep_activations(engine, {"train": rows})["train"].beside[ACTIVATIONS]
    for chosen in (ROWS[::2], ROWS[::-1].copy(), *(np.array([row]) for row in ROWS)):
        alone = keep_activations(engine, {"train": rows.select(chosen)})["train"].beside[ACTIVATIONS]
        for place, row in enumerate(chosen.tolist()):
            assert np.array_equal(alone.row(place), together.row(row)), f"row {row} of {LENGTHS[row]} tokens"
    engine.close()


@pytest.mark.parametrize("method", [LastLayersMethod(layers=1), LastLayersMethod(layers=0), LoraMethod(layers=1)])
def test_kept_activations_give_the_same_loss_and_gradients(rows: Encoded, method: object) -> None:
    results = []
    for is_kept in (False, True):
        torch.manual_seed(1)
        engine = engine_of(frozen_model(method))
        encoded = keep_activations(engine, {"train": rows})["train"] if is_kept else rows
        assert (ACTIVATIONS in encoded.beside) is is_kept
        loss = engine.accumulate(
            encoded,
            [ROWS[:6], ROWS[6:]],
            loss=lambda model, batch: torch.nn.functional.cross_entropy(model.of(batch), batch.targets["target"]),
            units=2,
            position=(0, 3),
        )
        gradients = {
            f"{replica.index} {name}": parameter.grad
            for replica in engine.team.replicas
            for name, parameter in replica.model.named_parameters()
            if parameter.requires_grad
        }
        answers = engine.tensor(encoded, lambda model, batch: model.of(batch))
        features = engine.tensor(encoded, lambda model, batch: model.pooled_of(batch))
        results.append((loss, gradients, answers, features))
        engine.close()
    (loss, gradients, answers, features), kept = results
    assert kept[0] == loss
    assert all(torch.equal(kept[1][name], gradient) for name, gradient in gradients.items())
    assert torch.equal(kept[2], answers)
    assert torch.equal(kept[3], features)


def test_frozen_layers_do_not_run_where_activations_are_kept(rows: Encoded, monkeypatch: pytest.MonkeyPatch) -> None:
    model = frozen_model(LastLayersMethod(layers=1))
    engine = engine_of(model, threads=1)
    encoded = keep_activations(engine, {"train": rows})["train"]
    attention = model.body.encoder.layer[0].attention

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a frozen layer ran")

    monkeypatch.setattr(attention, "forward", refuse)
    engine.tensor(encoded, lambda model, batch: model.of(batch))
    with pytest.raises(AssertionError, match="frozen layer ran"):
        engine.tensor(rows, lambda model, batch: model.of(batch))
    engine.close()


def test_nothing_is_kept_beyond_the_limit(rows: Encoded, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_of(frozen_model(LastLayersMethod(layers=1)))
    size = sum(LENGTHS) * 32 * 4
    monkeypatch.setattr("workers.trainer.lower_layers._MOST_BYTES", size - 1)
    assert keep_activations(engine, {"train": rows})["train"] is rows
    monkeypatch.setattr("workers.trainer.lower_layers._MOST_BYTES", size)
    assert ACTIVATIONS in keep_activations(engine, {"train": rows})["train"].beside
    engine.close()
