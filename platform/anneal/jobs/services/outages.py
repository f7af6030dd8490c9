"""Calls that tell an outage of the platform from an answer of it: the supervisor outlives the former and obeys the latter."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection
from psycopg_pool import PoolTimeout

P = ParamSpec("P")
R = TypeVar("R")


class PlatformAwayError(Exception):
    """The database does not answer just now. Nothing is known to have been written; say it again later."""


def call(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """`function(...)`. Raises PlatformAwayError when the database is away, and lets go of the broken connection."""
    try:
        return function(*args, **kwargs)
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        connection.close()
        raise PlatformAwayError(str(error)) from error
