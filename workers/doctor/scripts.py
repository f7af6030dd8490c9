"""Which script a text is written in, and which language where stop words tell: a profile of frequent words, for Latin scripts only.

This tells long texts of eight languages apart and is silent about the others, as it is about most texts of a few words.
"""

from __future__ import annotations

import re
from collections import Counter

# Ranges of code points; what is in none of them belongs to no script (digits, signs, emoji).
_RANGES = (
    ("latin", "A-Za-zªº\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"),
    ("greek", "\u0370-\u03ff\u1f00-\u1fff"),
    ("cyrillic", "\u0400-\u052f"),
    ("hebrew", "\u0590-\u05ff"),
    ("arabic", "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc"),
    ("devanagari", "\u0900-\u097f"),
    ("thai", "\u0e00-\u0e7f"),
    ("han", "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ebef"),
    ("kana", "\u3040-\u30ff\u31f0-\u31ff"),
    ("hangul", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"),
)
_PATTERNS = {name: re.compile(f"[{ranges}]") for name, ranges in _RANGES}
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0002ebef]")

# A word that several of these languages share tells nothing and is left out.
_STOP_WORDS = {
    "en": "the and is was that you it for with this have are not what how my your from they been would which there were can",
    "de": "der und ist das nicht ich sie mit auf für von dem ein eine einen auch wird sich aber zum zur wie mein bei",
    "fr": "le les est pas vous je et des une dans pour que qui sur avec mon cette sont être plus mais mes nous ont votre",
    "es": "el los las es una por para con no del mi pero muy como está qué cuando hay esta este sus fue tiene porque",
    "it": "il di che non è sono per gli della con mi ma questo anche come più nel ho una alla dei perché mio molto",
    "pt": "não que uma os para com em da por mais meu você foi são muito isso ao pelo mas minha está ele",
    "nl": "de het een van ik niet dat en op te voor zijn aan ook maar mijn naar heb bij worden deze",
    "pl": "nie się na jest że jak ale czy tak przez mnie są ich dla tylko jestem moja był",
}
_OWNERS = Counter(word for words in _STOP_WORDS.values() for word in words.split())
_LANGUAGE_OF = {
    word: language for language, words in _STOP_WORDS.items() for word in words.split() if _OWNERS[word] == 1
}
_LEAST_WORDS = 3
_LATIN_WORD = re.compile(r"[^\W\d_]+")


def scripts_in(text: str) -> dict[str, int]:
    """Letters of every script that occurs."""
    if text.isascii():
        count = sum(map(str.isalpha, text))
        return {"latin": count} if count else {}
    counts = {name: len(pattern.findall(text)) for name, pattern in _PATTERNS.items()}
    return {name: count for name, count in counts.items() if count}


def script_of(text: str) -> str | None:
    """The script of most of its letters; Japanese is told from Chinese by its syllables. None without letters."""
    counts = scripts_in(text)
    if not counts:
        return None
    if counts.get("kana", 0) * 5 >= counts.get("han", 0) and counts.get("kana"):
        counts["kana"] += counts.pop("han", 0)
    return max(counts, key=lambda name: (counts[name], name))


def language_of(text: str) -> str | None:
    """Of a Latin text with three different stop words of one language at least, and twice as many as of any other; else None."""
    words = [_LANGUAGE_OF[word] for word in set(_LATIN_WORD.findall(text.lower())) if word in _LANGUAGE_OF]
    ranked = Counter(words).most_common(2)
    if not ranked or ranked[0][1] < _LEAST_WORDS:
        return None
    if len(ranked) > 1 and ranked[1][1] * 2 > ranked[0][1]:
        return None
    return ranked[0][0]


def is_wide(text: str) -> bool:
    """Whether most of it is in scripts that write without spaces between words."""
    return not text.isascii() and len(_WIDE.findall(text)) * 2 > len(text)
