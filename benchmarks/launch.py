"""`python -m benchmarks.launch`: from Launch to the first training step with a warm worker, and what all processes hold while idle.

Real processes as `make demo` runs them, on a home of their own. The clock starts before the POST and stops when the live
stream brings the first point of the training loss. The output layer starts from random values here: solving it first is a
feature pass over the data, which is part of the result and not of the waiting.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.results import load_now, save_section
from deploy.local.api_client import Client
from deploy.local.home import temporary_home
from deploy.local.stack import Stack

ROUNDS = 7
_SAMPLES = Path(__file__).resolve().parents[1] / "platform" / "anneal" / "datasets" / "samples" / "customer_service"
_SETTINGS = {
    "base_model": "minilm-l6-v2",
    "optimisation": {"head": "random", "epochs": 1, "early_stopping": None},
    "limits": {"max_steps": 3},
}


def main() -> int:
    """Measure and write the section `launch`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.launch", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with temporary_home() as home:
        stack = Stack(home, say=lambda _: None)
        try:
            begun = time.monotonic()
            stack.start_services()
            stack.migrate()
            stack.start_processes()
            stack.supervisor.wait_ready("web", "dispatcher", "background", "gpu", "model-server")
            started_s = time.monotonic() - begun
            login = json.loads(stack.manage("demo_account", "--json", role="web"))
            client = Client(stack.url, login["api_key"])
            version = _version(client, home.path.parent)
            seconds = [_first_step_s(client, version) for _ in range(rounds)]
            time.sleep(20)  # the next warm child has loaded its libraries by now: that is what idle means
            megabytes = _proportional_mb(str(home.path))
        finally:
            stack.stop()
    figures = {"first_step_s": seconds, "start_s": started_s, "idle_mb": megabytes, "load": load_now()}
    median = statistics.median(seconds)
    markdown = (
        "## Launch\n\n| figure | value |\n|---|---|\n"
        f"| Launch to first training step, median of {rounds} (lowest to highest) | "
        f"{median:.2f} s ({min(seconds):.2f} to {max(seconds):.2f}) |\n"
        f"| all processes idle, memory (PSS) | {megabytes:,.0f} MB |\n"
        f"| start of all processes on an empty home, migrations included | {started_s:.1f} s |"
    )
    save_section("launch", figures, markdown)
    return 0


def _version(client: Client, folder: Path) -> str:
    """A small dataset version, made through the public API."""
    path = folder / "small.csv"
    with (_SAMPLES / "train.csv").open(newline="", encoding="utf-8") as source:
        rows = list(csv.reader(source))[:300]
    with path.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows(rows)
    upload = client.upload(path, split="auto")
    files = [{"upload_id": upload, "split": "auto"}]
    made = client.post("/api/v1/datasets", {"name": "bench", "task": "classification", "files": files})
    _settle(client, made["id"], "needs_mapping")
    client.put(f"/api/v1/datasets/{made['id']}/mapping", {"text": "text", "label": "label"})
    version: str = _settle(client, made["id"], "ready")["latest_version"]["id"]
    return version


def _settle(client: Client, dataset_id: str, state: str) -> dict[str, Any]:
    while True:
        dataset: dict[str, Any] = client.get(f"/api/v1/datasets/{dataset_id}")
        if dataset["state"] == state:
            return dataset
        if dataset["state"] == "invalid":
            raise RuntimeError(f"the data is invalid: {dataset['problems']}")
        time.sleep(0.1)


def _first_step_s(client: Client, version: str) -> float:
    """One launch with a warm worker; waits for the job to end, and for the next child to be warm, before it returns."""
    begun = time.monotonic()
    job = client.post("/api/v1/jobs", {"dataset_version_id": version, **_SETTINGS})
    first = 0.0
    for event in client.stream(f"/api/v1/jobs/{job['id']}/stream"):
        if (
            event.name == "metrics"
            and not first
            and any(point["name"] == "train/loss" for point in event.data["points"])
        ):
            first = time.monotonic() - begun
        if event.name == "end":
            break
    if not first:
        reason = client.get(f"/api/v1/jobs/{job['id']}")["reason"]
        raise RuntimeError(f"the job made no step: {reason}")
    time.sleep(15)
    return first


def _proportional_mb(folder: str) -> float:
    """Memory of every process that belongs to this home: shared pages counted once (PSS), in MB."""
    total_kb = 0
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            words = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            if folder.encode() in words:
                rollup = (process / "smaps_rollup").read_text()
                total_kb += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue  # it ended meanwhile
    return total_kb / 1024


if __name__ == "__main__":
    sys.exit(main())
