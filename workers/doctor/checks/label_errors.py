"""Labels that are likely wrong, by confident learning over probes that have not seen the row.

A row is named when the probe is sure of another label. `relabel` gives it that label, `drop` takes it out.
"""

from __future__ import annotations

from workers.doctor.found import Found, Suspect, cells_set, dropped
from workers.doctor.materials import Materials

_SURE, _SUREST = 0.5, 0.9
_DOUBT = 1.6
_MANY = 0.03


def examine(materials: Materials) -> Found | None:
    judged = materials.judged
    confident = judged.confident
    least = least_probability(judged.probe_accuracy)
    suspects, relabelled = [], {}
    for place in confident.suspects.tolist():
        row, counted = int(judged.rows[place]), int(confident.counted[place])
        probability = float(judged.probabilities[place, counted])
        if probability < least:
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
        relabelled[row] = {"label": suggested}
    if not suspects:
        return None
    share = len(suspects) / len(judged.rows)
    return Found(
        severity="warning" if share > _MANY else "info",
        suspects=suspects,
        params={
            "judged": len(judged.rows),
            "rows": len(materials),
            "share": round(share, 4),
            "probe_accuracy": round(judged.probe_accuracy, 4),
            "vectors": judged.probe_reads,
        },
        fixes={
            "relabel": cells_set(materials.rows, relabelled),
            "drop": dropped(materials.rows, [suspect.row for suspect in suspects]),
        },
    )


def least_probability(accuracy: float) -> float:
    """Of a suggested label. The more often a probe is wrong itself, the surer it has to be: chosen by judgement, not derived."""
    return min(_SUREST, max(_SURE, _DOUBT - accuracy))
