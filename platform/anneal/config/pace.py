"""How slow a client may be, and how much of what it sends is kept for it: nobody holds a thread of the web process by waiting.

Bodies that are read as a whole are here before a thread is taken. Pieces of uploads go to a thread as they arrive, at a pace; so does what
a client takes of an answer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# The most that any view takes as a whole: changes of rows (`MAX_BODY_BYTES`). Each view has its own limit below it.
MOST_BYTES: Final = 32 * 2**20
# Bodies that are on their way together, and those of one address.
_KEPT_BYTES: Final = 192 * 2**20
_KEPT_BYTES_OF_ONE: Final = 64 * 2**20
TOO_SLOW: Final = "request.too_slow"
BUSY: Final = "server.busy"


@dataclass(frozen=True)
class Patience:
    """A client has `grace_s`, and a second more for each `bytes_per_s`. No pause is longer than `pause_s`.

    A body that is read as a whole comes within `whole_s`.
    """

    grace_s: float = 10.0
    pause_s: float = 30.0
    whole_s: float = 300.0
    bytes_per_s: int = 8192


@dataclass
class Pace:
    """How long one client was waited for. Time in which it waited for us is not held against it."""

    patience: Patience
    limit_s: float = float("inf")
    waited_s: float = 0.0
    num_bytes: int = 0

    async def within(self, step: Awaitable[Any]) -> Any:
        """Wait for the client. Raises TimeoutError when it is too slow."""
        due = min(self.limit_s, self.patience.grace_s + self.num_bytes / self.patience.bytes_per_s) - self.waited_s
        clock = asyncio.get_running_loop().time
        begun_at = clock()
        try:
            async with asyncio.timeout(max(0.0, min(self.patience.pause_s, due))):
                return await step
        finally:
            self.waited_s += clock() - begun_at


def paced_receive(receive: Receive, patience: Patience) -> Receive:
    """A body whose line counts as broken once it comes too slowly: what has arrived of an upload is kept."""
    pace = Pace(patience)

    async def next_message() -> Message:
        try:
            message: Message = await pace.within(receive())
        except TimeoutError:
            return {"type": "http.disconnect"}
        pace.num_bytes += len(message.get("body", b""))
        return message

    return next_message


def paced_send(send: Send, patience: Patience) -> Send:
    """An answer that goes nowhere once it is taken too slowly: whoever makes it comes to its end, and the server closes the line."""
    pace = Pace(patience)
    is_gone = False

    async def take(message: Message) -> None:
        nonlocal is_gone
        if is_gone:
            return
        try:
            await pace.within(send(message))
        except TimeoutError:
            is_gone = True
        pace.num_bytes += len(message.get("body", b""))

    return take


class RefusedBodyError(Exception):
    """A body that is not waited for any longer; the argument is the code of the refusal."""


class ClientGoneError(Exception):
    """Nobody is there to be answered."""


@dataclass
class BodyRoom:
    """The bodies that this process keeps while they arrive and until they are answered."""

    patience: Patience = field(default_factory=Patience)
    kept_bytes: int = _KEPT_BYTES
    kept_bytes_of_one: int = _KEPT_BYTES_OF_ONE
    _of: Counter[str] = field(default_factory=Counter)

    async def read(self, receive: Receive, address: str, kept: list[int]) -> bytes:
        """The whole body, or a little more than `MOST_BYTES` of it. `kept` gets what `free` is to be told in the end.

        Raises RefusedBodyError, ClientGoneError.
        """
        pace = Pace(self.patience, limit_s=self.patience.whole_s)
        body = bytearray()
        is_whole = False
        while not is_whole and len(body) <= MOST_BYTES:
            try:
                message: Message = await pace.within(receive())
            except TimeoutError:
                raise RefusedBodyError(TOO_SLOW) from None
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            piece = message.get("body", b"")
            if (
                self._of.total() + len(piece) > self.kept_bytes
                or self._of[address] + len(piece) > self.kept_bytes_of_one
            ):
                raise RefusedBodyError(BUSY)
            self._of[address] += len(piece)
            kept.append(len(piece))
            body += piece
            pace.num_bytes += len(piece)
            is_whole = not message.get("more_body", False)
        return bytes(body)

    def free(self, address: str, kept: list[int]) -> None:
        """A request is over."""
        self._of[address] -= sum(kept)
        if self._of[address] <= 0:
            del self._of[address]


def whole_body(body: bytes) -> Receive:
    """A body that is here already."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return next_message
