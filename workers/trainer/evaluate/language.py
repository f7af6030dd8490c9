"""The evaluation of plain language: the tuned model against the untouched base, on the same held-out texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import Contender, LanguageDetails, ScoredText, WrittenExample
from workers.trainer.data.encoded import Encoded, Ragged, evenly
from workers.trainer.data.packing import DOCUMENTS, WEIGHTS
from workers.trainer.evaluate.baselines import timed
from workers.trainer.evaluate.by_row import rows_keep
from workers.trainer.evaluate.contenders import evaluation_of
from workers.trainer.evaluate.verdict import verdict_by_statistic
from workers.trainer.generation import write
from workers.trainer.row_scores import perplexity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workers.contract.results import ContenderName, Evaluation, Verdict
    from workers.trainer.data.read import Rows
    from workers.trainer.engine import Engine
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.row_scores import RowScores
    from workers.trainer.tasks.causal_lm import CausalLm

# Fewer texts than this say too little about their spread; then blocks are drawn instead, though neighbours are alike.
_FEWEST_DOCUMENTS = 20
_MOST_EXAMPLES = 20
_MOST_HARD_TEXTS = 30
_LONGEST_TEXT = 500
_PROMPT_TOKENS, _WRITTEN_TOKENS = 32, 48


class Sums:
    """(units, 3): summed loss, tokens and hits of each unit that is drawn in the bootstrap."""

    def __init__(self, sums: FloatArray) -> None:
        self.sums = sums

    @property
    def losses(self) -> FloatArray:
        """Per token, of each unit."""
        found: FloatArray = self.sums[:, 0] / np.maximum(self.sums[:, 1], 1e-12)
        return found

    def loss(self, rows: IntArray) -> float:
        loss, weight, _ = self.sums[rows].sum(0)
        return float(loss / weight) if weight else 0.0

    def perplexity(self, rows: IntArray) -> float:
        return perplexity(self.loss(rows))

    def accuracy(self, rows: IntArray) -> float:
        _, weight, hits = self.sums[rows].sum(0)
        return float(hits / weight) if weight else 0.0


def language_contender(
    bootstrap: Bootstrap, name: ContenderName, sums: Sums, seconds: float, *, accuracy: str = "token_accuracy"
) -> Contender:
    return Contender(
        name=name,
        metrics={
            "loss": bootstrap.of(sums.loss),
            "perplexity": bootstrap.of(sums.perplexity),
            accuracy: bootstrap.of(sums.accuracy),
        },
        seconds=round(seconds, 3),
    )


def sums_by_data_row(scores: Sequence[RowScores], encoded: Encoded, num_rows: int) -> Sums:
    """A long text or a conversation may be several rows of the model; it is drawn as one."""
    sums = np.zeros((num_rows, 3))
    found = np.array([(row.loss, row.weight, row.num_hits) for row in scores], dtype=np.float64)
    np.add.at(sums, encoded.targets["row"].numpy(), found)
    return Sums(sums)


def verdict_by_loss(sums: Mapping[ContenderName, Sums]) -> Verdict:
    """About the loss per token."""
    bootstrap = Bootstrap(len(sums["tuned"].sums))
    return verdict_by_statistic(bootstrap, {name: found.loss for name, found in sums.items()}, is_lower_better=True)


def loss_keep(run: Run, sums: Sums) -> None:
    """The loss per token of each held-out row."""
    rows_keep(run, "loss", sums.sums[:, 0], sums.sums[:, 1], is_lower_better=True)


def evaluate_language(run: Run, task: CausalLm) -> Evaluation:
    encoded, rows = run.encoded["held_out"], run.data.held_out
    prompts, references, prompted = _openings(encoded)
    texts_of = _writer(run, prompts)
    tuned, written = task.answer(run.engine, encoded), texts_of(run.engine)
    with run.untouched() as untouched:
        (base, base_written), seconds = timed(lambda: (task.answer(untouched(), encoded), texts_of(untouched())))
    by_document: dict[ContenderName, Sums] = {
        "tuned": _by_document(tuned, encoded, len(rows)),
        "base": _by_document(base, encoded, len(rows)),
    }
    loss_keep(run, by_document["tuned"])
    has_documents = len(rows) >= _FEWEST_DOCUMENTS
    units: dict[ContenderName, Sums] = (
        by_document if has_documents else {"tuned": _by_row(tuned), "base": _by_row(base)}
    )
    bootstrap = Bootstrap(len(units["tuned"].sums))
    decode = run.tokenizer.decode
    return evaluation_of(
        run,
        primary="loss",
        contenders=(
            language_contender(bootstrap, "tuned", units["tuned"], run.state.seconds),
            language_contender(bootstrap, "base", units["base"], seconds),
        ),
        verdict=verdict_by_loss(units),
        details=LanguageDetails(
            num_tokens=round(sum(row.weight for row in tuned)),
            hardest=hardest_texts(rows, by_document["tuned"], by_document["base"]),
            examples=tuple(
                WrittenExample(
                    row=rows.rows[document],
                    prompt=decode(prompts.ids.row(i).tolist(), skip_special_tokens=True),
                    reference=decode(references[i], skip_special_tokens=True),
                    tuned=written[i],
                    base=base_written[i],
                )
                for i, document in enumerate(prompted)
            ),
        ),
    )


def _by_row(scores: Sequence[RowScores]) -> Sums:
    return Sums(np.array([(row.loss, row.weight, row.num_hits) for row in scores], dtype=np.float64))


def _by_document(scores: Sequence[RowScores], encoded: Encoded, num_documents: int) -> Sums:
    """Blocks mix texts; every token counts for its own."""
    sums = np.zeros((num_documents, 3))
    for row, found in enumerate(scores):
        documents = encoded.beside[DOCUMENTS].row(row)[encoded.beside[WEIGHTS].row(row) > 0]
        weights = found.weights.astype(np.float64)
        columns = (-found.likelihoods.astype(np.float64) * weights, weights, found.hits * weights)
        np.add.at(sums, documents, np.stack(columns, axis=1))
    return Sums(sums)


def hardest_texts(rows: Rows, tuned: Sums, base: Sums) -> tuple[ScoredText, ...]:
    """Those that the tuned model finds least likely, token by token."""
    losses, base_losses = tuned.losses, base.losses
    order = np.argsort(-losses, kind="stable")[:_MOST_HARD_TEXTS]
    return tuple(
        ScoredText(
            row=rows.rows[i],
            text=rows["text"][i][:_LONGEST_TEXT],
            tuned_loss=float(losses[i]),
            base_loss=float(base_losses[i]),
        )
        for i in order.tolist()
        if tuned.sums[i, 1]
    )


def _openings(encoded: Encoded) -> tuple[Encoded, list[list[int]], list[int]]:
    """Beginnings of texts that go on in their block, evenly taken; how they go on; and which texts they are."""
    found: list[tuple[list[int], list[int], int]] = []
    for row in range(len(encoded)):
        ids, documents = encoded.ids.row(row), encoded.beside[DOCUMENTS].row(row)
        starts = np.flatnonzero(np.diff(documents, prepend=-1 if row == 0 else documents[0]))
        for start in starts.tolist():
            length = int((documents == documents[start]).sum())
            num_prompt = min(_PROMPT_TOKENS, length // 2)
            if num_prompt:
                rest = ids[start + num_prompt : start + min(length, num_prompt + _WRITTEN_TOKENS)]
                found.append((ids[start : start + num_prompt].tolist(), rest.tolist(), int(documents[start])))
    chosen = evenly(len(found), _MOST_EXAMPLES)
    some = [found[i] for i in chosen]
    return (
        Encoded(ids=Ragged.of([prompt for prompt, _, _ in some])),
        [rest for _, rest, _ in some],
        [document for _, _, document in some],
    )


def _writer(run: Run, prompts: Encoded) -> Callable[[Engine], list[str]]:
    def texts_of(engine: Engine) -> list[str]:
        written = write(engine, prompts, max_new_tokens=_WRITTEN_TOKENS)
        return [run.tokenizer.decode(ids, skip_special_tokens=True) for ids in written]

    return texts_of
