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
FEWEST_LONG_ROWS = 4


@dataclass(frozen=True)
class Rules:
    """What the rules take for a task; docs/auto-rules.md has the same table and says why."""

    examples_to_see: int = 16_000
    most_epochs: int = 5
    batch_size: int = 32
    tokens_per_step: int | None = None
    """Of tasks whose rows hold many sequences: a batch has no more rows than have about so many tokens."""
    rate_after_probe: float = 1e-4
    rate_from_random: float = 5e-4
    is_probe_weak: bool = False
    """Whether the base model's features say little of the answers, so that the whole model has to move in any case."""


USUAL = Rules()
RULES_OF_TASK = {
    "question_answering": Rules(most_epochs=6, batch_size=16, is_probe_weak=True),
    "ranking": Rules(tokens_per_step=8192),
}


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
    tokens_per_example: float = 0.0,
    has_head_start: bool = True,
) -> Plan:
    """`longest_tokens` is the longest training text; `rate_factor` and `virtual_tokens` are the method's.

    `has_head_start` says whether the task has an output layer. Raises `spec:max_length_too_large`.
    """
    rules = RULES_OF_TASK.get(spec.task.type, USUAL)
    notes: list[Resolved] = []
    head = _head(spec, has_head_start, notes)
    return Plan(
        max_length=_max_length(spec, base, longest_tokens, virtual_tokens, notes),
        head=head,
        batch_size=_batch_size(spec, rules, num_examples, tokens_per_example, notes),
        epochs=_epochs(spec, rules, num_examples, notes),
        learning_rate=_learning_rate(spec, rules, head, rate_factor, notes),
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


def _head(spec: JobSpec, has_head_start: bool, notes: list[Resolved]) -> Literal["probe", "random"]:
    if spec.optimisation.head != "auto":
        return spec.optimisation.head
    if not has_head_start:
        notes.append(
            Resolved(
                field="optimisation.head",
                value="probe",
                rule="head.none",
                explanation="The task has no output layer: the base model as it is counts as the state of step 0, and is kept "
                "when fine-tuning does not improve on it.",
            )
        )
        return "probe"
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


def _batch_size(
    spec: JobSpec, rules: Rules, num_examples: int, tokens_per_example: float, notes: list[Resolved]
) -> int:
    if spec.optimisation.batch_size != "auto":
        return spec.optimisation.batch_size
    batch_size = min(rules.batch_size, max(8, num_examples // 64 * 8))
    if rules.tokens_per_step is not None and batch_size * tokens_per_example > rules.tokens_per_step:
        batch_size = max(FEWEST_LONG_ROWS, int(rules.tokens_per_step / tokens_per_example) // 4 * 4)
        note = Resolved(
            field="optimisation.batch_size",
            value=batch_size,
            rule="batch_size.by_tokens",
            params={"tokens": round(tokens_per_example), "aim": rules.tokens_per_step, "fewest": FEWEST_LONG_ROWS},
            explanation=f"A row with its candidates has about {tokens_per_example:.0f} tokens, and a step should read about "
            f"{rules.tokens_per_step}, in at least {FEWEST_LONG_ROWS} rows.",
        )
    else:
        note = Resolved(
            field="optimisation.batch_size",
            value=batch_size,
            rule="batch_size.by_examples",
            params={"usual": rules.batch_size},
            explanation=f"{rules.batch_size} rows per step, or fewer when a pass would then have fewer than eight steps.",
        )
    notes.append(note)
    return batch_size


def _epochs(spec: JobSpec, rules: Rules, num_examples: int, notes: list[Resolved]) -> int:
    if spec.optimisation.epochs != "auto":
        return spec.optimisation.epochs
    epochs = min(rules.most_epochs, max(1, round(rules.examples_to_see / num_examples)))
    notes.append(
        Resolved(
            field="optimisation.epochs",
            value=epochs,
            rule="epochs.by_examples",
            params={
                "rows": num_examples,
                "epochs": epochs,
                "examples": epochs * num_examples,
                "aim": rules.examples_to_see,
                "most": rules.most_epochs,
            },
            explanation=f"With {num_examples} training rows, {epochs} passes show the model about "
            f"{epochs * num_examples} examples (the aim is {rules.examples_to_see}, in at most {rules.most_epochs} passes).",
        )
    )
    return epochs


def _learning_rate(
    spec: JobSpec, rules: Rules, head: Literal["probe", "random"], rate_factor: float, notes: list[Resolved]
) -> float:
    if spec.optimisation.learning_rate != "auto":
        return spec.optimisation.learning_rate
    start, rule, why = {
        "probe": (
            rules.rate_after_probe,
            "learning_rate.after_probe",
            "A small rate: the output layer is solved, and the base model should move little.",
        ),
        "weak probe": (
            rules.rate_from_random,
            "learning_rate.after_weak_probe",
            "A larger rate: the solved output layer is a weak start, as the base model never gave answers of this kind.",
        ),
        "random": (
            rules.rate_from_random,
            "learning_rate.from_random",
            "A larger rate: the output layer starts from random values.",
        ),
    }["weak probe" if head == "probe" and rules.is_probe_weak else head]
    if rate_factor != 1:
        why += f" The method {spec.method.type} needs {rate_factor:g} times that of full training."
    learning_rate = float(f"{start * rate_factor:.6g}")
    notes.append(
        Resolved(
            field="optimisation.learning_rate",
            value=learning_rate,
            rule=rule,
            params={"method": spec.method.type, "factor": rate_factor},
            explanation=why,
        )
    )
    return learning_rate
