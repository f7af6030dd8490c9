"""Every task with every method, three steps: a new file of either kind is covered here, or this test fails."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tests.workers.trainer.tiny import BASE_OF_TASK, SLUG, classification_answers, spec_dict, write_task
from workers.contract import spec as contract
from workers.contract.results import ModelManifest
from workers.trainer import methods, search, tasks
from workers.trainer.export import replay

if TYPE_CHECKING:
    from tests.workers.trainer.conftest import ForkingTrainer

TABLES = {tasks: tasks.TASKS, methods: methods.METHODS, search: search.SEARCHES}


def kinds(union: Any) -> set[str]:
    arguments = get_args(union)  # An annotated union, or the only class there is so far.
    members = get_args(arguments[0]) if arguments else (union,)
    return {member.model_fields["type"].default for member in members}


def test_every_kind_of_the_contract_has_its_line_in_a_table() -> None:
    assert set(tasks.TASKS) == kinds(contract.Task)
    assert set(methods.METHODS) == kinds(contract.Method)
    assert set(search.SEARCHES) == kinds(contract.Search)


@pytest.mark.parametrize("package", TABLES, ids=lambda package: package.__name__)
def test_every_file_is_in_its_table(package: Any) -> None:
    files = {path.stem for path in Path(package.__file__).parent.glob("*.py") if not path.stem.startswith("_")}
    assert files == {entry.__module__.rsplit(".", 1)[-1] for entry in TABLES[package].values()}


@pytest.mark.slow
@pytest.mark.parametrize(("task", "method"), list(product(tasks.TASKS, methods.METHODS)))
def test_three_steps_and_an_artifact(trainer: ForkingTrainer, tmp_path: Path, task: str, method: str) -> None:
    data = write_task(tmp_path / "data", task)
    base = BASE_OF_TASK.get(task, SLUG)
    spec = spec_dict(base_model=base, task={"type": task}, method={"type": method}, limits={"max_steps": 3})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    assert outcome.of_type("finished")[0].step == 3
    kinds_made = [event.kind for event in outcome.of_type("exported")]
    assert kinds_made == (["merged"] if method == "full" else ["merged", "adapter"])
    again = trainer.run(tmp_path / "again", spec, data_dir=data)
    assert again.model_sha256 == outcome.model_sha256


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")  # peft asks for it
def test_adapter_on_the_untouched_base_answers_like_the_merged_model(trainer: ForkingTrainer, tmp_path: Path) -> None:
    outcome = trainer.run(tmp_path / "out", spec_dict(method={"type": "lora", "rank": 4}))
    assert outcome.status == 0, outcome.log
    started = outcome.of_type("started")[0]
    assert started.trainable_parameters < started.total_parameters / 50
    adapter, merged = outcome.out_dir / "adapter", outcome.out_dir / "model"
    manifest = ModelManifest.model_validate_json((adapter / "anneal.json").read_bytes())
    tokenizer = AutoTokenizer.from_pretrained(merged)
    replay(
        AutoModelForSequenceClassification.from_pretrained(merged).eval(),
        tokenizer,
        manifest.golden,
        answers=classification_answers,
    )
    # As the adapter's README tells its reader to do, with the base model's own folder.
    base = AutoModelForSequenceClassification.from_pretrained(
        trainer.tiny.models_dir / "tiny-bert", num_hidden_layers=3, num_labels=3
    )
    replay(PeftModel.from_pretrained(base, adapter).eval(), tokenizer, manifest.golden, answers=classification_answers)
    for path in adapter.glob("*.json"):
        assert str(trainer.tiny.models_dir) not in path.read_text()
