"""The environment of each process on one machine: which database role, which ports, which secrets.

`python -m deploy.local.environment COMMAND …` runs a command (tests, a type check, a management command) with the
services up.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.home import LOOPBACK, REPOSITORY, Home, LocalError
from deploy.local.services import shared_services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploy.local.services import Endpoints

WEB_PORT = 8000


@dataclass(frozen=True)
class Environments:
    """Variables for each kind of process. Each is complete: what runs with it needs nothing else."""

    owner: dict[str, str]
    web: dict[str, str]
    service: dict[str, str]
    model_server: dict[str, str]
    public_url: str


def environments(
    home: Home, endpoints: Endpoints, *, web_port: int, model_server_port: int, debug: bool = False
) -> Environments:
    """Variables for processes that use these services and find each other on these loopback ports."""
    public_url = os.environ.get("PUBLIC_URL") or f"http://{LOOPBACK}:{web_port}"
    base = {
        **_inherited(os.environ),
        **_runtime(),
        "DEBUG": "true" if debug else "false",
        "ALLOWED_HOSTS": os.environ.get("ALLOWED_HOSTS") or f"{LOOPBACK},localhost",
        "PUBLIC_URL": public_url,
        "WEB_PORT": str(web_port),
        "MODEL_SERVER_TOKEN": home.secret("model_server_token"),
        "MODEL_SERVER_URL": f"http://{LOOPBACK}:{model_server_port}",
        "ANNEAL_DATA_DIR": str(_data_folder(home)),
        "ANNEAL_THREADS": os.environ.get("ANNEAL_THREADS") or str(_cores()),
        "DJANGO_SETTINGS_MODULE": "anneal.config.settings",
    }
    # Customers' models are loaded by a process that knows no database, no queue and no key.
    platform = {**base, "REDIS_URL": endpoints.redis_url, "SECRET_KEY": home.secret("secret_key")}
    database = endpoints.database
    return Environments(
        owner={**platform, "DATABASE_URL": database.owner},
        web={**platform, "DATABASE_URL": database.web},
        service={**platform, "DATABASE_URL": database.service},
        model_server=base,
        public_url=public_url,
    )


def _inherited(variables: Mapping[str, str]) -> dict[str, str]:
    # An address of the administrator must not reach a process that should hold a smaller role.
    secret = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
    return {name: value for name, value in variables.items() if name not in secret}


def _runtime() -> dict[str, str]:
    paths = [str(REPOSITORY / "platform"), str(REPOSITORY)]
    return {
        "PYTHONPATH": os.pathsep.join([*paths, *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONUNBUFFERED": "1",
        # OpenMP threads that spin while they wait cost a busy machine up to four times the step time.
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "TOKENIZERS_PARALLELISM": "false",
        # Weights come from installed packages; nothing may reach for a model hub.
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
    }


def _data_folder(home: Home) -> Path:
    folder = home.path / "data"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> int:
    """Run a command as the owner of the schema, with the services of a home folder up while it runs."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.environment", description=main.__doc__)
    parser.add_argument("--home", type=Path, default=REPOSITORY / ".anneal" / "test", help="folder of the services")
    parser.add_argument("--role", choices=["owner", "web", "service"], default="owner", help="database role")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="command and its arguments")
    arguments = parser.parse_args()
    if not arguments.command:
        parser.error("a command is needed")
    home = Home(arguments.home)
    try:
        with shared_services(home) as endpoints:
            made = environments(home, endpoints, web_port=home.port("web"), model_server_port=home.port("model-server"))
            return subprocess.run(arguments.command, env=getattr(made, arguments.role), check=False).returncode
    except LocalError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
