import hashlib
import os
import shutil

import pytest

from deploy.local import clean
from deploy.local.account import Account, note_owner, place_for
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


def test_what_lies_outside_goes_too_and_what_nobody_owns_is_named(checkout, monkeypatch, capsys):
    elsewhere = checkout / "var-lib-anneal"
    account = Account(65534, 65534)
    monkeypatch.setattr(clean, "service_account", lambda: account)
    monkeypatch.setattr("deploy.local.account._can_reach", lambda *_: False)
    home, gone = Home(checkout / ".anneal"), Home(checkout / "gone")
    for owner in (home, gone):
        data = place_for(owner, "postgres", account)
        data.mkdir(parents=True)
        note_owner(data, owner)
    shutil.rmtree(gone.path)

    assert clean.main() == 0

    left = list(elsewhere.iterdir())
    assert len(left) == 1
    assert f"rm -r {left[0]}" in capsys.readouterr().out


def test_home_keeps_its_place_outside_when_it_moves_and_older_ones_keep_theirs(checkout, monkeypatch):
    account = Account(65534, 65534)
    monkeypatch.setattr("deploy.local.account._can_reach", lambda *_: False)
    home = Home(checkout / ".anneal")
    place = place_for(home, "postgres", account)
    home.path.rename(checkout / "moved")
    assert place_for(Home(checkout / "moved"), "postgres", account) == place
    assert place_for(Home(checkout / ".anneal"), "postgres", account) != place

    older = Home(checkout / "older")
    older.secret("postgres_admin")
    by_path = hashlib.sha256(os.fsencode(older.path.resolve())).hexdigest()[:12]
    assert place_for(older, "postgres", account) == checkout / "var-lib-anneal" / by_path / "postgres"
