"""HTML that was left in texts: tags and entities that a model would learn as words. `strip` takes tags out, with what only a browser reads,
ends blocks with a line and writes the characters that entities stand for.

Only what cannot be meant: well-known tags, in a text that closes one of them or breaks a line, and well-known entities, never where code is
shown. Where a model learns to write, all texts of a row lose theirs or none: a row that speaks of HTML, or whose tools answer in it, is
left alone.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import accumulate

from workers.doctor.cells import Edit, is_messages, messages_of, texts_in
from workers.doctor.found import Found, Suspect, cells_set
from workers.doctor.materials import Materials
from workers.doctor.mending import is_refused, mended

_FEWEST_ROWS = 3

_BLOCKS = (
    "address|article|aside|blockquote|body|br|center|dd|div|dl|dt|fieldset|figure|footer|form|h[1-6]|head|header|hr|html|li|main|nav|ol|p|"
    "pre|section|table|tbody|td|tfoot|th|thead|title|tr|ul"
)
_INLINE = "a|abbr|b|big|cite|em|font|i|img|label|link|mark|meta|small|span|strike|strong|sub|sup|u"
_TAG = rf"</?(?:{_BLOCKS}|{_INLINE})(?:\s[^<>]*)?/?>"
_LONGEST = 20_000  # beyond which the end of a part that nobody reads is not looked for
_UNREAD = "|".join(
    [
        *(rf"<{name}\b[^<>]*>.{{0,{_LONGEST}}}?</{name}\s*>" for name in ("script", "style")),
        *(rf"<!--.{{0,{_LONGEST}}}?-->", "<!doctype[^<>]*>"),
    ]
)
_ENTITY = (
    r"&(?:nbsp|amp|lt|gt|quot|apos|[lr][ds]quo|hellip|[mn]dash|bull|middot|copy|reg|trade|euro|pound|yen|laquo|raquo|deg|"
    r"[AEIOUYaeiouy](?:acute|grave|circ|uml|tilde)|[Nn]tilde|[Cc]cedil|[Aa]ring|[Oo]slash|szlig|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});"
)
_FLAGS = re.IGNORECASE | re.DOTALL
_TAGS = re.compile(f"{_UNREAD}|{_TAG}", _FLAGS)
_PIECE = re.compile(rf"(?:{_TAGS.pattern})(?:\s*(?:{_TAGS.pattern}))*|(?P<entity>{_ENTITY})", _FLAGS)
_BLOCK = re.compile(rf"</?(?:{_BLOCKS})\b", re.IGNORECASE)
_MEANT = re.compile(rf"</(?:{_BLOCKS}|{_INLINE})\s*>|<br\s*/?>|{_UNREAD}", _FLAGS)
_CODE = re.compile(r"```|<code\b|<pre\b", re.IGNORECASE)
_SPOKEN_OF = re.compile(
    r"\b(?:html|css|javascript|markup)\b|<script\b|<style\b|<!doctype|```|<code\b|<pre\b", re.IGNORECASE
)
_WRITING = frozenset({"chat", "preference", "translation", "summarisation"})


def markup_edits(text: str) -> list[Edit]:
    """What takes markup out of a text; nothing of one without."""
    if ("<" not in text and "&" not in text) or _CODE.search(text):
        return []
    has_tags = _MEANT.search(text) is not None
    return [_edit(text, match) for match in _PIECE.finditer(text) if match["entity"] or has_tags]


def _edit(text: str, match: re.Match[str]) -> Edit:
    """A piece of markup becomes what a reader of the page sees in place of it."""
    start, end = match.span()
    if match["entity"]:
        return Edit(start, end, html.unescape(match[0]).replace("\xa0", " "))
    if not _BLOCK.search(match[0]):
        return Edit(start, end, _TAGS.sub("", match[0]))
    while start and text[start - 1].isspace():
        start -= 1
    while end < len(text) and text[end].isspace():
        end += 1
    return Edit(start, end, "\n" if start and end < len(text) else "")


def examine(materials: Materials) -> Found | None:
    suspects: dict[int, Suspect] = {}
    places = 0
    for role in materials.text_roles:
        kind, cells = materials.kinds[role], materials.rows.cells[role]
        for row, text in enumerate(materials.texts(role)):
            if "<" not in text and "&" not in text:
                continue
            edits = _places(texts_in(kind, cells[row]))
            if edits and not (materials.rows.task in _WRITING and _is_meant(materials, row)):
                places += len(edits)
                if row not in suspects or len(edits) > suspects[row].score:
                    suspects[row] = Suspect(row, float(len(edits)), {"role": role}, (role, edits[0]))
    if len(suspects) < _FEWEST_ROWS:
        return None
    stripped = {row: mended(materials, row, markup_edits) for row in suspects}
    kept = {
        row: cells
        for row, cells in stripped.items()
        if _is_left(materials, cells) and not is_refused(materials, row, cells)
    }
    return Found(
        severity="warning",
        suspects=list(suspects.values()),
        params={"places": places, "left": len(suspects) - len(kept)},
        fixes={"strip": cells_set(materials.rows, kept)},
    )


def _places(texts: Sequence[str]) -> list[int]:
    """Where markup begins in texts that follow each other on lines of their own."""
    begins = accumulate((len(text) + 1 for text in texts), initial=0)
    return [begin + edit.start for begin, text in zip(begins, texts, strict=False) for edit in markup_edits(text)]


def _is_meant(materials: Materials, row: int) -> bool:
    if any(_SPOKEN_OF.search(materials.texts(role)[row]) for role in materials.text_roles):
        return True
    cells = [(materials.kinds[role], materials.rows.cells[role][row]) for role in materials.text_roles]
    return any(
        message.get("role") == "tool" and markup_edits(str(message.get("content")))
        for kind, cell in cells
        if is_messages(kind, cell)
        for message in messages_of(cell)
    )


def _is_left(materials: Materials, cells: dict[str, object]) -> bool:
    """Whether the texts still say something."""
    return all(
        text.strip()
        for role, cell in cells.items()
        if role in materials.text_roles
        for text in texts_in(materials.kinds[role], cell)
    )
