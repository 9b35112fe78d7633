"""Tickets: on paper of the right size, with the code to read and to scan, whole with the server off."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser as Chromium

from fabqueue.models import Job, JobState, Project, Revision, StoredFile
from fabqueue.web.tickets import PAPERS, Paper
from tests.support.chromium import serving
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, Workshop

POINTS = 72 / 25.4
needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")


@pytest.fixture
def job(workshop: Workshop) -> Job:
    return workshop.job(JobState.QUEUED, note="Leaves face down, please.", colour="grey")


def saved(browser: Browser, path: str, place: Path) -> Path:
    """The ticket as a file, as somebody keeps it who expects the network to go."""
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    place.write_bytes(answer.data)
    return place


def as_pdf(chromium: Chromium, file: Path, place: Path) -> tuple[Path, list[str]]:
    """Printed from the disk, without any server; and what the page tried to fetch besides itself."""
    page, asked = chromium.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.pdf(path=str(place), prefer_css_page_size=True, print_background=True)
    page.close()
    return place, [each for each in asked if not each.startswith(("file:", "data:"))]


def tell(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def scanned(pdf: Path, tmp_path: Path) -> list[str]:
    """Every code on the pages of a PDF, at the resolution of a label printer."""
    tell("pdftoppm", "-r", "300", "-png", str(pdf), str(tmp_path / "page"))
    read = [zxingcpp.read_barcodes(Image.open(each)) for each in sorted(tmp_path.glob("page*.png"))]
    return [found.text for page in read for found in page]


@needs_poppler
@pytest.mark.browser
@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_a_ticket_fits_its_paper_and_its_code_is_read_from_it(
    alice: Browser, browser: Chromium, job: Job, paper: Paper, tmp_path: Path
) -> None:
    file = saved(alice, f"/jobs/{job.code}/ticket?size={paper.name}&save=1", tmp_path / "ticket.html")
    pdf, asked = as_pdf(browser, file, tmp_path / "ticket.pdf")
    assert asked == []
    size = re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", tell("pdfinfo", str(pdf)))
    assert size is not None
    assert [float(each) for each in size.groups()] == pytest.approx(
        [paper.width_mm * POINTS, paper.height_mm * POINTS], abs=1.5
    )
    assert "Pages:           1" in tell("pdfinfo", str(pdf))
    text = tell("pdftotext", str(pdf), "-")
    assert job.code in text
    assert "Alice" in text
    assert scanned(pdf, tmp_path) == [f"http://127.0.0.1:8000/t/{job.code}"]


@needs_poppler
@pytest.mark.browser
def test_several_are_printed_at_once_four_on_a_sheet(
    tara: Browser, browser: Chromium, workshop: Workshop, tmp_path: Path
) -> None:
    made = [workshop.job(JobState.QUEUED) for _ in range(5)]
    query = "&".join(f"job={each.code}" for each in made)
    page = tara.source(f"/tickets/print?{query}&size=a4")
    assert all(each.code in page for each in made)
    file = saved(tara, f"/tickets/print?{query}&size=a4&save=1", tmp_path / "tickets.html")
    pdf, _asked = as_pdf(browser, file, tmp_path / "tickets.pdf")
    assert "Pages:           2" in tell("pdfinfo", str(pdf))
    assert sorted(each[-3:] for each in scanned(pdf, tmp_path)) == sorted(each.code[-3:] for each in made)


def test_it_is_one_page_with_everything_in_it(alice: Browser, job: Job) -> None:
    answer = alice.get(f"/jobs/{job.code}/ticket")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<(?:link|script)|\ssrc=\"(?!data:)|url\(", answer.text)
    for said in ("Leaves face down", "Needed by", "grey", "First layer good", job.title):
        assert said in answer.text


@pytest.mark.browser
def test_its_style_holds_under_its_own_policy(app: Flask, browser: Chromium, job: Job, sign_in: Any, lab: Lab) -> None:
    with serving(app) as address:
        page, complaints = browser.new_page(), list[str]()
        page.on("console", lambda message: complaints.append(message.text))
        client = sign_in(lab.alice).client
        cookie = client.get_cookie("fabqueue")
        assert cookie is not None
        page.context.add_cookies([{"name": "fabqueue", "value": cookie.value, "url": address}])
        page.goto(f"{address}/jobs/{job.code}/ticket")
        box = page.locator(".card").bounding_box()
        page.close()
    assert box is not None
    assert box["width"] == pytest.approx(105 / 25.4 * 96, abs=2)
    assert complaints == []


def test_the_picture_travels_in_the_page(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.QUEUED)
    with workshop.writing() as session:
        report = session.get_one(Revision, job.revision_id).report
        kept = workshop.context.storage.keep_file(Path(__file__))
        session.add(StoredFile(sha256=kept.sha256, size=kept.size))
        session.flush()
        report.picture_sha256 = kept.sha256
        session.commit()
    assert 'src="data:image/webp;base64,' in alice.source(f"/jobs/{job.code}/ticket")


def test_strangers_print_nothing(bob: Browser, alice: Browser, visitor: Browser, job: Job) -> None:
    for browser in (bob, visitor):
        assert browser.get(f"/jobs/{job.code}/ticket").status_code == 404
    for browser in (alice, bob, visitor):
        assert browser.get("/tickets").status_code == 404
        assert browser.get(f"/tickets/print?job={job.code}").status_code == 404
    assert alice.get(f"/jobs/{job.code}/ticket?size=b5").status_code == 404


def test_the_desk_offers_it_right_after_approving(tara: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.SUBMITTED)
    fields = dict(re.findall(r'<input[^>]* name="([\w-]+)"[^>]* value="([^"]*)"', tara.source(f"/desk/{job.code}")))
    option = re.search(r'<option[^>]*selected[^>]*value="([^"]+)"|<option[^>]*value="([^"]+)"[^>]*selected',
                       tara.source(f"/desk/{job.code}"))  # fmt: skip
    assert option is not None
    given = {**fields, "option": option[1] or option[2], "quantity": "1", "do": "approve"}
    answer = tara.post(f"/desk/{job.code}", given)
    assert answer.status_code == 303
    assert workshop.fresh(job).state is JobState.QUEUED
    assert f'<a href="/jobs/{job.code}/ticket">Print its ticket</a>' in tara.source("/desk")
    assert f'value="{job.code}" checked' in tara.source("/tickets")


def _made_public(workshop: Workshop, job: Job) -> Project:
    with workshop.context.db.reading() as session:
        session.expire_on_commit = False
        revision = session.get_one(Revision, job.revision_id)
    return workshop.publish(revision)


def test_the_code_leads_each_to_what_they_may_see(
    alice: Browser, tara: Browser, bob: Browser, visitor: Browser, workshop: Workshop
) -> None:
    running = workshop.job(JobState.IN_PRODUCTION)
    assert alice.get(f"/t/{running.code}").location == f"/jobs/{running.code}"
    for browser in (bob, visitor):
        assert browser.get(f"/t/{running.code}").status_code == 404
        assert browser.get("/t/J-99999").status_code == 404
    assert tara.get(f"/t/{running.code}").location == f"/jobs/{running.code}"


def test_what_was_collected_leads_strangers_to_its_public_page_alone(
    alice: Browser, tara: Browser, bob: Browser, visitor: Browser, workshop: Workshop
) -> None:
    job = workshop.job(JobState.COLLECTED)
    assert alice.get(f"/t/{job.code}").location == f"/jobs/{job.code}/finish"
    assert tara.get(f"/t/{job.code}").location == f"/jobs/{job.code}/finish"
    for browser in (bob, visitor):
        assert browser.get(f"/t/{job.code}").status_code == 404
    project = _made_public(workshop, job)
    for browser in (bob, visitor):
        assert browser.get(f"/t/{job.code}").location == f"/projects/{project.slug}#log"
    unpublished: Any = {"visibility": "private"}
    workshop.change(project, **unpublished)
    assert visitor.get(f"/t/{job.code}").status_code == 404
