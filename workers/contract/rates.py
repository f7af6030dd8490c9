"""The learning rates that `auto` takes: of full training by task or by size, and how many times that each method needs; and R-Drop.

docs/auto-rules.md has the same tables and says why. The trainer resolves `auto` by them; the page searches around them, and estimates
what a job takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workers.contract.catalogue import BaseModelInfo
from workers.contract.spec import LARGE, JobSpec

# Of networks that keep their own output layer: what published recipes use, from 6e-5 for 125 million parameters to 1e-5 for seven
# billion; the rates of pre-training fall alike (Brown et al. 2020, arXiv:2005.14165, table 2.1).
RATE_OF_KNOWN_SIZE: Final = 6e-5
KNOWN_SIZE: Final = 125_000_000
FALL_WITH_SIZE: Final = 0.4
LOWEST_RATE, HIGHEST_RATE = 5e-6, 1e-3
# Published recipes of DPO and KTO take 5e-7 where supervised tuning takes 1e-5; on small models a tenth is safe and learns.
SHARE_OF_PREFERENCE: Final = {"dpo": 0.1, "kto": 0.1, "orpo": 0.5}

# R-Drop doubles the time of a step, and what it keeps in memory: where there are few rows, which are soon learnt by heart, and where a
# run takes minutes all the same. The weight, by task: pairs, of which the base model knows little, are learnt by heart the sooner.
R_DROP_OF_TASK: Final = {"classification": 1.0, "pair_classification": 4.0}
MOST_ROWS_AGREEING: Final = 8000
MOST_TOKENS_AGREEING: Final = 800_000
# Passes about how alike the base model finds two texts, before those about their labels; with as few rows.
SIMILARITY_EPOCHS: Final = 3


@dataclass(frozen=True)
class Rates:
    """Of full training, for a task."""

    after_probe: float = 1e-4
    from_random: float = 5e-4
    is_probe_weak: bool = False
    """Whether the base model's features say little of the answers, so that the whole model has to move in any case."""
    is_by_size: bool = False
    """Whether the base model's own output layer goes on learning, with the rates of its pre-training."""


USUAL: Final = Rates()
BY_SIZE: Final = Rates(is_by_size=True)
# What connects the decoder with the source is new, and learns to look at it from the data alone: larger steps.
WARM_START: Final = Rates(from_random=5e-4)
_REWRITING: Final = frozenset({"translation", "summarisation"})
RATES_OF_TASK: Final = {
    # The base model has read texts one by one, and learns here to compare two of them.
    "pair_classification": Rates(from_random=2e-4, is_probe_weak=True),
    # Spans are rare and their types many; a row is short. One pass over thousands of rows leaves much unlearnt.
    "token_classification": Rates(after_probe=3e-4),
    "question_answering": Rates(is_probe_weak=True),
    # Its vectors are compared already as they are, and their order is good: it takes little to spoil it.
    "similarity": Rates(after_probe=5e-5),
    **dict.fromkeys(("causal_lm", "masked_lm", "chat", "preference", *sorted(_REWRITING)), BY_SIZE),
}
FACTOR_OF_METHOD: Final = {
    "full": 1.0,
    "last_layers": 2.0,
    "lora": 10.0,
    "adapter": 10.0,
    "p_tuning": 10.0,
    "adalora": 20.0,
    "bitfit": 20.0,
    "ia3": 50.0,
    "prefix": 50.0,
    "prompt": 50.0,
}


def rates_of(task: str, base: BaseModelInfo) -> Rates:
    """The rates of a task; of an encoder that learns to write, those of a warm start."""
    if task in _REWRITING and base.architecture == "encoder":
        return WARM_START
    return RATES_OF_TASK.get(task, USUAL)


def rate_by_size(num_parameters: int) -> float:
    """What a network that keeps its own output layer learns at, the smaller the larger it is."""
    by_size = RATE_OF_KNOWN_SIZE * (KNOWN_SIZE / num_parameters) ** FALL_WITH_SIZE
    return float(min(HIGHEST_RATE, max(LOWEST_RATE, by_size)))


def usual_rate(task: str, base: BaseModelInfo) -> float:
    """What `auto` takes for full training where all else of a spec is left as it is."""
    rates = rates_of(task, base)
    if rates.is_by_size:
        return rate_by_size(base.num_parameters) * (SHARE_OF_PREFERENCE["dpo"] if task == "preference" else 1)
    return rates.from_random if rates.is_probe_weak or rates is WARM_START else rates.after_probe


def usual_r_drop(task: str, base: BaseModelInfo, *, num_rows: int, num_tokens: float) -> float:
    """The weight of R-Drop that `auto` takes with so many training rows, and tokens in all passes, of a base model that has dropout."""
    is_short = is_short_run(num_rows=num_rows, num_tokens=num_tokens)
    return R_DROP_OF_TASK.get(task, 0.0) if is_short and base.num_parameters < LARGE else 0.0


def usual_similarity_epochs(spec: JobSpec, base: BaseModelInfo, *, num_rows: int, num_tokens: float) -> int:
    """How many passes about similarity `auto` takes: of base models whose vectors are made to be compared, and that learn as a whole."""
    is_taught = spec.task.type == "pair_classification" and spec.method.type == "full" and base.pooling == "mean"
    return SIMILARITY_EPOCHS if is_taught and is_short_run(num_rows=num_rows, num_tokens=num_tokens) else 0


def is_short_run(*, num_rows: int, num_tokens: float) -> bool:
    """Whether rows are few enough to be learnt by heart soon, and a run takes minutes all the same."""
    return num_rows <= MOST_ROWS_AGREEING and num_tokens <= MOST_TOKENS_AGREEING
