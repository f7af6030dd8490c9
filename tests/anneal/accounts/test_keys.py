"""The spelling of API keys."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from anneal.accounts.keys import key_generate, key_parse
from anneal.common.ids import uuid7


def test_parsing_gives_back_the_row_and_the_digest():
    key_id = uuid7()
    key, digest = key_generate(key_id)
    presented = key_parse(key)
    assert presented is not None
    assert (presented.key_id, presented.secret_sha256) == (key_id, digest)
    secret = key.rsplit("_", 1)[1][:-6]
    assert hashlib.sha256(secret.encode()).hexdigest() == digest


def test_no_single_changed_character_parses():
    key, _ = key_generate(uuid7())
    for position, character in enumerate(key):
        for other in {"a", "Z", "0", "_"} - {character}:
            assert key_parse(key[:position] + other + key[position + 1 :]) is None, position


@given(st.text(max_size=200))
def test_any_text_is_refused_without_an_error(text):
    assert key_parse(text) is None
