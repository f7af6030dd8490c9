"""`make dev`: services and processes of one machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from deploy.local.home import REPOSITORY, Home, LocalError
from deploy.local.stack import Stack

PROCESSES = ("web", "model-server", "background", "gpu")


def wait_for_signal() -> None:
    """Return at the first SIGINT or SIGTERM."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    asked.wait()


def main() -> int:
    """Start, say where the page is, serve, stop."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.up", description=main.__doc__)
    parser.add_argument("--home", type=Path, default=REPOSITORY / ".anneal", help="folder of data, logs and secrets")
    arguments = parser.parse_args()
    stack = Stack(Home(arguments.home), debug=True)
    try:
        stack.start_services()
        stack.migrate()
        stack.start_processes()
        stack.supervisor.wait_ready(*PROCESSES)
        print(f"Anneal runs at {stack.url}  (logs: {stack.home.path / 'log'}; Ctrl-C stops everything)")
        wait_for_signal()
    except LocalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        stack.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
