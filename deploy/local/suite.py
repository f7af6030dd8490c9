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
_DOCTOR = "tests/workers/doctor"
_WALKS = ("tests/e2e", "tests/deploy", "tests/workers/inference")
# Parts of the trainer's that the shortest lane has time for.
_LENT = tuple(f"{_TRAINER}/{part}" for part in ("augment", "evaluate", "methods", "test_minilm.py", "test_ranks.py"))
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
    lane: str = ""
    """Steps of a lane run one after another, lanes run side by side. What the lane without a name prints is shown at once, what the
    others print when all is over."""


@dataclass(frozen=True)
class Outcome:
    """How a step ended."""

    step: Step
    code: int
    seconds: float
    complaints: tuple[str, ...] = ()
    """Lines by which pytest names what failed, of a step whose output is kept."""


def steps_of_test(arguments: list[str]) -> list[Step]:
    """Everything: the whole Python suite with browser and long tests, and the units of the page.

    Tests of the trainer, half of the whole, and of the doctor need no server and run beside the others. So do the walks through whole
    installations and the tests of model servers: each has servers of its own, and waits much for browsers and processes. A part of the
    trainer's tests goes along with them, so that all lanes end at about the same time. With arguments of one's own there is one run.
    """
    pytest = (str(_BIN / "python"), "-m", "pytest", "--durations=15", *arguments)
    if arguments:
        return [Step("Python", pytest), _npm("page, units", "test")]
    elsewhere = (f"--ignore={folder}" for folder in (_TRAINER, _DOCTOR, *_WALKS))
    lent = (f"--ignore={folder}" for folder in _LENT)
    return [
        Step("Python", (*pytest, *elsewhere)),
        Step("Python, trainer", (*pytest, "-p", "no:cacheprovider", _TRAINER, _DOCTOR, *lent), lane="trainer"),
        Step("Python, walks", (*pytest, "-p", "no:cacheprovider", *_WALKS, *_LENT), lane="walks"),
        _npm("page, units", "test", lane="walks"),
    ]


def steps_of_check(arguments: list[str]) -> list[Step]:
    """What a change is held to before it is committed; about ten minutes on two cores."""
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


def _npm(name: str, script: str, *, lane: str = "page") -> Step:
    return Step(name, ("npm", "run", "--silent", script), REPOSITORY / "frontend", {"PATH": node_path()}, lane)


def run(steps: list[Step]) -> list[Outcome]:
    """Run every step, also after one has failed: a second fault is worth knowing about."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lanes = {
            lane: stack.enter_context(ThreadPoolExecutor(1)) for lane in dict.fromkeys(step.lane for step in steps)
        }
        outputs = [folder / str(number) if step.lane else None for number, step in enumerate(steps)]
        pending = [lanes[step.lane].submit(_run, step, output) for step, output in zip(steps, outputs, strict=True)]
        outcomes = [running.result() for running in pending]
        for step, output in zip(steps, outputs, strict=True):
            if output is not None:
                _headline(step)
                print(output.read_text(encoding="utf-8", errors="replace"), flush=True)
    return outcomes


def _headline(step: Step) -> None:
    print(f"\n── {step.name} {'─' * max(3, 74 - len(step.name))}", flush=True)


def _run(step: Step, output: Path | None) -> Outcome:
    """What it prints goes to `output`, or is shown at once."""
    if output is None:
        _headline(step)
    begun = time.monotonic()
    environment = {**_environment(), **step.environment}
    with output.open("wb") if output else contextlib.nullcontext() as told:
        code = subprocess.run(
            step.command, cwd=step.folder, env=environment, stdout=told, stderr=told, check=False
        ).returncode
    return Outcome(step, code, time.monotonic() - begun, _complaints(output) if output and code else ())


def _complaints(output: Path) -> tuple[str, ...]:
    with output.open(encoding="utf-8", errors="replace") as lines:
        return tuple(line.rstrip() for line in lines if line.startswith(("FAILED ", "ERROR ")))


def summary(outcomes: list[Outcome]) -> str:
    """One line per step, what failed in those that are not shown at once, and one line for the whole."""
    width = max(len(outcome.step.name) for outcome in outcomes)
    lines = [
        f"  {'passed' if outcome.code == 0 else 'FAILED'}  {outcome.step.name:<{width}}  {outcome.seconds:7.1f} s"
        for outcome in outcomes
    ]
    failed = [outcome.step.name for outcome in outcomes if outcome.code != 0]
    whole = f"FAILED: {', '.join(failed)}" if failed else "All passed."
    complaints = [complaint for outcome in outcomes for complaint in outcome.complaints]
    return "\n".join(["", "─" * 78, *lines, *complaints, whole])


def _environment() -> dict[str, str]:
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "platform"), str(REPOSITORY)]),
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        # Lanes already keep every core busy: threads of one computation would only wait for one another.
        "OMP_NUM_THREADS": "1",
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
