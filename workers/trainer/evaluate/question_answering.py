"""The evaluation of answers that are passages of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import AnsweredQuestion, Mistake, QuestionAnsweringDetails
from workers.trainer.data.encoded import ASKED
from workers.trainer.evaluate.by_row import rows_keep
from workers.trainer.evaluate.contenders import against_rivals, contenders_of, evaluation_of
from workers.trainer.evaluate.contributions import joined_words, weighed, words_of
from workers.trainer.evaluate.mistakes import MOST_MISTAKES, joined
from workers.trainer.evaluate.passages import exact_match, f1
from workers.trainer.evaluate.texts import words
from workers.trainer.evaluate.verdict import verdict_by_statistic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from workers.contract.results import ContenderName, Evaluation
    from workers.trainer.data.answers import Passage
    from workers.trainer.data.read import Rows
    from workers.trainer.evaluate.contributions import Piece
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks.question_answering import QuestionAnswering, Said

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
        mistakes=_mistakes(run, task, said, {i: one for i, one in examples.items() if one.f1 < 1}),
        details=_details(task, expected, scores["tuned"], tuple(examples.values())),
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
) -> dict[int, AnsweredQuestion]:
    """By position, the worst first, of these the surest first."""
    order = sorted(range(len(rows)), key=lambda i: (scores[i], -confidences[i], i))[:_MOST_EXAMPLES]
    return {
        i: AnsweredQuestion(
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
    }


def _mistakes(
    run: Run, task: QuestionAnswering, said: Sequence[Said], wrong: Mapping[int, AnsweredQuestion]
) -> tuple[Mistake, ...]:
    """With the words, of those that are shown, that spoke for the passage that was said, or for there being none."""
    rows, chosen = run.data.held_out, list(wrong)[:MOST_MISTAKES]
    mistakes = [
        Mistake(
            row=wrong[i].row,
            text=wrong[i].question,
            text_b=wrong[i].context,
            label=joined(wrong[i].expected),
            predicted=joined([wrong[i].predicted] if wrong[i].predicted else []),
            confidence=wrong[i].confidence,
        )
        for i in chosen
    ]
    asked, encodings = task.asking(run, {i: said[i] for i in chosen})
    pieces = []
    for number, (i, encoding) in enumerate(zip(chosen, encodings, strict=True)):
        context, answer = rows["context"][i], said[i]
        part = _around(context, rows["answers"][i], context[answer.start : answer.end])
        words = [word for found in words_of(encoding) for word in _shown(found, part)]
        pieces.append(joined_words(words, asked.beside[ASKED].row(number)))
    return weighed(
        run,
        mistakes,
        asked,
        pieces,
        whole=np.array([said[i].confidence for i in chosen]),
        score=lambda without, _: task.sureness(run.engine, without),
    )


def _shown(word: Piece, part: slice) -> Iterator[Piece]:
    """The word where it stands in the excerpt of the question or in that of the context; nothing where it is in neither."""
    if word.part == 0 and word.end <= _EXCERPT:
        yield word
    elif word.part == 1 and part.start <= word.start and word.end <= part.stop:
        moved = bool(part.start) - part.start
        yield replace(word, start=word.start + moved, end=word.end + moved)


def excerpt(context: str, answers: Sequence[Passage], said: str) -> str:
    """The context around the first expected answer; around what was said where none is expected."""
    part = _around(context, answers, said)
    return f"{'…' if part.start else ''}{context[part]}{'…' if part.stop < len(context) else ''}"


def _around(context: str, answers: Sequence[Passage], said: str) -> slice:
    start, end = (answers[0].start, answers[0].end) if answers else (context.find(said), context.find(said) + len(said))
    spare = max(0, _EXCERPT - (end - start)) // 2
    return slice(max(0, start - spare), min(len(context), end + spare))
