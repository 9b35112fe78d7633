"""Skip link, menus and dialogs with nothing but a keyboard; the focus is seen wherever it goes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from fabqueue.models import Job, JobState
from tests.support.factories import PASSWORD
from tests.support.keys import Keys
from tests.web.makers.conftest import Workshop

pytestmark = pytest.mark.browser


@pytest.fixture
def keys(browser: Chromium, address: str) -> Iterator[Keys]:
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield Keys(page)
    context.close()


def test_the_first_stop_skips_to_the_content(keys: Keys) -> None:
    keys.page.goto("/")
    keys.page.keyboard.press("Tab")
    keys.has_focus("a.skip")
    expect(keys.page.locator("a.skip")).to_be_in_viewport()
    keys.page.keyboard.press("Enter")
    keys.has_focus("#main")
    keys.page.keyboard.press("Tab")
    assert keys.page.evaluate("document.activeElement.closest('#main') !== null")


def test_a_menu_opens_and_closes_and_gives_the_focus_back(keys: Keys) -> None:
    keys.sign_in("alice", PASSWORD)
    keys.press('[popovertarget="pop-account"]')
    expect(keys.page.locator("#pop-account")).to_be_visible()
    keys.to("#pop-account a")
    keys.page.keyboard.press("Escape")
    expect(keys.page.locator("#pop-account")).to_be_hidden()
    keys.has_focus('[popovertarget="pop-account"]')


def test_a_question_opens_closes_and_gives_the_focus_back(keys: Keys, workshop: Workshop) -> None:
    job = workshop.job(JobState.QUEUED)
    keys.sign_in("alice", PASSWORD)
    keys.page.goto(f"/jobs/{job.code}")
    link = f'a[data-dialog][href*="/jobs/{job.code}/cancel"]'
    keys.press(link)
    expect(keys.page.locator("dialog#ask[open] form[action]")).to_be_visible()
    keys.to("dialog#ask footer button")
    keys.page.keyboard.press("Escape")
    expect(keys.page.locator("dialog#ask[open]")).to_have_count(0)
    keys.has_focus(link)


def test_a_changed_field_asks_the_price_and_never_does_what_the_next_button_says(
    keys: Keys, workshop: Workshop
) -> None:
    revision = workshop.design()
    keys.sign_in("alice", PASSWORD)
    keys.page.goto(f"/make/designs/{revision.design_id}")
    keys.write("#quantity", "3")
    put = "#quote-go button[formaction]"
    keys.to(put)
    expect(keys.page.locator("#quote-price")).to_contain_text("3 pieces")
    expect(keys.page.locator("#quote-price")).not_to_contain_text("Your request")
    keys.has_focus(put)  # though the button came anew with the price
    with workshop.context.db.reading() as session:
        assert session.query(Job).count() == 0
