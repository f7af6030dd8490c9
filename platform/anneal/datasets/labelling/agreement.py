"""How far people agree who labelled the same rows: figures of numbers alone, with no table and no file.

Every function takes rows as `{who: what}` and counts only rows that two or more people answered. None stands for "cannot be told":
nobody answered twice, or chance alone would agree on everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import Literal

Rated = Sequence[Mapping[str, Hashable]]
Spans = frozenset[tuple[str, int, int]]
Passages = frozenset[tuple[int, int]]
Method = Literal["cohen_kappa", "fleiss_kappa", "span_f1", "mean_difference", "exact_match", "answer_f1"]

TWO = 2


def kappa(rows: Rated) -> tuple[Method, float | None]:
    """Cohen's kappa when two people answered in all, and Fleiss' when there were more."""
    twice = [row for row in rows if len(row) >= TWO]
    people = sorted({who for row in twice for who in row})
    if len(people) == TWO:
        return "cohen_kappa", cohen_kappa([(row[people[0]], row[people[1]]) for row in twice])
    return "fleiss_kappa", fleiss_kappa([Counter(row.values()) for row in twice])


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Kappa = (p_o - p_e) / (1 - p_e): the share of rows on which two people agree, against the share that their own frequencies of the
    categories would give by chance (Cohen 1960, "A Coefficient of Agreement for Nominal Scales", doi:10.1177/001316446002000104).
    """
    if not pairs:
        return None
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    seen = sum(first == second for first, second in pairs) / len(pairs)
    chance = sum(firsts[label] * seconds[label] for label in firsts) / len(pairs) ** 2
    return _beyond(seen, chance)


def fleiss_kappa(rows: Sequence[Mapping[Hashable, int]]) -> float | None:
    """The same question for many people, who need not be the same on every row (Fleiss 1971, "Measuring nominal scale agreement among
    many raters", doi:10.1037/h0031619). Rows are counts by category.

    P_i = sum_j n_ij (n_ij - 1) / (n_i (n_i - 1)) is the share of agreeing pairs on row i, p_j the share of category j among all answers,
    kappa = (mean of P_i - sum p_j^2) / (1 - sum p_j^2). The paper has the same n on every row; here each row has its own n_i.
    """
    twice = [row for row in rows if sum(row.values()) >= TWO]
    if not twice:
        return None
    agreeing = []
    for row in twice:
        count = sum(row.values())
        agreeing.append(sum(one * (one - 1) for one in row.values()) / (count * (count - 1)))
    totals: Counter[Hashable] = Counter()
    for row in twice:
        totals.update(row)
    answers = totals.total()
    return _beyond(sum(agreeing) / len(agreeing), sum((one / answers) ** 2 for one in totals.values()))


def _beyond(seen: float, chance: float) -> float | None:
    return None if chance >= 1 else (seen - chance) / (1 - chance)


def kappa_by_label(rows: Rated, labels: Sequence[str]) -> dict[str, float | None]:
    """The same figure of "this label, or another one" for every label that somebody gave; for sets of labels, of "with it, or without"."""
    given = {label for row in rows for what in row.values() for label in _labels(what)}
    return {
        label: kappa([{who: label in _labels(what) for who, what in row.items()} for row in rows])[1]
        for label in labels
        if label in given
    }


def _labels(what: Hashable) -> frozenset[str]:
    return what if isinstance(what, frozenset) else frozenset({str(what)})


def span_f1(rows: Sequence[Mapping[str, Spans]], kind: str | None = None) -> float | None:
    """How many spans two people have in common: 2 |A and B| / (|A| + |B|) over all pairs of people and rows, which is the F1 of either
    measured against the other (Hripcsak & Rothschild 2005, "Agreement, the F-Measure, and Reliability in Information Retrieval",
    doi:10.1197/jamia.M1733). Equal means: the same tokens and the same type. `kind`: spans of that type alone.
    """
    common = total = 0
    for row in rows:
        for first, second in combinations(row.values(), 2):
            mine, yours = _of_kind(first, kind), _of_kind(second, kind)
            common += len(mine & yours)
            total += len(mine) + len(yours)
    return 2 * common / total if total else None


def _of_kind(spans: Spans, kind: str | None) -> Spans:
    return spans if kind is None else frozenset(span for span in spans if span[0] == kind)


def answer_f1(rows: Sequence[Mapping[str, Passages]]) -> float | None:
    """How much of their answers people have in common, on average over all pairs of people and rows. Passages are (start, end).

    Of two people it is the best F1 of a passage of the one against a passage of the other, since any of several answers will do (as SQuAD
    scores against its several answers; Rajpurkar et al. 2016, arXiv:1606.05250). It counts characters of the context, which is the same
    for every script. 1 where both say that there is no answer, 0 where one of them says so.
    """
    scores = [_best_f1(first, second) for row in rows for first, second in combinations(row.values(), 2)]
    return sum(scores) / len(scores) if scores else None


def _best_f1(first: Passages, second: Passages) -> float:
    if not first or not second:
        return float(first == second)
    return max(_passage_f1(one, other) for one in first for other in second)


def _passage_f1(one: tuple[int, int], other: tuple[int, int]) -> float:
    common = min(one[1], other[1]) - max(one[0], other[0])
    return max(0.0, 2 * common / (one[1] - one[0] + other[1] - other[0]))


def exact_match(rows: Rated) -> float | None:
    """The share of pairs of people, over all rows, who wrote the same. Chance has no part in it: two texts are not alike by accident."""
    alike = [first == second for row in rows for first, second in combinations(row.values(), 2)]
    return sum(alike) / len(alike) if alike else None


def mean_difference(rows: Sequence[Mapping[str, float]]) -> float | None:
    """How far two people's numbers lie apart on average, over all pairs of people and rows."""
    gaps = [abs(first - second) for row in rows for first, second in combinations(row.values(), 2)]
    return sum(gaps) / len(gaps) if gaps else None
