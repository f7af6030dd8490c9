"""Small versions for the doctor: rows that are well, written as the platform writes them, and changes applied as it applies them."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from workers.contract.changes import RowChange, row_id
from workers.contract.columns import COLUMNS
from workers.contract.doctor import DoctorPlan
from workers.doctor.checks import CHECKS
from workers.doctor.found import Found
from workers.doctor.materials import Materials
from workers.doctor.rows import SPLITS, read_rows

Row = dict[str, Any]
Version = dict[str, list[Row]]
"""Rows by split; each has an `id`."""

_LISTS = pa.list_(pa.string())
_TYPES = {"number": pa.float64(), "labels": _LISTS, "tokens": _LISTS, "tags": _LISTS}
_JSON = frozenset({"answers", "candidates", "messages", "json"})

_TOPICS = {
    "card": ["card", "chip", "plastic", "wallet", "stolen", "lost", "bent", "swallowed", "replacement"],
    "rate": ["rate", "exchange", "euro", "dollar", "currency", "convert", "price", "quote", "market"],
    "pin": ["pin", "code", "digits", "blocked", "forgotten", "reset", "attempt", "keypad", "secret"],
}
_WORDS = (
    "anna brought garden seven window river slowly morning coffee letter mountain yellow winter station bridge paper doctor kitchen "
    "island music summer teacher village forest engine harbour pencil candle mirror blanket orange ticket museum holiday neighbour "
    "bicycle airport carpet ladder pocket basket button hammer ribbon saddle tunnel valley copper silver marble velvet cotton linen "
    "lemon cherry walnut pepper"
)
_CHINESE = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"


def sentence(draw: random.Random, *, topic: str | None = None) -> str:
    words = [draw.choice(_WORDS.split()) for _ in range(draw.randint(7, 13))]
    if topic is not None:
        words[1:5] = [draw.choice(_TOPICS[topic]) for _ in range(4)]
        draw.shuffle(words)
    return f"{' '.join(words).capitalize()}."


def chinese(draw: random.Random) -> str:
    return "".join(draw.choice(_CHINESE) for _ in range(draw.randint(12, 20))) + "。"


def _of_task(task: str, number: int, draw: random.Random) -> Row:
    """One row that is well."""
    topic = sorted(_TOPICS)[number % 3]
    text, other, third = (sentence(draw, topic=topic) for _ in range(3))
    words = text.rstrip(".").split()
    return {
        "classification": lambda: {"text": text, "label": topic},
        "pair_classification": lambda: {"text_a": text, "text_b": other, "label": topic},
        "multi_label": lambda: {"text": text, "labels": [topic, "urgent"] if number % 2 else [topic]},
        "regression": lambda: {"text": text, "score": number % 7},
        "pair_regression": lambda: {"text_a": text, "text_b": other, "score": number % 7},
        "similarity": lambda: {"text_a": text, "text_b": other, "score": number % 7},
        "token_classification": lambda: {
            "tokens": words,
            "tags": ["B-PER", "I-PER", *["O"] * (len(words) - 3), "B-LOC"],
        },
        "question_answering": lambda: {
            "question": other,
            "context": text,
            "answers": {"text": [words[2]], "answer_start": [text.index(words[2])]},
        },
        "embedding": lambda: {"anchor": text, "positive": other, "negative": third},
        "ranking": lambda: {"query": text, "candidates": [other, third], "positive": other},
        "causal_lm": lambda: {"text": text},
        "masked_lm": lambda: {"text": text},
        "chat": lambda: {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": other}]},
        "translation": lambda: {"source": text, "target": chinese(draw)},
        "summarisation": lambda: {"source": f"{text} {other}", "target": third},
        "preference": lambda: {"prompt": text, "chosen": other, "rejected": third},
    }[task]()


def well(task: str, *, train: int = 150, others: int = 30, seed: int = 1) -> Version:
    """A version that nothing is wrong with."""
    draw = random.Random(seed)  # noqa: S311 - test data
    version: Version = {}
    for position, (split, count) in enumerate((("train", train), ("validation", others), ("test", others))):
        version[split] = [{"id": row_id(position, line), **_of_task(task, line, draw)} for line in range(1, count + 1)]
    return version


def write_version(version: Version, task: str, folder: Path, **plan: Any) -> DoctorPlan:
    """The Parquet files, and a plan that names them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for split, rows in version.items():
        columns = {
            "id": pa.array([row["id"] for row in rows], pa.int64()),
            "row": pa.array(range(1, len(rows) + 1), pa.int64()),
        }
        for column in COLUMNS[task]:
            cells = [row.get(column.role) for row in rows]
            if any(cell is not None for cell in cells):
                columns[column.role] = pa.array(
                    [_json(cell) for cell in cells] if column.kind in _JSON else cells,
                    _TYPES.get(column.kind, pa.string()),
                )
        pq.write_table(pa.table(columns), folder / f"{split}.parquet")
        files[split] = str(folder / f"{split}.parquet")
    return DoctorPlan(task=task, files=files, **plan)


def _json(cell: Any) -> str | None:
    return cell if cell is None or isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def materials_of(version: Version, task: str, folder: Path, **plan: Any) -> Materials:
    written = write_version(version, task, folder, **plan)
    return Materials(read_rows(task, written.files), written, lambda _stage, _done, _total: None)


def examined(code: str, version: Version, task: str, folder: Path, **plan: Any) -> Found | None:
    """What one check says."""
    check = next(check for check in CHECKS if check.code == f"doctor:{code}")
    assert check.is_for(task)
    return check.examine(materials_of(version, task, folder, **plan))


def applied(version: Version, changes: Sequence[RowChange]) -> Version:
    """The version after the changes."""
    after = copy.deepcopy(version)
    home = {row["id"]: split for split, rows in after.items() for row in rows}
    for change in changes:
        assert change.id is not None
        rows = after[home[change.id]]
        place = next(place for place, row in enumerate(rows) if row["id"] == change.id)
        if change.action == "set":
            assert set(change.cells) <= set(rows[place])
            rows[place].update(change.cells)
            continue
        row = rows.pop(place)
        if change.action == "move":
            assert change.split is not None
            after[change.split].append(row)
    return after


def numbered(version: Version) -> list[Row]:
    """All rows in the doctor's order: a suspect's `row` is a position here."""
    return [row for split in SPLITS for row in version.get(split, [])]


Plant = Callable[[Version], list[int]]
"""Spoils a version and returns the ids of the rows that a check has to name."""
