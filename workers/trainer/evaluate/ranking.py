"""The evaluation of scores of candidates: of lists with one right candidate, and of single pairs."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from workers.bootstrap import Bootstrap
from workers.contract.results import Mistake, RankedText
from workers.trainer.data.candidates import RIGHT
from workers.trainer.data.lists import counts, only
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.engine import opened_when_asked
from workers.trainer.evaluate.baselines import tfidf, tfidf_label_sets
from workers.trainer.evaluate.by_row import rows_keep
from workers.trainer.evaluate.contenders import against_rivals, contenders_of, evaluation_of
from workers.trainer.evaluate.contributions import joined_words, weighed, words_apart, words_together
from workers.trainer.evaluate.mistakes import MOST_MISTAKES
from workers.trainer.evaluate.ranked import RankedRow, cut, ranking_details, ranking_mistakes, worst_first
from workers.trainer.evaluate.ranks import auc, first_right, ndcg
from workers.trainer.evaluate.rivals import whole_base
from workers.trainer.evaluate.verdict import verdict_by_statistic
from workers.trainer.rankers import BiEncoder, CrossEncoder, cosines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from workers.contract.results import ContenderName, Evaluation, Interval, RankingDetails
    from workers.trainer.data.read import Rows
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks.ranking import Ranking

    # One number for each candidate of each row.
    Scores = Sequence[FloatArray]

_SHOWN = 5


# --- a query with its candidates in each row


def evaluate_lists(run: Run, task: Ranking) -> Evaluation:
    rows = run.data.held_out
    relevance = [np.array(found) for found in rows["relevance"]]
    scorers = _scorers(run, task)
    answers: dict[ContenderName, tuple[Scores, float]] = against_rivals(
        run,
        task.answer(run.engine, run.encoded["held_out"]),
        {name: partial(scores, "held_out") for name, scores in scorers.items()},
    )
    figures = {name: _figures_of_queries(scores, relevance) for name, (scores, _) in answers.items()}
    rows_keep(run, "mrr", figures["tuned"]["mrr"])
    bootstrap = Bootstrap(len(rows))

    def mrr(name: ContenderName) -> Callable[[IntArray], float]:
        return lambda chosen: float(figures[name]["mrr"][chosen].mean())

    tuned = answers["tuned"][0]
    examples = _examples(rows.rows, rows["query"], rows["candidates"], relevance, tuned)
    return evaluation_of(
        run,
        primary="mrr",
        contenders=contenders_of(
            answers, lambda name: {metric: bootstrap.mean(values) for metric, values in figures[name].items()}
        ),
        verdict=verdict_by_statistic(bootstrap, {name: mrr(name) for name in answers}),
        mistakes=_misplaced(run, task, examples, tuned),
        details=ranking_details(
            first_right(tuned, relevance),
            examples,
            num_candidates=float(np.mean([len(found) for found in relevance])),
        ),
    )


def _figures_of_queries(scores: Scores, relevance: Scores) -> dict[str, FloatArray]:
    """One value for each query."""
    found = first_right(scores, _as_right(relevance))
    return {
        "mrr": found.reciprocal(),
        "ndcg_at_10": np.array([ndcg(*query, 10) for query in zip(scores, relevance, strict=True)]),
        "hit_at_1": found.hit(1),
        "hit_at_10": found.hit(10),
    }


def _examples(
    numbers: Sequence[int],
    queries: Sequence[str],
    candidates: Sequence[Sequence[tuple[str, str]]],
    relevance: Scores,
    scores: Scores,
) -> list[RankedRow]:
    ranks = first_right(scores, _as_right(relevance)).rank()
    return [
        RankedRow(
            row=numbers[i],
            query=queries[i],
            right=candidates[i][int(relevance[i].argmax())][0],
            rank=float(ranks[i]),
            first=[
                RankedText(
                    text=candidates[i][place][0],
                    score=float(scores[i][place]),
                    is_right=bool(relevance[i][place] >= RIGHT),
                )
                for place in np.argsort(-scores[i], kind="stable")[:_SHOWN].tolist()
            ],
        )
        for i in worst_first(ranks)
    ]


def _misplaced(run: Run, task: Ranking, examples: Sequence[RankedRow], scores: Scores) -> tuple[Mistake, ...]:
    """Queries beside the candidate that came first and is not the right one, with the words that spoke for it."""
    position = {row: i for i, row in enumerate(run.data.held_out.rows)}
    mistakes = [mistake.model_copy(update={"text_b": mistake.predicted}) for mistake in ranking_mistakes(examples)]
    chosen = np.array([position[mistake.row] for mistake in mistakes], dtype=np.int64)
    firsts = np.array([int(scores[i].argmax()) for i in chosen], dtype=np.int64)
    return _with_words(run, task, mistakes, chosen, firsts, scores=[float(scores[i].max()) for i in chosen])


def _with_words(
    run: Run,
    task: Ranking,
    mistakes: Sequence[Mistake],
    chosen: IntArray,
    places: IntArray,
    *,
    scores: Sequence[float] | FloatArray,
    is_against: npt.NDArray[np.bool_] | None = None,
) -> tuple[Mistake, ...]:
    """What the words of queries, and of the candidate of each at its place, did for the score of the two, or against it."""
    rows = run.data.held_out
    signs = np.ones(len(chosen)) if is_against is None else np.where(is_against, -1.0, 1.0)
    queries = [rows["query"][i] for i in chosen]
    candidates = [rows["candidates"][i][place].text for i, place in zip(chosen, places, strict=True)]
    words = (words_together if isinstance(task.ranker, CrossEncoder) else words_apart)(run, queries, candidates)
    return weighed(
        run,
        mistakes,
        only(run.encoded["held_out"].select(chosen), places),
        [joined_words(found) for found in words],
        whole=signs * np.array(scores),
        score=lambda without, which: signs[which] * np.concatenate(task.answer(run.engine, without)),
    )


# --- one pair in each row


@dataclass(frozen=True)
class _Pairs:
    """What a contender says about the validation and the held-out pairs, in numbers of its own."""

    validation: FloatArray
    held_out: FloatArray


def evaluate_pairs(run: Run, task: Ranking) -> Evaluation:
    """Accuracy is that at the threshold which is best on the validation rows: numbers of contenders have no scale in common."""
    rows = run.data.held_out
    relevance = np.array([found[0] for found in rows["relevance"]])
    is_right = (relevance >= RIGHT).astype(np.float64)
    validation = np.array([found[0] for found in run.data.validation["relevance"]])
    lists = _queries_with_both(rows, is_right)
    answers = against_rivals(run, _told(run, task), _pair_rivals(run, task))
    thresholds = {name: pair_threshold(found.validation, validation) for name, (found, _) in answers.items()}
    hits = {
        name: ((found.held_out >= thresholds[name]) == (is_right > 0)).astype(np.float64)
        for name, (found, _) in answers.items()
    }
    rows_keep(run, "accuracy", hits["tuned"])
    bootstrap = Bootstrap(len(rows))

    def area(name: ContenderName) -> Callable[[IntArray], float]:
        scores = answers[name][0].held_out
        return lambda chosen: auc(scores[chosen], is_right[chosen])

    tuned = answers["tuned"][0].held_out
    return evaluation_of(
        run,
        primary="auc",
        contenders=contenders_of(
            answers,
            lambda name: {
                "auc": bootstrap.of(area(name)),
                "accuracy": bootstrap.mean(hits[name]),
                **_figures_of_lists(answers[name][0].held_out, relevance, lists),
            },
        ),
        verdict=verdict_by_statistic(bootstrap, {name: area(name) for name in answers}),
        mistakes=_wrong_pairs(run, task, tuned, is_right, threshold=thresholds["tuned"]),
        details=_details_of_pairs(rows, tuned, relevance, lists),
    )


def _details_of_pairs(
    rows: Rows, scores: FloatArray, relevance: FloatArray, lists: Sequence[IntArray]
) -> RankingDetails:
    own, right = [scores[chosen] for chosen in lists], [relevance[chosen] for chosen in lists]
    examples = _examples(
        [rows.rows[chosen[0]] for chosen in lists],
        [rows["query"][chosen[0]] for chosen in lists],
        [[rows["candidates"][i][0] for i in chosen] for chosen in lists],
        right,
        own,
    )
    return ranking_details(
        first_right(own, _as_right(right)),
        examples,
        num_candidates=float(np.mean([len(chosen) for chosen in lists])) if lists else 0.0,
    )


def _as_right(relevance: Scores) -> Scores:
    return [(row >= RIGHT).astype(np.float64) for row in relevance]


def pair_threshold(scores: FloatArray, relevance: FloatArray) -> float:
    """The score from which on most pairs are told rightly, half-way between two scores that occur."""
    is_right = relevance >= RIGHT
    levels = np.unique(scores)
    cuts = np.concatenate([[levels[0] - 1.0], (levels[:-1] + levels[1:]) / 2, [levels[-1] + 1.0]])
    wrong_below = np.searchsorted(np.sort(scores[is_right]), cuts)
    wrong_above = (~is_right).sum() - np.searchsorted(np.sort(scores[~is_right]), cuts)
    return float(cuts[int(np.argmin(wrong_below + wrong_above))])


def _queries_with_both(rows: Rows, is_right: FloatArray) -> list[IntArray]:
    """Rows of each query that has right and wrong candidates: the only ones whose order says anything."""
    by_query: dict[str, list[int]] = defaultdict(list)
    for position, query in enumerate(rows["query"]):
        by_query[query].append(position)
    found = [np.array(chosen) for chosen in by_query.values()]
    return [chosen for chosen in found if 0 < is_right[chosen].sum() < len(chosen)]


def _figures_of_lists(scores: FloatArray, relevance: FloatArray, lists: Sequence[IntArray]) -> dict[str, Interval]:
    """Nothing where no query has both right and wrong candidates."""
    if not lists:
        return {}
    figures = _figures_of_queries([scores[chosen] for chosen in lists], [relevance[chosen] for chosen in lists])
    bootstrap = Bootstrap(len(lists))
    return {metric: bootstrap.mean(values) for metric, values in figures.items()}


def _wrong_pairs(
    run: Run, task: Ranking, scores: FloatArray, is_right: FloatArray, *, threshold: float
) -> tuple[Mistake, ...]:
    """The furthest on the wrong side of the threshold first, with the words that spoke for that side."""
    rows, margins = run.data.held_out, scores - threshold
    wrong = np.flatnonzero((margins >= 0) != (is_right > 0))
    chosen = wrong[np.argsort(-np.abs(margins[wrong]), kind="stable")][:MOST_MISTAKES]
    names = {True: "right", False: "wrong"}
    mistakes = [
        Mistake(
            row=rows.rows[i],
            text=cut(rows["query"][i]),
            text_b=cut(rows["candidates"][i][0].text),
            label=names[bool(is_right[i])],
            predicted=names[not is_right[i]],
        )
        for i in chosen.tolist()
    ]
    return _with_words(
        run,
        task,
        mistakes,
        chosen,
        np.zeros(len(chosen), dtype=np.int64),
        scores=scores[chosen],
        is_against=is_right[chosen] > 0,
    )


def _told(run: Run, task: Ranking) -> _Pairs:
    validation, held_out = (
        np.concatenate(task.answer(run.engine, run.encoded[split])) for split in ("validation", "held_out")
    )
    return _Pairs(validation, held_out)


def _pair_rivals(run: Run, task: Ranking) -> dict[ContenderName, Callable[[], _Pairs]]:
    def both(scores: Callable[[str], Scores]) -> _Pairs:
        return _Pairs(np.concatenate(scores("validation")), np.concatenate(scores("held_out")))

    def linear(split: str) -> Scores:
        texts = {
            name: [f"{a} ␟ {b[0].text}" for a, b in zip(rows["query"], rows["candidates"], strict=True)]
            for name, rows in (("train", run.data.train), (split, run.data.split(split)))
        }
        targets = np.array([[float(found[0] >= RIGHT)] for found in run.data.train["relevance"]])
        return list(tfidf_label_sets(texts["train"], targets, texts[split]))

    scorers: Mapping[ContenderName, Callable[[str], Scores]] = {**_scorers(run, task), "tfidf_linear": linear}
    return {name: partial(both, scores) for name, scores in scorers.items()}


# --- what both forms are compared with


def _scorers(run: Run, task: Ranking) -> Mapping[ContenderName, Callable[[str], Scores]]:
    """Each scores the candidates of a split."""
    scorers: dict[ContenderName, Callable[[str], Scores]] = {
        "popularity": lambda split: _by_popularity(run.data.train, run.data.split(split)),
        "tfidf_cosine": lambda split: _by_words(run.data.train, run.data.split(split)),
        "base": lambda split: _by_cosine(run, run.data.split(split)),
    }
    # Of two vectors a linear layer makes a line of the cosine, which orders alike.
    if isinstance(task.ranker, CrossEncoder):
        scorers["base_probe"] = lambda split: _by_probe(run, task, split)
    return scorers


def _by_popularity(train: Rows, rows: Rows) -> Scores:
    """How often the candidate was the right one in training."""
    times: Counter[str] = Counter()
    for candidates, relevance in zip(train["candidates"], train["relevance"], strict=True):
        for candidate, value in zip(candidates, relevance, strict=True):
            times[candidate.item] += value >= RIGHT
    return [np.array([float(times[candidate.item]) for candidate in found]) for found in rows["candidates"]]


def _by_words(train: Rows, rows: Rows) -> Scores:
    """Cosine of TF-IDF vectors, whose weights the training texts give."""
    known = dict.fromkeys([*train["query"], *(candidate.text for found in train["candidates"] for candidate in found)])
    sizes = [len(found) for found in rows["candidates"]]
    texts = [candidate.text for found in rows["candidates"] for candidate in found]
    features = tfidf(list(known), [*rows["query"], *texts])
    if features is None:
        return [np.zeros(size) for size in sizes]
    queries, candidates = features[1][: len(rows)], features[1][len(rows) :]
    cosines = queries[np.repeat(np.arange(len(rows)), sizes)].multiply(candidates).sum(1)
    return np.split(np.asarray(cosines).ravel(), np.cumsum(sizes)[:-1])


def _by_cosine(run: Run, rows: Rows) -> Scores:
    """Of the untouched base model's vectors."""
    base, ranker = run.base, BiEncoder(is_line_learnt=False)
    encoded = ranker.encode(
        rows["query"], rows["candidates"], Tokeniser(run.tokenizer), base, max_length=run.plan.max_length
    )
    with opened_when_asked(lambda: whole_base(run, ranker.open_model(base))) as engine:
        return [
            row.double().numpy()[:size]
            for row, size in zip(
                engine().rows(encoded, lambda model, batch: list(cosines(model, batch)[0].cpu())),
                counts(encoded),
                strict=True,
            )
        ]


def _by_probe(run: Run, task: Ranking, split: str) -> Scores:
    """The output layer solved on the untouched base model."""
    with run.untouched() as untouched:
        engine = untouched()
        task.ranker.load_head(engine.model, task.solve_head(run, engine))
        return task.answer(engine, run.encoded[split])
