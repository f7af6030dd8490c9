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


@pytest.mark.parametrize(
    ("has_browser", "has_font", "is_needed", "fetched"),
    [
        (False, False, False, ["chromium", "fonts-wqy-microhei"]),
        (False, True, False, ["chromium"]),
        (True, False, True, ["fonts-wqy-microhei"]),
        (True, False, False, []),
        (True, True, True, []),
    ],
)
def test_what_is_missing_for_browser_tests_is_fetched(
    machine, monkeypatch, tmp_path, has_browser, has_font, is_needed, fetched
):
    for name in ("CI", "CHROMIUM_PATH", install.BROWSER_IS_NEEDED):
        monkeypatch.delenv(name, raising=False)
    if is_needed:
        monkeypatch.setenv(install.BROWSER_IS_NEEDED, "1")
    if has_browser:
        machine("chromium", "150")
    monkeypatch.setattr(install, "CHINESE_FONT", tmp_path / "font.ttc")
    if has_font:
        (tmp_path / "font.ttc").touch()
    asked = []
    monkeypatch.setattr(install, "_install_debian_packages", lambda *names, purpose: asked.extend(names))

    install._browser()

    assert asked == fetched


def test_needed_browser_that_cannot_be_fetched_is_an_error(machine, monkeypatch):
    monkeypatch.delenv("CHROMIUM_PATH", raising=False)
    monkeypatch.setenv(install.BROWSER_IS_NEEDED, "1")
    with pytest.raises(install.SetupError, match="Browser tests need Chromium"):
        install._browser()


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
