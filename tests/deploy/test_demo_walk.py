"""`make demo` on real parts: killed in the middle of training, started again, and once more when all is there."""

import json
import os
import re
import subprocess
import sys
import time

import pytest

from deploy.local import children
from deploy.local.home import REPOSITORY, temporary_home
from tests.support.samples import part_of_samples

pytestmark = pytest.mark.slow
_DEADLINE_S = 600


@pytest.fixture(scope="module")
def home():
    with temporary_home() as made:
        yield made.path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A part of the sample data, as a folder of one's own: the walk is the same and takes less time."""
    folder = tmp_path_factory.mktemp("demo") / "shop"
    folder.mkdir()
    part_of_samples(folder, {"train": 240, "validation": 60, "test": 60})
    return folder


def _start(home, data):
    options = ["--no-serve", "--epochs", "1", "--data", str(data), "--home", str(home)]
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.local.demo", *options],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_environment(),
    )


def _environment():
    """What a terminal would have: nothing of this test run's own servers."""
    ours = ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "MODEL_SERVER", "ANNEAL_DATA_DIR", "SECRET_KEY", "ALLOWED_HOSTS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}


def _kill_when(process, pattern):
    """Read until a line matches, then SIGKILL. Returns what was read."""
    read = []
    for line in process.stdout:
        read.append(line)
        if re.search(pattern, line):
            process.kill()
            break
    process.wait()
    process.stdout.close()
    return "".join(read)


def _finished(process):
    try:
        output, _ = process.communicate(timeout=_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
    return output, process.returncode


def _recorded(home):
    return [entry["pid"] for entry in json.loads((home / "processes.json").read_text())]


def test_demo_killed_in_training_goes_on_and_is_reused(home, data):
    before = _kill_when(_start(home, data), r"^\s+training ")
    assert "Fine-tuning MiniLM L6 v2" in before, before
    left = _recorded(home)
    deadline = time.monotonic() + 20
    while any(map(children.is_alive, left)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(children.is_alive, left))

    output, code = _finished(_start(home, data))
    assert code == 0, output
    assert "Data set, already there" in output
    assert "Following the job that was under way" in output
    assert re.search(r"your fine-tuned model\s+0\.\d+ \[", output), output
    assert re.search(r"(Better than|No proven difference)", output), output
    assert "The model answers" in output

    output, code = _finished(_start(home, data))
    assert code == 0, output
    assert "Fine-tuning job, already finished" in output
