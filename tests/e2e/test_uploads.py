"""Files on their way in, in a real browser: a reload, a pause and a lost line cost nothing that was sent; every way in fills one list."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from deploy.local.stack import Stack
from tests.support.walker import Walker, begin_organisation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PIECE_BYTES = 8 * 2**20
ADDRESS = re.compile(r"/api/v1/uploads/[0-9a-f-]{36}$")


class Pieces:
    """Stands between page and server: lets pieces through until told to hold them, and notes where each began."""

    def __init__(self, page: Page) -> None:
        self.offsets: list[int] = []
        self.let_through = 1
        page.route(ADDRESS, self._handle)

    def _handle(self, route: Route) -> None:
        if route.request.method == "PATCH":
            if self.let_through == 0:
                return  # Neither answered nor refused: the piece is on its way for as long as the test likes.
            self.let_through -= 1
            self.offsets.append(int(route.request.headers["upload-offset"]))
        route.continue_()


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, stack: Stack) -> Walker:
    walker = Walker(chromium, stack.url)
    begin_organisation(walker.page, "grace@example.com", "Hopper & Söhne")
    return walker


@pytest.fixture
def page(signed_in: Walker) -> Page:
    page = signed_in.context.new_page()
    page.goto("/datasets/new")
    yield page
    signed_in.context.set_offline(False)
    page.close()


@pytest.fixture
def big(tmp_path) -> Path:
    """A file of two and a half pieces."""
    path = tmp_path / "big.csv"
    line = b"the parcel came as promised and nothing was missing from it,praise\n"
    path.write_bytes(b"text,label\n" + line * (20 * 2**20 // len(line)))
    return path


def choose(page: Page, *files: Path) -> None:
    page.get_by_label("Choose files").set_input_files([str(file) for file in files])


def stored(stack: Stack, size: int) -> list[Path]:
    """Whole uploads of a size in the object store."""
    root = Path(stack.environments.web["ANNEAL_DATA_DIR"]) / "objects"
    return [path for path in root.glob("*/uploads/*") if path.stat().st_size == size]


def test_reload_goes_on_where_the_server_is(page, big, stack):
    pieces = Pieces(page)
    choose(page, big)
    expect(page.get_by_text(re.compile(r"^(39|40|41|42)%"))).to_be_visible(timeout=30_000)
    page.reload()
    expect(page.get_by_text(re.compile(r"% is kept; choose the file again"))).to_be_visible(timeout=30_000)
    assert pieces.offsets == [0]
    pieces.let_through = 10
    page.get_by_label("Choose big.csv again").set_input_files(str(big))
    expect(page.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=60_000)
    assert pieces.offsets == [0, PIECE_BYTES, 2 * PIECE_BYTES]
    digest = hashlib.sha256(big.read_bytes()).hexdigest()
    assert digest in [hashlib.sha256(path.read_bytes()).hexdigest() for path in stored(stack, big.stat().st_size)]
    page.reload()
    expect(page.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=30_000)


def test_pause_and_lost_line_keep_what_was_sent(page, big, signed_in):
    pieces = Pieces(page)
    choose(page, big)
    expect(page.get_by_text(re.compile(r"^(39|40|41|42)%"))).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("what was sent is kept")).to_be_visible()
    pieces.let_through = 1
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text(re.compile(r"^(79|80|81|82)%"))).to_be_visible(timeout=30_000)
    signed_in.context.set_offline(True)
    expect(page.get_by_text("No connection; goes on by itself")).to_be_visible()
    pieces.let_through = 10
    signed_in.context.set_offline(False)
    expect(page.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=60_000)
    assert pieces.offsets == [0, PIECE_BYTES, 2 * PIECE_BYTES]


def test_rows_show_at_once_and_other_files_do_not_pass_for_the_lost_one(page, big, tmp_path):
    Pieces(page)
    choose(page, big)
    expect(page.get_by_text("The first 100 rows, as your browser reads them")).to_be_visible()
    expect(page.get_by_text(re.compile("Read here as separated by commas, UTF-8"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"^(39|40|41|42)%"))).to_be_visible(timeout=30_000)
    page.reload()
    other = tmp_path / "other" / "big.csv"
    other.parent.mkdir()
    other.write_bytes(b"X" + big.read_bytes()[1:])
    page.get_by_label("Choose big.csv again").set_input_files(str(other))
    expect(page.get_by_text("This is not the file that was begun")).to_be_visible(timeout=30_000)


def test_every_way_in_fills_the_list_and_is_open_to_all(page, signed_in):
    signed_in.page = page
    page.get_by_text("Paste rows", exact=True).click()
    page.get_by_label("Rows", exact=True).fill("text\tlabel\ngood\tpraise\nbad\tcomplaint\n")
    expect(page.get_by_text("2 rows, columns: 2")).to_be_visible()
    signed_in.check("dataset-new-paste")
    page.get_by_role("button", name="Add to the files").click()
    expect(page.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=30_000)
    page.get_by_text("From an address", exact=True).click()
    page.get_by_label("Address of the file").fill("s3://bucket/key")
    signed_in.check("dataset-new-address")
    page.get_by_label("Address of the file").fill("http://169.254.169.254/latest/meta-data/")
    page.get_by_role("button", name="Fetch the file").click()
    expect(page.get_by_text("not on the open internet")).to_be_visible()
    page.get_by_label("Address of the file").fill("http://no-such-host.invalid/x.csv")
    page.get_by_role("button", name="Fetch the file").click()
    expect(page.get_by_role("listitem", name="x.csv")).to_be_visible()
    expect(page.get_by_text("There is no host no-such-host.invalid")).to_be_visible(timeout=60_000)
    assert signed_in.problems == []
