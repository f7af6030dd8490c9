"""The table of columns is what the classes of the spec say, for every task that a spec can name."""

from __future__ import annotations

from typing import get_args

import pytest

from workers.contract import spec
from workers.contract.columns import COLUMNS, ROLES, TASKS
from workers.contract.tags import is_tag, spans_of

CLASSES = {kind.model_fields["type"].default: kind for kind in get_args(get_args(spec.Task)[0])}

# Tasks whose files may have another form as well: the trainer reads it, and the platform brings everything into the first.
OTHER_FORMS = {
    "token_classification": {"text", "spans"},
    "question_answering": {"id", "answer_text", "answer_start"},
    "ranking": {"history", "text_a", "text_b", "label", "score"},
    "chat": {"prompt", "completion"},
    "preference": {"messages", "completion", "label", "tools"},
}


@pytest.mark.parametrize("task", TASKS)
def test_roles_are_the_columns_of_the_spec(task):
    suffix = "_column"
    fields = {
        name.removesuffix(suffix): field.default
        for name, field in CLASSES[task].model_fields.items()
        if name.endswith(suffix)
    }
    assert task in COLUMNS, f"say in workers/contract/columns.py which columns {task} reads"
    assert {column.role: column.role for column in COLUMNS[task]}.items() <= fields.items(), (
        f"{task}: the rows of COLUMNS must be roles of the spec, whose fields `<role>_column` have them as names and defaults"
    )
    missing = fields.keys() - {column.role for column in COLUMNS[task]} - OTHER_FORMS.get(task, set())
    assert not missing, f"{task}: add the roles {missing} to COLUMNS, or name them as another form of its rows"


def test_every_task_has_something_to_read_and_no_role_twice():
    for task, columns in COLUMNS.items():
        roles = [column.role for column in columns]
        assert len(set(roles)) == len(roles), task
        assert any(not column.is_optional for column in columns), task
        assert set(roles) <= set(ROLES)


def test_tags_and_their_spans():
    assert [is_tag(tag) for tag in ("O", "B-PER", "I-X", "B-", "S-PER", "per", "")] == [True] * 3 + [False] * 4
    assert spans_of(["I-A", "I-A", "B-A", "O", "B-B", "I-A"]) == [("A", 0, 2), ("A", 2, 3), ("B", 4, 5), ("A", 5, 6)]
