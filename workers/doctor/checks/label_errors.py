"""Labels that are likely wrong, by confident learning over probes that have not seen the row.

A row is named when the probe finds another label five times as probable as the given one: odds mean the same for two classes and for a
hundred. `relabel` gives it that label where it is also more probable than all others together, `drop` takes every suspect out.
Label sets and tags are doubted by the same odds, in files of their own.
"""

from __future__ import annotations

from workers.doctor.checks import doubtful_sets, doubtful_tags
from workers.doctor.found import Found, Suspect, cells_set, doubted
from workers.doctor.materials import Materials

LEAST_ODDS = 5.0
"""Of the suggested label against the given one; chosen by judgement between finding more and being right more often."""
SURE = 0.5


def examine(materials: Materials) -> Found | None:
    if materials.rows.task == "multi_label":
        return doubtful_sets.examine(materials, LEAST_ODDS)
    if materials.rows.task == "token_classification":
        return doubtful_tags.examine(materials, LEAST_ODDS)
    judged = materials.judged
    confident = judged.confident
    suspects, relabelled = [], {}
    for place in confident.suspects.tolist():
        row, counted = int(judged.rows[place]), int(confident.counted[place])
        probability = float(judged.probabilities[place, counted])
        if probability < LEAST_ODDS * float(confident.self_confidence[place]):
            continue
        suggested = materials.classes[counted]
        suspects.append(
            Suspect(
                row,
                round(float(confident.margin[place]), 6),
                {
                    "given": materials.labels[row],
                    "suggested": suggested,
                    "confidence": round(probability, 3),
                    "self_confidence": round(float(confident.self_confidence[place]), 3),
                },
            )
        )
        if probability >= SURE:
            relabelled[row] = {"label": suggested}
    return doubted(
        materials,
        suspects,
        len(judged.rows),
        {"relabel": cells_set(materials.rows, relabelled)},
        probe_accuracy=round(judged.probe_accuracy, 4),
        vectors=judged.probe_reads,
    )
