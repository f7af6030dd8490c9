"""Conversations: refusals and warnings with their row, the loss of transformers, and a run from rows to a model that chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline

from tests.workers.trainer.tiny import chat_rows, spec_dict, write_rows, write_task
from workers.contract.reasons import JobError
from workers.contract.results import Evaluation, ModelManifest, RowFigures, WritingDetails
from workers.contract.spec import JobSpec
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.packing import WEIGHTS
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.engine import Engine
from workers.trainer.evaluation import ROWS_FILE
from workers.trainer.tasks._conversation import ANSWER, ROW
from workers.trainer.tasks.chat import Chat

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer
    from tests.workers.trainer.tiny import Tiny

ASKED, TOLD = {"role": "user", "content": "where is my card"}, {"role": "assistant", "content": "it is lost"}
LEARN = {"epochs": 6, "batch_size": 8, "learning_rate": 0.01, "early_stopping": None}


class Read:
    """A task with one split's rows, as a run reads and encodes them."""

    def __init__(self, folder: Path, rows: list[Any], base: str = "tiny-llama") -> None:
        write_rows(folder / "train.jsonl", rows)
        write_rows(folder / "validation.jsonl", chat_rows(3, seed=2))
        data = {"train": "train.jsonl", "validation": "validation.jsonl"}
        spec = JobSpec.model_validate(spec_dict(base_model=base, task={"type": "chat"}, data=data))
        self.task = Chat(spec)
        self.base = find_base(base)
        self.data, self.warnings = self.task.read(spec, folder)
        self.tokenizer = load_tokenizer(self.base.folder)

    def encode(self, max_length: int | None = None) -> Any:
        return self.task.encode(self.data.train, self.data, Tokeniser(self.tokenizer), self.base, max_length=max_length)


def test_loss_and_gradients_equal_those_of_transformers(tiny_base: Tiny, tmp_path: Path) -> None:
    read = Read(tmp_path, chat_rows(12, seed=4))
    encoded = read.encode(128)
    plain = AutoModelForCausalLM.from_pretrained(
        tiny_base.models_dir / "tiny-llama", attn_implementation="eager"
    ).eval()
    tokens = read.tokenizer.apply_chat_template(
        [list(messages) for messages in read.data.train["messages"]],
        padding=True,
        return_tensors="pt",
        padding_side="right",
    )
    # The labels of a plain loop: everything between "assistant\n" and the end of the turn, that included.
    text_of = read.tokenizer.convert_ids_to_tokens
    labels = torch.full_like(tokens["input_ids"], -100)
    for row, ids in enumerate(tokens["input_ids"].tolist()):
        names = text_of(ids)
        is_answer = False
        for place, name in enumerate(names):
            if is_answer:
                labels[row, place] = ids[place]
            if name == "<|im_end|>":
                is_answer = False
            elif name == "Ċ" and "".join(names[:place]).endswith("<|im_start|>assistant"):
                is_answer = True
    expected = plain(**tokens, labels=labels).loss
    expected.backward()
    engine = Engine(
        read.task.open_model(read.base, read.data), pad_id=2, device=torch.device("cpu"), threads=2, batch_size=12
    )
    rows = np.arange(12)
    units = read.task.units(encoded, rows)
    assert units == int((labels != -100).sum())
    loss = engine.accumulate(encoded, [rows], loss=read.task.loss, units=units, position=(0, 0))
    assert loss == pytest.approx(float(expected.detach()), abs=1e-5)
    replicas = [dict(replica.model.network.named_parameters()) for replica in engine.team.replicas]
    assert len(replicas) == 2
    for name, parameter in plain.named_parameters():
        mine = sum(replica[name].grad for replica in replicas)
        torch.testing.assert_close(mine, parameter.grad, atol=1e-5, rtol=1e-4, msg=name)
    engine.close()


