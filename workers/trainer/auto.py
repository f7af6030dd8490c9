"""Turns `auto` into values. The rules are documented in docs/auto-rules.md; each value is recorded with the rule's sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workers.contract.events import Resolved
from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from workers.contract.catalogue import BaseModelInfo
    from workers.contract.spec import JobSpec

SHORTEST_LIMIT = 128
FEWEST_TOKENS = 8
EXAMPLES_TO_SEE = 16_000
MOST_EPOCHS = 5
BATCH_SIZE = 32
RATE_AFTER_PROBE = 1e-4
RATE_FROM_RANDOM = 5e-4


@dataclass(frozen=True)
class Plan:
    """The values that the run uses; nothing in here is `auto` any more."""

    max_length: int
    head: Literal["probe", "random"]
    epochs: int
    batch_size: int
    learning_rate: float
    resolved: tuple[Resolved, ...]


def resolve(
    spec: JobSpec,
    base: BaseModelInfo,
    *,
    num_examples: int,
    longest_tokens: int,
    rate_factor: float,
    virtual_tokens: int = 0,
) -> Plan:
    """`longest_tokens` is the longest training text; `rate_factor` and `virtual_tokens` are the method's.

    Raises `spec:max_length_too_large`.
    """
    notes: list[Resolved] = []
    head = _head(spec, notes)
    return Plan(
        max_length=_max_length(spec, base, longest_tokens, virtual_tokens, notes),
        head=head,
        batch_size=_batch_size(spec, num_examples, notes),
        epochs=_epochs(spec, num_examples, notes),
        learning_rate=_learning_rate(spec, head, rate_factor, notes),
        resolved=tuple(notes),
    )


def _max_length(
    spec: JobSpec, base: BaseModelInfo, longest_tokens: int, virtual_tokens: int, notes: list[Resolved]
) -> int:
    limit = base.max_length - virtual_tokens
    beside = f" beside {virtual_tokens} virtual tokens" if virtual_tokens else ""
    if limit < FEWEST_TOKENS:
        raise JobError(
            "spec:invalid",
            f"{virtual_tokens} virtual tokens leave no room for a text in {base.name}, which reads {base.max_length}; choose "
            "fewer method.tokens.",
            field="method.tokens",
            limit=base.max_length,
        )
    wanted = spec.task.max_length
    if wanted != "auto":
        if wanted > limit:
            raise JobError(
                "spec:max_length_too_large",
                f"A max_length of {wanted} is more than {base.name} reads{beside}; choose at most {limit}.",
                max_length=wanted,
                limit=limit,
            )
        return wanted
    max_length = min(max(SHORTEST_LIMIT, -(-longest_tokens // 8) * 8), limit)
    notes.append(
        Resolved(
            field="task.max_length",
            value=max_length,
            rule="max_length.longest_text",
            params={"longest": longest_tokens, "limit": base.max_length, "floor": SHORTEST_LIMIT},
            explanation=f"The longest training text has {longest_tokens} tokens; the limit covers it as far as the base "
            f"model reads ({limit}{beside}), and is never below {SHORTEST_LIMIT}, since padding is not computed.",
        )
    )
    return max_length


def _head(spec: JobSpec, notes: list[Resolved]) -> Literal["probe", "random"]:
    if spec.optimisation.head != "auto":
        return spec.optimisation.head
    notes.append(
        Resolved(
            field="optimisation.head",
            value="probe",
            rule="head.probe",
            explanation="The output layer is solved on the base model's features first: it costs one pass over the "
            "data, and fine-tuning then starts from a good model instead of a random one.",
        )
    )
    return "probe"


def _batch_size(spec: JobSpec, num_examples: int, notes: list[Resolved]) -> int:
    if spec.optimisation.batch_size != "auto":
        return spec.optimisation.batch_size
    batch_size = min(BATCH_SIZE, max(8, num_examples // 64 * 8))
    notes.append(
        Resolved(
            field="optimisation.batch_size",
            value=batch_size,
            rule="batch_size.by_examples",
            params={"usual": BATCH_SIZE},
            explanation=f"{BATCH_SIZE} rows per step, or fewer when a pass would then have fewer than eight steps.",
        )
    )
    return batch_size


def _epochs(spec: JobSpec, num_examples: int, notes: list[Resolved]) -> int:
    if spec.optimisation.epochs != "auto":
        return spec.optimisation.epochs
    epochs = min(MOST_EPOCHS, max(1, round(EXAMPLES_TO_SEE / num_examples)))
    notes.append(
        Resolved(
            field="optimisation.epochs",
            value=epochs,
            rule="epochs.by_examples",
            params={
                "rows": num_examples,
                "epochs": epochs,
                "examples": epochs * num_examples,
                "aim": EXAMPLES_TO_SEE,
                "most": MOST_EPOCHS,
            },
            explanation=f"With {num_examples} training rows, {epochs} passes show the model about "
            f"{epochs * num_examples} examples (the aim is {EXAMPLES_TO_SEE}, in at most {MOST_EPOCHS} passes).",
        )
    )
    return epochs


def _learning_rate(spec: JobSpec, head: Literal["probe", "random"], rate_factor: float, notes: list[Resolved]) -> float:
    if spec.optimisation.learning_rate != "auto":
        return spec.optimisation.learning_rate
    start, why = {
        "probe": (RATE_AFTER_PROBE, "A small rate: the output layer is solved, and the base model should move little."),
        "random": (RATE_FROM_RANDOM, "A larger rate: the output layer starts from random values."),
    }[head]
    if rate_factor != 1:
        why += f" The method {spec.method.type} needs {rate_factor:g} times that of full training."
    learning_rate = float(f"{start * rate_factor:.6g}")
    notes.append(
        Resolved(
            field="optimisation.learning_rate",
            value=learning_rate,
            rule={"probe": "learning_rate.after_probe", "random": "learning_rate.from_random"}[head],
            params={"method": spec.method.type, "factor": rate_factor},
            explanation=why,
        )
    )
    return learning_rate
