"""`python -m benchmarks.scale`: the pages of a customer with very much, in a database of many.

* curves: a job with a million points, its curves as the page asks for them. Read whole and thinned in Python against thinned by the
  database; then what opening the page of that job asks for, and a stream that comes back to all of it.
* lists: 100,000 jobs in one tenant of 1,000. First and last page, filters, orders, search.

Every figure is a median, whole requests in this process by the role of the web server, under row-level security; contestants and pages
take turns. The database is made anew in a temporary folder. `--part` runs one alone, `--quick` both small, to see that they work; it
saves nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from benchmarks.results import keep, load_now
from benchmarks.scale_data import QUICK, Size, fill
from deploy.local.home import temporary_home
from deploy.local.stack import Stack

# ruff: noqa: PLC0415 - Django is imported once its database is there

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROUNDS = 9
SLOW_ROUNDS = 3
MAX_POINTS = 2000
GOAL_OF_A_LIST_MS = 50


@dataclass(frozen=True)
class World:
    """The database that is measured, and who asks."""

    size: Size
    tenant: UUID
    api_key: str
    job: UUID
    rounds: int

    def get(self, path: str) -> Any:
        """The document at a path below `/api/v1`. Raises RuntimeError for anything but a success."""
        from django.test import Client

        answer = Client().get(f"/api/v1{path}", headers=self.headers)
        if answer.status_code != 200:  # noqa: PLR2004 - HTTP OK
            raise RuntimeError(f"{path}: {answer.content[:500]!r}")
        return answer.json()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--part", choices=("curves", "lists", "all"), default="all")
    parser.add_argument("--quick", action="store_true", help="small, to see that it works; saves nothing")
    options = parser.parse_args(arguments)
    size, rounds = (QUICK, 1) if options.quick else (Size(), ROUNDS)
    with temporary_home() as home:
        stack = Stack(home, say=lambda _: None)
        try:
            stack.start_services()
            stack.migrate()
            world = made(stack, size, rounds)
            for name, measure in (("curves", measure_curves), ("lists", measure_lists)):
                if options.part in (name, "all"):
                    measure(world, is_quick=options.quick)
        finally:
            stack.stop()
    return 0


def made(stack: Stack, size: Size, rounds: int) -> World:
    """The database filled, and this process its web server."""
    account = json.loads(stack.manage("demo_account", "--json", role="web"))
    tenant = UUID(account["tenant_id"])
    environments = stack.environments
    job = fill(environments.owner["DATABASE_URL"], environments.service["DATABASE_URL"], size, tenant)
    os.environ.update({**environments.web, "ALLOWED_HOSTS": "testserver"})
    import django

    django.setup()
    return World(size, tenant, account["api_key"], job, rounds)


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def medians(contestants: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds of each, in turn; the first round warms up and does not count."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(1 + rounds):
        for name, work in contestants.items():
            found[name].append(seconds_of(work))
    return {name: statistics.median(seconds[1:]) for name, seconds in found.items()}


# --- curves


def measure_curves(world: World, *, is_quick: bool) -> None:
    load = load_now()
    last_seq = world.get(f"/jobs/{world.job}/metrics?max_points=4")["last_seq"]
    thinning = medians(
        {
            "every point read, thinned in Python": lambda: thinned_in_python(world),
            "thinned by the database": lambda: thinned_by_the_database(world),
        },
        min(world.rounds, SLOW_ROUNDS),
    )
    opening = medians(
        {
            "the job, with what explains it": lambda: world.get(f"/jobs/{world.job}"),
            "its curves": lambda: world.get(f"/jobs/{world.job}/metrics?max_points={MAX_POINTS}"),
            "its events": lambda: world.get(f"/jobs/{world.job}/events?limit=100"),
            "the stream, opened where the curves end": lambda: streamed(
                world, f"after={last_seq}&max_points={MAX_POINTS}"
            ),
        },
        world.rounds,
    )
    catching_up = medians({"thinned": lambda: streamed(world, f"after=0&max_points={MAX_POINTS}")}, world.rounds)
    catching_up["every point"] = seconds_of(lambda: streamed(world, "after=0"))
    lines = [
        f"## Curves of a job with {world.size.points:,} points (thinned to {MAX_POINTS:,} of each)",
        "",
        "| reading and thinning | seconds |",
        "|---|---|",
        *(f"| {name} | {seconds:.2f} |" for name, seconds in thinning.items()),
        "",
        "| opening its page asks for | seconds |",
        "|---|---|",
        *(f"| {name} | {seconds:.2f} |" for name, seconds in opening.items()),
        "",
        "| a stream that comes back to all of it | seconds |",
        "|---|---|",
        *(f"| {name} | {seconds:.2f} |" for name, seconds in catching_up.items()),
        "",
        "The page asks for the first three at once and opens the stream when the curves are there.",
    ]
    figures = {"load": load, "thinning": thinning, "opening": opening, "catching_up": catching_up}
    keep("92-curves", figures, "\n".join(lines), is_quick=is_quick)


def thinned_in_python(world: World) -> object:
    from anneal.common.tenancy import tenant_scope
    from anneal.jobs.selectors import metric_series
    from anneal.jobs.series import thinned

    with tenant_scope(world.tenant):
        return {name: thinned(points, MAX_POINTS) for name, points in metric_series(world.job).items()}


def thinned_by_the_database(world: World) -> object:
    from anneal.common.tenancy import tenant_scope
    from anneal.jobs.series import series_thinned

    with tenant_scope(world.tenant):
        return series_thinned(world.job, max_points=MAX_POINTS)


def streamed(world: World, query: str) -> None:
    """The stream of the job, which has ended, to its end."""
    from django.test import AsyncClient

    async def read() -> None:
        answer: Any = await AsyncClient().get(f"/api/v1/jobs/{world.job}/stream?{query}", headers=world.headers)
        async for _ in answer.streaming_content:
            pass

    asyncio.run(read())


# --- lists


def measure_lists(world: World, *, is_quick: bool) -> None:
    load = load_now()
    pages = pages_of(world)
    seconds = medians({name: lambda path=path: world.get(path) for name, path in pages.items()}, world.rounds)  # type: ignore[misc]
    milliseconds = {name: 1000 * one for name, one in seconds.items()}
    size = world.size
    what = (
        f"{size.jobs:,} jobs, {size.datasets:,} datasets and {size.models:,} models in one tenant of {size.tenants:,}"
    )
    lines = [
        f"## List pages ({what}; the goal is {GOAL_OF_A_LIST_MS} ms)",
        "",
        "| 50 a page | ms |",
        "|---|---|",
        *(f"| {name} | {one:.0f} |" for name, one in milliseconds.items()),
    ]
    keep("93-lists", {"load": load, "milliseconds": milliseconds}, "\n".join(lines), is_quick=is_quick)


def pages_of(world: World) -> dict[str, str]:
    """What each page is -> its path."""
    from anneal.jobs.grouping import GROUPINGS

    dataset = world.get("/datasets?limit=1")["data"][0]["id"]
    return {
        "jobs, first": "/jobs",
        "jobs, last": last_page(world, "/jobs", "jobs_job"),
        "jobs that failed": "/jobs?state=failed",
        "jobs that wait, each with its place": "/jobs?state=queued",
        "jobs in a state that none is in": "/jobs?state=running",
        "jobs with a base model that few have": "/jobs?base_model=bert-base-chinese",
        "jobs on one dataset": f"/jobs?dataset_id={dataset}",
        "jobs with a tag that a third have": "/jobs?tag=baseline",
        "jobs with two tags that few have": "/jobs?tag=winter,rare",
        "jobs by result": "/jobs?sort=result",
        "jobs by result, far down": "/jobs?sort=result&cursor=-inf_ffffffff-ffff-ffff-ffff-ffffffffffff",
        "jobs by duration": "/jobs?sort=duration",
        "jobs that failed, by duration": "/jobs?state=failed&sort=duration",
        "jobs that failed, with a tag and a base model, by result": "/jobs?state=failed&tag=baseline&base_model=minilm-l6-v2&sort=result",
        "jobs found by a word that many have": "/jobs?q=invoices",
        "jobs found by a word of their notes": "/jobs?q=smaller+rate+than+in+run+99",
        "jobs found by a word that none has": "/jobs?q=nowhere",
        "jobs that succeeded, found by a word that none has": "/jobs?state=succeeded&q=nowhere",
        "jobs by result, found by a word that none has": "/jobs?sort=result&q=nowhere",
        **{f"jobs in groups by {by}": f"/jobs/groups?by={by}" for by in GROUPINGS},
        "jobs in groups by task, found by a word that many have": "/jobs/groups?by=task&q=invoices",
        "datasets, first": "/datasets",
        "datasets, last": last_page(world, "/datasets", "datasets_dataset"),
        "datasets of a task that none has": "/datasets?task=preference",
        "models, first": "/models",
        "models, last": last_page(world, "/models", "registry_tunedmodel"),
    }


def last_page(world: World, path: str, table: str) -> str:
    """The path of the fifty oldest."""
    from django.db import connection

    from anneal.common.tenancy import tenant_scope

    with tenant_scope(world.tenant), connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table} WHERE tenant_id = %s ORDER BY id LIMIT 1 OFFSET 50", [world.tenant])  # noqa: S608
        (cursor_id,) = cursor.fetchone()
    return f"{path}?cursor={cursor_id}"


if __name__ == "__main__":
    raise SystemExit(main())
