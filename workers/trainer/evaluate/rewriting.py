"""The evaluation of translations and summaries: what is written against what was wanted, beside the loss of what was wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import Contender, WritingDetails, WrittenExample
from workers.trainer.data.encoded import evenly
from workers.trainer.data.sentences import sentences
from workers.trainer.evaluate.baselines import timed
from workers.trainer.evaluate.contenders import evaluation_of
from workers.trainer.evaluate.language import Sums, language_contender, loss_keep, verdict_by_loss
from workers.trainer.evaluate.stock_answers import nearest_targets, typical_target
from workers.trainer.evaluate.texts import CorpusScore, bleu_tokenizer, rouge, rouge_signature
from workers.trainer.evaluate.verdict import verdict_by_statistic
from workers.trainer.evaluate.writing import LONGEST_TEXT, MOST_EXAMPLES, MOST_NEW_TOKENS, last_part, texts_of
from workers.trainer.generation import write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workers.contract.results import ContenderName, Evaluation, Interval, Verdict
    from workers.trainer.data.encoded import Encoded, IntArray
    from workers.trainer.data.read import Rows
    from workers.trainer.engine import Engine
    from workers.trainer.parts import Run
    from workers.trainer.row_scores import RowScores

    Statistic = Callable[[IntArray], float]

# Writing is slow, and figures over this many texts tell a good model from a bad one.
MOST_WRITTEN = 200
_MOST_SENTENCES = 3


@dataclass(frozen=True)
class Scores:
    """Figures about written texts, each on any selection of them, and how the figures are computed."""

    statistics: Mapping[str, Statistic]
    signatures: Mapping[str, str]


def translation_scores(references: Sequence[str], written: Sequence[str]) -> Scores:
    """ChrF follows people's judgement better than BLEU does (Kocmi et al. 2021, arXiv:2107.10821), hence comes first."""
    found = {
        "chrf": CorpusScore("chrf", references, written),
        "bleu": CorpusScore("bleu", references, written, tokenize=bleu_tokenizer(references)),
    }
    return Scores(found, {name: score.signature for name, score in found.items()})


def summary_scores(references: Sequence[str], written: Sequence[str]) -> Scores:
    found = rouge(references, written)
    return Scores(
        {name: _mean_of(found[name]) for name in ("rouge_l", "rouge_1", "rouge_2")},
        dict.fromkeys(found, rouge_signature()),
    )


def _mean_of(values: Any) -> Statistic:
    return lambda rows: float(values[rows].mean())


class RewritingTask(Protocol):
    """What the evaluation asks of a task."""

    spec: Any
    scores: Callable[[Sequence[str], Sequence[str]], Scores]
    can_base_write: bool
    has_first_sentence: bool

    def answer(self, engine: Engine, encoded: Encoded) -> list[RowScores]:
        """What the model finds likely."""

    def rows_of(self, encoded: Encoded) -> IntArray:
        """Positions in the data of encoded rows."""

    def prompts(self, encoded: Encoded) -> tuple[Encoded, IntArray]:
        """What the model writes from, and the positions in the data; rows that are not read whole are left out."""

    def max_new_tokens(self, run: Run, prompts: Encoded) -> int:
        """How long what it writes may become."""


