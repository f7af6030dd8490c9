"""Encodings: found by what would be in everyday use, shown, and never changed without a word."""

from __future__ import annotations

import pytest

from anneal.datasets.files.choices import ENCODINGS, Choices
from tests.anneal.datasets.look import look
from tests.anneal.datasets.steps import csv_of

TEXTS = {
    "simplified": "这家店的味道很好，我们下次还会再来，服务也不错。",
    "traditional": "這家店的味道很好，我們下次還會再來，服務也不錯。",
    "japanese": "この店の料理はとてもおいしいです。また来たいと思います。",
    "korean": "이 가게의 음식은 정말 맛있어요. 다음에 또 오고 싶습니다.",
    "western": "Le café était très bon, l’hôtel aussi.",
    "russian": "Очень хороший магазин, доставили быстро и без проблем.",
    "greek": "Το φαγητό ήταν πολύ καλό και το προσωπικό ευγενικό.",
}
FOUND = [
    ("simplified", "gb18030", "gb18030"),
    ("simplified", "gbk", "gb18030"),
    ("traditional", "big5", "cp950"),
    ("japanese", "shift_jis", "cp932"),
    ("japanese", "euc_jp", "euc_jp"),
    ("korean", "euc_kr", "cp949"),
    ("western", "cp1252", "cp1252"),
    ("russian", "cp1251", "cp1251"),
    ("russian", "koi8-r", "koi8-r"),
    ("greek", "cp1253", "cp1253"),
    ("simplified", "utf-16-le", "utf-16-le"),
    ("japanese", "utf-16-be", "utf-16-be"),
    ("western", "utf-16-le", "utf-16-le"),
    ("simplified", "utf-16", "utf-16"),
    ("simplified", "utf-8-sig", "utf-8-sig"),
    ("korean", "utf-8", "utf-8"),
]


def _file(language: str, count: int = 10) -> str:
    return csv_of([(f"{TEXTS[language]} {n}", "a" if n % 2 else "b") for n in range(count)]).decode()


@pytest.mark.parametrize(("language", "written", "found"), FOUND)
@pytest.mark.parametrize("count", [2, 50])
def test_encoding_is_found_and_shown(language, written, found, count):
    looked = look(_file(language, count).encode(written))
    assert looked.reading.encoding == found
    assert [row["text"] for row in looked.rows] == [f"{TEXTS[language]} {n}" for n in range(count)]
    is_told = written in {"utf-8", "utf-8-sig", "utf-16"}
    assert looked.codes("warning") == ([] if is_told else ["data:encoding_guessed"])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_chosen_encoding_goes_before_the_one_found(encoding):
    language = "western" if encoding == "cp1252" else "plain"
    texts = {**TEXTS, "plain": "nothing but plain letters"}
    content = csv_of([(texts[language], label) for label in ("a", "b")]).decode().encode(encoding)
    looked = look(content, choices=Choices(encoding=encoding))
    assert looked.rows[0]["text"] == texts[language]
    assert looked.codes() == looked.codes("warning") == []


def test_wrong_choice_shows_in_what_is_read():
    looked = look(_file("western").encode("cp1252"), choices=Choices(encoding="cp1251"))
    assert looked.rows[0]["text"] != TEXTS["western"]


def test_mark_of_utf8_never_becomes_part_of_a_name():
    looked = look(b"\xef\xbb\xbftext,label\na,b\n", choices=Choices(encoding="utf-8"))
    assert looked.reading.columns == ("text", "label")


def test_nul_bytes_are_no_utf16():
    looked = look(b"text,label\n" + b"a\0b,praise\n" * 2 + b"good,blame\n" * 30)
    assert looked.reading.encoding == "utf-8"
    assert looked.rows[0]["text"] == "a\0b"


def test_lone_returns_among_other_line_ends_are_warned_about():
    looked = look(b"text,label\na,b\r\nc,d\re,f\ng,h\n")
    assert [row["text"] for row in looked.rows] == ["a", "c", "e", "g"]
    assert looked.codes("warning") == ["data:mixed_newlines"]
    assert look(b"text,label\ra,b\rc,d\r").codes("warning") == []
    assert look(b'text,label\r\n"a\nb",b\r\n').codes("warning") == []


def test_lines_in_another_encoding_are_kept_apart():
    content = _file("simplified").encode() + f"{TEXTS['simplified']},c\r\n".encode("gb18030")
    looked = look(content)
    assert looked.reading.encoding == "utf-8"
    assert "\udcd5" in looked.rows[-1]["text"], "cannot be written, so that the check of cells names the row"
