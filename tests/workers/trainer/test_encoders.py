"""Every task of an encoder on a tiny member of every family: three steps, and a model that the server loads with plain transformers."""

from __future__ import annotations

import hashlib
import re
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import torch
from transformers import AutoModelForTokenClassification, ModernBertModel

from tests.workers.trainer.encoders import ENCODERS
from tests.workers.trainer.methods.families import build
from tests.workers.trainer.tiny import ROWS_OF_TASK, spec_dict, write_rows
from workers.contract.catalogue import READING_TASKS
from workers.contract.results import MODEL_MANIFEST, ModelManifest
from workers.contract.spec import JobSpec
from workers.inference.model import model_load
from workers.trainer.bases import Base
from workers.trainer.bodies import open_network
from workers.trainer.describe import describe
from workers.trainer.export import TOLERANCE, replay
from workers.trainer.model import HeadedModel
from workers.trainer.tasks import build_task

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer
    from tests.workers.trainer.tiny import Tiny

pytestmark = pytest.mark.filterwarnings(
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"
)  # peft asks for it
FEW_ITERATIONS = {"TINY_ITERATIONS": "10"}
PAIRS = list(product(ENCODERS, READING_TASKS))


@pytest.mark.parametrize("family", ["bert", "roberta", "electra", "deberta", "distilbert", "modernbert"])
def test_an_output_layer_is_solved_on_what_it_reads(family: str) -> None:
    """Some families have a layer of their own between the body and the output layer."""
    case = build(family)
    model, (ids, mask) = case.model, case.inputs.values()
    assert isinstance(model, HeadedModel)
    with torch.inference_mode():
        said = model.output_layer(model.states(ids, mask))[..., :1] * mask.unsqueeze(-1)
        torch.testing.assert_close(said, case.ask(model)[..., :1])
    inside = [name for name in model.network.state_dict() if name.startswith(f"{model.network.base_model_prefix}.")]
    beside = {name.split(".")[0] for name in model.network.state_dict().keys() - set(inside)}
    assert beside == set(model.new_modules), "whatever is not the base model's goes with an adapter"


def test_a_head_that_the_file_lacks_depends_on_the_seed_alone(tiny_base: Tiny, tmp_path: Path) -> None:
    """The untouched base model is opened again after training, at whatever place the random numbers are."""
    source = tiny_base.models_dir / "tiny-modernbert"
    ModernBertModel.from_pretrained(source).save_pretrained(tmp_path)
    base = Base(describe(tmp_path, name=None, source=None, licence="MIT", languages=["en"]), tmp_path)
    heads = []
    for seed, num_drawn in ((3, 0), (3, 7), (4, 0)):
        torch.manual_seed(seed)
        torch.rand(num_drawn)
        heads.append(open_network(base, AutoModelForTokenClassification).head.dense.weight)
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])


def few_rows(folder: Path, task: str) -> Path:
    folder.mkdir()
    for split, count, seed in (("train", 24, 1), ("validation", 8, 2), ("test", 10, 3)):
        write_rows(folder / f"{split}.jsonl", ROWS_OF_TASK[task](count, seed=seed))
    return folder


def spec_of(slug: str, task: str, *, method: str, head: str) -> dict[str, Any]:
    return spec_dict(
        base_model=slug,
        task={"type": task},
        method={"type": method},
        limits={"max_steps": 3},
        checkpointing={"every_steps": 1},
        optimisation={"batch_size": 8, "learning_rate": 0.003, "head": head},
    )


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "task"), PAIRS)
def test_three_steps_and_a_model_that_is_served(trainer: ForkingTrainer, tmp_path: Path, slug: str, task: str) -> None:
    turn = PAIRS.index((slug, task))
    # Three steps seldom improve on a solved output layer, which would then be delivered with the base model's own body.
    method, head = ("lora" if turn % 2 else "full"), ("random" if turn % 4 > 1 else "auto")
    data = few_rows(tmp_path / "data", task)
    spec = spec_of(slug, task, method=method, head=head)
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data, env=FEW_ITERATIONS)
    assert outcome.status == 0, outcome.log
    assert outcome.of_type("finished")[0].step == 3
    assert [event.kind for event in outcome.of_type("exported")] == ["merged"] + ["adapter"] * (turn % 2)
    folder = outcome.out_dir / "model"
    manifest = ModelManifest.model_validate_json((folder / MODEL_MANIFEST).read_bytes())
    for row, golden in zip(model_load(folder).replayed(manifest), manifest.golden, strict=True):
        assert row == pytest.approx(golden.expected, abs=1e-3)
    if method == "lora":
        network, tokenizer = opened_as_the_readme_says(
            outcome.out_dir / "adapter", slug, trainer.tiny.models_dir / slug
        )
        answers = build_task(JobSpec.model_validate(spec)).plain_answers
        assert replay(network, tokenizer, manifest.golden, answers=answers) < TOLERANCE


def opened_as_the_readme_says(folder: Path, slug: str, base: Path) -> tuple[Any, Any]:
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), flags=re.DOTALL)
    here = code.replace(f"tests/{slug}", str(base)).replace("path/to/this/folder", str(folder))
    namespace: dict[str, Any] = {}
    exec(here, namespace)  # noqa: S102 - it is what a reader would do
    return namespace["model"].eval(), namespace["tokenizer"]


@pytest.mark.slow
@pytest.mark.parametrize("slug", ENCODERS)
def test_goes_on_bit_for_bit_from_where_it_was_killed(trainer: ForkingTrainer, tmp_path: Path, slug: str) -> None:
    data, spec = (
        few_rows(tmp_path / "data", "classification"),
        spec_of(slug, "classification", method="full", head="random"),
    )
    out, again = tmp_path / "out", tmp_path / "again"

    def is_time(lines: list[str]) -> bool:
        return any(re.search(r'"type":"checkpoint","step":[12],', line) for line in lines)

    straight = trainer.run(out, spec, data_dir=data, env=FEW_ITERATIONS, copy_when=(again, is_time))
    assert straight.status == 0, straight.log
    assert not re.search(r'"type":"finished"', (again / "events.jsonl").read_text())
    resumed = trainer.run(again, spec, data_dir=data, env=FEW_ITERATIONS)
    assert resumed.status == 0, resumed.log
    assert resumed.metrics == straight.metrics
    assert resumed.artifacts_sha256 == straight.artifacts_sha256
    last = [(folder / "checkpoints" / "step-3" / "weights.safetensors").read_bytes() for folder in (out, again)]
    assert hashlib.sha256(last[0]).digest() == hashlib.sha256(last[1]).digest()
