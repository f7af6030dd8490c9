"""The evaluation of tasks whose model answers in texts of its own: what it finds likely, and what it writes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import NextTurn, WritingDetails, WrittenExample
from workers.trainer.data.conversations import shown
from workers.trainer.data.encoded import Encoded, Ragged, evenly
from workers.trainer.evaluate.baselines import timed
from workers.trainer.evaluate.contenders import evaluation_of
from workers.trainer.evaluate.dialogue import Meanings, NextTurns, Tone, next_turns
from workers.trainer.evaluate.language import Sums, language_contender, loss_keep, sums_by_data_row, verdict_by_loss
from workers.trainer.evaluate.texts import CorpusScore, exact_matches, word_f1
from workers.trainer.evaluate.verdict import verdict_by_rows
from workers.trainer.generation import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.results import Contender, ContenderName, Evaluation
    from workers.trainer.engine import Engine
    from workers.trainer.evaluate.metrics import FloatArray
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
    next_turns: NextTurns | None
    """What else the conversations might go on with; None where all answers are alike."""

    @property
    def texts(self) -> list[str]:
        """Of all wanted answers, and of the others that they are told from."""
        return self.references if self.next_turns is None else list(chain.from_iterable(self.next_turns.texts))

    def written(self, run: Run, engine: Engine) -> list[str]:
        ids = write(engine, self.prompts, max_new_tokens=self.max_new_tokens)
        return texts_of(run, ids)


@dataclass(frozen=True)
class _Said:
    """Of one model: what it finds likely of the held-out rows, what it writes, and whether it finds their true next turns."""

    scores: list[RowScores]
    written: list[str]
    is_turn_found: FloatArray | None


def evaluate_chat(run: Run, task: Chat) -> Evaluation:
    """The verdict is about the loss of the wanted answers, row by row; texts are written for up to `MOST_WRITTEN` rows."""
    encoded, rows = run.encoded["held_out"], run.data.held_out
    answers = last_answers(run, encoded)

    def ask(engine: Engine) -> _Said:
        turns = answers.next_turns
        return _Said(
            scores=task.answer(engine, encoded),
            written=answers.written(run, engine),
            is_turn_found=None if turns is None else turns.is_true_one_likeliest(task, engine),
        )

    tuned = ask(run.engine)
    run.control.check()
    with run.untouched() as untouched:
        base, seconds = timed(lambda: ask(untouched()))
        texts = [*answers.texts, *tuned.written, *base.written]
        meanings = Meanings(untouched(), run.tokenizer, texts) if answers.rows else None
    tone = Tone.of(answers.references)
    sums: dict[ContenderName, Sums] = {
        "tuned": sums_by_data_row(tuned.scores, encoded, len(rows)),
        "base": sums_by_data_row(base.scores, encoded, len(rows)),
    }
    loss_keep(run, sums["tuned"])
    hardest = np.argsort(-sums["tuned"].losses[answers.rows], kind="stable")[:MOST_EXAMPLES].tolist()
    bootstrap = Bootstrap(len(rows))
    return evaluation_of(
        run,
        primary="loss",
        contenders=(
            _with_answers(
                language_contender(bootstrap, "tuned", sums["tuned"], run.state.seconds), answers, tuned, meanings, tone
            ),
            _with_answers(language_contender(bootstrap, "base", sums["base"], seconds), answers, base, meanings, tone),
        ),
        verdict=verdict_by_loss(sums),
        details=WritingDetails(
            num_tokens=sum(len(row.likelihoods) for row in tuned.scores),
            num_written=len(answers.rows),
            max_new_tokens=answers.max_new_tokens,
            examples=tuple(
                WrittenExample(
                    row=rows.rows[answers.rows[i]],
                    prompt=last_part(shown(rows["messages"][answers.rows[i]][:-1])),
                    reference=answers.references[i][:LONGEST_TEXT],
                    tuned=tuned.written[i][:LONGEST_TEXT],
                    base=base.written[i][:LONGEST_TEXT],
                )
                for i in hardest
            ),
            examples_by="loss",
            next_turn=_next_turn(answers.next_turns, tuned, base),
            commonest_tone=None if tone is None else tone.commonest,
            no_tone="language" if tone is None and answers.rows else None,
        ),
    )


def last_answers(run: Run, encoded: Encoded) -> Answers:
    """The last answer of rows that are read whole and end with one, evenly taken."""
    starts = encoded.targets["answer"].numpy()
    whole = np.flatnonzero((starts > 0) & (starts < encoded.ids.lengths))
    chosen = evenly(len(whole), MOST_WRITTEN)
    ids = [encoded.ids.row(int(i)).tolist() for i in whole]
    wanted = [row[starts[i] :] for i, row in zip(whole, ids, strict=True)]
    texts = texts_of(run, wanted)
    prompts = [ids[i][: starts[whole[i]]] for i in chosen]
    references = [texts[i] for i in chosen]
    return Answers(
        prompts=Encoded(ids=Ragged.of(prompts)),
        references=references,
        rows=encoded.targets["row"].numpy()[whole[chosen]].tolist(),
        max_new_tokens=most_new_tokens([len(wanted[i]) for i in chosen]),
        next_turns=next_turns(
            prompts, references, dict(zip(texts, wanted, strict=True)), max_length=run.plan.max_length
        ),
    )


def most_new_tokens(lengths: Sequence[int]) -> int:
    """Half as long again as the longest wanted text, within reason."""
    return min(MOST_NEW_TOKENS, max(lengths, default=1) * 3 // 2 + 8)


def texts_of(run: Run, rows: Sequence[Sequence[int]]) -> list[str]:
    return [run.tokenizer.decode(list(ids), skip_special_tokens=True).strip() for ids in rows]


def _with_answers(
    found: Contender, answers: Answers, said: _Said, meanings: Meanings | None, tone: Tone | None
) -> Contender:
    """With the figures about its written answers, where there are any."""
    if meanings is None:
        return found
    references, written, turns = answers.references, said.written, answers.next_turns
    by_row = {
        "exact_match": exact_matches(references, written),
        "word_f1": word_f1(references, written),
        "answer_similarity": meanings.similarities(written, references),
        "answer_selection": None if turns is None else meanings.is_true_one_nearest(written, turns),
        "next_turn_accuracy": said.is_turn_found,
        "tone_agreement": None if tone is None else tone.agreement(written),
    }
    bootstrap = Bootstrap(len(references))
    return found.model_copy(
        update={
            "metrics": {
                **found.metrics,
                **{name: bootstrap.mean(values) for name, values in by_row.items() if values is not None},
                "chrf": bootstrap.of(CorpusScore("chrf", references, written)),
            }
        }
    )


def _next_turn(turns: NextTurns | None, tuned: _Said, base: _Said) -> NextTurn | None:
    if turns is None or tuned.is_turn_found is None or base.is_turn_found is None:
        return None
    verdict = verdict_by_rows(Bootstrap(len(turns.texts)), {"tuned": tuned.is_turn_found, "base": base.is_turn_found})
    return NextTurn(num_others=turns.num_others, chance=turns.chance, verdict=verdict)


def last_part(text: str) -> str:
    """The end of a long conversation is what is answered."""
    return text if len(text) <= LONGEST_TEXT else f"…{text[-LONGEST_TEXT:]}"
