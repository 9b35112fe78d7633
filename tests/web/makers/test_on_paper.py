"""Pages on paper, as Chromium prints them: what a reader needs is there, what one presses is not."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext

from fabqueue.models import JobState, Person
from fabqueue.services import ledger, showcases
from fabqueue.web.site import SIGN_IN_KEY
from tests.support.chromium import serving
from tests.support.factories import Lab
from tests.support.signing import key_of
from tests.web.makers.conftest import Workshop

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed"),
]


class Printer:
    """Prints pages of one person on A4."""

    def __init__(self, window: BrowserContext, folder: Path) -> None:
        self.window, self.folder = window, folder

    def sheets(self, path: str) -> list[str]:
        """The words on each sheet."""
        page = self.window.new_page()
        page.goto(path)
        page.emulate_media(media="print")
        wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], "something sticks out"
        place = self.folder / f"{re.sub(r'[^a-z0-9]+', '-', path.lower()).strip('-')}.pdf"
        page.pdf(path=str(place), format="A4", prefer_css_page_size=True)
        page.close()
        told = subprocess.run(["pdftotext", "-layout", str(place), "-"], capture_output=True, text=True, check=True)
        return [re.sub(r"\s+", " ", each) for each in told.stdout.split("\f")[:-1]]


@pytest.fixture
def printer_of(app: Flask, browser: Chromium, lab: Lab, tmp_path: Path) -> Iterator[dict[str, Printer]]:
    """The printer of Alice, Tara and Ines, by name."""
    windows = []
    with serving(app) as url:
        made = {}
        for name in ("alice", "tara", "ines"):
            window = browser.new_context(
                base_url=url, viewport={"width": 703, "height": 1000}
            )  # A4 without its margins
            client = app.test_client()
            with client.session_transaction() as cookie:
                cookie[SIGN_IN_KEY] = key_of(app.extensions["fabqueue"].db, getattr(lab, name))
            found = client.get_cookie("fabqueue")
            assert found is not None
            window.add_cookies([{"name": "fabqueue", "value": found.value, "url": url}])
            windows.append(window)
            made[name] = Printer(window, tmp_path)
        yield made
        for window in windows:
            window.close()


def test_what_one_reads_is_on_paper_and_what_one_presses_is_not(
    printer_of: dict[str, Printer], workshop: Workshop, lab: Lab
) -> None:
    job = workshop.job(JobState.READY, note="Leaves face down.")
    waiting = workshop.job(JobState.SUBMITTED)
    project = workshop.publish(job.revision, documentation="# How to\n\nPrint it flat.")
    sheet = " ".join(printer_of["alice"].sheets(f"/jobs/{job.code}"))
    for said in (job.code, "Ready to collect at shelf 3", "Charged", "Leaves face down.", "Events"):
        assert said in sheet
    for pressed in ("I have taken it", "Ticket to print", "Ask for the same again", "My jobs", "Skip to content"):
        assert pressed not in sheet
    page = " ".join(printer_of["alice"].sheets(f"/projects/{project.slug}"))
    assert "Print it flat." in page
    assert "Holds things." in page
    assert "Download" not in page
    desk = " ".join(printer_of["tara"].sheets("/desk"))
    for said in (waiting.code, job.code, "Waiting for review", "To hand out", "shelf 3"):
        assert said in desk
    for pressed in ("Approve", "Hand out", "Hold the queue", "Weigh, pay"):
        assert pressed not in desk


def test_a_long_statement_repeats_its_head_on_every_sheet(
    printer_of: dict[str, Printer], workshop: Workshop, lab: Lab
) -> None:
    with workshop.writing() as session:
        alice, tara = (session.get_one(Person, each.id) for each in (lab.alice, lab.tara))
        account = ledger.account_of(session, alice)
        for number in range(60):
            ledger.payment(session, account, 100 + number, tara, f"paid {number} at the counter")
        session.commit()
    sheets = printer_of["alice"].sheets("/jobs/statement")
    assert 2 <= len(sheets) <= 6
    assert all("Date What" in each and "Balance" in each for each in sheets)
    assert sum(each.count("at the counter") for each in sheets) == 60
    assert "Download as CSV" not in sheets[0]


def test_a_showcase_prints_one_slide_on_a_sheet(printer_of: dict[str, Printer], workshop: Workshop, lab: Lab) -> None:
    projects = [workshop.publish(workshop.design(), title=f"Piece {number}") for number in (1, 2)]
    with workshop.writing() as session:
        ines = session.get_one(Person, lab.ines.id)
        showcase = showcases.create(session, ines, "Summer show", "What we made.")
        for project in projects:
            showcases.add_project(session, showcase, ines, session.get_one(type(project), project.id))
        showcases.add_words(session, showcase, ines, "What we learned", "Walls of 0.6 mm break.", "What would you try?")
        showcases.publish(session, showcase, ines)
        session.commit()
        slug = showcase.slug
    for path in (f"/showcases/{slug}", f"/showcases/{slug}/present"):
        sheets = printer_of["ines"].sheets(path)
        assert len(sheets) == 4, path
        told = ("Summer show", "Piece 1", "Piece 2", "What we learned")
        assert [[name for name in told if name in each] for each in sheets] == [[each] for each in told]
        assert "What would you try?" in sheets[3]
        assert "Open the project" not in "".join(sheets)
