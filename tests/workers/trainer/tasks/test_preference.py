"""Preferences: loss and gradients against plain transformers, what the base says once and for all, and runs that learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch.nn import functional
from transformers import AutoModelForCausalLM

from tests.workers.trainer.tiny import preference_rows, spec_dict, write_rows, write_task
from workers.contract.reasons import JobError
from workers.contract.results import Evaluation, PreferenceDetails
from workers.contract.spec import JobSpec
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.encoded import Encoded, collate
from workers.trainer.data.packing import WEIGHTS
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.engine import Engine
from workers.trainer.evaluate.preference import Rewards
from workers.trainer.tasks.preference import ANSWER, BASE, DESIRABLE, OTHER, ROW, Preference

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer
    from tests.workers.trainer.tiny import Tiny

CPU = torch.device("cpu")
LOSSES = ["dpo", "orpo", "kto"]


class Read:
    """A task with its rows, as a run reads and encodes them."""

    def __init__(self, folder: Path, rows: list[Any], **task: object) -> None:
        write_rows(folder / "train.jsonl", rows)
        write_rows(folder / "validation.jsonl", preference_rows(4, seed=2))
        data = {"train": "train.jsonl", "validation": "validation.jsonl"}
        spec = JobSpec.model_validate(
            spec_dict(base_model="tiny-llama", task={"type": "preference", **task}, data=data)
        )
        self.task = Preference(spec)
        self.base = find_base("tiny-llama")
        self.data, self.warnings = self.task.read(spec, folder)
        self.tokenizer = load_tokenizer(self.base.folder)

    def encode(self, max_length: int | None = 128) -> Encoded:
        return self.task.encode(self.data.train, self.data, Tokeniser(self.tokenizer), self.base, max_length=max_length)


def plain_likelihoods(network: Any, encoded: Encoded) -> tuple[torch.Tensor, torch.Tensor]:
    """Summed over the tokens that count, and their number: the whole logits of a padded batch."""
    batch = collate(encoded, np.arange(len(encoded)), pad_id=2, device=CPU)
    logits = network(input_ids=batch.ids_BT, attention_mask=batch.mask().long()).logits[:, :-1]
    found = logits.log_softmax(-1).gather(-1, batch.ids_BT[:, 1:, None]).squeeze(-1)
    weights = batch.beside[WEIGHTS][:, 1:]
    return (found * weights).sum(1), weights.sum(1)


def plain_loss(loss: str, network: Any, base: Any, encoded: Encoded) -> torch.Tensor:
    """As the papers have it, beta 0.2, mean over rows."""
    own, num_own = plain_likelihoods(network, encoded)
    other, num_other = plain_likelihoods(network, encoded.others[OTHER])
    with torch.no_grad():
        base_own, _ = plain_likelihoods(base, encoded)
        base_other, _ = plain_likelihoods(base, encoded.others[OTHER])
    if loss == "dpo":
        return -functional.logsigmoid(0.2 * (own - base_own) - 0.2 * (other - base_other)).mean()
    if loss == "orpo":
        own, other = own / num_own, other / num_other
        odds = (own - torch.log1p(-own.exp())) - (other - torch.log1p(-other.exp()))
        return (-own - 0.2 * functional.logsigmoid(odds)).mean()
    point = (other - base_other).mean().clamp(min=0).detach()
    gain = 0.2 * (own - base_own - point)
    return (1 - torch.where(encoded.targets[DESIRABLE], gain, -gain).sigmoid()).mean()


@pytest.mark.parametrize("loss", LOSSES)
def test_loss_and_gradients_equal_the_plain_ones(tiny_base: Tiny, tmp_path: Path, loss: str) -> None:
    read = Read(tmp_path, preference_rows(12, seed=4), loss=loss, beta=0.2)
    encoded = read.encode()
    base = AutoModelForCausalLM.from_pretrained(read.base.folder, attn_implementation="eager").eval()
    plain = AutoModelForCausalLM.from_pretrained(read.base.folder, attn_implementation="eager").eval()
    torch.manual_seed(1)
    with torch.no_grad():  # Somewhere away from the base model, so that the margins are not zero.
        for parameter in plain.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    expected = plain_loss(loss, plain, base, encoded)
    expected.backward()
    model = read.task.open_model(read.base, read.data)
    engine = Engine(model, pad_id=2, device=CPU, threads=2, batch_size=12, may_split=read.task.may_split)
    assert len(engine.team) == (1 if loss == "kto" else 2)
    if loss != "orpo":
        answers = read.task.answer(engine, encoded)[:, :2]
        encoded = type(encoded)(**{**vars(encoded), "targets": {**encoded.targets, BASE: answers}})
    engine.load_weights({f"network.{name}": tensor for name, tensor in plain.named_parameters()})
    rows = np.arange(12)
    found = engine.accumulate(
        encoded, [rows], loss=read.task.loss, units=read.task.units(encoded, rows), position=(0, 0)
    )
    assert found == pytest.approx(float(expected.detach()), abs=1e-5)
    replicas = [dict(replica.model.network.named_parameters()) for replica in engine.team.replicas]
    for name, parameter in plain.named_parameters():
        mine = sum(replica[name].grad for replica in replicas)
        torch.testing.assert_close(mine, parameter.grad, atol=1e-5, rtol=1e-4, msg=name)
    figures = read.task.metrics(read.task.answer(engine, encoded), encoded)
    assert figures["loss"] == pytest.approx(float(expected.detach()), abs=1e-5)
    engine.close()


def test_only_the_last_answer_counts_and_both_stand_behind_the_same_prompt(tiny_base: Tiny, tmp_path: Path) -> None:
    before = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hello"},
        {"role": "user", "content": "where is it"},
    ]
    pair = {"prompt": before, "chosen": "it is lost", "rejected": [{"role": "assistant", "content": "no"}]}
    read = Read(tmp_path, [pair, pair])
    encoded = read.encode()
    decode = read.tokenizer.decode
    start = int(encoded.targets[ANSWER][0])
    for sequence, answer in ((encoded, "it is lost"), (encoded.others[OTHER], "no")):
        ids, weights = sequence.ids.row(0).tolist(), sequence.beside[WEIGHTS].row(0).tolist()
        assert weights == [0.0] * start + [1.0] * (len(ids) - start)
        assert decode(ids[start:]) == f"{answer}<|im_end|>"
        assert decode(ids[:start]).endswith("where is it<|im_end|>\n<|im_start|>assistant\n")


def test_unrelated_answers_come_from_other_rows_and_are_the_same_every_time(tiny_base: Tiny, tmp_path: Path) -> None:
    rows = [{"prompt": f"question {i}", "completion": f"answer {i}", "label": i % 2 == 0} for i in range(9)]
    found = []
    for _ in range(2):
        read = Read(tmp_path, rows, loss="kto")
        encoded = read.encode()
        texts = [read.tokenizer.decode(encoded.others[OTHER].ids.row(row).tolist()) for row in range(9)]
        found.append(texts)
        numbers = [int(text.split("answer ")[1][0]) for text in texts]
        assert sorted(numbers) == list(range(9))
        assert all(number != row for row, number in enumerate(numbers))
        assert all(f"question {row}<" in text for row, text in enumerate(texts))
        assert encoded.targets[DESIRABLE].tolist() == [row["label"] for row in rows]
    assert found[0] == found[1]


def test_rows_whose_answer_is_cut_off_are_left_out_and_said(tiny_base: Tiny, tmp_path: Path) -> None:
    long = {"prompt": "why " * 60, "chosen": "yes", "rejected": "no"}
    read = Read(tmp_path, [long, *preference_rows(3, seed=1)])
    encoded = read.encode(64)
    assert encoded.targets[ROW].tolist() == [1, 2, 3]
    (note,) = encoded.notes
    assert (note.code, note.params["row"]) == ("data:no_trained_tokens", 1)


@pytest.mark.parametrize(
    ("row", "task", "code", "said"),
    [
        (
            {"prompt": "hi", "chosen": "a"},
            {},
            "data:damaged",
            "Row 2 of train.jsonl holds a NoneType in column 'rejected'",
        ),
        (
            {"prompt": "hi", "chosen": [{"role": "user", "content": "x"}], "rejected": "b"},
            {},
            "data:invalid_conversation",
            "Row 2 of train.jsonl has no message of the assistant",
        ),
        (
            {"prompt": "hi", "completion": "a"},
            {"loss": "kto"},
            "data:missing_label",
            "Row 2 of train.jsonl has no label",
        ),
        (
            {"prompt": "hi", "completion": "a", "label": "maybe"},
            {"loss": "kto"},
            "data:damaged",
            "Row 2 of train.jsonl has 'maybe' in column 'label' where true or false belongs",
        ),
    ],
)
def test_refuses_rows_by_their_number(
    tiny_base: Tiny, tmp_path: Path, row: Any, task: Any, code: str, said: str
) -> None:
    with pytest.raises(JobError) as caught:
        Read(tmp_path, [preference_rows(1, seed=1)[0], row], **task)
    assert caught.value.reason.code == code
    assert said in caught.value.message


@pytest.mark.parametrize("kind", [True, False])
def test_kto_needs_answers_of_both_kinds(tiny_base: Tiny, tmp_path: Path, kind: bool) -> None:
    rows = [{**row, "label": kind} for row in preference_rows(12, seed=1)]
    with pytest.raises(JobError) as caught:
        Read(tmp_path, rows, loss="kto")
    assert caught.value.reason.code == "data:single_class"
    assert f"train.jsonl have {str(kind).lower()} in column 'label'" in caught.value.message
    Read(tmp_path, rows)


def test_rewards_of_pairs_and_of_single_answers() -> None:
    pairs = Rewards(np.array([1.0, 2.0, 0.0]), np.array([0.0, 3.0, 0.0]), None)
    everything = np.arange(3)
    assert pairs.accuracy(everything) == pytest.approx(0.5)
    assert pairs.margin(everything) == pytest.approx(0.0)
    random = np.random.default_rng(0)
    own, label = random.normal(size=40).round(1), random.integers(0, 2, 40)
    single = Rewards(own, np.zeros(40), label)
    assert single.accuracy(np.arange(40)) == pytest.approx(roc_auc_score(label, own))
    assert single.accuracy(np.flatnonzero(label)) == 0.5
    assert single.margin(np.arange(40)) == pytest.approx(own[label == 1].mean() - own[label == 0].mean())


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_run_learns_what_is_preferred(trainer: ForkingTrainer, tmp_path: Path, loss: str, method: str) -> None:
    data = write_task(tmp_path / "data", "preference")
    rate = 0.002 if method == "full" else 0.01
    spec = spec_dict(
        base_model="tiny-llama",
        task={"type": "preference", "loss": loss},
        method={"type": method},
        optimisation={"epochs": 2, "batch_size": 8, "learning_rate": rate, "early_stopping": None},
    )
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    start = {name: value for (name, step), value in outcome.metrics.items() if step == 0}
    if loss != "orpo":
        # Before the first step model and base are one.
        assert start["validation/reward_margin"] == pytest.approx(0, abs=1e-5)
        assert start["validation/loss"] == pytest.approx({"dpo": np.log(2), "kto": 0.5}[loss], abs=1e-5)
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    tuned, base = (contender.metrics for contender in document.contenders)
    assert document.primary == "reward_accuracy"
    assert tuned["reward_accuracy"].value > 0.9
    assert tuned["likelihood_accuracy"].value > base["likelihood_accuracy"].value
    assert tuned["kl"].value > 0 == base["kl"].value
    assert document.verdict.outcome == "better"
    details = document.details
    assert isinstance(details, PreferenceDetails)
    held_out = preference_rows(30, seed=3)
    for example in details.examples:
        row = held_out[example.row - 1]
        if loss == "kto":
            assert (example.chosen or example.rejected) == row["completion"]
            assert (example.chosen is not None) == row["label"]
        else:
            assert (example.chosen, example.rejected) == (row["chosen"], row["rejected"])


@pytest.mark.slow
def test_what_the_base_says_is_computed_once(trainer: ForkingTrainer, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "preference")
    spec = spec_dict(base_model="tiny-llama", task={"type": "preference"}, limits={"max_steps": 3})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    kept = sorted((tmp_path / "out" / "cache").glob("features-*-answers-*.safetensors"))
    assert len(kept) == 3
    before = [path.stat().st_mtime_ns for path in kept]
    again = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert again.model_sha256 == outcome.model_sha256
    assert [path.stat().st_mtime_ns for path in kept] == before


@pytest.mark.slow
@pytest.mark.parametrize(("name", "loss"), [("dpo_en_demo", "dpo"), ("kto_en_demo", "kto")])
def test_reads_the_real_sets(
    shared_data: Path, stories: str, trainer: ForkingTrainer, tmp_path: Path, name: str, loss: str
) -> None:
    spec = {
        "base_model": stories,
        "data": {"train": "train.jsonl", "validation": "validation.jsonl", "test": "test.jsonl"},
        "task": {"type": "preference", "loss": loss, "max_length": 128},
        "optimisation": {"batch_size": 4},
        "limits": {"max_steps": 4},
    }
    outcome = trainer.run(tmp_path / "out", spec, data_dir=shared_data / name)
    assert outcome.status == 0, outcome.log
    # Letters of a vocabulary this small fill the limit soon; that is said, and the rest is learnt.
    said = {warning.code for warning in outcome.of_type("warning")}
    assert said <= {"data:truncated", "data:no_trained_tokens", "data:control_tokens"}
