from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from workers.contract.catalogue import CATALOGUE, ENCODER_DECODER_TASKS, BaseModelInfo
from workers.contract.notices import RULES as NOTICED
from workers.contract.rates import usual_rate
from workers.contract.reasons import JobError
from workers.contract.spec import FullMethod, JobSpec, LoraMethod
from workers.trainer.auto import Plan, resolve, side_by_ends
from workers.trainer.data.ends import Ends
from workers.trainer.methods import METHODS, build_method
from workers.trainer.prepare import open_parts

BASE = CATALOGUE["minilm-l6-v2"]
RULES = Path(__file__).resolve().parents[3] / "docs" / "auto-rules.md"


def plan(
    num_examples: int = 9000,
    longest: int = 98,
    factor: float = 1.0,
    tokens: float = 20.0,
    has_head_start: bool = True,
    has_dropout: bool = True,
    base: BaseModelInfo = BASE,
    **spec: object,
) -> Plan:
    data = {"train": "train.jsonl"}
    parsed = JobSpec.model_validate({"base_model": "minilm-l6-v2", "data": data, **spec})
    return resolve(
        parsed,
        base,
        num_examples=num_examples,
        longest_tokens=longest,
        rate_factor=factor,
        tokens_per_example=tokens,
        has_head_start=has_head_start,
        has_dropout=has_dropout,
    )


@pytest.mark.parametrize(
    ("num_examples", "epochs", "batch_size"),
    [(10, 5, 8), (339, 5, 8), (770, 5, 16), (1280, 5, 32), (9000, 2, 32), (100_000, 1, 32)],
)
def test_epochs_and_batches_follow_the_number_of_rows(num_examples: int, epochs: int, batch_size: int) -> None:
    found = plan(num_examples)
    assert (found.epochs, found.batch_size) == (epochs, batch_size)


@pytest.mark.parametrize(("num_examples", "patience"), [(10, 50), (339, 3), (1600, 2), (100_000, 2)])
def test_small_sets_are_waited_for_as_long_in_steps(num_examples: int, patience: int) -> None:
    assert plan(num_examples).patience == patience
    assert plan(339, optimisation={"batch_size": 32}).patience == 10
    stopping = {"early_stopping": {"patience": 3}}
    assert plan(num_examples, optimisation=stopping).patience == 3
    assert plan(num_examples, optimisation={"early_stopping": None}).patience is None


@pytest.mark.parametrize(
    ("task", "num_examples", "weight"),
    [
        ("classification", 8000, 1.0),
        ("pair_classification", 300, 4.0),
        ("classification", 8001, 0.0),
        ("multi_label", 300, 0.0),
        ("token_classification", 300, 0.0),
    ],
)
def test_few_rows_are_read_twice(task: str, num_examples: int, weight: float) -> None:
    found = plan(num_examples, task={"type": task})
    assert found.r_drop == weight
    assert [note.value for note in found.resolved if note.field == "optimisation.r_drop"] == (
        [weight] if "_" not in task or task.startswith("pair") else []
    )
    assert plan(num_examples, task={"type": task}, optimisation={"r_drop": 0.5}).r_drop == 0.5


def test_what_takes_long_is_read_once() -> None:
    """800,000 tokens in five passes, of texts that are read to their 512th token."""
    assert plan(400, tokens=400, longest=500).r_drop == 1
    assert plan(401, tokens=400, longest=500).r_drop == 0
    assert plan(300, tokens=9000, longest=20_000).r_drop == 1
    assert plan(313, tokens=9000, longest=20_000).r_drop == 0


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"has_dropout": False}, "r_drop.no_dropout"),
        ({"base": replace(BASE, num_parameters=1_000_000_000)}, "r_drop.large_base"),
    ],
)
def test_rows_are_read_once_where_that_says_no_more_or_costs_too_much(changes: dict[str, Any], rule: str) -> None:
    found = plan(300, **changes)
    assert found.r_drop == 0
    assert [note.rule for note in found.resolved if note.field == "optimisation.r_drop"] == [rule]


