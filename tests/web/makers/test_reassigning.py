"""What a colour means is said on the design's page, in real Chromium; picture, lengths and price follow."""

import pytest
from playwright.sync_api import Page, expect

from fabqueue.models import Site
from fabqueue.tasks.analyse import analyse
from tests.support import factories
from tests.support.factories import PASSWORD, Lab
from tests.support.keys import Keys
from tests.web.makers.conftest import Workshop

pytestmark = pytest.mark.browser

PLATE = """<svg xmlns="http://www.w3.org/2000/svg" width="90mm" height="60mm" viewBox="0 0 90 60"><g fill="none">
<rect x="5" y="5" width="50" height="50" stroke="#ff0000"/>
<path d="M60 5h25M60 15h25M60 25h25M60 35h25" stroke="#00ff00"/></g></svg>"""
"""0.2 m to cut, and 0.1 m in a colour that means nothing in this lab."""
GREEN = "#does-00ff00"
KEY = "#checked .drawn-key"


@pytest.fixture
def place(workshop: Workshop, lab: Lab) -> str:
    """The page of Alice's plate in a lab with a laser."""
    with workshop.writing() as session:
        model, poplar = factories.laser_model(session, per_hour_minor=360_000), factories.sheet_material(session)
        factories.offer(session, model, poplar, poplar.slug)
        site = session.get_one(Site, lab.site.id)
        factories.machine(session, site, model, factories.pile(session, site, poplar))
        owner = session.get_one(type(lab.alice), lab.alice.id)
        revision = factories.drawing(session, workshop.context.storage, owner, PLATE, "plate.svg")
        session.commit()
    analyse(workshop.context, revision.id)
    return f"/make/designs/{revision.design_id}"


def cuts_drawn(page: Page) -> int:
    """How many colours are drawn as cuts in the picture, as the browser has it now."""
    source = page.locator("#checked .viewer img").get_attribute("src")
    picture = page.evaluate("async (source) => await (await fetch(source)).text()", source)
    return str(picture).count('class="cut"')


def price(page: Page) -> float:
    text = page.locator("#quote-price dd.total").inner_text()
    return float("".join(each for each in text if each.isdigit() or each == "."))


def is_as_the_lab_means(page: Page) -> float:
    """What it costs then."""
    expect(page.locator(KEY)).to_contain_text("Cut 0.2 m")
    expect(page.locator(KEY)).to_contain_text("Left out")
    expect(page.locator(GREEN)).to_have_value("ignored")
    expect(page.locator("#operations")).to_contain_text("stands for nothing in this lab")
    assert cuts_drawn(page) == 1
    return price(page)


def has_green_cut(page: Page, before: float) -> None:
    expect(page.locator(KEY)).to_contain_text("Cut 0.3 m")
    expect(page.locator(KEY)).not_to_contain_text("Left out")
    expect(page.locator(GREEN)).to_have_value("cut")
    expect(page.locator("#operations")).to_contain_text("The lab means: Leave out")
    assert cuts_drawn(page) == 2
    assert price(page) > before
    expect(page.locator("#quote-price")).to_contain_text("Cut 0.3 m")


def test_picture_lengths_and_price_follow_what_the_mouse_chooses(page: Page, place: str) -> None:
    page.goto("/sign-in")
    page.fill("#name", "alice")
    page.fill("#password", PASSWORD)
    page.click("main button.primary")
    page.wait_for_url("**/make")
    page.goto(place)
    before = is_as_the_lab_means(page)
    page.select_option(GREEN, "cut")
    page.click("text=Read it like that")
    has_green_cut(page, before)
    page.click("text=Back to what the lab means")
    assert is_as_the_lab_means(page) == before


def test_they_follow_the_keyboard_alone_as_well(page: Page, place: str) -> None:
    keys = Keys(page)
    keys.sign_in("alice", PASSWORD)
    page.goto(place)
    before = is_as_the_lab_means(page)
    keys.to(GREEN)
    page.keyboard.type("cu")
    keys.press("#operations footer button")
    has_green_cut(page, before)
    keys.press("#operations button[name=reset]")
    assert is_as_the_lab_means(page) == before
