"""HTML that was left in texts: tags and entities that a model would learn as words. `strip` takes tags out, with what only a browser reads,
ends blocks with a line and writes the characters that entities stand for.

Only what cannot be meant: well-known tags, in a text that closes one of them or breaks a line, and well-known entities; never in the
answers of those who write, nor where code is shown.
"""

from __future__ import annotations

import html
import re

from workers.doctor.cells import Edit
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
_WRITTEN = frozenset({"target", "completion", "chosen", "rejected", "prompt"})


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
    roles = [role for role in materials.text_roles if materials.kinds[role] == "text" and role not in _WRITTEN]
    suspects: dict[int, Suspect] = {}
    places = 0
    for role in roles:
        for row, text in enumerate(materials.texts(role)):
            if edits := markup_edits(text):
                places += len(edits)
                if row not in suspects or len(edits) > suspects[row].score:
                    suspects[row] = Suspect(row, float(len(edits)), {"role": role}, (role, edits[0].start))
    if len(suspects) < _FEWEST_ROWS:
        return None
    stripped = {row: mended(materials, row, markup_edits, roles=roles) for row in suspects}
    kept = {row: cells for row, cells in stripped.items() if _is_left(cells) and not is_refused(materials, row, cells)}
    return Found(
        severity="warning",
        suspects=list(suspects.values()),
        params={"places": places, "left": len(suspects) - len(kept)},
        fixes={"strip": cells_set(materials.rows, kept)},
    )


def _is_left(cells: dict[str, object]) -> bool:
    """Whether the texts still say something."""
    return all(str(cell).strip() for cell in cells.values())
