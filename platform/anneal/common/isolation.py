"""One bad row does not keep the others from what is done for all: what fails for itself is undone, logged and left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, transaction

log = structlog.get_logger(__name__)
_Thing = TypeVar("_Thing")
# Appendix A of PostgreSQL's documentation: connection exceptions, insufficient resources, and operator intervention but for a cancelled
# query. Trouble that never came from the server has no code at all.
_AWAY: Final = ("08", "53", "57")
_CANCELLED: Final = "57014"


def is_away(error: Exception) -> bool:
    """Whether an error says that the database is away or sick, rather than what it thinks of one statement."""
    if isinstance(error, InterfaceError | psycopg.InterfaceError):
        return True
    if not isinstance(error, OperationalError | psycopg.OperationalError):
        return False
    said = error if isinstance(error, psycopg.Error) else error.__cause__
    code = said.sqlstate if isinstance(said, psycopg.Error) else None
    return code is None or (code.startswith(_AWAY) and code != _CANCELLED)


def each(things: Iterable[_Thing], act: Callable[[_Thing], int], *, event: str) -> int:
    """`act` on each thing, in a transaction or savepoint of its own; the sum of what it says.

    One that fails is logged as `event` and changes nothing. Raises what says that the database is away.
    """
    done = 0
    for thing in things:
        try:
            with transaction.atomic():
                done += act(thing)
        except Exception as error:
            if is_away(error):
                raise
            log.exception(event, id=str(getattr(thing, "pk", thing)))
    return done
