"""The promises of the Makefile, of continuous integration and of the commands for those who run an installation."""

import shutil
import subprocess

import pytest

from deploy.local.home import REPOSITORY


def _make(folder, *arguments):
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path):
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    return tmp_path


@pytest.mark.parametrize("forbidden", ["platform/__init__.py", "tests/platform/test_x.py"])
@pytest.mark.parametrize("target", ["check", "test", "demo"])
def test_what_would_hide_pythons_platform_module_is_refused_first(checkout, forbidden, target):
    (checkout / forbidden).parent.mkdir(parents=True)
    (checkout / forbidden).touch()

    finished = _make(checkout, target)

    assert finished.returncode != 0
    assert "they hide Python's own module 'platform'" in finished.stderr


def test_old_python_is_named_with_what_to_install(checkout):
    finished = _make(checkout, "demo", "PYTHON=")

    assert finished.returncode != 0
    assert "Anneal needs Python 3.11 or later" in finished.stderr
    assert "apt-get install python3" in finished.stderr


def test_help_names_every_public_target(checkout):
    listed = {line.split()[0] for line in _make(checkout, "help").stdout.splitlines() if line}

    assert {"demo", "test", "check", "dev", "bench", "schema", "clean"} <= listed


def test_continuous_integration_runs_make_test_and_nothing_else():
    script = (REPOSITORY / ".ci" / "run").read_text()

    assert script.rstrip().endswith("exec make test")


def test_platform_is_a_folder_without_init():
    assert not (REPOSITORY / "platform" / "__init__.py").exists()
    assert not (REPOSITORY / "tests" / "platform").exists()


def test_documented_commands_act_on_the_home_of_make_demo():
    lines = (REPOSITORY / "docs" / "deployment.md").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if "-m deploy.local.environment" in line]
    assert commands
    for command in commands:
        assert command.startswith(".venv/bin/python -m deploy.local.environment --home .anneal "), command
