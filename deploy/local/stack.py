"""The whole of Anneal on one machine: services, migrations, and the five processes of the product."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Literal

from deploy.local.environment import WEB_PORT, Environments, environments
from deploy.local.home import REPOSITORY, Home, LocalError
from deploy.local.processes import Program, Supervisor
from deploy.local.services import Services

if TYPE_CHECKING:
    from collections.abc import Callable

_CELERY_OPTIONS = ("--pool=threads", "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=INFO")


class Stack:
    """Everything that `make demo` and `make dev` run. Start it, use `environments`, stop it."""

    def __init__(self, home: Home, *, debug: bool = False, say: Callable[[str], None] = print) -> None:
        self.home = home
        self.services = Services(home)
        self.supervisor = Supervisor(home, say=say)
        self._debug = debug
        self._has_home = False
        self._environments: Environments | None = None

    @property
    def environments(self) -> Environments:
        """Variables of each kind of process; known once the services run."""
        if self._environments is None:
            raise LocalError("The services have not been started.")
        return self._environments

    @property
    def url(self) -> str:
        """The address of the page and the API."""
        return self.environments.public_url

    def start_services(self) -> None:
        """Database, queue and ports. Raises LocalError with what to do, also when Anneal already runs here."""
        self.supervisor.open()
        self._has_home = True
        endpoints = self.services.start(for_tests=True)
        self._environments = environments(
            self.home,
            endpoints,
            web_port=self.home.free_port("web", WEB_PORT),
            model_server_port=self.home.free_port("model-server"),
            debug=self._debug,
        )

    def migrate(self) -> None:
        """Bring the schema up to date, as its owner."""
        self.manage("migrate", "--no-input", "--verbosity", "0")

    def manage(self, *arguments: str, role: Literal["owner", "web", "service"] = "owner") -> str:
        """Run a management command with a database role and return what it printed. Raises LocalError when it fails."""
        finished = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=getattr(self.environments, role),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode != 0:
            words = "\n".join((finished.stderr or finished.stdout).strip().splitlines()[-25:])
            raise LocalError(f"manage.py {' '.join(arguments)} failed:\n{words}")
        return finished.stdout

    def start_processes(self, *names: str) -> None:
        """Start the five processes side by side, or those that are named; the slow ones load their libraries meanwhile."""
        self.supervisor.start(*(program for program in self._programs() if not names or program.name in names))

    def stop(self) -> None:
        """Stop processes, then services. Nothing is lost: a job under way is picked up at the next start."""
        if self._has_home:  # else another Anneal has it, and its services are not ours to stop
            self.supervisor.stop()
            self.services.stop()

    def _programs(self) -> list[Program]:
        made = self.environments
        python = sys.executable

        def celery(name: str, app: str, queues: str, threads: int, environment: dict[str, str]) -> Program:
            command = (
                python,
                "-m",
                "celery",
                "-A",
                app,
                "worker",
                "-Q",
                queues,
                "-c",
                str(threads),
                "-n",
                f"{name}@%h",
            )
            return Program(
                name=name,
                command=(*command, *_CELERY_OPTIONS),
                environment=environment,
                is_ready=lambda: " ready." in self.supervisor.log_of(name),
                grace_s=30.0,
            )

        return [
            Program(
                "model-server",
                (python, "-m", "workers.inference.server"),
                made.model_server,
                is_ready=lambda: _is_healthy(f"{made.model_server['MODEL_SERVER_URL']}/healthz"),
            ),
            Program(
                "web",
                (python, "-m", "anneal.config.serve"),
                made.web,
                is_ready=lambda: _is_healthy(f"http://127.0.0.1:{made.web['WEB_PORT']}/healthz"),
            ),
            Program("dispatcher", (python, "manage.py", "dispatcher"), made.service),
            # Threads for all crews (`anneal.common.crews`), and two for mail and for hints that only have to be remembered.
            celery("background", "anneal.config.celery", "background,imports,mail", 9, made.service),
            celery("gpu", "workers.gpu.app", "gpu", 1, made.service),
        ]


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - an http address on the loopback, made here
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP OK
    except (urllib.error.URLError, OSError):
        return False
