from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from workers.contract.spec import TASKS_WITH_AUGMENTATION, JobSpec

SMALLEST = {"base_model": "minilm-l6-v2", "data": {"train": "train.jsonl"}}
SPECS = st.fixed_dictionaries(
    {
        "base_model": st.from_regex(r"\A[a-z0-9][a-z0-9._-]{0,20}\Z"),
        "data": st.fixed_dictionaries({"train": st.from_regex(r"\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}\Z")}),
        "method": st.one_of(
            st.just({"type": "full"}),
            st.fixed_dictionaries(
                {"type": st.just("lora"), "rank": st.integers(1, 512), "dropout": st.floats(0, 0.99)},
                optional={"layers": st.one_of(st.just("all"), st.integers(1, 1000)), "use_dora": st.booleans()},
            ),
            st.fixed_dictionaries({"type": st.just("adapter"), "placement": st.sampled_from(["houlsby", "pfeiffer"])}),
            st.fixed_dictionaries({"type": st.just("last_layers"), "layers": st.integers(0, 1000)}),
            st.fixed_dictionaries(
                {"type": st.sampled_from(["prefix", "prompt", "p_tuning"]), "tokens": st.integers(1, 1024)}
            ),
            st.fixed_dictionaries({"type": st.sampled_from(["adalora", "ia3", "bitfit"])}),
        ),
        "optimisation": st.fixed_dictionaries(
            {
                "epochs": st.one_of(st.just("auto"), st.integers(1, 1000)),
                "learning_rate": st.one_of(st.just("auto"), st.floats(0, 1, exclude_min=True)),
                "early_stopping": st.one_of(st.none(), st.just({"patience": 3})),
            }
        ),
        "seed": st.integers(0, 2**31 - 1),
    }
)


@settings(max_examples=100, deadline=None)
@given(values=SPECS)
def test_canonical_spelling_round_trips_with_the_same_digest(values: dict[str, Any]) -> None:
    spec = JobSpec.model_validate(values)
    again = JobSpec.model_validate_json(spec.canonical_json())
    assert again == spec
    assert again.sha256() == spec.sha256()
    reordered = json.loads(json.dumps(json.loads(spec.canonical_json()), sort_keys=True))
    assert JobSpec.model_validate(reordered).sha256() == spec.sha256()


@settings(max_examples=50, deadline=None)
@given(values=SPECS, seed=st.integers(0, 2**31 - 1))
def test_digest_tells_specs_apart(values: dict[str, Any], seed: int) -> None:
    one = JobSpec.model_validate(values)
    other = JobSpec.model_validate({**values, "seed": seed})
    assert (one.sha256() == other.sha256()) == (one == other)


def test_defaults_are_the_smallest_spec_written_out() -> None:
    spec = JobSpec.model_validate(SMALLEST)
    assert (spec.task.type, spec.method.type, spec.search.type) == ("classification", "full", "none")
    assert json.loads(spec.canonical_json())["optimisation"]["learning_rate"] == "auto"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"leraning_rate": 1}, "leraning_rate"),
        ({"optimisation": {"leraning_rate": 1}}, "optimisation.leraning_rate"),
        ({"optimisation": {"learning_rate": 0}}, "optimisation.learning_rate"),
        ({"optimisation": {"learning_rate": -1}}, "optimisation.learning_rate"),
        ({"optimisation": {"learning_rate": 1e9}}, "optimisation.learning_rate"),
        ({"optimisation": {"learning_rate": float("nan")}}, "optimisation.learning_rate"),
        ({"optimisation": {"learning_rate": "fast"}}, "optimisation.learning_rate"),
        ({"optimisation": {"epochs": 0}}, "optimisation.epochs"),
        ({"optimisation": {"epochs": 1_000_000}}, "optimisation.epochs"),
        ({"optimisation": {"batch_size": 2**31}}, "optimisation.batch_size"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"base_model": "https://example.com/model"}, "base_model"),
        ({"base_model": "../../etc/passwd"}, "base_model"),
        ({"data": {"train": "/etc/passwd"}}, "data.train"),
        ({"data": {"train": "../train.csv"}}, "data.train"),
        ({"data": {"train": ".hidden"}}, "data.train"),
        ({"method": {"type": "magic"}}, "method"),
        ({"method": {"type": "lora", "rank": 0}}, "method.lora.rank"),
        ({"method": {"type": "full", "rank": 8}}, "method.full.rank"),
        ({"method": {"type": "lora", "layers": 0}}, "method.lora.layers"),
        ({"method": {"type": "lora", "use_dora": True, "quantise": "4bit"}}, "method.lora"),
        ({"method": {"type": "adalora", "initial_rank": 8, "target_rank": 8}}, "method.adalora"),
        ({"method": {"type": "adapter", "size": 0}}, "method.adapter.size"),
        ({"method": {"type": "prompt", "tokens": 0}}, "method.prompt.tokens"),
        ({"method": {"type": "last_layers", "layers": -1}}, "method.last_layers.layers"),
        ({"spec_version": 2}, "spec_version"),
    ],
)
def test_refuses_and_names_the_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        JobSpec.model_validate({**SMALLEST, **change})
    places = {".".join(str(part) for part in error["loc"]) for error in caught.value.errors()}
    assert any(place.startswith(field) for place in places), places


