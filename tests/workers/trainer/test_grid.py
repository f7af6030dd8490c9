"""Every task with every method, three steps, and killed on the way: a new file of either kind is covered here, or this test fails."""

from __future__ import annotations

import hashlib
import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from tests.workers.trainer.tiny import BASE_OF_TASK, SLUG, spec_dict, write_task
from workers.contract import spec as contract
from workers.contract.results import UNMEASURED_TASKS, Evaluation, RowFigures
from workers.trainer import comparison, methods, search, tasks
from workers.trainer.evaluation import FILE, ROWS_FILE

if TYPE_CHECKING:
    from tests.workers.trainer.conftest import ForkingTrainer

# What a method leaves behind where it is not both a plain model and an adapter.
ARTIFACTS = {"full": ["merged"], "adapter": ["adapter"], "prefix": ["adapter"]}
# The same where it depends on the task: vectors of texts are means over words, and virtual ones are not to be among them; outputs
# over the vocabulary would name them.
REWRITING = ("translation", "summarisation")
WITHOUT_WORDS = ("embedding", "similarity", "ranking", "causal_lm", "masked_lm", "chat", "preference", *REWRITING)
ARTIFACTS_OF_PAIR = {pair: ["adapter"] for pair in product(WITHOUT_WORDS, ("prompt", "p_tuning"))}
# What points at answers marks its two texts, and peft's format drops the marks behind virtual tokens.
REFUSED = set(product(["question_answering"], ["prefix", "prompt", "p_tuning"]))
# A counter over pairs that takes every value for each task and for each method. What a pair has to be asked in one of several ways
# is asked by it: every task and every method is asked all of them.
TURN = {
    pair: list(tasks.TASKS).index(pair[0]) + list(methods.METHODS).index(pair[1])
    for pair in product(tasks.TASKS, methods.METHODS)
}
TABLES = {tasks: tasks.TASKS, methods: methods.METHODS, search: search.SEARCHES}


def augmentation_of(task: str, turn: int) -> dict[str, Any] | None:
    """Of tasks that know it. They are trained twice, so both are killed, and from random output layers: three steps seldom improve on a
    solved one, which would then be delivered untouched. Translations there and back, which take their time, are killed in a test of
    their own.
    """
    if task not in contract.TASKS_WITH_AUGMENTATION or turn % 3:
        return None
    mixup = {} if task in contract.TASKS_WITH_MIXUP else None
    return {"words": {}, "cutoff": {"hide": "attention"}, "mixup": mixup}


def kinds(union: Any) -> set[str]:
    arguments = get_args(union)  # An annotated union, or the only class there is so far.
    members = get_args(arguments[0]) if arguments else (union,)
    return {member.model_fields["type"].default for member in members}


def test_every_kind_of_the_contract_has_its_line_in_a_table() -> None:
    assert set(tasks.TASKS) == kinds(contract.Task)
    assert set(methods.METHODS) == kinds(contract.Method) - {"auto"}
    assert set(search.SEARCHES) == kinds(contract.Search)


@pytest.mark.parametrize("package", TABLES, ids=lambda package: package.__name__)
def test_every_file_is_in_its_table(package: Any) -> None:
    files = {path.stem for path in Path(package.__file__).parent.glob("*.py") if not path.stem.startswith("_")}
    assert files == {entry.__module__.rsplit(".", 1)[-1] for entry in TABLES[package].values()}


