"""Lengths in tokens: bins that hold every row, and what limits cut off, for what is read as one sequence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workers.doctor.version import Version, materials_of
from workers.contract.doctor import LengthsEvent
from workers.doctor import token_lengths
from workers.doctor.token_lengths import lengths_measure

# A text of so many words has two tokens more.
_LONG = 598


def _words(*counts: int) -> Version:
    rows = [{"text": " ".join(["lamp"] * count), "label": "ab"[n % 2]} for n, count in enumerate(counts)]
    return {"train": [{"id": n, **row} for n, row in enumerate(rows, start=1)]}


def _measured(version: Version, task: str, folder: Path, minilm: Path) -> LengthsEvent:
    return lengths_measure(materials_of(version, task, folder, base_model=str(minilm), limits=(128, 512)))


def test_what_a_limit_cuts_off_is_counted_in_rows_and_tokens(tmp_path: Path, minilm: Path) -> None:
    found = _measured(_words(*[8] * 60, 198, _LONG), "classification", tmp_path, minilm)
    assert (found.num_counted, found.num_rows) == (62, 62)
    assert [(one.max_tokens, one.num_rows) for one in found.limits] == [(128, 2), (512, 1)]
    total = 60 * 10 + 200 + 600
    assert [one.share_of_tokens for one in found.limits] == [round((72 + 472) / total, 4), round(88 / total, 4)]


@pytest.mark.parametrize(
    "counts", [(1,), (5,) * 3, (8,) * 60 + (_LONG,), tuple(range(1, 300, 7)), tuple(range(90, 110))]
)
def test_every_row_is_in_one_of_a_few_bins(counts: tuple[int, ...], tmp_path: Path, minilm: Path) -> None:
    bins = _measured(_words(*counts), "classification", tmp_path, minilm).bins
    assert 1 <= len(bins) <= 26
    assert sum(one.num_rows for one in bins) == len(counts)
    assert [one.high for one in bins[:-1]] == [one.low for one in bins[1:]]
    assert all(one.low < one.high for one in bins)
    assert bins[0].low <= min(counts) + 2 < bins[-1].high


def test_texts_that_are_read_together_are_counted_together(tmp_path: Path, minilm: Path) -> None:
    rows = [{"id": n, "text_a": "lamp " * 80, "text_b": "lamp " * 80, "label": "ab"[n % 2]} for n in range(1, 11)]
    found = _measured({"train": rows}, "pair_classification", tmp_path, minilm)
    assert found.limits[0].num_rows == 10
    assert found.bins[-1].low <= 163 < found.bins[-1].high


def test_of_many_rows_a_sample_is_counted(tmp_path: Path, minilm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_lengths, "_MOST_ROWS", 20)
    found = _measured(_words(*[8] * 50, *[198] * 50), "classification", tmp_path, minilm)
    assert (found.num_counted, found.num_rows, found.limits[0].num_rows) == (20, 100, 10)
