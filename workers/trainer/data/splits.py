"""The three sets of a run: train, validation (to choose) and the held-out rows (to report)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from workers.trainer.fingerprint import derived_seed

if TYPE_CHECKING:
    from workers.trainer.data.read import LabelledRows

SHARE = 0.1


def hold_out(rows: LabelledRows, *, seed: int) -> tuple[LabelledRows, LabelledRows]:
    """Split a tenth off for validation, label by label, as a pure function of the rows' order and the seed.

    A label with a single row stays in training altogether: a validation row of a label never seen would tell nothing.
    """
    by_label: dict[str, list[int]] = defaultdict(list)
    for position, label in enumerate(rows.labels):
        by_label[label].append(position)
    random = np.random.Generator(np.random.Philox(derived_seed(seed, "hold out")))
    taken: set[int] = set()
    for label in sorted(by_label):
        positions = by_label[label]
        count = min(max(1, round(len(positions) * SHARE)), len(positions) - 1)
        taken.update(positions[i] for i in random.permutation(len(positions))[:count].tolist())
    kept = [i for i in range(len(rows)) if i not in taken]
    return rows.select(kept, split="train"), rows.select(sorted(taken), split="validation")
