"""JobSpec and data -> training rows as tokens: all of a run that needs no weights. `build` trains on it, `preview` shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workers.contract.events import Warned
from workers.contract.reasons import JobError
from workers.trainer.augment import build_augmenter
from workers.trainer.augment.back_translation import back_translated
from workers.trainer.auto import method_by_size, resolve, side_by_ends
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.doubts import special_tokens
from workers.trainer.data.encoded import evenly
from workers.trainer.data.ends import FEWEST_ROWS, MOST_ROWS, compare_ends
from workers.trainer.data.splits import SPLITS
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.methods import build_method
from workers.trainer.tasks import VariesByEpoch, build_task

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from workers.contract.events import Resolved
    from workers.contract.spec import JobSpec
    from workers.trainer.augment import Augmenter
    from workers.trainer.auto import Plan
    from workers.trainer.bases import Base
    from workers.trainer.control import Control
    from workers.trainer.data.encoded import Encoded, IntArray
    from workers.trainer.data.splits import TaskData
    from workers.trainer.methods._method import Method
    from workers.trainer.tasks import Task


_MOST_UNKNOWN = 0.05


@dataclass(frozen=True)
class Opened:
    """What a spec names, found and fitting together."""

    spec: JobSpec
    """With the method that `auto` has become."""
    base: Base
    task: Task
    method: Method
    resolved: tuple[Resolved, ...]
    """What was chosen before any row was read."""


@dataclass(frozen=True)
class Prepared:
    """The rows of every split as the model reads them, under the base model's ids, and the plan that they led to."""

    data: TaskData
    tokeniser: Tokeniser
    plan: Plan
    encoded: dict[str, Encoded]
    warnings: list[Warned]


def open_parts(spec: JobSpec) -> Opened:
    """Raises JobError `spec:*` and `platform:base_model_damaged`."""
    base = find_base(spec.base_model)
    _refuse_task(spec, base)
    chosen = spec.with_method_for(base.info.num_parameters)
    resolved = () if chosen is spec else (method_by_size(chosen, base.info),)
    return Opened(chosen, base, build_task(chosen), build_method(chosen.method), resolved)


def prepare_rows(spec: JobSpec, opened: Opened, *, data_dir: Path, cache: Path) -> Prepared:
    """Read, check, resolve what is `auto`, tokenise. Raises JobError `data:*` and `spec:*`."""
    base, task, method = opened.base, opened.task, opened.method
    data, warnings = task.read(spec, data_dir)
    longest = task.encode(data.train, data, _tokeniser(base, cache), base, max_length=None)
    plan = resolve(
        spec,
        base.info,
        num_examples=len(data.train),
        longest_tokens=longest.longest,
        rate_factor=method.learning_rate_factor,
        virtual_tokens=method.num_virtual_tokens,
        tokens_per_example=float(longest.lengths.mean()),
        has_head_start=task.has_head_start,
        has_dropout=bool(spec.optimisation.dropout) or (spec.optimisation.dropout is None and base.has_dropout),
    )
    side, chosen = _truncation_side(spec, opened, data, longest.lengths, plan.max_length, cache)
    plan = replace(plan, resolved=(*opened.resolved, *plan.resolved, *chosen))
    tokeniser = _tokeniser(base, cache, side)
    encoded = {
        split: task.encode(data.split(split), data, tokeniser, base, max_length=plan.max_length) for split in SPLITS
    }
    _refuse_nothing_learnt(task, encoded["train"], data, plan)
    _refuse_too_few_rows(task, data, plan)
    # Where there is no test file, two of the splits are the same rows.
    for split in filter(lambda split: _is_new(split, data), SPLITS):
        warnings += [*special_tokens(data.split(split), tokeniser.tokenizer), *encoded[split].notes]
    warnings += [
        _cut_off(split, found, plan.max_length, side=side) for split, found in encoded.items() if found.num_truncated
    ]
    warnings += _unknown(encoded["train"], tokeniser, base)
    return Prepared(data, tokeniser, plan, encoded, warnings)


def prepare_augmenter(
    spec: JobSpec, opened: Opened, prepared: Prepared, *, table: torch.Tensor, cache: Path, control: Control
) -> Augmenter | None:
    """What changes training rows from pass to pass, where the spec asks for it. `table` are the base model's token embeddings."""
    plan, data = prepared.plan, prepared.data
    return build_augmenter(
        spec.augmentation,
        prepared.encoded["train"],
        in_other_words=_in_other_words(spec, opened, prepared, cache=cache, control=control),
        tokenizer=prepared.tokeniser.tokenizer,
        table=table,
        labels=data.labels,
        max_length=plan.max_length,
    )


def rows_of_pass(encoded: Encoded, task: Task, augmenter: Augmenter | None, *, seed: int, epoch: int) -> Encoded:
    """The training rows as one pass over the data sees them."""
    varying = augmenter or task
    return varying.rows_of_epoch(encoded, seed=seed, epoch=epoch) if isinstance(varying, VariesByEpoch) else encoded


