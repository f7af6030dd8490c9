"""Plain lines of JSONL, taken apart at once: lines that differ from a pattern in nothing but the texts of some strings.

Programs write every object the same way: keys in one order, the same marks and spaces between them. A pattern is such a line, understood by
the JSON decoder, without the texts. Where the bytes around the strings of another line are those of the pattern, and no string holds a
control character, the line says the same with other texts. Escapes are decoded string by string; lines in doubt are left to the decoder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # it is there, and said to be; the stubs leave it out

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from anneal.datasets.files.flat import Places, is_utf8, texts_between
from anneal.datasets.files.values import json_value

_WORD = 8
_FEED, _RETURN, _SPACE, _QUOTE, _SLASH = 10, 13, 32, 34, 92
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_OUTSIDE = re.compile(rb"[\[\]{}]")


@dataclass(frozen=True)
class Pattern:
    """`between` are the bytes before, between and after the strings that hold texts; `keys` whose texts those are."""

    between: tuple[bytes, ...]
    keys: tuple[str, ...]
    num_quotes: int
    quotes: tuple[int, ...]
    """Which of the line's quotes open a text."""


@dataclass(frozen=True)
class PlainLines:
    """The lines of a piece that follow the pattern."""

    rows: Places
    """Which lines they are, from 0."""
    cells: list[pa.Array]


def pattern_of(line: bytes, columns: Sequence[str]) -> Pattern | None:
    """The pattern of a line whose texts are all in strings of its own; None when it has no such."""
    try:
        found = json_value(line.decode())
    except (ValueError, RecursionError):
        return None
    strings = list(_STRING.finditer(line))
    texts = [
        (number, json.loads(strings[number - 1].group()))
        for number in range(1, len(strings))
        if line[strings[number - 1].end() : strings[number].start()].strip() == b":"
    ]
    keys = tuple(key for _, key in texts)
    is_flat = isinstance(found, dict) and len(_OUTSIDE.findall(_STRING.sub(b"", line))) == 2  # noqa: PLR2004 - of the object itself
    if not is_flat or not set(columns) <= set(keys) or len(set(keys)) < len(keys):
        return None
    edges = [
        0,
        *(edge for number, _ in texts for edge in (strings[number].start() + 1, strings[number].end() - 1)),
        len(line),
    ]
    between = tuple(line[edges[at] : edges[at + 1]] for at in range(0, len(edges), 2))
    if any(b"\\" in one for one in between):
        return None
    return Pattern(between, keys, 2 * len(strings), tuple(2 * number for number, _ in texts))


