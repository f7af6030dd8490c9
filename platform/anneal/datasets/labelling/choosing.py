"""Which rows of a version a session is about, and in which order."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anneal.common.errors import AnnealError
from anneal.common.storage import store
from anneal.datasets.files.stored import Selection, groups
from anneal.datasets.models import DatasetVersion, DoctorFinding, DoctorReport, RowScores
from anneal.datasets.rows import stored
from workers.contract.changes import ROW_ID

SUSPECTS: dict[str, tuple[str, ...]] = {
    "question_answering": ("doctor:answer_missing",),
    "chat": ("doctor:turn_order", "doctor:bad_tool_calls"),
}
"""By task, the findings whose rows are likely to be wrong in what people are asked; of all other tasks, doubtful labels."""
_DOUBTFUL_LABELS = ("doctor:label_errors",)


@dataclass(frozen=True)
class ChosenRow:
    """A row that is to be labelled. The larger the score, the earlier its turn; None where the order asks for none."""

    row_id: int
    score: float | None
    num_tokens: int | None


def rows_choose(
    version: DatasetVersion,
    *,
    order: str,
    seed: int,
    split: str | None,
    limit: int,
    scored_by: RowScores | None = None,
) -> list[ChosenRow]:
    """The rows of a session. Raises AnnealError (409) when the order has nothing to go by.

    `suspected_errors`: those alone that the data doctor doubts (see `SUSPECTS`), the most doubtful first. `uncertainty`: those first of
    which the model is least sure whose scores are given; without scores the most difficult ones, where the difficulty is 1 minus the
    probability that the doctor's cross-validated model, which never saw the row, gives to its label.
    """
    lengths = _lengths(version, split)
    if not lengths:
        raise AnnealError("labelling.no_rows", status=409, param="split")
    scores: dict[int, float] = {}
    if order in {"suspected_errors", "uncertainty"}:
        scores = _suspects(version) if order == "suspected_errors" else _uncertainties(version, scored_by)
        ids = sorted((row for row in scores if row in lengths), key=lambda row: (-scores[row], row))
        if not ids:
            raise AnnealError(_missing(order), status=409, param="order")
    else:
        ids = list(lengths)
    if order == "random":
        random.Random(seed).shuffle(ids)  # noqa: S311 - an order that can be had again, not a secret
    return [ChosenRow(row, scores.get(row), lengths[row]) for row in ids[:limit]]


def _missing(order: str) -> str:
    return "labelling.no_suspects" if order == "suspected_errors" else "labelling.no_difficulty"


def _lengths(version: DatasetVersion, split: str | None) -> dict[int, int | None]:
    """Ids of the rows in the order of the version, with how many tokens they have where rows are tokens."""
    has_tokens = version.task == "token_classification"
    selection = Selection(split=split)
    found: dict[int, int | None] = {}
    with stored(version) as (files,):
        for group in groups(files):
            rows = group.table([ROW_ID, "tokens"] if has_tokens else [ROW_ID])
            rows = rows.filter(selection.mask(version.task, group))
            counts = pc.list_value_length(rows.column("tokens")).to_pylist() if has_tokens else [None] * rows.num_rows
            found.update(zip(rows.column(ROW_ID).to_pylist(), counts, strict=True))
    return found


def _suspects(version: DatasetVersion) -> dict[int, float]:
    """A row of several findings counts by the one that doubts it most."""
    codes = SUSPECTS.get(version.task, _DOUBTFUL_LABELS)
    found: dict[int, float] = {}
    for finding in DoctorFinding.objects.filter(report__version_id=version.id, code__in=codes).exclude(rows_key=""):
        for row, score in _scores(finding.rows_key, "score"):
            found[row] = max(score, found.get(row, score))
    return found


def _uncertainties(version: DatasetVersion, scored_by: RowScores | None) -> dict[int, float]:
    return dict(scored_by.scores) if scored_by else _difficulties(version)


def _difficulties(version: DatasetVersion) -> dict[int, float]:
    report = DoctorReport.objects.filter(version_id=version.id).first()
    return dict(_scores(report.difficulty_map["key"], "difficulty")) if report and report.difficulty_map else {}


def _scores(key: str, column: str) -> Iterator[tuple[int, float]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.parquet"
        store().fetch(key, path)
        table: pa.Table = pq.read_table(path, columns=[ROW_ID, column], use_threads=False)
    for row, score in zip(table.column(ROW_ID).to_pylist(), table.column(column).to_pylist(), strict=True):
        if score is not None:
            yield row, float(score)