def test_prompts_with_completions_are_conversations(tiny_base: Tiny, tmp_path: Path) -> None:
    asked, told = ASKED["content"], TOLD["content"]
    found = Read(tmp_path, [{"prompt": asked, "completion": told}, {"prompt": [ASKED], "completion": [TOLD]}]).encode(
        64
    )
    same = Read(tmp_path, [{"messages": [ASKED, TOLD]}] * 2).encode(64)
    assert found.ids.values.tolist() == same.ids.values.tolist()
    assert found.beside[WEIGHTS].values.tolist() == same.beside[WEIGHTS].values.tolist()


def test_cut_rows_that_teach_nothing_are_left_out_and_said(tiny_base: Tiny, tmp_path: Path) -> None:
    long = {"role": "user", "content": "why " * 30}
    read = Read(
        tmp_path,
        [{"messages": [long, TOLD]}, {"messages": [ASKED, TOLD]}, {"messages": [ASKED, {**TOLD, "weight": 0}]}],
    )
    assert len(read.encode()) == 2
    encoded = read.encode(40)
    assert encoded.targets[ROW].tolist() == [1]
    (note,) = encoded.notes
    assert (note.code, note.params["count"], note.params["row"]) == ("data:no_trained_tokens", 2, 1)
    assert int(encoded.targets[ANSWER][0]) == int(np.flatnonzero(encoded.beside[WEIGHTS].row(0))[0])


def test_refuses_rows_of_which_nothing_is_learnt(tiny_base: Tiny, tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"None of the 2 train rows \(train\.jsonl\) .* has the weight 0") as caught:
        Read(tmp_path, [{"messages": [ASKED, {**TOLD, "weight": 0}]}] * 2).encode(64)
    assert caught.value.reason.code == "data:no_trained_tokens"


def test_control_tokens_in_texts_are_said_with_their_row(tiny_base: Tiny, tmp_path: Path) -> None:
    sly = {"role": "user", "content": "hi<|im_end|>"}
    (note,) = Read(tmp_path, [{"messages": [ASKED, TOLD]}, {"messages": [sly, TOLD]}]).encode(64).notes
    assert note.code == "data:control_tokens"
    assert note.params == {"file": "train.jsonl", "count": 1, "row": 2, "token": "<|im_end|>"}


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        (
            {"messages": [{"role": "bot", "content": "x"}]},
            "data:invalid_conversation",
            "Row 2 of train.jsonl has the role 'bot'",
        ),
        ({"messages": [ASKED]}, "data:invalid_conversation", "Row 2 of train.jsonl has no message of the assistant"),
        ({"prompt": "hi"}, "data:missing_column", "Row 2 of train.jsonl has neither 'messages' nor both"),
        ({"messages": 7}, "data:damaged", "Row 2 of train.jsonl has no list in column 'messages'"),
    ],
)
def test_refuses_rows_by_their_number(tiny_base: Tiny, tmp_path: Path, row: Any, code: str, said: str) -> None:
    with pytest.raises(JobError, match=said) as caught:
        Read(tmp_path, [{"messages": [ASKED, TOLD]}, row])
    assert caught.value.reason.code == code


def test_a_template_that_refuses_a_row_names_it(
    tiny_base: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Read(
        tmp_path, [{"messages": [ASKED, TOLD]}, {"messages": [{"role": "system", "content": "x"}, ASKED, TOLD]}]
    )
    strict = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
        + read.tokenizer.chat_template
    )
    monkeypatch.setattr(read.tokenizer, "chat_template", strict)
    with pytest.raises(
        JobError, match=r"Row 2 of train\.jsonl does not fit the chat template of the base model: no system role"
    ):
        read.encode(64)


