"""Secrets that rest in the database open for one purpose, with one key."""

from __future__ import annotations

import pytest
from django.test import override_settings

from anneal.common.sealing import BrokenSealError, seal, unseal


def test_sealed_value_comes_back_and_shows_nothing():
    sealed = seal({"secret": "wJalrXUtnFEMI"}, purpose="imports")
    assert "wJalrXUtnFEMI" not in sealed
    assert unseal(sealed, purpose="imports") == {"secret": "wJalrXUtnFEMI"}
    assert seal({"secret": "wJalrXUtnFEMI"}, purpose="imports") != sealed


def test_seal_opens_for_nothing_else():
    sealed = seal({"secret": "x"}, purpose="imports")
    with pytest.raises(BrokenSealError):
        unseal(sealed, purpose="webhooks")
    with pytest.raises(BrokenSealError):
        unseal(sealed[:-4] + "AAA=", purpose="imports")
    with override_settings(SECRET_KEY="another key of enough characters, really"), pytest.raises(BrokenSealError):
        unseal(sealed, purpose="imports")
