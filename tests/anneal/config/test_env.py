"""A bad environment stops the start with a sentence that names the variable."""

from __future__ import annotations

import pytest

from anneal.common.rate_limits import Rate
from anneal.config.env import environment_read

_GOOD = {
    "DATABASE_URL": "postgres://web@127.0.0.1/anneal",
    "REDIS_URL": "redis://127.0.0.1/0",
    "SECRET_KEY": "k" * 40,
    "MODEL_SERVER_TOKEN": "t" * 20,
}


def test_good_environment_is_typed():
    read = environment_read({**_GOOD, "WEB_PORT": "9000", "DEBUG": "true", "ALLOWED_HOSTS": "a.example, b.example"})
    assert (read.web_port, read.debug, read.allowed_hosts) == (9000, True, ("a.example", "b.example"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("SECRET_KEY", "short"),
        ("WEB_PORT", "99999"),
        ("PUBLIC_URL", "example.com"),
        ("DEBUG", "perhaps"),
        ("PRICE_CURRENCY", "euros"),
        ("SMTP_URL", "mail.example.com"),
        ("SMTP_URL", "http://mail.example.com"),
        ("SMTP_URL", "smtp://mail.example.com:x"),
        ("SMTP_URL", "smtps://mail.example.com/path"),
        ("MAIL_FROM", "Anneal"),
        ("RATE_LIMIT_CALLER", "6000"),
        ("RATE_LIMIT_TENANT", "0/m"),
        ("RATE_LIMIT_ADDRESS", "5/d"),
    ],
)
def test_bad_value_names_its_variable(name, value):
    with pytest.raises(ValueError, match=f"^{name}: ") as caught:
        environment_read({**_GOOD, name: value})
    assert value not in str(caught.value) or len(value) < 9, "a secret must not be printed"


def test_rates_are_typed_and_can_be_off():
    read = environment_read({**_GOOD, "RATE_LIMIT_CALLER": "20/s", "RATE_LIMIT_TENANT": "off"})
    assert (read.rate_limit_caller, read.rate_limit_tenant) == (Rate(20, 1), None)


def test_missing_value_names_its_variable():
    with pytest.raises(ValueError, match="REDIS_URL: field required"):
        environment_read({name: value for name, value in _GOOD.items() if name != "REDIS_URL"})
