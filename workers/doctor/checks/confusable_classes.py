"""Pairs of classes that are taken for each other, both ways together, by the confident joint: their definitions may overlap."""

from __future__ import annotations

import numpy as np

from workers.doctor.found import Found, Suspect
from workers.doctor.materials import Materials

_LEAST_SHARE = 0.05
_FEWEST = 5
_MOST_PAIRS = 20


def examine(materials: Materials) -> Found | None:
    judged = materials.judged
    confident = judged.confident
    both_ways = np.triu(confident.joint + confident.joint.T, k=1)
    sizes = np.bincount(judged.given, minlength=len(both_ways))
    smaller = np.minimum(sizes[:, None], sizes[None, :])
    confused = (both_ways >= _FEWEST) & (both_ways >= _LEAST_SHARE * smaller)
    pairs = sorted(
        zip(*(places.tolist() for places in np.nonzero(confused)), strict=True),
        key=lambda pair: (-both_ways[pair] / smaller[pair], pair),
    )
    if not pairs:
        return None
    wanted = {*pairs, *((second, first) for first, second in pairs)}
    taken = [
        place
        for place, pair in enumerate(zip(confident.given.tolist(), confident.counted.tolist(), strict=True))
        if pair in wanted
    ]
    names = materials.classes
    return Found(
        severity="info",
        suspects=[
            Suspect(
                int(judged.rows[place]),
                round(float(confident.margin[place]), 6),
                {"given": names[confident.given[place]], "taken_for": names[confident.counted[place]]},
            )
            for place in taken
        ],
        params={
            "judged": len(judged.rows),
            "pairs": len(pairs),
            "most_confused": [
                {
                    "first": names[first],
                    "second": names[second],
                    "rows": int(both_ways[first, second]),
                    "share": round(float(both_ways[first, second] / (sizes[first] + sizes[second])), 4),
                }
                for first, second in pairs[:_MOST_PAIRS]
            ],
        },
    )
