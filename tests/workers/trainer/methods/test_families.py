"""Every method on a tiny member of every family of models: where it begins, what learns, and what is delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from pydantic import TypeAdapter

from tests.workers.trainer.methods.families import FAMILIES, Case, build, learning, move_learnt_weights
from workers.contract import spec as contract
from workers.contract.reasons import JobError
from workers.trainer.methods import METHODS, build_method

if TYPE_CHECKING:
    from pathlib import Path

    from workers.trainer.methods._method import Method

pytestmark = pytest.mark.filterwarnings(
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning",  # peft asks for it
    "ignore:Could not find a config file:UserWarning",  # peft looks for the public name
    "ignore:Position ids are not supported:UserWarning",  # peft counts positions itself
)
VARIANTS: dict[str, dict[str, Any]] = {
    **{method: {"type": method} for method in METHODS},
    "prefix": {"type": "prefix", "tokens": 5},
    "prompt": {"type": "prompt", "tokens": 5},
    "p_tuning": {"type": "p_tuning", "tokens": 5},
    "rslora, dora": {"type": "lora", "use_rslora": True, "use_dora": True},
    "lora of the last layer": {"type": "lora", "layers": 1},
    "houlsby": {"type": "adapter", "placement": "houlsby", "size": 6, "non_linearity": "relu"},
    "projected prefix": {"type": "prefix", "tokens": 5, "projection": True},
    "random prompt": {"type": "prompt", "tokens": 5, "start": "random"},
    "p_tuning, lstm": {"type": "p_tuning", "tokens": 5, "encoder": "lstm", "encoder_size": 16},
    "all layers": {"type": "last_layers", "layers": 2},
    "output layer": {"type": "last_layers", "layers": 0},
}
TAKES_NOTHING = "takes no keys and values from outside"
MARKS_TEXTS = "marks question and context by token types"  # The tiny one answers questions.
# Exactly the pairs that are refused, and why.
REFUSED = {
    ("prefix", "deberta"): TAKES_NOTHING,
    ("prefix", "distilbert"): TAKES_NOTHING,
    ("prefix", "modernbert"): TAKES_NOTHING,
    ("prefix", "deberta pooled"): TAKES_NOTHING,
    ("prefix", "distilbert pooled"): TAKES_NOTHING,
    ("prefix", "modernbert pooled"): TAKES_NOTHING,
    ("prefix", "electra"): MARKS_TEXTS,
    ("projected prefix", "electra"): MARKS_TEXTS,
    ("prompt", "electra"): MARKS_TEXTS,
    ("random prompt", "electra"): MARKS_TEXTS,
    ("p_tuning", "electra"): MARKS_TEXTS,
    ("p_tuning, lstm", "electra"): MARKS_TEXTS,
}
PAIRS = [
    (variant, family)
    for variant, values in VARIANTS.items()
    for family in FAMILIES
    if not {(values["type"], family), (variant, family)} & REFUSED.keys()
]


def method_of(variant: str) -> Method:
    spec = TypeAdapter(contract.Method).validate_python(VARIANTS[variant])
    return build_method(spec)


def prepared(variant: str, family: str) -> tuple[Case, Method]:
    case, method = build(family), method_of(variant)
    method.prepare(case.model)
    method.begin(case.model.body, total_steps=20)
    case.model.eval()
    return case, method


@pytest.mark.parametrize(("variant", "family"), REFUSED)
def test_refuses_what_is_impossible_with_the_reason(variant: str, family: str) -> None:
    with pytest.raises(JobError, match=REFUSED[variant, family]) as caught:
        prepared(variant, family)
    assert caught.value.reason.code == "spec:unsupported"


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "family"), PAIRS)
def test_begins_where_it_says_and_delivers_what_was_learnt(tmp_path: Path, variant: str, family: str) -> None:
    before = build(family)
    untouched = before.ask(before.model).detach()
    case, method = prepared(variant, family)
    first = case.ask(case.model)
    is_base = torch.allclose(first, untouched, atol=1e-5)
    assert is_base is method.starts_as_base

    if variant != "output layer":
        assert learning(case.model)
        first.square().sum().backward()
        without = [name for name in learning(case.model) if case.model.body.get_parameter(name).grad is None]
        assert without == []
        move_learnt_weights(case.model)
    trained = case.ask(case.model).detach()
    assert variant == "output layer" or not torch.allclose(trained, untouched, atol=0.05)

    weights = method.merged(case.model.body)
    if weights is not None and method.virtual_words(case.model.body) is None:
        torch.testing.assert_close(case.ask_plain(case.deliverable.plain(weights)), trained, atol=5e-4, rtol=5e-4)
    if method.save_adapter(tmp_path, case.model.body, case.deliverable):
        opened = method.open_adapter(tmp_path, case.deliverable)
        torch.testing.assert_close(case.ask_plain(opened), trained, atol=1e-5, rtol=1e-4)
    else:
        assert variant == "full"


@pytest.mark.slow
@pytest.mark.parametrize("family", ["bert pooled", "bert", "llama", "t5"])
@pytest.mark.parametrize("variant", [variant for variant in VARIANTS if variant != "output layer"])
def test_loss_falls_by_what_the_method_learns_alone(variant: str, family: str) -> None:
    """Whatever is outside of the body stays as it is."""
    if (VARIANTS[variant]["type"], family) in REFUSED:
        pytest.skip("refused")
    case, method = prepared(variant, family)
    parameters = [case.model.body.get_parameter(name) for name in learning(case.model)]
    optimiser = torch.optim.Adam(parameters, lr=0.01)
    wanted = torch.randint(case.ask(case.model).shape[-1], case.ask(case.model).shape[:-1])
    losses = []
    for step in range(20):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(case.ask(case.model).flatten(0, -2), wanted.flatten())
        loss.backward()
        method.before_update(case.model.body, step)
        optimiser.step()
        method.after_update(case.model.body, step)
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.98 * losses[0], losses


@pytest.mark.slow
@pytest.mark.parametrize("family", ["llama", "gpt2", "t5"])
@pytest.mark.parametrize("variant", ["lora", "adapter", "prompt", "prefix"])
def test_generates_as_the_adapter_on_the_base_does(tmp_path: Path, variant: str, family: str) -> None:
    if (variant, family) in REFUSED:
        pytest.skip("refused")
    case, method = prepared(variant, family)
    move_learnt_weights(case.model)
    method.save_adapter(tmp_path, case.model.body, case.deliverable)
    opened = method.open_adapter(tmp_path, case.deliverable)
    question = {
        "input_ids": torch.randint(3, 60, (2, 6)),
        "attention_mask": torch.ones(2, 6, dtype=torch.long),
        "max_new_tokens": 5,
        "min_new_tokens": 5,
        "do_sample": False,
    }
    answer = case.model.network.generate(**question)
    assert torch.equal(answer, case.model.network.generate(**question, use_cache=False))
    assert torch.equal(answer, getattr(opened, "_network", opened).generate(**question))
