"""`python -m workers.tracking mlflow|wandb RUN …`: a recorded run in MLflow or Weights & Biases; repeated, it adds what is new.

RUN is the folder of a run, or the record that the platform gives of a job (`GET /api/v1/jobs/{id}/record`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from workers.tracking import mlflow, wandb
from workers.tracking.errors import ExportError
from workers.tracking.folder import record_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workers.contract.record import RunRecord


class Destination(Protocol):
    """A module of this package: what it must be told, and the export."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The words of the command."""

    def export(self, record: RunRecord, options: argparse.Namespace) -> str:
        """Bring the run there up to date; says where it is. Raises ExportError."""


_DESTINATIONS: Mapping[str, Any] = {"mlflow": mlflow, "wandb": wandb}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    destination: Destination = _DESTINATIONS[options.destination]
    try:
        print(destination.export(record_of(options.run), options))  # noqa: T201 - this is the command's answer
    except ExportError as error:
        print(error, file=sys.stderr)  # noqa: T201 - likewise
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers.tracking", description=__doc__)
    places = parser.add_subparsers(dest="destination", required=True)
    for name, destination in _DESTINATIONS.items():
        place = places.add_parser(name, description=destination.__doc__)
        place.add_argument("run", type=Path, metavar="RUN", help="the folder of a run, or the record of a job")
        destination.add_options(place)
    return parser


if __name__ == "__main__":
    sys.exit(main())
