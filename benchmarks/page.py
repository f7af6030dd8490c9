"""`python -m benchmarks.page`: what a person waits for in a real browser.

* first page: sign-in and, signed in, the job of a million points, on a cold cache over a slow 4G line (1.6 Mbit/s down, 750 kbit/s up,
  150 ms there and back, as Lighthouse has it): largest paint, when it can be used, what moved meanwhile, script that came over the line.
* job: the same page without a slow line, opened until its curves are drawn, and then the frames of a second while 100 points a second
  arrive: those that the browser drew, and the longest wait between two.

The real processes (web server, Postgres, Redis) and a headless Chromium share the cores with each other, and Chromium draws without a
GPU. `--quick` has few points and few rounds, to see that it works; it saves nothing. Needs Chromium, or `CHROMIUM_PATH`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from playwright.sync_api import sync_playwright

from benchmarks.results import keep, load_now
from benchmarks.scale_data import QUICK, SERIES, fill
from deploy.local.home import temporary_home
from deploy.local.install import find_chromium
from deploy.local.stack import Stack
from workers.contract.events import Started

# ruff: noqa: PLC0415 - Django is imported once its database is there

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser, BrowserContext, Page

ROUNDS = 5
POINTS = 1_000_000
WATCHED_S = 10.0
POINTS_A_SECOND = 100
REPORTS_A_SECOND = 5
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 750e3 / 8,
}
_PASSWORD = "a quiet furnace cools"  # noqa: S105 - of an account that lives for a minute
_STARTED = Started(
    resumed_from_step=0,
    total_steps=20 * POINTS,
    steps_per_epoch=5000,
    num_examples={"train": 160_000},
    trainable_parameters=1,
    total_parameters=1,
    fingerprint={},
)
# Told by the browser: the largest paint so far, and everything that moved though nobody had touched it.
_OBSERVE = """
window.__seen = { paint: 0, moved: 0 };
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.__seen.paint = one.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.__seen.moved += one.value; })
  .observe({ type: "layout-shift", buffered: true });
"""
# The thread is free once a callback comes that waits for idleness.
_FREE = "() => new Promise((done) => requestIdleCallback(() => done(performance.now())))"
_SCRIPT_BYTES = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => new URL(name).pathname.endsWith(".js")).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"""
_FRAMES = """(seconds) => new Promise((done) => {
  const times = [];
  const frame = (now) => {
    times.push(now);
    if (now - times[0] < 1000 * seconds) requestAnimationFrame(frame);
    else done(times.slice(1).map((time, index) => time - times[index]));
  };
  requestAnimationFrame(frame);
})"""


@dataclass(frozen=True)
class World:
    """Where the page is, who signs in, and the job that runs, in which attempt."""

    url: str
    email: str
    job: UUID
    attempt: int
    rounds: int


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small, to see that it works; saves nothing")
    is_quick = parser.parse_args(arguments).quick
    if find_chromium() is None:
        parser.error("no Chromium on this machine: apt-get install chromium, or set CHROMIUM_PATH")
    with temporary_home() as home:
        stack = Stack(home, say=lambda _: None)
        try:
            stack.start_services()
            stack.migrate()
            stack.start_processes("web")
            stack.supervisor.wait_ready("web")
            world = made(stack, is_quick=is_quick)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"]
                )
                measure(browser, world, is_quick=is_quick)
                browser.close()
        finally:
            stack.stop()
    return 0


def made(stack: Stack, *, is_quick: bool) -> World:
    """A tenant with a job of many points that runs, and this process its worker."""
    account = json.loads(stack.manage("demo_account", "--json", "--password", _PASSWORD, role="web"))
    environments = stack.environments
    size = replace(QUICK, points=20_000 if is_quick else POINTS)
    urls = (environments.owner["DATABASE_URL"], environments.service["DATABASE_URL"])
    job = fill(*urls, size, UUID(account["tenant_id"]), state="queued")
    os.environ.update(environments.service)
    import django

    django.setup()
    from anneal.jobs.services.leases import job_claim, job_started

    claim = job_claim(job_id=job, worker_id=uuid4())
    if claim is None:
        raise RuntimeError("the job was not there to be claimed")
    job_started(job_id=job, attempt=claim.attempt, started=_STARTED)
    return World(stack.url, account["email"], job, claim.attempt, 1 if is_quick else ROUNDS)