def nothing_trained(file: str, max_length: int) -> JobError:
    """No token of the training rows carries loss."""
    return JobError(
        "data:no_trained_tokens",
        f"No row of {file} has a token that carries loss within {max_length} tokens. Raise task.max_length, or look at what the rows "
        "ask for.",
        file=file,
        max_length=max_length,
    )


def _refuse_nothing_learnt(task: Task, train: Encoded, data: TaskData, plan: Plan) -> None:
    """A task whose rows differ from pass to pass hides at least one word of every row that has any."""
    if not isinstance(task, VariesByEpoch) and not task.units(train, np.arange(len(train))):
        raise nothing_trained(data.train.file, plan.max_length)


def _refuse_too_few_rows(task: Task, data: TaskData, plan: Plan) -> None:
    fewest = task.fewest_rows
    if len(data.train) < fewest:
        raise JobError(
            "data:empty",
            f"The task {task.spec.type} tells rows from one another, and {data.train.file} has fewer than {fewest} of them to train on; "
            "add rows.",
            file=data.train.file,
        )
    if plan.batch_size < fewest:
        raise JobError(
            "spec:invalid",
            f"The task {task.spec.type} tells every row from the others of its batch, so that batches of {plan.batch_size} teach nothing; "
            f"set optimisation.batch_size to {fewest} or more (the more, the better), or to auto.",
            field="optimisation.batch_size",
        )


def _in_other_words(
    spec: JobSpec, opened: Opened, prepared: Prepared, *, cache: Path, control: Control
) -> tuple[Encoded, list[bool]] | None:
    """The training rows as translation gives them back, where that is asked for, and in which of them it changed something."""
    if spec.augmentation is None or spec.augmentation.back_translation is None:
        return None
    data, max_length = prepared.data, prepared.plan.max_length
    rows, is_other = back_translated(data.train, spec.augmentation.back_translation, cache=cache, control=control)
    return opened.task.encode(rows, data, prepared.tokeniser, opened.base, max_length=max_length), is_other


def _tokeniser(base: Base, cache: Path, side: str = "right") -> Tokeniser:
    return Tokeniser(load_tokenizer(base.folder, truncation_side=side), cache=cache)


def _truncation_side(
    spec: JobSpec, opened: Opened, data: TaskData, lengths: IntArray, max_length: int, cache: Path
) -> tuple[str, tuple[Resolved, ...]]:
    """Where texts are cut, and why where that was left open. `lengths` are those of the whole training rows, in tokens."""
    # Tasks without the choice keep the beginning.
    asked: str = getattr(spec.task, "truncation_side", "right")
    if asked != "auto":
        return asked, ()
    cut = np.flatnonzero(lengths > max_length)
    ends = None
    if len(cut) >= FEWEST_ROWS:
        some = cut[evenly(len(cut), MOST_ROWS)]
        rows = data.train.select(some.tolist(), split=data.train.split)
        beginnings, endings = (
            opened.task.encode(rows, data, _tokeniser(opened.base, cache, side), opened.base, max_length=max_length)
            for side in ("right", "left")
        )
        ends = compare_ends(beginnings, endings)
    note = side_by_ends(ends, num_cut=len(cut), max_length=max_length)
    return str(note.value), (note,)


def _refuse_task(spec: JobSpec, base: Base) -> None:
    if spec.task.type not in base.info.tasks:
        raise JobError(
            "spec:task_not_supported",
            f"{base.info.name} cannot learn the task {spec.task.type}; it can learn: {', '.join(base.info.tasks)}. "
            "Choose another base_model.",
            base_model=base.info.slug,
            task=spec.task.type,
        )


def _is_new(split: str, data: TaskData) -> bool:
    return split != "held_out" or data.held_out is not data.validation


def _unknown(train: Encoded, tokeniser: Tokeniser, base: Base) -> list[Warned]:
    """What a base model that was made for other languages cannot read."""
    unknown = tokeniser.unknown_id
    share = 0.0 if unknown is None else train.share_of(unknown)
    if share <= _MOST_UNKNOWN:
        return []
    percent = round(100 * share, 1)
    return [
        Warned(
            code="data:unknown_tokens",
            message=f"{base.info.name} does not know {percent} % of what it reads of the training texts; choose another base_model.",
            params={"base_model": base.info.name, "percent": percent},
        )
    ]


def _cut_off(split: str, encoded: Encoded, max_length: int, *, side: str) -> Warned:
    lost = "ends" if side == "right" else "beginnings"
    return Warned(
        code="data:truncated" if side == "right" else "data:truncated_left",
        message=f"{encoded.num_truncated} texts of the {split} rows are longer than {max_length} tokens; their {lost} are "
        "not read.",
        params={"split": split, "count": encoded.num_truncated, "max_length": max_length},
    )
