"""The preview says what the loop's own batches hold: for every task with every method, and where texts are cut, hidden or packed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from tests.workers.trainer.tiny import BASE_OF_TASK, SLUG, Tiny, spec_dict, write_rows, write_task
from workers.contract.preview import TokenisedPreview
from workers.contract.reasons import JobError
from workers.contract.spec import TASKS_WITH_AUGMENTATION, JobSpec
from workers.trainer import methods, tasks
from workers.trainer.build import build_run
from workers.trainer.control import Control
from workers.trainer.data.encoded import IGNORED, collate
from workers.trainer.events import EventStream
from workers.trainer.preview import main, preview
from workers.trainer.tasks._decoder import DecoderTask
from workers.trainer.tasks._encoder_decoder import EncoderDecoderTask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workers.trainer.data.encoded import Batch
    from workers.trainer.parts import Run

Tokens = tuple[int, ...]
Said = tuple[tuple[int, int], ...]
# As in the grid: peft's formats have no place for these.
REFUSED = set(product(["question_answering"], ["prefix", "prompt", "p_tuning"]))


def _spec(task: str, **more: Any) -> JobSpec:
    return JobSpec.model_validate(
        spec_dict(base_model=BASE_OF_TASK.get(task, SLUG), task={"type": task, **more.pop("options", {})}, **more)
    )


def _preview(spec: JobSpec, data: Path, tmp_path: Path, *, num_rows: int = 100) -> TokenisedPreview:
    return preview(spec, data_dir=data, cache=tmp_path / "cache", num_rows=num_rows)


@contextmanager
def _run(spec: JobSpec, data: Path, tmp_path: Path) -> Iterator[Run]:
    events = EventStream.to_nowhere()
    try:
        run = build_run(spec, out_dir=tmp_path / "out", data_dir=data, events=events, control=Control())
        yield run
        run.close()
    finally:
        events.close()


def _batches(run: Run) -> Iterator[Batch]:
    """What the loop computes in its first pass, from its own iterator."""
    for batches in run.steps_of_epoch(0):
        for rows in batches:
            yield collate(run.training_rows, rows, pad_id=run.engine.pad_id, device=torch.device("cpu"))


def _rows(run: Run, batch: Batch) -> Iterator[tuple[int, Tokens, dict[str, Tokens]]]:
    """Of every row its number, the base model's ids of its own sequence and of the others."""
    for place, number in enumerate(batch.rows.tolist()):
        yield number, _ids(run, batch, place), {name: _ids(run, other, place) for name, other in batch.others.items()}


def _ids(run: Run, batch: Batch, place: int) -> Tokens:
    length = int(batch.mask()[place].sum())
    return tuple(run.vocabulary.used[batch.ids_BT[place, :length].numpy()].tolist())


