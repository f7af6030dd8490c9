"""How unsure a model is of an answer, from the probabilities of all labels; 0 is sure, 1 could not be less so.

The three measures of Settles 2009, "Active Learning Literature Survey", section 3.1 (Computer Sciences Technical Report 1648, University
of Wisconsin-Madison), each turned so that the larger value is the less sure one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from anneal.datasets.labelling.values import Measure


def uncertainty(measure: Measure, probabilities: Sequence[float]) -> float:
    """`probabilities` of all labels, in any order.

    least_confidence: 1 - p1; margin: 1 - (p1 - p2); entropy: -sum p ln p, divided by ln of the number of labels so that it ends at 1.
    """
    first, *others = sorted(probabilities, reverse=True)
    match measure:
        case "least_confidence":
            return 1 - first
        case "margin":
            return 1 - (first - (others[0] if others else 0))
        case "entropy":
            entropy = -sum(one * math.log(one) for one in probabilities if one > 0)
            return entropy / math.log(len(probabilities)) if others else 0.0
