from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.workers.trainer.tiny import write_rows
from workers.contract.reasons import JobError
from workers.contract.spec import JobSpec
from workers.trainer.tasks.ranking import Ranking

if TYPE_CHECKING:
    from pathlib import Path

    from workers.trainer.data.read import Rows

TEXTS = ["alpha", "beta", "gamma"]
ITEMS = [{"item_id": str(number), "text": text} for number, text in zip((7, 1, 2), TEXTS, strict=True)]


def read(folder: Path, rows: list[dict[str, Any]]) -> Rows:
    write_rows(folder / "train.jsonl", rows)
    spec = JobSpec.model_validate(
        {
            "base_model": "tiny-bert",
            "data": {"train": "train.jsonl", "validation": "train.jsonl"},
            "task": {"type": "ranking"},
        }
    )
    return Ranking(spec).read(spec, folder)[0].train


@pytest.mark.parametrize(
    ("candidates", "positive", "right"),
    [
        (TEXTS, "beta", 1),
        (TEXTS, 2, 2),
        (TEXTS, "0", 0),
        (json.dumps(TEXTS), "gamma", 2),
        (ITEMS, "7", 0),
        (ITEMS, 2, 2),  # An id, not a position.
        (ITEMS, "beta", 1),
    ],
)
def test_positive_is_an_id_a_text_or_a_position(tmp_path: Path, candidates: Any, positive: Any, right: int) -> None:
    rows = read(tmp_path, [{"query": "q", "candidates": candidates, "positive": positive}])
    assert [candidate.text for candidate in rows["candidates"][0]] == TEXTS
    assert rows["relevance"][0] == tuple(float(i == right) for i in range(3))


@pytest.mark.parametrize(
    ("candidates", "positive"), [(TEXTS, "delta"), (TEXTS, 3), (TEXTS, -1), (ITEMS, 0), (["same", "same"], "same")]
)
def test_refuses_a_positive_that_is_not_exactly_one_candidate(tmp_path: Path, candidates: Any, positive: Any) -> None:
    good = {"query": "q", "candidates": TEXTS, "positive": 0}
    with pytest.raises(JobError, match=r"Row 2 of train\.jsonl .* 'positive'") as caught:
        read(tmp_path, [good, {"query": "q", "candidates": candidates, "positive": positive}])
    assert caught.value.reason.code == "data:unknown_positive"


def test_history_becomes_a_query_with_the_newest_first(tmp_path: Path) -> None:
    row = {"candidates": TEXTS, "positive": 0}
    rows = read(tmp_path, [{**row, "history": ["old", "new"]}, {**row, "history": [{"text": "one"}], "query": "said"}])
    assert rows["query"] == ("new; old", "said")


def test_pairs_have_one_candidate_each(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        [
            {"text_a": "q", "text_b": "yes", "label": "1"},
            {"text_a": "q", "text_b": "no", "label": 0},
            {"text_a": "q", "text_b": "so so", "label": 0.25},
            {"text_a": "", "text_b": "nothing", "label": 0},
        ],
    )
    assert rows["relevance"] == ((1.0,), (0.0,), (0.25,))
    assert [found[0].text for found in rows["candidates"]] == ["yes", "no", "so so"]
    assert rows.left_out == (4,)


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        ({"query": "q", "candidates": ["one"], "positive": 0}, "data:damaged", "fewer than two candidates"),
        ({"query": "q", "candidates": ["one", ""], "positive": 0}, "data:damaged", "candidate without a text"),
        ({"query": "q", "candidates": TEXTS}, "data:missing_label", "'positive'"),
        ({"query": "q", "candidates": TEXTS, "positive": 1.5}, "data:damaged", "item id, a text or a position"),
        ({"query": "q", "candidates": TEXTS, "history": "no list", "positive": 0}, "data:damaged", "'history'"),
    ],
)
def test_refuses_bad_lists(tmp_path: Path, row: dict[str, Any], code: str, said: str) -> None:
    good = {"query": "q", "candidates": TEXTS, "positive": 0}
    with pytest.raises(JobError, match="Row 2 of train") as caught:
        read(tmp_path, [good, row])
    assert caught.value.reason.code == code
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        ({"text_a": "q", "text_b": "t", "label": 2}, "data:damaged", "between 0 and 1"),
        ({"text_a": "q", "text_b": "t", "label": "good"}, "data:damaged", "finite number"),
        ({"text_a": "q", "text_b": "t", "label": None}, "data:missing_label", "'label'"),
    ],
)
def test_refuses_bad_pairs(tmp_path: Path, row: dict[str, Any], code: str, said: str) -> None:
    with pytest.raises(JobError, match="Row 2 of train") as caught:
        read(tmp_path, [{"text_a": "q", "text_b": "t", "label": 1}, row])
    assert caught.value.reason.code == code
    assert said in caught.value.message


def test_refuses_files_of_neither_form_or_of_one_kind(tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        read(tmp_path, [{"query": "q", "text_b": "t", "label": 1}])
    assert caught.value.reason.code == "data:missing_column"
    with pytest.raises(JobError, match="Every pair of train"):
        read(tmp_path, [{"text_a": "q", "text_b": "t", "label": 1}] * 3)