@pytest.mark.parametrize(
    ("changes", "epochs", "rule"),
    [
        ({}, 3, "short_run"),
        ({"num_examples": 8001}, 0, "long_run"),
        ({"tokens": 900, "longest": 2000}, 0, "long_run"),
        ({"method": {"type": "lora"}}, 0, "not_tried"),
        ({"task": {"type": "pair_regression"}}, 0, "not_tried"),
        ({"base": replace(BASE, pooling=None)}, 0, "not_tried"),
        ({"optimisation": {"similarity_epochs": 5}}, 5, None),
        ({"task": {"type": "classification"}}, 0, None),
    ],
)
def test_few_pairs_are_compared_first(changes: dict[str, Any], epochs: int, rule: str | None) -> None:
    found = plan(**{"num_examples": 1000, "task": {"type": "pair_classification"}, **changes})
    assert found.similarity_epochs == epochs
    said = [note.rule for note in found.resolved if note.field == "optimisation.similarity_epochs"]
    assert said == ([] if rule is None else [f"similarity_epochs.{rule}"])
    assert found.head == ("random" if epochs else "probe")


@pytest.mark.parametrize(("longest", "limit"), [(20, 128), (130, 136), (511, 512), (4000, 512)])
def test_length_limit_covers_the_longest_text_within_what_the_base_reads(longest: int, limit: int) -> None:
    assert plan(longest=longest).max_length == limit


def test_rate_depends_on_head_and_method() -> None:
    assert plan().learning_rate == 1e-4
    assert plan(factor=10.0).learning_rate == 1e-3
    assert plan(optimisation={"head": "random"}).learning_rate == 5e-4


def test_the_method_follows_the_size_of_the_base_model() -> None:
    spec = {"base_model": "minilm-l6-v2", "data": {"train": "train.jsonl"}}
    left_open = JobSpec.model_validate({**spec, "method": {"type": "auto"}})
    assert left_open.with_method_for(999_999_999).method == FullMethod()
    assert left_open.with_method_for(1_000_000_000).method == LoraMethod()
    named = JobSpec.model_validate({**spec, "method": {"type": "bitfit"}})
    assert named.with_method_for(7_000_000_000) is named
    opened = open_parts(left_open)
    assert opened.spec.method.type == "full"
    assert [(note.field, note.value) for note in opened.resolved] == [("method.type", "full")]


@pytest.mark.parametrize(("num_examples", "ratio"), [(9000, 0.06), (1_000_000, 0.06), (3_200_000, 0.02)])
def test_the_warm_up_is_a_share_of_the_steps_and_has_an_end(num_examples: int, ratio: float) -> None:
    assert plan(num_examples).warmup_ratio == ratio
    assert plan(num_examples, limits={"max_steps": 500}).warmup_ratio == 0.06


def test_given_values_are_kept_and_not_explained() -> None:
    found = plan(
        task={"max_length": 40},
        optimisation={
            "epochs": 7,
            "batch_size": 5,
            "learning_rate": 0.25,
            "warmup_ratio": 0.1,
            "head": "random",
            "early_stopping": {"patience": 2},
            "r_drop": 0,
        },
    )
    assert found.warmup_ratio == 0.1
    assert (found.max_length, found.epochs, found.batch_size, found.learning_rate) == (40, 7, 5, 0.25)
    assert found.resolved == ()


@pytest.mark.parametrize(("tokens", "batch_size"), [(100, 32), (700, 8), (3450, 4)])
def test_rows_with_many_candidates_come_fewer_at_a_time(tokens: float, batch_size: int) -> None:
    assert plan(tokens=tokens, task={"type": "ranking"}).batch_size == batch_size
    assert plan(tokens=tokens).batch_size == 32


def test_a_base_that_never_pointed_at_passages_has_to_move_further() -> None:
    found = plan(800, task={"type": "question_answering"})
    assert (found.head, found.learning_rate, found.batch_size, found.epochs) == ("probe", 5e-4, 16, 6)


@pytest.mark.parametrize(("task", "rate"), [("chat", 1.2e-4), ("masked_lm", 1.2e-4), ("preference", 1.2e-5)])
def test_networks_with_their_own_output_layer_learn_by_their_size(task: str, rate: float) -> None:
    found = plan(task={"type": task}, has_head_start=False)
    assert (found.head, found.learning_rate, found.epochs) == ("own", rate, 2)


