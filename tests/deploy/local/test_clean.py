import pytest

from deploy.local import clean
from deploy.local.home import Home
from deploy.local.processes import Supervisor


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(clean, "REPOSITORY", tmp_path)
    monkeypatch.setattr("deploy.local.account.FALLBACK", tmp_path / "var-lib-anneal")
    monkeypatch.setattr("sys.argv", ["clean"])
    for name in (".anneal/postgres", ".anneal/test/log", "frontend/dist", "frontend/node_modules", ".venv", "docs"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def _left(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_data_and_builds_go_and_what_was_installed_stays(checkout):
    assert clean.main() == 0

    assert _left(checkout) == [".venv", "docs", "frontend", "frontend/node_modules"]


def test_everything_that_is_not_source_goes_when_asked(checkout, monkeypatch):
    monkeypatch.setattr("sys.argv", ["clean", "--all"])

    assert clean.main() == 0
    assert _left(checkout) == ["docs", "frontend"]


def test_nothing_is_removed_while_anneal_runs(checkout, capsys):
    running = Supervisor(Home(checkout / ".anneal"))
    running.open()
    try:
        assert clean.main() == 1
    finally:
        running.stop()

    assert (checkout / ".anneal" / "postgres").is_dir()
    assert "Stop them first" in capsys.readouterr().err
