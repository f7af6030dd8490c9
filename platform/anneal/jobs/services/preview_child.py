"""The process that makes a preview: the trainer's own code, started by its name, since the platform never imports machine learning.

It is confined as a trainer is, and gets as much time, processor time and disk as a preview may cost.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from workers.confinement import confined, end_group, scrubbed_environment
from workers.contract.events import Failed
from workers.contract.preview import TokenisedPreview

NUM_ROWS: Final = 20
MOST_SECONDS: Final = 300.0
_MOST_CPU_S: Final = 1200
_MOST_FILE_BYTES: Final = 2 * 2**30
_TICK_S: Final = 1.0


class ChildLostError(Exception):
    """The process ended without a word: killed, or broken."""


def preview_run(
    *, spec_path: Path, data_dir: Path, folder: Path, tick: Callable[[], None], most_seconds: float = MOST_SECONDS
) -> TokenisedPreview | Failed:
    """What the trainer says. `tick` is called every second and may raise, which ends the process. Raises ChildLostError, OSError."""
    said = folder / "said.json"
    with said.open("wb") as out, (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "workers.trainer.preview", str(spec_path)),
                *("--data", str(data_dir), "--rows", str(NUM_ROWS)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
            env=scrubbed_environment(os.environ, folder),
            cwd=folder,
            start_new_session=True,
            preexec_fn=confined(  # noqa: PLW1509 - system calls only, no Python locks are taken
                os.getpid(), {resource.RLIMIT_CPU: _MOST_CPU_S, resource.RLIMIT_FSIZE: _MOST_FILE_BYTES}
            ),
        )
        try:
            is_over = _wait(process, tick, most_seconds)
        finally:
            end_group(process)
    if not is_over:
        return Failed(code="preview:too_long", message=f"{most_seconds:g} s", params={"seconds": most_seconds})
    return _read(said)


def _wait(process: subprocess.Popen[bytes], tick: Callable[[], None], most_seconds: float) -> bool:
    """Whether it ended by itself in time."""
    until = time.monotonic() + most_seconds
    while time.monotonic() < until:
        try:
            process.wait(_TICK_S)
        except subprocess.TimeoutExpired:
            tick()
        else:
            return True
    return False


def _read(said: Path) -> TokenisedPreview | Failed:
    lines = said.read_bytes().splitlines()
    last = lines[-1] if lines else b""
    for kind in (TokenisedPreview, Failed):
        with contextlib.suppress(ValidationError):
            return kind.model_validate_json(last)
    raise ChildLostError
