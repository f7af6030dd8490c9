"""The three sets of a run: train, validation (to choose) and the held-out rows (to report)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workers.contract.events import Warned
from workers.contract.reasons import JobError
from workers.trainer.fingerprint import derived_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal

    from workers.trainer.data.read import Rows

SHARE = 0.1
SPLITS = ("train", "validation", "held_out")


@dataclass(frozen=True)
class TaskData:
    """`held_out` are the rows that results are reported on: the test split, else the validation split itself."""

    train: Rows
    validation: Rows
    held_out: Rows
    held_out_split: Literal["validation", "test"]
    labels: tuple[str, ...] = ()
    """Of tasks that choose among names; their order is that of the model's outputs."""
    scale: tuple[float, float] = (0.0, 1.0)
    """Mean and deviation by which tasks that predict numbers standardise them."""

    def split(self, name: str) -> Rows:
        rows: Rows = getattr(self, name)
        return rows


def divide(
    splits: Mapping[str, Rows],
    *,
    seed: int,
    strata: Callable[[Rows], Sequence[Any]] | None = None,
    groups: Callable[[Rows], Sequence[Any]] | None = None,
) -> tuple[TaskData, list[Warned]]:
    """The sets of a run from the files that there are. Without a validation file a tenth of the training rows becomes one.

    `strata` gives each row a value whose shares are kept; `groups` gives it a value whose rows stay together, since questions
    about one text, or candidates of one query, would tell about each other. Raises JobError `data:empty`.
    """
    warnings = [_left_out(rows) for rows in splits.values() if rows.left_out]
    train, validation = splits["train"], splits.get("validation")
    if validation is None and groups is not None:
        train, validation = hold_out_groups(train, groups(train), seed=seed)
        if not len(validation):
            raise JobError(
                "data:empty",
                f"All rows of {train.file} are about the same text, so no validation rows can be split off; "
                "add rows or a validation file.",
                file=train.file,
            )
        warnings.append(_split_off(validation))
    elif validation is None:
        train, validation = hold_out(train, strata(train) if strata else [None] * len(train), seed=seed)
        if not len(validation):
            raise JobError(
                "data:empty",
                f"{train.file} has a single row per label, so no validation rows can be split off; "
                "add rows or a validation file.",
                file=train.file,
            )
        warnings.append(_split_off(validation))
    test = splits.get("test")
    held_out_split: Literal["validation", "test"] = "validation" if test is None else "test"
    return TaskData(train, validation, test or validation, held_out_split), warnings


def hold_out(rows: Rows, strata: Sequence[Any], *, seed: int) -> tuple[Rows, Rows]:
    """Split a tenth off for validation, stratum by stratum, as a pure function of the rows' order and the seed.

    A stratum (a label) with a single row stays in training altogether: a validation row of a label never seen would tell nothing.
    """
    by_stratum: dict[Any, list[int]] = defaultdict(list)
    for position, stratum in enumerate(strata):
        by_stratum[stratum].append(position)
    random = np.random.Generator(np.random.Philox(derived_seed(seed, "hold out")))
    taken: set[int] = set()
    for stratum in sorted(by_stratum, key=str):
        positions = by_stratum[stratum]
        count = min(max(1, round(len(positions) * SHARE)), len(positions) - 1)
        taken.update(positions[i] for i in random.permutation(len(positions))[:count].tolist())
    kept = [i for i in range(len(rows)) if i not in taken]
    return rows.select(kept, split="train"), rows.select(sorted(taken), split="validation")


def hold_out_groups(rows: Rows, groups: Sequence[Any], *, seed: int) -> tuple[Rows, Rows]:
    """Split whole groups off for validation until they are a tenth of the rows; at least one group stays in training."""
    by_group: dict[Any, list[int]] = defaultdict(list)
    for position, group in enumerate(groups):
        by_group[group].append(position)
    random = np.random.Generator(np.random.Philox(derived_seed(seed, "hold out")))
    names = sorted(by_group, key=str)
    wanted = max(1, round(len(rows) * SHARE))
    taken: set[int] = set()
    for number in random.permutation(len(names))[:-1]:
        if len(taken) >= wanted:
            break
        taken.update(by_group[names[number]])
    kept = [i for i in range(len(rows)) if i not in taken]
    return rows.select(kept, split="train"), rows.select(sorted(taken), split="validation")


def _left_out(rows: Rows) -> Warned:
    return Warned(
        code="data:empty_text",
        message=f"{len(rows.left_out)} rows of {rows.file} have no text and were left out; the first is row "
        f"{rows.left_out[0]}.",
        params={"file": rows.file, "count": len(rows.left_out), "row": rows.left_out[0]},
    )


def _split_off(rows: Rows) -> Warned:
    return Warned(
        code="data:validation_split_off",
        message=f"There is no validation file, so {len(rows)} of the training rows ({SHARE:.0%}) were "
        "set aside for validation.",
        params={"count": len(rows), "file": rows.file},
    )
