"""The losses of preference tuning against their formulas, written out number by number."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workers.trainer.preference_losses import dpo, kto, kto_divergence, orpo

LIKELIHOODS = st.floats(-80, -0.01)
BETAS = st.floats(0.01, 2)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def tensor(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


@given(policy=st.tuples(LIKELIHOODS, LIKELIHOODS), base=st.tuples(LIKELIHOODS, LIKELIHOODS), beta=BETAS)
def test_dpo_is_equation_7(policy: tuple[float, float], base: tuple[float, float], beta: float) -> None:
    expected = -math.log(max(sigmoid(beta * (policy[0] - base[0]) - beta * (policy[1] - base[1])), 1e-300))
    found = dpo(tensor(policy[0]), tensor(policy[1]), tensor(base[0]), tensor(base[1]), beta=beta)
    assert float(found) == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_dpo_with_doubt_weighs_both_ways() -> None:
    arguments = tensor(-3.0), tensor(-4.0), tensor(-3.5), tensor(-3.6)
    reversed_pair = arguments[1], arguments[0], arguments[3], arguments[2]
    expected = 0.9 * float(dpo(*arguments, beta=0.5)) + 0.1 * float(dpo(*reversed_pair, beta=0.5))
    assert float(dpo(*arguments, beta=0.5, label_smoothing=0.1)) == pytest.approx(expected)


@given(
    likelihoods=st.tuples(LIKELIHOODS, LIKELIHOODS),
    lengths=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    beta=BETAS,
)
def test_orpo_is_equations_6_and_7(likelihoods: tuple[float, float], lengths: tuple[int, int], beta: float) -> None:
    means = [likelihood / length for likelihood, length in zip(likelihoods, lengths, strict=True)]
    odds = [math.exp(mean) / (1 - math.exp(mean)) for mean in means]
    expected = -means[0] - beta * math.log(max(sigmoid(math.log(odds[0] / odds[1])), 1e-300))
    found = orpo(tensor(likelihoods[0]), tensor(likelihoods[1]), tensor(lengths[0]), tensor(lengths[1]), beta=beta)
    assert float(found) == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_orpo_is_finite_for_certain_answers() -> None:
    chosen = tensor(0.0).requires_grad_()
    loss = orpo(chosen, tensor(-2.0), tensor(3), tensor(3), beta=0.1)
    loss.backward()
    assert math.isfinite(float(loss.detach()))
    assert math.isfinite(float(chosen.grad))


@given(
    rows=st.lists(st.tuples(LIKELIHOODS, LIKELIHOODS, LIKELIHOODS, LIKELIHOODS, st.booleans()), min_size=1, max_size=6),
    beta=BETAS,
)
def test_kto_is_equation_8(rows: list[tuple[float, float, float, float, bool]], beta: float) -> None:
    divergence = max(0.0, sum(unrelated - base for _, _, unrelated, base, _ in rows) / len(rows))
    expected = [
        1 - (sigmoid(beta * (own - base - divergence)) if good else sigmoid(beta * (divergence - (own - base))))
        for own, base, _, _, good in rows
    ]
    own, base_own, other, base_other, good = zip(*rows, strict=True)
    point = kto_divergence(tensor(*other), tensor(*base_other))
    found = kto(tensor(*own), tensor(*base_own), torch.tensor(good), point, beta=beta)
    assert found.tolist() == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_no_gradient_flows_through_the_point_of_reference() -> None:
    other = tensor(-1.0, -2.0).requires_grad_()
    assert not kto_divergence(other, tensor(-3.0, -3.0)).requires_grad
