"""Turns `auto` into values. The rules are documented in docs/auto-rules.md; each value is recorded with the rule's sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workers.contract.events import Resolved
from workers.contract.reasons import JobError
from workers.contract.spec import LARGE
from workers.trainer.data.ends import CLEAR

if TYPE_CHECKING:
    from workers.contract.catalogue import BaseModelInfo
    from workers.contract.events import Scalar
    from workers.contract.spec import JobSpec
    from workers.trainer.data.ends import Ends

SHORTEST_LIMIT = 128
FEWEST_TOKENS = 8
FEWEST_LONG_ROWS = 4
# Of networks that keep their own output layer: what published recipes use, from 6e-5 for 125 million parameters to 1e-5 for seven
# billion; the rates of pre-training fall alike (Brown et al. 2020, arXiv:2005.14165, table 2.1).
RATE_OF_KNOWN_SIZE = 6e-5
KNOWN_SIZE = 125_000_000
FALL_WITH_SIZE = 0.4
LOWEST_RATE, HIGHEST_RATE = 5e-6, 1e-3
# Published recipes of DPO and KTO take 5e-7 where supervised tuning takes 1e-5; on small models a tenth is safe and learns.
SHARE_OF_PREFERENCE = {"dpo": 0.1, "kto": 0.1, "orpo": 0.5}
# Blocks of plain text need not be as long as a base model can read: longer ones cost memory, and far context teaches little.
LONGEST_BLOCK = 1024
WARMUP_RATIO = 0.06
# 2 / (1 - beta2) steps of Adam, whose averages are settled by then (Ma and Yarats 2021, arXiv:1910.04209).
MOST_WARMUP_STEPS = 2000


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
    is_rate_by_size: bool = False
    """Whether the base model's own output layer goes on learning, with the rates of its pre-training."""


USUAL = Rules()
LANGUAGE = Rules(most_epochs=3, is_rate_by_size=True)
REWRITING = Rules(is_rate_by_size=True)
# What connects the decoder with the source is new, and learns to look at it from the data alone: more passes, larger steps.
WARM_START = Rules(examples_to_see=60_000, most_epochs=30, rate_from_random=5e-4)
RULES_OF_TASK = {
    # The base model has read texts one by one, and learns here to compare two of them.
    "pair_classification": Rules(most_epochs=4, rate_from_random=2e-4, is_probe_weak=True),
    # Spans are rare and their types many; a row is short. One pass over thousands of rows leaves much unlearnt.
    "token_classification": Rules(examples_to_see=28_000, rate_after_probe=3e-4),
    "question_answering": Rules(most_epochs=6, batch_size=16, is_probe_weak=True),
    # Its vectors are compared already as they are, and their order is good: it takes little to spoil it.
    "similarity": Rules(rate_after_probe=5e-5),
    "ranking": Rules(tokens_per_step=8192),
    "causal_lm": LANGUAGE,
    "masked_lm": LANGUAGE,
    "chat": LANGUAGE,
    "preference": LANGUAGE,
    "translation": REWRITING,
    "summarisation": REWRITING,
}


