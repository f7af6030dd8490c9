"""Ranks are taken away where they matter least, and what is pruned is exactly zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file

from tests.workers.trainer.methods.families import build
from tests.workers.trainer.tiny import spec_dict
from workers.contract.spec import AdaLoraMethod
from workers.trainer.methods import build_method

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer

STEPS = 20


@pytest.mark.parametrize("orthogonality", [0.0, 0.5])
def test_ranks_fall_to_the_budget_and_stay(orthogonality: float) -> None:
    case = build("bert pooled")
    spec = AdaLoraMethod(initial_rank=4, target_rank=2, allocate_every=3, orthogonality=orthogonality)
    method = build_method(spec)
    method.prepare(case.model)
    method.begin(case.model.body, total_steps=STEPS)
    values = [p for name, p in case.model.body.named_parameters() if ".lora_E." in name]
    optimiser = torch.optim.Adam([p for p in case.model.parameters() if p.requires_grad], lr=0.01)
    ranks = []
    for step in range(STEPS):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(case.ask(case.model), torch.tensor([0, 1, 2])).backward()
        method.before_update(case.model.body, step)
        optimiser.step()
        method.after_update(case.model.body, step)
        ranks.append(sum(int((p != 0).sum()) for p in values))
    matrices = len(values)
    assert ranks[1] == 4 * matrices
    # Pruned values may come back until the last allocation; from there on they stay away.
    end = STEPS - round(0.3 * STEPS)
    assert set(ranks[end - 1 :]) == {2 * matrices}
    assert len(method.state()) == matrices  # Which values are kept; importance is not needed any more.


@pytest.mark.slow
@pytest.mark.parametrize("averaging", [{"type": "ema", "decay": 0.9}, {"type": "swa", "share": 0.9}])
def test_what_is_pruned_is_not_brought_back_by_an_average(
    trainer: ForkingTrainer, tmp_path: Path, averaging: dict[str, Any]
) -> None:
    method = {"type": "adalora", "initial_rank": 4, "target_rank": 2, "allocate_every": 1}
    learn = {"epochs": 3, "batch_size": 16, "learning_rate": 0.03, "early_stopping": None, "head": "random"}
    outcome = trainer.run(tmp_path / "out", spec_dict(method=method, optimisation={**learn, "averaging": averaging}))
    assert outcome.status == 0, outcome.log
    weights = load_file(outcome.out_dir / "adapter" / "adapter_model.safetensors")
    values = torch.cat([tensor.flatten() for name, tensor in weights.items() if "lora_E" in name])
    assert int((values != 0).sum()) == len(values) // 2


def test_orthogonality_pulls_vectors_towards_it() -> None:
    case = build("bert pooled")
    method = build_method(AdaLoraMethod(initial_rank=4, target_rank=2, orthogonality=1.0))
    method.prepare(case.model)
    method.begin(case.model.body, total_steps=STEPS)
    vectors = [p for name, p in case.model.body.named_parameters() if ".lora_A." in name]

    def distance() -> float:
        return sum(float((p @ p.T - torch.eye(len(p))).norm().detach()) for p in vectors)

    start = distance()
    optimiser = torch.optim.Adam(vectors, lr=0.01)
    for _ in range(STEPS):
        optimiser.zero_grad()
        method._add_orthogonality(case.model.body)
        optimiser.step()
    assert distance() < 0.5 * start
