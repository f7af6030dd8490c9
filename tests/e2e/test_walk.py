"""The main walk in a real browser: sign up, upload, map, launch, watch, judge, try, download.

Screenshots go to `test-results/pages`; `ANNEAL_SCREENSHOTS=docs/images` renews those of the README.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
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
    expect(page.get_by_role("heading", name="Examples per label")).to_be_visible()
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
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.get_by_text(re.compile(r"\d+ ms")).first).to_be_visible(timeout=60_000)
    walked.check("try-it")
    assert walked.problems == []


def test_model_downloads_as_an_archive_that_opens(walked):
    page = walked.page
    page.goto("/models")
    page.get_by_role("link", name=re.compile("Customer service")).first.click()
    expect(page.get_by_role("main").get_by_role("button", name=re.compile("Download"))).to_be_visible()
    # Its data, its job, itself, and who answers for it.
    expect(page.get_by_role("list", name="Where it comes from").get_by_role("listitem")).to_have_count(4)
    walked.check("model")
    with page.expect_download(timeout=60_000) as waiting:
        page.get_by_role("main").get_by_role("button", name=re.compile("Download")).first.click()
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
    # What is not launched is kept in this tab, which others walk in after this.
    page.goto("/jobs/new")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("button", name="Launch", exact=True)).to_be_enabled()
    assert walked.problems == []


@pytest.fixture(scope="module")
def searched(walked: Walker) -> Walker:
    """The same tab after a search, which made a second model."""
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
    # Which of them it is, is a matter of the machine's arithmetic.
    expect(trials.get_by_role("rowheader", name=re.compile("^[12] best$"))).to_have_count(1)
    expect(trials.get_by_role("img", name=re.compile("^2 trials across Learning rate"))).to_be_visible()
    expect(page.get_by_text("Too few complete trials")).to_be_visible()
    walked.check("job-search")
    return walked


def test_a_search_is_launched_watched_and_read(searched):
    page = searched.page
    page.goto("/jobs")
    for job in ("Learning rates", "Customer service.* Succeeded"):
        page.get_by_role("row", name=re.compile(job)).get_by_role("checkbox").check()
    page.get_by_role("link", name="Compare (2)").click()
    expect(page.get_by_role("heading", name=re.compile("^Against"))).to_be_visible()
    expect(page.get_by_text(re.compile("held-out rows that both were judged on")).first).to_be_visible()
    searched.check("compare")
    page.keyboard.press("Control+k")
    page.keyboard.type("learning rates")
    # The page has a part of that name too, which is there before the server has answered.
    jobs = page.get_by_role("listbox").get_by_role("group", name="Jobs")
    expect(jobs.get_by_role("option", name=re.compile("^Learning rates"))).to_be_visible()
    searched.check("palette")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Learning rates", level=1)).to_be_visible()
    assert searched.problems == []


@pytest.fixture(scope="module")
def in_chinese(walked: Walker, chromium: Browser, stack: Stack) -> Iterator[Walker]:
    """The same person in a Chinese browser, whose pages may use the clipboard."""
    walker = Walker(chromium, stack.url, state=walked.context.storage_state(), locale="zh-CN")
    walker.context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield walker
    walker.context.close()


def test_rows_behind_a_confusion_are_read(walked, in_chinese):
    page = in_chinese.page
    page.goto(walked.job_url)
    page.get_by_role("button", name=re.compile(r"^“(.+)”被回答为“(?!\1”).+”：[1-9]\d* 行")).first.click()
    rows = page.get_by_role("region", name=re.compile("，被回答为“"))
    expect(rows.get_by_text(re.compile(r"^第 \d+ 行$")).first).to_be_visible()
    in_chinese.check("job-confusion-chinese")
    assert in_chinese.problems == []


def test_tags_notes_and_a_saved_view_find_a_job_again(searched, in_chinese):
    page = in_chinese.page
    page.goto(searched.job_url)
    tags = page.get_by_role("list", name="标记").get_by_role("listitem")
    page.get_by_role("combobox", name="添加标记").fill("客服, 首版")
    page.keyboard.press("Enter")
    expect(tags).to_have_count(2)
    page.get_by_role("button", name="移除标记：首版").click()
    expect(tags).to_have_count(1)
    page.get_by_role("button", name="写备注").click()
    page.get_by_role("textbox", name="备注").fill("春季活动的邮件，标签由两人核对 <b>✅</b>")
    # Shown at once, and saved when the server says so: whoever leaves the page by its address before does not wait for that.
    with page.expect_response(lambda answer: "notes" in (answer.request.post_data or "")):
        page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("textbox", name="备注")).to_have_count(0)
    expect(page.get_by_text("标签由两人核对 <b>✅</b>")).to_be_visible()

    page.goto("/jobs")
    page.get_by_placeholder("搜索名称和备注").fill("春季活动")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="已保存的视图").click()
    page.get_by_role("menuitem", name="保存当前视图").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("春季")
    dialog.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("button", name="春季")).to_be_visible()
    page.goto("/jobs")
    expect(page.get_by_role("row").nth(2)).to_be_visible()
    page.get_by_role("button", name="已保存的视图").click()
    page.get_by_role("menuitem", name="春季").click()
    expect(page.get_by_role("row")).to_have_count(2)
    in_chinese.check("jobs-view-chinese")
    assert in_chinese.problems == []


def test_a_result_is_passed_on_as_a_link_and_on_paper(walked, in_chinese):
    page = in_chinese.page
    page.goto(walked.job_url)
    page.get_by_role("button", name="分享").click()  # Until it is there, a heading says "job" alone.
    name = page.get_by_role("heading", level=1).inner_text()
    expect(page.get_by_text(re.compile("^链接已复制"))).to_be_visible()
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.wait_for_load_state("networkidle")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="分享")).to_be_hidden()
    expect(page.get_by_role("heading", name="混淆矩阵")).to_be_visible()
    in_chinese.shot("job-print-chinese")
    assert page.pdf(format="A4").startswith(b"%PDF-")
    page.emulate_media(media="screen")
    assert in_chinese.problems == []


def test_a_launch_as_json_is_judged_while_it_is_written(in_chinese):
    page = in_chinese.page
    page.goto("/jobs/new")
    expect(page.get_by_role("button", name="启动", exact=True)).to_be_enabled()
    page.get_by_role("button", name="以 JSON 编辑").click()
    editor = page.get_by_role("textbox", name="任务的 JSON")
    launch = json.loads(editor.input_value())
    editor.fill(json.dumps(launch).removesuffix("}"))
    expect(page.get_by_text(re.compile("有未闭合的部分"))).to_be_visible()
    editor.fill(json.dumps({**launch, "optimisation": {"learning_rate": 5}}, indent=2))
    expect(page.get_by_text("optimisation.learning_rate: 不得大于 1.0")).to_be_visible()
    in_chinese.check("job-new-json-chinese")
    editor.fill(json.dumps({**launch, "optimisation": {"learning_rate": 5e-5}}, indent=2))
    expect(page.get_by_text("服务器检查通过。")).to_be_visible()
    page.get_by_role("button", name="返回表单").click()
    page.get_by_text("专家设置").click()
    expect(page.get_by_label("学习率", exact=True)).to_have_value(re.compile("0[.]00005|5e-5"))
    assert in_chinese.problems == []


def test_two_models_and_a_file_of_questions_are_answered(searched, in_chinese):
    page = in_chinese.page
    page.goto("/models")
    page.get_by_role("link", name="Learning rates").first.click()
    page.get_by_role("combobox", name="与另一模型对比").click()
    page.get_by_role("option", name=re.compile("Customer service")).click()
    page.get_by_label("文本", exact=True).fill("where is my parcel, it should have been here on monday")
    page.get_by_role("button", name="预测", exact=True).click()
    expect(page.get_by_text(re.compile(r"\d+ 毫秒"))).to_have_count(2, timeout=60_000)
    in_chinese.check("model-two-chinese")
    page.get_by_role("radiogroup", name="提问方式").get_by_text("文件", exact=True).click()
    questions = "text,id\nwhere is my parcel,一\ncancel my order please,二\n,三\n".encode("gb18030")
    page.locator("input[type=file]").set_input_files(
        {"name": "questions.csv", "mimeType": "text/csv", "buffer": questions}
    )
    page.get_by_role("button", name="回答 3 行").click()
    expect(page.get_by_text("已回答 2 行")).to_be_visible(timeout=60_000)
    in_chinese.check("model-file-chinese")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载回答（CSV）").click()
    answers = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8-sig"))))
    assert [row["id"] for row in answers] == ["一", "二", "三"]
    assert [bool(row["prediction"]) for row in answers] == [True, True, False]
    assert answers[2]["problem"] == "缺少文本，或内容为空白。"
    assert in_chinese.problems == []


def test_a_key_opens_the_api_until_it_is_revoked(in_chinese, stack):
    page = in_chinese.page
    page.goto("/settings")
    page.get_by_label("用途").fill("每晚汇总")
    page.get_by_role("button", name="创建密钥").click()
    expect(page.get_by_text("密钥只显示这一次")).to_be_visible()
    key = page.get_by_text(re.compile("^ann_live_")).first.inner_text()
    in_chinese.check("settings-key-chinese")
    jobs = urllib.request.Request(f"{stack.url}/api/v1/jobs", headers={"Authorization": f"Bearer {key}"})  # noqa: S310 - ours
    with urllib.request.urlopen(jobs) as answer:  # noqa: S310 - our own server
        assert any("Customer service" in job["name"] for job in json.load(answer)["data"])
    page.get_by_role("button", name="吊销密钥 每晚汇总").click()
    page.get_by_role("dialog").get_by_role("button", name="吊销").click()
    expect(page.get_by_text("已吊销")).to_be_visible()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(jobs)  # noqa: S310 - our own server
    assert in_chinese.problems == []


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


# All widths, both languages and both themes of every page are looked at by test_layouts.py, on made-up data.
_DRESSES = {"chinese-phone-dark": {"locale": "zh-CN", "width": 360, "dark": True}}
_DRESSES_OF_README = {"dark": {"dark": True}, "phone": {"width": 360}, "chinese": {"locale": "zh-CN"}}


@pytest.mark.parametrize(("name", "options"), (_DRESSES_OF_README if IS_FOR_README else _DRESSES).items())
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
            _pause_resume_and_cancel(other, stack)
        else:
            expect(page.get_by_role("button", name="Launch", exact=True)).to_be_disabled()
        assert other.problems == []
    finally:
        other.context.close()


def _pause_resume_and_cancel(walker: Walker, stack: Stack) -> None:
    """And in between the web process is killed while a curve arrives: that is said, and nothing is missing afterwards."""
    page = walker.page
    page.get_by_text("Expert settings").click()
    page.get_by_label("Epochs").fill("40")
    page.get_by_role("switch", name="Stop early").uncheck(force=True)
    page.get_by_role("button", name="Launch", exact=True).click()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
    expect(page.get_by_text("Training", exact=True).first).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="Pause").click()
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_visible(timeout=120_000)
    walker.check("job-paused-member")
    resume.click()
    expect(page.get_by_text("Training", exact=True).first).to_be_visible(timeout=120_000)
    web = stack.supervisor.pid_of("web")
    assert web is not None
    os.kill(web, signal.SIGKILL)
    expect(page.get_by_text("Connection lost, trying again")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="Cancel job").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible(timeout=120_000)
    walker.check("job-cancelled-member")
    afresh = walker.context.new_page()
    afresh.goto(page.url)
    ours, whole = (tab.get_by_role("figure", name="Loss", exact=True).get_by_role("slider") for tab in (page, afresh))
    expect(whole).to_have_attribute("aria-label", re.compile(r"\d+ points"))
    expect(ours).to_have_attribute("aria-label", str(whole.get_attribute("aria-label")))
    afresh.close()


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
