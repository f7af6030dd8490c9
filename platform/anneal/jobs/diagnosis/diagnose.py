"""The few things about a run that matter most."""

from __future__ import annotations

from typing import Final

from anneal.jobs.diagnosis import result
from anneal.jobs.diagnosis.curves import of_curves
from anneal.jobs.diagnosis.facts import Finding, RunFacts

MOST: Final = 3
"""A list of everything is read by nobody."""
_WEIGHT: Final = {"error": 0, "warning": 1, "info": 2}
_CHECKS: Final = (
    # In this order among findings of one severity: what makes the others' figures doubtful comes first.
    result.left_without_model,
    result.no_better_than,
    result.leaked,
    of_curves,
    result.splits_apart,
    result.rare_label_missed,
    result.truncated,
    result.too_few_to_tell,
    result.validation_too_small,
    result.memory_short,
)

_OF_WHAT_WAS_LEARNT: Final = frozenset(
    {
        "data:no_better_than_guessing",
        "data:no_better_than_simple",
        "data:rare_label_missed",
        "data:held_out_small",
        "data:validation_small",
    }
)
CODES: Final = frozenset(
    {
        "rate:collapsed",
        "rate:diverged",
        "rate:loss_rose",
        "rate:spikes",
        "rate:gradients_grew",
        "rate:hardly_moved",
        "passes:over_fitted",
        "passes:over_fitted_kept_best",
        "passes:still_improving",
        "passes:budget_short",
        "data:no_better_than_guessing",
        "data:no_better_than_simple",
        "data:held_out_small",
        "data:validation_small",
        "data:test_harder",
        "data:test_easier",
        "data:leaked",
        "data:leaked_validation",
        "data:rare_label_missed",
        "ended:checkpoint_left",
        "length:cut",
        "length:at_the_limit",
        "memory:halved",
    }
)


def diagnose(run: RunFacts) -> list[Finding]:
    """At most three findings, the gravest first. A sound run has none."""
    found = [finding for check in _CHECKS if (finding := check(run)) is not None]
    if any(finding.code.startswith("rate:") for finding in found):
        # A model that could not learn says nothing about its data.
        found = [finding for finding in found if finding.code not in _OF_WHAT_WAS_LEARNT]
    return sorted(found, key=lambda finding: _WEIGHT[finding.severity])[:MOST]
