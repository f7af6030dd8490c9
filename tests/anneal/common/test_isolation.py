"""What fails for itself keeps nobody waiting, and is told from an outage."""

from __future__ import annotations

import psycopg
import pytest
from django.db import DataError, InterfaceError, OperationalError, connection

from anneal.common.isolation import each, is_away


def _said(sql: str) -> Exception:
    with pytest.raises((OperationalError, DataError)) as caught, connection.cursor() as cursor:
        cursor.execute(sql)
    return caught.value


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize("sql", ["SELECT 1/0", "SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)"])
def test_answer_of_the_server_is_no_outage(sql):
    assert not is_away(_said(sql))
    assert not is_away(ValueError("ours"))


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("server closed the connection unexpectedly"),
        InterfaceError("connection already closed"),
        psycopg.errors.AdminShutdown("terminating connection"),
        psycopg.errors.TooManyConnections("sorry, too many clients already"),
    ],
)
def test_lost_connection_is_an_outage(error):
    assert is_away(error)


@pytest.mark.django_db
def test_one_that_fails_changes_nothing_and_keeps_nobody(caplog):
    def act(number: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO common_outboxentry (topic, payload) VALUES (%s, '{}')", [f"mail.{number}"])
            cursor.execute("SELECT 1 / %s", [number])
        return 1

    assert each([2, 0, 1], act, event="test.failed") == 2
    assert "test.failed" in caplog.text

    def away(_number: int) -> int:
        raise OperationalError("away")

    with pytest.raises(OperationalError):
        each([1], away, event="test.failed")
