"""What can be answered to a source without writing anything: the answer that suits most of them, and that of the source most like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.trainer.data.encoded import evenly
from workers.trainer.evaluate.baselines import tfidf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workers.trainer.data.read import Rows

# Each candidate is scored against each of the others that are drawn.
_MOST_CANDIDATES = 20
_MOST_WANTED = 60
_MOST_REMEMBERED = 20_000
_SOURCES_AT_ONCE = 50


def typical_target(train: Rows, score: Callable[[Sequence[str], Sequence[str]], float]) -> str:
    """Of targets evenly drawn, the one with the best score (references, written) as an answer to all: majority, of texts."""
    targets = list(dict.fromkeys(train["target"]))
    wanted = [targets[i] for i in evenly(len(targets), _MOST_WANTED)]
    candidates: list[str] = [targets[i] for i in evenly(len(targets), _MOST_CANDIDATES)]
    return max(candidates, key=lambda candidate: score(wanted, [candidate] * len(wanted)))


def nearest_targets(train: Rows, sources: Sequence[str]) -> list[str] | None:
    """To each source the target of the training source that shares most with it (cosine of TF-IDF); None where no source has a word."""
    remembered = evenly(len(train), _MOST_REMEMBERED)
    features = tfidf([train["source"][i] for i in remembered], sources)
    if features is None:
        return None
    known, asked = features
    found: list[int] = []
    for start in range(0, len(sources), _SOURCES_AT_ONCE):
        likeness = asked[start : start + _SOURCES_AT_ONCE] @ known.T
        found += np.asarray(likeness.argmax(axis=1)).ravel().tolist()
    return [train["target"][remembered[i]] for i in found]
