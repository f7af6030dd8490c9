"""Which columns every task reads as data: what a dataset version holds, whoever made it.

A *role* is the task's name for a part of an example. It is the name of the column in the Parquet files of a dataset version, and
equal to the default of the spec's `<role>_column`. The *kind* says what stands in a cell: texts, numbers and label names as they are,
lists (`labels`, `tokens`, `tags`) as Arrow lists of strings, everything else as JSON text:

* `flag`: `true` or `false`, in files any word of `FLAGS`;
* `answers`: `{"text": [...], "answer_start": [...]}`, starts in characters of the context (SQuAD);
* `candidates`: a list of texts;
* `messages`: a list of `{"role", "content"}`, further keys allowed;
* `text_or_messages`: a plain text, or the JSON text of messages;
* `json`: any list or object.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, get_args

from workers.contract import spec

Kind = Literal[
    "text",
    "label",
    "flag",
    "labels",
    "number",
    "tokens",
    "tags",
    "answers",
    "candidates",
    "messages",
    "text_or_messages",
    "json",
]
KINDS: tuple[str, ...] = get_args(Kind)

MAX_NUMBER = 1e15
"""Squares of larger ones leave the range of the arithmetic that models are trained in."""

FLAGS: dict[str, bool] = {
    **dict.fromkeys(("true", "1", "yes", "desirable"), True),
    **dict.fromkeys(("false", "0", "no", "undesirable"), False),
}
"""What a flag is in files, in small letters."""


@dataclass(frozen=True)
class DataColumn:
    """One column of a task. An optional one may be absent, and empty in a row."""

    role: str
    kind: Kind
    is_optional: bool = False


_TEXT = DataColumn("text", "text")
_TEXT_A = DataColumn("text_a", "text")
_TEXT_B = DataColumn("text_b", "text")
_LABEL = DataColumn("label", "label")
_SCORE = DataColumn("score", "number")
_SOURCE = DataColumn("source", "text")
_TARGET = DataColumn("target", "text")
_TOOLS = DataColumn("tools", "json", is_optional=True)
_PROMPT = DataColumn("prompt", "text_or_messages")
_CHOSEN = DataColumn("chosen", "text_or_messages")
_REJECTED = DataColumn("rejected", "text_or_messages")
_COMPLETION = DataColumn("completion", "text_or_messages")
_DESIRABLE = DataColumn("label", "flag")

FORMS: dict[str, tuple[tuple[DataColumn, ...], ...]] = {
    "preference": ((_PROMPT, _CHOSEN, _REJECTED, _TOOLS), (_PROMPT, _COMPLETION, _DESIRABLE, _TOOLS)),
}
"""Tasks whose examples come in several forms, the usual one first. All rows of a version have one of them."""

COLUMNS: dict[str, tuple[DataColumn, ...]] = {
    "classification": (_TEXT, _LABEL),
    "pair_classification": (_TEXT_A, _TEXT_B, _LABEL),
    "multi_label": (_TEXT, DataColumn("labels", "labels")),
    "regression": (_TEXT, _SCORE),
    "pair_regression": (_TEXT_A, _TEXT_B, _SCORE),
    "token_classification": (DataColumn("tokens", "tokens"), DataColumn("tags", "tags")),
    "question_answering": (
        DataColumn("question", "text"),
        DataColumn("context", "text"),
        DataColumn("answers", "answers"),
    ),
    "embedding": (
        DataColumn("anchor", "text"),
        DataColumn("positive", "text"),
        DataColumn("negative", "text", is_optional=True),
    ),
    "similarity": (_TEXT_A, _TEXT_B, _SCORE),
    "ranking": (
        DataColumn("query", "text"),
        DataColumn("candidates", "candidates"),
        DataColumn("positive", "text"),
    ),
    "causal_lm": (_TEXT,),
    "masked_lm": (_TEXT,),
    "chat": (DataColumn("messages", "messages"), _TOOLS),
    "translation": (_SOURCE, _TARGET),
    "summarisation": (_SOURCE, _TARGET),
    "preference": (
        _PROMPT,
        *(replace(column, is_optional=True) for column in (_CHOSEN, _REJECTED, _COMPLETION, _DESIRABLE)),
        _TOOLS,
    ),
}
"""Of a task with several forms the columns of all of them; what only some have is optional here."""

TASKS: tuple[str, ...] = tuple(kind.model_fields["type"].default for kind in get_args(get_args(spec.Task)[0]))
"""The tasks that a spec can name, in its order."""

ROLES: tuple[str, ...] = tuple(dict.fromkeys(column.role for columns in COLUMNS.values() for column in columns))
"""Every role of any task, each once."""


def forms_of(task: str) -> tuple[tuple[DataColumn, ...], ...]:
    """The columns of every form in which the examples of a task come."""
    return FORMS.get(task) or (COLUMNS[task],)


def form_columns(task: str, roles: Collection[str]) -> tuple[DataColumn, ...]:
    """The columns of the form that some roles speak of, in most of them; the usual form where they speak of none."""
    return max(forms_of(task), key=lambda form: sum(column.role in roles for column in form))


def is_text_with_label(task: str) -> bool:
    """Whether an example is a text and its label, and nothing else is needed."""
    return [column.kind for column in COLUMNS[task] if not column.is_optional] == ["text", "label"]


def num_needed(task: str) -> int:
    """How many columns an example needs, in the form that needs fewest."""
    return min(sum(not column.is_optional for column in form) for form in forms_of(task))


def are_messages(value: object) -> bool:
    """Whether a value where a text may stand as well is a conversation: a list of objects that each have a role, and of one at least."""
    return isinstance(value, list) and bool(value) and all(isinstance(part, dict) and "role" in part for part in value)


def is_judged(task: str, roles: Collection[str]) -> bool:
    """Whether examples are single answers with a verdict, which KTO learns from, instead of pairs."""
    return task == "preference" and "completion" in roles
