"""JSON Lines: one object per line, read as JSON says and not as Python forgives."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import MAX_COLUMNS, MAX_LINE_CHARACTERS, MAX_NAME_CHARACTERS, Reading, Source
from anneal.datasets.files.values import DuplicateKeyError, NotJsonNumberError, json_value


class ObjectReader(Protocol):
    """One pass over objects."""

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line, object) of every good one."""


class JsonLinesReader:
    """One pass over a JSONL file. Lines end at a line feed and nowhere else: U+2028 is part of a text."""

    def __init__(self, source: Source, reading: Reading, log: ProblemLog) -> None:
        self._source = source
        self._reading = reading
        self._log = log
        self._raw: io.BufferedReader | None = None

    @property
    def bytes_read(self) -> int:
        return self._raw.tell() if self._raw and not self._raw.closed else 0

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """See Reader."""
        for line, found in self.objects():
            yield line, [found.get(column) for column in columns]

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line, object) of every good line."""
        reading = self._reading
        errors = "surrogatepass" if (reading.encoding or "").startswith("utf-16") else "surrogateescape"
        with self._source.path.open("rb") as raw:
            self._raw = raw
            text = io.TextIOWrapper(raw, encoding=reading.encoding, errors=errors, newline=reading.newline)
            try:
                yield from self._parse(text)
            except UnicodeDecodeError as error:
                self._add("data:encoding", None, encoding=str(reading.encoding).upper(), byte=error.start)
            finally:
                text.detach()

    def _parse(self, text: io.TextIOWrapper) -> Iterator[tuple[int, dict[str, Any]]]:
        readline = text.readline
        number = 0
        while line := readline(MAX_LINE_CHARACTERS):
            number += 1
            if len(line) >= MAX_LINE_CHARACTERS and line[-1] not in "\r\n":
                raise UnreadableError(
                    Problem(
                        "data:line_too_long", file=self._source.name, row=number, params={"limit": MAX_LINE_CHARACTERS}
                    )
                )
            line = line.strip(" \t\r\n\ufeff")
            if line:
                found = self._decode(number, line)
                if found is not None:
                    yield number, found

    def _decode(self, number: int, line: str) -> dict[str, Any] | None:
        try:
            found = json_value(line)
        except NotJsonNumberError as error:
            self._add("data:nan_value", number, value=str(error))
        except DuplicateKeyError as error:
            self._add("data:duplicate_key", number, column=shown(error.key))
        except json.JSONDecodeError as error:
            self._add("data:bad_json", number, value=shown(line), reason=error.msg, position=error.colno)
        except (ValueError, RecursionError):
            self._add("data:bad_json", number, value=shown(line), reason="too deep or too large a number", position=1)
        else:
            if isinstance(found, dict):
                return found
            self._add("data:not_an_object", number, value=shown(line))
        return None

    def _add(
        self, code: str, line: int | None, *, column: str | None = None, value: str | None = None, **params: Any
    ) -> None:
        self._log.add(Problem(code, file=self._source.name, row=line, column=column, value=value, params=params))


def json_columns(reader: ObjectReader, source: Source, rows: int) -> tuple[str, ...]:
    """Keys of the first objects, in the order in which they appear. Raises UnreadableError when there is no object at all."""
    names: dict[str, None] = {}
    for count, (_, found) in enumerate(reader.objects(), start=1):
        names.update((name, None) for name in found if _is_storable(name))
        if len(names) > MAX_COLUMNS:
            raise UnreadableError(
                Problem("data:too_many_columns", file=source.name, params={"found": len(names), "limit": MAX_COLUMNS})
            )
        if count >= rows:
            break
    if not names:
        raise UnreadableError(Problem("data:no_rows", file=source.name))
    return tuple(names)


def _is_storable(name: str) -> bool:
    """Whether a key can be a column's name: Postgres knows neither NUL nor half a character."""
    return (
        0 < len(name) <= MAX_NAME_CHARACTERS
        and "\0" not in name
        and not any("\ud800" <= one <= "\udfff" for one in name)
    )