@dataclass(frozen=True)
class Plan:
    """The values that the run uses; nothing in here is `auto` any more."""

    max_length: int
    head: Literal["probe", "random", "own"]
    """Solved before training, new, or the base model's."""
    epochs: int
    batch_size: int
    learning_rate: float
    warmup_ratio: float
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

    `has_head_start` says whether the task has an output layer to solve before training. Raises `spec:max_length_too_large`,
    `spec:invalid`.
    """
    rules = RULES_OF_TASK.get(spec.task.type, USUAL)
    is_warm_start = rules is REWRITING and base.architecture == "encoder"
    if is_warm_start:
        rules = WARM_START
    notes: list[Resolved] = []
    head = _head(spec, notes) if has_head_start else _own_head(spec, notes, is_warm_start=is_warm_start)
    max_length = _max_length(spec, base, longest_tokens, virtual_tokens, notes)
    if spec.task.type == "causal_lm":
        num_examples = -(-round(num_examples * tokens_per_example) // max_length)  # Its rows are blocks.
    batch_size = _batch_size(spec, rules, num_examples, tokens_per_example, notes)
    epochs = _epochs(spec, rules, num_examples, notes)
    return Plan(
        max_length=max_length,
        head=head,
        batch_size=batch_size,
        epochs=epochs,
        warmup_ratio=_warmup_ratio(spec, epochs * -(-num_examples // batch_size), notes),
        learning_rate=_learning_rate_by_size(spec, base, rate_factor, notes)
        if rules.is_rate_by_size
        else _learning_rate(spec, rules, "warm start" if is_warm_start else head, rate_factor, notes),
        resolved=tuple(notes),
    )


def method_by_size(spec: JobSpec, base: BaseModelInfo) -> Resolved:
    """Why `spec` has the method that `JobSpec.with_method_for` gave it."""
    return Resolved(
        field="method.type",
        value=spec.method.type,
        rule="method.by_size",
        params={"parameters": base.num_parameters, "large": LARGE},
        explanation=f"The base model has {base.num_parameters:,} parameters; below {LARGE:,} every weight learns, and from there on "
        "low-rank updates (LoRA), which need a fraction of the memory.",
    )


def side_by_ends(ends: Ends | None, *, num_cut: int, max_length: int) -> Resolved:
    """Which end of texts that are too long is cut off: `right` or `left`. `ends` is None where too few are cut to be compared."""
    params: dict[str, Scalar] = {"count": num_cut, "max_length": max_length}
    if ends is None:
        value, rule = "right", "truncation_side.few_are_cut"
        why = f"{num_cut} training texts are longer than {max_length} tokens, too few to compare their ends: their beginnings are read."
    else:
        first, last = round(100 * ends.beginnings), round(100 * ends.endings)
        params |= {"beginnings": first, "endings": last}
        value, rule = (
            ("left", "truncation_side.endings") if ends.lead > CLEAR else ("right", "truncation_side.beginnings")
        )
        told = f"foretell {last} % of the answers' variance, those at their beginnings {first} %"
        why = f"{num_cut} training texts are longer than {max_length} tokens. The words at their ends {told}: " + (
            "the ends are read."
            if value == "left"
            else "the beginnings are read, since the ends are not clearly better."
        )
    return Resolved(field="task.truncation_side", value=value, rule=rule, params=params, explanation=why)


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
                field="task.max_length",
                max_length=wanted,
                limit=limit,
            )
        return wanted
    if spec.task.type == "causal_lm":
        return _block_length(longest_tokens, limit, notes)
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


def _block_length(longest_tokens: int, limit: int, notes: list[Resolved]) -> int:
    length = min(max(SHORTEST_LIMIT, -(-longest_tokens // 8) * 8), LONGEST_BLOCK, limit)
    notes.append(
        Resolved(
            field="task.max_length",
            value=length,
            rule="max_length.block",
            params={"length": length, "longest": longest_tokens, "most": LONGEST_BLOCK, "limit": limit},
            explanation=f"Texts are joined and cut into blocks of {length} tokens: as long as the longest text "
            f"({longest_tokens}), at most {LONGEST_BLOCK} and at most what the base model reads ({limit}).",
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


def _own_head(spec: JobSpec, notes: list[Resolved], *, is_warm_start: bool) -> Literal["random", "own"]:
    """`random` means that the untouched base model is not asked before the first step."""
    wanted = spec.optimisation.head
    if wanted == "random":
        return "random"
    if wanted == "probe":
        raise JobError(
            "spec:invalid",
            f"The task {spec.task.type} adds no output layer to the base model, so there is none to solve; leave "
            "optimisation.head at auto.",
            field="optimisation.head",
        )
    if is_warm_start:
        notes.append(
            Resolved(
                field="optimisation.head",
                value="own",
                rule="head.warm_start",
                explanation="The base model only reads: its layers become a decoder as well, whose view of the source is new. "
                "Nothing is solved; training starts from there.",
            )
        )
        return "own"
    notes.append(
        Resolved(
            field="optimisation.head",
            value="own",
            rule="head.own",
            explanation="The task adds no output layer to the base model, so none is solved; what the untouched model reaches on "
            "validation is measured first, and kept if training does not improve on it.",
        )
    )
    return "own"


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
            explanation=f"Training rows: {num_examples}; passes: {epochs}, which show the model about "
            f"{epochs * num_examples} examples (the aim is {rules.examples_to_see}; passes at most: {rules.most_epochs}).",
        )
    )
    return epochs


def _warmup_ratio(spec: JobSpec, num_batches: int, notes: list[Resolved]) -> float:
    if spec.optimisation.warmup_ratio != "auto":
        return spec.optimisation.warmup_ratio
    steps = -(-num_batches // spec.optimisation.gradient_accumulation)
    steps = min(steps, spec.limits.max_steps or steps)
    ratio = float(f"{min(WARMUP_RATIO, MOST_WARMUP_STEPS / max(1, steps)):.3g}")
    notes.append(
        Resolved(
            field="optimisation.warmup_ratio",
            value=ratio,
            rule="warmup.by_steps",
            params={"percent": round(100 * WARMUP_RATIO), "most": MOST_WARMUP_STEPS, "steps": steps},
            explanation=f"The rate rises over {100 * WARMUP_RATIO:.0f} % of the {steps} steps, and over {MOST_WARMUP_STEPS} at most: the "
            "optimiser's averages are settled by then.",
        )
    )
    return ratio


def _learning_rate(spec: JobSpec, rules: Rules, head: str, rate_factor: float, notes: list[Resolved]) -> float:
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
        "own": (
            rules.rate_after_probe,
            "learning_rate.from_base",
            "A small rate: the base model answers already as it is, and should move little.",
        ),
        "random": (
            rules.rate_from_random,
            "learning_rate.from_random",
            "A larger rate: the output layer starts from random values.",
        ),
        "warm start": (
            rules.rate_from_random,
            "learning_rate.warm_start",
            "A larger rate: what connects the decoder with the source starts from random values.",
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
