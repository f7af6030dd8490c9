"""Answers to questions about a text: the best passage of all windows of the text, as the trainer finds it."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: T token, E start and end

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoModelForQuestionAnswering

from workers.contract.results import Golden, ModelManifest
from workers.contract.serving import AnswerPrediction, PredictedPassage, Prediction, Question
from workers.inference.answering import OneByOne, opened
from workers.inference.cache import ModelError
from workers.inference.network import Encoded, Network, Options

# The first token of a window stands for "there is no answer here".
_NULL: Final = 0
_START_AND_END: Final = 2


@dataclass(frozen=True)
class Window(Encoded):
    """A question with a part of its context, which is `text`. Places in it are zero for all tokens that are not the context's."""

    begins: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    is_question_cut: bool = False


@dataclass(frozen=True)
class _Found:
    """`margin` are log-odds against no answer in this window."""

    start: int
    end: int
    margin: float
    score: float


class Passages(OneByOne):
    def __init__(self, manifest: ModelManifest) -> None:
        self._rules = manifest.passages

    def open(self, folder: Path) -> Any:
        return opened(AutoModelForQuestionAnswering, folder)

    def check(self, config: Any) -> None:
        if config.num_labels != _START_AND_END:
            raise ModelError("model.unreadable", "The network does not point at the two ends of an answer.")

    def most_tokens(self, network: Network) -> int | None:
        del network
        return None

    def parts(self, network: Network, question: Question, options: Options) -> tuple[Encoded, ...]:
        del options
        return self._windows(network, str(question["question"]), str(question["context"]))

    def replayed(self, network: Network, golden: Sequence[Golden]) -> list[list[float]]:
        """Training records the probabilities of the first window of a text."""
        texts = [(str(item.inputs["question"]), str(item.inputs["context"])) for item in golden]
        firsts = [self._windows(network, question, context)[0] for question, context in texts]
        return [row_TE.exp().T.flatten().tolist() for row_TE in self.rows(network, firsts)]

    def rows(self, network: Network, batch: Sequence[Encoded]) -> list[Any]:
        """Of each window the log-probability of every token to begin the answer, and to end it: (tokens, 2)."""
        found = network.forward(batch)
        logits = torch.stack([found.start_logits, found.end_logits], dim=-1).float().cpu()
        return [logits[row, : len(one.token_ids)].log_softmax(0) for row, one in enumerate(batch)]

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options) -> Prediction:
        del options
        windows = [part for part in parts if isinstance(part, Window)]
        longest = self._rules.max_answer_length
        found = [_best_passage(row_TE, window, longest) for row_TE, window in zip(rows, windows, strict=True)]
        best = max((one for one in found if one is not None), key=lambda one: one.margin, default=None)
        context = windows[0].text
        return AnswerPrediction(
            passage=None
            if best is None
            else PredictedPassage(
                start=best.start, end=best.end, text=context[best.start : best.end], score=best.score
            ),
            is_answer=best is not None and (best.margin > 0 or not self._rules.may_have_none),
            num_windows=len(windows),
            num_tokens=windows[0].num_tokens,
            is_truncated=windows[0].is_question_cut,
        )

    def _windows(self, network: Network, question: str, context: str) -> tuple[Encoded, ...]:
        """The question takes at most half of a window, as in training."""
        room = network.max_length - network.num_special_of_pair
        asked, told = network.whole([question, context], special=False)
        num_tokens = len(asked.ids) + len(told.ids) + network.num_special_of_pair
        is_cut = len(asked.ids) > room // 2
        if is_cut:
            question = question[: asked.offsets[room // 2 - 1][1]]
        overlap = min(self._rules.doc_stride, (room - room // 2) // 2)
        windows = []
        for found in network.windows(question, context, overlap=overlap):
            offsets = [
                offset if sequence == 1 else (0, 0)
                for offset, sequence in zip(found.offsets, found.sequence_ids, strict=True)
            ]
            windows.append(
                Window(
                    found.ids,
                    found.type_ids,
                    num_tokens,
                    text=context,
                    begins=tuple(begin for begin, _ in offsets),
                    ends=tuple(end for _, end in offsets),
                    is_question_cut=is_cut,
                )
            )
        return tuple(windows)


def _best_passage(log_TE: torch.Tensor, window: Window, longest: int) -> _Found | None:
    """A passage lies in the context, does not end before it starts, and is not longer than allowed."""
    ends = torch.tensor(window.ends)
    if not bool((ends > 0).any()):
        return None
    null = float(log_TE[_NULL].sum())
    start_T, end_T = log_TE.masked_fill((ends == 0).unsqueeze(-1), -torch.inf).unbind(-1)
    is_passage_TT = torch.ones(len(ends), len(ends), dtype=torch.bool).triu().tril(longest - 1)
    scores_TT = (start_T.unsqueeze(1) + end_T.unsqueeze(0)).masked_fill(~is_passage_TT, -torch.inf)
    score, flat = scores_TT.flatten().max(0)
    start, end = divmod(int(flat), len(ends))
    return _Found(window.begins[start], window.ends[end], margin=float(score) - null, score=float(score.exp()))