def _asked(run: Run, batch: Batch) -> dict[int, Said]:
    """By row the places and ids of the words that the loss is over; for decoders the place of the word itself."""
    task: Any = run.task
    found = task.asked(batch)
    ahead = 1 if isinstance(task, DecoderTask) else 0
    said: dict[int, list[tuple[int, int]]] = {number: [] for number in batch.rows.tolist()}
    for place, word in zip(found.places_N.tolist(), found.words_N.tolist(), strict=True):
        said[int(batch.rows[place // found.width])].append((place % found.width + ahead, word))
    return {number: tuple(sorted(pairs)) for number, pairs in said.items()}


def _shown_by_row(found: TokenisedPreview, run: Run) -> dict[int, list[Any]]:
    """The sequences of every encoded row, in the order in which the model has them."""
    rows = iter(row for row in found.rows)
    taught = run.task.taught(run.training_rows, run.data)
    origin = np.arange(len(run.training_rows)) if taught.origin is None else taught.origin
    shown: dict[int, list[Any]] = {}
    for position in dict.fromkeys(origin.tolist()):
        row = next(rows)
        roles = list(dict.fromkeys(sequence.role for sequence in row.sequences))
        of_role = {role: iter([one for one in row.sequences if one.role == role]) for role in roles}
        encoded_rows = np.flatnonzero(origin == position).tolist()
        for number in encoded_rows:
            if len(encoded_rows) > 1:
                shown[number] = [next(of_role[role]) for role in roles]
            else:
                shown[number] = list(row.sequences)
    return shown


# What methods change of the rows is the room that virtual tokens take; the fast tests look at one method of every task.
PAIRS = [
    pytest.param(task, method, marks=[] if method == "full" else [pytest.mark.slow])
    for task, method in product(tasks.TASKS, methods.METHODS)
]


@pytest.mark.parametrize(("task", "method"), PAIRS)
def test_preview_is_what_the_loop_gets(tiny_base: Tiny, tmp_path: Path, task: str, method: str) -> None:
    data = write_task(tmp_path / "data", task)
    augmentation = {"words": {}} if task in TASKS_WITH_AUGMENTATION and method == "full" else None
    spec = _spec(task, method={"type": method}, augmentation=augmentation)
    found = _preview(spec, data, tmp_path)
    if (task, method) in REFUSED:
        with pytest.raises(JobError) as refused, _run(spec, data, tmp_path):
            pass
        assert refused.value.reason.code == "spec:unsupported"
        return
    with _run(spec, data, tmp_path) as run:
        _compare(run, found)


def _compare(run: Run, found: TokenisedPreview) -> None:
    shown = _shown_by_row(found, run)
    seen = set()
    num_tokens = 0
    for batch in _batches(run):
        said = _asked(run, batch) if hasattr(run.task, "asked") else {}
        for number, own, others in _rows(run, batch):
            seen.add(number)
            ids = [tuple(one.ids) for one in shown[number]]
            num_tokens += len(own) + sum(map(len, others.values()))
            assert sum(ids, ()) == own + sum(others.values(), ())
            if said:
                lesson = shown[number][-1 if isinstance(run.task, EncoderDecoderTask) else 0]
                told = tuple(i for i, weight in enumerate(lesson.weights) if weight)
                assert told == tuple(place for place, _ in said[number])
                words = [
                    run.tokenizer.backend_tokenizer.decode([word], skip_special_tokens=False)
                    for _, word in said[number]
                ]
                assert [lesson.targets[i] for i in told] == words
            if "labels" in batch.beside and run.spec.task.type == "token_classification":
                labels = batch.beside["labels"][batch.rows.tolist().index(number)][: len(own)].tolist()
                assert list(shown[number][0].targets) == [
                    None if label == IGNORED else run.data.labels[label] for label in labels
                ]
    assert seen == set(shown)
    assert found.split.num_tokens == num_tokens == found.sample.num_tokens
    assert found.max_length == run.plan.max_length
    assert found.resolved == run.plan.resolved


def test_row_targets_are_those_of_the_file(tiny_base: Tiny, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "classification")
    rows = [json.loads(line) for line in (data / "train.jsonl").read_text().splitlines()]
    found = _preview(_spec("classification"), data, tmp_path, num_rows=5)
    assert [row.target for row in found.rows] == [(row["label"],) for row in rows[:5]]
    assert [row.row for row in found.rows] == [1, 2, 3, 4, 5]
    assert "".join(found.rows[0].sequences[0].pieces) == f"[CLS] {rows[0]['text'].lower()} [SEP]"
    assert found.rows[0].sequences[0].is_special[0]
    assert found.split.num_rows == len(rows)
    assert found.split.trained_share is None


def test_cut_texts_say_where_and_how_many_tokens_are_lost(tiny_base: Tiny, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "classification")
    found = _preview(_spec("classification", options={"max_length": 16}), data, tmp_path)
    whole = _preview(_spec("classification", options={"max_length": 64}), data, tmp_path)
    for row, full in zip(found.rows, whole.rows, strict=True):
        cut, text = row.sequences[0], full.sequences[0]
        assert cut.num_lost == max(0, len(text.ids) - 16)
        if cut.num_lost:
            assert cut.cut_at == 15
            assert cut.ids[:15] == text.ids[:15]
    assert found.split.num_lost_tokens == sum(row.sequences[0].num_lost for row in found.rows)
    assert 0 < found.split.num_cut_rows < found.split.num_rows
    assert whole.split.num_cut_rows == 0


def test_texts_cut_on_the_left_are_marked_where_their_beginnings_were(tiny_base: Tiny, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "classification")
    options = {"max_length": 16, "truncation_side": "left"}
    found = _preview(_spec("classification", options=options), data, tmp_path)
    whole = _preview(_spec("classification", options={"max_length": 64}), data, tmp_path)
    cuts = [row.sequences[0] for row in found.rows if row.sequences[0].num_lost]
    assert {(len(cut.ids), cut.cut_at) for cut in cuts} == {(16, 1)}
    for row, full in zip(found.rows, whole.rows, strict=True):
        assert row.sequences[0].ids[1:] == full.sequences[0].ids[-len(row.sequences[0].ids) + 1 :]


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_end_that_says_more_is_kept(side: str, tiny_base: Tiny, tmp_path: Path) -> None:
    filling = "where is my card now " * 5
    rows = [("yes", "i did make this payment"), ("no", "i did not lose that")] * 40
    texts = [(f"{filling}{said}" if side == "left" else f"{said} {filling}", label) for label, said in rows]
    data = tmp_path / "data"
    data.mkdir()
    for split in ("train", "validation", "test"):
        write_rows(data / f"{split}.jsonl", [{"text": text, "label": label} for text, label in texts])
    found = _preview(_spec("classification", options={"max_length": 16}), data, tmp_path)
    note = found.resolved[-1]
    assert (note.field, note.value, note.params["count"]) == ("task.truncation_side", side, len(rows))
    shown = "".join(found.rows[0].sequences[0].pieces)
    assert "payment" in shown
    assert [warning.code for warning in found.warnings if warning.params.get("split") == "train"] == [
        "data:truncated" if side == "right" else "data:truncated_left"
    ]


@pytest.mark.parametrize(
    ("task", "num_foreign", "is_warned"),
    [("classification", 12, True), ("classification", 1, False), ("causal_lm", 12, False)],
)
def test_texts_of_which_the_model_knows_little_are_told_unless_it_reads_bytes(
    task: str, num_foreign: int, is_warned: bool, tiny_base: Tiny, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    texts = ["电饭煲煮饭很香"] * num_foreign + ["my card was lost on the way to the bank again today, please help"] * 24
    for split in ("train", "validation", "test"):
        write_rows(data / f"{split}.jsonl", [{"text": text, "label": "ab"[n % 2]} for n, text in enumerate(texts)])
    found = {warning.code: warning.params for warning in _preview(_spec(task), data, tmp_path).warnings}
    assert ("data:unknown_tokens" in found) is is_warned
    if is_warned:
        assert found["data:unknown_tokens"]["base_model"] == "Tiny BERT"
        assert 5 < found["data:unknown_tokens"]["percent"] < 50


def test_only_what_the_assistant_says_carries_loss(tiny_base: Tiny, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "chat")
    rows = [json.loads(line) for line in (data / "train.jsonl").read_text().splitlines()]
    found = _preview(_spec("chat"), data, tmp_path, num_rows=1)
    sequence = found.rows[0].sequences[0]
    trained = "".join(piece for piece, weight in zip(sequence.pieces, sequence.weights, strict=True) if weight)
    assert rows[0]["messages"][1]["content"] in trained
    assert rows[0]["messages"][0]["content"] not in trained
    assert found.split.trained_share is not None
    assert 0 < found.split.trained_share < 1


def test_packed_blocks_show_where_texts_begin(tiny_base: Tiny, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "causal_lm")
    found = _preview(_spec("causal_lm", options={"max_length": 64}), data, tmp_path)
    rows = [json.loads(line)["text"] for line in (data / "train.jsonl").read_text().splitlines()]
    assert found.rows[0].row is None
    begins = sum(len(row.sequences[0].begins) for row in found.rows)
    assert begins >= len(rows)
    assert found.rows[0].sequences[0].begins[0] == 0


def test_hidden_words_are_those_of_the_first_pass(tiny_base: Tiny, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "masked_lm")
    found = _preview(_spec("masked_lm"), data, tmp_path)
    hidden = [one for row in found.rows for one in row.sequences[0].pieces if "[MASK]" in one]
    assert hidden
    other = _preview(_spec("masked_lm", seed=5), data, tmp_path)
    assert other.rows != found.rows


def test_nothing_to_learn_is_an_error(tiny_base: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_task(tmp_path / "data", "chat")
    spec = _spec("chat", options={"max_length": 8})
    with pytest.raises(JobError) as refused:
        _preview(spec, data, tmp_path)
    assert refused.value.reason.code == "data:no_trained_tokens"
    path = tmp_path / "spec.json"
    path.write_text(spec.model_dump_json())
    assert main([str(path), "--data", str(data)]) == 2
    assert json.loads(capsys.readouterr().out)["code"] == "data:no_trained_tokens"


def test_command_prints_the_preview(tiny_base: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_task(tmp_path / "data", "classification")
    path = tmp_path / "spec.json"
    path.write_text(_spec("classification").model_dump_json())
    assert main([str(path), "--data", str(data), "--rows", "3"]) == 0
    assert len(TokenisedPreview.model_validate_json(capsys.readouterr().out).rows) == 3


def test_windows_of_a_question_point_at_its_answer(tiny_base: Tiny, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    context = "my card is lost please replace the card now again with the code today"
    row = {
        "id": "1",
        "question": "what is lost",
        "context": context,
        "answers": {"text": ["lost"], "answer_start": [11]},
    }
    for split in ("train", "validation", "test"):
        write_rows(data / f"{split}.jsonl", [{**row, "context": context + " a" * i} for i in range(4)])
    found = _preview(_spec("question_answering", options={"max_length": 16, "doc_stride": 2}), data, tmp_path)
    windows = found.rows[0].sequences
    assert len(windows) > 1
    assert [one.number for one in windows] == list(range(1, len(windows) + 1))
    first = windows[0]
    assert [(piece, target) for piece, target in zip(first.pieces, first.targets, strict=True) if target] == [
        (" lost", "start and end")
    ]
    assert windows[-1].targets[0] == "no answer"


def test_special_tokens_in_texts_are_warned_of_by_split(tiny_base: Tiny, tmp_path: Path) -> None:
    plain = [{"text": f"word {i}", "label": "ab"[i % 2]} for i in range(4)]
    write_rows(tmp_path / "train.jsonl", [*plain, {"text": "lost [SEP]", "label": "a"}])
    write_rows(tmp_path / "validation.jsonl", [{"text": "[MASK]", "label": "b"}])
    spec = _spec("classification", data={"train": "train.jsonl", "validation": "validation.jsonl"})
    found = [warning.params for warning in _preview(spec, tmp_path, tmp_path).warnings]
    assert found == [
        {"file": "train.jsonl", "count": 1, "row": 5, "token": "[SEP]"},
        {"file": "validation.jsonl", "count": 1, "row": 1, "token": "[MASK]"},
    ]


@pytest.mark.parametrize("task", ["embedding", "similarity"])
def test_batches_of_one_row_are_refused_where_rows_are_compared(tiny_base: Tiny, tmp_path: Path, task: str) -> None:
    data = write_task(tmp_path / "data", task)
    with pytest.raises(
        JobError, match=r"batches of 1 teach nothing; set optimisation\.batch_size to 2 or more"
    ) as refused:
        _preview(_spec(task, optimisation={"batch_size": 1}), data, tmp_path)
    assert refused.value.params["field"] == "optimisation.batch_size"


def test_rows_with_negatives_may_be_alone_in_a_batch(tiny_base: Tiny, tmp_path: Path) -> None:
    rows = [{"anchor": f"a {i}", "positive": f"b {i}", "negative": f"c {i}"} for i in range(4)]
    write_rows(tmp_path / "train.jsonl", rows)
    alone = {"data": {"train": "train.jsonl", "validation": "train.jsonl"}, "optimisation": {"batch_size": 1}}
    assert _preview(_spec("embedding", **alone), tmp_path, tmp_path).batch_size == 1
    write_rows(tmp_path / "train.jsonl", [*rows, {"anchor": "a", "positive": "b"}])
    with pytest.raises(JobError, match="teach nothing"):
        _preview(_spec("embedding", **alone), tmp_path, tmp_path)
    write_rows(tmp_path / "train.jsonl", [{"anchor": "a", "positive": "b"}])
    with pytest.raises(JobError, match="fewer than 2 of them to train on"):
        _preview(_spec("embedding", data=alone["data"]), tmp_path, tmp_path)
