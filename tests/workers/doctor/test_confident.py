"""Confident learning against its definition, worked out by hand."""

from __future__ import annotations

import numpy as np

from workers.doctor.confident import NOBODY, confident_learning


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
