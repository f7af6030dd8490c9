"""The live stream over real commits: whole frames, nothing missed, nothing twice, resumed by Last-Event-ID."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from anneal.accounts.services import api_key_create, api_key_revoke
from anneal.jobs.api import stream as job_streams
from anneal.jobs.services.leases import job_claim, job_finish, job_started
from anneal.jobs.services.reports import Point, metrics_write
from anneal.jobs.services.trials import trial_write
from anneal.tenants.models import Membership
from anneal.tenants.roles import Role
from tests.anneal.jobs.material import evaluation_document, job_make, job_row
from tests.anneal.jobs.test_jobs_api import STARTED
from tests.anneal.jobs.test_trials import GRID, ended
from tests.support.people import Person, person_found, person_join

Frame = dict[str, Any]


@pytest.fixture
def people(committed_db: Any) -> tuple[Person, Person]:
    return person_found("owner"), person_found("stranger")


@pytest.fixture
def job_id(people: tuple[Person, Person]) -> uuid.UUID:
    return job_make(people[0])


async def opened(person: Person, job_id: uuid.UUID, query: str = "", **headers: str) -> Any:
    client = AsyncClient()
    await sync_to_async(client.force_login)(person.user)
    named = {"X-Tenant": str(person.tenant_id), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await client.get(f"/api/v1/jobs/{job_id}/stream{query}", headers=named)


async def frames(response: Any) -> AsyncIterator[Frame]:
    buffer = ""
    async for chunk in response.streaming_content:
        buffer += chunk.decode()
        while "\n\n" in buffer:
            text, buffer = buffer.split("\n\n", 1)
            fields = dict(line.split(": ", 1) for line in text.splitlines())
            position = int(fields["id"]) if "id" in fields else None
            yield {"id": position, "event": fields["event"], "data": json.loads(fields["data"])}


async def take_until(stream: AsyncIterator[Frame], event: str) -> list[Frame]:
    """Frames up to and including the next one of this kind."""
    taken = []
    async with asyncio.timeout(10):
        async for frame in stream:
            taken.append(frame)
            if frame["event"] == event:
                return taken
    raise AssertionError(f"the stream ended without {event}")


def finish(person: Person, job_id: uuid.UUID) -> None:
    files = [{"name": "m", "key": f"{person.tenant_id}/m", "sha256": "0" * 64, "size_bytes": 1}]
    job_finish(
        job_id=job_id,
        attempt=1,
        step=9,
        evaluation=evaluation_document(),
        artifacts=[{"kind": "merged", "files": files}],
    )


def test_a_stream_tells_what_a_job_takes_of_its_machine(people: tuple[Person, Person], job_id: uuid.UUID) -> None:
    async def watch() -> list[Frame]:
        stream = frames(await opened(people[0], job_id))
        await take_until(stream, "job")
        await sync_to_async(job_claim)(job_id=job_id, worker_id=uuid.uuid4())
        await sync_to_async(job_started)(job_id=job_id, attempt=1, started=STARTED)
        points = [Point("resource/memory", 7, 0.0, 1e9), Point("train/loss", 1, 0.2, 0.5)]
        await sync_to_async(metrics_write)(job_id=job_id, attempt=1, points=points, step=1)
        return await take_until(stream, "metrics")

    told = asyncio.run(watch())[-1]["data"]
    assert told["points"] == [{"name": "train/loss", "step": 1, "epoch": 0.2, "value": 0.5}]
    assert told["resources"] == [{"name": "memory", "seconds": 7, "value": 1e9}]


def test_a_stream_tells_everything_once_and_ends(people: tuple[Person, Person], job_id: uuid.UUID) -> None:
    async def watch() -> list[Frame]:
        response = await opened(people[0], job_id)
        assert response.status_code == 200
        assert response["Content-Type"] == "text/event-stream"
        stream = frames(response)
        seen = await take_until(stream, "job")
        await sync_to_async(job_claim)(job_id=job_id, worker_id=uuid.uuid4())
        await sync_to_async(job_started)(job_id=job_id, attempt=1, started=STARTED)
        for step in range(1, 10):
            await sync_to_async(metrics_write)(
                job_id=job_id, attempt=1, points=[Point("train/loss", step, step / 5, 1 / step)], step=step
            )
            if step == 3:
                seen += await take_until(stream, "metrics")
        await sync_to_async(finish)(people[0], job_id)
        async with asyncio.timeout(20):
            seen += [frame async for frame in stream]
        return seen

    seen = asyncio.run(watch())
    points = [point for frame in seen if frame["event"] == "metrics" for point in frame["data"]["points"]]
    assert [point["step"] for point in points] == list(range(1, 10))
    assert all(0 <= frame["data"]["seconds"] < 60 for frame in seen if frame["event"] == "metrics")
    moves = [frame["data"]["to"] for frame in seen if frame["event"] == "note"]
    assert moves == ["queued", "starting", "running", "finalizing", "succeeded"]
    assert seen[-1]["event"] == "end"
    assert seen[-2]["event"] == "job"
    assert seen[-2]["data"]["state"] == "succeeded"
    jobs = [frame["data"] for frame in seen if frame["event"] == "job"]
    assert "diagnoses" in jobs[0]
    assert "diagnoses" in jobs[-1]
    assert [frame["id"] for frame in seen] == sorted(frame["id"] for frame in seen)


def test_a_look_without_points_leaves_the_diagnoses_as_they_were(
    people: tuple[Person, Person], job_id: uuid.UUID
) -> None:
    async def watch() -> list[Frame]:
        stream = frames(await opened(people[0], job_id))
        await take_until(stream, "job")
        await sync_to_async(job_claim)(job_id=job_id, worker_id=uuid.uuid4())
        quiet = await take_until(stream, "job")
        point = Point("train/loss", 1, 0.1, 1.0)
        await sync_to_async(job_started)(job_id=job_id, attempt=1, started=STARTED)
        await sync_to_async(metrics_write)(job_id=job_id, attempt=1, points=[point], step=1)
        await take_until(stream, "metrics")
        return [quiet[-1], (await take_until(stream, "job"))[-1]]

    quiet, measured = asyncio.run(watch())
    assert "diagnoses" not in quiet["data"]
    assert measured["data"]["diagnoses"] == []


def test_a_cut_stream_goes_on_where_it_was(people: tuple[Person, Person], job_id: uuid.UUID) -> None:
    job_claim(job_id=job_id, worker_id=uuid.uuid4())
    job_started(job_id=job_id, attempt=1, started=STARTED)
    for step in range(1, 10):
        metrics_write(job_id=job_id, attempt=1, points=[Point("train/loss", step, 0.1, 1.0)], step=step)
    finish(people[0], job_id)

    async def read(after: int) -> list[Frame]:
        async with asyncio.timeout(20):
            return [frame async for frame in frames(await opened(people[0], job_id, Last_Event_ID=str(after)))]

    whole = asyncio.run(read(0))
    for cut in range(1, len(whole) - 1):
        before = [frame for frame in whole if frame["id"] <= whole[cut]["id"] and frame["event"] != "end"]
        rest = asyncio.run(read(whole[cut]["id"]))
        told = [frame["id"] for frame in [*before, *rest] if frame["event"] in {"metrics", "note"}]
        assert told == [frame["id"] for frame in whole if frame["event"] in {"metrics", "note"}]
        assert rest[-1]["event"] == "end"
    assert whole[-1]["id"] == job_row(job_id).seq


def measured(job_id: uuid.UUID, *, steps: int, at_once: int) -> None:
    """A job with many points, told in batches."""
    job_claim(job_id=job_id, worker_id=uuid.uuid4())
    job_started(job_id=job_id, attempt=1, started=STARTED)
    for begin in range(1, steps + 1, at_once):
        points = [
            Point("train/loss", step, step / 100, 9.0 if step == 77 else 1 / step)
            for step in range(begin, begin + at_once)
        ]
        metrics_write(job_id=job_id, attempt=1, points=points, step=begin)


async def first_look(person: Person, job_id: uuid.UUID, query: str = "") -> list[Frame]:
    return await take_until(frames(await opened(person, job_id, query)), "job")


def test_very_much_is_told_thinned_to_whoever_says_how_much_they_show(
    people: tuple[Person, Person], job_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_streams, "ROWS", 50)
    measured(job_id, steps=400, at_once=10)
    whole = asyncio.run(first_look(people[0], job_id))
    told = [point["step"] for frame in whole if frame["event"] == "metrics" for point in frame["data"]["points"]]
    assert told == list(range(1, 401)), "who does not ask for less hears all"
    curves, *rest = asyncio.run(first_look(people[0], job_id, "?max_points=20"))
    assert (curves["event"], curves["id"], curves["data"]["last_seq"]) == ("curves", 0, whole[-1]["id"])
    [series] = curves["data"]["series"]
    assert [series["points"][0][0], series["points"][-1][0]] == [1, 400]
    assert len(series["points"]) <= 20
    assert [77, 0.77, 9.0] in series["points"]
    assert [step for step, _ in curves["data"]["clock"]] == [step for step, _, _ in series["points"]]
    assert [frame for frame in rest if frame["event"] != "job"] == [
        frame for frame in whole if frame["event"] not in {"job", "metrics"}
    ]
    assert rest[-1]["id"] == whole[-1]["id"]
    assert "diagnoses" in rest[-1]["data"]
    middle = next(
        frame["id"] for frame in whole if frame["event"] == "metrics" and frame["data"]["points"][0]["step"] > 100
    )
    later, *_ = asyncio.run(first_look(people[0], job_id, f"?max_points=20&after={middle}"))
    assert later["id"] == middle
    assert later["data"]["series"][0]["points"][0][0] == 111
    few = asyncio.run(first_look(people[0], job_id, f"?max_points=20&after={whole[-1]['id'] - 2}"))
    assert [frame["event"] for frame in few] == ["metrics", "metrics", "job"]


def test_a_batch_larger_than_a_look_comes_whole(
    people: tuple[Person, Person], job_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_streams, "ROWS", 50)
    measured(job_id, steps=240, at_once=120)
    seen = asyncio.run(first_look(people[0], job_id))
    batches = [frame["data"]["points"] for frame in seen if frame["event"] == "metrics"]
    assert [[point["step"] for point in batch] for batch in batches] == [list(range(1, 121)), list(range(121, 241))]


def test_a_number_of_points_that_shows_nothing_is_refused(people: tuple[Person, Person], job_id: uuid.UUID) -> None:
    answer = asyncio.run(opened(people[0], job_id, "?max_points=3"))
    assert answer.status_code == 400
    assert json.loads(answer.content)["error"]["param"] == "max_points"


def test_a_quiet_stream_says_that_it_lives_where_a_script_hears_it(
    people: tuple[Person, Person], job_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_streams, "PING_S", 0.2)

    async def watch() -> list[Frame]:
        stream = frames(await opened(people[0], job_id))
        await take_until(stream, "job")
        return [*await take_until(stream, "ping"), *await take_until(stream, "ping")]

    # Without an id, so that a browser that comes back names the last event that told something.
    assert asyncio.run(watch()) == [{"id": None, "event": "ping", "data": {}}] * 2


@pytest.mark.parametrize("way", ["removed", "demoted", "revoked"])
def test_an_open_stream_ends_with_the_right_to_see_it(
    people: tuple[Person, Person], job_id: uuid.UUID, way: str
) -> None:
    owner = people[0]
    member = person_join(owner.tenant_id, Role.VIEWER)
    with owner.scope():
        row, key = api_key_create(name="CI", role="viewer", created_by_id=owner.user.id, expires_at=None)

    def lose() -> None:
        with owner.scope():
            if way == "revoked":
                api_key_revoke(key_id=row.id)
            elif way == "removed":
                Membership.objects.filter(user_id=member.user.id).delete()
            else:
                Membership.objects.filter(user_id=member.user.id).update(role=Role.BILLING)
        job_claim(job_id=job_id, worker_id=uuid.uuid4())
        job_started(job_id=job_id, attempt=1, started=STARTED)
        metrics_write(job_id=job_id, attempt=1, points=[Point("train/loss", 1, 0.1, 0.5)], step=1)

    async def watch() -> list[str]:
        if way == "revoked":
            headers = {"Authorization": f"Bearer {key}"}
            response = await AsyncClient().get(f"/api/v1/jobs/{job_id}/stream", headers=headers)
        else:
            response = await opened(member, job_id)
        assert response.status_code == 200
        stream = frames(response)
        await take_until(stream, "job")
        await sync_to_async(lose)()
        async with asyncio.timeout(10):
            return [frame["event"] async for frame in stream]

    assert set(asyncio.run(watch())) <= {"ping"}


def test_a_stream_is_refused_like_everything_else(people: tuple[Person, Person], job_id: uuid.UUID) -> None:
    async def statuses() -> list[int]:
        anonymous = await AsyncClient().get(f"/api/v1/jobs/{job_id}/stream")
        foreign = await opened(people[1], job_id)
        missing = await opened(people[0], uuid.uuid4())
        bad = await opened(people[0], job_id, Last_Event_ID="soon")
        return [anonymous.status_code, foreign.status_code, missing.status_code, bad.status_code]

    assert asyncio.run(statuses()) == [401, 404, 404, 400]


def test_a_stream_tells_the_trials_of_a_search(people: tuple[Person, Person]) -> None:
    job_id = job_make(people[0], search=GRID)
    job_claim(job_id=job_id, worker_id=uuid.uuid4())
    for number in range(2):
        trial_write(job_id=job_id, attempt=1, trial=ended(number))

    async def watch() -> list[Frame]:
        stream = frames(await opened(people[0], job_id))
        return await take_until(stream, "job")

    taken = asyncio.run(watch())
    trials = [frame["data"] for frame in taken if frame["event"] == "trial"]
    assert [(trial["number"], trial["value"]) for trial in trials] == [(0, 0.8), (1, 0.9)]
    assert taken[-1]["data"]["search"]["num_ended"] == 2
    assert [frame["id"] for frame in taken] == sorted(frame["id"] for frame in taken)
