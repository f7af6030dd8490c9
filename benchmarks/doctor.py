"""`python -m benchmarks.doctor`: how long the data doctor takes for many short texts, from the process's start to its last line.

The rows are those of banking77 with words exchanged between texts of one class: as many as wanted, as short as real ones, and hardly ever
the same. The cache of embeddings is empty: everything is computed. The goal is 100,000 rows in three minutes on two cores.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.data import data_folder, model_folder, read_jsonl
from benchmarks.results import keep, load_now
from workers.contract.changes import row_id
from workers.contract.doctor import DOCTOR_EVENT, DoctorPlan, DoneEvent, FindingEvent, ProgressEvent

ROWS = 100_000
QUICK_ROWS = 2000
GOAL_SECONDS = 180
_EXCHANGED = 0.3


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.doctor", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--quick", action="store_true", help="2,000 rows, to see that it works; saves nothing")
    options = parser.parse_args(arguments)
    rows = QUICK_ROWS if options.quick else options.rows
    load = load_now()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(rows, Path(folder))
    is_quick = options.quick or rows != ROWS
    keep("11-doctor", {"load": load, **figures}, table(figures), is_quick=is_quick)
    return 0


def measure(rows: int, folder: Path) -> dict[str, Any]:
    plan = folder / "plan.json"
    plan.write_text(write_version(drawn_rows(rows), folder).model_dump_json())
    command = [sys.executable, "-m", "workers.doctor.run", str(plan), "--out", str(folder / "out")]
    start = time.perf_counter()
    first_finding: float | None = None
    stage, begun = "start", 0.0
    stages: dict[str, float] = defaultdict(float)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None  # noqa: S101 - it was asked for
        for line in child.stdout:
            event, now = DOCTOR_EVENT.validate_json(line), time.perf_counter() - start
            if isinstance(event, FindingEvent) and first_finding is None:
                first_finding = now
            if isinstance(event, ProgressEvent | DoneEvent):
                stages[stage] += now - begun
                stage, begun = getattr(event, "stage", "end"), now
    if child.returncode:
        raise RuntimeError(f"the doctor ended with {child.returncode}")
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "rows": rows,
        "seconds": time.perf_counter() - start,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "first_finding": first_finding,
        "megabytes": usage.ru_maxrss / 1024,
        "stages": dict(stages),
    }


def table(figures: dict[str, Any]) -> str:
    stages = sorted(figures["stages"].items(), key=lambda entry: -entry[1])
    first = figures["first_finding"]
    return "\n".join(
        [
            f"## The data doctor on {figures['rows']:,} short texts (MiniLM, nothing cached; the goal is {GOAL_SECONDS} s for {ROWS:,})",
            "",
            "| seconds | of processors | until the first finding | peak memory |",
            "|---|---|---|---|",
            f"| {figures['seconds']:.0f} | {figures['cpu_seconds']:.0f} | {first or 0:.1f} | {figures['megabytes']:.0f} MB |",
            "",
            "Where they go: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in stages) + ".",
        ]
    )


def drawn_rows(count: int) -> list[dict[str, Any]]:
    """Texts of banking77 in turn, in each some words exchanged for words of another text of its class."""
    rows = read_jsonl(data_folder("banking77") / "train.jsonl")
    words: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        words[row["label"]] += row["text"].split()
    draw = random.Random(1)  # noqa: S311 - material to measure with
    return [
        {
            "text": " ".join(
                draw.choice(words[row["label"]]) if draw.random() < _EXCHANGED else word for word in row["text"].split()
            ),
            "label": row["label"],
        }
        for row in (rows[number % len(rows)] for number in range(count))
    ]


def write_version(rows: list[dict[str, Any]], folder: Path) -> DoctorPlan:
    """Nine tenths to learn from, the rest to judge by."""
    files = {}
    cut = len(rows) * 9 // 10
    for position, (split, some) in enumerate((("train", rows[:cut]), ("test", rows[cut:]))):
        lines = list(range(1, len(some) + 1))
        columns = {
            "id": [row_id(position, line) for line in lines],
            "row": lines,
            "text": [row["text"] for row in some],
            "label": [row["label"] for row in some],
        }
        pq.write_table(pa.table(columns), folder / f"{split}.parquet")
        files[split] = str(folder / f"{split}.parquet")
    return DoctorPlan(
        task="classification",
        files=files,
        base_model=str(model_folder()),
        max_tokens=512,
        cache=str(folder / "cache"),
    )


if __name__ == "__main__":
    raise SystemExit(main())
