"""Which rows go to validation and test: by a digest of what makes rows alike, stratified by label where a row has one.

The same text with the same label always lands in the same split, whatever is added around it (but for the few rows at a cut), so nothing of
a test set is learnt by heart. Every label keeps at least one row for training, and gives one to each split as long as it has as many
different texts: what is alike stays together, and may lie on one side of a cut.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from anneal.datasets.files.digests import Digests, among

_DIGESTS_KEPT = 1_000_000
_EXACT = 1000
_SPACE = 2**64
_LAST_MOMENT = 1e15
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)")
_NONE: Digests = np.empty(0, np.uint64)
PINNED = np.uint64(_SPACE - 1)
"""In the place of a digest: above every cut, so that the row is trained on."""

SplitMode = Literal["stratified", "random", "grouped", "time", "given"]
"""By text within every label; by text alone; rows with the same value of a column together; the newest rows, by a column, to test; as a
column says of each row.
"""
SPLIT_MODES: tuple[str, ...] = get_args(SplitMode)

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "train": ("train", "training", "trn", "训练", "训练集"),
    "validation": ("validation", "valid", "val", "dev", "development", "验证", "验证集", "开发集"),
    "test": ("test", "testing", "tst", "测试", "测试集"),
}
_GIVEN = {spelling: split for split, spellings in _SPELLINGS.items() for spelling in spellings}


def split_given(value: Any) -> str | None:
    """The split that a cell names in one of the usual spellings, whatever their case; None for anything else, such as "eval", which people
    say of two of them.
    """
    return _GIVEN.get(value.strip().lower()) if isinstance(value, str) else None


def time_number(value: Any) -> int | None:
    """64 bits that are the smaller the later a time is, to the millisecond; None for what is no time.

    Numbers are taken for seconds; years and any others keep their order among themselves. Dates are as ISO 8601 has them, or with
    slashes or points, the year first. A time without a zone is that of UTC, a date its midnight.
    """
    try:
        moment = float(value)
    except (TypeError, ValueError):
        read = _moment(value)
        if read is None:
            return None
        moment = (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, bool) or not abs(moment) < _LAST_MOMENT:
        return None
    return _SPACE // 2 - round(moment * 1000)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if not isinstance(value, str):
        return None
    text = value.strip()
    if found := _YEAR_FIRST.match(text):
        year, month, day = found.groups()
        text = f"{year}-{month:0>2}-{day:0>2}{text[found.end() :]}"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Cut:
    """For one stratum: digests below `test` go to test, those below `validation` to validation, the rest to train."""

    test: int
    validation: int
    moved: Mapping[int, str] = field(default_factory=dict)
    """Digests that go to another split all the same, so that a label is in it."""

    @staticmethod
    def of_shares(*, validation_share: float, test_share: float) -> Cut:
        """Where chance gives each split its share."""
        return Cut(test=int(_SPACE * test_share), validation=int(_SPACE * (test_share + validation_share)))

    def number_in(self, split: str) -> int:
        """A number that lands there, as long as no part is empty."""
        return {"test": 0, "validation": self.test, "train": self.validation}[split]

    @property
    def divides(self) -> bool:
        """Whether anything is below it."""
        return self.validation > 0


GIVEN_CUT = Cut(test=1, validation=2)
"""Of rows whose split is given."""


def split_of(digest: int, cut: Cut) -> str:
    """Where one row goes."""
    if digest in cut.moved:
        return cut.moved[digest]
    if digest < cut.test:
        return "test"
    return "validation" if digest < cut.validation else "train"


def _splits_of(digests: Digests, cuts: Sequence[Cut], codes: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    """Where rows go; `codes` say whose cut each of them follows."""
    test, validation = (
        np.array([getattr(cut, split) for cut in cuts], np.uint64)[codes] for split in ("test", "validation")
    )
    found = np.select([digests < test, digests < validation], ["test", "validation"], "train")
    moved = np.array(sorted({digest for cut in cuts for digest in cut.moved}), np.uint64)
    for place in np.flatnonzero(among(digests, moved)).tolist():
        found[place] = split_of(int(digests[place]), cuts[codes[place]])
    return found


def block_divide(block: pa.RecordBatch, cuts: Mapping[str, Cut], *, stratum: str | None) -> dict[str, pa.RecordBatch]:
    """The rows of a block (with the column `stratum` unless all rows are one) by split. Their `digest` is not among what is returned."""
    if stratum is None:
        chosen, codes = [cuts[""]], np.zeros(block.num_rows, np.int32)
    else:
        labels = block.column(stratum).dictionary_encode()
        chosen, codes = [cuts[label] for label in labels.dictionary.to_pylist()], labels.indices.to_numpy()
    splits = _splits_of(block.column("digest").to_numpy(), chosen, codes)
    rows = block.drop_columns(["digest"])
    return {split: rows.filter(pa.array(splits == split)) for split in ("train", "validation", "test")}


class Divider:
    """Learns the digests of every label in a first pass; says the cuts for the second.

    `is_exact`: for numbers that are no digests. `by_label`: whether every label is a stratum, or all rows are one.
    """

    def __init__(self, *, is_exact: bool = False, by_label: bool = True) -> None:
        self._is_exact = is_exact
        self._by_label = by_label
        self._counts: Counter[str] = Counter()
        self._kept: dict[str, Digests | None] = {}
        self._codes: dict[str, int] = {}
        self._waiting: list[tuple[npt.NDArray[np.int32], Digests]] = []
        self._num_kept = 0

    def see(
        self,
        labels: pa.DictionaryArray | Sequence[str] | None,
        digests: Digests,
        spans: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        """Take rows into account, one span after the other. Without labels, all of them have one."""
        codes = self._codes_of(labels, len(digests))
        for begin, end in spans or [(0, len(digests))]:
            self._waiting.append((codes[begin:end], digests[begin:end]))
            self._num_kept += end - begin
            if self._num_kept > _DIGESTS_KEPT and not self._is_exact:
                self._forget()

    def _codes_of(self, labels: pa.DictionaryArray | Sequence[str] | None, count: int) -> npt.NDArray[np.int32]:
        if labels is None:
            return np.full(count, self._code(""), np.int32)
        coded = labels if isinstance(labels, pa.DictionaryArray) else pa.array(labels).dictionary_encode()
        known = np.array([self._code(label) for label in coded.dictionary.to_pylist()], np.int32)
        codes: npt.NDArray[np.int32] = known[coded.indices.to_numpy()]
        return codes

    def _code(self, label: str) -> int:
        return self._codes.setdefault(label, len(self._codes))

    def _sort(self) -> None:
        """Give what is waiting to its strata."""
        if not self._waiting:
            return
        codes, digests = (np.concatenate(parts) for parts in zip(*self._waiting, strict=True))
        self._waiting = []
        if len(self._codes) <= np.iinfo(np.uint16).max:
            codes = codes.astype(np.uint16)  # which are sorted several times as fast
        numbers = np.bincount(codes, minlength=len(self._codes))
        sorted_digests = digests[np.argsort(codes, kind="stable")]
        parts = np.split(sorted_digests, np.cumsum(numbers)[:-1])
        for label, part in zip(self._codes, parts, strict=True):
            self._counts[label] += len(part)
            kept = self._kept.get(label, _NONE)
            self._kept[label] = None if kept is None else np.concatenate([kept, part])

    def _forget(self) -> None:
        """For large labels, chance is exact enough, and memory stays bounded."""
        self._sort()
        for label, kept in self._kept.items():
            if kept is not None and len(kept) > _EXACT:
                self._kept[label] = None
        self._num_kept = sum(len(kept) for kept in self._kept.values() if kept is not None)

    def cuts(self, *, validation_share: float, test_share: float) -> dict[str, Cut]:
        """The cut of every stratum: of every label, or of "" for all rows."""
        self._sort()
        shares = {"test": test_share, "validation": validation_share}
        if self._by_label:
            cuts = self._cuts_of(self._counts, self._kept, shares)
            moved = {label: self._moved(label, cuts[label], shares) for label in cuts}
            return {label: replace(cut, moved=moved[label]) for label, cut in cuts.items()}
        parts = list(self._kept.values())
        known = [part for part in parts if part is not None]
        together = np.concatenate([_NONE, *known]) if len(known) == len(parts) else None
        (cut,) = self._cuts_of(Counter({"": self._counts.total()}), {"": together}, shares).values()
        return {"": self._with_every_label(cut, shares)}

    def _cuts_of(
        self, counts: Counter[str], kept: Mapping[str, Digests | None], shares: Mapping[str, float]
    ) -> dict[str, Cut]:
        numbers_test = _apportion(counts, shares["test"], spare=dict(counts))
        spare = {label: count - numbers_test[label] for label, count in counts.items()}
        numbers_validation = _apportion(counts, shares["validation"], spare=spare)
        if self._is_exact:
            return {
                label: _cut_between(part, numbers_test[label], numbers_validation[label])
                for label, part in kept.items()
            }
        return {
            label: _cut(part, numbers_test[label], numbers_validation[label], shares["test"], shares["validation"])
            for label, part in kept.items()
        }

    def _with_every_label(self, cut: Cut, shares: Mapping[str, float]) -> Cut:
        """The cut of all rows, where a label that lies on one side of it gives a text to the other."""
        if self._is_exact:
            return cut
        for label in sorted(self._kept):
            cut = replace(cut, moved={**cut.moved, **self._moved(label, cut, shares)})
        return cut

    def _moved(self, label: str, cut: Cut, shares: Mapping[str, float]) -> dict[int, str]:
        """Digests that leave a split which has several, for one that has none of the label: what is nearest to its share in size.

        None of a label with too few different texts for every split, or with so many rows that chance serves all of them.
        """
        kept = self._kept[label]
        wanted = ["train", *(split for split in shares if shares[split] > 0)]
        if kept is None:
            return {}
        numbers, sizes = np.unique(kept, return_counts=True)
        if len(numbers) < len(wanted):
            return {}
        splits = _splits_of(numbers, [cut], np.zeros(len(numbers), np.int32))
        moved = {}
        for split in wanted:
            givers = [one for one in wanted if (splits == one).sum() > 1]
            if (splits == split).any() or not givers:
                continue
            possible = np.flatnonzero((splits == givers[0]) & (numbers != PINNED))
            place = possible[np.argmin(np.abs(sizes[possible] - max(1, len(kept) * shares.get(split, 1))))]
            splits[place] = moved[int(numbers[place])] = split
        return moved


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


def _cut(kept: Digests | None, test: int, validation: int, test_share: float, validation_share: float) -> Cut:
    if kept is None:
        return Cut.of_shares(validation_share=validation_share, test_share=test_share)
    digests = np.sort(kept)
    return Cut(
        test=int(digests[test]) if test else 0,
        validation=int(digests[test + validation]) if test + validation else 0,
    )


def _cut_between(kept: Digests | None, test: int, validation: int) -> Cut:
    """The cut nearest to the numbers that are wanted, between rows of different numbers: what is wanted gets some where there are enough.

    Test comes first. What would then be more than is left for training stays there.
    """
    digests = np.sort(_NONE if kept is None else kept)
    total = len(digests)
    ends = np.append(np.flatnonzero(digests[1:] != digests[:-1]) + 1, total) if total else np.zeros(1, np.int64)
    end_test = _end_near(ends, 0, test, total) if test else 0
    end = _end_near(ends, end_test, validation, total) if validation else end_test
    return Cut(test=int(digests[end_test]) if end_test else 0, validation=int(digests[end]) if end else 0)


def _end_near(ends: npt.NDArray[np.int64], begin: int, wanted: int, total: int) -> int:
    """Where a part ends that begins there; where it begins when there is no room for it."""
    possible = ends[(ends > begin) & (ends - begin <= total - ends)]
    return int(possible[np.argmin(np.abs(possible - begin - wanted))]) if len(possible) else begin
