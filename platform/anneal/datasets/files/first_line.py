"""Whether the first line of a table names its columns, or is an example that would be lost as names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anneal.datasets.files.columns import ColumnStatistics

_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WITHIN = re.compile(r"[，。！？；、…,!?;]")
"""What stands in a sentence and hardly ever in a name."""
_FEW_CHARACTERS = 6
_MANY_CHARACTERS = 12
_LIKE = 3
"""A name may be so many times as long or as short as its column's values, to be like them."""
_MOST = 0.9


class FirstLine(Enum):
    """What it is."""

    NAMES = "names"
    DOUBTFUL = "doubtful"
    EXAMPLE = "example"


def first_line_of(columns: Sequence[ColumnStatistics]) -> FirstLine:
    """Two signs make it an example, and one a doubt: a name that is a value of its column as well, and one that reads like its texts."""
    is_value = any(_is_value(column) for column in columns)
    if is_value and any(_reads_like_sentence(column.name) for column in columns):
        return FirstLine.EXAMPLE
    is_text = any(_is_like_texts(column) for column in columns)
    if is_value and is_text:
        return FirstLine.EXAMPLE
    is_label = any(_is_value(column) and 2 * len(column.distinct) <= column.num_filled for column in columns)
    return FirstLine.DOUBTFUL if is_label or is_text else FirstLine.NAMES


def _is_value(column: ColumnStatistics) -> bool:
    """Once may be chance; a number among numbers is not."""
    is_number = column.share("number") > _MOST and _is_quantity(column.name)
    return column.num_like_name >= 2 or is_number  # noqa: PLR2004 - more than once


def _is_quantity(name: str) -> bool:
    """Whether it is a number that nobody calls a column by: one with a point."""
    return re.fullmatch(r"-?\d+\.\d+", name) is not None


def _is_like_texts(column: ColumnStatistics) -> bool:
    if not column.num_filled or not _reads_like_sentence(column.name):
        return False
    usual = column.characters / column.num_filled
    return usual <= _LIKE * len(column.name) and len(column.name) <= _LIKE * usual


def _reads_like_sentence(name: str) -> bool:
    """Many words, or many signs of a script that writes without spaces."""
    num_signs = len(_EAST_ASIAN.findall(name))
    has_marks = _WITHIN.search(name[:-1]) is not None
    is_long = num_signs >= _MANY_CHARACTERS or (num_signs >= _FEW_CHARACTERS and has_marks)
    return is_long or (len(name) > 20 and name.count(" ") > 2)  # noqa: PLR2004 - a name has few words
