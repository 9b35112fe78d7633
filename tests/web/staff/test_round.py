"""The technician's round: every machine in walking order, one tap for each bed, the handover note, the hold switch."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from sqlalchemy import select

from fabqueue.db import now
from fabqueue.models import HandoverNote, Job, JobState, Machine, MachineModel, Outcome, Run, RunState, Site
from fabqueue.services import ledger
from fabqueue.web.site import SIGN_IN_KEY
from tests.support import factories
from tests.support.chromium import serving
from tests.support.signing import key_of
from tests.web.staff.conftest import Browser, Floor

PHONE = {"width": 390, "height": 844}
Walk = Callable[[bool], Page]


class Beds:
    """Four tools in a row: printed well, printed badly, in doubt, broken off."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        model = floor.tool().machine_model
        self.machines = [self._tool(model, number) for number in range(4)]
        states = (RunState.DONE, RunState.DONE, RunState.IN_DOUBT, RunState.FAILED)
        self.runs = [self._lying(machine, state) for machine, state in zip(self.machines, states, strict=True)]
        floor.change(self.runs[3].items[0].job, state=JobState.FAILED, reason_code="run_connection_lost")

    def _tool(self, model: MachineModel, number: int) -> Machine:
        with self.floor.database.writing() as session:
            session.expire_on_commit = False
            site, kind = session.get_one(Site, self.floor.lab.site.id), session.get_one(MachineModel, model.id)
            made = factories.manual_machine(session, site, kind, slug=f"tool-{number}", name=f"Tool {number}",
                                            position=number)  # fmt: skip
            session.commit()
        return made

    def _lying(self, machine: Machine, state: RunState) -> Run:
        job = self.floor.job(JobState.IN_PRODUCTION)
        progress = 50.0 if state is RunState.FAILED else 100.0
        ends = {} if state is RunState.IN_DOUBT else {"ended_at": now(), "progress": progress}
        return self.floor.run(job, machine, state, **ends)

    def job(self, number: int) -> Job:
        found: Job = self.floor.now(self.runs[number].items[0].job)
        return found

    def paid(self, number: int) -> int:
        with self.floor.database.reading() as session:
            return ledger.charged_for(session, session.get_one(Job, self.job(number).id))


@pytest.fixture
def beds(floor: Floor) -> Beds:
    made = Beds(floor)
    floor.change(floor.tool(), position=8)
    floor.change(floor.lab.machine, position=9)
    return made


def test_the_machines_stand_in_walking_order_with_what_happened(beds: Beds, tara: Browser) -> None:
    page = tara.read("/round")
    names = re.findall(r'id="mc-([\w-]+)"', page)
    assert names[:5] == ["tool-0", "tool-1", "tool-2", "tool-3", "bench"]
    assert "4 machines need you." in page
    assert beds.job(0).code in page
    assert "Alice" in page
    assert "failed at 50" in page


def test_each_tap_leads_to_the_next_machine_that_needs_somebody(beds: Beds, tara: Browser) -> None:
    page = tara.read("/round")
    card = page[page.index('id="stop-tool-0"') : page.index('id="stop-tool-1"')]
    assert 'name="next" value="/round#stop-tool-1"' in card
    last = page[page.index('id="stop-tool-3"') : page.index('id="stop-bench"')]
    assert 'name="next" value="/round#stop-bench"' in last
    fields = {"outcome": "good", "run": beds.runs[0].id, "next": "/round#stop-tool-1"}
    assert tara.post("/machines/tool-0/clear", fields).location == "/round#stop-tool-1"


def test_a_failure_by_the_maker_is_charged_and_one_by_the_machine_is_not(beds: Beds, tara: Browser) -> None:
    for number, fault in ((0, "maker"), (1, "machine")):
        fields = {"outcome": "failed", "cause": "file", "at_fault": fault, "run": beds.runs[number].id}
        assert tara.post(f"/machines/tool-{number}/clear", fields).status_code == 303
    assert (beds.paid(0), beds.paid(1)) == (200, 0)
    assert "You pay" in tara.read(f"/jobs/{beds.job(0).code}")


