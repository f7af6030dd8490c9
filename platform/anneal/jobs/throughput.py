"""How fast training was measured to be, as data with their source, and what of it holds for other base models and methods.

Only numbers that a command of ours has measured stand here. A new measurement is a new line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Measured:
    """Tokens that are trained in a second: rows per second of `source`, times the mean tokens of its data set (cut to 512)."""

    base_model: str
    num_parameters: int
    method: str
    device: str
    tokens_per_second: float
    source: str


_STEP: Final = "benchmarks/RESULTS.md, Training step (MiniLM, 32 rows, fp32)"
_CPU: Final = "2 cores of AMD EPYC"
_MINILM: Final = ("minilm-l6-v2", 22_713_216, "full", _CPU)
_KEPT: Final = "benchmarks/RESULTS.md, Layers that do not learn (banking77, MiniLM)"
_LAST_LAYERS: Final = ("minilm-l6-v2", 22_713_216, "last_layers", _CPU)
MEASURED: Final = (
    Measured(*_MINILM, 70.2 * 16.3, f"{_STEP}: banking77, 70.2 rows of 16.3 tokens"),
    Measured(*_MINILM, 94.8 * 20.2, f"{_STEP}: conll2003, 94.8 rows of 20.2 tokens"),
    Measured(*_MINILM, 43.8 * 53.3, f"{_STEP}: mrpc, 43.8 rows of 53.3 tokens"),
    Measured(*_MINILM, 2.5 * 492.8, f"{_STEP}: movie_reviews_long, 2.5 rows of 492.8 tokens"),
    # One pass in which what the lower layers compute is kept: passes after it are quicker, so many of them end sooner than is said.
    Measured(
        *_LAST_LAYERS,
        3000 * 16.3 / (6.8 + 4.4),
        f"{_KEPT}: last_layers, layers: 1, 11.2 s for 3,000 rows of 16.3 tokens",
    ),
    Measured(
        *_LAST_LAYERS,
        3000 * 16.3 / (7.1 + 8.5),
        f"{_KEPT}: last_layers, layers: 2, 15.6 s for 3,000 rows of 16.3 tokens",
    ),
)
# A whole job against its training steps alone: banking77 on `auto` took 412 s ("Quality with every setting on auto"), of which two passes
# over 10,003 rows at 70.2 rows a second are 285 s. The rest is the solved output layer, validation, rivals and export.
WHOLE_JOB: Final = 412 / (2 * 10_003 / 70.2)
# Between the slowest and the fastest line for the same model lies a factor of two.
LOG_SPREAD: Final = math.log(2.0)
# Of what was not measured itself, so that it is only scaled by the number of parameters.
LOG_SPREAD_SCALED: Final = math.log(4.0)


@dataclass(frozen=True)
class Rate:
    """Tokens in a second with the standard deviation of their logarithm, and where the figure comes from."""

    tokens_per_second: float
    log_spread: float
    device: str
    sources: tuple[str, ...]
    is_measured: bool


def rate_of(*, base_model: str, num_parameters: int, method: str) -> Rate:
    """The geometric mean of what was measured of this base model with this method; else of the nearest in size, scaled by size."""
    own = [line for line in MEASURED if (line.base_model, line.method) == (base_model, method)]
    lines = own or _nearest(num_parameters, method)
    scale = lines[0].num_parameters / num_parameters
    logs = [math.log(line.tokens_per_second) for line in lines]
    return Rate(
        tokens_per_second=math.exp(sum(logs) / len(logs)) * (1.0 if own else scale),
        log_spread=LOG_SPREAD if own else LOG_SPREAD_SCALED,
        device=lines[0].device,
        sources=tuple(line.source for line in lines),
        is_measured=bool(own),
    )


def _nearest(num_parameters: int, method: str) -> list[Measured]:
    """What was measured with the method, else with full training, which is the slowest."""
    known = [line for line in MEASURED if line.method == method] or [line for line in MEASURED if line.method == "full"]
    nearest = min(known, key=lambda line: abs(math.log(line.num_parameters / num_parameters)))
    return [line for line in known if line.num_parameters == nearest.num_parameters]
