"""One class far larger than others, and what that makes of the metrics: answering always the same looks good in one of them."""

from __future__ import annotations

from collections import Counter

from workers.doctor.found import Found
from workers.doctor.materials import Materials
from workers.doctor.rows import TRAIN

_LARGE_SHARE = 0.8
_LARGE_RATIO = 10
_VERY_LARGE_SHARE = 0.95


def examine(materials: Materials) -> Found | None:
    rows = materials.rows
    counts = Counter(label for label, split in zip(materials.labels, rows.split_of, strict=True) if split == TRAIN)
    counts = counts or Counter(materials.labels)
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    (largest, most), (smallest, fewest) = ranked[0], ranked[-1]
    share = most / total
    if len(ranked) > 1 and share < _LARGE_SHARE and most < _LARGE_RATIO * fewest:
        return None
    # F1 of the majority class when all rows are given to it, over the number of classes: the others have an F1 of 0.
    macro_f1 = 2 * share / (1 + share) / len(ranked)
    return Found(
        severity="error"
        if len(ranked) == 1
        else "warning"
        if share >= _VERY_LARGE_SHARE or most >= 10 * _LARGE_RATIO * fewest
        else "info",
        num_rows=most,
        params={
            "classes": len(ranked),
            "largest": largest,
            "largest_rows": most,
            "smallest": smallest,
            "smallest_rows": fewest,
            "majority_accuracy": round(share, 4),
            "majority_macro_f1": round(macro_f1, 4),
        },
    )
