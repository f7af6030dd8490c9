"""A model asked about a sample of a version's rows, and how unsure it is of each: what a labelling session may go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anneal.common.errors import AnnealError
from anneal.datasets.files.stored import Selection
from anneal.datasets.labelling.choosing import rows_choose
from anneal.datasets.labelling.values import Measure
from anneal.datasets.rows import version_rows
from anneal.hosting.questions import MAX_CHARACTERS, Asked, questions_of
from anneal.hosting.services import ServedModel, predict
from anneal.hosting.uncertainty import uncertainty
from workers.contract.serving import LabelsPrediction

if TYPE_CHECKING:
    from anneal.datasets.models import DatasetVersion
    from anneal.registry.models import ModelVersion

SCORED_TASKS = ("classification", "pair_classification")
"""Tasks whose models give a probability to every label."""
MAX_SCORED = 1000
"""Rows of one request: what a model on a processor answers within the patience of a browser. The sample is drawn at random."""
_AT_ONCE = 32
_ALL_LABELS = 1000


def scoring_check(model: ModelVersion, version: DatasetVersion) -> None:
    """Raise AnnealError (400) where a model can say nothing about the rows."""
    task = model.model.task
    if task not in SCORED_TASKS:
        raise AnnealError("scoring.no_task", params={"task": task, "known": ", ".join(SCORED_TASKS)})
    if task != version.task:
        raise AnnealError(
            "scoring.other_task", param="dataset_version_id", params={"task": task, "other": version.task}
        )


def scored_sample(version: DatasetVersion, *, seed: int, split: str | None, num_rows: int) -> dict[int, dict[str, Any]]:
    """Cells of rows drawn at random, by id. Raises AnnealError (409) when there is no row."""
    chosen = rows_choose(version, order="random", seed=seed, split=split, limit=num_rows)
    ids = frozenset(row.row_id for row in chosen)
    window = version_rows(version, Selection(ids=ids), order="id", offset=0, limit=len(ids))
    return {row["id"]: row["cells"] for row in window.data}


def rows_score(
    *, model: ServedModel, task: str, rows: Mapping[int, Mapping[str, Any]], measure: Measure
) -> dict[int, float]:
    """How unsure the model is of each row; call it outside of a transaction. Raises AnnealError as `predict` does."""
    todo = list(rows.items())
    parts = (todo[first : first + _AT_ONCE] for first in range(0, len(todo), _AT_ONCE))
    return {row: score for part in parts for row, score in _scored(model, task, part, measure)}


def _scored(
    model: ServedModel, task: str, part: Sequence[tuple[int, Mapping[str, Any]]], measure: Measure
) -> Iterator[tuple[int, float]]:
    answer = predict(model=model, asked=_asked(task, [cells for _, cells in part]), top_k=_ALL_LABELS, max_new_tokens=1)
    for (row, _), prediction in zip(part, answer.predictions, strict=True):
        if isinstance(prediction, LabelsPrediction):
            yield row, round(uncertainty(measure, [one.score for one in prediction.labels]), 6)


def _asked(task: str, rows: Sequence[Mapping[str, Any]]) -> Asked:
    """Texts are cut where a question must end; the model reads less than that in any case."""
    if task == "classification":
        return questions_of(task, texts=[str(cells["text"])[:MAX_CHARACTERS] for cells in rows], inputs=None)
    pairs = [{role: str(cells[role])[:MAX_CHARACTERS] for role in ("text_a", "text_b")} for cells in rows]
    return questions_of(task, texts=None, inputs=pairs)
