"""Whatever our validators refuse has words in both languages, and a Chinese reader is not answered in English sentences."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import translation
from pydantic import BaseModel, ValidationError

from anneal.common.texts import texts_registered
from anneal.common.value_words import finding_words
from workers.contract.changes import RowChange
from workers.contract.refusals import REFUSALS
from workers.contract.spec import JobSpec

RATE = "optimisation.learning_rate"
GRID = {RATE: {"type": "choices", "values": [1e-5, 1e-4]}}
MANY = {"type": "choices", "values": list(range(1, 41))}
CHOICES_OF_RANGE = {"type": "range", "low": 1e-5, "high": 1e-4}


def _space(path: str, part: dict[str, Any], kind: str = "random") -> dict[str, Any]:
    return {"search": {"type": kind, "space": {path: part}}}


SPECS: list[tuple[str, dict[str, Any]]] = [
    ("dora_quantised", {"method": {"type": "lora", "use_dora": True, "quantise": "4bit"}}),
    ("rank_not_falling", {"method": {"type": "adalora", "initial_rank": 8, "target_rank": 9}}),
    ("range_inverted", _space(RATE, {"type": "range", "low": 1e-3, "high": 1e-5})),
    ("log_range_from_zero", _space(RATE, {"type": "range", "low": 0, "high": 1, "is_log": True})),
    ("range_without_integer", _space(RATE, {"type": "range", "low": 0.2, "high": 0.8, "is_integer": True})),
    ("range_of_fractions", _space("optimisation.epochs", {"type": "range", "low": 1, "high": 3})),
    ("grid_of_range", _space(RATE, CHOICES_OF_RANGE, "grid")),
    (
        "grid_too_large",
        {"search": {"type": "grid", "space": {"optimisation.epochs": MANY, "optimisation.batch_size": MANY}}},
    ),
    ("edit_kind_twice", {"augmentation": {"words": {"kinds": ["swap", "swap"]}}}),
    ("augmentation_empty", {"augmentation": {}}),
    ("loss_of_other_tasks", {"task": {"type": "ranking"}, "optimisation": {"r_drop": 1}}),
    ("augmentation_of_other_tasks", {"task": {"type": "embedding"}, "augmentation": {"mixup": {}}}),
    ("augmentation_of_other_tasks", {"task": {"type": "token_classification"}, "augmentation": {"mixup": {}}}),
    ("budget_of_several", {"search": {"type": "grid", "space": GRID}, "limits": {"budget_seconds": 60}}),
    ("setting_unknown", _space("optimisation.leraning_rate", MANY)),
    ("setting_unknown", _space("optimisation.weight_decay.share", MANY)),
    ("setting_unknown", _space("optimisation.schedule.line", MANY)),
    ("setting_refused", _space(RATE, {"type": "choices", "values": [7]})),
    ("setting_refused", {"augmentation": {"words": {}}, **_space("task.type", {"type": "choices", "values": ["ranking"]})}),
    ("prefix_recomputed", {"method": {"type": "prefix"}, "optimisation": {"gradient_checkpointing": True}}),
    ("search_delivers", {"search": {"type": "grid", "space": GRID}, "checkpointing": {"deliver_step": 5}}),
]  # fmt: skip
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("change_id", {"action": "drop"}),
    ("change_cells", {"id": 1, "action": "set"}),
    ("change_split_missing", {"id": 1, "action": "move"}),
    ("change_split_unused", {"id": 1, "action": "drop", "split": "train"}),
]
CASES: list[tuple[str, type[BaseModel], dict[str, Any]]] = [
    *(
        (code, JobSpec, {"base_model": "minilm-l6-v2", "data": {"train": "train.csv"}, **changes})
        for code, changes in SPECS
    ),
    *((code, RowChange, change) for code, change in CHANGES),
]


def _found(kind: type[BaseModel], value: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(value)
    (found,) = caught.value.errors(include_url=False)
    return dict(found)


def _words(found: dict[str, Any], language: str) -> str:
    with translation.override(language):
        return finding_words(found["type"], found["ctx"], found["msg"])


def _is_sentence(words: str) -> bool:
    """Whether it has Latin words one after the other, beyond names of settings with what stands between them."""
    return re.search(r"[A-Za-z]+ [A-Za-z]+ [A-Za-z]+", words) is not None


def test_every_refusal_is_tried_here_and_has_words() -> None:
    assert {code for code, _, _ in CASES} == set(REFUSALS), "add a case that is refused with the new code"
    assert {f"value.{code}" for code in REFUSALS} <= set(texts_registered()), "add its words to common/value_words.py"


@pytest.mark.parametrize(("code", "kind", "value"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_refusal_is_said_in_the_language_of_the_reader(code: str, kind: type[BaseModel], value: dict[str, Any]) -> None:
    found = _found(kind, value)
    english, chinese = texts_registered()[f"value.{code}"]
    assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", chinese))
    assert found["type"] == code
    assert "{" not in found["msg"]
    assert "\u4e00" <= max(_words(found, "zh-hans")) <= "\uffff"
    assert not _is_sentence(_words(found, "zh-hans"))
    if code != "setting_refused":  # The command line quotes pydantic, the page has words of its own for what it says.
        assert _words(found, "en") == found["msg"]


def test_why_a_searched_setting_is_refused_is_said_in_the_same_language() -> None:
    beyond = _found(*next((kind, value) for code, kind, value in CASES if code == "setting_refused"))
    assert _words(beyond, "zh-hans") == f"{RATE} = 7：不得大于 1.0"
    assert _words(beyond, "en") == f"{RATE} = 7: it must be at most 1.0"


def test_braces_in_a_value_are_text() -> None:
    plain = {"base_model": "minilm-l6-v2", "data": {"train": "train.csv"}}
    found = _found(JobSpec, {**plain, **_space("optimisation.schedule", {"type": "choices", "values": ["{field}"]})})
    assert found["type"] == "setting_refused"
    assert found["msg"].startswith("optimisation.schedule = '{field}': ")


def test_what_nobody_has_words_for_is_quoted() -> None:
    with translation.override("zh-hans"):
        assert finding_words("of_tomorrow", {}, "Input should be blue") == "此值不可用（原文：Input should be blue）"
    with translation.override("en"):
        assert finding_words("of_tomorrow", {}, "Input should be blue") == "Input should be blue"
