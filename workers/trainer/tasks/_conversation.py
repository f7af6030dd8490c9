"""What the tasks share that read conversations through a chat template: checks, token ids, and where answers begin."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from workers.chat_template import DEFAULT_TEMPLATE, ChatTemplate, ReadConversation, RenderingError
from workers.contract.events import Warned
from workers.contract.reasons import JobError
from workers.trainer.data import conversations, values
from workers.trainer.data.encoded import Cuts, Encoded, Ragged
from workers.trainer.data.packing import WEIGHTS, rows_of_ids
from workers.trainer.data.read import Column, Place
from workers.trainer.data.unlearnt import left_out_rows, nothing_learnt
from workers.trainer.golden import golden_rows
from workers.trainer.tasks._decoder import DecoderTask, plain_likelihoods
from workers.trainer.tasks._language import golden_likelihoods
from workers.trainer.taught import Part, Taught
from workers.trainer.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workers.chat_template import Conversation
    from workers.contract.results import Golden
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.language_model import Decoder
    from workers.trainer.parts import Run

ROW, ANSWER = "row", "answer"
"""Targets of an encoded row: which row of the data it comes from, and at which token its last answer begins (-1 where that is cut off)."""

# Golden conversations are read up to here: enough to tell models and templates apart, replayed in a moment.
_GOLDEN_TOKENS = 96


@dataclass(frozen=True)
class ReadRows:
    """The conversations of a split as tokens, each with its row; `notes` are what was odd about their texts."""

    conversations: tuple[ReadConversation, ...]
    rows: tuple[int, ...]
    notes: tuple[Warned, ...]


def message_columns(spec: Any) -> list[Column]:
    """Of tasks whose rows are `messages`, or a `prompt` with its `completion`."""
    return [
        Column("messages", spec.messages_column, conversations.messages, is_optional=True),
        Column("tools", spec.tools_column, conversations.tools, is_optional=True),
        Column("prompt", spec.prompt_column, conversations.turns("user"), is_optional=True),
        Column("completion", spec.completion_column, conversations.turns("assistant"), is_optional=True),
    ]


def has_no_messages(raw: Mapping[str, Any]) -> bool:
    return all(values.is_blank(raw[role]) for role in ("messages", "prompt", "completion"))


def joined_messages(rows: Rows, spec: Any) -> Rows:
    """Every row as messages, whichever way it is written; checked."""
    found = []
    for number, messages, prompt, completion in zip(
        rows.rows, rows["messages"], rows["prompt"], rows["completion"], strict=True
    ):
        if messages is None and (prompt is None or completion is None):
            lacking = spec.prompt_column if prompt is None else spec.completion_column
            raise JobError(
                "data:missing_column",
                f"Row {number} of {rows.file} has neither {spec.messages_column!r} nor both {spec.prompt_column!r} and "
                f"{spec.completion_column!r}.",
                file=rows.file,
                row=number,
                column=lacking,
            )
        conversation = messages or (*prompt, *completion)
        conversations.refuse_unlearnable(conversation, Place(rows.file, number, spec.messages_column))
        found.append(conversation)
    kept = {role: column for role, column in rows.fields.items() if role not in {"prompt", "completion"}}
    return replace(rows, fields={**kept, "messages": tuple(found)})


def read_conversations(
    template: ChatTemplate, rows: Rows, messages: Sequence[Conversation], tools: Sequence[Sequence[Any] | None]
) -> ReadRows:
    """Raises JobError `data:invalid_conversation` for one that the template refuses."""
    renderings = []
    marked: list[tuple[int, str]] = []
    for number, conversation, functions in zip(rows.rows, messages, tools, strict=True):
        try:
            renderings.append(template.renderings(conversation, functions))
        except RenderingError as error:
            raise JobError(
                "data:invalid_conversation",
                f"Row {number} of {rows.file} does not fit the chat template of the base model: {error}.",
                file=rows.file,
                row=number,
            ) from error
        token = template.control_token(conversation)
        if token is not None:
            marked.append((number, token))
    found = [(row, one) for row, some in enumerate(template.read_all(renderings)) for one in some]
    return ReadRows(
        conversations=tuple(one for _, one in found),
        rows=tuple(row for row, _ in found),
        notes=(_marked(rows, marked),) if marked else (),
    )


def encode_conversations(read: ReadRows, rows: Rows, *, max_length: int | None, nothing: str) -> Encoded:
    """Conversations cut at their end; those in which nothing is left to learn are left out, and said. `nothing` says why all may be such.

    Raises JobError `data:no_trained_tokens` when all are.
    """
    limit = max_length or max((len(one.ids) for one in read.conversations), default=0)
    kept = [(row, one) for row, one in zip(read.rows, read.conversations, strict=True) if any(one.weights[1:limit])]
    if not kept:
        raise nothing_learnt(rows, limit, nothing)
    left_out = sorted(set(range(len(rows))) - {row for row, _ in kept})
    is_whole = [len(one.ids) <= limit for _, one in kept]
    return Encoded(
        ids=Ragged.of([one.ids[:limit] for _, one in kept]),
        beside={WEIGHTS: Ragged.of([one.weights[:limit] for _, one in kept], dtype=np.float32)},
        targets={
            ROW: torch.tensor([row for row, _ in kept]),
            ANSWER: torch.tensor(
                [one.last_answer if whole else -1 for (_, one), whole in zip(kept, is_whole, strict=True)]
            ),
        },
        num_truncated=is_whole.count(False),
        cuts=Cuts.at_end([len(one.ids) for _, one in kept], limit),
        notes=() if max_length is None else (*read.notes, *left_out_rows(rows, left_out, limit)),
    )


def _marked(rows: Rows, marked: Sequence[tuple[int, str]]) -> Warned:
    row, token = marked[0]
    return Warned(
        code="data:control_tokens",
        message=f"{len(marked)} conversations of {rows.file} hold control tokens of the model in their texts, such as {token}; they "
        f"are read as plain text. The first is row {row}.",
        params={"file": rows.file, "count": len(marked), "row": row, "token": token},
    )


class ConversationTask(DecoderTask):
    """A decoder that reads conversations through a chat template."""

    def __init__(self, spec: JobSpec) -> None:
        super().__init__(spec)
        self._ends: set[int] = set()

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        del data
        part = Part("conversation", encoded, self.lesson(encoded))
        return Taught((part,), origin=encoded.targets[ROW].numpy(), loss_over="tokens")

    def conversation(self, rows: Rows, row: int) -> Conversation:
        """Of a row, up to the answer that it teaches: what golden inputs are made of."""
        raise NotImplementedError

    def open_model(self, base: Base, data: TaskData) -> Decoder:
        """Writing also ends where answers of the training rows end; the generation config goes out with the model."""
        model = super().open_model(base, data)
        config = model.network.generation_config
        before = config.eos_token_id
        known = set() if before is None else {before} if isinstance(before, int) else set(before)
        if self._ends - known:
            config.eos_token_id = sorted(self._ends | known)
        return model

    def learn_ends(self, read: ReadRows, tokenizer: Any) -> None:
        """Tokens that may end an answer are those that are special or added."""
        may_end = {*tokenizer.all_special_ids, *tokenizer.added_tokens_decoder}
        self._ends = {one.ids[-1] for one in read.conversations if one.ids and one.ids[-1] in may_end}

    def golden(self, run: Run) -> tuple[Golden, ...]:
        """Log-likelihoods of the first tokens of held-out conversations, as the template and the tokenizer give them."""
        encoded, rows = run.encoded["held_out"], run.data.held_out
        chosen = encoded.targets[ROW].numpy()[golden_rows(encoded.lengths)]
        template = ChatTemplate(run.tokenizer)
        inputs = [
            {
                "messages": json.dumps(list(self.conversation(rows, row)), ensure_ascii=False),
                "tools": json.dumps(rows["tools"][row], ensure_ascii=False),
            }
            for row in chosen.tolist()
        ]
        ids = [_golden_ids(template, item) for item in inputs]
        scores = run.engine.rows(rows_of_ids(ids), super().score_rows, is_exact=True)
        return golden_likelihoods(inputs, scores)

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        template = ChatTemplate(tokenizer)
        rows = [_golden_ids(template, item.inputs) for item in golden]
        return plain_likelihoods(model, rows, [1] * len(rows), pad_id=tokenizer.pad_token_id)

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


def _golden_ids(template: ChatTemplate, inputs: Mapping[str, Any]) -> list[int]:
    found = template.read(json.loads(inputs["messages"]), json.loads(inputs["tools"]))
    return found[-1].ids[:_GOLDEN_TOKENS]
