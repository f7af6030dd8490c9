"""Tagged tokens as other files have them than lists: lines of a token and its tag, and texts with spans.

CoNLL-2003 has four columns, of which the last holds the named entities (Tjong Kim Sang & De Meulder 2003); a line `-DOCSTART-` begins a
document, and an empty one a sentence. Lines like `# id 12` before a sentence are comments, as MultiCoNER and CoNLL-U have them. Spans are
`[start, end, label]` or objects, as annotation tools write them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from workers.contract.tags import OUTSIDE

DOCUMENT: Final = "-DOCSTART-"
COMMENT: Final = "# "
TAG: Final = re.compile(r"O|[BIESLUM]-\S+")
"""IOB, and the prefixes of other schemes, whose tags are then named as what they are."""
_SPACES = re.compile("[ \t]+")
_NEWLINE = re.compile("\r\n?|\n")
_LINES_COMPARED = 2000

_TOKEN = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|[\uac00-\ud7af]+|\S")
_LABEL_KEYS: Final = ("label", "type", "entity", "entity_group", "tag")


# --- lines


def first_lines(text: str) -> list[str]:
    """Those of the beginning of a file that are neither empty nor comments."""
    found = []
    is_begin = True
    for line in _NEWLINE.split(text)[:_LINES_COMPARED]:
        if not (is_begin and is_comment(line)):
            is_begin = not line.strip() or line.startswith(DOCUMENT)
            found.append(line)
    return [line for line in found if line.strip()]


def is_comment(line: str) -> bool:
    """Of a line before a sentence: not the token # with its tag."""
    return line.startswith(COMMENT) and TAG.fullmatch(_SPACES.split(line.strip(" \t"))[-1]) is None


def conll_delimiter(text: str) -> str:
    """A tab where most lines have one, spaces otherwise."""
    lines = first_lines(text)
    return "\t" if sum("\t" in line for line in lines) * 2 > len(lines) else " "


def conll_parts(line: str, delimiter: str) -> list[str]:
    """A token, and what stands behind it: its tag last."""
    if delimiter == "\t":
        return [part.strip(" ") for part in line.rstrip(" \t").split("\t")]
    return _SPACES.split(line.strip(" \t"))


# --- spans


class SpanRefusedError(ValueError):
    """A text and spans that do not go together; carries a code of the platform's, what is wrong, and numbers about it."""

    def __init__(self, code: str, *, value: object, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.value = value
        self.params = params


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    label: str


def tokens_and_tags(text: str, spans: list[Any]) -> tuple[list[str], list[str]]:
    """A text cut into words (East Asian characters one by one) and at the ends of its spans, with IOB2 tags. Raises SpanRefusedError."""
    found = sorted((_span(part, text) for part in spans), key=lambda span: span.start)
    tokens: list[str] = []
    tags: list[str] = []
    at = 0
    for span in found:
        if span.start < at:
            raise SpanRefusedError("data:spans_overlap", value=text[span.start : span.end], start=span.start)
        outside = _TOKEN.findall(text, at, span.start)
        inside = _TOKEN.findall(text, span.start, span.end)
        tokens += [*outside, *inside]
        tags += [OUTSIDE] * len(outside) + [f"B-{span.label}", *[f"I-{span.label}"] * (len(inside) - 1)]
        at = span.end
    rest = _TOKEN.findall(text, at)
    return [*tokens, *rest], [*tags, *[OUTSIDE] * len(rest)]


def _span(found: Any, text: str) -> _Span:
    match found:
        case [int(start), int(end), str(label)]:
            copy = None
        case {"start": int(start), "end": int(end)}:
            labels = [found[key] for key in _LABEL_KEYS if isinstance(found.get(key), str)]
            label, copy = labels[0] if labels else "", found.get("text")
        case _:
            raise SpanRefusedError("data:bad_spans", value=found)
    if not label.strip():
        raise SpanRefusedError("data:bad_spans", value=found)
    if start >= end:
        raise SpanRefusedError("data:span_inverted", value=found, start=start, end=end)
    if start < 0 or end > len(text):
        raise SpanRefusedError("data:span_outside", value=found, start=start, end=end, length=len(text))
    if isinstance(copy, str) and copy != text[start:end]:
        raise SpanRefusedError("data:span_differs", value=copy, found=text[start:end])
    if not _TOKEN.search(text, start, end):
        raise SpanRefusedError("data:bad_spans", value=found)
    return _Span(start, end, label.strip())
