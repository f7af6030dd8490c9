"""What in a text belongs to a person or opens a door: patterns, and wherever a number has a check digit, the check. Names are
told elsewhere (`names`).

Checked: cards by Luhn (ISO/IEC 7812-1), IBAN by mod 97 and the length of their country (ISO 13616), Chinese resident ids by ISO 7064 MOD
11-2 and their date (GB 11643), US social security numbers by the ranges that are never issued (SSA, "Social Security Number
Randomization"). Phone numbers have no check: what counts is a country code, a national form with separators, or a Chinese mobile number.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from workers.doctor.cells import Edit


class Hit(NamedTuple):
    """`text[start:end]` is of this kind."""

    kind: str
    start: int
    end: int


GRAVE = frozenset({"secret", "card", "iban", "national_id"})
"""What does harm by itself to whoever it belongs to."""

_SECRET = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,}|"
    r"glpat-[A-Za-z0-9_-]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}|hf_[A-Za-z0-9]{30,}|[srp]k_(?:live|test)_[A-Za-z0-9]{16,}|"
    r"sk-(?:proj-|ant-)?[A-Za-z0-9_-]{20,}|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"
    r")|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\s\S]{0,4000}?-----END [A-Z ]{0,20}PRIVATE KEY-----"
)
_TOKEN = re.compile(r"(?<![A-Za-z0-9+/_=.-])[A-Za-z0-9+/_-]{32,200}={0,2}(?![A-Za-z0-9+/_=.-])")
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,5}\.[A-Za-z]{2,24}(?![A-Za-z0-9])"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![a-z0-9])")
_CARD = re.compile(
    r"(?<![\d.-])(?:[2-6]\d{12,18}|[2-6]\d{3}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|3\d{3}([ -])\d{6}\2\d{5})(?![\d-])"
)
_CHINESE_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
# Four numbers behind such a word count versions or chapters.
_IPV4 = re.compile(
    r"(?<!ersion )(?<!hapter )(?<!ection )(?<!版本)(?<!版本 )(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)", re.ASCII
)
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![\w:])", re.ASCII)
_PHONE = re.compile(
    r"(?<![\w.+-])(?:"
    r"\+\d{1,3}(?:[\s.-]?\(?\d{1,4}\)?){2,5}|"  # with a country code
    r"(?:1[\s.-])?(?:\(\d{3}\)\s?\d{3}[\s.-]?|\d{3}[\s.-]\d{3}[\s.-])\d{4}|"  # North America
    r"1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|"  # China, mobile
    r"0[1-9](?:[\s.-]\d{2}){4}|"  # France, in pairs
    r"\(?0\d{2,4}\)?[\s/-]\d{3,4}[\s-]?\d{3,5}"  # with the zero of a trunk call
    r")(?![\s-]?\w*\d)",
    re.ASCII,  # A Chinese character is no part of a number, though it is a letter.
)
_MAY_HOLD_ANY = re.compile(r"[@\d]|PRIVATE KEY|[A-Za-z0-9+/_-]{32}")
_LEAST_ENTROPY = 4.2
# Of the registry that SWIFT keeps for ISO 13616; what it does not have yet may be of any length.
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
_SHORTEST_IBAN = min(_IBAN_LENGTHS.values())
_PHONE_DIGITS = range(8, 16)
_FEWEST_DIFFERENT = 3


def personal_data(text: str, names: Iterable[tuple[int, int]] = ()) -> list[Hit]:
    """What was found, in order; where two overlap, the kind that is named first below stands.

    Of `names`, places where a name of a person is said to stand, that counts which is nothing else and no mask of ours.
    """
    found = _by_patterns(text) if _MAY_HOLD_ANY.search(text) else []
    places = sorted(names)
    if places:
        taken = sorted([*((hit.start, hit.end) for hit in found), *(mask.span() for mask in _MASK.finditer(text))])
        found += [Hit(NAME, *part) for place in places for part in _left_of(text, place, taken)]
    return sorted(found, key=lambda hit: hit.start)


def _by_patterns(text: str) -> list[Hit]:
    found: list[Hit] = []
    for kind, pattern, check in _KINDS:
        for match in pattern.finditer(text):
            length = check(match.group())
            hit = Hit(kind, match.start(), match.start() + length)
            if length and not any(hit.start < other.end and other.start < hit.end for other in found):
                found.append(hit)
    return found


def _left_of(text: str, place: tuple[int, int], taken: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of a place that are not taken, without what is no letter or digit at their ends; those without a letter are nothing."""
    at, end = place
    for start, stop in [*taken, (end, end)]:
        part = _WORDS.search(text, at, min(max(start, at), end))
        if part is not None and any(map(str.isalpha, part.group())):
            yield part.span()
        at = min(max(at, stop), end)


def masks(text: str, names: Iterable[tuple[int, int]] = ()) -> list[Edit]:
    """Each by the name of its kind in square brackets."""
    hits = personal_data(text, names)
    return [Edit(hit.start, hit.end, f"[{hit.kind.upper()}]", covers_tokens=True) for hit in hits]


def luhn_holds(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - the digit sum


def chinese_id_holds(number: str) -> bool:
    try:
        born = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper() and 1900 <= born.year <= 2100  # noqa: PLR2004


def iban_length(text: str) -> int:
    """Length of the longest beginning that is an IBAN; 0 without one. Upper case words may follow it."""
    of_country = _IBAN_LENGTHS.get(text[:2])
    for end in range(len(text), _SHORTEST_IBAN - 1, -1):
        compact = text[:end].replace(" ", "")
        if text[end - 1] == " " or len(compact) < _SHORTEST_IBAN or of_country not in {None, len(compact)}:
            continue
        if int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1:
            return end
    return 0


def _whole(holds: Callable[[str], bool]) -> Callable[[str], int]:
    return lambda text: len(text) if holds(text) else 0


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _is_card(text: str) -> bool:
    digits = _digits(text)
    return luhn_holds(digits) and len(set(digits)) > 1


def _is_phone(text: str) -> bool:
    digits = _digits(text)
    return len(digits) in _PHONE_DIGITS and len(set(digits)) >= _FEWEST_DIFFERENT


def _is_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _is_random(text: str) -> bool:
    """Signs of all three sorts, as unevenly mixed as in no word or path."""
    if not (any(map(str.isupper, text)) and any(map(str.islower, text)) and any(map(str.isdigit, text))):
        return False
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares) >= _LEAST_ENTROPY


_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], int]], ...] = (
    ("secret", _SECRET, len),
    ("email", _EMAIL, len),
    ("iban", _IBAN, iban_length),
    ("national_id", _CHINESE_ID, _whole(chinese_id_holds)),
    ("national_id", _SSN, len),
    ("card", _CARD, _whole(_is_card)),
    ("ip", _IPV4, _whole(_is_address)),
    ("ip", _IPV6, _whole(_is_address)),
    ("phone", _PHONE, _whole(_is_phone)),
    ("secret", _TOKEN, _whole(_is_random)),
)
KINDS: tuple[str, ...] = tuple(dict.fromkeys(kind for kind, _, _ in _KINDS))
"""Those that patterns tell."""
NAME = "name"
_MASK = re.compile(rf"\[(?:{'|'.join(kind.upper() for kind in (*KINDS, NAME))})\]")
# From the first letter or digit to the last.
_WORDS = re.compile(r"[^\W_](?:.*[^\W_])?", re.DOTALL)
