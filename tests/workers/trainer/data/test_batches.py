from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.trainer.data.batches import epoch_batches, num_batches, sorted_batches

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=300).map(lambda values: np.array(values, dtype=np.int64))


@settings(max_examples=50, deadline=None)
@given(lengths=LENGTHS, batch_size=st.integers(1, 40), seed=st.integers(0, 2**31 - 1), epoch=st.integers(0, 50))
def test_every_row_occurs_once_and_order_is_a_function_of_seed_and_epoch(
    lengths: np.ndarray, batch_size: int, seed: int, epoch: int
) -> None:
    batches = epoch_batches(lengths, batch_size=batch_size, seed=seed, epoch=epoch)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert sum(len(batch) != batch_size for batch in batches) <= 1
    again = epoch_batches(lengths, batch_size=batch_size, seed=seed, epoch=epoch)
    assert all(np.array_equal(a, b) for a, b in zip(batches, again, strict=True))


@settings(max_examples=50, deadline=None)
@given(lengths=LENGTHS, batch_size=st.integers(1, 40), fewest=st.integers(1, 3), is_padding_free=st.booleans())
def test_rows_too_few_for_a_batch_join_the_one_before(
    lengths: np.ndarray, batch_size: int, fewest: int, is_padding_free: bool
) -> None:
    size = max(batch_size, fewest)
    batches = epoch_batches(
        lengths, batch_size=size, seed=0, epoch=0, is_padding_free=is_padding_free, fewest_rows=fewest
    )
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert min(map(len, batches)) >= min(fewest, len(lengths))
    assert max(map(len, batches)) < size + fewest
    assert len(batches) == num_batches(len(lengths), batch_size=size, fewest_rows=fewest)


def test_where_padding_costs_nothing_batches_are_drawn_at_random() -> None:
    """Rows of every length come together: what a batch has on average is what all rows have."""
    lengths = np.arange(2000)
    batches = epoch_batches(lengths, batch_size=32, seed=0, epoch=0, is_padding_free=True)
    assert sorted(np.concatenate(batches).tolist()) == list(range(2000))
    spread = [lengths[batch].std() / lengths.std() for batch in batches[:-1]]
    assert min(spread) > 0.6
    assert abs(np.mean(spread) - 1) < 0.05
    other = epoch_batches(lengths, batch_size=32, seed=0, epoch=1, is_padding_free=True)
    assert not np.array_equal(np.concatenate(batches), np.concatenate(other))


def test_epochs_differ_and_batches_hold_rows_of_like_length() -> None:
    lengths = np.random.default_rng(0).integers(5, 80, 2000)
    first, second = (epoch_batches(lengths, batch_size=32, seed=0, epoch=epoch) for epoch in (0, 1))
    assert not all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    computed = sum(len(batch) * lengths[batch].max() for batch in first)
    assert computed < 1.05 * lengths.sum()


@settings(max_examples=50, deadline=None)
@given(lengths=LENGTHS)
def test_prediction_batches_hold_every_row_once(lengths: np.ndarray) -> None:
    batches = sorted_batches(lengths, tokens_per_batch=100)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