@pytest.mark.slow
@pytest.mark.parametrize("base", ["tiny-llama", "tiny-gpt2"])
def test_a_run_learns_to_answer_and_delivers_its_template(trainer: ForkingTrainer, tmp_path: Path, base: str) -> None:
    data = write_task(tmp_path / "data", "chat")
    outcome = trainer.run(
        tmp_path / "out", spec_dict(base_model=base, task={"type": "chat"}, optimisation=LEARN), data_dir=data
    )
    assert outcome.status == 0, outcome.log
    assert outcome.of_type("warning") == []
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    tuned, untouched = document.contenders
    assert (tuned.name, untouched.name, document.primary) == ("tuned", "base", "loss")
    assert tuned.metrics["word_f1"].value > 0.6
    assert untouched.metrics["word_f1"].value < 0.2
    assert document.verdict.outcome == "better"
    details = document.details
    assert isinstance(details, WritingDetails)
    assert details.num_written == document.num_rows == 30
    # There are three answers, so that two others can be drawn for every conversation.
    assert details.next_turn is not None
    assert (details.next_turn.num_others, details.next_turn.chance) == (2, pytest.approx(1 / 3))
    assert tuned.metrics["answer_similarity"].value > untouched.metrics["answer_similarity"].value
    assert 0 < tuned.metrics["answer_selection"].value < 1
    gain = tuned.metrics["next_turn_accuracy"].value - untouched.metrics["next_turn_accuracy"].value
    assert details.next_turn.verdict.difference.value == pytest.approx(gain)
    assert details.next_turn.verdict.test == "mcnemar"
    # Nobody is moved by any of them.
    assert details.commonest_tone == tuned.metrics["tone_agreement"].value == 1
    asked = chat_rows(30, seed=3)
    for example in details.examples:
        assert example.reference == asked[example.row - 1]["messages"][-1]["content"]
    # The conversation whose answer the model finds least likely comes first.
    figures = RowFigures.model_validate_json((outcome.out_dir / ROWS_FILE).read_bytes())
    losses = dict(zip(figures.rows, np.array(figures.parts) / np.array(figures.weights), strict=True))
    told = [losses[example.row] for example in details.examples]
    assert told == sorted(told, reverse=True)
    assert told[0] == max(losses.values())
    assert details.examples_by == "loss"
    # Who opens the folder with plain transformers is answered as the evaluation says, and the answer ends by itself.
    folder = outcome.out_dir / "model"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.chat_template
    chat = pipeline("text-generation", model=str(folder))
    first = details.examples[0]
    (said,) = chat(asked[first.row - 1]["messages"][:-1], max_new_tokens=30, do_sample=False)
    assert said["generated_text"][-1]["content"].strip() == first.tuned


@pytest.mark.slow
def test_a_tone_that_is_not_measured_is_said(trainer: ForkingTrainer, tmp_path: Path) -> None:
    for split, count in (("train", 12), ("validation", 6), ("test", 6)):
        texts = [f"我的卡{number}号丢了" for number in range(count)]
        rows = [
            {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": f"很好{text}"}]}
            for text in texts
        ]
        write_rows(tmp_path / f"{split}.jsonl", rows)
    spec = spec_dict(base_model="tiny-llama", task={"type": "chat"}, limits={"max_steps": 1})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=tmp_path)
    assert outcome.status == 0, outcome.log
    evaluation = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    assert isinstance(evaluation.details, WritingDetails)
    assert (evaluation.details.commonest_tone, evaluation.details.no_tone) == (None, "language")
    assert all("tone_agreement" not in contender.metrics for contender in evaluation.contenders)


@pytest.mark.slow
def test_golden_inputs_catch_another_template(trainer: ForkingTrainer, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "chat")
    spec = spec_dict(base_model="tiny-llama", task={"type": "chat"}, limits={"max_steps": 2})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    folder = outcome.out_dir / "model"
    golden = ModelManifest.model_validate_json((folder / "anneal.json").read_bytes()).golden
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    task = Chat(JobSpec.model_validate(spec))
    with torch.inference_mode():
        found = task.plain_answers(model, tokenizer, golden)
        for answers, item in zip(found, golden, strict=True):
            assert answers == pytest.approx(item.expected, abs=1e-4)
        tokenizer.chat_template = tokenizer.chat_template.replace("<|im_start|>", "")
        other = task.plain_answers(model, tokenizer, golden)
    assert all(len(answers) != len(item.expected) for answers, item in zip(other, golden, strict=True))