def test_the_question_says_what_the_maker_would_pay(beds: Beds, tara: Browser) -> None:
    assert "cost up to €2.00" in tara.read("/machines/tool-0/clear")
    assert "cost up to €1.00" in tara.read("/machines/tool-3/clear")


def test_somebody_who_is_only_certified_decides_about_nobodys_money(floor: Floor, beds: Beds, alice: Browser) -> None:
    floor.certify(floor.lab.alice, beds.machines[0].machine_model)
    page = alice.read("/machines/tool-0/clear")
    assert "Whose fault" not in page
    assert "Make the missing copies again" not in page
    fields = {"outcome": "failed", "at_fault": "maker", "repeat": "y", "run": beds.runs[0].id}
    assert alice.post("/machines/tool-0/clear", fields).status_code == 303
    assert (beds.job(0).state, beds.paid(0)) == (JobState.FAILED, 0)


def test_a_tap_is_taken_back_from_the_round(beds: Beds, tara: Browser) -> None:
    tara.post("/machines/tool-0/clear", {"outcome": "good", "run": beds.runs[0].id})
    assert (beds.job(0).state, beds.paid(0)) == (JobState.READY, 200)
    assert f'action="/runs/{beds.runs[0].id}/undo"' in tara.read("/round")
    assert tara.post(f"/runs/{beds.runs[0].id}/undo").location == "/round#stop-tool-0"
    assert (beds.job(0).state, beds.paid(0)) == (JobState.IN_PRODUCTION, 0)
    assert "/undo" not in tara.read("/round")


def test_only_technicians_take_back(beds: Beds, tara: Browser, alice: Browser, ines: Browser) -> None:
    tara.post("/machines/tool-0/clear", {"outcome": "good", "run": beds.runs[0].id})
    assert [each.post(f"/runs/{beds.runs[0].id}/undo").status_code for each in (alice, ines)] == [404, 404]
    assert beds.job(0).state is JobState.READY


def test_a_note_is_handed_over_done_and_opened_again(
    floor: Floor, tara: Browser, adam: Browser, alice: Browser
) -> None:
    assert tara.post("/handover", {"text": "Bed of the tall one is bent.", "next": "/round"}).location == "/round"
    for path in ("/round", "/desk", "/handover"):
        assert "Bed of the tall one is bent." in adam.read(path)
    with floor.database.reading() as session:
        note = session.scalars(select(HandoverNote)).one()
    assert alice.post(f"/handover/{note.id}/done").status_code == 404
    assert adam.post(f"/handover/{note.id}/done").status_code == 303
    assert "Bed of the tall one" not in tara.read("/round")
    assert "done by" in tara.read("/handover")
    assert "Adam" in tara.read("/handover")
    assert tara.post(f"/handover/{note.id}/open").status_code == 303
    assert "Bed of the tall one" in tara.read("/desk")


def test_an_empty_or_endless_note_is_refused_and_kept_as_typed(floor: Floor, tara: Browser) -> None:
    assert tara.post("/handover", {"text": "  "}).status_code == 422
    answer = tara.post("/handover", {"text": "x" * 1001})
    assert (answer.status_code, "x" * 1001 in answer.text) == (422, True)


def test_the_hold_switch_is_in_reach_and_leads_back(beds: Beds, tara: Browser) -> None:
    assert 'href="/queue/hold?next=/round"' in tara.read("/round")
    assert tara.post("/queue/hold", {"reason": "Fire alarm", "next": "/round"}).location == "/round"
    assert "Fire alarm" in tara.read("/round")
    assert tara.post("/queue/release", {"next": "/round"}).location == "/round"


