"""What a page may load and whom it may talk to."""

import os
import subprocess
import sys

from deploy.local.home import REPOSITORY

_SHOW = """
import django
django.setup()
from django.test import Client
print(Client().get("/api/v1/nothing-here").headers["Content-Security-Policy"])
"""


def _directives(policy):
    return dict(directive.split(" ", 1) for directive in policy.split("; "))


def test_a_page_runs_and_asks_nothing_from_elsewhere(client):
    directives = _directives(client.get("/api/v1/nothing-here").headers["Content-Security-Policy"])

    assert directives["default-src"] == directives["script-src"] == directives["connect-src"] == "'self'"
    assert directives["object-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"


def test_a_page_may_send_to_the_object_store_that_is_named_and_to_no_other():
    environment = {
        **os.environ,
        "S3_BROWSER_ORIGIN": "https://store.example",
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "platform"), str(REPOSITORY)]),
    }
    shown = subprocess.run(
        [sys.executable, "-c", _SHOW], env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True
    )

    assert _directives(shown.stdout.strip())["connect-src"] == "'self' https://store.example"
