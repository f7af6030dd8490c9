"""Turns `auto` into values. The rules are documented in docs/auto-rules.md; each value is recorded with the rule's sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workers.contract.events import Resolved
from workers.contract.rates import (
    MOST_ROWS_AGREEING,
    MOST_TOKENS_AGREEING,
    R_DROP_OF_TASK,
    SHARE_OF_PREFERENCE,
    WARM_START,
    Rates,
    is_short_run,
    rate_by_size,
    rates_of,
    usual_r_drop,
    usual_similarity_epochs,
)
from workers.contract.reasons import JobError
from workers.contract.spec import LARGE, TASKS_OF_PAIRS
from workers.trainer.data.ends import CLEAR

if TYPE_CHECKING:
    from workers.contract.catalogue import BaseModelInfo
    from workers.contract.events import Scalar
    from workers.contract.spec import JobSpec
    from workers.trainer.data.ends import Ends

SHORTEST_LIMIT = 128
FEWEST_TOKENS = 8
FEWEST_ROWS = 8
FEWEST_LONG_ROWS = 4
# Blocks of plain text need not be as long as a base model can read: longer ones cost memory, and far context teaches little.
LONGEST_BLOCK = 1024
WARMUP_RATIO = 0.06
# 2 / (1 - beta2) steps of Adam, whose averages are settled by then (Ma and Yarats 2021, arXiv:1910.04209).
MOST_WARMUP_STEPS = 2000
# The first steps after a solved head make a small set's figures worse before they make them better.
FEWEST_STEPS_WAITED = 100
FEWEST_EVALUATIONS_WAITED = 2
MOST_EVALUATIONS_WAITED = 100


@dataclass(frozen=True)
class Rules:
    """What the rules take for a task beside its rates (workers.contract.rates); docs/auto-rules.md has the same table and says why."""

    examples_to_see: int = 20_000
    most_epochs: int = 5
    batch_size: int = 32
    fewest_steps: int = 200
    """Of a whole run: a batch has fewer rows, though at least `FEWEST_ROWS`, where there would be fewer."""
    tokens_per_step: int | None = None
    """Of tasks whose rows hold many sequences: a batch has no more rows than have about so many tokens."""


USUAL = Rules()
# No new layer that has to find its place first.
LANGUAGE = Rules(most_epochs=3, fewest_steps=24)
# Rows of a batch are each other's wrong answers: it is not made small.
VECTORS = Rules(fewest_steps=40)
# What connects the decoder with the source is new: more passes.
NEW_DECODER = Rules(examples_to_see=60_000, most_epochs=30)
RULES_OF_TASK = {
    "pair_classification": Rules(most_epochs=4),
    # Spans are rare and their types many; a row is short. One pass over thousands of rows leaves much unlearnt.
    "token_classification": Rules(examples_to_see=28_000),
    "question_answering": Rules(most_epochs=6, batch_size=16),
    "ranking": Rules(tokens_per_step=8192),
    "embedding": VECTORS,
    "similarity": VECTORS,
    "causal_lm": LANGUAGE,
    "masked_lm": LANGUAGE,
    "chat": LANGUAGE,
    "preference": LANGUAGE,
}


@dataclass(frozen=True)
class Plan:
    """The values that the run uses; nothing in here is `auto` any more."""

    max_length: int
    head: Literal["probe", "random", "own"]
    """Solved before training, new, or the base model's."""
    similarity_epochs: int
    """Passes about how alike two texts are, before the `epochs` about the answers."""
    epochs: int
    batch_size: int
    learning_rate: float
    warmup_ratio: float
    patience: int | None
    """Evaluations without gain after which a run ends; None where none ends it."""
    r_drop: float
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
    has_dropout: bool = True,
) -> Plan:
    """`longest_tokens` is the longest training text; `rate_factor` and `virtual_tokens` are the method's.

    `has_head_start` says whether the task has an output layer to solve before training, `has_dropout` whether the base model drops
    values in training. Raises `spec:max_length_too_large`, `spec:invalid`.
    """
    rates = rates_of(spec.task.type, base)
    is_warm_start = rates is WARM_START
    rules = NEW_DECODER if is_warm_start else RULES_OF_TASK.get(spec.task.type, USUAL)
    notes: list[Resolved] = []
    max_length = _max_length(spec, base, longest_tokens, virtual_tokens, notes)
    if spec.task.type == "causal_lm":
        num_examples = -(-round(num_examples * tokens_per_example) // max_length)  # Its rows are blocks.
    epochs = _epochs(spec, rules, num_examples, notes)
    num_tokens = epochs * num_examples * min(tokens_per_example, max_length)
    similarity_epochs = _similarity_epochs(spec, base, num_examples, num_tokens, notes)
    if has_head_start:
        head: Literal["probe", "random", "own"] = _head(spec, notes, is_compared=similarity_epochs > 0)
    else:
        head = _own_head(spec, notes, is_warm_start=is_warm_start)
    batch_size = _batch_size(spec, rules, epochs * num_examples, tokens_per_example, notes)
    num_batches = -(-num_examples // batch_size)
    return Plan(
        max_length=max_length,
        head=head,
        batch_size=batch_size,
        similarity_epochs=similarity_epochs,
        epochs=epochs,
        warmup_ratio=_warmup_ratio(spec, epochs * num_batches, notes),
        patience=_patience(spec, num_batches, notes),
        r_drop=_r_drop(spec, base, num_examples, num_tokens, has_dropout=has_dropout, notes=notes),
        learning_rate=_learning_rate_by_size(spec, base, rate_factor, notes)
        if rates.is_by_size
        else _learning_rate(spec, rates, "warm start" if is_warm_start else head, rate_factor, notes),
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


def _head(spec: JobSpec, notes: list[Resolved], *, is_compared: bool) -> Literal["probe", "random"]:
    if spec.optimisation.head != "auto":
        return spec.optimisation.head
    if is_compared:
        notes.append(
            Resolved(
                field="optimisation.head",
                value="random",
                rule="head.after_similarity",
                explanation="The output layer starts from random values once the model has learnt to compare: what the untouched base "
                "model makes of two texts at once says little about them.",
            )
        )
        return "random"
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
    spec: JobSpec, rules: Rules, examples_seen: int, tokens_per_example: float, notes: list[Resolved]
) -> int:
    if spec.optimisation.batch_size != "auto":
        return spec.optimisation.batch_size
    batch_size = min(rules.batch_size, max(FEWEST_ROWS, examples_seen // rules.fewest_steps // 8 * 8))
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
            params={"usual": rules.batch_size, "fewest": FEWEST_ROWS, "fewest_steps": rules.fewest_steps},
            explanation=f"{rules.batch_size} rows per step, or fewer (at least {FEWEST_ROWS}) when the whole run would then have "
            f"fewer than {rules.fewest_steps} steps.",
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


def _patience(spec: JobSpec, num_batches: int, notes: list[Resolved]) -> int | None:
    stopping = spec.optimisation.early_stopping
    if stopping is None:
        return None
    if stopping.patience != "auto":
        return stopping.patience
    steps = -(-num_batches // spec.optimisation.gradient_accumulation)
    patience = min(max(FEWEST_EVALUATIONS_WAITED, -(-FEWEST_STEPS_WAITED // steps)), MOST_EVALUATIONS_WAITED)
    notes.append(
        Resolved(
            field="optimisation.early_stopping.patience",
            value=patience,
            rule="patience.by_steps",
            params={
                "patience": patience,
                "steps": steps,
                "fewest_steps": FEWEST_STEPS_WAITED,
                "fewest": FEWEST_EVALUATIONS_WAITED,
            },
            explanation=f"Passes without gain after which training ends: {patience}. A pass has {steps} steps, and at least "
            f"{FEWEST_STEPS_WAITED} steps are waited for, in at least {FEWEST_EVALUATIONS_WAITED} passes: small sets get worse "
            "before they get better.",
        )
    )
    return patience


def _similarity_epochs(
    spec: JobSpec, base: BaseModelInfo, num_examples: int, num_tokens: float, notes: list[Resolved]
) -> int:
    """`num_tokens` are those of all passes about the answers."""
    if spec.optimisation.similarity_epochs != "auto":
        return spec.optimisation.similarity_epochs
    if spec.task.type not in TASKS_OF_PAIRS:
        return 0
    epochs = usual_similarity_epochs(spec, base, num_rows=num_examples, num_tokens=num_tokens)
    if epochs:
        rule = "similarity_epochs.short_run"
        params: dict[str, Scalar] = {"epochs": epochs}
        why = (
            f"Passes before those that learn the answers: {epochs}. The base model has read texts one by one; here it reads two at once, "
            "and first learns how alike it finds them, which costs no answers and is what most of them begin with."
        )
    elif not is_short_run(num_rows=num_examples, num_tokens=num_tokens):
        rule = "similarity_epochs.long_run"
        params = {
            "rows": num_examples,
            "tokens": round(num_tokens),
            "most": MOST_ROWS_AGREEING,
            "most_tokens": MOST_TOKENS_AGREEING,
        }
        why = (
            f"Training rows: {num_examples}; tokens in all passes: {num_tokens:.0f}. Above {MOST_ROWS_AGREEING} rows or "
            f"{MOST_TOKENS_AGREEING} tokens the answers themselves teach the model to compare two texts."
        )
    else:
        rule, params = "similarity_epochs.not_tried", {}
        why = (
            "No passes about how alike two texts are: they are taken for labels, when every weight learns and the base model's vectors of "
            "single texts are made to be compared."
        )
    notes.append(
        Resolved(field="optimisation.similarity_epochs", value=epochs, rule=rule, params=params, explanation=why)
    )
    return epochs


def _r_drop(
    spec: JobSpec,
    base: BaseModelInfo,
    num_examples: int,
    num_tokens: float,
    *,
    has_dropout: bool,
    notes: list[Resolved],
) -> float:
    """`num_tokens` are those of all passes."""
    if spec.optimisation.r_drop != "auto":
        return spec.optimisation.r_drop
    if spec.task.type not in R_DROP_OF_TASK:
        return 0.0
    weight = usual_r_drop(spec.task.type, base, num_rows=num_examples, num_tokens=num_tokens) if has_dropout else 0.0
    params: dict[str, Scalar] = {
        "rows": num_examples,
        "tokens": round(num_tokens),
        "most": MOST_ROWS_AGREEING,
        "most_tokens": MOST_TOKENS_AGREEING,
    }
    found = f"Training rows: {num_examples}; tokens in all passes: {num_tokens:.0f}."
    if not has_dropout:
        rule, params = "r_drop.no_dropout", {}
        why = "The network drops no values, so that reading rows twice would say the same twice."
    elif base.num_parameters >= LARGE:
        rule, params = "r_drop.large_base", {"parameters": base.num_parameters, "large": LARGE}
        why = (
            f"The base model has {base.num_parameters:,} parameters; from {LARGE:,} on, rows are not read twice, which would take twice "
            "the memory."
        )
    elif weight:
        rule = "r_drop.short_run"
        why = (
            f"{found} Up to {MOST_ROWS_AGREEING} rows and {MOST_TOKENS_AGREEING} tokens every step reads its rows twice with different "
            "dropout, and the two answers have to agree: few rows are learnt by heart less. A step takes twice the time."
        )
    else:
        rule = "r_drop.long_run"
        why = (
            f"{found} Above {MOST_ROWS_AGREEING} rows or {MOST_TOKENS_AGREEING} tokens every step reads its rows once: many rows are not "
            "soon learnt by heart, and long texts would take twice their time."
        )
    notes.append(Resolved(field="optimisation.r_drop", value=weight, rule=rule, params=params, explanation=why))
    return weight


def _learning_rate(spec: JobSpec, rates: Rates, head: str, rate_factor: float, notes: list[Resolved]) -> float:
    if spec.optimisation.learning_rate != "auto":
        return spec.optimisation.learning_rate
    start, rule, why = {
        "probe": (
            rates.after_probe,
            "learning_rate.after_probe",
            "A small rate: the output layer is solved, and the base model should move little.",
        ),
        "weak probe": (
            rates.from_random,
            "learning_rate.after_weak_probe",
            "A larger rate: the solved output layer is a weak start, as the base model never gave answers of this kind.",
        ),
        "own": (
            rates.after_probe,
            "learning_rate.from_base",
            "A small rate: the base model answers already as it is, and should move little.",
        ),
        "random": (
            rates.from_random,
            "learning_rate.from_random",
            "A larger rate: the output layer starts from random values.",
        ),
        "warm start": (
            rates.from_random,
            "learning_rate.warm_start",
            "A larger rate: what connects the decoder with the source starts from random values.",
        ),
    }["weak probe" if head == "probe" and rates.is_probe_weak else head]
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
    why = f"The base model has {base.num_parameters:,} parameters; the larger a model, the smaller its steps."
    if rate_factor != 1:
        why += f" The method {spec.method.type} needs {rate_factor:g} times the rate of full training."
    if share != 1:
        why += f" Preferences move a model easily, so they take {share:g} of the rate of other tasks."
    learning_rate = float(f"{rate_by_size(base.num_parameters) * share * rate_factor:.2g}")
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
