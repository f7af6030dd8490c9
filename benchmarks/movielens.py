"""`python -m benchmarks.movielens`: recommendation as ranking. Does a tuned MiniLM find what was liked next better than popularity does?

Training rows are made from the ratings of `movielens_small`: for every film that somebody liked (four stars or more) the ten films that
they liked before, and nine films that they have not rated, drawn by popularity as in the test rows. Everything else is a job with its
settings on `auto`, and a budget of time that ends training as if its passes were over. The test rows are as they come: one film liked
later among 30, all drawn by popularity.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from benchmarks.data import DATA
from benchmarks.results import load_now, save_section
from workers.bootstrap import Bootstrap
from workers.trainer.evaluate.ranks import first_right
from workers.trainer.sentence_folder import plain_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workers.trainer.evaluate.metrics import FloatArray

FOLDER = DATA / "movielens_small"
LIKED = 4.0
HISTORY = 10
FEWEST_BEFORE = 3
BUDGET_S = 720
"""Of training: passes over all rows would take an hour on two cores, and the whole job should be done in a quarter of one."""
NUM_WRONG = 9
# Whoever rated a thousand films should not be a tenth of the training rows.
MOST_ROWS_OF_ONE = 40


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.movielens", description=__doc__)
    parser.add_argument("--rows", type=Path, metavar="DIR", help="only write the three files of rows into this folder")
    options = parser.parse_args(arguments)
    if options.rows is not None:
        write_rows(options.rows)
        return 0
    load = load_now()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder)
        data = {"train": "train.jsonl", "validation": "validation.jsonl", "test": "test.jsonl"}
        spec = {
            "base_model": "minilm-l6-v2",
            "data": data,
            "task": {"type": "ranking"},
            "limits": {"budget_seconds": BUDGET_S},
        }
        (folder / "spec.json").write_text(json.dumps(spec))
        begun = time.perf_counter()
        command = [sys.executable, "-m", "workers.trainer.run", str(folder / "spec.json"), "--out", str(folder / "out")]
        subprocess.run(command, check=True)
        seconds = time.perf_counter() - begun
        figures = compared(folder / "out" / "model")
    save_section("5-movielens", {"load": load, "seconds": round(seconds), **figures}, table(figures, seconds))
    return 0


def write_rows(folder: Path) -> None:
    """The files of a ranking job."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "train.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in training_rows())
    for split in ("validation", "test"):
        shutil.copyfile(FOLDER / f"ranking_{split}.jsonl", folder / f"{split}.jsonl")


def training_rows(seed: int = 0) -> Iterator[dict[str, Any]]:
    items = {item["item_id"]: item for item in lines(FOLDER / "items.jsonl")}
    ratings: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for rating in lines(FOLDER / "train.jsonl"):
        ratings[rating["user_id"]].append(rating)
    popularity = times_rated()
    films, weights = sorted(popularity), [popularity[film] for film in sorted(popularity)]
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    for user in sorted(ratings):
        rated = sorted(ratings[user], key=lambda rating: rating["timestamp"])
        seen = {rating["item_id"] for rating in rated}
        liked = [rating["item_id"] for rating in rated if rating["rating"] >= LIKED]
        positions = range(FEWEST_BEFORE, len(liked))
        for position in sorted(draw.sample(positions, min(MOST_ROWS_OF_ONE, len(positions)))):
            wrong: set[str] = set()
            while len(wrong) < NUM_WRONG:
                wrong.update(film for film in draw.choices(films, weights) if film not in seen)
            candidates = [*sorted(wrong), liked[position]]
            draw.shuffle(candidates)
            yield {
                "history": [items[film]["title"] for film in liked[max(0, position - HISTORY) : position]],
                "candidates": [{"item_id": film, "text": described(items[film])} for film in candidates],
                "positive": liked[position],
            }


def described(item: dict[str, Any]) -> str:
    """As the candidates of the test rows are."""
    return f"{item['title']} | {', '.join(item['genres'])}"


def times_rated() -> Counter[str]:
    return Counter(rating["item_id"] for rating in lines(FOLDER / "train.jsonl"))


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        yield from (json.loads(line) for line in file)


def compared(model: Path) -> dict[str, Any]:
    """hit@10 of the exported model and of popularity (as the floor of the data set has it: times rated), and their paired difference."""
    rows = list(lines(FOLDER / "ranking_test.jsonl"))
    popularity = times_rated()
    relevance = [
        np.array([float(candidate["item_id"] == row["positive"]) for candidate in row["candidates"]]) for row in rows
    ]
    by_times = [np.array([float(popularity[candidate["item_id"]]) for candidate in row["candidates"]]) for row in rows]
    hits = {
        "tuned": first_right(scores_of(model, rows), relevance).hit(10),
        "popularity": first_right(by_times, relevance).hit(10),
    }
    bootstrap = Bootstrap(len(rows))
    difference, p_value = bootstrap.difference(
        lambda chosen: float(hits["tuned"][chosen].mean()), lambda chosen: float(hits["popularity"][chosen].mean())
    )
    return {
        **{name: bootstrap.mean(found).model_dump() for name, found in hits.items()},
        "difference": difference.model_dump(),
        "p_value": p_value,
        "num_rows": len(rows),
    }


def scores_of(folder: Path, rows: Sequence[dict[str, Any]]) -> list[FloatArray]:
    """By plain transformers, as the model card says."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    scores = []
    with torch.inference_mode():
        for row in rows:
            texts = ["; ".join(reversed(row["history"])), *(candidate["text"] for candidate in row["candidates"])]
            query, *candidates = plain_vectors(model, tokenizer, texts)
            scores.append((torch.stack(candidates) @ query).double().numpy())
    return scores


def table(figures: dict[str, Any], seconds: float) -> str:
    cells = {
        name: "{value:.3f} ({low:.3f} to {high:.3f})".format(**figures[name])
        for name in ("tuned", "popularity", "difference")
    }
    return "\n".join(
        [
            (
                f"## Recommendation: hit@10 of 30 candidates on {figures['num_rows']} test rows of movielens_small, every setting on "
                f"`auto`, {BUDGET_S // 60} minutes of training"
            ),
            "",
            "| tuned MiniLM L6 | popularity | difference (paired bootstrap) | p | seconds |",
            "|---|---|---|---|---|",
            f"| {cells['tuned']} | {cells['popularity']} | {cells['difference']} | {figures['p_value']:.3f} | {seconds:.0f} |",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
