"""The three sets of a run: train, validation (to choose) and the held-out rows (to report)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workers.contract.events import Warned
from workers.contract.reasons import JobError
from workers.trainer.fingerprint import derived_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Literal

    from workers.trainer.data.read import Rows

# What is split off where there is no validation file, as shares of the rows.
SHARE, FEWEST, MOST = 0.1, 0.05, 0.2
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
    kinds: Callable[[Rows], Sequence[Iterable[Any]]] | None = None,
) -> tuple[TaskData, list[Warned]]:
    """The sets of a run from the files that there are. Without a validation file about a tenth of the training rows becomes one.

    `strata` gives each row a value whose shares are kept; `groups` gives it a value whose rows stay together, since questions
    about one text, or candidates of one query, would tell about each other; `kinds` gives it names, of each of which training
    keeps a row (without it, the strata). Raises JobError `data:empty`.
    """
    warnings = [_left_out(rows) for rows in splits.values() if rows.left_out]
    train, validation = splits["train"], splits.get("validation")
    if validation is None:
        if groups is not None:
            taken = _in_groups(groups(train), seed=seed)
        else:
            of_strata = strata(train) if strata else [None] * len(train)
            of_kinds = kinds(train) if kinds else [(stratum,) for stratum in of_strata]
            taken = _by_strata(of_strata, seed=seed) if strata else set()
            taken = taken or _one_by_one(of_kinds, seed=seed)
        if not taken:
            raise _indivisible(train, is_grouped=groups is not None)
        train, validation = _parted(train, taken)
        warnings.append(_split_off(validation, len(splits["train"])))
    test = splits.get("test")
    held_out_split: Literal["validation", "test"] = "validation" if test is None else "test"
    return TaskData(train, validation, test or validation, held_out_split), warnings


def _by_strata(strata: Sequence[Any], *, seed: int) -> set[int]:
    """A tenth of each stratum, one row at least and never its only one. Nothing where small strata would make that far more than a tenth
    of all rows, or single rows far less.
    """
    random = _random(seed)
    taken: set[int] = set()
    for positions in _by_value(strata):
        count = min(max(1, round(len(positions) * SHARE)), len(positions) - 1)
        taken.update(positions[i] for i in random.permutation(len(positions))[:count].tolist())
    return taken if FEWEST * len(strata) <= len(taken) <= _most(len(strata)) else set()


def _one_by_one(kinds: Sequence[Iterable[Any]], *, seed: int) -> set[int]:
    return _drawn([(position,) for position in range(len(kinds))], kinds, most=_most(len(kinds)), seed=seed)


def _in_groups(groups: Sequence[Any], *, seed: int) -> set[int]:
    """Whole groups; the smallest of them where all are too large."""
    units, kinds = _by_value(groups), [(None,)] * len(groups)
    smallest = min(map(len, units))
    most = max(_most(len(groups)), smallest)
    return _drawn(units, kinds, most=most, seed=seed)


def _drawn(units: Sequence[Sequence[int]], kinds: Sequence[Iterable[Any]], *, most: int, seed: int) -> set[int]:
    """Units of rows, in an order drawn by the seed, until their rows are a tenth of all. One with which they would be more than `most`, or
    with which training would lose all rows of a kind, is passed over.
    """
    left = Counter(kind for of_row in kinds for kind in set(of_row))
    taken: set[int] = set()
    for number in _random(seed).permutation(len(units)).tolist():
        if len(taken) >= max(1, round(len(kinds) * SHARE)):
            break
        lost = Counter(kind for position in units[number] for kind in set(kinds[position]))
        if len(taken) + len(units[number]) > most or any(left[kind] == count for kind, count in lost.items()):
            continue
        left.subtract(lost)
        taken.update(units[number])
    return taken


def _by_value(values: Sequence[Any]) -> list[list[int]]:
    """Positions that have the same value, in the order of the values."""
    found: dict[Any, list[int]] = defaultdict(list)
    for position, value in enumerate(values):
        found[value].append(position)
    return [found[value] for value in sorted(found, key=str)]


def _most(num_rows: int) -> int:
    return max(1, int(MOST * num_rows))


def _random(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(derived_seed(seed, "hold out")))


def _parted(rows: Rows, taken: set[int]) -> tuple[Rows, Rows]:
    kept = [position for position in range(len(rows)) if position not in taken]
    return rows.select(kept, split="train"), rows.select(sorted(taken), split="validation")


def _indivisible(rows: Rows, *, is_grouped: bool) -> JobError:
    why = "All rows of {file} are about the same text" if is_grouped else "{file} has a single row per label"
    return JobError(
        "data:empty",
        f"{why.format(file=rows.file)}, so no validation rows can be split off; add rows or a validation file.",
        file=rows.file,
    )


def _left_out(rows: Rows) -> Warned:
    return Warned(
        code="data:empty_text",
        message=f"{len(rows.left_out)} rows of {rows.file} have no text and were left out; the first is row "
        f"{rows.left_out[0]}.",
        params={"file": rows.file, "count": len(rows.left_out), "row": rows.left_out[0]},
    )


def _split_off(rows: Rows, num_rows: int) -> Warned:
    percent = round(100 * len(rows) / num_rows, 1)
    return Warned(
        code="data:validation_split_off",
        message=f"There is no validation file, so {len(rows)} of the training rows ({percent:g} %) were set aside for validation.",
        params={"count": len(rows), "file": rows.file, "percent": percent},
    )
