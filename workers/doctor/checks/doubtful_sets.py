"""Label errors of rows with any number of labels: labels that a row has and seems not to deserve, or lacks and seems to.

A label is doubted by the odds that one of several classes is doubted by, against its opposite. Rows stand in the order of their sets'
quality, the worst first. `relabel` takes doubted labels out and puts missing ones in.
"""

from __future__ import annotations

import numpy as np

from workers.doctor.found import Found, Suspect, cells_set, doubted
from workers.doctor.materials import Materials


def examine(materials: Materials, least_odds: float) -> Found | None:
    judged = materials.judged
    confident = judged.confident_sets
    is_doubted = confident.is_doubted & (1 - confident.own >= least_odds * confident.own)
    suspects, relabelled = [], {}
    for place in np.flatnonzero(is_doubted.any(axis=1)).tolist():
        row = int(judged.rows[place])
        given = materials.label_sets[row]
        named = [materials.set_names[label] for label in np.flatnonzero(is_doubted[place])]
        wrong, missing = ([name for name in named if (name in given) is is_given] for is_given in (True, False))
        suggested = sorted({*given, *missing} - {*wrong})
        own = float(confident.own[place, is_doubted[place]].min())
        suspects.append(
            Suspect(
                row,
                round(1 - float(confident.quality[place]), 6),
                {
                    "given": ", ".join(given),
                    "suggested": ", ".join(suggested),
                    "wrong": wrong,
                    "missing": missing,
                    "confidence": round(1 - own, 3),
                    "self_confidence": round(own, 3),
                },
            )
        )
        relabelled[row] = {"labels": suggested}
    return doubted(
        materials,
        suspects,
        len(judged.rows),
        {"relabel": cells_set(materials.rows, relabelled)},
        labels=int(judged.known_labels.sum()),
        labels_unknown=int((~judged.known_labels).sum()),
        vectors=judged.probe_reads,
    )