def lines_apart(
    piece: bytes, ends: Places, pattern: Pattern | None, wanted: Sequence[str]
) -> tuple[Pattern | None, PlainLines]:
    """The lines that follow a pattern: the one known from before, or that of another line when most do not follow it."""
    best = pattern, PlainLines(np.empty(0, np.int64), [pa.array([], pa.string()) for _ in wanted])
    if not is_utf8(piece, len(piece)):
        return best
    for at in (None, 0, len(ends) // 2):
        tried = (
            pattern if at is None else pattern_of(piece[ends[at - 1] + 1 if at else 0 : ends[at]].rstrip(b"\r"), wanted)
        )
        if tried is not None:
            plain = plain_lines(piece, ends, tried, wanted)
            best = max(best, (tried, plain), key=lambda found: len(found[1].rows))
            if 2 * len(plain.rows) >= len(ends):
                break
    return best


def plain_lines(piece: bytes, ends: Places, pattern: Pattern, wanted: Sequence[str]) -> PlainLines:
    """The lines that end at `ends` (line feeds) and follow a pattern. The piece is UTF-8."""
    octets = np.frombuffer(piece, np.uint8)
    words = np.ndarray(len(piece) + 1, "<u8", piece + bytes(_WORD), strides=(1,))
    begins = np.concatenate([[0], ends[:-1] + 1])
    is_plain = np.ones(len(ends), bool)
    quotes = np.flatnonzero(octets == _QUOTE)
    has_escapes = np.zeros(len(ends), bool)
    if b"\\" in piece:
        slashes = np.flatnonzero(octets == _SLASH)
        has_escapes[_rows(ends, slashes)] = True
        # A quote that follows an escaped slash ends a string, and is left out here all the same: what it ends is then found not to be one.
        quotes = quotes[octets[quotes - 1] != _SLASH]
    is_control = octets < _SPACE
    if np.count_nonzero(is_control) > len(ends):
        controls = np.flatnonzero(is_control)
        controls = controls[octets[controls] != _FEED]
        is_return = (octets[controls] == _RETURN) & (octets[np.minimum(controls + 1, len(octets) - 1)] == _FEED)
        is_plain[_rows(ends, controls[~is_return])] = False
    until = np.searchsorted(quotes, ends)
    is_plain &= np.diff(until, prepend=0) == pattern.num_quotes
    rows = np.flatnonzero(is_plain)
    last = ends[rows] - ((octets[ends[rows] - 1] == _RETURN) & (ends[rows] > begins[rows]))
    first_quote = until[rows] - pattern.num_quotes
    starts = [quotes[first_quote + quote] + 1 for quote in pattern.quotes]
    stops = [quotes[first_quote + quote + 1] for quote in pattern.quotes]
    follows = np.ones(len(rows), bool)
    for literal, begin, end in zip(pattern.between, [begins[rows], *stops], [*starts, last], strict=True):
        follows &= _is(words, begin, end, literal)
    rows = rows[follows]
    texts = [(start[follows], stop[follows]) for start, stop in zip(starts, stops, strict=True)]
    chosen = [pattern.keys.index(column) for column in wanted]
    escaped = np.flatnonzero(has_escapes[rows])
    if not len(escaped):
        return PlainLines(rows, [texts_between(piece, *texts[number]) for number in chosen])
    decoded = [_decoded(piece, start[escaped], stop[escaped]) for start, stop in texts]
    is_bad = np.array([None in cells for cells in zip(*decoded, strict=True)])
    kept = np.ones(len(rows), bool)
    kept[escaped[is_bad]] = False
    positions = np.searchsorted(np.flatnonzero(kept), escaped[~is_bad])
    cells = []
    for number in chosen:
        good = pa.array([text for text, bad in zip(decoded[number], is_bad, strict=True) if not bad], pa.string())
        start, stop = texts[number]
        cells.append(texts_between(piece, start[kept], stop[kept], (positions, good)))
    return PlainLines(rows[kept], cells)


def _rows(ends: Places, places: Places) -> Places:
    """In which lines places are; those behind the last line are left out."""
    rows = np.searchsorted(ends, places)
    return rows[rows < len(ends)]


def _is(words: npt.NDArray[np.uint64], begins: Places, ends: Places, literal: bytes) -> npt.NDArray[np.bool_]:
    """Where the bytes from `begins` to `ends` are these. `words` are the eight bytes from each place on, as one number."""
    found: npt.NDArray[np.bool_] = ends - begins == len(literal)
    for at in range(0, len(literal), _WORD):
        part = literal[at : at + _WORD]
        wanted, mask = (int.from_bytes(one, "little") for one in (part, b"\xff" * len(part)))
        found &= words[np.minimum(begins + at, len(words) - 1)] & np.uint64(mask) == np.uint64(wanted)
    return found


def _decoded(piece: bytes, begins: Places, ends: Places) -> list[str | None]:
    """Strings with what JSON's escapes stand for; None for those that are none, or hold half a character."""
    return [_text(raw) for raw in texts_between(piece, begins, ends).to_pylist()]


def _text(raw: str) -> str | None:
    try:
        text, end = scanstring(raw + '"', 0)
        text.encode()
    except ValueError:
        return None
    return text if end == len(raw) + 1 else None