def test_the_walking_order_is_changed_by_buttons_and_as_a_whole(beds: Beds, tara: Browser, alice: Browser) -> None:
    def order() -> list[str]:
        return re.findall(r'id="mc-([\w-]+)"', tara.read("/round"))

    assert tara.post("/machines/tool-1/move", {"to": "up"}).location == "/machines#order"
    assert order()[:3] == ["tool-1", "tool-0", "tool-2"]
    wanted = order()[::-1]
    assert tara.post("/machines/order", {"order": wanted}).status_code == 303
    assert order() == wanted
    tara.post("/machines/order", {"order": ["tool-0"]})
    assert order() == wanted
    assert alice.post("/machines/order", {"order": wanted[::-1]}).status_code == 404


# in a browser


@pytest.fixture
def walk(app: Flask, browser: Chromium, floor: Floor, beds: Beds) -> Iterator[Walk]:
    """Tara's phone on the round, with scripts or without."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[SIGN_IN_KEY] = key_of(app.extensions["fabqueue"].db, floor.lab.tara)
    found = client.get_cookie("fabqueue")
    assert found is not None
    contexts, faults = [], []
    with serving(app) as url:

        def make(script: bool) -> Page:
            context = browser.new_context(viewport=PHONE, has_touch=True, java_script_enabled=script, base_url=url)  # type: ignore[arg-type]
            contexts.append(context)
            context.add_cookies([{"name": "fabqueue", "value": found.value, "url": url}])
            page = context.new_page()
            page.set_default_timeout(60_000)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.goto("/round")
            return page

        yield make
        for context in contexts:
            context.close()
    assert faults == []


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_a_whole_round_on_the_phone(walk: Walk, beds: Beds, script: bool) -> None:
    page = walk(script)
    page.locator("#clear-tool-0").tap()
    page.wait_for_url("**/round#stop-tool-1")
    expect(page.locator("#stop-tool-1")).to_be_in_viewport()
    page.locator("#failed-tool-1").tap()
    page.get_by_label("Why it failed", exact=True).select_option("warped")
    page.get_by_label("Make the missing copies again").check()
    page.locator("form[action='/machines/tool-1/clear'] button", has_text="Bed is clear").last.tap()
    page.wait_for_url("**/round#stop-tool-2")
    page.locator("#resolve-tool-2").tap()
    page.get_by_label("It broke off").check()
    page.get_by_label("What you saw").fill("The cable is out.")
    page.get_by_role("button", name="That is how it is").tap()
    page.wait_for_url("**/round#stop-tool-3")
    page.locator("#clear-tool-3").tap()
    page.wait_for_url("**/round#stop-bench")
    states = [beds.job(number).state for number in range(4)]
    assert states == [JobState.READY, JobState.QUEUED, JobState.FAILED, JobState.FAILED]
    assert (beds.floor.now(beds.runs[1]).outcome, beds.floor.now(beds.runs[1]).cause) == (
        Outcome.FAILED,
        "cause_warped",
    )
    assert all(beds.floor.now(beds.machines[number]).bed_cleared_at for number in (0, 1, 3))


@pytest.mark.browser
def test_a_machine_is_dragged_to_another_place(walk: Walk, beds: Beds) -> None:
    page = walk(True)
    page.goto("/machines")
    grip = page.locator("[data-key=tool-0] [data-grip]")
    grip.scroll_into_view_if_needed()
    start, end = grip.bounding_box(), page.locator("[data-key=tool-2]").bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 10, end["y"] + end["height"], steps=8)
    with page.expect_navigation():
        page.mouse.up()
    keys = page.locator("[data-order] [data-key]").evaluate_all("(all) => all.map((each) => each.dataset.key)")
    assert keys[:3] == ["tool-1", "tool-2", "tool-0"]


@pytest.mark.browser
def test_the_round_has_no_barriers(walk: Walk) -> None:
    found = Axe().run(walk(True))
    assert [each for each in found.response["violations"] if each["impact"] in ("serious", "critical")] == []
