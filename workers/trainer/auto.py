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
EXAMPLES_TO_SEE = 16_000
MOST_EPOCHS = 5
BATCH_SIZE = 32
RATE_AFTER_PROBE = 5e-5
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


def resolve(spec: JobSpec, base: BaseModelInfo, *, num_examples: int, longest_tokens: int, rate_factor: float) -> Plan:
    """`longest_tokens` is the longest training text; `rate_factor` is the method's. Raises `spec:max_length_too_large`."""
    notes: list[Resolved] = []
    optimisation = spec.optimisation

    max_length = spec.task.max_length
    if max_length == "auto":
        wanted = max(SHORTEST_LIMIT, -(-longest_tokens // 8) * 8)
        max_length = min(wanted, base.max_length)
        notes.append(
            Resolved(
                field="task.max_length",
                value=max_length,
                rule="max_length.longest_text",
                explanation=f"The longest training text has {longest_tokens} tokens; the limit covers it within what "
                f"the base model reads ({base.max_length}), and leaves room for texts of at least {SHORTEST_LIMIT}.",
            )
        )
    elif max_length > base.max_length:
        raise JobError(
            "spec:max_length_too_large",
            f"A max_length of {max_length} is more than {base.name} reads; choose at most {base.max_length}.",
            max_length=max_length,
            limit=base.max_length,
        )

    head: Literal["probe", "random"]
    if optimisation.head == "auto":
        head = "probe"
        notes.append(
            Resolved(
                field="optimisation.head",
                value=head,
                rule="head.probe",
                explanation="The output layer is solved on the base model's features first: it costs one pass over the "
                "data and starts fine-tuning from a good model instead of a random one.",
            )
        )
    else:
        head = optimisation.head

    batch_size = optimisation.batch_size
    if batch_size == "auto":
        batch_size = min(BATCH_SIZE, max(8, num_examples // 8 // 8 * 8))
        notes.append(
            Resolved(
                field="optimisation.batch_size",
                value=batch_size,
                rule="batch_size.by_examples",
                explanation=f"{BATCH_SIZE} rows per step, or fewer when the data set has too few rows for eight steps.",
            )
        )

    epochs = optimisation.epochs
    if epochs == "auto":
        epochs = min(MOST_EPOCHS, max(1, round(EXAMPLES_TO_SEE / num_examples)))
        notes.append(
            Resolved(
                field="optimisation.epochs",
                value=epochs,
                rule="epochs.by_examples",
                explanation=f"With {num_examples} training rows, {epochs} passes show the model about "
                f"{epochs * num_examples} examples (the aim is {EXAMPLES_TO_SEE}, in at most {MOST_EPOCHS} passes).",
            )
        )

    learning_rate = optimisation.learning_rate
    if learning_rate == "auto":
        start = RATE_AFTER_PROBE if head == "probe" else RATE_FROM_RANDOM
        learning_rate = float(f"{start * rate_factor:.6g}")
        notes.append(
            Resolved(
                field="optimisation.learning_rate",
                value=learning_rate,
                rule=f"learning_rate.{spec.method.type}_{head}",
                explanation="A small rate, since the output layer is already solved and the base model should move little."
                if head == "probe"
                else "A larger rate, since the output layer starts from random values.",
            )
        )
    return Plan(
        max_length=max_length,
        head=head,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        resolved=tuple(notes),
    )
