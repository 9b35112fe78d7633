"""An upload over a bad network: it goes on by itself, makes nothing twice, and a reload knows what was on its way."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from fabqueue.dispatch.context import Context
from fabqueue.models import Design, Job, JobState
from tests.support import factories
from tests.support.chromium import serving
from tests.support.factories import PASSWORD, Lab
from tests.web.makers.conftest import Workshop

pytestmark = [
    pytest.mark.browser,
    # a request that is cut leaves its half-read file to the garbage collector, which closes it
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
LARGE = 3_000_000
"""Bytes: more than sockets hold between a browser and a proxy that stopped reading."""


class Wire:
    """A proxy of plain TCP that can be cut: `allowed` bytes of the browser go on, then every connection breaks."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self.target = (parts.hostname or "", parts.port or 0)
        self.allowed: int | None = None
        self.swallow_answers = False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(self.target)
                for pair, counted in (((near, far), True), ((far, near), False)):
                    threading.Thread(target=self._pump, args=(*pair, counted), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if counted and self.allowed is not None:
                    self.allowed -= len(data)
                    if self.allowed < 0:
                        break
                if not counted and self.swallow_answers:
                    break
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # ends accept()
        self._listening.close()
        self._thread.join()


@pytest.fixture
def wire(app: Flask, lab: Lab) -> Iterator[Wire]:
    with serving(app) as address:
        made = Wire(address)
        yield made
        made.close()


@pytest.fixture
def page(browser: Chromium, wire: Wire) -> Iterator[Page]:
    context = browser.new_context(base_url=wire.url)
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    opened.goto("/sign-in")
    opened.fill("#name", "alice")
    opened.fill("#password", PASSWORD)
    opened.click("main button.primary")
    opened.wait_for_url("**/make")
    yield opened
    context.close()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.stl"
    path.write_bytes(factories.box_stl() + bytes(LARGE))
    return path


def _designs(context: Context) -> int:
    with context.db.reading() as session:
        return session.query(Design).count()


def test_an_upload_cut_in_the_middle_goes_on_by_itself(page: Page, wire: Wire, large: Path, context: Context) -> None:
    wire.allowed = LARGE // 3
    page.set_input_files("#sent-file", large)
    expect(page.locator("#sent li")).to_contain_text("It goes on by itself", timeout=30_000)
    assert _designs(context) == 0
    wire.allowed = None
    page.wait_for_url("**/make/designs/**")
    assert _designs(context) == 1


def test_an_upload_whose_answer_was_lost_makes_one_design(
    page: Page, wire: Wire, large: Path, context: Context
) -> None:
    wire.swallow_answers = True
    page.set_input_files("#sent-file", large)
    expect(page.locator("#sent li")).to_contain_text("It goes on by itself", timeout=30_000)
    assert _designs(context) == 1
    wire.swallow_answers = False
    page.wait_for_url("**/make/designs/**")
    assert _designs(context) == 1


def test_a_browser_that_was_offline_goes_on_when_it_says_it_is_back(
    page: Page, wire: Wire, large: Path, context: Context
) -> None:
    page.context.set_offline(True)
    page.set_input_files("#sent-file", large)
    expect(page.locator("#sent li")).to_contain_text("It goes on by itself", timeout=30_000)
    page.context.set_offline(False)
    page.wait_for_url("**/make/designs/**")
    assert _designs(context) == 1


def test_an_upload_that_waits_can_be_stopped(page: Page, wire: Wire, large: Path, context: Context) -> None:
    page.context.set_offline(True)
    page.set_input_files("#sent-file", large)
    expect(page.locator("#sent li")).to_contain_text("It goes on by itself", timeout=30_000)
    page.get_by_role("button", name="Stop uploading large.stl").click()
    expect(page.locator("#sent li")).to_contain_text("Stopped by you.")
    page.context.set_offline(False)
    time.sleep(4)  # longer than the first pause: what would go on by itself would be there
    assert _designs(context) == 0


def _reloaded_on_the_way(page: Page, wire: Wire, large: Path) -> None:
    """An upload whose answer never came, and the page loaded again before its next try."""
    wire.swallow_answers = True
    page.set_input_files("#sent-file", large)
    expect(page.locator("#sent li")).to_contain_text("It goes on by itself", timeout=30_000)
    wire.swallow_answers = False
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#sent li")).to_contain_text("large.stl")
    expect(page.locator("#sent li")).to_contain_text("Choose this file again to go on.")


def test_a_reload_asks_for_the_file_by_name_and_makes_nothing_twice(
    page: Page, wire: Wire, large: Path, context: Context
) -> None:
    _reloaded_on_the_way(page, wire, large)
    page.set_input_files("#sent-file", large)
    page.wait_for_url("**/make/designs/**")
    assert _designs(context) == 1
    page.goto("/make")
    expect(page.locator("#sent li")).to_have_count(0)


def test_what_is_asked_for_can_be_let_go(page: Page, wire: Wire, large: Path) -> None:
    _reloaded_on_the_way(page, wire, large)
    page.get_by_role("button", name="Do not send large.stl after all").click()
    expect(page.locator("#sent li")).to_have_count(0)
    page.reload()
    expect(page.locator("form[data-upload]")).to_be_visible()
    expect(page.locator("#sent li")).to_have_count(0)


def test_a_question_that_does_not_come_makes_way_for_what_is_said(page: Page, wire: Wire, workshop: Workshop) -> None:
    job = workshop.job(JobState.QUEUED)
    page.goto(f"/jobs/{job.code}")
    link = page.get_by_role("link", name="Cancel the job")
    page.context.set_offline(True)
    link.click()
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator("#ask")).to_be_hidden()
    page.context.set_offline(False)
    with workshop.writing() as session:
        session.get_one(Job, job.id).request.owner_id = workshop.lab.bob.id
        session.commit()
    link.click()
    expect(page.locator("#messages")).to_contain_text("There is nothing here for you")
    expect(page.locator("#ask")).to_be_hidden()


def test_an_upload_that_is_refused_says_why_in_words(page: Page, app: Flask, large: Path, context: Context) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000  # as where the pages were told less than the server takes
    page.set_input_files("#sent-file", large)
    expect(page.locator("#sent li")).to_contain_text("That file is too large. Make it smaller", timeout=30_000)
    assert _designs(context) == 0


def test_an_upload_that_came_too_fast_goes_on_when_it_may(page: Page, large: Path, context: Context) -> None:
    """As by a proxy that answers for the lab, in words of its own."""
    tries: list[str] = []
    page.on("request", lambda sent: tries.append(sent.headers["idempotency-key"]) if sent.method == "POST" else None)
    slow = {"status": 429, "headers": {"Retry-After": "2"}, "content_type": "text/html", "body": "<h1>Slow down</h1>"}
    page.route("**/make", lambda route: route.fulfill(**slow), times=1)  # type: ignore[arg-type]
    page.set_input_files("#sent-file", large)
    expect(page.locator("#sent li")).to_contain_text("Nothing is lost: it goes on by itself at", timeout=30_000)
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    assert _designs(context) == 0
    page.wait_for_url("**/make/designs/**")
    assert _designs(context) == 1
    assert len(tries) == 2
    assert tries[0] == tries[1], "a second try of the same upload"
