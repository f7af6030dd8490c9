"""A tag for every token: named entities, slots."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, L label, N token with a label

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch.nn import functional
from transformers import AutoModelForTokenClassification

from workers.contract.reasons import JobError
from workers.contract.results import Golden
from workers.contract.tags import OUTSIDE, spans_of
from workers.trainer.bodies import open_network
from workers.trainer.data.doubts import doubtful_examples, similar_labels, tags_without_beginning
from workers.trainer.data.encoded import ASKED, IGNORED, Cuts, Encoded, Ragged
from workers.trainer.data.masking import NO_WORD, WORDS
from workers.trainer.data.read import read_splits, refuse_unseen
from workers.trainer.data.splits import divide
from workers.trainer.data.tagged import has_no_token, tag_columns, with_tags
from workers.trainer.data.unlearnt import left_out_rows
from workers.trainer.evaluate.metrics import span_f1
from workers.trainer.evaluate.spans import evaluate_spans, primary_of_spans, span_figures
from workers.trainer.golden import golden_rows
from workers.trainer.headed import HeadedDeliverable
from workers.trainer.losses import ClassLoss, choice_divergence, consistent_loss
from workers.trainer.model import HeadedModel, headed
from workers.trainer.probe import PENALTIES, Head, Probing, solve_linear
from workers.trainer.taught import Part, Taught, labelled_lesson
from workers.trainer.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from workers.contract.events import Warned
    from workers.contract.results import Evaluation
    from workers.contract.spec import JobSpec
    from workers.contract.tags import Span
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Batch, IntArray
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.engine import Engine
    from workers.trainer.evaluate.effect import Primary
    from workers.trainer.evaluate.metrics import FloatArray
    from workers.trainer.parts import Run

AUTO_CLASS = "AutoModelForTokenClassification"
# Tokens that the output layer is solved on before fine-tuning: more cost memory and change little.
_MOST_PROBED_TOKENS = 40_000
# Of an encoded row: which row of the data it is.
ROW = "row"


TokenFeatures = tuple[torch.Tensor, torch.Tensor]
"""States of the body and labels of tokens that have one: (tokens, channels), (tokens)."""


@dataclass(frozen=True)
class Tagging:
    """What the model says about rows: tag numbers of the tokens that it saw, how likely it finds them, and the loss over them."""

    tags: list[IntArray]
    probabilities: list[FloatArray]
    loss: float


class TokenClassification:
    """The first piece of a token carries its tag; further pieces, and tokens beyond the length limit, carry none."""

    watched = "f1"
    shares: ClassVar[frozenset[str]] = frozenset({"f1"})
    lower_is_better: ClassVar[frozenset[str]] = frozenset({"loss"})
    has_head_start = True
    may_split = True
    fewest_rows = 1
    needs_vocabulary = False

    def __init__(self, spec: JobSpec) -> None:
        self.spec: Any = spec.task
        self.r_drop = 0.0
        self._labels: tuple[str, ...] = ()
        self._loss = ClassLoss(spec.optimisation)

    # --- data

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        splits: dict[str, Rows] = {}
        silent: list[Warned] = []
        for split, rows in read_splits(spec.data, data_dir, columns=tag_columns(self.spec), is_empty=has_no_token):
            splits[split], found = with_tags(rows, self.spec)
            silent += found
        data, warnings = divide(splits, seed=spec.seed, kinds=_types)
        labels = tuple(sorted({tag for tags in data.train["tags"] for tag in tags} | {OUTSIDE}))
        if labels == (OUTSIDE,):
            raise JobError(
                "data:single_class",
                f"Every tag of {data.train.file} is {OUTSIDE}; there is no span to learn.",
                file=data.train.file,
                label=OUTSIDE,
            )
        types = {label[2:] for label in labels}
        for rows in (data.validation, data.held_out):
            refuse_unseen(rows, _types(rows), types, what="span type")
        self._labels = _whole(labels)
        counts = Counter(tag for tags in data.train["tags"] for tag in tags)
        self._loss.learn_choices(torch.tensor([counts[label] for label in self._labels]))
        doubts = [
            *doubtful_examples(data, inputs=("tokens",), target="tags"),
            *similar_labels(data.train, self._labels),
        ]
        for rows in splits.values():
            doubts += tags_without_beginning(rows, column=self.spec.tags_column)
        return replace(data, labels=self._labels), [*warnings, *silent, *doubts]

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        del base
        number = {tag: i for i, tag in enumerate(data.labels)}
        found = tokeniser.encodings([list(tokens) for tokens in rows["tokens"]], is_split=True)
        ids, labels, words, lengths, num_truncated = [], [], [], [], 0
        for encoding, tags in zip(found, rows["tags"], strict=True):
            row_ids, row_labels = encoding.ids, _labels_of(encoding.word_ids, [number[tag] for tag in tags])
            row_words = [NO_WORD if word is None else word for word in encoding.word_ids]
            lengths.append(len(row_ids))
            if max_length is not None and len(row_ids) > max_length:
                num_truncated += 1
                row_ids = [*row_ids[: max_length - 1], row_ids[-1]]
                row_labels = [*row_labels[: max_length - 1], IGNORED]
                row_words = [*row_words[: max_length - 1], NO_WORD]
            ids.append(row_ids)
            labels.append(row_labels)
            words.append(row_words)
        encoded = Encoded(
            ids=Ragged.of(ids),
            beside={"labels": Ragged.of(labels), WORDS: Ragged.of(words)},
            targets={ROW: torch.arange(len(ids))},
            num_truncated=num_truncated,
            cuts=Cuts.at_end(lengths, max_length, num_closing=1),
        )
        return _learnable(encoded, rows, max_length) if rows.split == "train" and max_length is not None else encoded

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        lesson = labelled_lesson(encoded.beside["labels"].values, data.labels)
        return Taught((Part("tokens", encoded, lesson),), origin=encoded.targets[ROW].numpy(), loss_over="tokens")

    # --- learning

    def open_model(self, base: Base, data: TaskData) -> HeadedModel:
        return HeadedModel(
            open_network(
                base,
                AutoModelForTokenClassification,
                id2label=dict(enumerate(data.labels)),
                label2id={label: i for i, label in enumerate(data.labels)},
            )
        )

    def loss(self, model: HeadedModel, batch: Batch) -> torch.Tensor:
        labels_N = batch.beside["labels"].flatten()
        is_asked_N = labels_N != IGNORED
        return consistent_loss(
            lambda: model.of(batch).logits.float().flatten(0, 1),
            loss=lambda logits_NL: self._loss.of_choices(logits_NL, labels_N, ignored=IGNORED),
            divergence=lambda one_NL, other_NL: choice_divergence(one_NL[is_asked_N], other_NL[is_asked_N]),
            weight=self.r_drop,
        )

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        labels = encoded.beside["labels"]
        return sum(int((labels.row(int(row)) != IGNORED).sum()) for row in rows)

    def start(self, run: Run) -> dict[str, float]:
        self.load_head(run.engine, self.solve_head(run, run.engine))
        encoded = run.encoded["validation"]
        return self.metrics(self.answer(run.engine, encoded), encoded)

    @staticmethod
    def load_head(engine: Engine, head: Head) -> None:
        head.put_into(headed(engine.model).output_layer)

    def solve_head(self, run: Run, engine: Engine) -> Head:
        """The best linear layer on token features of the untouched base model, which `engine` holds."""
        train, judged = (_token_features(engine, rows) for rows in _probed(run))
        return _solved(run, _joined(train), _joined(judged), PENALTIES)

    def probing(self, run: Run) -> Probing:
        """The held-out rows are read once for all layers."""
        held_out, data = run.encoded["held_out"], run.data.held_out

        @cache
        def features() -> tuple[list[TokenFeatures], TokenFeatures]:
            with run.untouched() as untouched:
                train, judged = (_token_features(untouched(), rows) for rows in _probed(run))
            return train, _joined(judged)

        def solve(rows: IntArray, penalties: Sequence[float]) -> Head:
            train, judged = features()
            return _solved(run, _joined([train[row] for row in rows.tolist()]), judged, penalties)

        def scores(heads: Sequence[Head]) -> list[Callable[[IntArray], float]]:
            with run.untouched() as untouched:
                found = untouched().rows(held_out, lambda model, batch: _tags_of_heads(model, batch, heads))
            of_heads = [self.tags_for_rows(list(tags), held_out, data) for tags in zip(*found, strict=True)]
            return [span_figures(data["tags"], tags, run.data.labels)[run.watched_name] for tags in of_heads]

        return Probing(
            num_rows=len(_probed(run)[0]),
            num_outputs=len(run.data.labels),
            num_held_out=len(held_out),
            solve=solve,
            scores=scores,
        )

    # --- answers

    def answer(self, engine: Engine, encoded: Encoded) -> Tagging:
        found = engine.rows(encoded, _tag_rows)
        total = sum(loss for _, _, loss in found)
        return Tagging(
            tags=[tags for tags, _, _ in found],
            probabilities=[probabilities for _, probabilities, _ in found],
            loss=total / max(1, sum(len(tags) for tags, _, _ in found)),
        )

    def metrics(self, answers: Tagging, encoded: Encoded) -> dict[str, float]:
        labels = encoded.beside["labels"]
        true = [labels.row(row)[labels.row(row) != IGNORED] for row in range(len(encoded))]
        return {"loss": answers.loss, **span_f1(self._named(true), self._named(answers.tags))}

    def _named(self, rows: Sequence[IntArray]) -> list[list[str]]:
        return [[self._labels[number] for number in row.tolist()] for row in rows]

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_spans(run, self)

    def primary(self, run: Run) -> Primary:
        return primary_of_spans(run, self)

    def tags_for_rows(self, tags: Sequence[IntArray], encoded: Encoded, rows: Rows) -> list[tuple[str, ...]]:
        """One tag for every token of the data, from the numbers of those of the tokens that the model saw.

        The model does not see tokens beyond the limit of length, nor those that the tokenizer makes nothing of (U+200B, U+FE0F): they are
        outside of any span, but for those that a span goes on across, which are part of it as they are where the model is served.
        """
        return [
            _on_every_token(self._named([found])[0], words.tolist(), num_tokens=len(tokens))
            for found, words, tokens in zip(tags, _seen_words(encoded), rows["tokens"], strict=True)
        ]

    @staticmethod
    def probabilities_for_rows(answers: Tagging, encoded: Encoded, rows: Rows) -> list[FloatArray]:
        """Of every tag that the model gave, at its token of the data; nan at tokens that it did not see."""
        spread = [np.full(len(tokens), np.nan) for tokens in rows["tokens"]]
        for row, found, words in zip(spread, answers.probabilities, _seen_words(encoded), strict=True):
            row[words] = found
        return spread

    def asking(self, encoded: Encoded, tags: Sequence[Sequence[str]], spans: Mapping[int, Span | None]) -> Encoded:
        """The rows that `spans` names, whose tags are asked about: `ASKED` is one more than their numbers, at the tokens of the span."""
        number = {tag: i for i, tag in enumerate(self._labels)}
        found = encoded.select(np.array(list(spans), dtype=np.int64))
        labels, words = found.beside["labels"], found.beside[WORDS]
        asked = [np.zeros(length, dtype=np.int64) for length in found.ids.lengths]
        for place, (row, span) in enumerate(spans.items()):
            if span is None:
                continue
            of_words = words.row(place)
            is_inside = (labels.row(place) != IGNORED) & (of_words >= span.start) & (of_words < span.end)
            asked[place][is_inside] = [1 + number[tags[row][word]] for word in of_words[is_inside].tolist()]
        return replace(found, beside={**found.beside, ASKED: Ragged.of(asked)})

    def sureness(self, engine: Engine, encoded: Encoded) -> FloatArray:
        """(rows,): mean probability of the tags that are asked about."""
        return np.array(engine.rows(encoded, _sureness))

    # --- what is delivered

    def threshold(self, run: Run) -> float | None:
        del run
        return None

    def deliverable(self, run: Run) -> HeadedDeliverable:
        model = headed(run.engine.model)
        return HeadedDeliverable.of(model, run.base, auto_class=AUTO_CLASS, new_modules=model.new_modules)

    def golden(self, run: Run) -> tuple[Golden, ...]:
        """Probabilities of all tags at the first piece of every token that the model sees."""
        encoded = run.encoded["held_out"]
        chosen = golden_rows(encoded.lengths)
        some = encoded.select(chosen)
        found = run.engine.rows(some, _probabilities, is_exact=True)
        tokens = run.data.held_out["tokens"]
        return tuple(
            Golden(inputs={"tokens": tokens[row]}, expected=tuple(numbers))
            for row, numbers in zip(chosen.tolist(), found, strict=True)
        )

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        inputs = tokenizer(
            [list(item.inputs["tokens"]) for item in golden],
            is_split_into_words=True,
            padding=True,
            truncation=True,
            return_tensors="pt",
        )
        probabilities_BTL = model(**inputs).logits.softmax(-1)
        return [
            probabilities_BTL[row][torch.tensor(_first_pieces(inputs.word_ids(row)))].flatten().tolist()
            for row in range(len(golden))
        ]

    def usage(self, run: Run) -> Usage:
        return Usage(
            title=f"Tagger of {len({label[2:] for label in run.data.labels if label != OUTSIDE})} span types on {run.base.info.name}",
            pipeline_tag="token-classification",
            code="from transformers import pipeline\n\n"
            'tag = pipeline("token-classification", model="path/to/this/folder", aggregation_strategy="first")\n'
            'print(tag("your text"))',
            note="The network is a standard one of its family. The first piece of a word carries its tag.",
        )


def _types(rows: Rows) -> list[list[str]]:
    """Of the spans of every row."""
    return [[tag[2:] for tag in tags if tag != OUTSIDE] for tags in rows["tags"]]


def _whole(labels: tuple[str, ...]) -> tuple[str, ...]:
    """With the I- of every B- and the other way round: validation may need either."""
    types = sorted({label[2:] for label in labels if label != OUTSIDE})
    return (OUTSIDE, *(f"{prefix}-{kind}" for kind in types for prefix in "BI"))


def _learnable(encoded: Encoded, rows: Rows, max_length: int) -> Encoded:
    """Without rows of whose tokens the tokenizer makes nothing: a batch of them has no loss."""
    labels = encoded.beside["labels"]
    is_learnt = np.array([(labels.row(row) != IGNORED).any() for row in range(len(labels))])
    if is_learnt.all() or not is_learnt.any():
        return encoded
    notes = left_out_rows(rows, np.flatnonzero(~is_learnt).tolist(), max_length)
    return replace(encoded.select(np.flatnonzero(is_learnt)), notes=tuple(notes))


def _labels_of(word_ids: Sequence[int | None], tags: Sequence[int]) -> list[int]:
    labels, before = [], None
    for word in word_ids:
        labels.append(IGNORED if word is None or word == before else tags[word])
        before = word
    return labels


def _seen_words(encoded: Encoded) -> Iterator[IntArray]:
    """Of each row the places, among all of its tokens, of those that have a label."""
    labels, words = encoded.beside["labels"], encoded.beside[WORDS]
    for row in range(len(encoded)):
        yield words.row(row)[labels.row(row) != IGNORED]


def _on_every_token(tags: Sequence[str], places: Sequence[int], *, num_tokens: int) -> tuple[str, ...]:
    spread = [OUTSIDE] * num_tokens
    for tag, place in zip(tags, places, strict=True):
        spread[place] = tag
    for span in spans_of(tags):
        for place in range(places[span.start] + 1, places[span.end - 1]):
            spread[place] = f"I-{span.type}"
    return tuple(spread)


def _first_pieces(word_ids: Sequence[int | None]) -> list[int]:
    return [i for i, word in enumerate(word_ids) if word is not None and (i == 0 or word_ids[i - 1] != word)]


def _tag_rows(model: HeadedModel, batch: Batch) -> list[tuple[IntArray, FloatArray, float]]:
    logits_BTL = model.of(batch).logits.float()
    labels_BT = batch.beside["labels"]
    losses_BT = functional.cross_entropy(logits_BTL.transpose(1, 2), labels_BT, ignore_index=IGNORED, reduction="none")
    best_BT = logits_BTL.argmax(-1)
    highest_BT = logits_BTL.double().softmax(-1).amax(-1)
    is_first_BT = labels_BT != IGNORED
    return [
        (
            best_BT[row][is_first_BT[row]].cpu().numpy(),
            highest_BT[row][is_first_BT[row]].cpu().numpy(),
            float(losses_BT[row].sum()),
        )
        for row in range(len(batch))
    ]


def _sureness(model: HeadedModel, batch: Batch) -> list[float]:
    probabilities_BTL = model.of(batch).logits.double().softmax(-1)
    asked_BT = batch.beside[ASKED]
    of_tags_BT = probabilities_BTL.gather(2, (asked_BT - 1).clamp(min=0).unsqueeze(2)).squeeze(2)
    return [float(of_tags_BT[row][asked_BT[row] > 0].mean()) for row in range(len(batch))]


def _probabilities(model: HeadedModel, batch: Batch) -> list[list[float]]:
    probabilities_BTL = model.of(batch).logits.float().softmax(-1)
    is_first_BT = batch.beside["labels"] != IGNORED
    return [probabilities_BTL[row][is_first_BT[row]].flatten().tolist() for row in range(len(batch))]


def _probed(run: Run) -> tuple[Encoded, Encoded]:
    """What an output layer is solved on, and what chooses among its solutions."""
    return run.encoded["train"].some(_MOST_PROBED_TOKENS), run.encoded["validation"].some(_MOST_PROBED_TOKENS // 4)


def _token_features(engine: Engine, encoded: Encoded) -> list[TokenFeatures]:
    """Of each row."""

    def states(model: HeadedModel, batch: Batch) -> list[TokenFeatures]:
        labels_BT = batch.beside["labels"]
        return [
            (states_NC.cpu(), labels_BT[row][labels_BT[row] != IGNORED].cpu())
            for row, states_NC in enumerate(_states(model, batch))
        ]

    return engine.rows(encoded, states)


def _states(model: HeadedModel, batch: Batch) -> list[torch.Tensor]:
    """Of each row what the output layer reads at its tokens that have a label: (tokens, channels)."""
    hidden_BTC = model.states(batch.ids_BT, batch.mask_BT)
    return [hidden_BTC[row][labels_T != IGNORED] for row, labels_T in enumerate(batch.beside["labels"])]


def _joined(rows: Sequence[TokenFeatures]) -> TokenFeatures:
    return torch.cat([states_NC for states_NC, _ in rows]), torch.cat([labels_N for _, labels_N in rows])


def _solved(run: Run, train: TokenFeatures, judged: TokenFeatures, penalties: Sequence[float]) -> Head:
    judged_NC, judged_N = judged
    with run.engine.all_threads():
        return solve_linear(
            *train,
            num_outputs=len(run.data.labels),
            criterion=functional.cross_entropy,
            judge=lambda head: -float(functional.cross_entropy(head.logits(judged_NC), judged_N)),
            between_solutions=run.control.check,
            penalties=penalties,
        )


def _tags_of_heads(model: HeadedModel, batch: Batch, heads: Sequence[Head]) -> list[list[IntArray]]:
    """Of each row the tags that every output layer gives."""
    return [[head.logits(states_NC).argmax(-1).cpu().numpy() for head in heads] for states_NC in _states(model, batch)]
