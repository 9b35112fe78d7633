"""The second journey in real Chromium: a sign for the laser, read, asked for, approved, armed, taken home."""

import re

import pytest
from playwright.sync_api import Page, expect

from fabqueue.demo.octoprint import OctoPrintServer, Pace
from tests.journeys.conftest import Running
from tests.journeys.lab import PATIENCE, printed
from tests.journeys.test_by_browser import Open, sign_in, somebody
from tests.support.octoprint import StartOctoPrint

__all__ = ["somebody"]
pytestmark = [pytest.mark.octoprint, pytest.mark.browser]

SIGN = b"""<svg xmlns="http://www.w3.org/2000/svg" width="60mm" height="40mm" viewBox="0 0 60 40">
<rect x="1" y="1" width="58" height="38" fill="none" stroke="#ff0000" stroke-width="0.1"/>
<path d="M5 35h10" fill="none" stroke="#ff0000" stroke-width="0.1"/>
<path d="M5 30h50" fill="none" stroke="#0000ff" stroke-width="0.1"/>
<rect x="10" y="8" width="12" height="6" fill="#000000"/>
<text x="26" y="14" font-size="6" fill="#000000">OPEN</text></svg>"""
"""Red, blue and black; one line of the cut is open, and the text is no path."""


@pytest.fixture(scope="module")
def laser(start_octoprint: StartOctoPrint, whole_lab: Running) -> tuple[str, OctoPrintServer]:
    """Slug of a laser and the OctoPrint before it, whose virtual printer stands for the controller."""
    server = start_octoprint(pace=Pace(feed_percent=1000, minimum_seconds=0, ambient_celsius=260))
    return whole_lab.lab.add_laser(server), server


def layer(page: Page, colour: str) -> str:
    """What the table of layers says of the colour "rrggbb"."""
    return page.locator(f"#operations tr:has(#does-{colour})").inner_text()


def test_a_sign_is_burnt_only_once_somebody_armed_it(
    running: Running, laser: tuple[str, OctoPrintServer], somebody: Open
) -> None:
    lab, (slug, server) = running.lab, laser
    maker = sign_in(somebody(), "mia")
    maker.goto("/make")
    file = {"name": "door-sign.svg", "mimeType": "image/svg+xml", "buffer": SIGN}
    maker.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
    maker.wait_for_url(re.compile("/make/designs/"))

    expect(maker.get_by_text("58 × 38 mm").first).to_be_visible()
    expect(maker.locator("#operations")).to_be_visible()
    assert "0.2 m" in layer(maker, "ff0000")  # 2 x (58 + 38) and 10 mm
    assert "0.05 m" in layer(maker, "0000ff")
    assert "72\u00a0mm²" in layer(maker, "000000")
    findings = maker.locator("#main").inner_text()
    assert re.search(r"not closed|open", findings), findings
    assert re.search(r"text", findings, re.IGNORECASE), findings

    maker.get_by_role("row", name=re.compile("Laser 600")).get_by_role("radio").check()
    expect(maker.get_by_text("You pay at most")).to_be_visible()
    maker.get_by_role("button", name="Ask the workshop to make it").click()
    maker.wait_for_url(re.compile("/jobs/J-"))
    code = maker.url.rsplit("/", 1)[1]

    technician = sign_in(somebody(), "tara")
    technician.goto(f"/desk/{code}")
    technician.keyboard.press("a")
    expect(technician.locator(".decided")).to_contain_text(code)
    lab.until_run("tara", code, "staged")
    expect(maker.get_by_text(re.compile("arm", re.IGNORECASE)).first).to_be_visible()

    technician.goto(f"/m/{slug}")
    expect(technician.get_by_text("Only somebody certified for this laser arms it")).to_be_visible()
    expect(technician.get_by_role("link", name=f"Checklist to arm {code}")).to_have_count(0)
    lab.certify("tara", "laser-600")
    technician.reload()
    technician.get_by_role("link", name=f"Checklist to arm {code}").click()
    technician.get_by_role("button", name="Trace outline, beam off").click()
    expect(technician.locator("#burns")).to_contain_text(re.compile("traced [0-9]"), timeout=PATIENCE * 1000)
    technician.get_by_role("button", name="Arm it: it will burn").click()
    expect(technician.get_by_text("Not armed yet.")).to_be_visible()
    assert lab.job("tara", code)["runs"][-1]["state"] == "staged"
    assert printed(server) == [], "nobody armed it"

    for tick in technician.locator("#main input[type=checkbox]").all():
        tick.check()
    technician.get_by_role("button", name="Arm it: it will burn").click()
    expect(technician.get_by_text("stay beside it")).to_be_visible()
    lab.until_run("tara", code, "done")
    assert [event for event, _path in printed(server)] == ["PrintStarted", "PrintDone"]

    technician.goto(f"/m/{slug}")
    technician.locator(f"#clear-{slug}").click()
    expect(maker.get_by_role("region", name="Ready to collect")).to_be_visible(timeout=PATIENCE * 1000)
    maker.get_by_role("button", name="I have taken it").click()
    expect(maker.get_by_role("region", name="Its page")).to_be_visible()
    story = [each["verb"] for each in lab.job("mia", code)["events"]]
    assert "arm" in story, story
