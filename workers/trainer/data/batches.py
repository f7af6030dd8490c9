"""Which rows form which batch.

The order of an epoch is a pure function of (lengths, batch size, seed, epoch): a resumed run starts at an offset of it, with
nothing to fast-forward. Rows are shuffled. Where padding costs, they are sorted by length inside chunks of many batches, and the batches
shuffled again: almost no padding is computed, and batches still differ from epoch to epoch, but hold rows of like length, which are of like
kind and teach a little less (`workers.trainer.unpadded`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.trainer.fingerprint import derived_seed

if TYPE_CHECKING:
    from workers.trainer.data.encoded import IntArray

BATCHES_PER_CHUNK = 50


def epoch_batches(
    lengths: IntArray, *, batch_size: int, seed: int, epoch: int, is_padding_free: bool = False, fewest_rows: int = 1
) -> list[IntArray]:
    """Row numbers of every batch of one epoch; each row occurs exactly once. Rows that would be fewer join the batch before them."""
    random = np.random.Generator(np.random.Philox(derived_seed(seed, "data order", epoch)))
    order = random.permutation(len(lengths)).astype(np.int64)
    if is_padding_free:
        return _joined([order[i : i + batch_size] for i in range(0, len(order), batch_size)], fewest_rows)
    chunk = batch_size * BATCHES_PER_CHUNK
    batches: list[IntArray] = []
    for start in range(0, len(order), chunk):
        rows = order[start : start + chunk]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches.extend(rows[i : i + batch_size] for i in range(0, len(rows), batch_size))
    batches = _joined(batches, fewest_rows)
    return [batches[i] for i in random.permutation(len(batches))]


def num_batches(num_rows: int, *, batch_size: int, fewest_rows: int = 1) -> int:
    """Of an epoch."""
    whole, rest = divmod(num_rows, batch_size)
    return whole + (rest >= fewest_rows) or 1


def _joined(batches: list[IntArray], fewest_rows: int) -> list[IntArray]:
    if len(batches) > 1 and len(batches[-1]) < fewest_rows:
        return [*batches[:-2], np.concatenate(batches[-2:])]
    return batches


def sorted_batches(lengths: IntArray, *, tokens_per_batch: int) -> list[IntArray]:
    """All rows by length, in batches of about equal work: for prediction, where order does not matter."""
    order = np.argsort(-lengths, kind="stable")
    batches: list[IntArray] = []
    start = 0
    while start < len(order):
        longest = max(1, int(lengths[order[start]]))
        size = max(1, tokens_per_batch // longest)
        batches.append(order[start : start + size])
        start += size
    return batches
