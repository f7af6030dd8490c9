"""`make clean`: removes what runs and builds leave behind. The standard library has to do: `.venv` may be gone."""

from __future__ import annotations

import argparse
import fcntl
import shutil
import sys
from typing import TYPE_CHECKING

from deploy.local.account import abandoned, place_for, service_account
from deploy.local.home import REPOSITORY, Home

if TYPE_CHECKING:
    from pathlib import Path

_BUILT = ("frontend/dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis")
_INSTALLED = (".venv", "frontend/node_modules")


def places(home: Home) -> list[Path]:
    """Every folder of a home, also what lies elsewhere because Postgres could not reach it."""
    if not home.path.is_dir():
        return []
    data = place_for(home, "postgres", service_account())
    return [home.path, *([] if data.is_relative_to(home.path) else [data.parent])]


def main() -> int:
    """Remove data, builds and caches of this checkout; with --all also what was installed."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.local.clean", description=main.__doc__)
    parser.add_argument("--all", action="store_true", help="also .venv and node_modules")
    everything = parser.parse_args().all
    homes = [Home(REPOSITORY / ".anneal"), Home(REPOSITORY / ".anneal" / "test")]
    for name in ("supervisor.lock", "users.lock"):
        for home in homes:
            if _is_held(home.path / name):
                sys.stderr.write(f"Anneal or its tests run in {home.path}. Stop them first, with Ctrl-C.\n")
                return 1
    names = [*_BUILT, *(_INSTALLED if everything else ())]
    for path in [*(path for home in homes for path in places(home)), *(REPOSITORY / name for name in names)]:
        if path.exists():
            shutil.rmtree(path)
            print(f"removed {path}")
    for path, owner in abandoned().items():
        print(f"{path} belonged to {owner}, which is gone: nothing can read it any more. To remove it: rm -r {path}")
    return 0


def _is_held(path: Path) -> bool:
    try:
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
