"""Every warning and every rule of the contract has its words in both languages, and the trainer uses no others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from anneal.common.texts import texts_registered
from anneal.jobs.notices import rule_message, warning_message
from workers.contract.notices import RULES, WARNINGS

_TRAINER = Path(__file__).resolve().parents[3] / "workers" / "trainer"
_NEVER_OF_ONE = {
    *("rule.truncation_side.beginnings", "rule.truncation_side.endings"),  # ends are compared where many are cut
    *("warning.search:money_spent", "warning.search:time_over"),  # "after 1 of 3 trials"
}
_CODES = {f"warning.{code}" for code in WARNINGS} | {f"rule.{rule}" for rule in RULES}


@pytest.mark.parametrize("code", sorted(_CODES))
def test_notice_has_words_in_both_languages(code: str) -> None:
    english, chinese = texts_registered()[code]
    if "{count} " in english and f"{code}.one" not in texts_registered():
        assert code in _NEVER_OF_ONE, "English needs a form for a single one: _counted() in anneal/jobs/notices.py"
    assert set(re.findall(r"{(\w+)", english)) == set(re.findall(r"{(\w+)", chinese))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_no_words_without_a_notice() -> None:
    known = {code.removesuffix(".one") for code in texts_registered() if code.startswith(("warning.", "rule."))}
    assert known == _CODES


def test_the_trainer_warns_and_resolves_by_the_closed_lists() -> None:
    sources = [path.read_text(encoding="utf-8") for path in _TRAINER.rglob("*.py")]
    warned = {code for source in sources for code in re.findall(r'Warned\(\s*code="([^"]+)"', source)}
    names = "max_length|truncation_side|head|batch_size|epochs|warmup|patience|r_drop|similarity_epochs|learning_rate|method\\.by"
    ruled = set(re.findall(rf'"((?:{names})[._]\w+)"', (_TRAINER / "auto.py").read_text(encoding="utf-8")))
    assert warned <= WARNINGS, "add the code to workers/contract/notices.py and its words to anneal/jobs/notices.py"
    assert ruled == RULES


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_money_that_is_spent_has_a_currency(settings: Any, language: str) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"price_currency": "CNY"})
    with translation.override(language):
        assert "2.5 CNY" in warning_message("search:money_spent", {"max_cost": 2.5, "count": 1, "planned": 3}, "said")


def test_english_has_a_form_for_a_single_one() -> None:
    params = {"rows": 5000, "epochs": 1, "examples": 5000, "aim": 4000, "most": 30}
    told = (
        "With 5000 training rows, 1 pass shows the model about 5000 examples (the aim is 4000, in at most 30 passes)."
    )
    assert rule_message("epochs.by_examples", params, "said") == told
    params = {"rows": 1, "epochs": 2, "examples": 2, "aim": 4000, "most": 1}
    told = "With 1 training row, 2 passes show the model about 2 examples (the aim is 4000, in at most 1 pass)."
    assert rule_message("epochs.by_examples", params, "said") == told
    with translation.override("zh-hans"):
        assert "训练数据有 1 行，2 轮" in rule_message("epochs.by_examples", params, "said")


def test_words_follow_the_language_and_fall_back_to_what_was_said() -> None:
    params = {"file": "train.parquet", "count": 3, "row": 7}
    with translation.override("zh-hans"):
        assert "第 7 行" in warning_message("data:empty_text", params, "said")
    with translation.override("en"):
        assert "first is row 7" in warning_message("data:empty_text", params, "said")
        assert warning_message("data:of_tomorrow", params, "said") == "said"
        assert rule_message("epochs.by_examples", {}, "said") == "said"


@pytest.mark.parametrize(
    ("language", "file", "count", "said"),
    [
        ("en", "train.parquet", 1, "1 of the training rows has no text and was left out: row 7."),
        ("en", "validation.parquet", 2, "2 of the validation rows have no text and were left out; the first is row 7."),
        ("en", "mine.csv", 2, "2 of the rows of mine.csv have no text and were left out; the first is row 7."),
        ("zh-hans", "test.parquet", 1, "测试数据中有 1 行没有文本，已略去；第一处在第 7 行。"),
        ("zh-hans", "mine.csv", 2, "mine.csv 中有 2 行没有文本，已略去；第一处在第 7 行。"),
    ],
)
def test_rows_are_counted_and_named_by_their_split(language: str, file: str, count: int, said: str) -> None:
    with translation.override(language):
        assert warning_message("data:empty_text", {"file": file, "count": count, "row": 7}, "?") == said


def test_splits_have_names() -> None:
    params = {"split": "train", "count": 1, "max_length": 512}
    with translation.override("en"):
        said = warning_message("data:truncated", params, "?")
        assert said == "1 text of the training rows is longer than 512 tokens; its end is not read."
    with translation.override("zh-hans"):
        assert warning_message("data:truncated", params, "?").startswith("训练数据中有 1 条文本")


@pytest.mark.parametrize(
    ("language", "named"), [("en", "The method lora takes 10 times"), ("zh-hans", "方法 lora 的学习率")]
)
def test_a_rate_names_the_method_only_where_it_differs(language: str, named: str) -> None:
    with translation.override(language):
        usual = rule_message("learning_rate.after_probe", {"method": "full", "factor": 1.0}, "said")
        assert "full" not in usual
        other = rule_message("learning_rate.after_probe", {"method": "lora", "factor": 10.0}, "said")
        assert other.startswith(usual)
        assert named in other
