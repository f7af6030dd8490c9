"""Every code has words in both languages, with the same parameters."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from django.urls import get_resolver
from django.utils import translation

from anneal.common.texts import text, texts_register, texts_registered

_PLATFORM = Path(__file__).parents[3] / "platform" / "anneal"


@pytest.fixture(autouse=True, scope="module")
def _platform_loaded() -> None:
    """Words are registered by the modules that say them, and every one of these is behind some address."""
    assert get_resolver().url_patterns


def _parameters(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_both_languages_take_the_same_parameters():
    for code, (english, chinese) in texts_registered().items():
        assert _parameters(english) == _parameters(chinese), code
        assert re.search(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", chinese), f"{code} has no Chinese words"
        assert not re.search(r"[\u4e00-\u9fff]", english), code


def test_every_code_that_is_raised_has_words():
    raised = set()
    for path in _PLATFORM.rglob("*.py"):
        source = path.read_text()
        raised |= set(re.findall(r'AnnealError\(\s*"([a-z_.:]+)"', source))
        raised |= {f"{thing}.not_found" for thing in re.findall(r'not_found\("([a-z_]+)"\)', source)}
    assert len(raised) > 20
    assert raised - set(texts_registered()) == set(), "register these in the errors.py of their app"


def test_words_follow_the_language_of_the_request():
    with translation.override("zh-hans"):
        assert text("auth.required") == "请登录或提供 API 密钥。"
    with translation.override("en"):
        assert text("auth.required") == "Sign in or send an API key."


def test_a_number_has_a_form_for_one_and_a_form_for_any_other():
    told = [text("problem.too_few_rows", found=number, limit=10).split(";")[0] for number in (0, 1, 2)]
    assert told == ["There are 0 usable rows", "There is 1 usable row", "There are 2 usable rows"]


def test_code_has_one_owner():
    with pytest.raises(ValueError, match="registered twice"):
        texts_register({"auth.required": ("Something else", "别的")})
