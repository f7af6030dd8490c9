"""The evaluation of tasks that find spans."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import ClassScore, Mistake, SpanDetails, TaggedExample
from workers.contract.tags import OUTSIDE, Span, spans_of, types_of
from workers.trainer.data.encoded import ASKED
from workers.trainer.data.masking import NO_WORD, WORDS
from workers.trainer.evaluate.by_row import rows_keep
from workers.trainer.evaluate.contenders import against_rivals, contenders_of, evaluation_of
from workers.trainer.evaluate.contributions import Piece, joined_words, weighed
from workers.trainer.evaluate.effect import Primary
from workers.trainer.evaluate.mistakes import MOST_MISTAKES
from workers.trainer.evaluate.verdict import verdict_by_statistic
from workers.trainer.evaluate.word_tagger import linear_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from workers.contract.results import ContenderName, Evaluation
    from workers.trainer.engine import Engine
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks.token_classification import TokenClassification

    TaggedRows = Sequence[Sequence[str]]
    Counts = npt.NDArray[np.int64]

_MOST_EXAMPLES = 60


def evaluate_spans(run: Run, task: TokenClassification) -> Evaluation:
    rows = run.data.held_out
    true: TaggedRows = rows["tags"]
    encoded = run.encoded["held_out"]
    said = task.answer(run.engine, encoded)
    tuned: TaggedRows = task.tags_for_rows(said.tags, encoded, rows)
    answers = against_rivals(run, tuned, _rivals(run, task))
    types = types_of(run.data.labels)
    counts = {name: _counts(true, found, types) for name, (found, _) in answers.items()}
    hits, told, there = counts["tuned"].sum(2).astype(np.float64).T
    rows_keep(run, "f1", 2 * hits, told + there)
    bootstrap = Bootstrap(len(true))
    return evaluation_of(
        run,
        primary="f1",
        contenders=contenders_of(
            answers,
            lambda name: {figure: bootstrap.of(of_rows) for figure, of_rows in _figures(counts[name]).items()},
        ),
        verdict=verdict_by_statistic(bootstrap, {name: _f1(found) for name, found in counts.items()}),
        mistakes=_mistakes(run, task, true, tuned, task.probabilities_for_rows(said, encoded, rows)),
        details=SpanDetails(
            labels=tuple(types),
            per_type=tuple(_score(kind, counts["tuned"][:, :, i].sum(0)) for i, kind in enumerate(types)),
            examples=_examples(rows["tokens"], rows.rows, true, tuned),
        ),
    )


def primary_of_spans(run: Run, task: TokenClassification) -> Primary:
    rows = run.data.held_out
    found = _tags(run, task, run.engine)
    return Primary("f1", _f1(_counts(rows["tags"], found, types_of(run.data.labels))), num_rows=len(rows))


def _tags(run: Run, task: TokenClassification, engine: Engine) -> TaggedRows:
    encoded = run.encoded["held_out"]
    return task.tags_for_rows(task.answer(engine, encoded).tags, encoded, run.data.held_out)


def _counts(true: TaggedRows, found: TaggedRows, types: list[str]) -> Counts:
    """(rows, 3, types): spans that are found exactly, that are said, and that are there."""
    number = {kind: i for i, kind in enumerate(types)}
    counts = np.zeros((len(true), 3, len(types)), dtype=np.int64)
    for row, (wanted, said) in enumerate(zip(true, found, strict=True)):
        there, told = set(spans_of(wanted)), set(spans_of(said))
        for column, spans in enumerate((there & told, told, there)):
            for span in spans:
                counts[row, column, number[span.type]] += 1
    return counts


def span_figures(true: TaggedRows, found: TaggedRows, labels: Sequence[str]) -> dict[str, Callable[[IntArray], float]]:
    """Each on any selection of the rows."""
    return _figures(_counts(true, found, types_of(labels)))


def _figures(counts: Counts) -> dict[str, Callable[[IntArray], float]]:
    return {"f1": _f1(counts), "precision": _share(counts, of=1), "recall": _share(counts, of=2)}


def _f1(counts: Counts) -> Callable[[IntArray], float]:
    totals = counts.sum(2)

    def statistic(rows: IntArray) -> float:
        hits, told, there = totals[rows].sum(0)
        return float(2 * hits / (told + there)) if told + there else 0.0

    return statistic


def _share(counts: Counts, *, of: int) -> Callable[[IntArray], float]:
    """Hits among what is said (1) or among what is there (2)."""
    totals = counts.sum(2)

    def statistic(rows: IntArray) -> float:
        sums = totals[rows].sum(0)
        return float(sums[0] / sums[of]) if sums[of] else 0.0

    return statistic


def _score(kind: str, counts: Counts) -> ClassScore:
    hits, told, there = (int(count) for count in counts)
    return ClassScore(
        label=kind,
        precision=hits / max(1, told),
        recall=hits / max(1, there),
        f1=2 * hits / max(1, told + there),
        support=there,
    )


def _rivals(run: Run, task: TokenClassification) -> dict[ContenderName, Callable[[], TaggedRows]]:
    train, held_out = run.data.train, run.data.held_out

    def usual_tags() -> TaggedRows:
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        for tokens, tags in zip(train["tokens"], train["tags"], strict=True):
            for token, tag in zip(tokens, tags, strict=True):
                seen[token][tag] += 1
        usual = {token: min(counts, key=lambda tag: (-counts[tag], tag)) for token, counts in seen.items()}
        return [tuple(usual.get(token, OUTSIDE) for token in tokens) for tokens in held_out["tokens"]]

    def probe() -> TaggedRows:
        with run.untouched() as untouched:
            engine = untouched()
            task.load_head(engine, task.solve_head(run, engine))
            return _tags(run, task, engine)

    return {
        "most_frequent_tag": usual_tags,
        "word_linear": lambda: linear_tags(train["tokens"], train["tags"], held_out["tokens"], seed=run.spec.seed),
        "base_probe": probe,
    }


def _wrong(true: Sequence[str], found: Sequence[str]) -> set[Span]:
    """Spans that are said and not there, or there and not said."""
    return set(spans_of(true)) ^ set(spans_of(found))


def sureness(true: Sequence[str], found: Sequence[str], probabilities: FloatArray) -> float | None:
    """Of the wrong span whose tags the model was surest of: their mean probability over the tokens that it saw, as where it is served."""
    _, sure = _surest(true, found, probabilities)
    return sure


def _surest(true: Sequence[str], found: Sequence[str], probabilities: FloatArray) -> tuple[Span | None, float | None]:
    """The wrong span that `sureness` is about, none where the model saw nothing of any."""
    parts = {span: probabilities[span.start : span.end] for span in sorted(_wrong(true, found))}
    sure = {span: float(np.nanmean(part)) for span, part in parts.items() if not np.isnan(part).all()}
    return max(sure.items(), key=lambda item: item[1], default=(None, None))


def _mistakes(
    run: Run, task: TokenClassification, true: TaggedRows, found: TaggedRows, probabilities: Sequence[FloatArray]
) -> tuple[Mistake, ...]:
    """The surest first, with the words around its surest wrong span that spoke for its tags; last those of which the model saw nothing."""
    rows = run.data.held_out
    surest = {
        i: _surest(a, b, probabilities[i]) for i, (a, b) in enumerate(zip(true, found, strict=True)) if _wrong(a, b)
    }
    order = sorted(surest, key=lambda i: (-(surest[i][1] or 0.0), i))[:MOST_MISTAKES]
    mistakes = [
        Mistake(
            row=rows.rows[i],
            text=" ".join(rows["tokens"][i])[:500],
            label=_told(rows["tokens"][i], true[i]),
            predicted=_told(rows["tokens"][i], found[i]),
            confidence=surest[i][1],
        )
        for i in order
    ]
    asked = task.asking(run.encoded["held_out"], found, {i: surest[i][0] for i in order})
    return weighed(
        run,
        mistakes,
        asked,
        [
            joined_words(_words(rows["tokens"][i], asked.beside[WORDS].row(number)), asked.beside[ASKED].row(number))
            if surest[i][0]
            else []
            for number, i in enumerate(order)
        ],
        whole=np.array([surest[i][1] or 0.0 for i in order]),
        score=lambda without, _: task.sureness(run.engine, without),
    )


def _words(tokens: Sequence[str], of_pieces: IntArray) -> list[Piece]:
    """What the model sees of a row's tokens, which are shown with a space between them."""
    ends = np.cumsum([len(token) + 1 for token in tokens]) - 1
    found = []
    for word, places in groupby(range(len(of_pieces)), key=lambda place: int(of_pieces[place])):
        if word == NO_WORD:
            continue
        inside, end = list(places), int(ends[word])
        found.append(Piece(0, inside[0], inside[-1] + 1, end - len(tokens[word]), end))
    return found


def _told(tokens: Sequence[str], tags: Sequence[str]) -> str:
    spans = [f"{span.type}: {' '.join(tokens[span.start : span.end])}" for span in spans_of(tags)]
    return "; ".join(spans) or "–"


def _examples(
    tokens: Sequence[Sequence[str]], numbers: Sequence[int], true: TaggedRows, found: TaggedRows
) -> tuple[TaggedExample, ...]:
    """Rows with the most wrong spans first, then others."""
    order = sorted(range(len(true)), key=lambda i: (-len(_wrong(true[i], found[i])), i))[:_MOST_EXAMPLES]
    return tuple(
        TaggedExample(row=numbers[i], tokens=tuple(tokens[i]), true=tuple(true[i]), predicted=tuple(found[i]))
        for i in order
    )
