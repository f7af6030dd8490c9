"""The encoding of a text file that does not say it: by its mark, by its zeros, or by how much of it would be in everyday use.

Bytes of one East Asian encoding are mostly valid in the others, where they mean characters that nobody writes. So every candidate is
judged by how many of its characters are among the most frequent ones of its language.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CP1252_HOLES = frozenset(b"\x81\x8d\x8f\x90\x9d")
_SAMPLE_BYTES = 4096
_CLEAR_SHARE = 0.08
_ALPHABET_SHARE = 0.5

_PUNCTUATION = "，。、！？：；（）「」《》“”…　"
# The characters that each language uses most: for Chinese, the head of Jun Da's list of modern Chinese (2004); for Korean, particles,
# endings and syllables of common words. Of running text they make a fifth and more.
_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里好很没还"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡好很沒還"
)
_KANA = "".join(map(chr, range(0x3041, 0x3094))) + "".join(map(chr, range(0x30A1, 0x30F7))) + "ー"
_HANGUL = "이다의는에을를가은고하지로한도서기사나리인어시자아대정들해있그라수일전주것보으게만제스부구장과원여비오마성면했습니요안조공"


@dataclass(frozen=True)
class _Candidate:
    encoding: str
    frequent: frozenset[str]


_CANDIDATES = (
    _Candidate("gb18030", frozenset(_SIMPLIFIED + _PUNCTUATION)),
    _Candidate("cp950", frozenset(_TRADITIONAL + _PUNCTUATION)),
    _Candidate("cp932", frozenset(_KANA + _PUNCTUATION)),
    _Candidate("euc_jp", frozenset(_KANA + _PUNCTUATION)),
    _Candidate("cp949", frozenset(_HANGUL)),
)
# Where most letters are beyond ASCII, and one byte each. The letters that the language of each uses most.
_ALPHABETS = (
    _Candidate("cp1251", frozenset("оеаинтсрвл")),
    _Candidate("koi8-r", frozenset("оеаинтсрвл")),
    _Candidate("cp1253", frozenset("αοιετσνηυρ")),
    _Candidate("cp1255", frozenset("יוהלאתמרבש")),
    _Candidate("cp1256", frozenset("اليمونترب")),
)


def encoding_guess(evidence: bytes) -> str | None:
    """The encoding of lines that are not ASCII, when not all of them are UTF-8; None when nothing fits."""
    lines = evidence.split(b"\n")[:-1] or [evidence]
    good = sum(_decodes(line, "utf-8") for line in lines)
    if good * 2 >= len(lines):
        return "utf-8"
    share, encoding = _likeliest(lines, _CANDIDATES)
    if share >= _CLEAR_SHARE:
        return encoding
    high = [byte for byte in evidence if byte >= 0x80]  # noqa: PLR2004 - beyond ASCII
    if len(high) > sum(bytes([byte]).isalpha() for byte in evidence):
        share, encoding = _likeliest(lines, _ALPHABETS)
        if share >= _ALPHABET_SHARE:
            return encoding
    decodable = sum(_decodes(line, "gb18030") for line in lines)
    if _han_bytes(evidence) * 2 >= len(high) and decodable * 10 >= len(lines) * 9:
        return "gb18030"
    if not _CP1252_HOLES.intersection(high) and b"\0" not in evidence:
        return "cp1252"
    return "gb18030" if decodable == len(lines) else None


def _likeliest(lines: Sequence[bytes], candidates: Sequence[_Candidate]) -> tuple[float, str]:
    return max((_frequent_share(lines, candidate), candidate.encoding) for candidate in candidates)


def _frequent_share(lines: Sequence[bytes], candidate: _Candidate) -> float:
    """Which part of the characters beyond ASCII are frequent ones; 0 when a tenth of the lines could not be read."""
    total = frequent = bad = 0
    for line in lines:
        try:
            text = line.decode(candidate.encoding)
        except UnicodeDecodeError:
            bad += 1
            continue
        for one in text:
            if one > "\x7f":
                total += 1
                frequent += one in candidate.frequent
    return 0.0 if bad * 10 > len(lines) or not total else frequent / total


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _han_bytes(evidence: bytes) -> int:
    """How many bytes belong to pairs of the common Chinese characters and punctuation of GB 2312."""
    count = position = 0
    while position < len(evidence) - 1:
        lead, trail = evidence[position], evidence[position + 1]
        if (0xB0 <= lead <= 0xF7 or 0xA1 <= lead <= 0xA3) and 0xA1 <= trail <= 0xFE:  # noqa: PLR2004 - GB 2312's rows and cells
            count += 2
            position += 2
        else:
            position += 1
    return count


def codec_chosen(codec: str | None, head: bytes) -> str | None:
    """The codec that somebody chose; of the kinds of UTF-16, the one that fits to the mark at the beginning of the file, or to none."""
    if codec is None or not codec.startswith("utf-16"):
        return codec
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return (bare_utf16(head, is_utf8=False) or "utf-16-le") if codec == "utf-16" else codec


def bare_utf16(head: bytes, *, is_utf8: bool) -> str | None:
    """UTF-16 without its mark: every second byte of Western text is zero, and of other text those of line ends and commas."""
    sample = head[:_SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    zeros = max(even, odd)
    if is_utf8 or not zeros:
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    text = sample[: len(sample) // 2 * 2].decode(encoding, "replace")
    strange = sum(one == "\ufffd" or "\ue000" <= one <= "\uf8ff" for one in text)
    is_one_sided = min(even, odd) * 20 <= zeros
    return encoding if is_one_sided and "\n" in text and strange * 50 <= len(text) else None
