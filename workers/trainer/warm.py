"""`python -m workers.trainer.warm`: a trainer that has already loaded its libraries and waits for one job.

It says `ready`, reads one `Start` line from standard input, runs that job and exits with the job's code. It runs one job
only, so nothing of one customer's job can be left over in the next. When standard input closes, it exits.
"""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()  # Before anything imports torch.

# ruff: noqa: E402 - the imports below load torch, which reads the environment once
import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from workers.contract.catalogue import CATALOGUE
from workers.contract.events import EXIT_FAILED, EXIT_FINISHED, Failed, Ready, Start
from workers.contract.reasons import JobError
from workers.trainer import bodies
from workers.trainer.bases import find_base
from workers.trainer.events import EventStream
from workers.trainer.run import run_job

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m workers.trainer.warm", description=__doc__)
    parser.add_argument(
        "--events-fd", type=int, default=1, metavar="N", help="descriptor for events; default 1, stdout"
    )
    options = parser.parse_args(arguments)
    events = EventStream.to_descriptor(options.events_fd)
    try:
        load_ahead()
        events.emit(Ready())
        line = sys.stdin.buffer.readline()
        if not line.strip():
            return EXIT_FINISHED
        return _run(line, events)
    finally:
        events.close()


def load_ahead() -> None:
    """Read, check and open every base model that is on this machine, so that a job does not wait for it."""
    for slug in CATALOGUE:
        try:
            base = find_base(slug)
        except JobError:
            continue  # Not on this machine; a job that names it will be told so.
        bodies.load_ahead(base)


def _run(line: bytes, events: EventStream) -> int:
    try:
        start = Start.model_validate_json(line)
    except ValidationError as error:
        events.emit(Failed(code="platform:internal", message=f"The start line is not valid: {error}"))
        return EXIT_FAILED
    out_dir = Path(start.out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    return run_job(
        spec_path=Path(start.spec_path),
        out_dir=out_dir,
        data_dir=Path(start.data_dir),
        events=events,
        price_per_hour=start.price_per_hour,
        halvings=start.halvings,
        part_path=Path(start.part_path) if start.part_path else None,
    )


if __name__ == "__main__":
    # While it waits there is nothing to save: a signal ends it at once. A job installs its own handlers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_FINISHED))
    sys.exit(main())
