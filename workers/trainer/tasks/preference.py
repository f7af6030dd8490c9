"""Preference tuning: answers that people prefer become likelier than those that they do not."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, C channel, N chosen position

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from workers.chat_template import ChatTemplate
from workers.contract.events import Warned
from workers.contract.reasons import JobError
from workers.trainer.data import conversations, values
from workers.trainer.data.doubts import doubtful_examples, identical_pairs
from workers.trainer.data.encoded import Cuts, Encoded, Ragged
from workers.trainer.data.packing import WEIGHTS
from workers.trainer.data.read import Column, Place, read_splits
from workers.trainer.data.splits import divide
from workers.trainer.data.unlearnt import left_out_rows, nothing_learnt
from workers.trainer.evaluate.preference import evaluate_preference, rewards
from workers.trainer.fingerprint import derived_seed
from workers.trainer.preference_losses import dpo, kto, kto_divergence, orpo
from workers.trainer.tasks._conversation import (
    ANSWER,
    ROW,
    ConversationTask,
    ReadRows,
    has_no_messages,
    joined_messages,
    message_columns,
    read_conversations,
)
from workers.trainer.taught import Part, Taught
from workers.trainer.token_loss import chosen, log_likelihoods

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from workers.chat_template import Conversation, ReadConversation
    from workers.contract.results import Evaluation
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Batch, IntArray
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.engine import Engine
    from workers.trainer.language_model import LanguageModel
    from workers.trainer.parts import Run

OTHER = "other"
"""The second sequence of a row: the rejected answer, or with KTO an answer to another prompt."""
BASE, DESIRABLE = "base", "desirable"
"""Targets: log-likelihoods of both sequences by the untouched base model, (rows, 2), and whether a single answer is a good one."""
_NOTHING = (
    "an answer begins behind them, after its prompt; raise task.max_length, or shorten or remove the longest prompts"
)


class Preference(ConversationTask):
    """Encoded rows are the chosen answer behind its prompt, with the rejected one beside it.

    What the untouched base model says of every row is computed once and kept with the run, so that no second model is held in memory.
    """

    shares: ClassVar[frozenset[str]] = frozenset({"reward_accuracy"})
    lower_is_better: ClassVar[frozenset[str]] = frozenset({"loss"})

    def __init__(self, spec: JobSpec) -> None:
        super().__init__(spec)
        self._is_paired = self.spec.loss != "kto"
        # The point of reference of KTO is a mean over the batch, which no thread sees a part of.
        self.may_split = self._is_paired
        self._seed = spec.seed
        self._read: dict[str, tuple[ReadRows, ReadRows]] = {}

    # --- data

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        if self._is_paired:
            columns, is_empty = self._pair_columns(), _has_no_pair
        else:
            label = Column(DESIRABLE, self.spec.label_column, values.flag)
            columns, is_empty = [*message_columns(self.spec), label], has_no_messages
        splits: dict[str, Rows] = {}
        warnings: list[Warned] = []
        for split, rows in read_splits(spec.data, data_dir, columns=columns, is_empty=is_empty):
            splits[split] = self._paired(rows) if self._is_paired else joined_messages(rows, self.spec)
            warnings += conversations.oddities(rows, splits[split]["messages"])
            if self._is_paired:
                columns_of_answers = (self.spec.chosen_column, self.spec.rejected_column)
                warnings += identical_pairs(rows, rows["messages"], rows[OTHER], columns=columns_of_answers)
        if not self._is_paired:
            _refuse_one_kind(splits["train"], self.spec.label_column)
        data, more = divide(splits, seed=spec.seed, strata=None if self._is_paired else lambda rows: rows[DESIRABLE])
        judged = ("messages", OTHER) if self._is_paired else ("messages",)
        return data, [*more, *warnings, *doubtful_examples(data, inputs=judged)]

    def flat(self, rows: Rows, figure: str) -> Warned | None:
        """Of single answers of one kind, whichever figure is watched: the others are shown all the same."""
        if self._is_paired or (kind := _only_kind(rows)) is None:
            return None
        figure = "reward_accuracy" if figure == "loss" else figure
        return Warned(
            code="data:validation_one_kind",
            message=f"The validation rows ({len(rows)} of {rows.file}) all have {kind} in column {self.spec.label_column!r}, so {figure}, "
            "which sets one kind against the other, is the same for any weights: those with the lowest validation loss are kept. Bring "
            "validation rows of both kinds.",
            params={"file": rows.file, "count": len(rows), "figure": figure, "label": kind},
        )

    def _pair_columns(self) -> list[Column]:
        return [
            Column("prompt", self.spec.prompt_column, conversations.turns("user")),
            Column("messages", self.spec.chosen_column, conversations.turns("assistant")),
            Column(OTHER, self.spec.rejected_column, conversations.turns("assistant")),
            Column("tools", self.spec.tools_column, conversations.tools, is_optional=True),
        ]

    def _paired(self, rows: Rows) -> Rows:
        """Both answers behind their prompt, as conversations."""
        found: dict[str, tuple[Conversation, ...]] = {}
        for role, column in (("messages", self.spec.chosen_column), (OTHER, self.spec.rejected_column)):
            found[role] = tuple((*prompt, *answer) for prompt, answer in zip(rows["prompt"], rows[role], strict=True))
            for number, conversation in zip(rows.rows, found[role], strict=True):
                conversations.refuse_unlearnable(conversation, Place(rows.file, number, column))
        return replace(rows, fields={**found, "tools": rows["tools"]})

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        del data, base
        if rows.split not in self._read:
            template = ChatTemplate(tokeniser.tokenizer)
            own = [_of_last_answer(conversation) for conversation in rows["messages"]]
            others = [_of_last_answer(conversation) for conversation in self._others(rows)]
            self._read[rows.split] = (
                read_conversations(template, rows, own, rows["tools"]),
                read_conversations(template, rows, others, rows["tools"]),
            )
        pair = self._read[rows.split]
        if rows.split == "train":
            self.learn_ends(pair[0], tokeniser.tokenizer)
        limit = max_length or max(len(one.ids) for read in pair for one in read.conversations)
        firsts, seconds = _last_of_rows(pair[0]), _last_of_rows(pair[1])
        kept = [row for row in range(len(rows)) if _is_learnt(firsts[row], limit) and _is_learnt(seconds[row], limit)]
        if not kept:
            raise nothing_learnt(rows, limit, _NOTHING)
        left_out = sorted(set(range(len(rows))) - set(kept))
        is_whole = [len(firsts[row].ids) <= limit for row in kept]
        return replace(
            _sequences([firsts[row] for row in kept], limit),
            others={OTHER: _sequences([seconds[row] for row in kept], limit)},
            targets={
                ROW: torch.tensor(kept),
                ANSWER: torch.tensor(
                    [firsts[row].last_answer if whole else -1 for row, whole in zip(kept, is_whole, strict=True)]
                ),
                **({} if self._is_paired else {DESIRABLE: torch.tensor([rows[DESIRABLE][row] for row in kept])}),
            },
            num_truncated=sum(max(len(firsts[row].ids), len(seconds[row].ids)) > limit for row in kept),
            notes=() if max_length is None else (*pair[0].notes, *left_out_rows(rows, left_out, limit)),
        )

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        """Both answers of a pair carry loss; the answer to another prompt of KTO is a point of reference, which nothing is learnt from."""
        del data
        other, origin = encoded.others[OTHER], encoded.targets[ROW].numpy()
        own = self.lesson(encoded)
        if self._is_paired:
            parts = (Part("chosen", encoded, own), Part("rejected", other, self.lesson(other)))
            return Taught(parts, origin, loss_over="tokens")
        desirable = encoded.targets[DESIRABLE]
        return Taught(
            parts=(Part("answer", encoded, own), Part("unrelated", other)),
            origin=origin,
            loss_over="tokens",
            target=lambda row: ("true" if desirable[row] else "false",),
        )

    def _others(self, rows: Rows) -> Sequence[Conversation]:
        if self._is_paired:
            found: Sequence[Conversation] = rows[OTHER]
            return found
        # Each prompt with the answer of another row, all in a circle of drawn order.
        random = np.random.Generator(np.random.Philox(derived_seed(self._seed, "unrelated answers", rows.split)))
        order = random.permutation(len(rows))
        other = np.empty(len(rows), dtype=np.int64)
        other[order] = np.roll(order, 1)
        messages = rows["messages"]
        return [
            (*_before_answer(own), messages[number][_last_place(messages[number])])
            for own, number in zip(messages, other, strict=True)
        ]

    def with_base_answers(self, run: Run) -> dict[str, Encoded]:
        """`run.engine` holds the untouched base model, unless the method has put something into it."""
        if self.spec.loss == "orpo":
            return run.encoded
        with run.engine_of_base() as engine_of_base:
            return {
                split: replace(
                    encoded,
                    targets={
                        **encoded.targets,
                        BASE: run.feature_cache.get(
                            f"answers-{split}", encoded, lambda rows: self.answer(engine_of_base(), rows)[:, :2]
                        ),
                    },
                )
                for split, encoded in run.encoded.items()
            }

    # --- learning

    def likelihoods(self, model: LanguageModel, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-likelihood of each row's answer, and of how many tokens it consists."""
        asked = self.asked(batch)
        row_N = asked.places_N // asked.width
        found_N = log_likelihoods(model, chosen(model.of(batch), asked.places_N), asked.words_N)
        sums_B = found_N.new_zeros(len(batch)).index_add(0, row_N, found_N)
        return sums_B, torch.bincount(row_N, minlength=len(batch)).to(found_N.dtype)

    def loss(self, model: LanguageModel, batch: Batch) -> torch.Tensor:
        own_B, num_own_B = self.likelihoods(model, batch)
        with torch.set_grad_enabled(torch.is_grad_enabled() and self._is_paired):
            other_B, num_other_B = self.likelihoods(model, batch.others[OTHER])
        return self._losses(torch.stack([own_B, other_B, num_own_B, num_other_B], dim=1), batch.targets).sum()

    def _losses(self, answers: torch.Tensor, targets: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """By row; `answers` are (rows, 4): log-likelihoods of both sequences, and their numbers of tokens."""
        own, other, num_own, num_other = answers.unbind(1)
        beta = self.spec.beta
        if self.spec.loss == "orpo":
            return orpo(own, other, num_own, num_other, beta=beta)
        base_own, base_other = targets[BASE].unbind(1)
        if self.spec.loss == "kto":
            return kto(own, base_own, targets[DESIRABLE], kto_divergence(other, base_other), beta=beta)
        return dpo(own, other, base_own, base_other, beta=beta, label_smoothing=self.optimisation.label_smoothing)

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        del encoded
        return len(rows)

    # --- answers

    def answer(self, engine: Engine, encoded: Encoded) -> torch.Tensor:  # type: ignore[override]  # whole answers, not words
        """(rows, 4): log-likelihoods of both sequences, and their numbers of tokens."""

        def forward(model: Any, batch: Batch) -> torch.Tensor:
            return torch.stack(
                [part for sequence in (batch, batch.others[OTHER]) for part in self.likelihoods(model, sequence)], dim=1
            )

        return engine.tensor(encoded, forward)[:, [0, 2, 1, 3]]

    def metrics(self, answers: torch.Tensor, encoded: Encoded) -> dict[str, float]:  # type: ignore[override]  # likewise
        found = rewards(self.spec, answers, encoded.targets)
        everything = np.arange(len(encoded))
        return {
            "loss": float(self._losses(answers, encoded.targets).double().mean()),
            "reward_accuracy": found.accuracy(everything),
            "reward_margin": found.margin(everything),
        }

    def row_losses(self, answers: torch.Tensor, encoded: Encoded) -> torch.Tensor:
        """By row; the point of reference of KTO is that of all rows together."""
        return self._losses(answers, encoded.targets)

    def conversation(self, rows: Rows, row: int) -> Conversation:
        found: Conversation = rows["messages"][row]
        return found

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_preference(run, self)


def _of_last_answer(conversation: Conversation) -> Conversation:
    """Earlier answers belong to the prompt; what follows the last one is left out."""
    place = _last_place(conversation)
    before = [{**message, "weight": 0.0} for message in conversation[:place]]
    return [*before, {**conversation[place], "weight": 1.0}]


def _before_answer(conversation: Conversation) -> Conversation:
    return conversation[: _last_place(conversation)]


def _last_place(conversation: Conversation) -> int:
    return max(i for i, message in enumerate(conversation) if message["role"] == "assistant")


def _last_of_rows(read: ReadRows) -> dict[int, ReadConversation]:
    """The reading that ends with the last answer, by row."""
    return dict(zip(read.rows, read.conversations, strict=True))


def _is_learnt(one: ReadConversation, limit: int) -> bool:
    return any(one.weights[1:limit])


def _sequences(read: Sequence[ReadConversation], limit: int) -> Encoded:
    return Encoded(
        ids=Ragged.of([one.ids[:limit] for one in read]),
        beside={WEIGHTS: Ragged.of([one.weights[:limit] for one in read], dtype=np.float32)},
        cuts=Cuts.at_end([len(one.ids) for one in read], limit),
    )


def _refuse_one_kind(rows: Rows, column: str) -> None:
    """Without the other kind all answers together become likelier, or all of them less likely, and nothing is preferred."""
    if (kind := _only_kind(rows)) is not None:
        raise JobError(
            "data:single_class",
            f"All rows of {rows.file} have {kind} in column {column!r}; kto learns from answers that are good and from others that "
            "are not, so add rows of the other kind.",
            file=rows.file,
            label=kind,
        )


def _only_kind(rows: Rows) -> str | None:
    """What all answers are, where they are all the same."""
    kinds = set(rows[DESIRABLE])
    return ("true" if kinds.pop() else "false") if len(kinds) == 1 else None


def _has_no_pair(raw: Mapping[str, Any]) -> bool:
    return all(values.is_blank(raw[role]) for role in ("prompt", "messages", OTHER))
