"""Random numbers that are a function of where they are used: no state to save, and the same for any order of asking."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workers.trainer.data.encoded import IntArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def uniform(seed: int, *places: IntArray) -> npt.NDArray[np.float64]:
    """A number from [0, 1) for every place; `places` are its coordinates. SplitMix64 (Steele et al. 2014) over seed and places."""
    state = np.full(len(places[0]), seed, dtype=np.uint64)
    for place in places:
        state = _mixed(state + (place.astype(np.uint64) + np.uint64(1)) * _STEP)
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    mixed: npt.NDArray[np.uint64] = x ^ (x >> np.uint64(31))
    return mixed
