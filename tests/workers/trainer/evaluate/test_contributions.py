"""What words did to an answer, held against the exported model and texts that lack the word."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: T token, S start

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from transformers import (
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
)

from tests.workers.trainer.tiny import ROWS_OF_TASK, make_rows, question_rows, scored_pair_rows, spec_dict, write_rows
from workers.contract.events import Warned
from workers.contract.results import Evaluation, SpanDetails
from workers.contract.tags import spans_of
from workers.trainer.data.answers import Passage
from workers.trainer.evaluate import contributions
from workers.trainer.evaluate.question_answering import _around, _shown, excerpt
from workers.trainer.rankers import COSINE_SCALE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer, Outcome
    from workers.contract.results import Mistake

_TASKS: dict[str, tuple[dict[str, Any], Any]] = {
    "pair_classification": ({"type": "pair_classification"}, lambda row: row["label"]),
    "pair_regression": ({"type": "pair_regression"}, lambda row: len(row["text"]) / 10),
    "multi_label": ({"type": "multi_label"}, lambda row: sorted({row["label"], "card"})),
}


def _told(mistake: Mistake) -> list[str]:
    return [
        (mistake.text if word.part == "text" else mistake.text_b or "")[word.start : word.end] for word in mistake.words
    ]


class _Exported:
    """The model as a customer opens it."""

    def __init__(self, outcome: Outcome) -> None:
        folder = outcome.out_dir / "model"
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
        self.labels: dict[str, int] = self._model.config.label2id

    def __call__(self, *texts: str) -> torch.Tensor:
        with torch.inference_mode():
            inputs = self._tokenizer(*[[text] for text in texts], truncation=True, return_tensors="pt")
            logits: torch.Tensor = self._model(**inputs).logits[0].double()
        return logits


def _lacking(mistake: Mistake, number: int) -> list[str]:
    word = mistake.words[number]
    texts = {"text": mistake.text, "text_b": mistake.text_b}
    whole = texts[word.part] or ""
    texts[word.part] = whole[: word.start] + whole[word.end :]
    return [text for text in texts.values() if text is not None]


def _document(outcome: Outcome) -> Evaluation:
    assert outcome.status == 0, outcome.log
    return Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())


def test_weight_of_a_word_is_what_the_answer_loses_without_it(straight: Outcome) -> None:
    model = _Exported(straight)
    mistakes = [mistake for mistake in _document(straight).mistakes if mistake.words]
    assert mistakes
    for mistake in mistakes:
        given = model.labels[mistake.predicted]
        before = float(model(mistake.text).softmax(-1)[given])
        for number, (word, told) in enumerate(zip(mistake.words, _told(mistake), strict=True)):
            assert told.strip() == told != ""
            after = float(model(*_lacking(mistake, number)).softmax(-1)[given])
            assert word.weight == pytest.approx(before - after, abs=1e-3), told


@pytest.mark.slow
@pytest.mark.parametrize("name", list(_TASKS))
def test_every_task_about_texts_explains_the_number_it_is_about(
    trainer: ForkingTrainer, tmp_path: Path, name: str
) -> None:
    task, target = _TASKS[name]
    is_pair = task["type"].startswith("pair")
    for split, count, seed in (("train", 96, 1), ("validation", 24, 2), ("test", 30, 3)):
        rows = make_rows(count, seed=seed)
        others = [rows[number - 1]["text"] for number in range(count)]
        column = {"pair_regression": "score", "multi_label": "labels"}.get(name, "label")
        write_rows(
            tmp_path / f"{split}.jsonl",
            [
                {
                    **({"text_a": row["text"], "text_b": other} if is_pair else {"text": row["text"]}),
                    column: target(row),
                }
                for row, other in zip(rows, others, strict=True)
            ],
        )
    outcome = trainer.run(tmp_path / "out", spec_dict(task=task, limits={"max_steps": 4}), data_dir=tmp_path)
    document = _document(outcome)
    model = _Exported(outcome)
    mistakes = [mistake for mistake in document.mistakes if mistake.words]
    assert mistakes
    assert {word.part for mistake in mistakes for word in mistake.words} == (
        {"text", "text_b"} if is_pair else {"text"}
    )
    for mistake in mistakes[:5]:
        texts = [mistake.text] if mistake.text_b is None else [mistake.text, mistake.text_b]
        before, after = model(*texts), model(*_lacking(mistake, 0))
        if name == "pair_regression":
            found = before - after
        elif name == "multi_label":  # A wrong label's probability, or that of a missing one's absence.
            found = before.sigmoid() - after.sigmoid()
            found = torch.cat([found, -found])
        else:
            found = (before.softmax(-1) - after.softmax(-1))[model.labels[mistake.predicted]]
        assert float((found - mistake.words[0].weight).abs().min()) < 1e-3


@pytest.mark.slow
def test_texts_cut_on_the_left_are_read_explained_and_delivered_by_their_ends(
    trainer: ForkingTrainer, tmp_path: Path
) -> None:
    for split, count, seed in (("train", 96, 1), ("validation", 24, 2), ("test", 30, 3)):
        rows = make_rows(count, seed=seed)
        write_rows(tmp_path / f"{split}.jsonl", [{**row, "text": f"{'card ' * 40}{row['text']}"} for row in rows])
    task = {"type": "classification", "max_length": 16, "truncation_side": "left"}
    outcome = trainer.run(tmp_path / "out", spec_dict(task=task, limits={"max_steps": 4}), data_dir=tmp_path)
    document = _document(outcome)
    assert "data:truncated_left" in {event.code for event in outcome.events if isinstance(event, Warned)}
    mistakes = [mistake for mistake in document.mistakes if mistake.words]
    assert mistakes
    for mistake in mistakes:
        ends = mistake.text.split()[-14:]
        assert [told for told in _told(mistake) if told not in ends] == []
        assert all(word.start >= len("card ") * 20 for word in mistake.words)
    tokenizer = AutoTokenizer.from_pretrained(outcome.out_dir / "model")
    assert tokenizer.truncation_side == "left"
    read = tokenizer(mistakes[0].text, truncation=True)["input_ids"]
    assert tokenizer.decode(read[1:-1]) == " ".join(mistakes[0].text.lower().split()[-14:])


def test_long_texts_are_taken_apart_in_pieces_of_one_text_each() -> None:
    words = [contributions.Piece(part, at, at + 1, at, at + 1) for part in (0, 1) for at in range(70)]
    pieces = contributions.joined_words(words)
    assert len(pieces) <= contributions.MOST_PIECES
    assert [(piece.part, piece.start) for piece in pieces if piece.start == 0] == [(0, 0), (1, 0)]
    assert sum(piece.behind - piece.first for piece in pieces) == len(words)


def test_words_of_an_answer_stay_and_no_piece_reaches_across_them() -> None:
    words = [contributions.Piece(0, at, at + 1, 2 * at, 2 * at + 1) for at in range(90)]
    asked = np.zeros(90, dtype=np.int64)
    asked[44:46] = 1
    pieces = contributions.joined_words(words, asked)
    covered = [token for piece in pieces for token in range(piece.first, piece.behind)]
    assert covered == [*range(44), *range(46, 90)]


def test_words_of_a_context_are_found_in_its_excerpt() -> None:
    context = f"{'before ' * 90}the answer stands here{' behind' * 90}"
    answer = Passage("stands", context.index("stands"))
    part = _around(context, [answer], "")
    shown = excerpt(context, [answer], "")
    starts = [0, part.start - 1, part.start, answer.start, part.stop - 6, part.stop - 5]
    moved = [found for start in starts for found in _shown(contributions.Piece(1, 0, 1, start, start + 6), part)]
    assert [shown[word.start : word.end] for word in moved] == [context[start : start + 6] for start in starts[2:5]]
    (question,) = _shown(contributions.Piece(0, 0, 1, 3, 7), part)
    assert (question.start, question.end) == (3, 7)


# --- what is asked about a part of a text, or about two texts


@pytest.mark.slow
def test_words_around_a_span_are_weighed_by_what_its_tags_lose(trainer: ForkingTrainer, tmp_path: Path) -> None:
    outcome = _trained(trainer, tmp_path, {"type": "token_classification"})
    folder = outcome.out_dir / "model"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForTokenClassification.from_pretrained(folder).eval()

    def likely(tokens: list[str], tags: list[str], places: list[int]) -> float:
        with torch.inference_mode():
            inputs = tokenizer([tokens], is_split_into_words=True, return_tensors="pt")
            probabilities_TL = network(**inputs).logits[0].double().softmax(-1)
        first = [inputs.word_ids(0).index(place) for place in places]
        found = [probabilities_TL[at, network.config.label2id[tag]] for at, tag in zip(first, tags, strict=True)]
        return float(torch.stack(found).mean())

    document = _document(outcome)
    assert isinstance(document.details, SpanDetails)
    examples = {example.row: example for example in document.details.examples}
    mistakes = [mistake for mistake in document.mistakes if mistake.words]
    assert len(mistakes) > 3
    for mistake in mistakes[:4]:
        example = examples[mistake.row]
        tokens, tags = list(example.tokens), list(example.predicted)
        spans = {
            span: likely(tokens, tags[span.start : span.end], list(range(span.start, span.end)))
            for span in set(spans_of(example.true)) ^ set(spans_of(tags))
        }
        span = max(spans, key=lambda span: spans[span])
        assert spans[span] == pytest.approx(mistake.confidence, abs=1e-4)
        for word in mistake.words:
            first = mistake.text[: word.start].count(" ")
            behind = first + len(mistake.text[word.start : word.end].split(" "))
            assert tokens[first:behind] == mistake.text[word.start : word.end].split(" ")
            assert behind <= span.start or first >= span.end
            moved = behind - first if behind <= span.start else 0
            after = likely(
                [*tokens[:first], *tokens[behind:]],
                tags[span.start : span.end],
                list(range(span.start - moved, span.end - moved)),
            )
            assert word.weight == pytest.approx(spans[span] - after, abs=1e-3)


@pytest.mark.slow
def test_words_of_a_question_and_its_text_are_weighed_by_what_the_passage_loses(
    trainer: ForkingTrainer, tmp_path: Path
) -> None:
    def half_without(count: int, *, seed: int) -> list[dict[str, Any]]:
        nothing = {"text": [], "answer_start": []}
        return [
            {**row, "answers": nothing} if number % 2 else row
            for number, row in enumerate(question_rows(count, seed=seed))
        ]

    outcome = _trained(trainer, tmp_path, {"type": "question_answering"}, rows=half_without)
    folder = outcome.out_dir / "model"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForQuestionAnswering.from_pretrained(folder).eval()

    def scores(question: str, context: str) -> tuple[Any, torch.Tensor, float]:
        """Log-probabilities of passages by their first and last token, and that of none."""
        with torch.inference_mode():
            inputs = tokenizer([question], [context], return_tensors="pt")
            found = network(**inputs)
        start_T, end_T = (logits[0].double().log_softmax(-1) for logits in (found.start_logits, found.end_logits))
        is_context_T = torch.tensor([part == 1 for part in inputs.sequence_ids(0)])
        is_passage_SE = (is_context_T[:, None] & is_context_T).triu().tril(29)
        passages_SE = (start_T[:, None] + end_T).masked_fill(~is_passage_SE, -torch.inf)
        return inputs, passages_SE, float(start_T[0] + end_T[0])

    mistakes = [one for one in _document(outcome).mistakes if one.words and "…" not in (one.text_b or "")]
    assert {mistake.predicted == "–" for mistake in mistakes} == {True, False}
    assert {word.part for mistake in mistakes for word in mistake.words} == {"text", "text_b"}
    for mistake in mistakes[:3] + [one for one in mistakes if one.predicted == "–"][:2]:
        has_answer = mistake.predicted != "–"
        inputs, passages_SE, none = scores(mistake.text, mistake.text_b or "")
        first, last = divmod(int(passages_SE.argmax()), len(passages_SE))
        start, end = inputs.token_to_chars(0, first).start, inputs.token_to_chars(0, last).end
        before = float(passages_SE.max())
        sure = math.exp(before) if has_answer else 1 / (1 + math.exp(before - none))
        assert mistake.confidence == pytest.approx(sure, abs=1e-4)
        for number, word in enumerate(mistake.words):
            inputs, passages_SE, none = scores(*_lacking(mistake, number))
            if has_answer:
                assert word.part == "text" or word.end <= start or word.start >= end
                moved = word.end - word.start if word.part == "text_b" and word.end <= start else 0
                places = (inputs.char_to_token(0, at, 1) for at in (start - moved, end - 1 - moved))
                after = math.exp(float(passages_SE[tuple(places)]))
            else:
                after = 1 / (1 + math.exp(float(passages_SE.max()) - none))
            assert word.weight == pytest.approx(sure - after, abs=1e-3)


def _read_together(folder: Path) -> Callable[[str, str], float]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()

    def score(first: str, second: str) -> float:
        with torch.inference_mode():
            return float(network(**tokenizer([first], [second], return_tensors="pt")).logits)

    return score


def _compared(folder: Path) -> Callable[[str, str], float]:
    network = SentenceTransformer(str(folder), device="cpu")

    def score(first: str, second: str) -> float:
        one, other = network.encode([first, second])
        return float(one @ other)

    return score


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ranking of lists", "ranking of pairs", "similarity"])
def test_words_of_two_texts_are_weighed_by_what_their_score_loses(
    trainer: ForkingTrainer, tmp_path: Path, name: str
) -> None:
    task = name.split(maxsplit=1)[0]
    outcome = _trained(
        trainer, tmp_path, {"type": task}, rows=scored_pair_rows if name == "ranking of pairs" else ROWS_OF_TASK[task]
    )
    read = (_read_together if name == "ranking of pairs" else _compared)(outcome.out_dir / "model")
    document = _document(outcome)
    mistakes = [one for one in document.mistakes if one.words and "…" not in one.text + (one.text_b or "")]
    assert {word.part for mistake in mistakes for word in mistake.words} == {"text", "text_b"}
    ratios = []
    for mistake in mistakes[:4]:
        if name == "ranking of lists":
            assert mistake.text_b == mistake.predicted != mistake.label
        before = read(mistake.text, mistake.text_b or "")
        for number, word in enumerate(mistake.words):
            lost = before - read(*_lacking(mistake, number))
            if name == "ranking of pairs":
                assert word.weight == pytest.approx(lost if mistake.predicted == "right" else -lost, abs=1e-3)
            elif name == "ranking of lists":
                assert word.weight == pytest.approx(COSINE_SCALE * lost, abs=1e-2)
            elif abs(lost) > 0.01:  # In the unit of the scores, by one line for all.
                ratios.append(word.weight / lost)
    if name == "similarity":
        assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=0.05)


def _trained(
    trainer: ForkingTrainer, folder: Path, task: dict[str, Any], *, rows: Callable[..., list[Any]] | None = None
) -> Outcome:
    made = rows or ROWS_OF_TASK[task["type"]]
    for split, count, seed in (("train", 48, 1), ("validation", 12, 2), ("test", 30, 3)):
        write_rows(folder / f"{split}.jsonl", made(count, seed=seed))
    return trainer.run(folder / "out", spec_dict(task=task, limits={"max_steps": 2}), data_dir=folder)
