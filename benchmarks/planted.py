"""`python -m benchmarks.planted`: what the data doctor finds of errors that were planted, and what a model gains by accepting its fix.

Labels are changed to another class at random, rows are copied exactly and nearly (one letter more or less, a sign at the end), training
rows are put into the test split, and personal data is put into texts. Precision counts as wrong whatever was not planted, although the
sets have errors of their own, of which the doctor finds some: it is a lower bound. What the doctor says of the set before anything is
planted stands beside it.

The gain: a probe (logistic regression on embeddings of MiniLM) learns from the training rows and answers the untouched test rows, with the
planted label errors, after `relabel`, after `drop`, and with the labels as they were.
"""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()

# ruff: noqa: E402 - the imports below load torch, which reads the environment once
import argparse
import copy
import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch.nn import functional

from benchmarks.data import data_folder, model_folder, read_jsonl
from benchmarks.results import keep_set, load_now
from workers.contract.changes import RowChange, row_id
from workers.contract.doctor import DoctorPlan
from workers.doctor.checks import CHECKS
from workers.doctor.embedding import embeddings
from workers.doctor.found import Found, NotPossibleError
from workers.doctor.materials import Materials
from workers.doctor.rows import SPLITS, read_rows
from workers.trainer.probe import solve_linear

SETS = ("banking77", "sst2", "tnews")
NOISE = (0.05, 0.10)
COPIES = 0.03
PERSONAL = 0.02
ROWS, TEST_ROWS = 4000, 1000
QUICK_ROWS, QUICK_TEST_ROWS = 1000, 400
SEED = 1

Row = dict[str, Any]
Version = dict[str, list[Row]]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planted", description=__doc__)
    parser.add_argument("--only", nargs="*", default=SETS, choices=SETS)
    parser.add_argument("--quick", action="store_true", help="small, to see that it works; saves nothing")
    options = parser.parse_args(arguments)
    for name in options.only:
        load = load_now()
        figures = measure(name, is_quick=options.quick)
        keep_set("12-planted", name, {"load": load, **figures}, table, is_quick=options.quick)
    return 0


def measure(name: str, *, is_quick: bool) -> dict[str, Any]:
    rows, test_rows = (QUICK_ROWS, QUICK_TEST_ROWS) if is_quick else (ROWS, TEST_ROWS)
    clean = open_version(name, rows, test_rows)
    with tempfile.TemporaryDirectory() as folder:
        doctor = Doctor(Path(folder))
        already = {code: len(ids(clean, said)) for code, said in doctor.examine(clean).items()}
        found: dict[str, Any] = {"rows": rows, "test_rows": test_rows, "already": already}
        for share in NOISE:
            spoilt, planted = with_noise(clean, share)
            said = doctor.examine(spoilt, only="doctor:label_errors").get("doctor:label_errors")
            found[f"label_errors {share:.0%}"] = scores(spoilt, said, planted)
            found[f"gain {share:.0%}"] = gain(doctor, clean, spoilt, said)
        for code, plant in PLANTS.items():
            spoilt, planted = plant(clean)
            found[code] = scores(spoilt, doctor.examine(spoilt, only=f"doctor:{code}").get(f"doctor:{code}"), planted)
    return found


def table(figures: dict[str, Any]) -> str:
    """One line for each set and kind of error, and one for each gain."""
    sets = {name: one for name, one in figures.items() if isinstance(one, dict)}
    kinds = list(dict.fromkeys(kind for one in sets.values() for kind in one if is_scores(one[kind])))
    gains = list(dict.fromkeys(kind for one in sets.values() for kind in one if kind.startswith("gain")))
    return "\n".join(
        [
            "## The data doctor on planted errors (what was not planted counts as wrong, so precision is a lower bound)",
            "",
            "| set | rows | planted | found | precision | recall | found before planting |",
            "|---|---|---|---|---|---|---|",
            *(
                f"| {name}: {kind} | {one['rows']} | {one[kind]['planted']} | {one[kind]['found']} | {one[kind]['precision']:.2f} | "
                f"{one[kind]['recall']:.2f} | {one['already'].get('doctor:' + kind.split()[0], 0)} |"
                for name, one in sets.items()
                for kind in kinds
                if kind in one
            ),
            "",
            "| accuracy of a probe on untouched test rows | with the errors | after relabel | after drop | labels as they were |",
            "|---|---|---|---|---|",
            *(
                f"| {name}, {kind.removeprefix('gain ')} wrong | {one[kind]['noisy']:.1%} | {one[kind]['relabel']:.1%} | "
                f"{one[kind]['drop']:.1%} | {one[kind]['clean']:.1%} |"
                for name, one in sets.items()
                for kind in gains
                if kind in one
            ),
        ]
    )


