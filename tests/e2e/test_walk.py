"""The main walk in a real browser: sign up, upload, map, launch, watch, judge, try, download.

Screenshots go to `test-results/pages`; `ANNEAL_SCREENSHOTS=docs/images` renews those of the README.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from deploy.local.demo import SAMPLES
from deploy.local.stack import Stack
from tests.support.samples import part_of_samples
from tests.support.walker import SHOTS, Walker, invite, join, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TRAINING_S = 420_000
# Pictures of the README show a model worth having; a walk needs one that is better than another, from as few rows as that takes.
IS_FOR_README = bool(os.environ.get("ANNEAL_SCREENSHOTS"))
EPOCHS = "4" if IS_FOR_README else "1"
NUM_ROWS = {"train": 320, "validation": 80, "test": 100}


def sample_files(folder: Path) -> list[str]:
    """The sample data, cut short unless pictures are made of what is learnt from it."""
    paths = [SAMPLES / f"{split}.csv" for split in NUM_ROWS] if IS_FOR_README else part_of_samples(folder, NUM_ROWS)
    return [str(path) for path in paths]


@pytest.fixture(scope="module")
def walked(chromium: Browser, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Walker:
    """Everything up to a finished job; later tests look at what is there from several sides."""
    walker = Walker(chromium, stack.url)
    page = walker.page
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in to Anneal")).to_be_visible()
    walker.check("sign-in")
    walker.compare("sign-in")
    page.get_by_role("link", name=re.compile("Create (an )?account")).click()
    walker.check("sign-up")
    walker.compare("sign-up")
    sign_up(page, "ada@example.com")
    page.get_by_label("Organisation name").fill("Ada & Söhne <b>科技</b>")
    page.get_by_role("button", name="Create organisation").click()
    expect(page.get_by_role("button", name="Use sample data")).to_be_visible()
    walker.check("overview-empty")
    walker.compare("overview-empty")

    page.goto("/datasets/new")
    files = sample_files(tmp_path_factory.mktemp("samples"))
    page.locator("input[type=file]").set_input_files(files)
    expect(page.get_by_text("Uploaded", exact=True)).to_have_count(len(files), timeout=30_000)
    page.get_by_label("Name").fill("Customer service")
    walker.check("dataset-new")
    walker.compare("dataset-new")
    page.get_by_role("button", name="Create dataset").click()
    expect(page.get_by_role("button", name="Confirm and check all rows")).to_be_visible(timeout=60_000)
    walker.check("dataset-mapping")
    walker.compare("dataset-mapping")
    page.get_by_role("button", name="Confirm and check all rows").click()
    expect(page.get_by_text("Ready").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Examples per label")).to_be_visible()
    walker.check("dataset")

    page.goto("/jobs/new")
    expect(page.get_by_role("button", name="Launch", exact=True)).to_be_enabled()
    walker.check("job-new")
    walker.compare("job-new", without=("aside",))
    page.get_by_text("Expert settings").click()
    page.get_by_label("Epochs").fill(EPOCHS)
    page.get_by_role("button", name="Launch", exact=True).click()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
    expect(page.get_by_text("Training", exact=True).first).to_be_visible(timeout=120_000)
    walker.check("job-running")
    expect(page.get_by_text("Succeeded").first).to_be_visible(timeout=TRAINING_S)
    expect(page.get_by_role("heading", name="Against the alternatives")).to_be_visible(timeout=30_000)
    walker.job_url = page.url
    walker.check("job")
    page.set_viewport_size({"width": 1280, "height": 1440})
    page.screenshot(path=SHOTS / "hero.png", animations="disabled")
    page.set_viewport_size({"width": 1280, "height": 900})
    return walker


def test_walk_meets_no_error_and_no_barrier(walked):
    assert walked.problems == []


def test_result_is_compared_with_simpler_methods(walked):
    page = walked.page
    page.goto(walked.job_url)
    for name in (
        "Your tuned model",
        "Base model, linear head only",
        "TF-IDF + linear model",
        "Most frequent label",
    ):
        expect(page.get_by_text(name).first).to_be_visible()
    expect(page.get_by_role("heading", name="Did it help?")).to_be_visible()
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
    expect(page.get_by_role("heading", name="Label by label")).to_be_visible()


def test_model_answers_in_the_page(walked):
    page = walked.page
    page.goto(walked.job_url)
    page.get_by_label("Text", exact=True).fill("where is my parcel, it should have been here on monday")
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_text(re.compile(r"\d+ ms")).first).to_be_visible(timeout=60_000)
    walked.check("try-it")
    assert walked.problems == []


def test_model_downloads_as_an_archive_that_opens(walked):
    page = walked.page
    page.goto("/models")
    page.get_by_role("link", name=re.compile("Customer service")).first.click()
    expect(page.get_by_role("button", name=re.compile("Download"))).to_be_visible()
    # Its data, its job, itself, and who answers for it.
    expect(page.get_by_role("list", name="Where it comes from").get_by_role("listitem")).to_have_count(4)
    walked.check("model")
    with page.expect_download(timeout=60_000) as waiting:
        page.get_by_role("button", name=re.compile("Download")).first.click()
    archive = zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    assert archive.testzip() is None
    names = {name.rsplit("/", 1)[-1] for name in archive.namelist()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "README.md"} <= names
    assert walked.problems == []


def test_choices_and_a_batch_say_what_they_take_before_anything_is_launched(walked):
    page = walked.page
    page.goto("/jobs/new")
    for choice in ("Quick and cheap", "As good as it gets"):
        page.get_by_role("radio", name=choice).check()
        expect(page.get_by_role("button", name="Launch", exact=True)).to_be_enabled()
    page.get_by_role("radio", name="Time", exact=True).check()
    expect(page.get_by_label("Minutes")).to_have_value("60")
    page.get_by_role("switch", name="Make several jobs").check(force=True)
    page.get_by_label("Seeds").fill("1, 2")
    batch = page.get_by_role("table", name="Jobs of the batch")
    expect(batch.get_by_role("row", name=re.compile(r"^Launch seed \d seed \d .+ to "))).to_have_count(2)
    expect(page.get_by_role("button", name="Launch 2 jobs")).to_be_enabled()
    walked.check("job-new-batch")
    assert walked.problems == []


def test_a_search_is_launched_watched_and_read(walked):
    page = walked.page
    page.goto("/jobs/new")
    page.get_by_text("Expert settings").click()
    page.locator("summary", has_text="More methods").click()
    page.get_by_role("radio", name=re.compile("Last layers")).check(force=True)
    page.get_by_label("Epochs", exact=True).fill("1")
    page.get_by_role("combobox", name="Search", exact=True).click()
    page.get_by_role("option", name="Grid").click()
    page.get_by_label("Values of Learning rate").fill("1e-6, 1e-3")
    expect(page.get_by_text("2 trials, one after the other")).to_be_visible()
    walked.check("job-new-search")
    page.get_by_label("Name (optional)").fill("Learning rates")
    page.get_by_role("button", name="Launch", exact=True).click()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
    expect(page.get_by_text("No trial is over yet.")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("1 of 2 trials are over.")).to_be_visible(timeout=TRAINING_S)
    walked.check("job-search-running")
    expect(page.get_by_text("Succeeded").first).to_be_visible(timeout=TRAINING_S)
    trials = page.get_by_role("region", name="Trials", exact=True)
    expect(trials.get_by_role("rowheader", name="2 best")).to_be_visible()
    expect(trials.get_by_role("img", name=re.compile("^2 trials across Learning rate"))).to_be_visible()
    expect(page.get_by_text("Too few complete trials")).to_be_visible()
    walked.check("job-search")

    page.goto("/jobs")
    for job in ("Learning rates", "Customer service.* Succeeded"):
        page.get_by_role("row", name=re.compile(job)).get_by_role("checkbox").check()
    page.get_by_role("link", name="Compare (2)").click()
    expect(page.get_by_role("heading", name=re.compile("^Against"))).to_be_visible()
    expect(page.get_by_text(re.compile("held-out rows that both were judged on")).first).to_be_visible()
    walked.check("compare")
    page.keyboard.press("Control+k")
    page.keyboard.type("learning rates")
    expect(page.get_by_role("option", name=re.compile("Learning rates")).first).to_be_visible()
    walked.check("palette")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Learning rates", level=1)).to_be_visible()
    assert walked.problems == []


def test_reloading_shows_what_is_stored(walked):
    page = walked.page
    page.goto(walked.job_url)
    page.reload()
    expect(page.get_by_text("Succeeded").first).to_be_visible()
    for path in ("/", "/jobs", "/datasets", "/settings", "/settings/audit-log", "/settings/usage", "/nothing-here"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        walked.check("page" + path.replace("/", "-").rstrip("-") if path != "/" else "overview")
    assert walked.problems == []


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("dark", {"dark": True}),
        ("phone", {"width": 360}),
        ("wide", {"width": 1920}),
        ("chinese", {"locale": "zh-CN"}),
        ("chinese-phone-dark", {"locale": "zh-CN", "width": 360, "dark": True}),
    ],
)
def test_pages_hold_in_every_dress(walked, chromium, stack, name, options):
    other = Walker(chromium, stack.url, state=walked.context.storage_state(), **options)
    try:
        for label, path in {
            "job": walked.job_url,
            "overview": "/",
            "datasets": "/datasets",
            "job-new": "/jobs/new",
        }.items():
            other.page.goto(path)
            other.page.wait_for_load_state("networkidle")
            other.check(f"{label}-{name}")
        if name == "chinese":
            other.page.goto(walked.job_url)
            other.page.wait_for_load_state("networkidle")
            other.page.set_viewport_size({"width": 1280, "height": 1440})
            other.page.screenshot(path=SHOTS / "hero-chinese.png", animations="disabled")
        if options.get("locale") == "zh-CN":
            expect(other.page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
        assert other.problems == []
    finally:
        other.context.close()


@pytest.mark.parametrize(("role", "options"), [("Member", {"width": 768}), ("Viewer", {"dark": True})])
def test_every_role_meets_every_page_without_being_refused(walked, chromium, stack, role, options):
    email = f"{role.lower()}@example.com"
    invitation = invite(walked.page, email, role)
    other = Walker(chromium, stack.url, **options)
    page = other.page
    try:
        join(page, invitation, email)
        page.goto("/models")
        page.get_by_role("link", name=re.compile("Customer service")).first.click()
        model = page.url
        page.goto("/datasets")
        page.get_by_role("link", name=re.compile("Customer service")).first.click()
        dataset = page.url
        places = {
            "overview": "/",
            "datasets": "/datasets",
            "dataset-new": "/datasets/new",
            "dataset": dataset,
            "add-rows": f"{dataset}/add-rows",
            "labelling": f"{dataset}/labelling",
            "jobs": "/jobs",
            "job-new": "/jobs/new",
            "job": walked.job_url,
            "models": "/models",
            "model": model,
            "settings": "/settings",
            "audit-log": "/settings/audit-log",
            "usage": "/settings/usage",
        }
        for label, path in places.items():
            page.goto(path)
            page.wait_for_load_state("networkidle")
            other.check(f"{label}-{role.lower()}")
        assert other.problems == []
        may_write = role == "Member"
        page.goto("/settings")
        expect(page.get_by_role("region", name="Members").get_by_text(email)).to_be_visible()
        expect(page.get_by_label("Invite by email")).to_have_count(0)
        page.goto("/jobs")
        expect(page.get_by_role("link", name="New job")).to_have_count(1 if may_write else 0)
        page.goto("/jobs/new")
        expect(page.get_by_text("Your role can look but not change anything here.")).to_have_count(
            0 if may_write else 1
        )
        if may_write:
            _pause_resume_and_cancel(other)
        else:
            expect(page.get_by_role("button", name="Launch", exact=True)).to_be_disabled()
        assert other.problems == []
    finally:
        other.context.close()


def _pause_resume_and_cancel(walker: Walker) -> None:
    page = walker.page
    page.get_by_text("Expert settings").click()
    page.get_by_label("Epochs").fill("40")
    page.get_by_role("button", name="Launch", exact=True).click()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
    expect(page.get_by_text("Training", exact=True).first).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="Pause").click()
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_visible(timeout=120_000)
    walker.check("job-paused-member")
    resume.click()
    expect(page.get_by_text("Training", exact=True).first).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="Cancel job").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible(timeout=120_000)
    walker.check("job-cancelled-member")


def test_keyboard_alone_reaches_the_launch_button(walked):
    page = walked.page
    page.goto("/jobs/new")
    expect(page.get_by_role("button", name="Launch", exact=True)).to_be_enabled()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == "Launch":
            break
    assert page.evaluate("document.activeElement.textContent").strip() == "Launch"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
