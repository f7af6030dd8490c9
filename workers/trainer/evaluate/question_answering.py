"""The evaluation of answers that are passages of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import AnsweredQuestion, Mistake, QuestionAnsweringDetails
from workers.trainer.evaluate.by_row import rows_keep
from workers.trainer.evaluate.contenders import against_rivals, contenders_of, evaluation_of
from workers.trainer.evaluate.mistakes import MOST_MISTAKES, joined
from workers.trainer.evaluate.passages import exact_match, f1
from workers.trainer.evaluate.texts import words
from workers.trainer.evaluate.verdict import verdict_by_statistic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workers.contract.results import ContenderName, Evaluation
    from workers.trainer.data.answers import Passage
    from workers.trainer.data.read import Rows
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks.question_answering import QuestionAnswering

_MOST_EXAMPLES = 60
_EXCERPT = 240
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])|\n+")


@dataclass(frozen=True)
class _Scores:
    """For each question."""

    exact: FloatArray
    f1: FloatArray


def evaluate_answers(run: Run, task: QuestionAnswering) -> Evaluation:
    rows = run.data.held_out
    expected = [tuple(answer.text for answer in answers) for answers in rows["answers"]]
    said = task.in_order_of(rows, task.answer(run.engine, run.encoded["held_out"]).said)
    tuned: Sequence[str] = [
        context[answer.start : answer.end] for context, answer in zip(rows["context"], said, strict=True)
    ]
    answers = against_rivals(run, tuned, _rivals(run, task))
    scores = {
        name: _Scores(
            exact=np.array([exact_match(a, wanted, task.scoring) for a, wanted in zip(found, expected, strict=True)]),
            f1=np.array([f1(a, wanted, task.scoring) for a, wanted in zip(found, expected, strict=True)]),
        )
        for name, (found, _) in answers.items()
    }
    rows_keep(run, "f1", scores["tuned"].f1)
    bootstrap = Bootstrap(len(rows))

    def mean_f1(name: ContenderName) -> Callable[[IntArray], float]:
        return lambda rows: float(scores[name].f1[rows].mean())

    examples = _examples(rows, tuned, scores["tuned"].f1, [answer.confidence for answer in said])
    return evaluation_of(
        run,
        primary="f1",
        contenders=contenders_of(
            answers,
            lambda name: {"f1": bootstrap.mean(scores[name].f1), "exact_match": bootstrap.mean(scores[name].exact)},
        ),
        verdict=verdict_by_statistic(bootstrap, {name: mean_f1(name) for name in scores}),
        mistakes=tuple(
            Mistake(
                row=example.row,
                text=example.question,
                text_b=example.context,
                label=joined(example.expected),
                predicted=joined([example.predicted] if example.predicted else []),
                confidence=example.confidence,
            )
            for example in examples
            if example.f1 < 1
        )[:MOST_MISTAKES],
        details=_details(task, expected, scores["tuned"], examples),
    )


def _details(
    task: QuestionAnswering, expected: Sequence[Sequence[str]], tuned: _Scores, examples: tuple[AnsweredQuestion, ...]
) -> QuestionAnsweringDetails:
    has_answer = np.array([bool(answers) for answers in expected])
    return QuestionAnsweringDetails(
        scoring=task.scoring,
        num_answerable=int(has_answer.sum()),
        num_unanswerable=int((~has_answer).sum()),
        answerable_f1=float(tuned.f1[has_answer].mean()) if has_answer.any() else None,
        unanswerable_accuracy=float(tuned.exact[~has_answer].mean()) if not has_answer.all() else None,
        examples=examples,
    )


def _rivals(run: Run, task: QuestionAnswering) -> dict[ContenderName, Callable[[], Sequence[str]]]:
    rows = run.data.held_out

    def probe() -> Sequence[str]:
        with run.untouched() as untouched:
            engine = untouched()
            task.load_head(engine, task.solve_head(run, engine))
            said = task.in_order_of(rows, task.answer(engine, run.encoded["held_out"]).said)
        return [context[answer.start : answer.end] for context, answer in zip(rows["context"], said, strict=True)]

    found: dict[ContenderName, Callable[[], Sequence[str]]] = {
        "matching_sentence": lambda: [
            matching_sentence(*pair) for pair in zip(rows["question"], rows["context"], strict=True)
        ]
    }
    if not all(run.data.train["answers"]):
        found["majority"] = lambda: [""] * len(rows)
    return {**found, "base_probe": probe}


def matching_sentence(question: str, context: str) -> str:
    """The first of the sentences that share most words with the question (single characters where words are not spaced)."""
    wanted = set(words(question))
    sentences = [sentence.strip() for sentence in _SENTENCE_END.split(context) if sentence.strip()]
    return max(sentences, key=lambda sentence: len(wanted.intersection(words(sentence))), default="")


def _examples(
    rows: Rows, said: Sequence[str], scores: FloatArray, confidences: Sequence[float]
) -> tuple[AnsweredQuestion, ...]:
    """The worst first, of these the surest first."""
    order = sorted(range(len(rows)), key=lambda i: (scores[i], -confidences[i], i))[:_MOST_EXAMPLES]
    return tuple(
        AnsweredQuestion(
            row=rows.rows[i],
            id=rows["id"][i],
            question=rows["question"][i][:_EXCERPT],
            context=excerpt(rows["context"][i], rows["answers"][i], said[i]),
            expected=tuple(answer.text for answer in rows["answers"][i]),
            predicted=said[i],
            f1=float(scores[i]),
            confidence=confidences[i],
        )
        for i in order
    )


def excerpt(context: str, answers: Sequence[Passage], said: str) -> str:
    """The context around the first expected answer; around what was said where none is expected."""
    start, end = (answers[0].start, answers[0].end) if answers else (context.find(said), context.find(said) + len(said))
    spare = max(0, _EXCERPT - (end - start)) // 2
    first, last = max(0, start - spare), min(len(context), end + spare)
    return f"{'…' if first else ''}{context[first:last]}{'…' if last < len(context) else ''}"