@pytest.mark.slow
@pytest.mark.parametrize(("task", "method"), list(product(tasks.TASKS, methods.METHODS)))
def test_three_steps_and_an_artifact_killed_or_not(
    trainer: ForkingTrainer, tmp_path: Path, task: str, method: str
) -> None:
    data = write_task(tmp_path / "data", task)
    base = BASE_OF_TASK.get(task, SLUG)
    turn = TURN[task, method]
    augmentation = augmentation_of(task, turn)
    spec = spec_dict(
        base_model=base,
        task={"type": task},
        method={"type": method},
        limits={"max_steps": 3},
        checkpointing={"every_steps": 1},
        optimisation={
            "batch_size": 8,
            "gradient_accumulation": 2,
            "learning_rate": 0.003,
            "early_stopping": {"patience": 1},
            "head": "random" if augmentation else "auto",
            "similarity_epochs": 0,
        },
        augmentation=augmentation,
    )
    # By one replica or by two; heads need not be solved to the last digit.
    env = {"ANNEAL_THREADS": str(1 + turn % 2), "TINY_ITERATIONS": "10"}
    out, again = tmp_path / "out", tmp_path / "again"

    def is_time(lines: list[str]) -> bool:
        """In the run, or in the one without augmentation that it is compared with."""
        if augmentation and turn % 4 > 1:
            return any((out / comparison.FOLDER / "checkpoints").glob("step-*"))
        return any(_is_checkpoint(line, first_step=1) for line in lines)

    # Once to the end, and once from what a kill on the way leaves behind.
    outcome = trainer.run(out, spec, data_dir=data, env=env, copy_when=(again, is_time))
    if (task, method) in REFUSED:
        assert outcome.of_type("failed")[0].code == "spec:unsupported"
        return
    assert outcome.status == 0, outcome.log
    assert outcome.of_type("finished")[0].step == 3
    _check_row_figures(outcome.out_dir, task)
    if task in ("classification", "pair_classification", "multi_label"):
        _check_figures_of_labels(Evaluation.model_validate_json((outcome.out_dir / FILE).read_bytes()))
    kinds_made = [event.kind for event in outcome.of_type("exported")]
    assert kinds_made == ARTIFACTS_OF_PAIR.get((task, method), ARTIFACTS.get(method, ["merged", "adapter"]))
    said_alone = [event.code for event in outcome.of_type("warning") if event.code.endswith("_alone")]
    assert bool(said_alone) == ("merged" not in kinds_made)
    started = outcome.of_type("started")[0]
    assert 0 < started.trainable_parameters <= started.total_parameters
    assert not re.search(r'"type":"(finished|exported)"', (again / "events.jsonl").read_text())
    # What is delivered is a function of the weights: that it is one across a kill is asked in turn.
    is_delivered = turn % 5 == 0
    resumed = trainer.run(again, spec, data_dir=data, env=env if is_delivered else env | {"TINY_DELIVERS_NOTHING": "1"})
    assert resumed.status == 0, resumed.log
    if is_delivered:
        assert resumed.artifacts_sha256 == outcome.artifacts_sha256
    assert resumed.metrics == outcome.metrics
    weights_sha256 = _last_weights_sha256(again)
    assert len(weights_sha256) == (2 if augmentation else 1)
    assert weights_sha256 == _last_weights_sha256(outcome.out_dir)


def _check_row_figures(out_dir: Path, task: str) -> None:
    """What is kept of single rows comes to the figure that the evaluation says."""
    path = out_dir / ROWS_FILE
    assert path.exists() == (task not in UNMEASURED_TASKS)
    if path.exists():
        found = RowFigures.model_validate_json(path.read_bytes())
        tuned = Evaluation.model_validate_json((out_dir / FILE).read_bytes()).tuned.metrics
        told = tuned[found.metric].value if found.metric in tuned else None
        assert told is None or told == pytest.approx(sum(found.parts) / sum(found.weights), abs=1e-9)
        assert told is not None or task == "similarity"


def _check_figures_of_labels(told: Evaluation) -> None:
    """Areas of whoever gives scores, and how far its probabilities can be believed."""
    areas = {"roc_auc", "average_precision"}
    assert {contender.name for contender in told.contenders if not areas & set(contender.metrics)} == {"majority"}
    assert {f"{kind}_{name}" for kind in ("macro", "weighted") for name in ("f1", "precision", "recall")} <= set(
        told.tuned.metrics
    )
    details: Any = told.details
    assert sum(part.count for part in details.calibration) % told.num_rows == 0
    assert 0 <= details.expected_calibration_error <= 1


def _last_weights_sha256(out_dir: Path) -> dict[str, str]:
    """Of both trainings where there are two, whichever is delivered."""
    return {
        str(path.relative_to(out_dir)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out_dir.rglob("step-3/weights.safetensors")
    }


def _is_checkpoint(line: str, *, first_step: int) -> bool:
    """Of this step or a later one: while one is being written no other is begun."""
    found = re.search(r'"type":"checkpoint","step":(\d+),', line)
    return found is not None and int(found[1]) >= first_step
