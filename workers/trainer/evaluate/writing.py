"""The evaluation of tasks whose model answers in texts of its own: what it finds likely, and what it writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workers.contract.results import Contender, Evaluation, WritingDetails, WrittenExample
from workers.trainer.data.conversations import shown
from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.evaluate.baselines import timed
from workers.trainer.evaluate.bootstrap import Bootstrap
from workers.trainer.evaluate.language import Sums, language_contender
from workers.trainer.evaluate.texts import CorpusScore, exact_matches, word_f1
from workers.trainer.evaluate.verdict import verdict_by_statistic
from workers.trainer.generation import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.results import ContenderName
    from workers.trainer.engine import Engine
    from workers.trainer.parts import Run
    from workers.trainer.row_scores import RowScores
    from workers.trainer.tasks.chat import Chat

# Writing is slow: a token at a time. This many rows tell a good answer from a bad one.
MOST_WRITTEN = 100
MOST_NEW_TOKENS = 256
MOST_EXAMPLES = 30
LONGEST_TEXT = 1000


@dataclass(frozen=True)
class Answers:
    """Prompts of held-out rows, their wanted answers, and how long written ones may become."""

    prompts: Encoded
    references: list[str]
    rows: list[int]
    """Positions in the held-out data."""
    max_new_tokens: int

    def written(self, run: Run, engine: Engine) -> list[str]:
        ids = write(engine, self.prompts, max_new_tokens=self.max_new_tokens)
        return texts_of(run, ids)


def evaluate_chat(run: Run, task: Chat) -> Evaluation:
    """The verdict is about the loss of the wanted answers, row by row; texts are written for up to `MOST_WRITTEN` rows."""
    encoded, rows = run.encoded["held_out"], run.data.held_out
    answers = last_answers(run, encoded)

    def ask(engine: Engine) -> tuple[list[RowScores], list[str]]:
        return task.answer(engine, encoded), answers.written(run, engine)

    tuned, tuned_written = ask(run.engine)
    run.control.check()
    with run.untouched() as untouched:
        (base, base_written), seconds = timed(lambda: ask(untouched()))
    sums = {"tuned": _by_data_row(tuned, encoded, len(rows)), "base": _by_data_row(base, encoded, len(rows))}
    bootstrap = Bootstrap(len(rows))
    return Evaluation(
        task=run.spec.task.type,
        split=run.data.held_out_split,
        num_rows=len(rows),
        primary="loss",
        contenders=(
            _contender(bootstrap, "tuned", sums["tuned"], answers.references, tuned_written, run.state.seconds),
            _contender(bootstrap, "base", sums["base"], answers.references, base_written, seconds),
        ),
        verdict=verdict_by_statistic(
            bootstrap, sums["tuned"].loss, {"base": sums["base"].loss}, num_rows=len(rows), is_lower_better=True
        ),
        mistakes=(),
        details=WritingDetails(
            num_tokens=sum(len(row.likelihoods) for row in tuned),
            num_written=len(answers.rows),
            max_new_tokens=answers.max_new_tokens,
            examples=tuple(
                WrittenExample(
                    row=rows.rows[row],
                    prompt=last_part(shown(rows["messages"][row][:-1])),
                    reference=reference[:LONGEST_TEXT],
                    tuned=said[:LONGEST_TEXT],
                    base=base_said[:LONGEST_TEXT],
                )
                for row, reference, said, base_said in list(
                    zip(answers.rows, answers.references, tuned_written, base_written, strict=True)
                )[:MOST_EXAMPLES]
            ),
        ),
    )


def last_answers(run: Run, encoded: Encoded) -> Answers:
    """The last answer of rows that are read whole, evenly taken."""
    starts = encoded.targets["answer"].numpy()
    whole = np.flatnonzero(starts > 0)
    chosen = whole[np.linspace(0, len(whole) - 1, min(MOST_WRITTEN, len(whole))).round().astype(int)]
    ids = [encoded.ids.row(int(i)).tolist() for i in chosen]
    wanted = [row[starts[i] :] for i, row in zip(chosen, ids, strict=True)]
    return Answers(
        prompts=Encoded(ids=Ragged.of([row[: starts[i]] for i, row in zip(chosen, ids, strict=True)])),
        references=texts_of(run, wanted),
        rows=encoded.targets["row"].numpy()[chosen].tolist(),
        max_new_tokens=most_new_tokens([len(row) for row in wanted]),
    )


def most_new_tokens(lengths: Sequence[int]) -> int:
    """Half as long again as the longest wanted text, within reason."""
    return min(MOST_NEW_TOKENS, max(lengths, default=1) * 3 // 2 + 8)


def texts_of(run: Run, rows: Sequence[Sequence[int]]) -> list[str]:
    return [run.tokenizer.decode(list(ids), skip_special_tokens=True).strip() for ids in rows]


def _by_data_row(scores: Sequence[RowScores], encoded: Encoded, num_rows: int) -> Sums:
    """A conversation may be several rows of the model; it is drawn as one."""
    sums = np.zeros((num_rows, 3))
    found = np.array([(row.loss, row.weight, row.num_hits) for row in scores], dtype=np.float64)
    np.add.at(sums, encoded.targets["row"].numpy(), found)
    return Sums(sums)


def _contender(
    bootstrap: Bootstrap,
    name: ContenderName,
    sums: Sums,
    references: Sequence[str],
    written: Sequence[str],
    seconds: float,
) -> Contender:
    found = language_contender(bootstrap, name, sums, seconds)
    if not references:
        return found
    over_written = Bootstrap(len(references))
    return found.model_copy(
        update={
            "metrics": {
                **found.metrics,
                "exact_match": over_written.mean(exact_matches(references, written)),
                "word_f1": over_written.mean(word_f1(references, written)),
                "chrf": over_written.of(CorpusScore("chrf", references, written)),
            }
        }
    )


def last_part(text: str) -> str:
    """The end of a long conversation is what is answered."""
    return text if len(text) <= LONGEST_TEXT else f"…{text[-LONGEST_TEXT:]}"
