"""Every reason of the contract has its words in both languages."""

from __future__ import annotations

import pytest
from django.utils import translation

from anneal.common.texts import texts_registered
from anneal.jobs.errors import reason_body, reason_message
from workers.contract.reasons import REASONS


@pytest.mark.parametrize("code", sorted(REASONS))
def test_reason_has_words_in_both_languages(code: str) -> None:
    english, chinese = texts_registered()[f"reason.{code}"]
    assert english
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
    body = reason_body(code, {})
    assert body
    assert body["fault"] == REASONS[code].fault.value


def test_no_words_without_a_reason() -> None:
    assert {code for code in texts_registered() if code.startswith("reason.")} == {f"reason.{code}" for code in REASONS}


def test_what_the_trainer_found_is_added() -> None:
    with translation.override("en"):
        assert reason_message("data:missing_label", {"detail": "row 7"}).endswith("(row 7)")


def test_what_the_trainer_found_is_marked_as_its_own_words_in_chinese() -> None:
    with translation.override("zh-hans"):
        words = reason_message("data:missing_label", {})
        assert reason_message("data:missing_label", {"detail": "row 7 {0}"}) == f"{words}训练器的原文：row 7 {{0}}"
