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
RATE_AFTER_PROBE = 1e-4
RATE_FROM_RANDOM = 5e-4
# Of networks that keep their own output layer: what published recipes use, from 6e-5 for 125 million parameters to 1e-5 for seven
# billion; the rates of pre-training fall alike (Brown et al. 2020, arXiv:2005.14165, table 2.1).
RATE_OF_KNOWN_SIZE = 6e-5
KNOWN_SIZE = 125_000_000
FALL_WITH_SIZE = 0.4
LOWEST_RATE, HIGHEST_RATE = 5e-6, 1e-3
# Published recipes of DPO and KTO take 5e-7 where supervised tuning takes 1e-5; on small models a tenth is safe and learns.
SHARE_OF_PREFERENCE = {"dpo": 0.1, "kto": 0.1, "orpo": 0.5}
MOST_EPOCHS_OF_TEXT = 3
# Blocks of plain text need not be as long as a base model can read: longer ones cost memory, and far context teaches little.
LONGEST_BLOCK = 1024


@dataclass(frozen=True)
class Plan:
    """The values that the run uses; nothing in here is `auto` any more."""

    max_length: int
    head: Literal["probe", "random", "own"]
    """Solved before training, new, or the base model's."""
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
    has_head_start: bool = True,
    num_tokens: int = 0,
) -> Plan:
    """`longest_tokens` is the longest training text and `num_tokens` all of them together; `rate_factor` is the method's;
    `has_head_start` says whether the task has an output layer to solve before training.

    Raises `spec:max_length_too_large`, `spec:invalid`.
    """
    notes: list[Resolved] = []
    head = _head(spec, notes) if has_head_start else _own_head(spec, notes)
    max_length = _max_length(spec, base, longest_tokens, notes)
    if spec.task.type == "causal_lm":
        num_examples = -(-num_tokens // max_length)  # Its rows are blocks.
    return Plan(
        max_length=max_length,
        head=head,
        batch_size=_batch_size(spec, num_examples, notes),
        epochs=_epochs(spec, num_examples, MOST_EPOCHS if has_head_start else MOST_EPOCHS_OF_TEXT, notes),
        learning_rate=_learning_rate(spec, head, rate_factor, notes)
        if has_head_start
        else _learning_rate_by_size(spec, base, rate_factor, notes),
        resolved=tuple(notes),
    )


def _max_length(spec: JobSpec, base: BaseModelInfo, longest_tokens: int, notes: list[Resolved]) -> int:
    wanted = spec.task.max_length
    if wanted != "auto":
        if wanted > base.max_length:
            raise JobError(
                "spec:max_length_too_large",
                f"A max_length of {wanted} is more than {base.name} reads; choose at most {base.max_length}.",
                max_length=wanted,
                limit=base.max_length,
            )
        return wanted
    if spec.task.type == "causal_lm":
        return _block_length(base, longest_tokens, notes)
    max_length = min(max(SHORTEST_LIMIT, -(-longest_tokens // 8) * 8), base.max_length)
    notes.append(
        Resolved(
            field="task.max_length",
            value=max_length,
            rule="max_length.longest_text",
            params={"longest": longest_tokens, "limit": base.max_length, "floor": SHORTEST_LIMIT},
            explanation=f"The longest training text has {longest_tokens} tokens; the limit covers it as far as the base "
            f"model reads ({base.max_length}), and is never below {SHORTEST_LIMIT}, since padding is not computed.",
        )
    )
    return max_length


def _block_length(base: BaseModelInfo, longest_tokens: int, notes: list[Resolved]) -> int:
    length = min(max(SHORTEST_LIMIT, -(-longest_tokens // 8) * 8), LONGEST_BLOCK, base.max_length)
    notes.append(
        Resolved(
            field="task.max_length",
            value=length,
            rule="max_length.block",
            params={"length": length, "longest": longest_tokens, "most": LONGEST_BLOCK, "limit": base.max_length},
            explanation=f"Texts are joined and cut into blocks of {length} tokens: as long as the longest text "
            f"({longest_tokens}), at most {LONGEST_BLOCK} and at most what the base model reads ({base.max_length}).",
        )
    )
    return length


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


def _own_head(spec: JobSpec, notes: list[Resolved]) -> Literal["random", "own"]:
    """`random` means that the untouched base model is not asked before the first step."""
    wanted = spec.optimisation.head
    if wanted == "random":
        return "random"
    if wanted == "probe":
        raise JobError(
            "spec:invalid",
            f"The task {spec.task.type} keeps the base model's own output layer, so there is none to solve; leave "
            "optimisation.head at auto.",
            field="optimisation.head",
        )
    notes.append(
        Resolved(
            field="optimisation.head",
            value="own",
            rule="head.own",
            explanation="The output layer is the base model's own; what the untouched model reaches on validation is "
            "measured first, and kept if training does not improve on it.",
        )
    )
    return "own"


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


def _epochs(spec: JobSpec, num_examples: int, most: int, notes: list[Resolved]) -> int:
    if spec.optimisation.epochs != "auto":
        return spec.optimisation.epochs
    epochs = min(most, max(1, round(EXAMPLES_TO_SEE / num_examples)))
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
                "most": most,
            },
            explanation=f"With {num_examples} training rows, {epochs} passes show the model about "
            f"{epochs * num_examples} examples (the aim is {EXAMPLES_TO_SEE}, in at most {most} passes).",
        )
    )
    return epochs


def _learning_rate(spec: JobSpec, head: str, rate_factor: float, notes: list[Resolved]) -> float:
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


def _learning_rate_by_size(spec: JobSpec, base: BaseModelInfo, rate_factor: float, notes: list[Resolved]) -> float:
    if spec.optimisation.learning_rate != "auto":
        return spec.optimisation.learning_rate
    share = SHARE_OF_PREFERENCE.get(getattr(spec.task, "loss", ""), 1.0)
    by_size = RATE_OF_KNOWN_SIZE * (KNOWN_SIZE / base.num_parameters) ** FALL_WITH_SIZE
    why = f"The base model has {base.num_parameters:,} parameters; the larger a model, the smaller its steps."
    if rate_factor != 1:
        why += f" The method {spec.method.type} needs {rate_factor:g} times the rate of full training."
    if share != 1:
        why += f" Preferences move a model easily, so they take {share:g} of the rate of other tasks."
    learning_rate = float(f"{min(HIGHEST_RATE, max(LOWEST_RATE, by_size)) * share * rate_factor:.2g}")
    params = {"parameters": base.num_parameters, "method": spec.method.type, "factor": rate_factor}
    notes.append(
        Resolved(
            field="optimisation.learning_rate",
            value=learning_rate,
            rule="learning_rate.by_size" if share == 1 else "learning_rate.of_preference",
            params=params if share == 1 else {**params, "share": share},
            explanation=why,
        )
    )
    return learning_rate
