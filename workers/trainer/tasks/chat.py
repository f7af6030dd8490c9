"""Supervised tuning on conversations: the loss is over what the assistant says, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from workers.contract.reasons import JobError
from workers.contract.results import Golden
from workers.trainer.data import conversations, values
from workers.trainer.data.chat_template import DEFAULT_TEMPLATE, ChatTemplate
from workers.trainer.data.read import Column, Place, read_rows
from workers.trainer.data.splits import divide
from workers.trainer.evaluate.writing import evaluate_chat
from workers.trainer.golden import golden_rows
from workers.trainer.tasks._conversation import ROW, ReadRows, encode_conversations, ends_of_answers, read_conversations
from workers.trainer.tasks._decoder import DecoderTask, plain_likelihoods, rows_of_ids
from workers.trainer.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from workers.contract.events import Warned
    from workers.contract.results import Evaluation
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Encoded
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.language_model import Decoder
    from workers.trainer.parts import Run

# Golden conversations are read up to here: enough to tell models and templates apart, replayed in a moment.
_GOLDEN_TOKENS = 96


class Chat(DecoderTask):
    def __init__(self, spec: JobSpec) -> None:
        super().__init__(spec)
        self._read: dict[str, ReadRows] = {}
        self._ends: set[int] = set()

    # --- data

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        columns = [
            Column("messages", self.spec.messages_column, conversations.messages, is_optional=True),
            Column("tools", self.spec.tools_column, conversations.tools, is_optional=True),
            Column("prompt", self.spec.prompt_column, conversations.turns("user"), is_optional=True),
            Column("completion", self.spec.completion_column, conversations.turns("assistant"), is_optional=True),
        ]
        files = {"train": spec.data.train, "validation": spec.data.validation, "test": spec.data.test}
        splits: dict[str, Rows] = {}
        warnings: list[Warned] = []
        for split, name in files.items():
            if name is not None:
                rows = read_rows(data_dir / name, split=split, columns=columns, is_empty=_is_empty)
                splits[split] = self._joined(rows)
                warnings += conversations.oddities(rows, splits[split]["messages"])
        data, more = divide(splits, seed=spec.seed)
        return data, [*more, *warnings]

    def _joined(self, rows: Rows) -> Rows:
        """Every row as messages, whichever way it is written; checked."""
        found = []
        for number, messages, prompt, completion in zip(
            rows.rows, rows["messages"], rows["prompt"], rows["completion"], strict=True
        ):
            place = Place(rows.file, number, self.spec.messages_column)
            if messages is None and (prompt is None or completion is None):
                lacking = self.spec.prompt_column if prompt is None else self.spec.completion_column
                raise JobError(
                    "data:missing_column",
                    f"Row {number} of {rows.file} has neither {self.spec.messages_column!r} nor both {self.spec.prompt_column!r} and "
                    f"{self.spec.completion_column!r}.",
                    file=rows.file,
                    row=number,
                    column=lacking,
                )
            conversation = messages or (*prompt, *completion)
            conversations.refuse_unlearnable(conversation, place)
            found.append(conversation)
        fields = {"messages": tuple(found), "tools": rows["tools"]}
        return type(rows)(rows.split, rows.file, fields, rows.rows, rows.left_out)

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        del data, base
        if rows.split not in self._read:
            template = ChatTemplate(tokeniser.tokenizer)
            self._read[rows.split] = read_conversations(template, rows, rows["messages"], rows["tools"])
        read = self._read[rows.split]
        if rows.split == "train":
            self._ends = ends_of_answers(read, template_ends(tokeniser.tokenizer))
        return encode_conversations(read, rows, max_length=max_length)

    def open_model(self, base: Base, data: TaskData) -> Decoder:
        model = super().open_model(base, data)
        stop_at(model, self._ends)
        return model

    # --- answers

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_chat(run, self)

    def golden(self, run: Run) -> tuple[Golden, ...]:
        """Log-likelihoods of the first tokens of held-out conversations, as the template and the tokenizer give them."""
        encoded, rows = run.encoded["held_out"], run.data.held_out
        chosen = encoded.targets[ROW].numpy()[golden_rows(encoded.lengths)]
        template = ChatTemplate(run.tokenizer)
        inputs = [
            {
                "messages": json.dumps(rows["messages"][row], ensure_ascii=False),
                "tools": json.dumps(rows["tools"][row], ensure_ascii=False),
            }
            for row in chosen.tolist()
        ]
        ids = [_golden_ids(template, item) for item in inputs]
        scores = run.engine.rows(rows_of_ids(ids), self.score_rows, is_exact=True)
        return tuple(
            Golden(inputs={**item}, expected=tuple(row.likelihoods.tolist()))
            for item, row in zip(inputs, scores, strict=True)
        )

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        template = ChatTemplate(tokenizer)
        rows = [_golden_ids(template, item.inputs) for item in golden]
        return plain_likelihoods(model, rows, [1] * len(rows), pad_id=tokenizer.pad_token_id)

    # --- what is delivered

    def tokenizer_settings(self, run: Run) -> Mapping[str, Any]:
        own = run.tokenizer.chat_template
        return {**super().tokenizer_settings(run), **({} if own else {"chat_template": DEFAULT_TEMPLATE})}

    def usage(self, run: Run) -> Usage:
        return Usage(
            title=f"Chat model on {run.base.info.name}",
            pipeline_tag="text-generation",
            code="from transformers import pipeline\n\n"
            'chat = pipeline("text-generation", model="path/to/this/folder")\n'
            'print(chat([{"role": "user", "content": "your text"}], max_new_tokens=200))',
            note="The network is a standard one of its family; the chat template that it was trained with is in the tokenizer.",
        )


def template_ends(tokenizer: Any) -> set[int]:
    """Tokens that may end an answer: all that are special or added."""
    return {*tokenizer.all_special_ids, *tokenizer.added_tokens_decoder}


def stop_at(model: Decoder, ends: set[int]) -> None:
    """Writing also ends where answers of the training rows end; the generation config goes out with the model."""
    config = model.network.generation_config
    before = config.eos_token_id
    known = set() if before is None else {before} if isinstance(before, int) else set(before)
    if ends - known:
        config.eos_token_id = sorted(ends | known)


def _golden_ids(template: ChatTemplate, inputs: Mapping[str, Any]) -> list[int]:
    found = template.read(json.loads(inputs["messages"]), json.loads(inputs["tools"]))
    return found[-1].ids[:_GOLDEN_TOKENS]


def _is_empty(raw: Mapping[str, Any]) -> bool:
    return all(values.is_blank(raw[role]) for role in ("messages", "prompt", "completion"))
