"""How well a passage answers: exact match and F1, by words as SQuAD counts them or by characters as CMRC 2018 does.

Both official scripts are followed to the letter of their rules: SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250; version 2 for
questions without an answer), CMRC 2018 (Cui et al. 2019, arXiv:1810.07366). An empty text says that there is no answer.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Scoring = Literal["words", "characters"]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
# The signs that the script of CMRC 2018 leaves out (it writes the ellipsis as two characters, which never match one).
_CMRC_SIGNS = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
# Han and kana are characters that stand for themselves; other letters form words.
_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNIT = re.compile(rf"[{_HAN}]|[^\W{_HAN}]+|[^\w\s]")
_IS_HAN = re.compile(f"[{_HAN}]")


def scoring_of(texts: Iterable[str]) -> Scoring:
    """Characters when more than half of the letters are Chinese or Japanese, else words."""
    letters = han = 0
    for text in texts:
        letters += sum(map(str.isalpha, text))
        han += len(_IS_HAN.findall(text))
    return "characters" if 2 * han > letters else "words"


def exact_match(predicted: str, expected: Sequence[str], scoring: Scoring) -> float:
    """1 when it equals one of the expected answers up to case, punctuation (and articles), else 0."""
    clean = _plain_words if scoring == "words" else _plain_characters
    return float(any(clean(predicted) == clean(answer) for answer in _at_least_one(expected)))


def f1(predicted: str, expected: Sequence[str], scoring: Scoring) -> float:
    """The best over the expected answers."""
    overlap = _word_overlap if scoring == "words" else _character_overlap
    return max(overlap(predicted, answer) for answer in _at_least_one(expected))


def _at_least_one(expected: Sequence[str]) -> Sequence[str]:
    return expected or ("",)


def _plain_words(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def _plain_characters(text: str) -> str:
    return "".join(sign for sign in text.lower().strip() if sign not in _CMRC_SIGNS)


def _word_overlap(predicted: str, answer: str) -> float:
    found, wanted = _plain_words(predicted).split(), _plain_words(answer).split()
    if not found or not wanted:
        return float(found == wanted)
    return _f1(sum((Counter(found) & Counter(wanted)).values()), len(found), len(wanted))


def _character_overlap(predicted: str, answer: str) -> float:
    """The longest stretch that both share, in characters; words in other alphabets count as one."""
    found, wanted = _units(predicted), _units(answer)
    if not found or not wanted:
        return float(found == wanted)
    return _f1(_longest_common_stretch(found, wanted), len(found), len(wanted))


def _units(text: str) -> list[str]:
    return [unit for unit in _UNIT.findall(text.lower()) if unit not in _CMRC_SIGNS]


def _longest_common_stretch(a: Sequence[str], b: Sequence[str]) -> int:
    longest = 0
    before = [0] * (len(b) + 1)
    for one in a:
        now = [0] * (len(b) + 1)
        for i, other in enumerate(b):
            if one == other:
                now[i + 1] = before[i] + 1
                longest = max(longest, now[i + 1])
        before = now
    return longest


def _f1(shared: int, num_found: int, num_wanted: int) -> float:
    return 2 * shared / (num_found + num_wanted)
