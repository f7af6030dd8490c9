"""Set-up decisions that need no network; the whole set-up is what `make test` itself went through."""

import os

import pytest

from deploy.local import install


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A folder that is the whole PATH; call it to put a program there."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def add(name, prints):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {prints}\n")
        program.chmod(0o755)
        return program

    return add


@pytest.mark.parametrize(("version", "is_enough"), [("v20.19.0", True), ("v24.1.0", True), ("v20.18.3", False)])
def test_node_of_the_machine_is_used_when_it_is_new_enough(machine, version, is_enough):
    machine("node", version)
    machine("npm", "10")

    assert install._node_is_new_enough(os.environ["PATH"]) is is_enough


def test_node_without_npm_is_not_enough(machine):
    machine("node", "v24.0.0")

    assert not install._node_is_new_enough(os.environ["PATH"])


def test_named_chromium_comes_before_the_machines(machine, monkeypatch):
    found = machine("chromium", "150")
    monkeypatch.delenv("CHROMIUM_PATH", raising=False)
    assert install.find_chromium() == str(found)

    monkeypatch.setenv("CHROMIUM_PATH", "/opt/chrome")
    assert install.find_chromium() == "/opt/chrome"


def test_missing_system_package_is_named_with_the_command(machine):
    with pytest.raises(
        install.SetupError, match=r"Browsers are missing\. Install: chromium\n.*apt-get install.*chromium"
    ):
        install._install_debian_packages("chromium", purpose="Browsers are missing")


def test_step_is_done_again_when_its_stamp_is_missing_or_old(tmp_path):
    stamp = tmp_path / "stamp"
    assert not install._is_stamped(stamp, "a")
    stamp.write_text("a")
    assert install._is_stamped(stamp, "a")
    assert not install._is_stamped(stamp, "b")


def test_digest_changes_with_a_files_content():
    file = install.REPOSITORY / "requirements.txt"

    assert install._digest([], [file]) == install._digest([], [file])
    assert install._digest([], [file]) != install._digest(["another place"], [file])
    assert install._digest([], [file]) != install._digest([], [])
