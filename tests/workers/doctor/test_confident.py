"""Confident learning against its definition, worked out by hand."""

from __future__ import annotations

import numpy as np

from workers.doctor.confident import NOBODY, confident_label_sets, confident_learning


def test_thresholds_and_joint_are_those_of_the_paper() -> None:
    given = np.array([0, 0, 0, 1, 1, 1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.3, 0.7], [0.1, 0.9], [0.6, 0.4]], dtype=np.float32)
    # Thresholds: (0.9 + 0.8 + 0.2) / 3 = 0.633 and (0.7 + 0.9 + 0.4) / 3 = 0.667. The last row reaches neither.
    found = confident_learning(probabilities, given, trusted_L=np.array([True, True]))
    assert found.counted.tolist() == [0, 0, 1, 1, 1, NOBODY]
    assert found.joint.tolist() == [[2, 1], [0, 2]]
    assert found.suspects.tolist() == [2]
    np.testing.assert_allclose(found.margin, [-0.8, -0.6, 0.6, -0.4, -0.8, 0.2], atol=1e-6)


def test_classes_of_too_few_rows_neither_lose_nor_win() -> None:
    given = np.array([0, 0, 1, 1, 2])
    probabilities = np.array(
        [[0.9, 0.1, 0.0], [0.1, 0.1, 0.8], [0.1, 0.9, 0.0], [0.1, 0.9, 0.0], [0.9, 0.1, 0.0]], dtype=np.float32
    )
    found = confident_learning(probabilities, given, trusted_L=np.array([True, True, False]))
    assert found.suspects.tolist() == []


def test_a_label_set_is_judged_label_by_label_and_as_good_as_its_worst_label_says() -> None:
    given = np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 1, 1]], dtype=bool)
    probabilities = np.array([[0.9, 0.8, 0.5], [0.8, 0.1, 0.5], [0.1, 0.7, 0.5], [0.9, 0.9, 0.5]], dtype=np.float32)
    # The first label's thresholds: 0.85 with it, 0.5 without. The second's: 0.8 with it, 0.55 without.
    found = confident_label_sets(probabilities, given, trusted_L=np.array([True, True, False]))
    assert found.is_doubted.tolist() == [[False, True, False], [False] * 3, [False] * 3, [True, False, False]]
    # 0.8 of the worst label and 0.2 of the other one; the third label is left out.
    worst = [0.8 * 0.2 + 0.2 * 0.9, 0.8 * 0.8 + 0.2 * 0.9, 0.8 * 0.7 + 0.2 * 0.9, 0.8 * 0.1 + 0.2 * 0.9]
    np.testing.assert_allclose(found.quality, worst, atol=1e-6)