def test_an_encoder_that_learns_to_write_takes_longer_and_larger_steps() -> None:
    found = plan(450, task={"type": "summarisation"}, has_head_start=False)
    assert (found.head, found.learning_rate, found.epochs) == ("own", 5e-4, 30)
    writer = replace(BASE, tasks=ENCODER_DECODER_TASKS)
    spec = {"base_model": "minilm-l6-v2", "data": {"train": "train.jsonl"}, "task": {"type": "summarisation"}}
    known = resolve(
        JobSpec.model_validate(spec),
        writer,
        num_examples=450,
        longest_tokens=98,
        rate_factor=1.0,
        has_head_start=False,
    )
    assert (known.head, known.learning_rate, known.epochs) == ("own", 1.2e-4, 5)


def test_plain_texts_count_as_blocks() -> None:
    found = plan(1000, longest=4000, tokens=512.0, task={"type": "causal_lm"}, has_head_start=False)
    assert (found.max_length, found.epochs, found.batch_size) == (512, 3, 32)


def test_solving_the_output_layer_of_a_language_model_is_refused() -> None:
    with pytest.raises(JobError, match="adds no output layer"):
        plan(task={"type": "chat"}, optimisation={"head": "probe"}, has_head_start=False)


def test_every_rule_is_documented() -> None:
    text = RULES.read_text(encoding="utf-8")
    plans = [
        plan(),
        plan(300),
        plan(300, has_dropout=False),
        plan(300, base=replace(BASE, num_parameters=1_000_000_000)),
        plan(optimisation={"head": "random"}),
        plan(300, task={"type": "pair_classification"}),
        plan(9000, task={"type": "pair_classification"}),
        plan(300, task={"type": "pair_regression"}),
        plan(task={"type": "question_answering"}),
        plan(task={"type": "embedding"}, has_head_start=False),
        plan(task={"type": "ranking"}, tokens=5000),
        plan(task={"type": "causal_lm"}, has_head_start=False),
        plan(task={"type": "preference"}, has_head_start=False),
        plan(task={"type": "summarisation"}, has_head_start=False),
    ]
    notes = {note.rule: note for found in plans for note in found.resolved}
    left_open = {"base_model": "minilm-l6-v2", "data": {"train": "train.jsonl"}, "method": {"type": "auto"}}
    notes |= {note.rule: note for note in open_parts(JobSpec.model_validate(left_open)).resolved}
    ends = (None, Ends(0.2, 0.3, lead=1.9), Ends(0.2, 0.3, lead=2.1))
    sides = [side_by_ends(found, num_cut=70, max_length=512) for found in ends]
    assert [note.value for note in sides] == ["right", "right", "left"]
    notes |= {note.rule: note for note in sides}
    assert set(notes) == NOTICED
    for note in notes.values():
        assert f"`{note.rule}`" in text, f"describe the rule {note.rule} in docs/auto-rules.md"
        assert note.explanation.endswith(".")


@pytest.mark.parametrize("method", METHODS)
def test_the_rate_factor_of_every_method_is_documented(method: str) -> None:
    factor = build_method(SimpleNamespace(type=method, quantise="none")).learning_rate_factor
    row = f"| `{method}` | {factor:g} |"
    assert row in RULES.read_text(encoding="utf-8"), f"write the row {row} into docs/auto-rules.md"


@pytest.mark.parametrize(
    "task", ["classification", "pair_classification", "token_classification", "question_answering"]
)
def test_the_usual_rate_of_a_task_is_what_auto_takes(task: str) -> None:
    assert plan(task={"type": task}).learning_rate == usual_rate(task, BASE)


@pytest.mark.parametrize("task", ["similarity", "causal_lm", "preference", "translation"])
def test_the_usual_rate_of_a_task_without_a_head_is_what_auto_takes(task: str) -> None:
    for base in (BASE, replace(BASE, tasks=("causal_lm",), num_parameters=7_000_000_000)):
        found = plan(base=base, task={"type": task}, has_head_start=False)
        assert found.learning_rate == pytest.approx(usual_rate(task, base), rel=0.05)


def test_virtual_tokens_take_room_from_the_text() -> None:
    found = resolve(
        JobSpec.model_validate({"base_model": "minilm-l6-v2", "data": {"train": "train.jsonl"}}),
        BASE,
        num_examples=100,
        longest_tokens=4000,
        rate_factor=1.0,
        virtual_tokens=20,
    )
    assert found.max_length == 512 - 20


def test_refuses_more_than_the_base_model_reads() -> None:
    with pytest.raises(JobError, match="at most 512") as caught:
        plan(task={"max_length": 513})
    assert caught.value.reason.code == "spec:max_length_too_large"
