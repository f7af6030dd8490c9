import socket
import stat

import pytest

from deploy.local.home import Home, LocalError, is_port_free


def test_secret_is_made_once_and_readable_by_its_owner_alone(home):
    first = home.secret("redis")

    assert Home(home.path).secret("redis") == first
    assert home.secret("other") != first
    assert stat.S_IMODE((home.path / "secrets.json").stat().st_mode) == 0o600


def test_port_stays_the_same(home):
    assert Home(home.path).port("web") == home.port("web")
    assert home.port("web") != home.port("postgres")


def test_preferred_port_is_used_when_it_is_free(home):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert home.port("web", port) == port


def test_another_port_is_chosen_when_the_kept_one_is_taken(home):
    kept = home.port("web")
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", kept))
        stranger.listen()

        chosen = home.free_port("web")

    assert chosen != kept
    assert is_port_free(chosen)
    assert home.port("web") == chosen


def test_damaged_secrets_are_named_with_what_to_do(home):
    home.prepare()
    (home.path / "secrets.json").write_text('{"redis": ')

    with pytest.raises(LocalError, match=r"secrets\.json is damaged.*make clean"):
        home.secret("redis")


def test_large_log_is_set_aside(home):
    path = home.log_file("web")
    with path.open("wb") as file:
        file.truncate(30_000_000)

    assert not home.log_file("web").exists()
    assert path.with_suffix(".log.1").stat().st_size == 30_000_000
