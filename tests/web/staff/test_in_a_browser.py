"""Staff pages in Chromium: the journey by keyboard, dialogs, live parts, axe, nothing that sticks out."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import Connection, JobState, MachineModel, RunState, Site
from fabqueue.web.site import SIGN_IN_KEY
from tests.looks.faults import COLOURS, of_access, of_layout
from tests.support import factories
from tests.support.bundles import long_bundle
from tests.support.chromium import is_complaint, serving
from tests.support.signing import key_of
from tests.web.staff.conftest import Browser, Floor
from tests.web.staff.test_imports import brought

pytestmark = pytest.mark.browser

SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
PAGES = (
    "/desk", "/machines", "/machines/bench", "/machines/new", "/machines/models/marlin-250", "/materials",
    "/materials/stock/new", "/m/", "/m/bench", "/m/bench/plate", "/people", "/people/alice", "/people/new",
    "/machines/bench/clear", "/queue/hold",
)  # fmt: skip

Open = Callable[..., Page]


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture
def open_page(app: Flask, url: str, browser: Chromium, floor: Floor) -> Iterator[Open]:
    """A page of Tara's; it must log no error, such as one of the content policy."""
    faults: list[str] = []
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[SIGN_IN_KEY] = key_of(app.extensions["fabqueue"].db, floor.lab.tara)
    found = client.get_cookie("fabqueue")
    assert found is not None
    contexts = []

    def make(path: str, size: str = "desktop", scheme: str = "light", script: bool = True) -> Page:
        context = browser.new_context(
            base_url=url, viewport=SIZES[size], color_scheme=scheme, java_script_enabled=script,  # type: ignore[arg-type]
        )  # fmt: skip
        contexts.append(context)
        context.add_cookies([{"name": "fabqueue", "value": found.value, "url": url}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if is_complaint(said) else None)
        page.goto(url + path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def busy(floor: Floor) -> Floor:
    """A lab in which everything happens at once."""
    tool, printer = floor.tool(), floor.lab.machine
    floor.run(floor.job(JobState.IN_PRODUCTION, quantity=2), tool, RunState.DONE, 2, ended_at=now(), seconds=600)
    floor.run(floor.job(JobState.IN_PRODUCTION, model=floor.lab.model), printer, RunState.RUNNING, progress=40.0)
    floor.change(printer, temperatures={"tool0": {"actual": 214.6, "target": 215}})
    floor.change(floor.lab.grey, left_mg=40_000)
    for state in (JobState.SUBMITTED, JobState.SUBMITTED, JobState.CHANGES_REQUESTED, JobState.QUEUED, JobState.READY,
                  JobState.FAILED):  # fmt: skip
        floor.job(state)
    return floor


def test_the_inbox_is_worked_off_by_keyboard(open_page: Open, floor: Floor, url: str) -> None:
    first, second, third = floor.job(), floor.job(), floor.job()
    page = open_page("/desk")
    page.keyboard.press("j")
    page.wait_for_url(f"**/desk/{second.code}#review")
    page.keyboard.press("k")
    page.wait_for_url(f"**/desk/{first.code}#review")
    page.keyboard.press("a")
    page.wait_for_url(f"**/desk/{second.code}#review")
    assert floor.now(first).state is JobState.QUEUED
    page.keyboard.press("q")
    words = page.get_by_label("Your words for the member")
    words.fill("Which side is up?")
    page.get_by_role("button", name="Send the question").click()
    page.wait_for_url(f"**/desk/{third.code}#review")
    after = floor.now(second)
    assert (after.state, after.reason_values) == (JobState.CHANGES_REQUESTED, {"text": "Which side is up?"})
    expect(page.locator(".inbox-list")).to_contain_text(second.code)


def test_the_question_mark_lists_the_keys(open_page: Open) -> None:
    page = open_page("/desk")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_the_price_follows_the_form(open_page: Open, floor: Floor) -> None:
    job = floor.job()
    page = open_page(f"/desk/{job.code}")
    page.get_by_label("Machine and material").select_option("foam-cutter/pla")
    with page.expect_response(lambda answer: "/price?" in answer.url) as answered:
        page.get_by_label("Copies").fill("3")
        page.get_by_label("Copies").blur()
    assert "csrf_token" not in answered.value.url
    expect(page.locator("#price")).to_contain_text("€2.00")


def test_the_wall_shows_what_changes_and_keeps_the_focus(open_page: Open, floor: Floor) -> None:
    machine = floor.tool()
    page = open_page("/desk")
    page.locator("#load-bench").focus()
    floor.change(machine, name="Renamed bench")
    expect(page.locator("#wall")).to_contain_text("Renamed bench", timeout=15_000)
    expect(page.locator("#load-bench")).to_be_focused()


def test_a_machine_is_stopped_through_the_dialog(open_page: Open, busy: Floor) -> None:
    page = open_page("/desk")
    page.get_by_role("link", name=f"Stop {busy.lab.machine.name}").click()
    expect(page.locator("#ask")).to_be_visible()
    page.get_by_label("Why").fill("It came loose")
    page.get_by_role("button", name="Stop it").click()
    expect(page.locator("#messages")).to_contain_text("is asked to stop.")


def test_everything_is_done_without_script_as_well(open_page: Open, busy: Floor) -> None:
    page = open_page("/desk", script=False)
    page.get_by_role("link", name="Not all good on").click()
    page.get_by_label("Good copies").fill("1")
    page.get_by_role("button", name="Bed is clear").click()
    expect(page.locator("#messages")).to_contain_text("is clear.")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#messages")).to_contain_text("is approved.")


def test_on_a_phone_the_tool_is_cleared_with_the_thumb(open_page: Open, busy: Floor) -> None:
    page = open_page("/m/bench", size="phone")
    button = page.get_by_role("button", name="Clear, all 2 good")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 48
    assert box["width"] >= 300
    button.click()
    expect(page.locator("#messages")).to_contain_text("is clear.")


@pytest.mark.parametrize(("scheme", "rules"), [("light", None), ("dark", COLOURS)], ids=["light", "dark"])
def test_axe_finds_no_serious_fault_and_nothing_sticks_out(
    scheme: str, rules: list[str] | None, open_page: Open, busy: Floor
) -> None:
    """On a desk; every page on a phone is looked at by `tests/looks`."""
    page, found = open_page("/desk", scheme=scheme), {}
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        found[path] = of_access(page, rules=rules)
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_a_long_bundle_is_searched_by_keyboard_and_keeps_ticks_and_focus(
    open_page: Open, floor: Floor, tara: Browser, context: Context
) -> None:
    page = open_page(brought(floor, tara, context, long_bundle(40), "bundle"))
    page.check("#printer-7")
    expect(page.locator("#presets")).to_contain_text("Ticked: 1.")
    page.focus("#find-preset")
    page.keyboard.type("voron")
    expect(page.locator("#presets")).to_contain_text("Printers: 5 of 40 shown.")
    expect(page.locator("#find-preset")).to_be_focused()
    expect(page.locator("#printer-7")).to_be_checked()
    with page.expect_response("**/imports/*"):  # whoever leaves the field has looked for what stands in it
        page.focus("#printer-10")
    page.keyboard.press("Space")
    expect(page.locator("#presets")).to_contain_text("Ticked: 2.")
    expect(page.locator("#printer-10")).to_be_focused()
    page.focus("#find-preset")
    with page.expect_response("**/imports/*"):
        page.keyboard.press("Enter")
    page.fill("#find-preset", "")
    expect(page.locator("#presets")).to_contain_text("Printers: 40 of 40 shown.")
    expect(page.locator("#presets :checked")).to_have_count(2)


def test_an_open_question_is_accessible_too(open_page: Open, busy: Floor) -> None:
    page = open_page("/desk")
    busy.change(busy.lab.machine, connection=Connection.OFFLINE)
    page.get_by_role("link", name="Hold the queue").click()
    expect(page.locator("#ask-t")).to_be_focused()
    found = Axe().run(page, context="#ask").response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("shape", [{"width": 1280, "height": 900}, {"width": 1920, "height": 1080}])
def test_the_wallboard_holds_a_lab_of_many_machines(open_page: Open, floor: Floor, shape: dict[str, int]) -> None:
    """Eighteen, most of them at work with everything a tile can say, and more waiting than there is room for."""
    for number in range(16):
        with floor.database.writing() as session:
            session.expire_on_commit = False
            site, model = session.get_one(Site, floor.lab.site.id), session.get_one(MachineModel, floor.lab.model.id)
            printer = factories.machine(
                session, site, model, name=f"Printer {number} by the window", slug=f"p-{number}"
            )
            session.commit()
        job = floor.job(JobState.IN_PRODUCTION, model=floor.lab.model)
        floor.run(job, printer, RunState.RUNNING, progress=40.0, predicted_seconds=7200)
        floor.change(printer, seen_at=now() - timedelta(hours=1))
    for _number in range(6):
        floor.job(JobState.QUEUED)
    page = open_page("/wallboard")
    page.set_viewport_size(shape)  # type: ignore[arg-type]
    expect(page.locator(".tile")).to_have_count(18)
    assert [str(each) for each in of_layout(page, False) if each.kind in ("cut off", "sticks out")] == []
    lists = page.locator(".board-side > section")
    boxes = [lists.nth(each).bounding_box() for each in range(3)]
    assert all(above and below and above["y"] + above["height"] <= below["y"] for above, below in pairwise(boxes))
    within = page.locator(".up-next").evaluate("(list) => list.scrollHeight <= list.clientHeight")
    assert within
