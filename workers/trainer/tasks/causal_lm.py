"""Continued pre-training of a decoder on plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workers.contract.reasons import JobError
from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.data.packing import pack, rows_of_ids
from workers.trainer.evaluate.language import evaluate_language
from workers.trainer.tasks._decoder import DecoderTask, plain_likelihoods
from workers.trainer.tasks._language import golden_likelihoods, golden_texts, read_texts
from workers.trainer.taught import Part, Taught
from workers.trainer.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workers.contract.events import Warned
    from workers.contract.results import Evaluation, Golden
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.parts import Run


class CausalLm(DecoderTask):
    """Texts are joined and cut into blocks; a row of `Encoded` is a block."""

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        return read_texts(spec, data_dir, column=self.spec.text_column)

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        """Whole texts without a limit of length, blocks with one."""
        del data, base
        documents = self._documents(rows, tokeniser)
        if max_length is None:
            return Encoded(ids=documents)
        blocks = pack(documents, block_length=max_length, is_separate=self.spec.separate_documents)
        asking = np.flatnonzero([self.units(blocks, np.array([row])) for row in range(len(blocks))])
        if not len(asking):
            raise JobError("data:empty", f"{rows.file} has no two tokens in a row to learn from.", file=rows.file)
        return blocks if len(asking) == len(blocks) else blocks.select(asking)

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        del data
        return Taught((Part("block", encoded, self.lesson(encoded)),), origin=None, loss_over="tokens")

    def _documents(self, rows: Rows, tokeniser: Tokeniser) -> Ragged:
        """Texts with the tokens that the tokenizer puts around them, and one at the end that says that they are over.

        Texts that are kept apart also get the token that begins a text, where there is one: something to say their first word from.
        """
        tokenizer = tokeniser.tokenizer
        first = [tokenizer.bos_token_id] if self.spec.separate_documents and tokenizer.bos_token_id is not None else []
        last = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
        ids = tokeniser.texts(rows["text"]).ids
        return Ragged.of([_within(ids.row(i).tolist(), first, last) for i in range(len(ids))])

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_language(run, self)

    def golden(self, run: Run) -> tuple[Golden, ...]:
        """Log-likelihoods of all tokens but the first of the beginnings of held-out texts."""
        chosen = golden_texts(run)
        ids = [_ids(run.tokenizer, text, run.plan.max_length) for text in chosen]
        readable = [i for i, row in enumerate(ids) if row]
        scores = run.engine.rows(rows_of_ids([ids[i] for i in readable]), self.score_rows, is_exact=True)
        return golden_likelihoods([{"text": chosen[i]} for i in readable], scores)

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        rows = [_ids(tokenizer, str(item.inputs["text"]), tokenizer.model_max_length) for item in golden]
        return plain_likelihoods(model, rows, [1] * len(rows), pad_id=tokenizer.pad_token_id)

    def usage(self, run: Run) -> Usage:
        return Usage(
            title=f"Language model on {run.base.info.name}",
            pipeline_tag="text-generation",
            code="from transformers import pipeline\n\n"
            'write = pipeline("text-generation", model="path/to/this/folder")\n'
            'print(write("your text", max_new_tokens=50))',
            note="The network is a standard one of its family.",
        )


def _ids(tokenizer: Any, text: str, max_length: int) -> list[int]:
    found: list[int] = tokenizer(text, truncation=True, max_length=max_length)["input_ids"]
    return found


def _within(ids: list[int], first: list[int], last: list[int]) -> list[int]:
    return (first if ids[:1] != first else []) + ids + (last if ids[-1:] != last else [])
