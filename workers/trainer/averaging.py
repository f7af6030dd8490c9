"""Averages of the weights over the steps of a run: smoother than the last weights, and often a little better.

Validation judges the average, the best average is what is kept and delivered, and training goes on from its own weights. An average
is tensors and a count, so a checkpoint holds it whole.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import torch

from workers.trainer.sharding import spread_like, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workers.contract.spec import Averaging
    from workers.trainer.engine import Engine

_COUNT = "averaging.count"


class WeightAverage:
    """Nothing is averaged before the first step that counts; until then the weights of training are judged as they are.

    `ema`: every step moves the average by 1 - decay towards the weights, faster in the beginning (as in TensorFlow's
    ExponentialMovingAverage: the decay of step t is at most (1 + t) / (10 + t)). `swa`: the plain mean over all steps of the last
    part of the run (stochastic weight averaging; Izmailov et al. 2018, arXiv:1803.05407).
    """

    def __init__(self, spec: Averaging | None, *, total_steps: int) -> None:
        self._spec = spec
        self._total_steps = total_steps
        self._count = 0
        self._mean: dict[str, torch.Tensor] = {}

    @property
    def is_there(self) -> bool:
        return self._count > 0

    def add(self, engine: Engine, step: int) -> None:
        """Take in the weights that the update after `step` complete ones has left."""
        spec = self._spec
        if spec is None or (spec.type == "swa" and step + 1 < self._total_steps * (1 - spec.share)):
            return
        self._count += 1
        weight = 1 / self._count
        if spec.type == "ema":
            weight = 1 - min(spec.decay, self._count / (9 + self._count))
        learning = engine.learning()
        with torch.no_grad():
            if not self._mean:
                self._mean = {name: parameter.detach().clone() for name, parameter in learning.items()}
                return
            for name, parameter in learning.items():
                self._mean[name].lerp_(parameter, weight)

    @contextlib.contextmanager
    def in_place(self, engine: Engine) -> Iterator[None]:
        """While it lasts the engine holds the average, if there is one."""
        if not self.is_there:
            yield
            return
        own = engine.weights()
        engine.load_weights(self._mean)
        try:
            yield
        finally:
            engine.load_weights(own)

    def state(self) -> dict[str, torch.Tensor]:
        """Copies, for a checkpoint; nothing where nothing is averaged."""
        if not self.is_there:
            return {}
        means = {name: whole(tensor).cpu().clone() for name, tensor in self._mean.items()}
        return {_COUNT: torch.tensor(self._count), **means}

    def load_state(self, state: Mapping[str, torch.Tensor], engine: Engine) -> None:
        """Continue from what `state` gave."""
        if not state:
            return
        self._count = int(state[_COUNT])
        self._mean = {
            name: spread_like(state[name], parameter).clone() for name, parameter in engine.learning().items()
        }
