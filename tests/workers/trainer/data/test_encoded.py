from __future__ import annotations

import numpy as np
import torch

from workers.trainer.data.encoded import IGNORED, Encoded, Ragged, collate

CPU = torch.device("cpu")
IDS = Ragged.of([[5, 6, 7], [8], [9, 4]])


def test_padding_is_masked_and_a_rectangle_needs_no_mask() -> None:
    padded = collate(Encoded(ids=IDS), np.array([0, 1]), pad_id=3, device=CPU)
    assert padded.ids_BT.tolist() == [[5, 6, 7], [8, 3, 3]]
    assert padded.mask_BT is not None
    assert padded.mask_BT.tolist() == [[True, True, True], [True, False, False]]
    whole = collate(Encoded(ids=IDS), np.array([2]), pad_id=3, device=CPU)
    assert whole.mask_BT is None
    assert whole.mask().tolist() == [[1, 1]]


def test_what_runs_beside_the_tokens_is_padded_in_its_own_way() -> None:
    labels = IDS.with_values(np.array([1, 2, 3, 4, 5, 6]))
    weights = IDS.with_values(np.array([1.0, 0.5, 1.0, 1.0, 1.0, 1.0]))
    batch = collate(
        Encoded(ids=IDS, beside={"labels": labels, "weights": weights}), np.array([1, 0]), pad_id=0, device=CPU
    )
    assert batch.beside["labels"].tolist() == [[4, IGNORED, IGNORED], [1, 2, 3]]
    assert batch.beside["weights"].tolist() == [[1.0, 0.0, 0.0], [1.0, 0.5, 1.0]]


def test_rows_are_chosen_in_any_order_more_than_once_and_empty_ones_too() -> None:
    ragged = Ragged.of([[1.5, 2], [], [3], [4, 5, 6]], dtype=np.float32)
    chosen = ragged.select(np.array([3, 1, 0, 3]))
    assert [chosen.row(number).tolist() for number in range(len(chosen))] == [[4, 5, 6], [], [1.5, 2], [4, 5, 6]]
    assert chosen.values.dtype == np.float32
    nothing = ragged.select(np.array([], dtype=np.int64))
    assert (len(nothing), len(nothing.values)) == (0, 0)


def test_rows_keep_their_other_sequences_and_targets_together() -> None:
    other = Encoded(ids=Ragged.of([[1], [2, 2], [3]]))
    encoded = Encoded(ids=IDS, others={"second": other}, targets={"target": torch.tensor([10, 20, 30])})
    assert encoded.lengths.tolist() == [4, 3, 3]
    batch = collate(encoded, np.array([1, 2]), pad_id=0, device=CPU)
    assert batch.others["second"].ids_BT.tolist() == [[2, 2], [3, 0]]
    assert batch.targets["target"].tolist() == [20, 30]
    chosen = encoded.select(np.array([2, 0]))
    assert chosen.ids.row(0).tolist() == [9, 4]
    assert chosen.others["second"].ids.row(1).tolist() == [1]
    assert chosen.targets["target"].tolist() == [30, 10]
    shifted = encoded.with_ids(lambda ids: ids + 100)
    assert shifted.others["second"].ids.row(0).tolist() == [101]
    assert shifted.ids.row(1).tolist() == [108]
