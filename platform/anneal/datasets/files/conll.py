"""Lines of a token and its tag, with an empty line after every sentence: the form of the CoNLL shared tasks (`workers.contract.tagged`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from anneal.datasets.files.lines import Lines
from anneal.datasets.files.problems import Problem, ProblemLog, Severity, shown
from anneal.datasets.files.reading import MAX_FIELD_CHARACTERS, Reading, Source
from workers.contract.tagged import COMMENT, DOCUMENT, TAG, conll_delimiter, conll_parts, first_lines

COLUMNS = ("tokens", "tags")

_MIN_LINES = 3
_TAGGED_SHARE = 0.9


def is_conll(text: str) -> bool:
    """Whether nearly all lines of the beginning of a file end in a tag, and not all in O."""
    filled = [line for line in first_lines(text) if not line.startswith(DOCUMENT)]
    delimiter = conll_delimiter(text)
    tags = [parts[-1] for line in filled if len(parts := conll_parts(line, delimiter)) > 1]
    good = sum(TAG.fullmatch(tag) is not None for tag in tags)
    has_span = any(tag != "O" and TAG.fullmatch(tag) for tag in tags)
    return len(filled) >= _MIN_LINES and has_span and good >= _TAGGED_SHARE * len(filled)


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
        if not line.startswith(COMMENT):
            return False
        parts = conll_parts(line, self._reading.delimiter or " ")
        is_tagged = self._reading.tag_column is not None or TAG.fullmatch(parts[-1]) is not None
        return not (is_tagged and len(parts) == self._num_columns)

    @cached_property
    def _num_columns(self) -> int:
        """Of the first line that is surely a token."""
        for _, line in Lines(self._source, self._reading, ProblemLog()).numbered():
            if line.strip() and not line.startswith((DOCUMENT, "#")):
                return len(conll_parts(line, self._reading.delimiter or " "))
        return 0

    def _parts(self, line: str) -> tuple[str, str | None]:
        parts = conll_parts(line, self._reading.delimiter or " ")
        column = self._reading.tag_column
        if column is None:
            return parts[0], parts[-1] if len(parts) > 1 else None
        return parts[0], parts[column - 1] if 1 < column <= len(parts) else None

    def _add(
        self, code: str, line: int, *, value: str | None = None, severity: Severity = "error", **params: Any
    ) -> None:
        self._log.add(Problem(code, severity, file=self._source.name, row=line, value=value, params=params))
