"""LoRA on 4-bit matrices. The library is for machines with a GPU; where it is installed its arithmetic can be tried on a CPU as well."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import torch

from tests.workers.trainer.methods.families import build, move_learnt_weights
from workers.contract.reasons import JobError
from workers.contract.spec import LoraMethod
from workers.trainer.methods import build_method
from workers.trainer.parts import Run

if TYPE_CHECKING:
    from pathlib import Path

    from workers.trainer.data.encoded import Encoded

FOUR_BIT = LoraMethod(quantise="4bit")


def test_refused_without_a_gpu_or_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    method = build_method(FOUR_BIT)
    with pytest.raises(JobError, match="needs a GPU") as caught:
        method.check(torch.device("cpu"))
    assert caught.value.reason.code == "spec:unsupported"
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(JobError, match="needs bitsandbytes"):
        method.check(torch.device("cuda"))


def test_features_of_rounded_matrices_are_kept_apart_from_those_of_the_base() -> None:
    """The trials of a search, over `method.quantise` say, share what is kept."""

    def name(method: LoraMethod, *, is_base: bool) -> Any:
        run: Any = SimpleNamespace(
            method=build_method(method),
            engine=SimpleNamespace(weights=lambda: {"lora_A": torch.ones(2)}),
            feature_cache=SimpleNamespace(get=lambda name, *_: name),
        )
        return Run.kept_features(run, "train", cast("Encoded", None), lambda _: torch.ones(2), is_base=is_base)

    assert name(LoraMethod(), is_base=False) == name(LoraMethod(), is_base=True) == name(FOUR_BIT, is_base=True)
    assert name(FOUR_BIT, is_base=False) != name(FOUR_BIT, is_base=True)


@pytest.mark.filterwarnings("ignore")  # The library warns of its slow ways on a CPU.
@pytest.mark.parametrize("family", ["bert pooled", "llama"])
def test_merged_model_and_adapter_stand_on_the_rounded_matrices(tmp_path: Path, family: str) -> None:
    pytest.importorskip("bitsandbytes")
    before = build(family)
    untouched = before.ask(before.model)
    case, method = build(family), build_method(FOUR_BIT)
    method.prepare(case.model)
    case.model.eval().to("cpu")
    for part in case.model.modules():
        part.support_avx512bf16_for_cpu = False  # A packing for processors of its own, which wants other sizes.
    rounded = case.ask(case.model)
    assert not torch.allclose(rounded, untouched, atol=1e-3)
    move_learnt_weights(case.model)
    trained = case.ask(case.model).detach()
    weights = method.merged(case.model.body)
    assert weights is not None
    torch.testing.assert_close(case.ask_plain(case.deliverable.plain(weights)), trained, atol=1e-3, rtol=1e-3)
    assert method.save_adapter(tmp_path, case.model.body, case.deliverable)
    torch.testing.assert_close(
        case.ask_plain(method.open_adapter(tmp_path, case.deliverable)), trained, atol=1e-3, rtol=1e-3
    )
    assert "BitsAndBytesConfig(load_in_4bit=True" in method.opening_code(case.deliverable)
