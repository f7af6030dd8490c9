"""A part of the sample data, for walks that need no good model."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from deploy.local.demo import SAMPLES


def part_of_samples(folder: Path, num_rows: Mapping[str, int]) -> list[Path]:
    """The first so many rows of each split, as files in `folder`."""
    paths = [folder / f"{split}.csv" for split in num_rows]
    for path, count in zip(paths, num_rows.values(), strict=True):
        with (SAMPLES / path.name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[: 1 + count]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return paths
