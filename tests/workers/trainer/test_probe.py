from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn import functional

from workers.trainer import probe
from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.probe import FeatureCache, Head, solve_linear

if TYPE_CHECKING:
    from pathlib import Path


def problem() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    targets = torch.arange(300) % 3
    return torch.randn(300, 16) + 0.7 * functional.one_hot(targets, 16).float(), targets


def test_solution_is_that_of_scikit_learn() -> None:
    features, targets = problem()
    penalty = 1e-2
    head = solve_linear(
        features,
        targets,
        num_outputs=3,
        criterion=functional.cross_entropy,
        judge=lambda _: 0.0,
        penalties=(penalty,),
    )
    reference = LogisticRegression(C=1 / (penalty * len(targets)), max_iter=1000, tol=1e-8).fit(features, targets)
    expected = torch.from_numpy(reference.predict_proba(features))
    torch.testing.assert_close(head.logits(features).softmax(1).double(), expected, atol=2e-3, rtol=1e-2)


def test_validation_chooses_the_penalty() -> None:
    features, targets = problem()
    norms: list[float] = []

    def prefer_the_smallest(head: Head) -> float:
        norms.append(float(head.weight_LC.norm()))
        return -norms[-1]

    chosen = solve_linear(
        features, targets, num_outputs=3, criterion=functional.cross_entropy, judge=prefer_the_smallest
    )
    assert len(norms) == len(probe.PENALTIES)
    assert float(chosen.weight_LC.norm()) == min(norms)


def test_features_are_computed_once_unless_the_file_is_damaged(tmp_path: Path) -> None:
    calls = 0

    def compute(encoded: Encoded) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return torch.full((len(encoded), 2), 0.5)

    encoded = Encoded(ids=Ragged(values=np.array([1, 2]), offsets=np.array([0, 1, 2])))
    cache = FeatureCache(tmp_path, key="k")
    assert torch.equal(cache.get("train", encoded, compute), cache.get("train", encoded, compute))
    assert calls == 1
    next(tmp_path.iterdir()).write_bytes(b"damaged")
    cache.get("train", encoded, compute)
    assert calls == 2
