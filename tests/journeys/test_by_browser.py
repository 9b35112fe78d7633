"""The first journey in real Chromium: from signing up to a visitor who sees the build."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Running
from tests.journeys.lab import PASSWORD, PATIENCE, printed
from tests.support.factories import box_stl

pytestmark = [pytest.mark.octoprint, pytest.mark.browser]

expect.set_options(timeout=60_000)
Open = Callable[[], Page]


@pytest.fixture
def somebody(browser: Browser, running: Running) -> Iterator[Open]:
    """A fresh browser window for another person; any script error or refused content fails the test."""
    faults: list[str] = []
    with ExitStack() as stack:

        def open_window() -> Page:
            window = browser.new_context(base_url=running.lab.url, viewport={"width": 1280, "height": 900})
            stack.callback(window.close)
            page = window.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on(
                "console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None
            )
            page.set_default_timeout(PATIENCE * 1000)
            return page

        yield open_window
    assert faults == []


def sign_in(page: Page, name: str) -> Page:
    page.goto("/sign-in")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="My jobs")).to_be_visible()
    return page


def sign_up(page: Page, name: str) -> Page:
    page.goto("/sign-up")
    page.get_by_label("User name").fill(name)
    page.locator("[name=password]").fill("three words suffice")
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("link", name="My jobs")).to_be_visible()
    return page


def test_a_newcomer_sees_a_dropped_file_become_an_open_build(running: Running, somebody: Open) -> None:
    maker = sign_up(somebody(), "noor")
    maker.goto("/make")
    file = {"name": "shelf-bracket.stl", "mimeType": "model/stl", "buffer": box_stl((12, 10, 2))}
    maker.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
    maker.wait_for_url(re.compile("/make/designs/"))

    expect(maker.get_by_text("12 × 10 × 2 mm").first).to_be_visible()
    expect(maker.get_by_text("You pay at most")).to_be_visible()
    maker.get_by_role("row", name=re.compile("Marlin 250")).get_by_role("radio").check()
    maker.get_by_label("Pieces").fill("2")
    maker.get_by_label("Pieces").blur()
    expect(maker.locator("#quote-price")).to_contain_text("2 pieces")
    maker.get_by_role("button", name="Ask the workshop to make it").click()
    maker.wait_for_url(re.compile("/jobs/J-"))
    code = maker.url.rsplit("/", 1)[1]
    expect(maker.get_by_text("Waiting for review").first).to_be_visible()

    technician = sign_in(somebody(), "tara")
    technician.goto(f"/desk/{code}")
    expect(technician.locator("#rv")).to_have_text("shelf-bracket")
    technician.keyboard.press("a")
    expect(technician.locator(".decided")).to_contain_text(code)

    expect(maker.get_by_text("Marlin 250 has started").first).to_be_visible()  # live: nobody reloads the page
    expect(maker.get_by_text("Finished, says Marlin 250").first).to_be_visible()
    technician.goto("/desk")
    technician.get_by_role("button", name=re.compile("Clear, all 2 good")).click()
    assert [event for event, _path in printed(running.server)] == ["PrintStarted", "PrintDone"]

    expect(maker.get_by_role("region", name="Ready to collect")).to_be_visible()  # the page has come anew
    maker.goto("/notices")
    expect(
        maker.locator("#main").get_by_text(re.compile(f"{code}.*ready|ready.*{code}", re.IGNORECASE)).first
    ).to_be_visible()
    maker.goto(f"/jobs/{code}")
    maker.get_by_role("button", name="I have taken it").click()
    expect(maker.get_by_role("region", name="Its page")).to_be_visible()

    maker.goto("/projects/shelf-bracket/edit")
    maker.locator("[name=function]").fill("Holds a shelf.")
    maker.locator("[name=documentation]").fill("# How to\n\nPrint it **flat**.")
    maker.locator("[name=licence]").fill("CERN-OHL-S-2.0")
    maker.get_by_role("button", name="Save").click()
    maker.get_by_role("button", name="Publish it").click()
    expect(maker.get_by_role("button", name="Make it private again")).to_be_visible()

    visitor = somebody()
    visitor.goto("/")
    visitor.get_by_role("link", name="shelf-bracket").first.click()
    expect(visitor.get_by_role("heading", name="shelf-bracket")).to_be_visible()
    expect(visitor.get_by_text("Print it flat.")).to_be_visible()
    expect(visitor.locator(".build")).to_have_count(1)
    assert "noor" not in visitor.locator(".build").inner_text(), "people are anonymous unless they chose otherwise"
    assert visitor.goto(f"/jobs/{code}").status == 404  # type: ignore[union-attr]


def test_the_same_without_javascript(running: Running, browser: Browser) -> None:
    """Every step by plain forms: upload, reading, order, approval."""
    window = browser.new_context(base_url=running.lab.url, java_script_enabled=False)
    page = sign_up(window.new_page(), "olga")
    page.set_default_timeout(PATIENCE * 1000)
    page.goto("/make")
    file = {"name": "knob.stl", "mimeType": "model/stl", "buffer": box_stl((9, 9, 2))}
    page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
    page.locator("form.drop button[type=submit], form.drop button:not([type])").first.click()
    page.wait_for_url(re.compile("/make"))
    design = page.url if "/designs/" in page.url else None
    if design is None:
        page.get_by_role("link", name="knob").first.click()
        design = page.url
    running.lab.wait(lambda: bool(page.goto(design)) and page.get_by_text("You pay at most").count(), "it was read")
    page.get_by_role("button", name="Ask the workshop to make it").click()
    page.wait_for_url(re.compile("/jobs/J-"))
    code = page.url.rsplit("/", 1)[1]
    page.get_by_role("link", name="Cancel the job").click()
    page.get_by_role("button", name=re.compile("ancel")).click()
    page.goto(f"/jobs/{code}")
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    window.close()