def evaluate_rewriting(run: Run, task: RewritingTask) -> Evaluation:
    """The verdict is about the first of the task's figures, on the texts that are written.

    Where no held-out row is read whole, nothing is written, and it is about the loss.
    """
    encoded, rows = run.encoded["held_out"], run.data.held_out
    prompts, positions = _evenly(*task.prompts(encoded))
    longest = min(MOST_NEW_TOKENS, task.max_new_tokens(run, prompts)) if len(positions) else 0
    references = _of(rows["target"], positions)

    def ask(engine: Engine) -> tuple[list[RowScores], list[str]]:
        ids = write(engine, prompts, max_new_tokens=longest, num_beams=task.spec.num_beams) if longest else []
        return task.answer(engine, encoded), texts_of(run, ids)

    tuned, tuned_written = ask(run.engine)
    run.control.check()
    written: dict[ContenderName, list[str]] = {"tuned": tuned_written}
    sums: dict[ContenderName, Sums] = {"tuned": _by_data_row(task, tuned, encoded, len(rows))}
    loss_keep(run, sums["tuned"])
    seconds = {"tuned": run.state.seconds}
    if task.can_base_write:
        with run.untouched() as untouched:
            (base, written["base"]), seconds["base"] = timed(lambda: ask(untouched()))
        sums["base"] = _by_data_row(task, base, encoded, len(rows))
    if longest:
        written["copy_source"] = _of(rows["source"], positions)
    if longest:
        written |= _stock_answers(run.data.train, written["copy_source"], task)
    if longest and task.has_first_sentence:
        count = _num_sentences(run.data.validation, task)
        written["first_sentence"] = [first_sentences(source, count) for source in written["copy_source"]]
    scores = {name: task.scores(references, texts) for name, texts in written.items()} if longest else {}
    return evaluation_of(
        run,
        primary=next(iter(scores["tuned"].statistics)) if scores else "loss",
        contenders=tuple(
            _contender(name, scores.get(name), len(references), sums.get(name), seconds.get(name, 0.0))
            for name in written
        ),
        verdict=_verdict(scores, len(references)) if scores else verdict_by_loss(sums),
        details=WritingDetails(
            num_tokens=sum(len(row.likelihoods) for row in tuned),
            num_written=len(references),
            max_new_tokens=longest,
            signatures=dict(scores["tuned"].signatures) if scores else {},
            examples=tuple(
                WrittenExample(
                    row=rows.rows[positions[i]],
                    prompt=last_part(rows["source"][positions[i]]),
                    reference=references[i][:LONGEST_TEXT],
                    tuned=tuned_written[i][:LONGEST_TEXT],
                    base=written["base"][i][:LONGEST_TEXT] if task.can_base_write else "",
                )
                for i in _worst(scores["tuned"], len(references))
            )
            if scores
            else (),
            examples_by=next(iter(scores["tuned"].statistics)) if scores else None,
        ),
    )


def _stock_answers(train: Rows, sources: Sequence[str], task: RewritingTask) -> dict[ContenderName, list[str]]:
    """A model that writes the same rubbish to everything, or less than somebody who looks things up, should not pass for a help."""

    def score(references: Sequence[str], written: Sequence[str]) -> float:
        return _first(task.scores(references, written))(np.arange(len(references)))

    found: dict[ContenderName, list[str]] = {"typical_target": [typical_target(train, score)] * len(sources)}
    nearest = nearest_targets(train, sources)
    return found if nearest is None else {**found, "nearest_example": nearest}


def _first(scores: Scores) -> Statistic:
    return next(iter(scores.statistics.values()))


def _worst(scores: Scores, num_written: int) -> list[int]:
    """Texts with the lowest first figure of the task, each on its own."""
    first = _first(scores)
    return sorted(range(num_written), key=lambda i: (first(np.array([i])), i))[:MOST_EXAMPLES]


def first_sentences(text: str, count: int) -> str:
    return " ".join(sentences(text)[:count])


def _num_sentences(rows: Rows, task: RewritingTask) -> int:
    """As many as score best on the validation rows."""

    def score(count: int) -> float:
        found = task.scores(rows["target"], [first_sentences(source, count) for source in rows["source"]])
        return _first(found)(np.arange(len(rows)))

    return max(range(1, _MOST_SENTENCES + 1), key=score)


def _evenly(prompts: Encoded, positions: IntArray) -> tuple[Encoded, IntArray]:
    chosen = evenly(len(positions), MOST_WRITTEN)
    return prompts.select(chosen), positions[chosen]


def _of(texts: Sequence[str], positions: IntArray) -> list[str]:
    return [texts[position] for position in positions.tolist()]


def _by_data_row(task: RewritingTask, scores: Sequence[RowScores], encoded: Encoded, num_rows: int) -> Sums:
    sums = np.zeros((num_rows, 3))
    sums[task.rows_of(encoded)] = [(row.loss, row.weight, row.num_hits) for row in scores]
    return Sums(sums)


def _contender(
    name: ContenderName, scores: Scores | None, num_written: int, sums: Sums | None, seconds: float
) -> Contender:
    """Who copies a text has no loss."""
    metrics: dict[str, Interval] = {}
    if scores is not None:
        over_written = Bootstrap(num_written)
        metrics |= {figure: over_written.of(statistic) for figure, statistic in scores.statistics.items()}
    if sums is not None:
        metrics |= language_contender(Bootstrap(len(sums.sums)), name, sums, seconds).metrics
    return Contender(name=name, metrics=metrics, seconds=round(seconds, 3))


def _verdict(scores: Mapping[ContenderName, Scores], num_written: int) -> Verdict:
    return verdict_by_statistic(Bootstrap(num_written), {name: _first(found) for name, found in scores.items()})
