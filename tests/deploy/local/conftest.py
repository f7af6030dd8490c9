"""A home folder in a place that the server's user can reach: pytest's own temporary folders are closed to `nobody`."""

import subprocess

import pytest

from deploy.local.home import Home, temporary_home
from deploy.local.postgres import Postgres


@pytest.fixture
def open_folder():
    with temporary_home() as home:
        yield home.path.parent


@pytest.fixture(scope="session")
def made_cluster():
    """A data folder as the first start leaves it; copying one is faster than making one."""
    with temporary_home() as home:
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
