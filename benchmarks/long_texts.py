"""`python -m benchmarks.long_texts`: what a text that is longer than the base model reads loses by how it is cut.

The base model reads at most 512 tokens; the reviews of movie_reviews_long have 850. A probe (logistic regression on means over the base
model's outputs, as jobs begin with) learns from the first tokens, the last, both ends (the 128 first and 382 last of Sun et al. 2019,
arXiv:1905.05583), and from windows side by side whose vectors are averaged. Validation rows choose the penalty, test rows judge. It says
what a figure of `benchmarks.quality` on such texts could be, and whether windows would be worth their price in training.
"""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()

# ruff: noqa: E402 - the imports below load torch, which reads the environment once
import argparse
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any

import torch
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

from benchmarks.data import data_folder, model_folder, read_jsonl
from benchmarks.results import keep, load_now
from workers.trainer.probe import solve_linear

NAME = "movie_reviews_long"
FLOOR = 0.776
"""TF-IDF and a linear model on the same rows (DATA.md)."""
ROOM = 510
HEAD = 128
BATCH = 16

Ids = list[int]


def windows(size: int) -> Callable[[Ids], list[Ids]]:
    """Pieces side by side; a last one below a quarter is left out."""
    return lambda ids: [ids[at : at + size] for at in range(0, len(ids), size) if at == 0 or len(ids) - at >= size // 4]


WAYS: dict[str, Callable[[Ids], list[Ids]]] = {
    "the first 510 tokens (what a job reads)": lambda ids: [ids[:ROOM]],
    "the last 510 (`truncation_side`: left)": lambda ids: [ids[-ROOM:]],
    "the first 128 and the last 382": lambda ids: [ids if len(ids) <= ROOM else ids[:HEAD] + ids[HEAD - ROOM :]],
    **{f"all, in windows of {size}": windows(size) for size in (126, 62)},
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_texts", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small, to see that it works; saves nothing")
    is_quick = parser.parse_args(arguments).quick
    load = load_now()
    reader = Reader(40 if is_quick else None)
    found = {way: reader.accuracies(cut) for way, cut in WAYS.items()}
    tests = len(reader.targets["test"])
    lines = [
        f"## Ways to read a text that is longer than the base model does (a probe on MiniLM, {NAME}, {tests} test rows)",
        "",
        "| what is read | accuracy on validation | on test |",
        "|---|---|---|",
        *(f"| {way} | {one['validation']:.3f} | {one['test']:.3f} |" for way, one in found.items()),
        f"| TF-IDF and a linear model, the whole text | | {FLOOR:.3f} |",
        "",
        f"With so few test rows an accuracy of 0.7 is known to {1.96 * (0.21 / tests) ** 0.5:.3f} (95 %).",
    ]
    keep("5-long-texts", {"load": load, "ways": found}, "\n".join(lines), is_quick=is_quick)
    return 0


class Reader:
    """The rows of the set as tokens, and the base model that reads pieces of them."""

    def __init__(self, most_rows: int | None) -> None:
        folder = model_folder()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder).eval()
        rows: dict[str, list[dict[str, Any]]] = {
            split: read_jsonl(data_folder(NAME) / f"{split}.jsonl")[:most_rows]
            for split in ("train", "validation", "test")
        }
        classes = sorted({str(row["label"]) for row in rows["train"]})
        self.ids: dict[str, list[Ids]] = {
            split: self.tokenizer([row["text"] for row in of_split], add_special_tokens=False, verbose=False)[
                "input_ids"
            ]
            for split, of_split in rows.items()
        }
        self.targets = {
            split: torch.tensor([classes.index(str(row["label"])) for row in of_split])
            for split, of_split in rows.items()
        }

    def accuracies(self, cut: Callable[[Ids], list[Ids]]) -> dict[str, float]:
        """Of a probe on this way to read."""
        features = {split: self.vectors([cut(ids) for ids in texts]) for split, texts in self.ids.items()}

        def accuracy(head: Any, split: str) -> float:
            return float((head.logits(features[split]).argmax(dim=1) == self.targets[split]).float().mean())

        head = solve_linear(
            features["train"],
            self.targets["train"],
            num_outputs=int(self.targets["train"].max()) + 1,
            criterion=functional.cross_entropy,
            judge=lambda head: accuracy(head, "validation"),
        )
        return {split: accuracy(head, split) for split in ("validation", "test")}

    def vectors(self, texts: list[list[Ids]]) -> torch.Tensor:
        """A vector for each text: the mean over its pieces of their means over tokens. (text, channel)"""
        pieces = [piece for text in texts for piece in text]
        found = torch.zeros(len(pieces), self.model.config.hidden_size)
        by_length = sorted(range(len(pieces)), key=lambda number: len(pieces[number]))
        for at in range(0, len(pieces), BATCH):
            chosen = by_length[at : at + BATCH]
            found[chosen] = self._read([pieces[number] for number in chosen])
        ends = [0, *accumulate(len(text) for text in texts)]
        return torch.stack([found[start:end].mean(dim=0) for start, end in pairwise(ends)])

    @torch.no_grad()
    def _read(self, pieces: list[Ids]) -> torch.Tensor:
        start, end = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        batch = self.tokenizer.pad({"input_ids": [[start, *piece, end] for piece in pieces]}, return_tensors="pt")
        outputs = self.model(**batch).last_hidden_state
        mask = batch["attention_mask"][..., None]
        means: torch.Tensor = (outputs * mask).sum(dim=1) / mask.sum(dim=1)
        return means


if __name__ == "__main__":
    raise SystemExit(main())
