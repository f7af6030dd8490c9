"""JSON documents: an array of objects, or an object with a list of them inside, read object by object.

The usual streaming parsers turn half a character into a question mark, and take the last of two equal keys, both without a word; here
every object goes through the same decoder as a line of JSONL does.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from anneal.datasets.files.json_records import JsonRecords
from anneal.datasets.files.packed import plain_suffix
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import MAX_LINE_CHARACTERS, Reading, Source
from anneal.datasets.files.reasons import json_reason
from anneal.datasets.files.values import json_value_at

_PIECE = 2**16
_SPACE = " \t\r\n\ufeff"
# Finds where a value ends even when what it says cannot be used.
_lenient = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def json_format(source: Source, text: str) -> Literal["jsonl", "json"] | None:
    """Whether the beginning of a file is that of JSON lines, or of one document; None when it is neither."""
    start = text.lstrip(_SPACE)
    suffix = plain_suffix(source.name)
    if suffix in {".jsonl", ".ndjson"} and not start.startswith(("[{", "[\n", "[\r")):
        return "jsonl"
    if start.startswith("["):
        return "json" if suffix == ".json" or start[1:].lstrip(_SPACE)[:1] == "{" else None
    if not start.startswith("{"):
        return "json" if suffix == ".json" else None
    first, _, rest = start.partition("\n")
    try:
        found = json.loads(first)
    except (ValueError, RecursionError):
        is_document = suffix == ".json" or not first.strip(" \t\r{")
        return "json" if is_document else None
    is_alone = not rest.strip(_SPACE) and any(_are_records(value) for value in found.values())
    return "json" if is_alone else "jsonl"


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


class JsonDocumentReader(JsonRecords):
    """One pass over the records of a document. Lines are numbers of records, from 1."""

    def __init__(self, source: Source, reading: Reading, log: ProblemLog) -> None:
        super().__init__(source, log)
        self._reading = reading
        self._raw: io.BufferedReader | None = None

    @property
    def bytes_read(self) -> int:
        return self._raw.tell() if self._raw and not self._raw.closed else 0

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """See Reader."""
        for number, found in self.objects():
            yield number, [found.get(column) for column in columns]

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(number, record) of every good record; of SQuAD's articles, (number, question) of every question."""
        if self._reading.dialect != "squad":
            yield from self._records()
            return
        number = 0
        for record, article in self._records():
            try:
                questions = list(squad_questions(article))
            except (KeyError, TypeError, AttributeError):
                self._add("data:bad_article", record, value=shown(article))
                continue
            for question in questions:
                number += 1
                yield number, question

    def _records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with self.opened() as text:
            scan = Scan(text, self._source)
            try:
                yield from self._elements(scan)
            except UnicodeDecodeError as error:
                self._add("data:encoding", None, encoding=str(self._reading.encoding).upper(), byte=error.start)

    def opened(self) -> io.TextIOWrapper:
        """The document as text."""
        reading = self._reading
        errors = "surrogatepass" if (reading.encoding or "").startswith("utf-16") else "surrogateescape"
        self._raw = self._source.path.open("rb")
        return io.TextIOWrapper(self._raw, encoding=reading.encoding, errors=errors, newline="")

    def _elements(self, scan: Scan) -> Iterator[tuple[int, dict[str, Any]]]:
        if self._reading.records is None:
            yield from self._good(scan)
        else:
            has_read = False
            for key in scan.members():
                if key != self._reading.records:
                    scan.value()
                    continue
                if has_read:
                    raise UnreadableError(Problem("data:records_twice", file=self._source.name, column=shown(key)))
                has_read = True
                yield from self._good(scan)
        scan.end()

    def _good(self, scan: Scan) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, element in enumerate(scan.elements(), start=1):
            found = element if isinstance(element, dict) else self.decoded(number, element)
            if found is not None:
                yield number, found


