"""`python -m benchmarks.validation`: how fast a big file of short labelled texts is validated, and in how much memory.

The same CSV and JSONL file (banking77's rows, each made unique by a number) is read by

* ours: digested and looked over (the inspection after an upload), then every row checked with the line on which it stands and put aside to
  be divided; *checked* is when every finding about a row is known. *Written* is when the splits lie on the disk as Parquet, their lengths
  and labels measured and their files digested;
* pandas: read, then empty texts and labels, lengths and label counts;
* load_dataset: read into its Arrow cache, nothing else.

Every contestant runs in a process of its own, round after round in turn. Time counts from when its libraries are imported, memory is the
highest that its process ever had. Needs `pip install pandas==3.1.1 datasets==5.0.0`; `--python` names another interpreter that has them.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.results import FOLDER, keep, load_now

SIZE_MB = 500
ROUNDS = 3
FORMATS = ("csv", "jsonl")
ROOT = FOLDER.parent

# Seconds by what was done in them.
Seconds = dict[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validation", description=__doc__)
    parser.add_argument("--size-mb", type=int, default=SIZE_MB, help="of each file")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has pandas and datasets")
    parser.add_argument("--quick", action="store_true", help="a small file, to see that it works; saves nothing")
    parser.add_argument("--contestant", nargs=2, metavar=("NAME", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.contestant:
        name, file = options.contestant
        print(json.dumps(contest(name, Path(file))))
        return 0
    size_mb, rounds = (10, 1) if options.quick else (options.size_mb, options.rounds)
    measure(size_mb, rounds, options.python, is_quick=options.quick)
    return 0


def measure(size_mb: int, rounds: int, python: str, *, is_quick: bool) -> None:
    load = load_now()
    figures: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in FORMATS:
            file = written(Path(folder) / f"big.{kind}", size_mb * 10**6)
            found: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
            for _ in range(rounds):
                for name in CONTESTANTS:
                    found[name].append(run_alone(name, file, sys.executable if name == "ours" else python))
                    print(kind, name, found[name][-1], flush=True)
            megabytes = file.stat().st_size / 1e6
            figures[kind] = {name: figures_of(one, megabytes) for name, one in found.items()}
            file.unlink()
    keep("91-validation", {"load": load, **figures}, table_of(figures, size_mb), is_quick=is_quick)


def written(file: Path, size: int) -> Path:
    """A file of unique rows."""
    shared = Path(os.environ.get("ANNEAL_SHARED_DATA", ROOT.parent / "shared" / "data"))
    rows = [json.loads(line) for line in (shared / "banking77" / "train.jsonl").read_text().splitlines()]
    number = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        if file.suffix == ".csv":
            table.writerow(["text", "label"])
        while out.tell() < size:
            for row in rows:
                number += 1
                text = f"{row['text']} {number:x}"
                if file.suffix == ".csv":
                    table.writerow([text, row["label"]])
                else:
                    out.write(json.dumps({"text": text, "label": row["label"]}, ensure_ascii=False) + "\n")
    return file


def run_alone(name: str, file: Path, python: str) -> dict[str, float]:
    """What one contestant measured of itself in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", "HF_HUB_OFFLINE": "1"}
    command = [python, "-m", "benchmarks.validation", "--contestant", name, str(file)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} ended with {done.returncode}: {done.stderr[-1000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def contest(name: str, file: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        seconds = CONTESTANTS[name](file, Path(folder))
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return {**seconds, "peak_mb": int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6}


class Clock:
    """Seconds since it was made: of the wall, and of the processors in this process."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def seconds(self, name: str) -> Seconds:
        wall, processor = time.perf_counter() - self._wall, time.process_time() - self._processor
        return {name: wall, f"{name}, CPU": processor}


def ours(file: Path, folder: Path) -> Seconds:
    # ruff: noqa: PLC0415 - each contestant loads its own libraries and no other's
    from anneal.datasets.files.build import Build, BuildPlan, Part
    from anneal.datasets.files.columns import columns_measure, reading_with_columns
    from anneal.datasets.files.problems import ProblemLog
    from anneal.datasets.files.reading import Source
    from anneal.datasets.files.sniff import bytes_scan, reading_detect

    clock = Clock()
    checked: Seconds = {}

    def tick(stage: str, _rows: int, _bytes: int) -> None:
        if stage == "validating":
            checked.update(clock.seconds("checked"))

    source, log = Source(file, file.name), ProblemLog()
    reading = reading_with_columns(source, reading_detect(source, bytes_scan(file, lambda _: None), log), log)
    columns_measure(source, reading)
    inspected, clock = clock.seconds("inspected"), Clock()
    plan = BuildPlan("classification", {"text": "text", "label": "label"})
    if Build(folder, plan, log, tick).run([Part(source, reading, "auto")]) is None:
        raise RuntimeError(f"the file should be sound: {log.kept[:3]}")
    return {**inspected, **checked, **clock.seconds("written")}


def pandas(file: Path, _folder: Path) -> Seconds:
    import pandas as pd  # type: ignore[import-untyped]  # not among what the checks install

    clock = Clock()
    table = pd.read_csv(file) if file.suffix == ".csv" else pd.read_json(file, lines=True)
    for column in ("text", "label"):
        int(table[column].isna().sum() + (table[column].str.strip() == "").sum())
    table["label"].value_counts()
    table["text"].str.len().describe()
    return clock.seconds("profiled")


def load_dataset(file: Path, folder: Path) -> Seconds:
    import datasets

    clock = Clock()
    kind = "csv" if file.suffix == ".csv" else "json"
    datasets.load_dataset(kind, data_files=str(file), cache_dir=str(folder))
    return clock.seconds("loaded")


CONTESTANTS: dict[str, Callable[[Path, Path], Seconds]] = {
    "ours": ours,
    "pandas": pandas,
    "load_dataset": load_dataset,
}


def figures_of(rounds: Sequence[dict[str, float]], megabytes: float) -> dict[str, float]:
    """Medians: megabytes per second for everything but memory."""
    medians = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    return {name: value if name == "peak_mb" else megabytes / value for name, value in medians.items()}


def table_of(figures: dict[str, dict[str, dict[str, float]]], size_mb: int) -> str:
    lines = [
        f"## Validating {size_mb} MB of short labelled texts (medians; ratios are ours, checked, to the others)",
        "",
        "| file | what | MB/s | ours | MB per second of processor | ours | peak MB | ours |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind, found in figures.items():
        mine = found["ours"]
        for name, one in found.items():
            for stage in (name for name in one if f"{name}, CPU" in one):
                told = [f"{one[stage]:.0f}", "", f"{one[f'{stage}, CPU']:.0f}", "", f"{one['peak_mb']:.0f}", ""]
                if name != "ours":
                    told[1] = f"{mine['checked'] / one[stage]:.1f} ×"
                    told[3] = f"{mine['checked, CPU'] / one[f'{stage}, CPU']:.1f} ×"
                    told[5] = f"{mine['peak_mb'] / one['peak_mb']:.2f} ×"
                lines.append(f"| {kind} | {name}: {stage} | {' | '.join(told)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
