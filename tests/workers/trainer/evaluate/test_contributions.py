"""What words did to an answer, held against the exported model and texts that lack the word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tests.workers.trainer.tiny import make_rows, spec_dict, write_rows
from workers.contract.events import Warned
from workers.contract.results import Evaluation
from workers.trainer.evaluate import contributions

if TYPE_CHECKING:
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
    words = [contributions._Piece(part, at, at + 1, at, at + 1) for part in (0, 1) for at in range(70)]
    pieces = contributions._joined(words)
    assert len(pieces) <= contributions.MOST_PIECES
    assert [(piece.part, piece.start) for piece in pieces if piece.start == 0] == [(0, 0), (1, 0)]
    assert sum(piece.behind - piece.first for piece in pieces) == len(words)