def is_scores(value: object) -> bool:
    return isinstance(value, dict) and "recall" in value


# --- versions


def open_version(name: str, rows: int, test_rows: int) -> Version:
    """Drawn rows of a set; labels as texts."""
    draw = random.Random(SEED)  # noqa: S311 - a sample
    version: Version = {}
    for position, (split, count) in enumerate((("train", rows), ("test", test_rows))):
        read = read_jsonl(data_folder(name) / f"{split}.jsonl")
        chosen = draw.sample(read, min(count, len(read)))
        version[split] = [
            {"id": row_id(position, line), "text": row["text"], "label": str(row["label"])}
            for line, row in enumerate(chosen, start=1)
        ]
    return version


def write_version(version: Version, folder: Path) -> DoctorPlan:
    files = {}
    for split, rows in version.items():
        columns = {name: [row[name] for row in rows] for name in ("id", "text", "label")}
        pq.write_table(pa.table({**columns, "row": list(range(1, len(rows) + 1))}), folder / f"{split}.parquet")
        files[split] = str(folder / f"{split}.parquet")
    return DoctorPlan(task="classification", files=files, base_model=str(model_folder()), cache=str(folder / "cache"))


class Doctor:
    """Examines versions in one folder, so that embeddings are made once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def examine(self, version: Version, *, only: str | None = None) -> dict[str, Found]:
        """What the checks say, by code."""
        materials = self.materials(version)
        found = {}
        for check in CHECKS:
            if check.is_for("classification") and only in (None, check.code):
                try:
                    said = check.examine(materials)
                except NotPossibleError as error:
                    print(check.code, error.reason, flush=True)
                    continue
                if said is not None:
                    found[check.code] = said
        return found

    def materials(self, version: Version) -> Materials:
        plan = write_version(version, self.folder)
        return Materials(read_rows(plan.task, plan.files), plan, lambda _stage, _done, _total: None)

    def embeddings(self, version: Version, split: str) -> torch.Tensor:
        texts = [row["text"] for row in version[split]]
        found = embeddings(
            texts,
            folder=model_folder(),
            tokenizer=self.materials(version).tokenizer,
            cache=self.folder / "cache",
            progress=lambda _done, _total: None,
        )
        return torch.from_numpy(found.astype(np.float32))


def ids(version: Version, found: Found | None) -> set[int]:
    return set() if found is None else set(named_in_order(version, found))


def scores(version: Version, found: Found | None, planted: set[int]) -> dict[str, float]:
    """Of a row and its near copy either may be named."""
    named = ids(version, found)
    partners = (
        {
            suspect.note["same_as"]: row
            for suspect, row in zip(found.suspects, named_in_order(version, found), strict=True)
            if "same_as" in suspect.note
        }
        if found is not None
        else {}
    )
    hits = {row for row in planted if row in named or row in partners}
    right = {row if row in named else partners[row] for row in hits}
    return {
        "planted": len(planted),
        "found": len(named),
        "precision": len(right) / max(1, len(named)),
        "recall": len(hits) / max(1, len(planted)),
    }


def named_in_order(version: Version, found: Found) -> list[int]:
    rows = [row for split in SPLITS for row in version.get(split, [])]
    return [rows[suspect.row]["id"] for suspect in found.suspects]


# --- what is planted: a version and the ids of the rows that are wrong in it


def with_noise(clean: Version, share: float) -> tuple[Version, set[int]]:
    """Training labels changed to another class, drawn evenly."""
    version, draw = copy.deepcopy(clean), random.Random(SEED)  # noqa: S311 - planted errors
    classes = sorted({row["label"] for row in version["train"]})
    chosen = draw.sample(version["train"], round(share * len(version["train"])))
    for row in chosen:
        row["label"] = draw.choice([label for label in classes if label != row["label"]])
    return version, {row["id"] for row in chosen}


def with_copies(clean: Version, change: Callable[[str, random.Random], str], *, into: str) -> tuple[Version, set[int]]:
    """Copies of training rows at the end of a split."""
    version, draw = copy.deepcopy(clean), random.Random(SEED)  # noqa: S311 - planted errors
    count = round(COPIES * len(version["train"]))
    sources = [row for row in version["train"] if len(row["text"]) >= _LONG_ENOUGH]
    start, position = len(version[into]) + 1, 0 if into == "train" else 1
    copies = [
        {**row, "id": row_id(position, start + number), "text": change(row["text"], draw)}
        for number, row in enumerate(draw.sample(sources, count))
    ]
    version[into] += copies
    return version, {row["id"] for row in copies}


_LONG_ENOUGH = 20


def unchanged(text: str, _draw: random.Random) -> str:
    return text


def nearly(text: str, draw: random.Random) -> str:
    """One letter doubled, or a sign at the end: what a typist or an export does."""
    at = draw.randrange(1, len(text) - 1)
    return draw.choice([f"{text[:at]}{text[at]}{text[at:]}", f"{text} !", f"{text[:at]}{text[at + 1 :]}"])


def with_personal_data(clean: Version) -> tuple[Version, set[int]]:
    version, draw = copy.deepcopy(clean), random.Random(SEED)  # noqa: S311 - planted errors
    forms = [
        lambda: f"{draw.choice(['anna', 'li.wei', 'j_doe'])}{draw.randrange(99)}@example.com",
        lambda: f"+44 20 7946 0{draw.randrange(100, 999)}",
        lambda: f"(212) 555-0{draw.randrange(100, 199)}",
        lambda: f"138{draw.randrange(10_000_000, 99_999_999)}",
        lambda: "4111 1111 1111 1111",
        lambda: "GB82 WEST 1234 5698 7654 32",
        lambda: "11010519491231002X",
        lambda: f"203.0.113.{draw.randrange(1, 255)}",
        lambda: "ghp_" + "".join(draw.choice("abcdefghijkABCDEFGHIJK0123456789") for _ in range(36)),
    ]
    chosen = draw.sample(version["train"], round(PERSONAL * len(version["train"])))
    for number, row in enumerate(chosen):
        row["text"] = f"{row['text']} {forms[number % len(forms)]()}"
    return version, {row["id"] for row in chosen}


PLANTS: dict[str, Callable[[Version], tuple[Version, set[int]]]] = {
    "exact_duplicates": lambda clean: with_copies(clean, unchanged, into="train"),
    "near_duplicates": lambda clean: with_copies(clean, nearly, into="train"),
    "leakage": lambda clean: with_copies(clean, nearly, into="test"),
    "personal_data": with_personal_data,
}


# --- what it is worth


def gain(doctor: Doctor, clean: Version, spoilt: Version, found: Found | None) -> dict[str, float]:
    """Accuracies of probes that learnt from the training rows in four states."""
    fixes = {} if found is None else found.fixes
    states = {
        "noisy": spoilt,
        "relabel": applied(spoilt, fixes.get("relabel", ())),
        "drop": applied(spoilt, fixes.get("drop", ())),
        "clean": clean,
    }
    return {name: accuracy(doctor, state["train"], clean) for name, state in states.items()}


def applied(version: Version, changes: Iterable[RowChange]) -> Version:
    """To training rows alone: those to judge by stay as they are."""
    by_id = {change.id: change for change in changes}
    train = [
        {**row, **(by_id[row["id"]].cells if row["id"] in by_id else {})}
        for row in version["train"]
        if row["id"] not in by_id or by_id[row["id"]].action != "drop"
    ]
    return {**version, "train": train}


def accuracy(doctor: Doctor, train: list[Row], clean: Version) -> float:
    """Of logistic regression on the test rows; every tenth training row chooses the penalty."""
    classes = sorted({row["label"] for row in clean["train"] + clean["test"]})
    number = {label: place for place, label in enumerate(classes)}
    features = doctor.embeddings({"train": train}, "train") * _SCALE
    targets = torch.tensor([number[row["label"]] for row in train])
    is_held = torch.arange(len(train)) % 10 == 0
    head = solve_linear(
        features[~is_held],
        targets[~is_held],
        num_outputs=len(classes),
        criterion=functional.cross_entropy,
        judge=lambda head: -float(functional.cross_entropy(head.logits(features[is_held]), targets[is_held])),
    )
    answers = head.logits(doctor.embeddings({"test": clean["test"]}, "test") * _SCALE).argmax(dim=1)
    wanted = torch.tensor([number[row["label"]] for row in clean["test"]])
    return float((answers == wanted).float().mean())


_SCALE = 384**0.5  # Entries of about one, as the trainer's features have.


if __name__ == "__main__":
    raise SystemExit(main())
