"""`make test` and `make check`: the steps of each, run to the end, with a summary that cannot be misread."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.home import REPOSITORY
from deploy.local.install import find_chromium, node_path

_BIN = Path(sys.executable).parent
_TRAINER = "tests/workers/trainer"
# The type checker loads Django's settings, which read these and reach for none of them.
_PLACEHOLDERS = {
    "DATABASE_URL": "postgresql://type-check@127.0.0.1/anneal",
    "REDIS_URL": "redis://127.0.0.1/0",
    "SECRET_KEY": "only-for-the-type-checker-which-serves-nobody",
    "MODEL_SERVER_TOKEN": "only-for-the-type-checker",
}


@dataclass(frozen=True)
class Step:
    """One command of a suite."""

    name: str
    command: tuple[str, ...]
    folder: Path = REPOSITORY
    environment: dict[str, str] = field(default_factory=dict)
    is_beside: bool = False
    """Runs beside the others, one after another with its like; what it prints is shown when it has ended."""


@dataclass(frozen=True)
class Outcome:
    """How a step ended."""

    step: Step
    code: int
    seconds: float


def steps_of_test(arguments: list[str]) -> list[Step]:
    """Everything: the whole Python suite with browser and long tests, and the units of the page.

    Tests of the trainer, half of the whole, need no server and run beside the others; with arguments of one's own there is one run.
    """
    pytest = (str(_BIN / "python"), "-m", "pytest", "--durations=15", *arguments)
    if arguments:
        return [Step("Python", pytest), _npm("page, units", "test")]
    return [
        Step("Python", (*pytest, f"--ignore={_TRAINER}")),
        Step("Python, trainer", (*pytest, "-p", "no:cacheprovider", _TRAINER), is_beside=True),
        _npm("page, units", "test"),
    ]


def steps_of_check(arguments: list[str]) -> list[Step]:
    """What a change is held to before it is committed; about four minutes on two cores."""
    pytest = (str(_BIN / "python"), "-m", "pytest", "-q", "-m", "not slow and not browser", *arguments)
    return [
        Step("ruff", (str(_BIN / "ruff"), "check", "--quiet")),
        Step("format", (str(_BIN / "ruff"), "format", "--check", "--quiet")),
        Step("types", (str(_BIN / "mypy"),), environment=_PLACEHOLDERS),
        Step("layers", (str(_BIN / "lint-imports"),)),
        Step("Python, fast tests", pytest),
        _npm("page, lint", "lint"),
        _npm("page, types", "typecheck"),
        _npm("page, units", "test"),
    ]


def _npm(name: str, script: str) -> Step:
    return Step(
        name, ("npm", "run", "--silent", script), REPOSITORY / "frontend", {"PATH": node_path()}, is_beside=True
    )


def run(steps: list[Step]) -> list[Outcome]:
    """Run every step, also after one has failed: a second fault is worth knowing about."""
    with ThreadPoolExecutor(1) as beside, tempfile.TemporaryDirectory() as folder:
        waiting = {}
        for number, step in enumerate(steps):
            if step.is_beside:
                path = Path(folder) / str(number)
                waiting[number] = (path, beside.submit(_outcome, step, path))
        outcomes = {}
        for number, step in enumerate(steps):
            if step.is_beside:
                continue
            _headline(step)
            outcomes[number] = _outcome(step, None)
        for number, (path, pending) in waiting.items():
            outcomes[number] = pending.result()
            _headline(steps[number])
            print(path.read_text(encoding="utf-8", errors="replace"), flush=True)
    return [outcomes[number] for number in range(len(steps))]


def _headline(step: Step) -> None:
    print(f"\n── {step.name} {'─' * max(3, 74 - len(step.name))}", flush=True)


def _outcome(step: Step, output: Path | None) -> Outcome:
    begun = time.monotonic()
    environment = {**_environment(), **step.environment}
    with output.open("wb") if output else contextlib.nullcontext() as told:
        code = subprocess.run(
            step.command, cwd=step.folder, env=environment, stdout=told, stderr=told, check=False
        ).returncode
    return Outcome(step, code, time.monotonic() - begun)


def summary(outcomes: list[Outcome]) -> str:
    """One line per step and one for the whole."""
    width = max(len(outcome.step.name) for outcome in outcomes)
    lines = [
        f"  {'passed' if outcome.code == 0 else 'FAILED'}  {outcome.step.name:<{width}}  {outcome.seconds:7.1f} s"
        for outcome in outcomes
    ]
    failed = [outcome.step.name for outcome in outcomes if outcome.code != 0]
    whole = f"FAILED: {', '.join(failed)}" if failed else "All passed."
    return "\n".join(["", "─" * 78, *lines, whole])


def _environment() -> dict[str, str]:
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "platform"), str(REPOSITORY)]),
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "HF_HUB_OFFLINE": "1",
    }
    chromium = find_chromium()
    return {**variables, "CHROMIUM_PATH": chromium} if chromium else variables


def main() -> int:
    """Run a suite; the exit code is non-zero when any step failed."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.suite", description=main.__doc__)
    parser.add_argument("suite", choices=["test", "check"])
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="more arguments for pytest")
    chosen = parser.parse_args()
    steps = steps_of_test if chosen.suite == "test" else steps_of_check
    outcomes = run(steps(chosen.arguments))
    print(summary(outcomes))
    if chosen.suite == "test" and find_chromium() is None:
        print("Browser tests were skipped: install chromium (and fonts-wqy-microhei), or set CHROMIUM_PATH.")
    return int(any(outcome.code != 0 for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