class Scan:
    """A window that moves over the text of a document. Raises UnreadableError where it stops to be JSON."""

    def __init__(self, text: io.TextIOWrapper, source: Source) -> None:
        self._text = text
        self._source = source
        self._window = ""
        self._at = 0
        self._before = 0
        self._is_over = False
        self._number = 0

    def members(self) -> Iterator[str]:
        """Keys of the object that begins here. After each, its value must be taken."""
        self._expect("{")
        while self.peek() != "}":
            key = json.loads(self.value())
            if not isinstance(key, str):
                raise self._broken("json_key_no_text")
            self._expect(":")
            yield key
            if self.peek() == ",":
                self._at += 1
            elif self.peek() != "}":
                raise self._broken("json_expecting_either", expected=",", other="}")
        self._at += 1

    def elements(self) -> Iterator[dict[str, Any] | str]:
        """Every element of the list that begins here: good objects as they are, anything else as its text."""
        self._expect("[")
        while self.peek() != "]":
            self._number += 1
            good = self._object()
            yield self.value() if good is None else good
            if self.peek() == ",":
                self._at += 1
                if self.peek() == "]":
                    raise self._broken("json_comma_at_end")
            elif self.peek() != "]":
                raise self._broken("json_expecting_either", expected=",", other="]")
        self._at += 1

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self.peek():
            raise self._broken("json_follows")

    def _object(self) -> dict[str, Any] | None:
        """The object that begins here and ends within the window, when nothing is wrong with it."""
        try:
            found, end = json_value_at(self._window, self._at)
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, dict):
            return None
        self._at = end
        return found

    def is_list_of_objects(self) -> bool:
        """Whether a list begins here whose first element is an object."""
        if self.peek() != "[":
            return False
        self._more(_PIECE)
        return self._window[self._at + 1 :].lstrip(_SPACE)[:1] == "{"

    def is_empty_list(self) -> bool:
        """Whether a list begins here that has nothing in it."""
        return self._window[self._at + 1 :].lstrip(_SPACE)[:1] == "]"

    def value(self) -> str:
        """The text of the value that begins here. The window grows until it is whole."""
        self.peek()
        while True:
            try:
                _, end = _lenient.raw_decode(self._window, self._at)
            except RecursionError:
                raise self._broken("json_too_deep") from None
            except ValueError as error:
                reason = json_reason(error.msg) if isinstance(error, json.JSONDecodeError) else "json_no_value"
                if not self._more(max(_PIECE, len(self._window) - self._at)):
                    raise self._broken(reason) from None
                continue
            if end < len(self._window) or not self._more(_PIECE):
                text = self._window[self._at : end]
                self._at = end
                return text

    def peek(self) -> str:
        """The next character that is not space; empty at the end."""
        while True:
            window, at = self._window, self._at
            while at < len(window) and window[at] in _SPACE:
                at += 1
            self._at = at
            if at < len(window):
                return window[at]
            if not self._more(_PIECE):
                return ""

    def _expect(self, character: str) -> None:
        if self.peek() != character:
            raise self._broken("json_expecting", expected=character)
        self._at += 1

    def _more(self, size: int) -> bool:
        """Read on, forgetting what is done; False at the end. Raises UnreadableError for a value without end."""
        if self._is_over:
            return False
        if len(self._window) - self._at > MAX_LINE_CHARACTERS:
            params = {"limit": MAX_LINE_CHARACTERS}
            raise UnreadableError(
                Problem("data:record_too_long", file=self._source.name, row=self._number or None, params=params)
            )
        piece = self._text.read(size)
        self._is_over = not piece
        self._before += self._at
        self._window = self._window[self._at :] + piece
        self._at = 0
        return bool(piece)

    def _broken(self, reason: str, **particulars: str) -> UnreadableError:
        near = shown(self._window[self._at : self._at + 60])
        params = {"reason": reason, "position": self._before + self._at + 1, **particulars}
        row = self._number or None
        return UnreadableError(
            Problem("data:broken_document", file=self._source.name, row=row, value=near, params=params)
        )


def document_records(source: Source, reading: Reading) -> str | None:
    """Where the records are: None for a document that is a list, else the key of the first list of objects. Raises UnreadableError."""
    try:
        with JsonDocumentReader(source, reading, ProblemLog()).opened() as text:
            scan = Scan(text, source)
            if scan.peek() == "[" and (scan.is_list_of_objects() or scan.is_empty_list()):
                return None
            for key in scan.members() if scan.peek() == "{" else ():
                if scan.is_list_of_objects():
                    return key
                scan.value()
    except UnicodeDecodeError as error:
        params = {"offset": error.start, "line": 1}
        raise UnreadableError(Problem("data:encoding_unknown", file=source.name, params=params)) from error
    raise UnreadableError(Problem("data:json_no_records", file=source.name))


# --- SQuAD (Rajpurkar et al. 2016): articles of paragraphs of questions


def is_squad(article: dict[str, Any]) -> bool:
    """Whether a record is an article of SQuAD."""
    paragraphs = article.get("paragraphs")
    return (
        isinstance(paragraphs, list)
        and bool(paragraphs)
        and all(isinstance(part, dict) and {"context", "qas"} <= part.keys() for part in paragraphs)
    )


def squad_questions(article: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every question of an article with its context. One that cannot be answered has no answers. Raises KeyError, TypeError."""
    for paragraph in article["paragraphs"]:
        for asked in paragraph["qas"]:
            answers = [] if asked.get("is_impossible") else asked.get("answers", [])
            yield {
                "id": asked.get("id"),
                "title": article.get("title"),
                "context": paragraph["context"],
                "question": asked["question"],
                "answers": answers,
            }
