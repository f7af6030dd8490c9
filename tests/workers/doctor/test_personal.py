"""Personal data: what has a check digit counts only when it holds, and what only looks like it stays."""

from __future__ import annotations

import pytest

from workers.doctor.cells import edited
from workers.doctor.personal import masks, personal_data


@pytest.mark.parametrize(
    ("text", "kind", "hit"),
    [
        ("mail anna.smith+x@mail.example.co.uk.", "email", "anna.smith+x@mail.example.co.uk"),
        ("请联系zhang.wei@example.com谢谢", "email", "zhang.wei@example.com"),
        ("call +44 161 542 7706 now", "phone", "+44 161 542 7706"),
        ("call (212) 555-0187 now", "phone", "(212) 555-0187"),
        ("电话13812345678。", "phone", "13812345678"),
        ("tel 030/1234 5678", "phone", "030/1234 5678"),
        ("card 4111-1111-1111-1111 expired", "card", "4111-1111-1111-1111"),
        ("amex 3782 822463 10005 too", "card", "3782 822463 10005"),
        ("appelez le 06 12 34 56 78 ce soir", "phone", "06 12 34 56 78"),
        ("call (212)5550187 now", "phone", "(212)5550187"),
        ("GB82 WEST 1234 5698 7654 32 AND MOR", "iban", "GB82 WEST 1234 5698 7654 32"),
        ("IBAN GB82 WEST 1234 5698 7654 32 PLEASE", "iban", "GB82 WEST 1234 5698 7654 32"),
        ("DE89370400440532013000", "iban", "DE89370400440532013000"),
        ("身份证11010519491231002X号", "national_id", "11010519491231002X"),
        ("my ssn is 536-90-4399", "national_id", "536-90-4399"),
        ("来自203.0.113.77的请求", "ip", "203.0.113.77"),
        ("from 203.0.113.77 today", "ip", "203.0.113.77"),
        ("from 2001:db8::8a2e:370:7334 today", "ip", "2001:db8::8a2e:370:7334"),
        (f"key {'AKIA' + 'IOSFODNN7EXAMPLE'} leaked", "secret", "AKIA" + "IOSFODNN7EXAMPLE"),
        (f"token {'ghp_' + 'a1B2' * 9}", "secret", "ghp_" + "a1B2" * 9),
        ("pass q7Rt9ZxKp2Lm4NvB8sWc3DfG6hJy1TeU ok", "secret", "q7Rt9ZxKp2Lm4NvB8sWc3DfG6hJy1TeU"),
    ],
)
def test_it_is_found_where_it_stands(text: str, kind: str, hit: str) -> None:
    (found,) = personal_data(text)
    assert (found.kind, text[found.start : found.end]) == (kind, hit)
    assert edited(text, masks(text)) == text.replace(hit, f"[{kind.upper()}]")


@pytest.mark.parametrize(
    "text",
    [
        "card 4111 1111 1111 1112 fails Luhn",
        "0000 0000 0000 0000",
        "355909190063-746",  # A difference, whose digits happen to pass Luhn.
        "IBAN GB82 WEST 1234 5698 7654 33 fails mod 97",
        "身份证110105194912310021号",
        "000-12-3456 and 666-12-3456 and 912-12-3456 are never issued",
        "version 1.2.3.400 of 300.1.1.1 at 127.0.0.1",
        "version 1.2.3.4, chapter 10.0.19.41, 版本 1.2.3.4",
        "at 12:30:45 on 2024-01-15, 10:00-11:30",
        "order 20240115-00017 of 1,250,000 units",
        "https://example.com/a/very/long/path/that/goes/on/and/on/for/ever",
        "d41d8cd98f00b204e9800998ecf8427e",
        "@anna wrote at home",
        "3.14159265358979323846",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert personal_data(text) == []


def test_of_a_name_that_is_left_which_is_nothing_else_and_no_mask() -> None:
    text = "(Anna 13812345678 Lee) [NAME] 7"
    names = [(0, len(text) - 10), (len(text) - 8, len(text))]
    found = [(hit.kind, text[hit.start : hit.end]) for hit in personal_data(text, names)]
    assert found == [("name", "Anna"), ("phone", "13812345678"), ("name", "Lee")]
    assert edited(text, masks(text, names)) == "([NAME] [PHONE] [NAME]) [NAME] 7"


def test_long_texts_of_one_sign_take_no_time_worth_naming() -> None:
    for sign in "a@.-0 :+":
        assert personal_data(sign * 20_000) == []
