"""The words of the server, in English and Simplified Chinese, looked up by code.

Each app registers the texts of its own codes in its `errors.py`. A test proves that every code has both languages and
that both take the same parameters.
"""

from __future__ import annotations

from collections.abc import Mapping

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


def text(code: str, /, **params: object) -> str:
    """The words for `code` in the language of the request (English when there is none). Raises KeyError for an unknown code."""
    return _texts[code][1 if is_chinese() else 0].format(**params)


def is_chinese() -> bool:
    """Whether the request is answered in Chinese, for words that others say in English alone."""
    return (translation.get_language() or "en").startswith("zh")
