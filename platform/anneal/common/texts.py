"""The words of the server, in English and Simplified Chinese, looked up by code.

A number that may be one has both forms of English in its place, `#` for the number itself: `{rows:# row|# rows}`.

Each app registers the texts of its own codes in its `errors.py`. A test proves that every code has both languages and
that both take the same parameters.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from django.utils import translation

_texts: dict[str, tuple[str, str]] = {}


def texts_register(texts: Mapping[str, tuple[str, str]]) -> None:
    """Add `code -> (English, Chinese)`; parameters are `{named}`. A code has one owner."""
    for code, pair in texts.items():
        if _texts.setdefault(code, pair) != pair:
            raise ValueError(f"text {code!r} is registered twice with different words")


def texts_registered() -> Mapping[str, tuple[str, str]]:
    """Every text known to this process."""
    return _texts


class _Forms(string.Formatter):
    """`str.format` that knows a form for one and a form for any other number."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, is_counted, other = format_spec.partition("|")
        if not is_counted:
            return super().format_field(value, format_spec)  # type: ignore[no-any-return]
        return (one if str(value) == "1" else other).replace("#", str(value))


_forms = _Forms()


def text(code: str, /, **params: object) -> str:
    """The words for `code` in the language of the request (English when there is none). Raises KeyError for an unknown code."""
    return _forms.vformat(_texts[code][1 if is_chinese() else 0], (), params)


def is_chinese() -> bool:
    """Whether the request is answered in Chinese, for words that others say in English alone."""
    return (translation.get_language() or "en").startswith("zh")
