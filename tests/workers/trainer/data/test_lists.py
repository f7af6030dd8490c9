from __future__ import annotations

import numpy as np
import torch

from workers.trainer.data.encoded import Encoded, Ragged, collate
from workers.trainer.data.lists import apart, counts, end_to_end
from workers.trainer.data.tokens import Tokens

CPU = torch.device("cpu")
SEQUENCES = [[5, 6, 7], [8, 9], [3], [4, 4, 4, 4], [2, 2]]


def tokens() -> Tokens:
    ids = Ragged.of(SEQUENCES)
    return Tokens(ids=ids, types=ids.with_values(ids.values % 2))


def test_sequences_come_apart_as_they_were_joined() -> None:
    encoded = end_to_end(tokens(), np.array([2, 1, 2]), has_types=True)
    assert len(encoded) == 3
    assert encoded.ids.row(0).tolist() == [5, 6, 7, 8, 9]
    assert encoded.lengths.tolist() == [5, 1, 6]
    found = apart(collate(encoded, np.array([2, 0]), pad_id=0, device=CPU))
    assert found.mask_ST is not None
    assert found.types_ST is not None
    rows = [
        (ids[mask].tolist(), types[mask].tolist())
        for ids, mask, types in zip(found.ids_ST, found.mask_ST, found.types_ST, strict=True)
    ]
    assert [ids for ids, _ in rows] == [SEQUENCES[3], SEQUENCES[4], SEQUENCES[0], SEQUENCES[1]]
    assert all(types == [number % 2 for number in ids] for ids, types in rows)
    assert found.row_S.tolist() == [0, 0, 1, 1]
    assert found.place_S.tolist() == [0, 1, 0, 1]


def test_values_are_gathered_by_row_and_place() -> None:
    encoded = end_to_end(tokens(), np.array([1, 3, 1]))
    found = apart(collate(encoded, np.array([0, 1]), pad_id=0, device=CPU))
    assert found.is_there().tolist() == [[True, False, False], [True, True, True]]
    assert found.gathered(torch.tensor([1.0, 2.0, 3.0, 4.0])).tolist() == [[1, 0, 0], [2, 3, 4]]


def test_equal_sequences_that_follow_each_other_stay_two() -> None:
    ids = Ragged.of([[7, 7], [7, 7], [7, 7]])
    encoded = end_to_end(Tokens(ids=ids, types=ids), np.array([2, 1]))
    found = apart(collate(encoded, np.array([0, 1]), pad_id=0, device=CPU))
    assert found.ids_ST.shape == (3, 2)
    assert found.mask_ST is None


def test_limit_of_length_is_about_a_single_sequence() -> None:
    encoded = end_to_end(tokens(), np.array([2, 1, 2]))
    assert encoded.longest == 4
    assert Encoded(ids=Ragged.of([[1, 2], [3]]), others={"candidates": encoded}).longest == 4
    assert Encoded(ids=Ragged.of([[1, 2], [3]])).longest == 2
    neighbours = end_to_end(
        Tokens(ids=Ragged.of([[1] * 3, [1] * 5]), types=Ragged.of([[0] * 3, [0] * 5])), np.array([1, 1])
    )
    assert neighbours.longest == 5


def test_sequences_of_a_row_are_counted() -> None:
    encoded = end_to_end(tokens(), np.array([2, 1, 2]))
    assert counts(encoded).tolist() == [2, 1, 2]
    assert counts(Encoded(ids=Ragged.of([[1]] * 3), others={"candidates": encoded})).tolist() == [2, 1, 2]
    assert counts(Encoded(ids=Ragged.of([[1, 2], [3]]))).tolist() == [1, 1]
    assert counts(encoded.select(np.array([1, 0]))).tolist() == [1, 2]
