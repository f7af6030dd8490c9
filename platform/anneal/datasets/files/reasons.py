"""Why a file cannot be read, in particular: a closed list of codes. The words for each are in `datasets/errors.py`."""

from __future__ import annotations

import re
from typing import Final

# What is wrong with JSON, by the English words: Python's, then our own.
JSON_REASONS: Final = {
    "Expecting value": "json_value",
    "Expecting property name enclosed in double quotes": "json_name",
    "Expecting ':' delimiter": "json_colon",
    "Expecting ',' delimiter": "json_comma",
    "Illegal trailing comma before end of object": "json_trailing_comma",
    "Illegal trailing comma before end of array": "json_trailing_comma_of_list",
    "Extra data": "json_extra",
    "Unterminated string starting at": "json_unterminated",
    "Invalid control character at": "json_control_character",
    "Invalid \\escape": "json_escape",
    "Invalid \\uXXXX escape": "json_unicode_escape",
    "too deep or too large a number": "json_too_deep_or_large",
    "nested too deeply": "json_too_deep",
    "not a value": "json_no_value",
    "expecting '{expected}'": "json_expecting",
    "expecting '{expected}' or '{other}'": "json_expecting_either",
    "a key is no text": "json_key_no_text",
    "a comma before the end of the list": "json_comma_at_end",
    "something follows the end of the document": "json_follows",
}

# What libraries say of packed files, by the words that it has; what has none of them is a damage of another kind.
_ARCHIVE_SAYINGS: Final = (
    ("archive_cut", re.compile(r"ended before|truncated", re.IGNORECASE)),
    ("archive_sum", re.compile(r"CRC|incorrect (length|data) ", re.IGNORECASE)),
    ("archive_not_packed", re.compile(r"^(File is not a zip file|Not a gzipped file)")),
    ("archive_table", re.compile(r"central directory|header|extra field|zipfiles that span")),
)
ARCHIVE_NO_TABLE: Final = "archive_no_table"
ARCHIVE_DAMAGED: Final = "archive_damaged"
ARCHIVE_REASONS: Final = frozenset({ARCHIVE_NO_TABLE, ARCHIVE_DAMAGED, *(code for code, _ in _ARCHIVE_SAYINGS)})

REASONS: Final = frozenset({*JSON_REASONS.values(), *ARCHIVE_REASONS})


def json_reason(said: str) -> str:
    """The code of what Python says is wrong with JSON; what it `said` where a newer Python says something unknown here."""
    return JSON_REASONS.get(said.rstrip(": "), said)


def archive_reason(said: str) -> str:
    """The code of what a library says is wrong with a packed file."""
    return next((code for code, words in _ARCHIVE_SAYINGS if words.search(said)), ARCHIVE_DAMAGED)
