"""`python -m workers.inference.engine --out-fd N`: the child that holds models in memory and answers.

Questions that wait together for the same model are answered in one batch, sorted by length, so that little padding is
computed. A few models are kept in memory; the one that was asked longest ago makes room. Before a model answers for the
first time its golden inputs are replayed: what was trained is what is served.
"""

from __future__ import annotations

import os

# OpenMP threads that spin while they wait cost a busy machine up to four times the time. Read once, when torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")


import argparse
import queue
import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from workers.contract.results import ModelManifest
from workers.contract.serving import LabelScore, Prediction
from workers.inference.cache import ModelError
from workers.inference.wire import Answer, Ask, Ready, Refusal

MAX_MODELS = 8
MAX_TOKENS_PER_BATCH = 8192
MAX_BATCH = 64


@dataclass
class Loaded:
    """A model in memory."""

    model: Any
    tokenizer: Any
    labels: tuple[str, ...]
    max_length: int

    @torch.inference_mode()
    def probabilities(self, texts: list[str]) -> tuple[torch.Tensor, list[int]]:
        """Probabilities, shape [texts, labels], and the number of tokens of each text before any cut."""
        encoded = self.tokenizer(texts, add_special_tokens=True, truncation=False, verbose=False)["input_ids"]
        lengths = [len(ids) for ids in encoded]
        order = sorted(range(len(texts)), key=lambda index: lengths[index])
        rows: list[torch.Tensor] = [torch.empty(0)] * len(texts)
        for group in _groups(order, [min(length, self.max_length) for length in lengths]):
            batch = self.tokenizer(
                [texts[index] for index in group],
                padding=True,
                truncation=True,
                max_length=self.max_length,
                return_tensors="pt",
            )
            scores = torch.softmax(self.model(**batch).logits.float(), dim=-1)
            for index, row in zip(group, scores, strict=True):
                rows[index] = row
        return torch.stack(rows), lengths


def _groups(order: list[int], lengths: list[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for index in order:
        size = len(groups[-1]) + 1 if groups else 0
        if groups and size <= MAX_BATCH and size * lengths[index] <= MAX_TOKENS_PER_BATCH:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def load(folder: Path) -> Loaded:
    """Open a model directory and replay its golden inputs. Raises ModelError."""
    try:
        manifest = ModelManifest.model_validate_json((folder / "anneal.json").read_bytes())
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, trust_remote_code=False, use_safetensors=True, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError("model.unreadable", f"The model cannot be opened: {str(error).splitlines()[0]}") from error
    model.eval()
    loaded = Loaded(model, tokenizer, manifest.labels, manifest.max_length)
    _replay(loaded, manifest)
    return loaded


def _replay(loaded: Loaded, manifest: ModelManifest) -> None:
    if not manifest.golden:
        return
    found, _ = loaded.probabilities([golden.text for golden in manifest.golden])
    wanted = torch.tensor([golden.probabilities for golden in manifest.golden])
    if found.shape != wanted.shape or not torch.allclose(found, wanted, atol=manifest.tolerance, rtol=0):
        raise ModelError(
            "model.parity", "The model does not repeat the answers that were recorded when it was trained."
        )


class Engine:
    """Reads questions on a thread, answers them on this one."""

    def __init__(self, out: Any) -> None:
        self._out = out
        self._asks: queue.SimpleQueue[Ask | None] = queue.SimpleQueue()
        self._models: OrderedDict[str, Loaded] = OrderedDict()

    def run(self) -> None:
        """Answer until standard input closes."""
        threading.Thread(target=self._read, daemon=True, name="questions").start()
        self._say(Ready())
        while (first := self._asks.get()) is not None:
            waiting = [first]
            while not self._asks.empty():
                more = self._asks.get()
                if more is None:
                    return
                waiting.append(more)
            by_model: dict[str, list[Ask]] = {}
            for ask in waiting:
                by_model.setdefault(ask.model_key, []).append(ask)
            for asks in by_model.values():
                self._answer(asks)

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            self._asks.put(Ask.model_validate_json(line))
        self._asks.put(None)

    def _say(self, line: Ready | Answer | Refusal) -> None:
        self._out.write(line.model_dump_json().encode() + b"\n")

    def _answer(self, asks: list[Ask]) -> None:
        is_cold = asks[0].model_key not in self._models
        try:
            loaded = self._loaded(asks[0])
            scores, lengths = loaded.probabilities([text for ask in asks for text in ask.texts])
        except ModelError as error:
            for ask in asks:
                self._say(Refusal(id=ask.id, code=error.code, message=error.message))
            return
        begin = 0
        for ask in asks:
            end = begin + len(ask.texts)
            predictions = tuple(
                _prediction(loaded, row, length, ask.top_k)
                for row, length in zip(scores[begin:end], lengths[begin:end], strict=True)
            )
            self._say(Answer(id=ask.id, predictions=predictions, is_cold=is_cold))
            begin = end

    def _loaded(self, ask: Ask) -> Loaded:
        found = self._models.get(ask.model_key)
        if found is None:
            while len(self._models) >= MAX_MODELS:
                self._models.popitem(last=False)
            found = self._models[ask.model_key] = load(Path(ask.folder))
        self._models.move_to_end(ask.model_key)
        return found


def _prediction(loaded: Loaded, row: torch.Tensor, length: int, top_k: int) -> Prediction:
    best = torch.topk(row, min(top_k, len(loaded.labels)))
    labels = tuple(
        LabelScore(label=loaded.labels[index], score=score)
        for score, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    )
    return Prediction(labels=labels, num_tokens=length, is_truncated=length > loaded.max_length)


def main() -> int:
    """Serve the parent until it goes."""
    parser = argparse.ArgumentParser(prog="python -m workers.inference.engine", description=__doc__)
    parser.add_argument("--out-fd", type=int, required=True, metavar="N", help="descriptor for answers")
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("ANNEAL_THREADS") or os.cpu_count() or 1))
    with os.fdopen(options.out_fd, "wb", buffering=0) as out:
        Engine(out).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
