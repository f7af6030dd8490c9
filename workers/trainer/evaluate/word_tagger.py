"""A tagger that needs no language model: a linear classifier over each token, its spelling and its neighbours.

The features are the usual ones of such taggers (Ratinov and Roth 2009, "Design challenges and misconceptions in named entity recognition"),
hashed, so that nothing has to be remembered of a vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_AROUND: Final = 2
_ENDS: Final = (1, 2, 3, 4)
_PLACES: Final = 2**18
_PASSES: Final = 8
_SHAPES: Final = ((re.compile(r"[A-Z]+"), "A"), (re.compile(r"[a-z]+"), "a"), (re.compile(r"\d+"), "0"))

Rows = Sequence[Sequence[str]]


def linear_tags(tokens: Rows, tags: Rows, held_out: Rows, *, seed: int) -> list[tuple[str, ...]]:
    """Tags of the held-out rows, learnt from rows with the same tags; each token is decided by itself."""
    from sklearn.feature_extraction import FeatureHasher  # noqa: PLC0415 - a warm trainer should not pay for it before its first step
    from sklearn.linear_model import SGDClassifier  # noqa: PLC0415 - as above

    known = {tag for row in tags for tag in row}
    if len(known) == 1:
        return [tuple(known) * len(row) for row in held_out]
    hasher = FeatureHasher(_PLACES, input_type="string", alternate_sign=False)
    model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=_PASSES, tol=None, average=True, random_state=seed)
    model.fit(
        hasher.transform(found for row in tokens for found in features_of(row)), [tag for row in tags for tag in row]
    )
    said = iter(model.predict(hasher.transform(found for row in held_out for found in features_of(row))))
    return [tuple(str(next(said)) for _ in row) for row in held_out]


def features_of(tokens: Sequence[str]) -> Iterator[list[str]]:
    """Of each token: itself, its ends and its shape, and the tokens around it with their shapes."""
    lower = ["", "", *(token.lower() for token in tokens), "", ""]
    shapes = ["", "", *map(_shape, tokens), "", ""]
    for at, token in enumerate(tokens, start=_AROUND):
        found = ["always", f"is={token}"]
        for count in _ENDS:
            found += (f"begins={lower[at][:count]}", f"ends={lower[at][-count:]}")
        for place in range(-_AROUND, _AROUND + 1):
            found += (f"{place}={lower[at + place]}", f"{place}~{shapes[at + place]}")
        found += (f"-1,0={lower[at - 1]} {lower[at]}", f"0,1={lower[at]} {lower[at + 1]}")
        yield found


def _shape(token: str) -> str:
    """`McDonald's` is `AaAa'a`, `1,000` is `0,0`."""
    for pattern, sign in _SHAPES:
        token = pattern.sub(sign, token)
    return token
