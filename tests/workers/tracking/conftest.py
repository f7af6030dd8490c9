"""Folders as runs leave them, and a tracking server on the loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workers.tracking.run_folder import RunFolder
from tests.workers.tracking.tracking_server import TrackingServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Of a run that goes on and has made two steps."""
    made = RunFolder(tmp_path / "ticket-topics")
    made.start()
    made.step(1)
    made.step(2)
    return made


@pytest.fixture
def tracking_server() -> Iterator[TrackingServer]:
    with TrackingServer() as server:
        yield server
