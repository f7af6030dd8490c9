"""The base model that the package index carries."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers.trainer.bases import find_base


@pytest.fixture(scope="session")
def minilm() -> Path:
    return find_base("minilm-l6-v2").folder
