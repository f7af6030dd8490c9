"""Lines of a token and its tag, with an empty line after every sentence: the form of the CoNLL shared tasks.

CoNLL-2003 has four columns, of which the last holds the named entities (Tjong Kim Sang & De Meulder 2003); a line `-DOCSTART-` begins a
document. Lines like `# id 12` before a sentence are comments, as MultiCoNER and CoNLL-U have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from anneal.datasets.files.lines import Lines
from anneal.datasets.files.problems import Problem, ProblemLog, Severity, shown
from anneal.datasets.files.reading import MAX_FIELD_CHARACTERS, Reading, Source

COLUMNS = ("tokens", "tags")

# IOB, and the prefixes of other schemes, whose tags are then named as what they are.
_TAG = re.compile(r"O|[BIESLUM]-\S+")
DOCUMENT = "-DOCSTART-"
_COMMENT = "# "
_SPACES = re.compile("[ \t]+")
_NEWLINE = re.compile("\r\n?|\n")
_LINES_COMPARED = 2000
_MIN_LINES = 3
_TAGGED_SHARE = 0.9


def is_conll(text: str) -> bool:
    """Whether nearly all lines of the beginning of a file end in a tag, and not all in O."""
    filled = [line for line in _first_lines(text) if not line.startswith(DOCUMENT)]
    delimiter = conll_delimiter(text)
    tags = [parts[-1] for line in filled if len(parts := _split(line, delimiter)) > 1]
    good = sum(_TAG.fullmatch(tag) is not None for tag in tags)
    has_span = any(tag != "O" and _TAG.fullmatch(tag) for tag in tags)
    return len(filled) >= _MIN_LINES and has_span and good >= _TAGGED_SHARE * len(filled)


def conll_delimiter(text: str) -> str:
    """A tab where most lines have one, spaces otherwise."""
    lines = _first_lines(text)
    return "\t" if sum("\t" in line for line in lines) * 2 > len(lines) else " "


def _first_lines(text: str) -> list[str]:
    """Those that are neither empty nor comments."""
    found = []
    is_begin = True
    for line in _NEWLINE.split(text)[:_LINES_COMPARED]:
        if not (is_begin and _is_comment(line)):
            is_begin = not line.strip() or line.startswith(DOCUMENT)
            found.append(line)
    return [line for line in found if line.strip()]


def _is_comment(line: str) -> bool:
    return line.startswith(_COMMENT) and _TAG.fullmatch(_SPACES.split(line.strip(" \t"))[-1]) is None


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == "\t":
        return [part.strip(" ") for part in line.rstrip(" \t").split("\t")]
    return _SPACES.split(line.strip(" \t"))


class ConllReader:
    """One pass over sentences. The line of a sentence is that of its first token."""

    def __init__(self, source: Source, reading: Reading, log: ProblemLog) -> None:
        self._source = source
        self._reading = reading
        self._log = log
        self._lines = Lines(source, reading, log)

    @property
    def bytes_read(self) -> int:
        return self._lines.bytes_read

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """See Reader."""
        for begin, tokens, tags in self._sentences():
            found = {"tokens": tokens, "tags": tags}
            yield begin, [found[column] for column in columns]

    def _sentences(self) -> Iterator[tuple[int, list[str], list[str]]]:
        """(line, tokens, tags). A sentence with a bad line is told of and left out whole."""
        begin, size, is_good = 0, 0, True
        tokens: list[str] = []
        tags: list[str] = []
        is_told = False
        for number, line in self._lines.numbered():
            if not tokens and self._is_comment(line):
                if not is_told:
                    self._add("data:comments", number, value=shown(line), severity="warning")
                is_told = True
                continue
            if not line.strip() or line.startswith(DOCUMENT):
                if tokens and is_good:
                    yield begin, tokens, tags
                tokens, tags, size, is_good = [], [], 0, True
                continue
            begin = begin if tokens else number
            token, tag = self._parts(line)
            if is_good and tag is None:
                self._add("data:untagged_token", number, value=shown(line))
            size += len(line)
            if is_good and size > MAX_FIELD_CHARACTERS:
                self._add("data:field_too_long", begin, limit=MAX_FIELD_CHARACTERS)
            is_good = is_good and tag is not None and size <= MAX_FIELD_CHARACTERS
            if is_good or not tokens:
                tokens.append(token)
                tags.append(tag or "")
        if tokens and is_good:
            yield begin, tokens, tags

    def _is_comment(self, line: str) -> bool:
        """Of a line before a sentence. One with a tag and as many columns as the others is the token #."""
        if not line.startswith(_COMMENT):
            return False
        parts = _split(line, self._reading.delimiter or " ")
        is_tagged = self._reading.tag_column is not None or _TAG.fullmatch(parts[-1]) is not None
        return not (is_tagged and len(parts) == self._num_columns)

    @cached_property
    def _num_columns(self) -> int:
        """Of the first line that is surely a token."""
        for _, line in Lines(self._source, self._reading, ProblemLog()).numbered():
            if line.strip() and not line.startswith((DOCUMENT, "#")):
                return len(_split(line, self._reading.delimiter or " "))
        return 0

    def _parts(self, line: str) -> tuple[str, str | None]:
        parts = _split(line, self._reading.delimiter or " ")
        column = self._reading.tag_column
        if column is None:
            return parts[0], parts[-1] if len(parts) > 1 else None
        return parts[0], parts[column - 1] if 1 < column <= len(parts) else None

    def _add(
        self, code: str, line: int, *, value: str | None = None, severity: Severity = "error", **params: Any
    ) -> None:
        self._log.add(Problem(code, severity, file=self._source.name, row=line, value=value, params=params))
