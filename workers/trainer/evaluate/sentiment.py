"""Whether English texts are positive, negative or neither, by VADER: a published lexicon with rules for negation and emphasis.

Hutto & Gilbert 2014, "VADER: A parsimonious rule-based model for sentiment analysis of social media text". The lexicon is shipped beside
this file, without the single raters' votes; the rules are nltk's. It hears words, not irony.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workers.trainer.evaluate.texts import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.evaluate.metrics import IntArray

_LEXICON = Path(__file__).with_name("vader_lexicon.txt")
# As its authors draw the line.
_NEUTRAL = 0.05
# A seventh to a third of the words of English texts are among these, and a few per cent of the words of other languages look like them.
_COMMON = re.compile(
    "the|of|and|to|you|that|it|with|they|be|this|have|from|had|what|all|were|when|we|there|can|an|which|their|said|if|about|how|would|my|not"
    "|our|been|please|your|i"
)
_ENGLISH_SHARE = 0.1


def are_english(texts: Sequence[str]) -> bool:
    """Whether these texts together are English, by how many of their words are the commonest of that language."""
    found = [word for text in texts for word in words(text)]
    return bool(found) and sum(_COMMON.fullmatch(word) is not None for word in found) >= _ENGLISH_SHARE * len(found)


def polarities(texts: Sequence[str]) -> IntArray:
    """1 for a positive text, -1 for a negative one, 0 for one that is neither."""
    # It loads nltk, which takes a second.
    from nltk import data  # noqa: PLC0415
    from nltk.sentiment.vader import SentimentIntensityAnalyzer  # noqa: PLC0415

    folder = str(_LEXICON.parent)
    if folder not in data.path:  # nltk opens no file elsewhere.
        data.path.append(folder)
    analyser = SentimentIntensityAnalyzer(lexicon_file=_LEXICON.name)
    scores = np.array([analyser.polarity_scores(text)["compound"] for text in texts])
    return np.where(np.abs(scores) < _NEUTRAL, 0, np.sign(scores)).astype(np.int64)
