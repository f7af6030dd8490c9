"""Windows over long texts, the loss of transformers itself, and which passage is said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from tests.workers.trainer.tiny import question_rows, write_rows
from workers.contract.spec import JobSpec
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.encoded import Encoded, collate
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.engine import Engine
from workers.trainer.model import headed
from workers.trainer.tasks.question_answering import (
    QuestionAnswering,
    Said,
    _best_passages,
    _some_questions,
    _WindowFeatures,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.tiny import Tiny
    from workers.trainer.data.splits import TaskData

CPU = torch.device("cpu")
LONG = " ".join(f"word{i}" for i in range(60))


def read(folder: Path, rows: list[dict[str, Any]], **spec: Any) -> tuple[QuestionAnswering, TaskData]:
    write_rows(folder / "train.jsonl", rows)
    data = {"train": "train.jsonl", "validation": "train.jsonl"}
    task = {"type": "question_answering", **spec.pop("task", {})}
    parsed = JobSpec.model_validate({"base_model": "tiny-bert", "data": data, "task": task, **spec})
    found = QuestionAnswering(parsed)
    return found, found.read(parsed, folder)[0]


def encoded_of(task: QuestionAnswering, data: TaskData, tiny: Tiny, *, max_length: int = 64) -> Encoded:
    base = find_base(tiny.info.slug)
    return task.encode(data.train, data, Tokeniser(load_tokenizer(base.folder)), base, max_length=max_length)


def asked(answer: str, *, context: str = LONG) -> dict[str, Any]:
    answers = {"text": [answer] if answer else [], "answer_start": [context.index(answer)] if answer else []}
    return {"question": "which word is it", "context": context, "answers": answers}


def test_every_window_knows_its_question_and_whether_it_holds_the_answer(tmp_path: Path, tiny_base: Tiny) -> None:
    task, data = read(tmp_path, [asked("word2"), asked("word41 word42"), asked("")], task={"doc_stride": 8})
    encoded = encoded_of(task, data, tiny_base)
    numbers = encoded.targets["question"].tolist()
    assert sorted(set(numbers)) == [0, 1, 2]
    assert min(numbers.count(number) for number in (0, 1, 2)) >= 3
    assert encoded.lengths.max() <= 64
    holders = dict.fromkeys((0, 1, 2), 0)
    for window, (number, (first, last)) in enumerate(zip(numbers, encoded.targets["places"].tolist(), strict=True)):
        if (first, last) != (0, 0):
            begin, end = encoded.beside["begins"].row(window)[first], encoded.beside["ends"].row(window)[last]
            assert LONG[begin:end] == ("word2", "word41 word42")[number]
            holders[number] += 1
    assert holders[0] >= 1
    assert holders[1] >= 1
    assert holders[2] == 0


def test_long_questions_are_cut_and_counted(tmp_path: Path, tiny_base: Tiny) -> None:
    task, data = read(tmp_path, [{**asked("word2"), "question": "why " * 100}, asked("word3")])
    encoded = encoded_of(task, data, tiny_base)
    assert encoded.num_truncated == 1
    assert encoded.lengths.max() <= 64
    # Half of a window at least is for the context.
    assert (encoded.beside["ends"].row(0) > 0).sum() >= 30


@pytest.fixture
def small(tmp_path: Path, tiny_base: Tiny) -> tuple[QuestionAnswering, Engine, Encoded]:
    torch.manual_seed(3)
    task, data = read(tmp_path, question_rows(12, seed=1))
    model = task.open_model(find_base("tiny-bert"), data)
    engine = Engine(model, pad_id=0, device=CPU, threads=1, batch_size=12)
    return task, engine, encoded_of(task, data, tiny_base)


def test_loss_is_that_of_transformers_whatever_a_row_is_padded_with(
    small: tuple[QuestionAnswering, Engine, Encoded],
) -> None:
    task, engine, encoded = small
    expected = []
    for row in range(len(encoded)):
        batch = collate(encoded, np.array([row]), pad_id=0, device=CPU)
        start, end = batch.targets["places"].unbind(1)
        with torch.inference_mode():
            found = headed(engine.model).network(
                input_ids=batch.ids_BT, token_type_ids=batch.beside["types"], start_positions=start, end_positions=end
            )
        expected.append(found.loss.item())
    together = collate(encoded, np.arange(len(encoded)), pad_id=0, device=CPU)
    assert together.mask_BT is not None
    with torch.inference_mode():
        assert float(task.loss(engine.model, together)) == pytest.approx(sum(expected), rel=1e-5)


def test_an_output_layer_is_solved_on_chosen_windows_alone(small: tuple[QuestionAnswering, Engine, Encoded]) -> None:
    _, engine, encoded = small
    whole, logits = _WindowFeatures.of(engine, encoded), torch.randn(int(encoded.lengths.sum()), 2)
    chosen = torch.tensor([2, 0])
    some = whole.select(chosen)
    lengths = torch.from_numpy(encoded.ids.lengths)
    assert len(some.features_NC) == int(lengths[chosen].sum())
    ends = lengths.cumsum(0)
    of_window = [logits[end - length : end] for end, length in zip(ends, lengths, strict=True)]
    losses = [torch.nn.functional.cross_entropy(of_window[i].T, encoded.targets["places"][i]) for i in chosen.tolist()]
    found = some.loss(torch.cat([of_window[i] for i in chosen.tolist()]), some.places_WE)
    assert float(found) == pytest.approx(float(torch.stack(losses).mean()), rel=1e-5)


def test_of_many_questions_as_many_are_taken_as_there_is_room_for_with_all_of_their_windows(
    small: tuple[QuestionAnswering, Engine, Encoded], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, encoded = small
    numbers, windows = _some_questions(encoded)
    assert len(windows) == len(encoded)
    monkeypatch.setattr(
        "workers.trainer.tasks.question_answering._MOST_PROBED_TOKENS", 1 + int(encoded.lengths.sum()) // 2
    )
    some, windows = _some_questions(encoded)
    assert len(some) == len(numbers) // 2
    of_some = np.isin(encoded.targets["question"].numpy(), some)
    assert windows.targets["question"].tolist() == encoded.targets["question"][torch.from_numpy(of_some)].tolist()


def test_best_passage_lies_in_the_context_in_order_and_within_the_limit() -> None:
    # Token 0 is the null answer, 1 the question, 2 to 5 the context.
    batch = SimpleNamespace(
        beside={"begins": torch.tensor([[0, 0, 0, 4, 8, 12]]), "ends": torch.tensor([[0, 0, 3, 7, 11, 15]])},
        targets={"places": torch.tensor([[3, 3]])},
        mask=lambda: torch.ones(1, 6),
        rows=np.array([7]),
        __len__=lambda: 1,
    )

    class Rows(SimpleNamespace):
        def __len__(self) -> int:
            return 1

    rows = Rows(**vars(batch))
    start, end = [[0.0, 9.0, 2.0, 0.0, 4.0, 0.0]], [[0.0, 9.0, 0.0, 5.0, 0.0, 4.0]]
    logits = torch.stack([torch.tensor(start), torch.tensor(end)], dim=-1)
    (said,) = _best_passages(logits, rows, 30)
    assert (said.start, said.end) == (8, 15)  # 4 + 4, where 4 + 5 would end before it starts and 9 + 9 is the question.
    assert said.margin == pytest.approx(8)
    assert said.window == 7
    (said,) = _best_passages(logits, rows, 1)
    assert (said.start, said.end) == (4, 7)  # A single token: 0 + 5.


def test_best_window_answers_and_nothing_is_said_only_where_training_had_such(tmp_path: Path, tiny_base: Tiny) -> None:
    found = [(Said(0, 4, -3.0, 0.1, 0), 1.0), (Said(6, 11, -1.0, 0.2, 1), 1.0), (Said(0, 5, 2.0, 0.6, 2), 1.0)]
    encoded = SimpleNamespace(targets={"question": torch.tensor([0, 0, 1])})
    engine: Any = SimpleNamespace(rows=lambda encoded, forward: found)
    for has_unanswerable in (False, True):
        rows = [asked("word2"), asked("word3")] + [asked("")] * has_unanswerable
        task, _ = read(tmp_path, rows)
        said = task.answer(engine, encoded).said
        assert task.text_of(1, said[1]) == "word0"
        assert task.text_of(0, said[0]) == ("" if has_unanswerable else "word1")
        assert said[0].margin == -1.0
        assert (said[0].window, said[1].window) == (1, 2)


def test_what_is_asked_about_is_the_window_that_said_the_answer(tmp_path: Path, tiny_base: Tiny) -> None:
    task, data = read(tmp_path, [asked("word2"), asked("word41 word42"), asked("")], task={"doc_stride": 8})
    encoded = encoded_of(task, data, tiny_base)
    run: Any = SimpleNamespace(
        data=data,
        encoded={"held_out": encoded},
        tokenizer=load_tokenizer(find_base(tiny_base.info.slug).folder),
        plan=SimpleNamespace(max_length=64),
    )
    of_question = [np.flatnonzero(encoded.targets["question"].numpy() == number) for number in (0, 1, 2)]
    start = LONG.index("word41")
    holder = next(w for w in of_question[1] if start in encoded.beside["begins"].row(w))
    said = {1: Said(start, start + len("word41 word42"), 1.0, 0.5, int(holder)), 0: Said(0, 0, -1.0, 0.5, 0)}
    found, encodings = task.asking(run, said)
    assert [encoding.ids for encoding in encodings] == [encoded.ids.row(w).tolist() for w in (holder, 0)]
    passage, none = (found.beside["asked"].row(place) > 0 for place in (0, 1))
    assert found.beside["begins"].row(0)[passage].min() == start
    assert found.beside["ends"].row(0)[passage].max() == start + len("word41 word42")
    assert not none.any()
    assert [len(part) for part in task.asking(run, {})] == [0, 0]