def test_a_spec_cannot_be_changed() -> None:
    spec = JobSpec.model_validate(SMALLEST)
    with pytest.raises(ValidationError):
        spec.seed = 3


def test_schema_refuses_unknown_keys_as_well() -> None:
    schema = JobSpec.model_json_schema()
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Optimisation"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("task", "augmentation", "field", "said"),
    [
        ("question_answering", {"words": {}}, "augmentation", "for the tasks classification, multi_label, pair_classification"),
        ("causal_lm", {"cutoff": {}}, "augmentation", "not for causal_lm; remove it"),
        ("embedding", {"mixup": {}}, "augmentation", "not for embedding; remove it"),
        ("token_classification", {"mixup": {}}, "augmentation.mixup", "not for token_classification; remove it"),
        ("classification", {}, "words", "at least one of words, cutoff, mixup and back_translation"),
        ("classification", {"words": {"kinds": ["swap", "swap"]}}, "kinds", "give each once"),
    ],
)  # fmt: skip
def test_augmentation_is_refused_where_answers_could_not_follow(
    task: str, augmentation: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(ValidationError, match=said) as caught:
        JobSpec.model_validate({**SMALLEST, "task": {"type": task}, "augmentation": augmentation})
    assert caught.value.errors()[0]["ctx"]["field"] == field


@pytest.mark.parametrize("task", sorted(TASKS_WITH_AUGMENTATION))
def test_augmentation_makes_another_run_and_its_absence_none(task: str) -> None:
    plain = JobSpec.model_validate({**SMALLEST, "task": {"type": task}})
    assert plain.augmentation is None
    assert plain.sha256() == JobSpec.model_validate({**plain.model_dump(), "augmentation": None}).sha256()
    augmented = JobSpec.model_validate({**SMALLEST, "task": {"type": task}, "augmentation": {"words": {}}})
    assert augmented.sha256() != plain.sha256()
    found = augmented.with_settings({"augmentation.words.share": 0.2}).model_dump()
    assert found["augmentation"]["words"]["share"] == 0.2


def test_a_spec_of_an_earlier_version_is_the_same_run() -> None:
    """Its digest, as it was before rows could be augmented."""
    assert JobSpec.model_validate(SMALLEST).sha256() == (
        "298df17a0c74b29e88b6f54bf3e0f3c92f83724e449a6721d497e1066e88f766"
    )


@pytest.mark.parametrize(
    ("task", "changes", "field"),
    [
        ({"type": "ranking"}, {"class_weights": "balanced"}, "optimisation.class_weights"),
        ({"type": "ranking"}, {"focal_gamma": 2}, "optimisation.focal_gamma"),
        ({"type": "ranking"}, {"r_drop": 1}, "optimisation.r_drop"),
        ({"type": "classification"}, {"similarity_epochs": 1}, "optimisation.similarity_epochs"),
        ({"type": "similarity"}, {"label_smoothing": 0.1}, "optimisation.label_smoothing"),
        ({"type": "preference", "loss": "kto"}, {"label_smoothing": 0.1}, "optimisation.label_smoothing"),
    ],
)
def test_a_loss_that_the_task_does_not_have_is_refused_at_its_field(
    task: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    data = {"train": "train.jsonl"}
    with pytest.raises(ValidationError, match="is for the tasks") as caught:
        JobSpec.model_validate({"base_model": "minilm-l6-v2", "data": data, "task": task, "optimisation": changes})
    assert field in str(caught.value.errors()[0])
