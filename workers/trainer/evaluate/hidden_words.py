"""The evaluation of masked language models: the same words hidden in the same held-out texts, for the tuned model and the base."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: C channel, V vocabulary, N chosen position

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import HiddenWord, HiddenWordsDetails, HiddenWordsExample
from workers.trainer.data.encoded import IGNORED, evenly
from workers.trainer.data.masking import LABELS, WORDS
from workers.trainer.evaluate.baselines import timed
from workers.trainer.evaluate.contenders import evaluation_of
from workers.trainer.evaluate.language import (
    hardest_texts,
    language_contender,
    loss_keep,
    sums_by_data_row,
    verdict_by_loss,
)
from workers.trainer.row_scores import RowScores, pairs_among
from workers.trainer.token_loss import chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.results import Contender, Evaluation
    from workers.trainer.data.encoded import Batch, Encoded, IntArray
    from workers.trainer.engine import Engine
    from workers.trainer.parts import Run
    from workers.trainer.tasks.masked_lm import MaskedLm

    BoolArray = np.ndarray[tuple[int], np.dtype[np.bool_]]

_MOST_EXAMPLES = 20


def evaluate_hidden_words(run: Run, task: MaskedLm) -> Evaluation:
    """Where the base model has no output layer for this, a new one answers for it, which knows nothing. The frequencies of words in
    the training rows are therefore a rival as well.
    """
    encoded, rows = run.encoded["held_out"], run.data.held_out
    shown = evenly(len(encoded), _MOST_EXAMPLES)
    examples = task.with_hidden_words(encoded).select(shown)

    def ask(engine: Engine) -> tuple[list[RowScores], list[list[tuple[int, int, float]]]]:
        return task.answer(engine, encoded), _guesses(engine, task, examples)

    answers, tuned_guesses = ask(run.engine)
    run.control.check()
    with run.untouched() as untouched:
        (base_answers, base_guesses), seconds = timed(lambda: ask(untouched()))
    tuned, base = (sums_by_data_row(found, encoded, len(rows)) for found in (answers, base_answers))
    frequent, frequent_seconds = timed(lambda: sums_by_data_row(_by_frequency(run, task, encoded), encoded, len(rows)))
    loss_keep(run, tuned)
    bootstrap = Bootstrap(len(rows))
    return evaluation_of(
        run,
        primary="loss",
        contenders=(
            _with_pairs(
                language_contender(bootstrap, "tuned", tuned, run.state.seconds, accuracy=task.accuracy),
                [row.is_pair_right for row in pairs_among(answers)],
            ),
            language_contender(bootstrap, "base", base, seconds, accuracy=task.accuracy),
            _with_pairs(
                language_contender(bootstrap, "majority", frequent, frequent_seconds, accuracy=task.accuracy),
                _commonest(task.pair_labels(encoded)),
            ),
        ),
        verdict=verdict_by_loss({"tuned": tuned, "base": base, "majority": frequent}),
        details=HiddenWordsDetails(
            num_tokens=round(float(tuned.sums[:, 1].sum())),
            hardest=hardest_texts(rows, tuned, base),
            examples=tuple(
                HiddenWordsExample(
                    row=rows.rows[int(examples.targets["row"][i])],
                    parts=_parts(run.tokenizer, *_row(examples, i)),
                    words=_words(run.tokenizer, *_row(examples, i), tuned_guesses[i], base_guesses[i]),
                )
                for i in range(len(examples))
            ),
        ),
    )


def _with_pairs(contender: Contender, are_right: Sequence[bool]) -> Contender:
    """With the share of pairs that are told rightly, where there are pairs."""
    if not are_right:
        return contender
    found = Bootstrap(len(are_right)).mean(np.array(are_right, dtype=np.float64))
    return contender.model_copy(update={"metrics": {**contender.metrics, "pair_accuracy": found}})


def _commonest(labels: Sequence[int]) -> list[bool]:
    """Whether the commonest answer to all pairs is right, pair by pair."""
    commonest = max(labels, key=list(labels).count, default=0)
    return [label == commonest for label in labels]


def _by_frequency(run: Run, task: MaskedLm, encoded: Encoded) -> list[RowScores]:
    """Every hidden word is as likely as it is frequent in the training rows, one more of each added."""
    train = run.encoded["train"]
    written = train.ids.values[train.beside[WORDS].values >= 0]
    counts = np.bincount(written, minlength=len(run.vocabulary.used)) + 1
    likelihoods = np.log(counts / counts.sum()).astype(np.float32)
    labels = task.with_hidden_words(encoded).beside[LABELS]
    true = [labels.row(row)[labels.row(row) != IGNORED] for row in range(len(encoded))]
    most_frequent = counts.argmax()
    return [RowScores(likelihoods[row], row == most_frequent, np.ones(len(row), dtype=np.float32)) for row in true]


def _guesses(engine: Engine, task: MaskedLm, examples: Encoded) -> list[list[tuple[int, int, float]]]:
    """For every hidden token of every row: the true id, the likeliest id, and the probability of the true one."""

    def forward(model: Any, batch: Batch) -> list[list[tuple[int, int, float]]]:
        asked = task.asked(batch)
        spread_NV = model.logits(chosen(model.of(batch), asked.places_N)).float().softmax(-1)
        true = spread_NV.gather(1, asked.words_N.unsqueeze(1)).squeeze(1)
        rows: list[list[tuple[int, int, float]]] = [[] for _ in range(len(batch))]
        numbers = zip(asked.places_N, asked.words_N, spread_NV.argmax(1), true, strict=True)
        for place, word, guess, probability in numbers:
            rows[int(place) // asked.width].append((int(word), int(guess), float(probability)))
        return rows

    return engine.rows(examples, forward)


def _row(examples: Encoded, row: int) -> tuple[IntArray, BoolArray]:
    """The tokens as the models see them, and which of them were hidden."""
    return examples.ids.row(row), examples.beside[LABELS].row(row) != IGNORED


def _parts(tokenizer: Any, seen: IntArray, is_hidden: BoolArray) -> tuple[str, ...]:
    """What stands around the hidden tokens. Masks at both ends of a part keep the spaces that it has there."""
    ends = {tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id}
    mask = tokenizer.mask_token
    return tuple(
        _decoded(
            tokenizer, [*(number for number in part.tolist() if number not in ends), tokenizer.mask_token_id]
        ).removesuffix(mask)
        for part in _between(seen, np.flatnonzero(is_hidden))
    )


def _between(seen: IntArray, hidden: IntArray) -> list[IntArray]:
    starts, ends = [0, *(hidden + 1).tolist()], [*hidden.tolist(), len(seen)]
    return [seen[start:end] for start, end in zip(starts, ends, strict=True)]


def _decoded(tokenizer: Any, numbers: Sequence[int]) -> str:
    """Behind a mask, so that it is no beginning: pieces that go on with a word do, and others have their space."""
    return str(tokenizer.decode([tokenizer.mask_token_id, *numbers])).removeprefix(tokenizer.mask_token)


def _words(
    tokenizer: Any,
    seen: IntArray,
    is_hidden: BoolArray,
    tuned: Sequence[tuple[int, int, float]],
    base: Sequence[tuple[int, int, float]],
) -> tuple[HiddenWord, ...]:
    def named(number: int) -> str:
        return _decoded(tokenizer, [number])

    return tuple(
        HiddenWord(
            seen=None if instead == tokenizer.mask_token_id else named(instead),
            true=named(word),
            tuned=named(guess),
            base=named(base_guess),
            tuned_probability=probability,
            base_probability=base_probability,
        )
        for instead, (word, guess, probability), (_, base_guess, base_probability) in zip(
            seen[is_hidden].tolist(), tuned, base, strict=True
        )
    )
