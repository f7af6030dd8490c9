from __future__ import annotations

import re
from pathlib import Path

import pytest

from workers.contract.reasons import REASONS, Fault, Follow, JobError

SOURCES = Path(__file__).resolve().parents[3] / "workers"


def test_codes_have_one_form_and_stand_under_themselves() -> None:
    for code, reason in REASONS.items():
        assert reason.code == code
        assert re.fullmatch(r"[a-z]+:[a-z_]+", code)


def test_customers_are_not_retried_for_their_own_mistakes() -> None:
    for reason in REASONS.values():
        if reason.fault is Fault.USER:
            assert reason.follow is Follow.NOTHING, reason.code


def test_an_error_carries_its_reason() -> None:
    error = JobError("data:missing_label", "Row 3 has no label.", row=3)
    assert error.reason is REASONS["data:missing_label"]
    assert str(error) == error.message
    with pytest.raises(KeyError):
        JobError("data:made_up", "no such code")


def test_every_code_that_workers_raise_is_in_the_list() -> None:
    raised = {
        code
        for path in SOURCES.rglob("*.py")
        for code in re.findall(r"""JobError\(\s*["']([^"']+)["']""", path.read_text(encoding="utf-8"))
    }
    assert raised
    assert raised <= set(REASONS)
