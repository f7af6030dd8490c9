"""A doctor that knows one illness, rows that repeat another one: a real child for tests of what surrounds the real doctor.

    python small_doctor.py MODE PLAN --out DIR

Modes: `whole`; `crash` ends without a last word after its finding; `hang` says its finding and nothing more; `gorge` takes all the memory
that it gets after its finding; `fail` says that it cannot go on; `babble` says what is no event; `spill` names a file outside its folder;
`columns` can fix the first row alone where it is asked to look at
texts alone; `defect` has a check that broke down; `environment` tells what it knows of its surroundings; `names` finds personal data in one
row, and with a model of names in another row and an outlier, which tells what lies in the model's folder.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from workers.contract.changes import RowChange, changes_write
from workers.contract.doctor import (
    DoctorPlan,
    DoneEvent,
    FailedEvent,
    Finding,
    FindingEvent,
    Fix,
    FixInColumns,
    FoundRow,
    LengthBin,
    LengthLimit,
    LengthsEvent,
    MapEvent,
    ProgressEvent,
)


def say(event: FindingEvent | ProgressEvent | MapEvent | LengthsEvent | DoneEvent | FailedEvent) -> None:
    sys.stdout.write(event.model_dump_json() + "\n")
    sys.stdout.flush()


def report(mode: str, twins: list[tuple[dict[str, Any], int]], folder: Path) -> None:
    ids = [row["id"] for row, _ in twins]
    pq.write_table(
        pa.table({"id": pa.array(ids, pa.int64()), "score": pa.array([1.0] * len(ids))}),
        folder / "exact_duplicates.rows.parquet",
    )
    count = changes_write(folder / "exact_duplicates.keep_one.jsonl", [RowChange(id=row, action="drop") for row in ids])
    name = "../plan.json" if mode == "spill" else "exact_duplicates.rows.parquet"
    say(
        FindingEvent(
            finding=Finding(
                code="doctor:exact_duplicates",
                severity="warning",
                num_rows=len(twins),
                params={"texts": len(twins)},
                examples=tuple(
                    FoundRow(
                        id=row["id"],
                        split=row["split"],
                        row=row["row"],
                        cells={"text": row["text"]},
                        note={"same_as": other},
                    )
                    for row, other in twins[:3]
                ),
                rows=name,
                fixes=(
                    Fix(
                        name="keep_one",
                        file="exact_duplicates.keep_one.jsonl",
                        num_changes=count,
                        by_columns=in_columns(ids, folder) if mode == "columns" else (),
                    ),
                ),
            )
        )
    )


def in_columns(ids: list[int], folder: Path) -> tuple[FixInColumns, ...]:
    parts = (("text", ids[:1]), ("label", ids[1:]))
    for role, some in parts:
        changes = [RowChange(id=row, action="drop") for row in some]
        changes_write(folder / f"exact_duplicates.keep_one.{role}.jsonl", changes)
    return tuple(
        FixInColumns(
            columns=(role,),
            file=f"exact_duplicates.keep_one.{role}.jsonl",
            num_changes=len(some),
            num_dropped=len(some),
        )
        for role, some in parts
    )


def say_names(plan: DoctorPlan, rows: list[dict[str, Any]], folder: Path) -> None:
    names = plan.names
    has_model = names is not None and names.folder is not None
    some = rows[: 2 if has_model else 1]
    path = folder / "personal_data.rows.parquet"
    pq.write_table(pa.table({"id": [row["id"] for row in some], "score": [1.0] * len(some)}), path)
    say(
        FindingEvent(finding=Finding(code="doctor:personal_data", severity="error", num_rows=len(some), rows=path.name))
    )
    if names is not None and names.folder is not None:
        files = sorted(path.name for path in Path(names.folder).iterdir())
        told = {"files": files, "types": names.types, "folder": names.folder}
        say(FindingEvent(finding=Finding(code="doctor:outliers", severity="info", num_rows=0, params=told)))
    is_gone = names is not None and names.folder is None
    say(DoneEvent(seconds=0.5, skipped={"names": "names_model_gone"} if is_gone else {}))


def main() -> None:  # noqa: C901 - a mode after the other
    mode, plan_path, _, out = sys.argv[1:]
    plan = DoctorPlan.model_validate_json(Path(plan_path).read_bytes())
    folder = Path(out)
    rows = [{**row, "split": split} for split, path in plan.files.items() for row in pq.read_table(path).to_pylist()]
    say(ProgressEvent(stage="reading", done=len(rows), total=len(rows)))
    seen: dict[str, int] = {}
    twins = [(row, seen[row["text"]]) for row in rows if seen.setdefault(row["text"], row["id"]) != row["id"]]
    if mode == "environment":
        known = {
            "names": sorted(os.environ),
            "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
            "group": os.getpgid(0),
        }
        say(FindingEvent(finding=Finding(code="doctor:outliers", severity="info", num_rows=0, params=known)))
    if mode == "names":
        say_names(plan, rows, folder)
        return
    if mode == "babble":
        sys.stdout.write("Traceback: something went wrong\n")
        return
    if mode == "fail":
        say(FailedEvent(code="platform:internal", message="the patient ran away"))
        return
    if twins:
        report(mode, twins, folder)
    if mode == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "gorge":
        taken = []
        while True:
            taken.append(b"x" * 2**24)
            time.sleep(0.05)
    if mode == "hang":
        signal.pause()
    places = pa.array([float(number) for number in range(len(rows))], pa.float32())
    difficulty = pa.array([0.25] * len(rows), pa.float32())
    points = {
        "id": pa.array([row["id"] for row in rows], pa.int64()),
        "x": places,
        "y": places,
        "difficulty": difficulty,
    }
    pq.write_table(pa.table(points), folder / "map.parquet")
    say(MapEvent(file="map.parquet", num_points=len(rows), method="pca", vectors="ngrams"))
    say(
        LengthsEvent(
            bins=(LengthBin(low=1, high=20, num_rows=len(rows)),),
            limits=tuple(LengthLimit(max_tokens=limit, num_rows=0, share_of_tokens=0) for limit in plan.limits),
            num_counted=len(rows),
            num_rows=len(rows),
        )
    )
    if mode == "defect":
        sys.stderr.write("ZeroDivisionError: division by zero\n")
    say(DoneEvent(seconds=0.5, skipped={"doctor:label_errors": "defect" if mode == "defect" else "too_few_rows"}))


if __name__ == "__main__":
    main()
