"""Changes of a version as data: whole or refused, and ids that say where a row came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from workers.contract.changes import ADDED, RowChange, changes_read, changes_write, row_id, row_place


def test_changes_come_back_as_they_were_written(tmp_path: Path) -> None:
    changes = [
        RowChange(id=7, action="drop"),
        RowChange(id=8, action="set", cells={"label": "refund\u2028", "tokens": ["a", "b"]}),
        RowChange(id=9, action="move", split="train"),
        RowChange(action="add", cells={"text": "x", "label": "y"}, split="test"),
    ]
    assert changes_write(tmp_path / "changes.jsonl", changes) == 4
    assert list(changes_read(tmp_path / "changes.jsonl")) == changes


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"action": "drop"}, "id"),
        ({"id": 1, "action": "add", "cells": {"text": "x"}, "split": "train"}, "id"),
        ({"id": 1, "action": "set"}, "cells"),
        ({"id": 1, "action": "drop", "cells": {"text": "x"}}, "cells"),
        ({"id": 1, "action": "move"}, "split"),
        ({"id": 1, "action": "set", "cells": {"text": "x"}, "split": "train"}, "split"),
    ],
)
def test_half_a_change_is_refused_at_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RowChange.model_validate(change)
    assert caught.value.errors()[0]["ctx"]["field"] == field


@pytest.mark.parametrize(("position", "line"), [(0, 1), (19, 2**40 - 1), (ADDED, 12)])
def test_an_id_says_where_a_row_came_from(position: int, line: int) -> None:
    found = row_id(position, line)
    assert row_place(found) == (position, line)
    assert found < 2**53
