"""Figures of spans against what seqeval documents for its default mode, which counts as conlleval does.

Expected values are worked out by hand: the first case is that of its README, and another says where its strict mode would differ.
"""

from __future__ import annotations

import numpy as np
import pytest

from workers.contract.tags import types_of
from workers.trainer.evaluate.metrics import span_f1
from workers.trainer.evaluate.spans import _counts, _f1, _score, _share

CASES = {
    "a span that begins too early is wrong, and its words count for nothing": (
        ["O O O B-MISC I-MISC I-MISC O", "B-PER I-PER O"],
        ["O O B-MISC I-MISC I-MISC I-MISC O", "B-PER I-PER O"],
        (1, 2, 2),
    ),
    # Strict mode with IOB2 would find no span in the answer: 0 of 0 and of 1.
    "an I- without a beginning begins a span": (["B-NP I-NP O"], ["I-NP I-NP O"], (1, 1, 1)),
    "an I- of another type begins a span": (["B-PER I-LOC"], ["B-PER B-LOC"], (2, 2, 2)),
    "an I- behind O begins another span of its type": (["B-PER I-PER I-PER"], ["B-PER O I-PER"], (0, 2, 1)),
    "a B- ends the span before it": (["B-PER B-PER"], ["B-PER I-PER"], (0, 1, 2)),
    "the end of a row ends a span": (["O B-LOC", "I-LOC O"], ["O B-LOC", "B-LOC O"], (2, 2, 2)),
    "the right words of another type are wrong": (["B-ORG I-ORG"], ["B-LOC I-LOC"], (0, 1, 1)),
    "a span that is divided is wrong in both parts": (["B-LOC I-LOC I-LOC"], ["B-LOC B-LOC I-LOC"], (0, 2, 1)),
    "types may hold hyphens": (["B-DATE-B I-DATE-B"], ["B-DATE-B I-DATE-B"], (1, 1, 1)),
    "nothing is there": (["O O"], ["O B-PER"], (0, 1, 0)),
    "nothing is said": (["B-PER O"], ["O O"], (0, 0, 1)),
    "nothing is there nor said": (["O O"], ["O O"], (0, 0, 0)),
}


@pytest.mark.parametrize(("true", "found", "expected"), CASES.values(), ids=CASES)
def test_spans_count_as_in_seqeval(true: list[str], found: list[str], expected: tuple[int, int, int]) -> None:
    wanted, said = ([row.split() for row in rows] for rows in (true, found))
    hits, told, there = expected
    # Where nothing is said or there, a figure is 0, as with its `zero_division` left alone.
    figures = {
        "precision": hits / told if told else 0,
        "recall": hits / there if there else 0,
        "f1": 2 * hits / (told + there) if told + there else 0,
    }
    assert span_f1(wanted, said) == pytest.approx(figures)
    types = types_of([tag for row in (*wanted, *said) for tag in row])
    counts, rows = _counts(wanted, said, types), np.arange(len(wanted))
    assert counts.sum((0, 2)).tolist() == [hits, told, there]
    statistics = {"precision": _share(counts, of=1), "recall": _share(counts, of=2), "f1": _f1(counts)}
    assert {name: statistic(rows) for name, statistic in statistics.items()} == pytest.approx(figures)


def test_types_are_counted_apart_as_in_the_report_of_seqeval() -> None:
    true = [row.split() for row in ("O O O B-MISC I-MISC I-MISC O", "B-PER I-PER O")]
    found = [row.split() for row in ("O O B-MISC I-MISC I-MISC I-MISC O", "B-PER I-PER O")]
    counts = _counts(true, found, ["MISC", "PER"])
    misc, person = (_score(kind, counts[:, :, i].sum(0)) for i, kind in enumerate(("MISC", "PER")))
    assert (misc.precision, misc.recall, misc.f1, misc.support) == (0, 0, 0, 1)
    assert (person.precision, person.recall, person.f1, person.support) == (1, 1, 1, 1)
