"""Which rows go to validation and test: by a hash of what makes rows alike, stratified by label where a row has one.

The same text with the same label always lands in the same split, whatever is added around it (but for the few rows at a cut), so nothing of
a test set is learnt by heart. Every label keeps at least one row for training.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

_HASHES_KEPT = 1_000_000
_EXACT = 1000
_SPACE = 2**64
_LAST_MOMENT = 1e15
_NEW: array[int] = array("Q")
PINNED = (_SPACE - 1).to_bytes(8, "little")
"""In the place of a hash: above every cut, so that the row is trained on."""


SplitMode = Literal["stratified", "random", "grouped", "time"]
"""By text within every label; by text alone; rows with the same value of a column together; the newest rows, by a column, to test."""


def text_hash(seed: int) -> Callable[[str], bytes]:
    """A function from a text to 64 bits (little-endian); blind to case and white space."""
    base = hashlib.blake2b(digest_size=8, key=seed.to_bytes(8, "little"))

    def digest(text: str) -> bytes:
        state = base.copy()
        state.update(" ".join(text.split()).casefold().encode())
        return state.digest()

    return digest


def time_number(value: Any) -> int | None:
    """64 bits that are the smaller the later a time is, to the millisecond; None for what is no time.

    Numbers are taken for seconds; years and any others keep their order among themselves. Dates are as ISO 8601 has them.
    """
    try:
        moment = float(value)
    except (TypeError, ValueError):
        try:
            read = datetime.fromisoformat(value.strip())
        except (AttributeError, ValueError):
            return None
        moment = (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, bool) or not abs(moment) < _LAST_MOMENT:
        return None
    return _SPACE // 2 - round(moment * 1000)


@dataclass(frozen=True)
class Cut:
    """For one stratum: hashes below `test` go to test, those below `validation` to validation, the rest to train."""

    test: int
    validation: int

    @staticmethod
    def of_shares(*, validation_share: float, test_share: float) -> Cut:
        """Where chance gives each split its share."""
        return Cut(test=int(_SPACE * test_share), validation=int(_SPACE * (test_share + validation_share)))

    @property
    def divides(self) -> bool:
        """Whether anything is below it."""
        return self.validation > 0


def split_of(digest: int, cut: Cut) -> str:
    """Where one row goes."""
    if digest < cut.test:
        return "test"
    return "validation" if digest < cut.validation else "train"


def block_divide(block: pa.RecordBatch, cuts: Mapping[str, Cut], *, stratum: str | None) -> dict[str, pa.RecordBatch]:
    """The rows of a block (with `digest`, and the column `stratum` unless all rows are one) by split."""
    digests = block.column("digest")
    if stratum is None:
        test, validation = (pa.scalar(limit, pa.uint64()) for limit in (cuts[""].test, cuts[""].validation))
    else:
        labels = block.column(stratum).dictionary_encode()
        chosen = [cuts[label] for label in labels.dictionary.to_pylist()]
        test = pc.take(pa.array([cut.test for cut in chosen], pa.uint64()), labels.indices)
        validation = pc.take(pa.array([cut.validation for cut in chosen], pa.uint64()), labels.indices)
    is_test = pc.less(digests, test)
    is_validation = pc.and_not(pc.less(digests, validation), is_test)
    is_train = pc.invert(pc.or_(is_test, is_validation))
    masks = {"train": is_train, "validation": is_validation, "test": is_test}
    return {split: block.filter(mask) for split, mask in masks.items()}


class Divider:
    """Learns the hashes of every stratum in a first pass; says the cuts for the second. `is_exact`: for numbers that are no hashes."""

    def __init__(self, *, is_exact: bool = False) -> None:
        self._is_exact = is_exact
        self._counts: Counter[str] = Counter()
        self._hashes: dict[str, array[int] | None] = {}
        self._kept = 0

    def see(self, labels: Sequence[str], digests: Sequence[int]) -> None:
        """Take rows into account."""
        self._counts.update(labels)
        hashes = self._hashes
        for label, digest in zip(labels, digests, strict=True):
            kept = hashes.get(label, _NEW)
            if kept is _NEW:
                kept = hashes[label] = array("Q")
            if kept is not None:
                kept.append(digest)
        self._kept += len(labels)
        if self._kept > _HASHES_KEPT and not self._is_exact:
            self._forget()

    def _forget(self) -> None:
        """For large labels, chance is exact enough, and memory stays bounded."""
        for label, kept in self._hashes.items():
            if kept is not None and len(kept) > _EXACT:
                self._hashes[label] = None
        self._kept = sum(len(kept) for kept in self._hashes.values() if kept is not None)

    def cuts(self, *, validation_share: float, test_share: float) -> dict[str, Cut]:
        """The cut of every label."""
        numbers_test = _apportion(self._counts, test_share, spare=dict(self._counts))
        spare = {label: count - numbers_test[label] for label, count in self._counts.items()}
        numbers_validation = _apportion(self._counts, validation_share, spare=spare)
        return {
            label: _cut(kept, numbers_test[label], numbers_validation[label], test_share, validation_share)
            for label, kept in self._hashes.items()
        }


def _apportion(counts: Counter[str], share: float, *, spare: dict[str, int]) -> dict[str, int]:
    """How many rows each label gives: its share rounded down, then one more for the largest remainders (Hamilton's method)."""
    given = {label: min(int(count * share), spare[label] - 1) for label, count in counts.items()}
    missing = round(counts.total() * share) - sum(given.values())
    by_remainder = sorted(counts, key=lambda label: (int(counts[label] * share) - counts[label] * share, label))
    for label in by_remainder:
        if missing <= 0:
            break
        if given[label] < spare[label] - 1:
            given[label] += 1
            missing -= 1
    return given


def _cut(kept: array[int] | None, test: int, validation: int, test_share: float, validation_share: float) -> Cut:
    if kept is None:
        return Cut.of_shares(validation_share=validation_share, test_share=test_share)
    hashes = sorted(kept)
    return Cut(test=hashes[test] if test else 0, validation=hashes[test + validation] if test + validation else 0)
