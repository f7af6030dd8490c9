"""`python -m benchmarks.quality`: how good a job with every setting on `auto` is, on real data sets, against their floors and our goals.

Each set is one run of the trainer's command, as a customer's job would be: no setting is touched by hand. The floors are those of a
TF-IDF model (most frequent tag for tagging) on exactly these files; test rows decide. `--only NAME …` picks sets, and what was measured of
the others before stays in the table. `--search` lets a search of the trainer vary what `auto` chose, and says whether a figure that was
missed is within reach of the base model: validation rows choose among its trials, test rows judge.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data import DATA
from benchmarks.results import keep_set, load_now
from workers.contract.results import SEARCH_REPORT, SearchReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


SECTION = "4-quality"
SEARCHED = "5-searched"
SEARCH = {
    "type": "optuna",
    "num_trials": 6,
}
SPACE = {
    "optimisation.learning_rate": {"type": "range", "low": 2e-5, "high": 4e-4, "is_log": True},
    "optimisation.head": {"type": "choices", "values": ["probe", "random"]},
    "optimisation.layer_decay": {"type": "choices", "values": [0.8, 1.0]},
}
SIDES = {"task.truncation_side": {"type": "choices", "values": ["right", "left"]}}
"""Of texts that are longer than the base model reads: whether their ends or their beginnings are left out."""
PASSES = {"optimisation.epochs": {"type": "choices", "values": ["auto", 10]}}
"""Of rows that are few and hard: more passes than `auto` takes."""


@dataclass(frozen=True)
class Case:
    """One data set. `floor` and `goal` are in the metric; `goal` None means: above the floor. A search varies `space`, too."""

    name: str
    task: str
    metric: str
    floor: float
    goal: float | None = None
    train: str = "train.jsonl"
    space: Mapping[str, Any] = field(default_factory=dict)

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
    Case("movie_reviews_long", "classification", "accuracy", 0.776, space=SIDES),
    Case("mrpc", "pair_classification", "f1_positive", 0.80, 0.87),
    Case("rte_123", "pair_classification", "accuracy", 0.584, space=PASSES),
    Case("insuranceqa_pairs", "pair_classification", "accuracy", 0.901),
    Case("stsb", "similarity", "spearman", 0.654, 0.86),
    Case("semeval2017_headlines", "regression", "pearson", 0.364),
    Case("conll2003", "token_classification", "f1", 0.549, 0.86),
    Case("mit_restaurant", "token_classification", "f1", 0.510, 0.76),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument(
        "--only", nargs="*", default=(), metavar="NAME", help="names of data sets, such as sst2 or banking77-10shot"
    )
    parser.add_argument("--search", action="store_true", help="search for better settings than those of auto")
    parser.add_argument("--seconds", type=float, default=1200, help="after how long a search begins no further trial")
    options = parser.parse_args(arguments)
    chosen = [case for case in CASES if not options.only or case.title.replace(" ", "-") in options.only]
    for case in chosen:
        load = load_now()
        space = {**SPACE, **case.space}
        search = {**SEARCH, "space": space, "max_seconds": options.seconds} if options.search else None
        found = {**run_case(case, search), "load": load}
        print(case.title, found, flush=True)
        section, written = (SEARCHED, searched_table) if options.search else (SECTION, table)
        keep_set(section, case.title, found, written)
    return 0


def run_case(case: Case, search: dict[str, Any] | None = None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        spec: dict[str, Any] = {
            "base_model": "minilm-l6-v2",
            "data": {"train": case.train, "validation": "validation.jsonl", "test": "test.jsonl"},
            "task": {"type": case.task},
        }
        (out / "spec.json").write_text(json.dumps(spec if search is None else {**spec, "search": search}))
        command = [sys.executable, "-m", "workers.trainer.run", str(out / "spec.json"), "--out", str(out / "out")]
        begun = time.perf_counter()
        subprocess.run([*command, "--data", str(DATA / case.name)], check=True)
        seconds = time.perf_counter() - begun
        document = json.loads((out / "out" / "evaluation.json").read_text())
        report = (
            None if search is None else SearchReport.model_validate_json((out / "out" / SEARCH_REPORT).read_bytes())
        )
    tuned = next(contender for contender in document["contenders"] if contender["name"] == "tuned")
    found = {
        "value": figure(case, document, tuned),
        "seconds": round(seconds),
        "verdict": document["verdict"]["outcome"],
    }
    return found if report is None else {**found, **tried(report)}


def tried(report: SearchReport) -> dict[str, Any]:
    """Of a search what was tried, and the best of it on validation."""
    return {
        "metric": report.metric,
        "trials": [{"settings": trial.settings, "state": trial.state, "value": trial.value} for trial in report.trials],
        "best": report.best,
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
        lines.append(
            f"| {case.title} | {case.task.replace('_', ' ')} | {case.metric.replace('_', ' ')} | {case.floor:.3f} | {goal} | "
            f"{reached(case, found)} | {found['seconds']} | {found['load']} |"
        )
    return "\n".join(lines)


def searched_table(figures: dict[str, Any]) -> str:
    """Every trial of every search, and what the one that validation chose reaches on the test rows."""
    lines = [
        "## Searches around `auto` where it missed a goal (MiniLM L6; validation chooses the trial, test rows judge it)",
        "",
        "| data set | metric | goal | reached on test | seconds | trials: rate, head, layer decay, what else: figure on validation |",
        "|---|---|---|---|---|---|",
    ]
    for case in (case for case in CASES if case.title in figures):
        found = figures[case.title]
        trials = "; ".join(
            f"{'**' if number == found['best'] else ''}{trial_text(trial)}{'**' if number == found['best'] else ''}"
            for number, trial in enumerate(found["trials"])
        )
        lines.append(
            f"| {case.title} | {case.metric.replace('_', ' ')} | {case.goal or case.floor:.3f} | {reached(case, found)} | "
            f"{found['seconds']} | {trials} |"
        )
    return "\n".join(lines)


def trial_text(trial: dict[str, Any]) -> str:
    settings = {path.partition(".")[2]: value for path, value in trial["settings"].items()}
    ended = (
        "failed" if trial["value"] is None else f"{trial['value']:.3f}{' pruned' if trial['state'] == 'pruned' else ''}"
    )
    usual = [f"{settings.pop('learning_rate'):.2g}", settings.pop("head"), f"{settings.pop('layer_decay'):g}"]
    further = [f"{name.replace('_', ' ')} {value}" for name, value in settings.items()]
    return f"{', '.join([*usual, *further])}: {ended}"


def reached(case: Case, found: dict[str, Any]) -> str:
    mark = "**" if found["value"] >= (case.goal or case.floor) else ""
    return f"{mark}{found['value']:.3f}{mark}"


if __name__ == "__main__":
    sys.exit(main())