def measure(browser: Browser, world: World, *, is_quick: bool) -> None:
    load = load_now()
    state = signed_in(browser, world)
    pages = {
        "sign-in": [first_paint(browser, world, "/sign-in", state=None) for _ in range(world.rounds)],
        "job of a million points": [
            first_paint(browser, world, f"/jobs/{world.job}", state=state) for _ in range(world.rounds)
        ],
    }
    opened = [opening(browser, world, state) for _ in range(world.rounds)]
    frames = watched(browser, world, state)
    medians = {
        name: {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        for name, rounds in pages.items()
    }
    lines = [
        f"## The page in Chromium (medians of {world.rounds}; the goals are 200 kB, 1.5 s, 2 s, 1 s and 60 frames)",
        "",
        "| over slow 4G, nothing cached | script | largest paint | can be used after | layout shift |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {one['script_kb']:.0f} kB | {one['paint_s']:.2f} s | {one['free_s']:.2f} s | {one['moved']:.3f} |"
            for name, one in medians.items()
        ),
        "",
        f"| a job with {20_000 if is_quick else POINTS:,} points, on this machine | |",
        "|---|---|",
        f"| opened, until its curves are drawn | {statistics.median(opened):.2f} s ({min(opened):.2f} to {max(opened):.2f}) |",
        f"| frames a second while {POINTS_A_SECOND} points a second arrive | {1000 / statistics.mean(frames):.0f} |",
        f"| longest wait between two frames | {max(frames):.0f} ms |",
        f"| share of frames later than 34 ms | {sum(one > 34 for one in frames) / len(frames):.1%} |",  # noqa: PLR2004 - two of 60 Hz
    ]
    figures = {"load": load, "pages": pages, "opened_s": opened, "frames_ms": frames}
    keep("94-page", figures, "\n".join(lines), is_quick=is_quick)


def signed_in(browser: Browser, world: World) -> Any:
    """What a browser keeps of a session."""
    context = browser.new_context(base_url=world.url)
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("input[type=email]").fill(world.email)
    page.locator("input[name=password]").fill(_PASSWORD)
    page.locator("button[type=submit]").click()
    page.get_by_role("heading", name="Overview").wait_for()
    state = context.storage_state()
    context.close()
    return state


def first_paint(browser: Browser, world: World, path: str, *, state: Any) -> dict[str, float]:
    context, page = opened_tab(browser, world, state)
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW_4G)
    page.goto(path, wait_until="load")
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("load")
    free = page.evaluate(_FREE)
    page.wait_for_timeout(1500)  # What still comes may move or outgrow what is there.
    seen = page.evaluate("() => window.__seen")
    script = page.evaluate(_SCRIPT_BYTES)
    context.close()
    return {"paint_s": seen["paint"] / 1000, "free_s": free / 1000, "moved": seen["moved"], "script_kb": script / 1000}


def opened_tab(browser: Browser, world: World, state: Any) -> tuple[BrowserContext, Page]:
    context = browser.new_context(
        base_url=world.url, storage_state=state, viewport={"width": 1280, "height": 900}, locale="en-US"
    )
    page = context.new_page()
    page.add_init_script(_OBSERVE)
    return context, page


def opening(browser: Browser, world: World, state: Any) -> float:
    """Seconds until the curves of the job are drawn."""
    context, page = opened_tab(browser, world, state)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    start = time.perf_counter()
    page.goto(f"/jobs/{world.job}")
    page.locator(".uplot canvas").first.wait_for()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    seconds = time.perf_counter() - start
    context.close()
    return seconds


def watched(browser: Browser, world: World, state: Any) -> list[float]:
    """Milliseconds between the frames of some seconds, while points arrive."""
    context, page = opened_tab(browser, world, state)
    page.goto(f"/jobs/{world.job}")
    page.locator(".uplot canvas").first.wait_for()
    page.wait_for_timeout(2000)
    stop = threading.Event()
    worker = threading.Thread(target=report, args=(world, stop))
    worker.start()
    try:
        page.wait_for_timeout(1000)
        frames: list[float] = page.evaluate(_FRAMES, WATCHED_S)
    finally:
        stop.set()
        worker.join()
    context.close()
    return frames


def report(world: World, stop: threading.Event) -> None:
    """Tell new points as a worker does, until it is stopped."""
    from django.db import connection

    from anneal.jobs.services.reports import Point, metrics_write

    step = 10 * POINTS
    of_report = POINTS_A_SECOND // REPORTS_A_SECOND // len(SERIES)
    due = time.monotonic()
    while not stop.is_set():
        points = [
            Point(name, step + number, (step + number) / 5000, 0.1 + 0.1 * random.random())  # noqa: S311 - noise
            for number in range(of_report)
            for name in SERIES
        ]
        metrics_write(job_id=world.job, attempt=world.attempt, points=points, step=step)
        step += of_report
        due += 1 / REPORTS_A_SECOND
        stop.wait(max(0.0, due - time.monotonic()))
    connection.close()


if __name__ == "__main__":
    raise SystemExit(main())
