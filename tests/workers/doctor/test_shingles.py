"""Near pairs agree with what comparing every text with every other gives."""

from __future__ import annotations

import itertools
import random

from tests.workers.doctor.version import chinese, sentence
from workers.doctor.shingles import LEAST_SIMILARITY, jaccard, near_pairs, shingle_set


def _texts() -> list[str]:
    draw = random.Random(3)  # noqa: S311 - test data
    texts = [sentence(draw).lower() if number % 2 else chinese(draw) for number in range(120)]
    for text in texts[:60]:
        at = draw.randrange(len(text))
        texts.append(text[:at] + draw.choice("xyz") + text[at + 1 :])
        texts.append(f"{text} {text.split()[0]}")
    return [*texts, "a", "b", "ab", ""]


def test_all_pairs_are_found_and_their_similarity_is_exact() -> None:
    texts = _texts()
    sets = [shingle_set(text) for text in texts]
    wanted = {
        (first, second): jaccard(sets[first], sets[second])
        for first, second in itertools.combinations(range(len(texts)), 2)
        if jaccard(sets[first], sets[second]) >= LEAST_SIMILARITY
    }
    found = {(pair.first, pair.second): pair.similarity for pair in near_pairs(texts, seed=0)}
    assert len(wanted) > 60
    assert found.items() <= wanted.items()
    assert len(found) >= 0.98 * len(wanted)


def test_jaccard_is_that_of_the_shingles() -> None:
    # "abcde" has abcd, bcde; "abcdf" abcd, bcdf: one of three.
    assert jaccard(shingle_set("abcde"), shingle_set("abcdf")) == 1 / 3


def test_a_crowd_of_copies_hangs_together_without_all_of_its_pairs() -> None:
    texts = [f"the same long sentence about nothing at all with number {number:04d}" for number in range(400)]
    pairs = near_pairs(texts, seed=0)
    assert {place for pair in pairs for place in pair[:2]} == set(range(400))
    assert len(pairs) < 400 * 399 / 2
