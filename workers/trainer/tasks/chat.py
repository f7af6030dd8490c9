"""Supervised tuning on conversations: the loss is over what the assistant says, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.chat_template import ChatTemplate
from workers.trainer.data import conversations
from workers.trainer.data.doubts import doubtful_examples
from workers.trainer.data.read import read_splits
from workers.trainer.data.splits import divide
from workers.trainer.evaluate.writing import evaluate_chat
from workers.trainer.tasks._conversation import (
    ConversationTask,
    ReadRows,
    encode_conversations,
    has_no_messages,
    joined_messages,
    message_columns,
    read_conversations,
)

if TYPE_CHECKING:
    from pathlib import Path

    from workers.chat_template import Conversation
    from workers.contract.events import Warned
    from workers.contract.results import Evaluation
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Encoded
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.parts import Run


class Chat(ConversationTask):
    nothing_learnt = (
        "every message of the assistant has the weight 0 or begins behind them; raise task.max_length or the weights"
    )

    def __init__(self, spec: JobSpec) -> None:
        super().__init__(spec)
        self._read: dict[str, ReadRows] = {}

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        columns = message_columns(self.spec)
        splits: dict[str, Rows] = {}
        warnings: list[Warned] = []
        for split, rows in read_splits(spec.data, data_dir, columns=columns, is_empty=has_no_messages):
            splits[split] = joined_messages(rows, self.spec)
            warnings += conversations.oddities(rows, splits[split]["messages"])
        data, more = divide(splits, seed=spec.seed)
        return data, [*more, *warnings, *doubtful_examples(data, inputs=("messages",))]

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        del data, base
        if rows.split not in self._read:
            template = ChatTemplate(tokeniser.tokenizer)
            self._read[rows.split] = read_conversations(template, rows, rows["messages"], rows["tools"])
        read = self._read[rows.split]
        if rows.split == "train":
            self.learn_ends(read, tokeniser.tokenizer)
        return encode_conversations(read, rows, max_length=max_length, nothing=self.nothing_learnt)

    def conversation(self, rows: Rows, row: int) -> Conversation:
        found: Conversation = rows["messages"][row]
        return found

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_chat(run, self)
