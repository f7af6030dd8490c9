"""Texts: kept to the letter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anneal.datasets.files.flat import Places as Lines
from anneal.datasets.files.flat import bytes_of, offsets_of
from anneal.datasets.files.kinds._lengths import Lengths
from anneal.datasets.files.kinds.column import BAD, Blocks, Column
from anneal.datasets.files.problems import Findings
from anneal.datasets.files.reading import MAX_FIELD_CHARACTERS
from anneal.datasets.files.values import NotANumberValueError, NotTextError, encodes, text_of
from workers.contract.columns import DataColumn

_LONG = 20_000


def cell_text(value: Any, line: int, column: str, findings: Findings) -> Any:
    """A cell as text, "" when it is empty, so that the usual complaint follows; `BAD` when it was reported here."""
    try:
        return text_of(value) or ""
    except NotTextError:
        findings.bad("data:wrong_type", line, column, value=value)
    except NotANumberValueError:
        findings.bad("data:nan_value", line, column, value=value)
    return BAD


def whole_text(text: str, line: int, column: str, findings: Findings) -> Any:
    """The text unless it cannot be written: NUL, or half a character."""
    if "\0" in text:
        findings.bad("data:nul_byte", line, column, value=text)
    elif not encodes(text):
        findings.bad("data:encoding", line, column, value=text, encoding="UTF-8", byte=None)
    else:
        return text
    return BAD


class TextColumn(Column):
    arrow = pa.string()

    def __init__(self, column: DataColumn, name: str, *, delimiter: str | None = None) -> None:
        super().__init__(column, name, delimiter=delimiter)
        self._lengths = Lengths("characters")

    def checked(self, values: Sequence[Any], lines: Sequence[int], findings: Findings) -> list[Any]:
        """A block that is sound, as most are, is found to be so at once."""
        if set(map(type, values)) == {str} and min(map(len, values)) and max(map(len, values)) <= _LONG:
            joined = "".join(values)
            if "\0" not in joined and encodes(joined) and not any(map(str.isspace, values)):
                return list(values)
        return super().checked(values, lines, findings)

    def check_texts(self, texts: pa.Array, lines: Lines, findings: Findings) -> pa.Array | None:
        if self.is_optional:
            return None
        offsets, octets = offsets_of(texts) - offsets_of(texts)[0], bytes_of(texts)
        lengths = np.diff(offsets)
        doubtful = (lengths == 0) | (lengths > _LONG)
        if len(octets):
            first = octets[np.minimum(offsets[:-1], len(octets) - 1)]
            may_be_blank = np.flatnonzero((first <= ord(" ")) | (first > ord("~")))
            is_blank = pc.utf8_is_space(texts.take(pa.array(may_be_blank))).to_numpy(zero_copy_only=False)
            doubtful[may_be_blank[is_blank]] = True
            doubtful[np.searchsorted(offsets, np.flatnonzero(octets == 0), side="right") - 1] = True
        return self.checked_where(doubtful, texts, lines, findings)

    def learn_texts(self, texts: pa.Array, lines: Lines, file: str) -> list[int]:
        del texts, lines, file
        return []

    def cell(self, value: Any, line: int, findings: Findings) -> Any:
        text = cell_text(value, line, self.name, findings)
        if text is BAD:
            return BAD
        if not text or text.isspace():
            findings.bad("data:missing_text", line, self.name)
        elif len(text) > MAX_FIELD_CHARACTERS:
            findings.bad("data:field_too_long", line, self.name, limit=MAX_FIELD_CHARACTERS)
        elif whole_text(text, line, self.name, findings) is not BAD:
            if len(text) > _LONG:
                findings.warn("data:long_text", line, self.name, length=len(text))
            return text
        return BAD

    def see(self, cells: pa.Array, split: str) -> None:
        del split
        self._lengths.see(pc.utf8_length(cells))

    def measure(self, blocks: Blocks) -> dict[str, Any]:
        del blocks
        return {"kind": self.kind, "length": self._lengths.summary()}
