"""The maker's way in real Chromium: with scripts, without them, and as assistive programs see it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route, expect

from fabqueue.models import JobState, MachineModel, Site
from tests.looks.faults import COLOURS, of_access
from tests.support import factories
from tests.support.factories import PASSWORD, Lab
from tests.web.makers.conftest import Workshop

pytestmark = pytest.mark.browser


@pytest.fixture
def stl(tmp_path: Path) -> Path:
    path = tmp_path / "bracket.stl"
    path.write_bytes(factories.box_stl((40, 30, 20)))
    return path


def _sign_in(page: Page, name: str = "alice") -> None:
    page.goto("/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("main button.primary")
    page.wait_for_url("**/make")


def test_a_newcomer_drops_a_file_sees_its_price_follow_and_asks_for_it(page: Page, stl: Path) -> None:
    page.goto("/sign-up")
    page.fill("#user_name", "zoe")
    page.fill("#password", "three plain words")
    page.click("text=Make my account")
    page.set_input_files("#sent-file", stl)
    page.wait_for_url("**/make/designs/**")
    page.locator("#fnd").wait_for()
    before = page.inner_text("#quote-price")
    page.fill("#quantity", "3")
    page.press("#quantity", "Tab")
    page.locator("#quote-price:has-text('3 pieces')").wait_for()
    assert page.inner_text("#quote-price") != before
    page.fill("#note", "Leaves face down.")
    page.click("#quote-go button")
    page.wait_for_url("**/jobs/J-*")
    expect(page.locator(".job-state")).to_contain_text("Waiting for review")
    expect(page.locator("main")).to_contain_text("Leaves face down.")


def test_a_choice_is_not_taken_back_by_the_answer_to_the_wish_before_it(
    page: Page, workshop: Workshop, lab: Lab
) -> None:
    """The first answer comes while the choice still waits for its delay: the page's clock stands, so it surely does."""
    with workshop.writing() as session:
        petg = factories.material(session, "petg")
        factories.offer(session, session.get_one(MachineModel, lab.model.id), petg, "petg")
        factories.stock(session, session.get_one(Site, lab.site.id), petg)
        session.commit()
    _sign_in(page)
    page.clock.install()
    page.goto(f"/make/designs/{workshop.design().design_id}")
    other = page.locator("input[name=option]:not(:checked):enabled")
    wanted = other.get_attribute("value")
    held: list[Route] = []
    page.route("**/quote", lambda each: held.append(each), times=1)
    page.fill("#quantity", "2")
    page.press("#quantity", "Tab")
    page.clock.run_for(200)
    other.check()
    with page.expect_event("requestfinished"):
        held[0].continue_()
    page.clock.run_for(200)
    expect(page.locator("#quote-price")).to_contain_text("2 pieces")
    expect(page.locator("input[name=option]:checked")).to_have_value(wanted or "")


def test_several_files_are_sent_each_on_its_own_line(page: Page, stl: Path, tmp_path: Path) -> None:
    _sign_in(page)
    other, wrong = tmp_path / "lid.stl", tmp_path / "part.step"
    other.write_bytes(factories.box_stl((10, 10, 10)))
    wrong.write_bytes(b"ISO-10303-21;")
    page.set_input_files("#sent-file", [stl, other, wrong])
    lines = page.locator("#sent li")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("being read")
    expect(lines.nth(1)).to_contain_text("being read")
    expect(lines.nth(2)).to_contain_text("STL or 3MF")
    expect(page.locator("#recent .card")).to_have_count(2, timeout=15_000)


def test_the_cancel_question_opens_in_the_page(page: Page, workshop: Workshop) -> None:
    job = workshop.job(JobState.QUEUED)
    _sign_in(page)
    page.goto(f"/jobs/{job.code}")
    page.click("text=Cancel the job")
    dialog = page.locator("dialog#ask")
    expect(dialog).to_contain_text(f"Cancel {job.code}?")
    dialog.locator("button.danger").click()
    expect(page.locator(".job-state")).to_contain_text("Cancelled")


def test_the_job_page_follows_the_machine_by_itself(page: Page, workshop: Workshop) -> None:
    job = workshop.job(JobState.IN_PRODUCTION)
    _sign_in(page)
    page.goto(f"/jobs/{job.code}")
    expect(page.locator("#now")).to_contain_text("0")
    workshop.change(workshop.run(job), progress=61.0)
    expect(page.locator("#now")).to_contain_text("61", timeout=15_000)


def test_notices_of_a_job_are_read_when_its_page_opens(page: Page, workshop: Workshop) -> None:
    job = workshop.job(JobState.REJECTED)
    _sign_in(page)
    expect(page.locator("#bell .count")).to_have_text("1")
    page.goto(f"/jobs/{job.code}")
    expect(page.locator("#bell .count")).to_have_count(0)


def test_the_whole_way_works_without_scripts(browser: Chromium, address: str, stl: Path) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(60_000)
    _sign_in(page)
    page.set_input_files("#sent-file", stl)
    page.click("text=Upload")
    page.wait_for_url("**/make/designs/**")
    page.locator("#fnd").wait_for()  # the page reloads itself until the report is there
    page.fill("#quantity", "2")
    page.click("text=Work out the price again")
    expect(page.locator("#quote-price")).to_contain_text("2 pieces")
    page.click("#quote-go button")
    page.wait_for_url("**/jobs/J-*")
    page.click("text=Cancel the job")
    page.click("main button.danger")
    expect(page.locator(".job-state")).to_contain_text("Cancelled")
    context.close()


PUBLIC = ("/", "/make", "/sign-in", "/sign-up", "/forgot-password")


@pytest.mark.parametrize(("scheme", "rules"), [("light", None), ("dark", COLOURS)], ids=["light", "dark"])
def test_axe_finds_no_serious_fault_on_any_page(
    scheme: Any, rules: list[str] | None, browser: Chromium, address: str, workshop: Workshop
) -> None:
    """On a desk; every page on a phone is looked at by `tests/looks`."""
    public, own = _addresses(workshop)
    context = browser.new_context(base_url=address, color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    found = {path: _faults(page, path, rules) for path in public}
    _sign_in(page)
    found |= {f"{path} signed in": _faults(page, path, rules) for path in own}
    context.close()
    assert {path: faults for path, faults in found.items() if faults} == {}


def _addresses(workshop: Workshop) -> tuple[list[str], list[str]]:
    """Pages for everybody, and pages of Alice's."""
    states = [JobState.SUBMITTED, JobState.CHANGES_REQUESTED, JobState.AWAITING_MEMBER, JobState.READY]
    project = workshop.publish(workshop.job(JobState.COLLECTED).revision, documentation="# A\n\ntext")
    made = [workshop.job(state) for state in [*states, JobState.FAILED, JobState.IN_PRODUCTION]]
    private = workshop.project(made[0].revision)
    own = ["/make", "/jobs", "/account", "/notices", f"/projects/{private.slug}", f"/projects/{private.slug}/edit"]
    own += [f"/jobs/{each.code}" for each in made] + [f"/jobs/{made[0].code}/ticket", f"/jobs/{made[0].code}/cancel"]
    own += [f"/make/designs/{made[0].revision.design_id}"]
    return [*PUBLIC, f"/projects/{project.slug}", "/projects/none"], own


def _faults(page: Page, path: str, rules: list[str] | None) -> list[str]:
    page.goto(path)
    return [str(each) for each in of_access(page, rules=rules)]
