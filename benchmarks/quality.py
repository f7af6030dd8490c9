"""`python -m benchmarks.quality`: how good a job with every setting on `auto` is, on real data sets, against their floors and our goals.

Each set is one run of the trainer's command, as a customer's job would be: no setting is touched by hand. The floors are those of a
TF-IDF model (most frequent tag for tagging) on exactly these files; test rows decide. `--only NAME …` picks sets, and what was measured of
the others before stays in the table.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data import DATA
from benchmarks.results import keep_set, load_now

if TYPE_CHECKING:
    from collections.abc import Sequence


SECTION = "4-quality"


@dataclass(frozen=True)
class Case:
    """One data set. `floor` and `goal` are in the metric; `goal` None means: above the floor."""

    name: str
    task: str
    metric: str
    floor: float
    goal: float | None = None
    train: str = "train.jsonl"

    @property
    def title(self) -> str:
        few = self.train.removeprefix("train").removesuffix(".jsonl").lstrip("_")
        return f"{self.name} {few}".strip()


CASES = (
    Case("banking77", "classification", "accuracy", 0.890, 0.935),
    Case("banking77", "classification", "accuracy", 0.691, 0.84, train="train_10shot.jsonl"),
    Case("banking77", "classification", "accuracy", 0.566, train="train_5shot.jsonl"),
    Case("sst2", "classification", "accuracy", 0.815, 0.90),
    Case("financial_phrasebank", "classification", "accuracy", 0.778, 0.84),
    Case("ag_news_7600", "classification", "accuracy", 0.875),
    Case("movie_reviews_long", "classification", "accuracy", 0.776),
    Case("mrpc", "pair_classification", "f1_positive", 0.80, 0.87),
    Case("rte_123", "pair_classification", "accuracy", 0.584),
    Case("insuranceqa_pairs", "pair_classification", "accuracy", 0.901),
    Case("stsb", "pair_regression", "spearman", 0.654, 0.86),
    Case("semeval2017_headlines", "regression", "pearson", 0.364),
    Case("conll2003", "token_classification", "f1", 0.549, 0.86),
    Case("mit_restaurant", "token_classification", "f1", 0.510, 0.76),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument(
        "--only", nargs="*", default=(), metavar="NAME", help="names of data sets, such as sst2 or banking77-10shot"
    )
    options = parser.parse_args(arguments)
    chosen = [case for case in CASES if not options.only or case.title.replace(" ", "-") in options.only]
    for case in chosen:
        load = load_now()
        found = {**run_case(case), "load": load}
        print(case.title, found, flush=True)
        keep_set(SECTION, case.title, found, table)
    return 0


def run_case(case: Case) -> dict[str, Any]:
    folder = DATA / case.name
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        data = {"train": case.train, "validation": "validation.jsonl", "test": "test.jsonl"}
        (out / "spec.json").write_text(
            json.dumps({"base_model": "minilm-l6-v2", "data": data, "task": {"type": case.task}})
        )
        command = [sys.executable, "-m", "workers.trainer.run", str(out / "spec.json"), "--out", str(out / "out")]
        begun = time.perf_counter()
        subprocess.run([*command, "--data", str(folder)], check=True)
        seconds = time.perf_counter() - begun
        document = json.loads((out / "out" / "evaluation.json").read_text())
    tuned = next(contender for contender in document["contenders"] if contender["name"] == "tuned")
    return {
        "value": figure(case, document, tuned),
        "seconds": round(seconds),
        "verdict": document["verdict"]["outcome"],
    }


def figure(case: Case, document: dict[str, Any], tuned: dict[str, Any]) -> float:
    if case.metric != "f1_positive":
        return float(tuned["metrics"][case.metric]["value"])
    # The usual figure of a paraphrase corpus: F1 of the label that says yes.
    return float(
        next(score["f1"] for score in document["details"]["per_class"] if score["label"] in {"1", "paraphrase", "yes"})
    )


def table(figures: dict[str, Any]) -> str:
    lines = [
        "## Quality with every setting on `auto` (MiniLM L6, test rows)",
        "",
        "| data set | task | metric | floor | goal | reached | seconds | load of the machine before |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for case in (case for case in CASES if case.title in figures):
        found = figures[case.title]
        goal = "above the floor" if case.goal is None else f"{case.goal:.3f}"
        is_reached = found["value"] >= (case.goal or case.floor)
        lines.append(
            f"| {case.title} | {case.task.replace('_', ' ')} | {case.metric.replace('_', ' ')} | {case.floor:.3f} | {goal} | "
            f"{'**' if is_reached else ''}{found['value']:.3f}{'**' if is_reached else ''} | {found['seconds']} | {found['load']} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
