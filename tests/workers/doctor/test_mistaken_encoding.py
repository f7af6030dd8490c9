"""Repairs of mistaken encodings: exact, and never of text that is well."""

from __future__ import annotations

import pytest

from workers.doctor.cells import edited
from workers.doctor.mistaken_encoding import num_lost, repairs


@pytest.mark.parametrize(
    "text", ["Le café est fermé", "it’s “fine” – really…", "Größe: 5 €", "你好，世界，今天天气不错", "😀 great"]
)
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_what_was_read_as_western_comes_back(text: str, encoding: str) -> None:
    try:
        misread = text.encode().decode(encoding)
    except UnicodeDecodeError:
        pytest.skip("Windows-1252 leaves out a byte of it")
    assert misread != text
    assert edited(misread, repairs(misread)) == text


def test_what_was_misread_twice_comes_back() -> None:
    once = "Le café est fermé – déjà".encode().decode("latin-1")
    twice = once.encode().decode("latin-1")
    assert edited(twice, repairs(twice)) == "Le café est fermé – déjà"


def test_what_was_read_as_gb18030_comes_back() -> None:
    for text in ("你好", "我想知道今天下午的营业时间吗"):
        misread = text.encode().decode("gb18030")
        assert edited(misread, repairs(misread)) == text


def test_only_the_misread_part_is_changed() -> None:
    text = f"Müller sagt: {'schöne Grüße'.encode().decode('cp1252')} an José"
    assert edited(text, repairs(text)) == "Müller sagt: schöne Grüße an José"


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "Le café est fermé",
        "NÃO É ASSIM",
        "SÃO PAULO",
        "5 € für “Bücher”",
        "MENÜ“",
        "联通",
        "你好，世界",
        "日本語のテキスト",
        "한국어",
        "Привет",
        "naïve Â",
    ],
)
def test_text_that_is_well_stays(text: str) -> None:
    assert repairs(text) == []
    assert num_lost(text) == 0


def test_what_is_lost_is_counted_and_not_repaired() -> None:
    assert num_lost("caf\ufffd and 锟斤拷锟斤拷") == 3
    assert repairs("caf\ufffd") == []
