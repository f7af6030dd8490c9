"""A home folder in a place that the server's user can reach: pytest's own temporary folders are closed to `nobody`."""

import subprocess
import tempfile
from pathlib import Path

import pytest

from deploy.local.home import Home
from deploy.local.postgres import Postgres


@pytest.fixture
def open_folder():
    with tempfile.TemporaryDirectory(prefix="anneal-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def made_cluster():
    """A data folder as the first start leaves it; copying one is faster than making one."""
    with tempfile.TemporaryDirectory(prefix="anneal-") as name:
        Path(name).chmod(0o755)
        home = Home(Path(name) / ".anneal")
        server = Postgres(home)
        server.start()
        server.stop()
        yield home.path


@pytest.fixture
def made_home(made_cluster, open_folder):
    subprocess.run(["cp", "-a", made_cluster, open_folder / ".anneal"], check=True)
    (open_folder / ".anneal" / "ports.json").unlink()
    return Home(open_folder / ".anneal")


@pytest.fixture
def home(open_folder):
    return Home(open_folder / ".anneal")
