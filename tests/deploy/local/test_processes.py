"""The supervisor on real children."""

import os
import signal
import subprocess
import sys
import time

import pytest

from deploy.local import children
from deploy.local.home import REPOSITORY, Home, LocalError
from deploy.local.processes import Program, Supervisor

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
WITH_CHILD = (
    "import subprocess, sys, time;"
    "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True); time.sleep(600)"
)


def _eventually(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    running = Supervisor(Home(tmp_path / ".anneal"), say=said.append)
    running.open()
    yield running
    running.stop()


def _program(name, script, **more):
    return Program(name, (sys.executable, "-c", script), {"PATH": os.environ["PATH"]}, **more)


def _start(supervisor, name, script, **more):
    program = _program(name, script, is_ready=lambda: supervisor.log_of(name) != "", **more)
    supervisor.start(program)
    supervisor.wait_ready(name)
    return supervisor.pid_of(name)


def test_children_run_until_they_are_stopped(supervisor):
    pids = [_start(supervisor, name, SLEEPER) for name in ("first", "second")]
    assert all(children.is_alive(pid) for pid in pids)

    supervisor.stop()

    assert not any(children.is_alive(pid) for pid in pids)


def test_child_that_ignores_the_request_is_killed_after_its_grace(supervisor):
    pid = _start(supervisor, "stubborn", STUBBORN, grace_s=0.3)

    supervisor.stop()

    assert not children.is_alive(pid)


def test_what_a_child_started_ends_with_it(supervisor):
    _start(supervisor, "parent", WITH_CHILD)
    grandchild = int(supervisor.log_of("parent"))

    supervisor.stop()

    assert _eventually(lambda: not children.is_alive(grandchild))


def test_killed_child_is_started_again(supervisor, said):
    pid = _start(supervisor, "worker", SLEEPER)
    os.kill(pid, signal.SIGKILL)

    assert _eventually(lambda: supervisor.pid_of("worker") not in {None, pid})
    assert "worker ended (killed by SIGKILL); starting it again" in said[0]


def test_pauses_between_restarts_grow(supervisor, said):
    supervisor.start(_program("broken", "raise SystemExit(7)"))

    assert _eventually(lambda: len(said) == 3)
    begun = time.monotonic()
    assert _eventually(lambda: len(said) == 4)
    assert time.monotonic() - begun > 1.5
    assert "exit code 7" in said[0]


def test_program_that_keeps_falling_over_is_reported_with_its_log(supervisor, said):
    supervisor.start(_program("broken", "raise SystemExit('no disk here')"))
    supervisor.check()

    assert _eventually(lambda: len(said) == 4)
    with pytest.raises(LocalError, match=r"(?s)broken keeps ending at its start.*no disk here"):
        supervisor.check()


def test_program_that_falls_over_at_the_start_is_reported_with_its_log(supervisor):
    supervisor.start(_program("broken", "raise SystemExit('no disk here')", is_ready=lambda: False))

    with pytest.raises(LocalError, match=r"(?s)broken ended while it was starting.*no disk here"):
        supervisor.wait_ready("broken")


def test_program_that_is_never_ready_is_reported(supervisor):
    supervisor.start(_program("slow", SLEEPER, is_ready=lambda: False, ready_deadline_s=0.3))

    with pytest.raises(LocalError, match="slow was not ready after"):
        supervisor.wait_ready("slow")


def test_second_supervisor_is_refused(supervisor, tmp_path):
    with pytest.raises(LocalError, match=rf"already runs in .*process {os.getpid()}"):
        Supervisor(Home(tmp_path / ".anneal")).open()


_SUPERVISE = """
import sys, time
from pathlib import Path
from deploy.local.home import Home
from deploy.local.processes import Program, Supervisor
supervisor = Supervisor(Home(Path(sys.argv[1])))
supervisor.open()
supervisor.start(Program("worker", (sys.executable, "-c", "import time; time.sleep(600)"), {}))
supervisor.wait_ready("worker")
print(supervisor.pid_of("worker"), flush=True)
time.sleep(600)
"""


def _killed_supervisor(home):
    process = subprocess.Popen(
        [sys.executable, "-c", _SUPERVISE, str(home)], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    worker = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    return worker


def test_children_die_with_a_killed_supervisor_and_the_next_one_starts(tmp_path):
    worker = _killed_supervisor(tmp_path / ".anneal")

    assert _eventually(lambda: not children.is_alive(worker))
    following = Supervisor(Home(tmp_path / ".anneal"))
    following.open()
    following.stop()


def test_child_left_over_by_a_killed_supervisor_is_ended(tmp_path, said):
    home = Home(tmp_path / ".anneal")
    home.prepare()
    left_over = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    started_at = children.started_at(left_over.pid)
    (home.path / "processes.json").write_text(
        f'[{{"name": "worker", "pid": {left_over.pid}, "started_at": "{started_at}"}},'
        f' {{"name": "stranger", "pid": {os.getpid()}, "started_at": "1"}}]'
    )

    supervisor = Supervisor(home, say=said.append)
    supervisor.open()
    supervisor.stop()

    assert left_over.wait(10) == -signal.SIGKILL
    assert said == ["Ending worker, left over from a run that was killed."]
