"""The command as a customer's job meets it: bad input, limits, faults, and what a good run leaves behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from tests.workers.trainer.tiny import classification_answers, make_rows, spec_dict, write_rows, write_task
from workers.contract.results import ClassificationDetails, Evaluation, ModelManifest
from workers.contract.tfevents import event_file
from workers.tracking.folder import record_of
from workers.trainer.export import replay

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer, Outcome

pytestmark = pytest.mark.slow
ONE_LABEL = [{"text": f"text {i}", "label": "same"} for i in range(20)]


def test_events_tell_the_run_in_order(straight: Outcome) -> None:
    phases = [event.phase for event in straight.of_type("phase")]
    assert phases == ["loading", "preparing", "probing", "training", "evaluating", "exporting"]
    (started,) = straight.of_type("started")
    assert (started.total_steps, started.steps_per_epoch, started.resumed_from_step) == (18, 6, 0)
    assert started.num_examples == {"train": 96, "validation": 24, "test": 30}
    assert started.trainable_parameters == started.total_parameters
    for name in ("validation/accuracy", "validation/macro_f1", "validation/loss"):
        assert [step for found, step in straight.metrics if found == name] == [0, 6, 12, 18]
    assert [step for found, step in straight.metrics if found == "train/loss"] == list(range(1, 19))
    kinds = [event.type for event in straight.events]
    assert kinds.index("evaluation") < kinds.index("exported") < kinds.index("finished")
    assert straight.events[-1].step == 18
    assert [event.path for event in straight.of_type("checkpoint")][-1] == "checkpoints/step-18"
    assert len(list((straight.out_dir / "checkpoints").iterdir())) == 2


def test_evaluation_adds_up(straight: Outcome) -> None:
    document = Evaluation.model_validate_json((straight.out_dir / "evaluation.json").read_bytes())
    details = document.details
    assert isinstance(details, ClassificationDetails)
    assert document.split == "test"
    assert sum(map(sum, details.confusion)) == document.num_rows == 30
    assert [sum(row) for row in details.confusion] == [score.support for score in details.per_class]
    names = [contender.name for contender in document.contenders]
    assert names == ["tuned", "majority", "tfidf_linear", "nearest_centroid", "base_probe"]
    tuned = document.contenders[0]
    accuracy = tuned.metrics["accuracy"].value
    assert accuracy == sum(details.confusion[i][i] for i in range(3)) / 30
    assert len(document.mistakes) == round(30 * (1 - accuracy))
    assert [m.confidence for m in document.mistakes] == sorted((m.confidence for m in document.mistakes), reverse=True)
    assert accuracy > document.contenders[1].metrics["accuracy"].value
    assert document.summary()["value"] == accuracy
    assert document.verdict.against != "tuned"
    area = tuned.metrics["roc_auc"]
    card = (straight.out_dir / "model" / "README.md").read_text()
    assert f"| roc auc | {area.value:.4g} ({area.low:.4g} to {area.high:.4g}) | – |" in card, (
        "who gives no scores has none"
    )


def test_plain_transformers_gives_the_recorded_answers(straight: Outcome) -> None:
    folder = straight.out_dir / "model"
    manifest = ModelManifest.model_validate_json((folder / "anneal.json").read_bytes())
    assert len(manifest.golden) >= 8
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert type(model).__name__ == "BertForSequenceClassification"
    assert tuple(model.config.id2label.values()) == manifest.labels
    assert replay(model.eval(), tokenizer, manifest.golden, answers=classification_answers) < 1e-4
    classify = pipeline("text-classification", model=str(folder), top_k=None)
    golden = manifest.golden[-1]
    scores = {item["label"]: item["score"] for item in classify([golden.inputs["text"]], truncation=True)[0]}
    assert [scores[label] for label in manifest.labels] == pytest.approx(golden.expected, abs=1e-3)


def test_folder_says_nothing_about_this_machine(straight: Outcome, trainer: ForkingTrainer) -> None:
    for path in (straight.out_dir / "model").iterdir():
        if path.suffix in {".json", ".md"}:
            text = path.read_text()
            assert str(straight.out_dir.parent) not in text
            assert str(trainer.tiny.models_dir) not in text
    card = (straight.out_dir / "model" / "README.md").read_text()
    assert "Apache-2.0" in card
    assert "These rows also chose" not in card
    assert "Over fewer than" not in card
    assert "pipeline(" in card


@pytest.mark.parametrize(
    ("files", "spec", "code", "said"),
    [
        ({}, {"data": {"train": "gone.csv"}}, "data:missing_file", "gone.csv"),
        ({"train.jsonl": []}, {}, "data:empty", "train.jsonl"),
        ({"train.jsonl": ONE_LABEL}, {}, "data:single_class", "'same'"),
        (
            {"train.jsonl": make_rows(30, seed=1), "validation.jsonl": [{"text": "x", "label": "card"}] * 3
             + [{"text": "x", "label": "new"}]},
            {"data": {"train": "train.jsonl", "validation": "validation.jsonl"}},
            "data:unseen_label",
            "Row 4 of validation.jsonl has the label 'new'",
        ),
        ({}, {"task": {"text_column": "body"}}, "data:missing_column", "'body'"),
        ({}, {"base_model": "no-such-base"}, "spec:unknown_base_model", "no-such-base"),
        ({}, {"base_model": "../etc"}, "spec:invalid", "base_model"),
        ({}, {"method": {"type": "lora", "rank": 33}}, "spec:rank_too_large", "at most 32"),
        ({}, {"method": {"type": "lora", "target_modules": ["nose"]}}, "spec:invalid", "'nose'"),
        ({}, {"method": {"type": "lora", "layers": 3}}, "spec:invalid", "method.layers is 3, but the base model has 2 layers"),
        ({}, {"method": {"type": "adalora", "initial_rank": 33}}, "spec:rank_too_large", "at most 32"),
        ({}, {"method": {"type": "adalora", "target_rank": 12}}, "spec:invalid", "must be below initial_rank (12)"),
        ({}, {"method": {"type": "last_layers", "layers": 3}}, "spec:invalid", "choose at most 2"),
        ({}, {"method": {"type": "prompt", "tokens": 60}}, "spec:invalid", "60 virtual tokens leave no room"),
        (
            {},
            {"method": {"type": "prefix", "tokens": 20}, "task": {"max_length": 45}},
            "spec:max_length_too_large",
            "beside 20 virtual tokens; choose at most 44",
        ),
        # Before data are read: there are none.
        (
            {},
            {"method": {"type": "lora", "quantise": "4bit"}, "data": {"train": "gone.csv"}},
            "spec:unsupported",
            "method.quantise is 4bit, which needs a GPU",
        ),
        ({}, {"task": {"max_length": 65}}, "spec:max_length_too_large", "at most 64"),
        ({}, {"optimisation": {"leraning_rate": 1}}, "spec:invalid", "optimisation.leraning_rate"),
        ({}, {"optimisation": {"epochs": 0}}, "spec:invalid", "optimisation.epochs"),
        ({}, {"seed": -1}, "spec:invalid", "seed"),
        ({}, {"limits": {"max_seconds": 0.001}}, "limit:time", "limits.max_seconds"),
    ],
)  # fmt: skip
def test_refuses_with_a_code_and_a_sentence(
    trainer: ForkingTrainer, tmp_path: Path, files: dict[str, Any], spec: dict[str, Any], code: str, said: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name, rows in (files or {"train.jsonl": make_rows(30, seed=1)}).items():
        write_rows(data / name, rows)
    base = {"base_model": "tiny-bert", "data": {"train": "train.jsonl"}}
    outcome = trainer.run(tmp_path / "out", {**base, **spec}, data_dir=data)
    assert outcome.failure.code == code
    assert said in outcome.failure.message
    assert said in outcome.log
    assert not (tmp_path / "out" / "model").exists()


def test_splits_validation_off_and_warns_when_there_is_none(trainer: ForkingTrainer, tmp_path: Path) -> None:
    outcome = trainer.run(tmp_path / "out", spec_dict(data={"train": "train.jsonl"}))
    assert outcome.status == 0, outcome.log
    assert outcome.of_type("started")[0].num_examples == {"train": 87, "validation": 9}
    assert [event.code for event in outcome.of_type("warning")] == ["data:validation_split_off"]
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text())["split"] == "validation"
    card = (tmp_path / "out" / "model" / "README.md").read_text()
    assert "Over fewer than 10 rows an interval is narrower" in card
    assert "These rows also chose the weights" in card


def test_keeps_the_last_good_checkpoint_when_training_diverges(trainer: ForkingTrainer, tmp_path: Path) -> None:
    outcome = trainer.run(tmp_path / "out", env={"TINY_POISONED_STEP": "5"})
    assert outcome.failure.code == "training:diverged"
    assert "smaller learning rate" in outcome.failure.message
    assert (tmp_path / "out" / "checkpoints" / "step-0" / "manifest.json").exists()


def test_a_spent_budget_ends_training_and_delivers_the_best_so_far(trainer: ForkingTrainer, tmp_path: Path) -> None:
    outcome = trainer.run(tmp_path / "out", spec_dict(limits={"budget_seconds": 0.001}))
    assert outcome.status == 0, outcome.log
    [warning] = [event for event in outcome.of_type("warning") if event.code == "limit:budget_spent"]
    assert (warning.params["step"], warning.params["total_steps"]) == (1, 18)
    assert outcome.of_type("finished")[0].step == 1
    assert (tmp_path / "out" / "model" / "model.safetensors").is_file()
    again = trainer.run(tmp_path / "out", spec_dict(limits={"budget_seconds": 0.001}))
    assert again.status == 0, again.log
    assert again.of_type("finished")[-1].step == 1


def test_spent_money_ends_training_as_spent_time_does(trainer: ForkingTrainer, tmp_path: Path) -> None:
    spec = spec_dict(limits={"budget_cost": 0.5, "budget_seconds": 86_400})
    outcome = trainer.run(tmp_path / "out", spec, options=["--price-per-hour", "1e9"])
    assert outcome.status == 0, outcome.log
    [warning] = [event for event in outcome.of_type("warning") if event.code == "limit:money_spent"]
    assert warning.params == {"budget_cost": 0.5, "step": 1, "total_steps": 18}
    assert (tmp_path / "out" / "model" / "model.safetensors").is_file()
    unpriced = trainer.run(tmp_path / "unpriced", spec)
    assert (unpriced.failure.code, unpriced.failure.params["field"]) == ("spec:unsupported", "limits.budget_cost")


def test_a_budget_that_is_not_spent_changes_nothing(trainer: ForkingTrainer, straight: Outcome, tmp_path: Path) -> None:
    outcome = trainer.run(tmp_path / "out", spec_dict(limits={"budget_seconds": 86_400}))
    assert outcome.artifacts_sha256 == straight.artifacts_sha256


def test_max_steps_ends_in_the_middle_of_an_epoch_and_still_delivers(trainer: ForkingTrainer, tmp_path: Path) -> None:
    outcome = trainer.run(tmp_path / "out", spec_dict(limits={"max_steps": 8}))
    assert outcome.status == 0, outcome.log
    assert outcome.of_type("finished")[0].step == 8
    assert ("validation/loss", 8) in outcome.metrics
    assert (tmp_path / "out" / "model" / "model.safetensors").exists()


def test_early_stopping_keeps_the_best_weights(trainer: ForkingTrainer, tmp_path: Path) -> None:
    spec = spec_dict(
        optimisation={
            "epochs": 30,
            "batch_size": 16,
            "learning_rate": 0.02,
            "early_stopping": {"metric": "loss", "patience": 2},
        }
    )
    outcome = trainer.run(tmp_path / "out", spec)
    assert outcome.status == 0, outcome.log
    values = {step: value for (name, step), value in outcome.metrics.items() if name == "validation/loss"}
    best = min(values, key=lambda step: (values[step], step))
    assert max(values) == best + 2 * 6
    assert max(values) < 30 * 6


def test_halves_batches_when_memory_runs_out(trainer: ForkingTrainer, tmp_path: Path) -> None:
    # Two replicas, each with half of a batch of 16.
    outcome = trainer.run(tmp_path / "out", env={"TINY_LARGEST_BATCH": "5", "ANNEAL_THREADS": "2"})
    assert outcome.status == 0, outcome.log
    assert [event.code for event in outcome.of_type("warning")] == ["memory:batch_halved"]
    assert outcome.of_type("finished")[0].step == 18


def test_begins_with_smaller_batches_where_a_kernel_has_ended_the_run(trainer: ForkingTrainer, tmp_path: Path) -> None:
    settings = {"epochs": 1, "batch_size": 16, "learning_rate": 0.003, "early_stopping": None, "dropout": 0}
    straight = trainer.run(tmp_path / "straight", spec_dict(optimisation=settings))
    outcome = trainer.run(
        tmp_path / "out",
        spec_dict(optimisation=settings),
        env={"TINY_LARGEST_BATCH": "4"},
        options=["--halvings", "2"],
    )
    assert outcome.status == 0, outcome.log
    (warning,) = outcome.of_type("warning")
    assert (warning.code, warning.params) == ("memory:batch_halved", {"rows": 8})
    assert outcome.metrics == pytest.approx(straight.metrics, rel=1e-3)


def test_says_so_when_not_even_one_row_fits(trainer: ForkingTrainer, tmp_path: Path) -> None:
    outcome = trainer.run(tmp_path / "out", env={"TINY_LARGEST_BATCH": "0"})
    assert outcome.failure.code == "memory:exhausted"


def test_rows_that_are_compared_are_never_left_alone_for_want_of_memory(
    trainer: ForkingTrainer, tmp_path: Path
) -> None:
    data = write_task(tmp_path / "data", "similarity")
    outcome = trainer.run(
        tmp_path / "out", spec_dict(task={"type": "similarity"}), data_dir=data, env={"TINY_LARGEST_BATCH": "1"}
    )
    assert outcome.failure.code == "memory:exhausted"
    assert outcome.failure.message.startswith("2 rows, which this task compares, do not fit into memory")


def test_memory_that_no_smaller_batch_finds_is_asked_for_in_words(trainer: ForkingTrainer, tmp_path: Path) -> None:
    outcome = trainer.run(tmp_path / "out", env={"TINY_HAS_NO_ROOM_FOR_UPDATES": "1"})
    assert outcome.failure.code == "memory:exhausted"
    assert "smaller base model" in outcome.failure.message


def test_curves_lie_beside_the_model_for_tensorboard(straight: Outcome) -> None:
    points = [
        (name, event.step, value) for event in straight.of_type("metrics") for name, value in event.values.items()
    ]
    (file,) = (straight.out_dir / "tensorboard").iterdir()
    assert "tfevents" in file.name
    assert file.read_bytes() == b"".join(event_file(points))


def test_the_folder_can_be_read_as_a_record(straight: Outcome) -> None:
    record = record_of(straight.out_dir)
    assert record.state == "succeeded"
    assert {(name, step): value for name, curve in record.series.items() for step, value in curve} == straight.metrics
    assert record.parameters["task.max_length"] == 64
    assert len(record.tags["data_sha256"]) == 64
    assert record.figures["evaluation/tuned/accuracy"] > record.figures["evaluation/majority/accuracy"]
    assert record.card == (straight.out_dir / "model" / "README.md").read_text()
