"""`python -m workers.inference.engine --out-fd N`: the child that holds models in memory and answers.

One thread reads questions, one computes. Inputs that wait for the same model are computed together (`batching`). A few models
are kept in memory; the one that was asked longest ago makes room. Before a model answers for the first time its golden inputs
are replayed: what was trained is what is served.
"""

from __future__ import annotations

import os

# OpenMP threads that spin while they wait cost a busy machine up to four times the time. Read once, when torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")


import argparse
import contextlib
import queue
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import torch
from transformers import BertForSequenceClassification, BertForTokenClassification  # noqa: F401 - loaded now, so that the first question does not wait for them

from workers.contract.base import Value
from workers.contract.serving import Prediction
from workers.inference.answering import QuestionError
from workers.inference.batching import Waiting, take_batch
from workers.inference.cache import ModelError
from workers.inference.model import LoadedModel, model_load
from workers.inference.network import Encoded, Options
from workers.inference.wire import Answer, Ask, Forget, Question, Ready, Refusal, Working, question_from_json
from workers.vector_maths import settle_vector_maths

MAX_MODELS: Final = 16
MAX_BYTES: Final = 2 * 2**30


@dataclass
class _Request:
    """A question under way; answered when every input has its prediction."""

    ask: Ask
    is_cold: bool
    options: Options
    parts: list[tuple[Encoded, ...]]
    """The sequences of each input."""
    rows: dict[tuple[int, int], Any] = field(default_factory=dict)
    """What the model has said so far, by input and sequence."""
    predictions: dict[int, Prediction] = field(default_factory=dict)

    def rows_of(self, position: int) -> list[Any] | None:
        """Of an input, once all are there."""
        keys = [(position, part) for part in range(len(self.parts[position]))]
        return [self.rows[key] for key in keys] if all(key in self.rows for key in keys) else None


@dataclass(frozen=True)
class _Part:
    """One sequence of an input."""

    request: _Request
    position: int
    part: int

    @property
    def encoded(self) -> Encoded:
        return self.request.parts[self.position][self.part]


class Engine:
    """Models in memory, and inputs that wait for them."""

    def __init__(self, out: IO[bytes], *, max_models: int = MAX_MODELS, max_bytes: int = MAX_BYTES) -> None:
        self._out = out
        self._max_models = max_models
        self._max_bytes = max_bytes
        self._inbox: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._models: OrderedDict[str, LoadedModel] = OrderedDict()
        self._waiting: list[Waiting[_Part]] = []

    def run(self, source: IO[bytes]) -> None:
        """Answer until the source of questions closes."""
        threading.Thread(target=self._read, args=(source,), daemon=True, name="questions").start()
        self._say(Ready())
        while (question := self._inbox.get()) is not None:
            self._take(question)
            while self._take_all() and self._waiting:
                most_tokens = self._models[self._waiting[0].model_key].most_tokens
                self._compute(take_batch(self._waiting, most_tokens=most_tokens))
            self._say(Working(model_key=None))

    def _read(self, source: IO[bytes]) -> None:
        for line in source:
            self._inbox.put(question_from_json(line))
        self._inbox.put(None)

    def _take_all(self) -> bool:
        """Take what has arrived meanwhile; False when the source has closed."""
        with contextlib.suppress(queue.Empty):
            while (question := self._inbox.get_nowait()) is not None:
                self._take(question)
            self._inbox.put(None)
            return False
        return True

    def _take(self, question: Question) -> None:
        if isinstance(question, Forget):
            self._drop(question.id)
            return
        self._say(Working(model_key=question.model_key))
        is_cold = question.model_key not in self._models
        options = Options(top_k=question.top_k, max_new_tokens=question.max_new_tokens)
        try:
            parts = self._model(question).encode(question.inputs, options)
        except QuestionError as error:
            where = {"place": error.place, "field": error.field, "params": error.params}
            self._say(Refusal(id=question.id, code=error.code, message=error.message, **where))
            return
        except ModelError as error:
            self._say(Refusal(id=question.id, code=error.code, message=error.message))
            return
        request = _Request(question, is_cold, options, parts)
        self._waiting += [
            Waiting(question.model_key, len(item.token_ids), _Part(request, position, part))
            for position, some in enumerate(parts)
            for part, item in enumerate(some)
        ]

    def _drop(self, ask_id: int) -> None:
        self._waiting = [item for item in self._waiting if item.payload.request.ask.id != ask_id]

    def _model(self, ask: Ask) -> LoadedModel:
        if ask.model_key not in self._models:
            self._models[ask.model_key] = model_load(Path(ask.folder))
        self._models.move_to_end(ask.model_key)
        needed = {item.model_key for item in self._waiting} | {ask.model_key}
        for key in [key for key in self._models if key not in needed]:
            if len(self._models) <= self._max_models and self._size_bytes() <= self._max_bytes:
                break
            del self._models[key]
        return self._models[ask.model_key]

    def _size_bytes(self) -> int:
        return sum(model.size_bytes for model in self._models.values())

    def _compute(self, batch: Sequence[Waiting[_Part]]) -> None:
        self._say(Working(model_key=batch[0].model_key))
        model = self._models[batch[0].model_key]
        waiting = [item.payload for item in batch]
        try:
            for one, row in zip(waiting, model.rows([one.encoded for one in waiting]), strict=True):
                one.request.rows[one.position, one.part] = row
                rows = one.request.rows_of(one.position)
                if rows is not None:
                    parts = one.request.parts[one.position]
                    one.request.predictions[one.position] = model.prediction(rows, parts, one.request.options)
        except Exception as error:  # noqa: BLE001 - a model that fails must not end the process that serves the others
            self._fail(batch, error)
            return
        for request in {id(one.request): one.request for one in waiting}.values():
            if len(request.predictions) == len(request.parts):
                ordered = tuple(request.predictions[position] for position in range(len(request.parts)))
                self._say(Answer(id=request.ask.id, predictions=ordered, is_cold=request.is_cold))

    def _fail(self, batch: Sequence[Waiting[_Part]], error: Exception) -> None:
        for ask_id in {item.payload.request.ask.id for item in batch}:
            self._drop(ask_id)
            self._say(Refusal(id=ask_id, code="model.failed", message=f"The model failed: {type(error).__name__}."))

    def _say(self, line: Value) -> None:
        self._out.write(line.model_dump_json().encode() + b"\n")


def main() -> int:
    """Serve the parent until it goes."""
    parser = argparse.ArgumentParser(prog="python -m workers.inference.engine", description=__doc__)
    parser.add_argument("--out-fd", type=int, required=True, metavar="N", help="descriptor for answers")
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("ANNEAL_THREADS") or os.cpu_count() or 1))
    settle_vector_maths()
    if Path("/proc/self/oom_score_adj").exists():
        # When memory runs out, this process goes, and not the one that starts it again.
        Path("/proc/self/oom_score_adj").write_text("800", encoding="ascii")
    with os.fdopen(options.out_fd, "wb", buffering=0) as out:
        Engine(out).run(sys.stdin.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
