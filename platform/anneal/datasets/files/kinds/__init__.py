"""What can stand in a column. A new kind is one class and one line in the table; files that begin with `_` are shared by several."""

from __future__ import annotations

from collections.abc import Mapping

from anneal.datasets.files.kinds.column import Column
from anneal.datasets.files.kinds.flag import FlagColumn
from anneal.datasets.files.kinds.label import LabelColumn
from anneal.datasets.files.kinds.label_set import LabelSetColumn
from anneal.datasets.files.kinds.number import NumberColumn
from anneal.datasets.files.kinds.structured import (
    AnswersColumn,
    CandidatesColumn,
    JsonColumn,
    MessagesColumn,
    TextOrMessagesColumn,
)
from anneal.datasets.files.kinds.text import TextColumn
from anneal.datasets.files.kinds.tokens import TagsColumn, TokensColumn
from workers.contract.columns import Kind, form_columns

KINDS: dict[Kind, type[Column]] = {
    "text": TextColumn,
    "label": LabelColumn,
    "flag": FlagColumn,
    "labels": LabelSetColumn,
    "number": NumberColumn,
    "tokens": TokensColumn,
    "tags": TagsColumn,
    "answers": AnswersColumn,
    "candidates": CandidatesColumn,
    "messages": MessagesColumn,
    "text_or_messages": TextOrMessagesColumn,
    "json": JsonColumn,
}


def columns_of(task: str, names: Mapping[str, str], *, delimiter: str | None) -> list[Column]:
    """The columns of a task that are mapped, in its order. `names`: role -> name in the files."""
    return [
        KINDS[column.kind](column, names[column.role], delimiter=delimiter)
        for column in form_columns(task, names)
        if column.role in names
    ]
