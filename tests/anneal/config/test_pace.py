"""How long clients are waited for, and how much is kept for them."""

from __future__ import annotations

import asyncio

import pytest

from anneal.config.pace import BUSY, TOO_SLOW, BodyRoom, ClientGoneError, Pace, Patience, RefusedBodyError, paced_send

PATIENT = Patience(grace_s=1000, pause_s=1000, whole_s=1000)


def _body(*pieces, is_whole=True):
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages[-1]["more_body"] = not is_whole

    async def receive():
        if not messages:
            await asyncio.Event().wait()
        return messages.pop(0)

    return receive


def _read(room, receive, address="a", kept=None):
    return asyncio.run(room.read(receive, address, [] if kept is None else kept))


def test_pieces_become_a_body():
    assert _read(BodyRoom(PATIENT), _body(b"ab", b"", b"c")) == b"abc"


@pytest.mark.parametrize(
    ("patience", "pieces"),
    [
        (Patience(grace_s=0.01, pause_s=1000, whole_s=1000), [b"a"]),
        (Patience(grace_s=1000, pause_s=0.01, whole_s=1000), [b"a" * 10]),
        (Patience(grace_s=1000, pause_s=1000, whole_s=0.01, bytes_per_s=1), [b"a" * 1000]),
    ],
    ids=["pace", "pause", "whole"],
)
def test_who_is_too_slow_is_not_waited_for(patience, pieces):
    with pytest.raises(RefusedBodyError, match=TOO_SLOW):
        _read(BodyRoom(patience), _body(*pieces, is_whole=False))


def test_what_has_come_buys_time():
    async def due():
        pace = Pace(Patience(grace_s=0.0, pause_s=1000, bytes_per_s=10), num_bytes=10_000)
        await pace.within(asyncio.sleep(0))
        with pytest.raises(TimeoutError):
            await Pace(Patience(grace_s=0.0, bytes_per_s=10)).within(asyncio.Event().wait())

    asyncio.run(due())


def test_who_hangs_up_is_not_answered():
    async def gone():
        return {"type": "http.disconnect"}

    with pytest.raises(ClientGoneError):
        _read(BodyRoom(PATIENT), gone)


def test_one_address_does_not_fill_the_room_and_all_together_do_not_overfill_it():
    room = BodyRoom(PATIENT, kept_bytes=25, kept_bytes_of_one=15)
    kept: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    assert _read(room, _body(b"a" * 10), "a", kept["a"])
    with pytest.raises(RefusedBodyError, match=BUSY):
        _read(room, _body(b"a" * 10), "a")
    assert _read(room, _body(b"b" * 10), "b", kept["b"])
    with pytest.raises(RefusedBodyError, match=BUSY):
        _read(room, _body(b"c" * 10), "c")
    for address in ("a", "b"):
        room.free(address, kept[address])
    assert _read(room, _body(b"c" * 10), "c", kept["c"])


def test_an_answer_that_nobody_takes_goes_nowhere():
    taken = []

    async def answer():
        async def send(message):
            if taken:
                await asyncio.Event().wait()
            taken.append(message)

        take = paced_send(send, Patience(grace_s=0.01))
        for _ in range(3):
            await take({"type": "http.response.body", "body": b"a"})

    asyncio.run(answer())
    assert len(taken) == 1
