"""Whoever asked the system for less motion gets none: slides jump, the 3D view and bars without an end stand still."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from fabqueue.models import Person
from fabqueue.services import showcases
from tests.support import factories
from tests.support.chromium import serving
from tests.support.factories import PASSWORD, Lab
from tests.web.makers.conftest import Workshop

pytestmark = pytest.mark.browser
MOVING = """document.getAnimations().filter((each) => each.playState === "running")
  .map((each) => String(each.effect?.target?.outerHTML).slice(0, 120))"""
"""Animations and transitions that run, also those inside of the 3D view."""


@pytest.fixture
def open_page(app: Flask, browser: Chromium, lab: Lab) -> Iterator[dict[str, Page]]:
    """Pages of Ines's, once with motion and once without."""
    with serving(app) as url:
        made = {}
        for wish in ("no-preference", "reduce"):
            window = browser.new_context(base_url=url, reduced_motion=wish)  # type: ignore[arg-type]
            page = made[wish] = window.new_page()
            page.goto("/sign-in")
            page.fill("#name", "ines")
            page.fill("#password", PASSWORD)
            page.click("main button.primary")
            page.locator("[popovertarget=pop-account]").wait_for()
        yield made
        for page in made.values():
            page.context.close()


def test_a_slide_is_there_at_once(open_page: dict[str, Page], workshop: Workshop, lab: Lab) -> None:
    with workshop.writing() as session:
        ines = session.get_one(Person, lab.ines.id)
        showcase = showcases.create(session, ines, "Summer show", "")
        for number in range(3):
            showcases.add_words(session, showcase, ines, f"Slide of words {number}", "Words.", "")
        session.commit()
        slug = showcase.slug
    assert scrolled_at_once(open_page["reduce"], f"/showcases/{slug}/present") > 0
    assert scrolled_at_once(open_page["no-preference"], f"/showcases/{slug}/present") == 0, "it glides there"


def scrolled_at_once(page: Page, path: str) -> int:
    """How far the slides are scrolled the moment after somebody pressed End."""
    page.goto(path)
    pressed = 'document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }))'
    return int(page.evaluate(f'() => {{ {pressed}; return document.querySelector(".slides").scrollLeft; }}'))


def test_nothing_moves_on_the_pages_of_making(open_page: dict[str, Page], workshop: Workshop, lab: Lab) -> None:
    shown = workshop.design(lab.ines)
    with workshop.writing() as session:
        reading = factories.uploaded_box(session, workshop.context.storage, session.get_one(Person, lab.ines.id))
        session.commit()
        waiting = reading.design_id
    page = open_page["reduce"]
    places = {
        f"/make/designs/{waiting}": "#reading progress", f"/make/designs/{shown.design_id}": "#quote",
        "/make": "#recent article", "/jobs": "main", "/account": "main",
    }  # fmt: skip
    for path, there in places.items():
        page.goto(path)
        expect(page.locator(there).first).to_be_visible()
        page.mouse.move(300, 300)
        assert page.evaluate(MOVING) == [], path
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
