"""Every method as a job on tiny data, opened as its README tells a reader to do."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from transformers import AutoTokenizer

from tests.workers.trainer.tiny import SLUG, classification_answers, spec_dict
from workers.contract.results import ModelManifest
from workers.inference.model import model_load
from workers.trainer.export import replay
from workers.trainer.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workers.trainer.conftest import ForkingTrainer, Outcome

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"),  # peft asks for it
    pytest.mark.filterwarnings("ignore:Could not find a config file:UserWarning"),  # peft looks for the public name
]
# Settings that bring out what a method keeps between steps; every method is here or runs with its defaults.
SETTINGS: dict[str, dict[str, Any]] = {
    "adalora": {"allocate_every": 2},
    "lora": {"layers": 1, "use_rslora": True},
    "prefix": {"tokens": 4},
    "prompt": {"tokens": 4},
    "p_tuning": {"tokens": 4, "encoder": "lstm"},
}
WITH_ADAPTER = [method for method in METHODS if method != "full"]


def spec_of(method: str) -> dict[str, Any]:
    return spec_dict(
        method={"type": method, **SETTINGS.get(method, {})},
        optimisation={"epochs": 2, "batch_size": 16, "learning_rate": 0.02, "early_stopping": {"metric": "loss"}},
        checkpointing={"every_steps": 2},
        limits={"max_steps": 8},
    )


@pytest.fixture(scope="session")
def run_of(trainer: ForkingTrainer, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcome]:
    """The run of a method that nobody interrupts, made once."""
    made: dict[str, Outcome] = {}

    def run(method: str) -> Outcome:
        if method not in made:
            made[method] = trainer.run(tmp_path_factory.mktemp(method) / "out", spec_of(method))
            assert made[method].status == 0, made[method].log
        return made[method]

    return run


def test_what_a_method_keeps_between_steps_survives_a_kill(
    trainer: ForkingTrainer, run_of: Callable[[str], Outcome], tmp_path: Path
) -> None:
    """Of the only method that keeps something; short runs of all of them are killed in the grid."""
    straight = run_of("adalora")
    out, spec = tmp_path / "out", spec_of("adalora")
    # In the middle of the first epoch, and in the second.
    for mark in ('"step":4,', '"step":7,'):
        killed = trainer.run(
            out, spec, signal_when=(signal.SIGKILL, lambda lines, mark=mark: any(mark in line for line in lines))
        )
        assert killed.status in {-signal.SIGKILL, 0}
    resumed = trainer.run(out, spec)
    assert resumed.status == 0, resumed.log
    assert resumed.artifacts_sha256 == straight.artifacts_sha256
    assert resumed.metrics == straight.metrics


@pytest.mark.parametrize("method", WITH_ADAPTER)
def test_readme_of_an_adapter_opens_what_was_trained(
    trainer: ForkingTrainer, run_of: Callable[[str], Outcome], method: str
) -> None:
    folder = run_of(method).out_dir / "adapter"
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), flags=re.DOTALL)
    assert trainer.tiny.info.source in code
    here = code.replace(trainer.tiny.info.source, str(trainer.tiny.models_dir / SLUG))
    namespace: dict[str, Any] = {}
    exec(here.replace("path/to/this/folder", str(folder)), namespace)  # noqa: S102 - it is what a reader would do
    manifest = ModelManifest.model_validate_json((folder / "anneal.json").read_bytes())
    difference = replay(
        namespace["model"].eval(), namespace["tokenizer"], manifest.golden, answers=classification_answers
    )
    assert difference < 1e-4
    for path in folder.glob("*.json"):
        assert str(trainer.tiny.models_dir) not in path.read_text()


@pytest.mark.parametrize("method", METHODS)
def test_model_server_serves_what_can_be_merged_and_of_the_rest_is_said_why(
    run_of: Callable[[str], Outcome], method: str
) -> None:
    folder = run_of(method).out_dir / "model"
    said = [event for event in run_of(method).of_type("warning") if event.code.startswith("export:")]
    why = {"adapter": "a function that is not linear", "prefix": "all computed from tokens"}.get(method)
    if why is not None:
        assert not folder.exists()
        (told,) = said
        assert why in told.message
        assert why in (run_of(method).out_dir / "adapter" / "README.md").read_text()
        return
    assert not said
    loaded = model_load(folder)  # Replays the golden inputs.
    ((longest,),) = loaded.encode([{"text": "word " * 500}])
    assert len(longest.token_ids) == 64


@pytest.mark.parametrize("method", ["prompt", "p_tuning"])
def test_tokenizer_of_a_merged_prompt_begins_with_it(run_of: Callable[[str], Outcome], method: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(run_of(method).out_dir / "model")
    one, pair = tokenizer("card"), tokenizer("card", "pin")
    assert one["input_ids"][:6] == [
        *range(tokenizer.vocab_size, tokenizer.vocab_size + 4),
        tokenizer.cls_token_id,
        tokenizer.convert_tokens_to_ids("card"),
    ]
    assert pair["input_ids"][:4] == one["input_ids"][:4]
    assert pair["token_type_ids"] == [0] * 7 + [1] * 2
    cut = tokenizer("card " * 500, truncation=True)["input_ids"]
    assert len(cut) == tokenizer.model_max_length == 64
    assert cut[-1] == tokenizer.sep_token_id
    assert "<virtual_0>" not in tokenizer.decode(one["input_ids"], skip_special_tokens=True)


@pytest.mark.parametrize("method", ["last_layers", "lora"])
def test_keeping_activations_changes_no_bit(
    trainer: ForkingTrainer, run_of: Callable[[str], Outcome], tmp_path: Path, method: str
) -> None:
    computed_anew = trainer.run(tmp_path / "out", spec_of(method), env={"TINY_KEEPS_NOTHING": "1"})
    assert computed_anew.status == 0, computed_anew.log
    assert computed_anew.artifacts_sha256 == run_of(method).artifacts_sha256
    assert computed_anew.metrics == run_of(method).metrics
