"""What the tasks share that read conversations through a chat template: checks, token ids, and where answers begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from workers.contract.events import Warned
from workers.contract.reasons import JobError
from workers.trainer.data.chat_template import ChatTemplate, ReadConversation, RenderingError
from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.data.packing import WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.data.conversations import Conversation
    from workers.trainer.data.read import Rows

ROW, ANSWER = "row", "answer"
"""Targets of an encoded row: which row of the data it comes from, and at which token its last answer begins (-1 where that is cut off)."""


@dataclass(frozen=True)
class ReadRows:
    """The conversations of a split as tokens, each with its row; `notes` are what was odd about their texts."""

    conversations: tuple[ReadConversation, ...]
    rows: tuple[int, ...]
    notes: tuple[Warned, ...]


def read_conversations(
    template: ChatTemplate, rows: Rows, conversations: Sequence[Conversation], tools: Sequence[Sequence[Any] | None]
) -> ReadRows:
    """Raises JobError `data:invalid_conversation` for one that the template refuses."""
    renderings = []
    marked: list[tuple[int, str]] = []
    for number, conversation, functions in zip(rows.rows, conversations, tools, strict=True):
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


def encode_conversations(read: ReadRows, rows: Rows, *, max_length: int | None) -> Encoded:
    """Conversations cut at their end; those in which nothing is left to learn are left out, and said.

    Raises JobError `data:no_trained_tokens` when all are.
    """
    limit = max_length or max((len(one.ids) for one in read.conversations), default=0)
    kept = [(row, one) for row, one in zip(read.rows, read.conversations, strict=True) if any(one.weights[1:limit])]
    if not kept:
        raise JobError(
            "data:no_trained_tokens",
            f"No row of {rows.file} has anything to learn: every message of the assistant has the weight 0 or begins after "
            f"{limit} tokens. Raise task.max_length or the weights.",
            file=rows.file,
            max_length=limit,
        )
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
        notes=() if max_length is None else (*read.notes, *([_left_out(rows, left_out, limit)] if left_out else [])),
    )


def ends_of_answers(read: ReadRows, special: set[int]) -> set[int]:
    """The special tokens that answers end with: where writing has to stop."""
    return {one.ids[-1] for one in read.conversations if one.ids and one.ids[-1] in special}


def _marked(rows: Rows, marked: Sequence[tuple[int, str]]) -> Warned:
    row, token = marked[0]
    return Warned(
        code="data:control_tokens",
        message=f"{len(marked)} conversations of {rows.file} hold control tokens of the model in their texts, such as {token}; they "
        f"are read as plain text. The first is row {row}.",
        params={"file": rows.file, "count": len(marked), "row": row, "token": token},
    )


def _left_out(rows: Rows, positions: Sequence[int], max_length: int) -> Warned:
    row = rows.rows[positions[0]]
    return Warned(
        code="data:no_trained_tokens",
        message=f"{len(positions)} rows of {rows.file} have nothing to learn within {max_length} tokens and were left out; the first "
        f"is row {row}.",
        params={"file": rows.file, "count": len(positions), "row": row, "max_length": max_length},
    )
