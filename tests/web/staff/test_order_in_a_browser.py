"""The desk's queue in Chromium: put in order with the keyboard alone and by dragging, while it renews itself."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from fabqueue.models import Job
from tests.web.staff.conftest import Floor
from tests.web.staff.test_in_a_browser import Open, open_page, url
from tests.web.staff.test_queue import order, waiting

__all__ = ["open_page", "url"]

pytestmark = pytest.mark.browser

Five = list[Job]


@pytest.fixture
def five(floor: Floor) -> Five:
    return [waiting(floor, 0, minutes) for minutes in (50, 40, 30, 20, 10)]


def codes(jobs: Five, *numbers: int) -> list[str]:
    return [jobs[number].code for number in numbers]


def shown(page: Page) -> Locator:
    return page.locator("#queue .queue > li b a")


def stands(page: Page, *jobs: str) -> None:
    """The queue of the page comes to show these jobs and no others."""
    expect(shown(page)).to_have_text([re.compile(each) for each in jobs])


def focus_by_tab(page: Page, selector: str) -> None:
    """From the button before it on the page, with the key."""
    while not page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
        page.keyboard.press("Tab")


def loads(page: Page) -> list[str]:
    """The pages that are loaded from now on."""
    found: list[str] = []
    page.on("framenavigated", lambda frame: found.append(frame.url))
    return found


@contextmanager
def slowly(page: Page) -> Iterator[None]:
    """The server does not get the first move before the block has ended."""
    held: list[Route] = []
    page.route("**/move?*", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/move?*"):
        yield
    held[0].continue_()


def test_a_job_goes_several_places_by_keyboard_without_a_new_page(open_page: Open, floor: Floor, five: Five) -> None:
    page = open_page("/desk")
    loaded, button = loads(page), f"#up-{five[4].code}"
    page.locator("#queue-t + .queue-switch a, #queue header a").last.focus()
    focus_by_tab(page, button)
    for order_then in ((0, 1, 2, 4, 3), (0, 1, 4, 2, 3), (0, 4, 1, 2, 3)):
        page.keyboard.press("Enter")
        stands(page, *codes(five, *order_then))
        expect(page.locator(button)).to_be_focused()
        expect(page.locator(button)).to_be_in_viewport()
        place = order_then.index(4) + 1
        expect(page.locator("#live")).to_have_text(f"{five[4].code} stands at place {place} of the queue.")
    assert order(floor) == codes(five, 0, 4, 1, 2, 3)
    assert loaded == []


def test_presses_that_come_faster_than_the_server_answers_all_count(open_page: Open, floor: Floor, five: Five) -> None:
    page = open_page("/desk")
    loaded, button = loads(page), page.locator(f"#up-{five[4].code}")
    button.focus()
    with slowly(page):
        for _press in range(3):
            page.keyboard.press("Enter")
    stands(page, *codes(five, 0, 4, 1, 2, 3))
    expect(button).to_be_focused()
    assert loaded == []
    assert order(floor) == codes(five, 0, 4, 1, 2, 3)


def test_the_first_stays_first_and_keeps_the_focus(open_page: Open, floor: Floor, five: Five) -> None:
    page = open_page("/desk")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.method == "POST" else None)
    page.locator(f"#up-{five[1].code}").focus()
    page.keyboard.press("Enter")
    stands(page, *codes(five, 1, 0, 2, 3, 4))
    expect(page.locator(f"#up-{five[1].code}")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(f"#down-{five[1].code}").focus()
    page.keyboard.press("Enter")
    stands(page, *codes(five, 0, 1, 2, 3, 4))
    assert len(asked) == 2


def test_kept_let_go_to_the_front_and_taken_back_by_keyboard(open_page: Open, floor: Floor, five: Five) -> None:
    page = open_page("/desk")
    keep = page.locator(f"#pin-{five[2].code}")
    keep.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#queue li", has_text="put here by hand")).to_have_count(3)
    expect(keep).to_be_focused()
    expect(keep).to_have_accessible_name(f"Let the rules decide about {five[2].code}")
    page.keyboard.press("Enter")
    expect(page.locator("#queue li", has_text="put here by hand")).to_have_count(2)
    expect(keep).to_be_focused()
    page.locator(f"#front-{five[3].code}").focus()
    page.keyboard.press("Enter")
    stands(page, *codes(five, 3, 0, 1, 2, 4))
    expect(page.locator(f"#front-{five[3].code}")).to_be_focused()
    focus_by_tab(page, f"#undo-{five[3].code}")
    page.keyboard.press("Enter")
    stands(page, *codes(five, 0, 1, 2, 3, 4))
    expect(page.locator("#live")).to_have_text("Taken back: the queue stands as it did before.")
    expect(page.locator(".undo")).to_have_count(0)


def test_without_scripts_the_focus_comes_back_to_the_button(open_page: Open, floor: Floor, five: Five) -> None:
    page = open_page("/desk", script=False)
    button = page.locator(f"#up-{five[4].code}")
    button.focus()
    for place in (4, 3, 2):
        page.keyboard.press("Enter")
        expect(page.locator("#messages")).to_contain_text(f"{five[4].code} stands at place {place} of the queue.")
        expect(button).to_be_focused()
    assert order(floor) == codes(five, 0, 4, 1, 2, 3)


# by dragging


@pytest.fixture
def dragging(open_page: Open, five: Five) -> Page:
    """A page on which the last job hangs at the pointer, above the second."""
    page = open_page("/desk")
    grip = page.locator("#queue li [data-grip]").nth(4)
    page.locator("#queue li").nth(2).scroll_into_view_if_needed()
    begun, there = grip.bounding_box(), page.locator("#queue li").nth(1).bounding_box()
    assert begun
    assert there
    page.mouse.move(begun["x"] + 6, begun["y"] + begun["height"] / 2)
    page.mouse.down()
    page.mouse.move(begun["x"] + 6, there["y"] + 4, steps=8)
    stands(page, *codes(five, 0, 4, 1, 2, 3))
    return page


def test_a_job_is_dragged_to_another_place(dragging: Page, floor: Floor, five: Five) -> None:
    loaded = loads(dragging)
    dragging.mouse.up()
    expect(dragging.locator("#live")).to_have_text(f"{five[4].code} stands at place 2 of the queue.")
    stands(dragging, *codes(five, 0, 4, 1, 2, 3))
    assert order(floor) == codes(five, 0, 4, 1, 2, 3)
    assert loaded == []


def test_a_queue_that_renews_itself_does_not_lose_what_is_dragged(dragging: Page, floor: Floor, five: Five) -> None:
    """A machine takes the first job meanwhile, and the part asks twice; the drop still means: before the second."""
    for _renewal in range(2):
        with dragging.expect_response("**/desk/part/queue?*") as renewed:
            floor.take(five[0])
        assert renewed.value.status == 200
    expect(dragging.locator("#queue [data-dragged]")).to_contain_text(five[4].code)
    dragging.mouse.up()
    stands(dragging, *codes(five, 4, 1, 2, 3))
    assert order(floor) == codes(five, 4, 1, 2, 3)


def test_escape_puts_what_is_dragged_back(dragging: Page, floor: Floor, five: Five) -> None:
    dragging.keyboard.press("Escape")
    stands(dragging, *codes(five, 0, 1, 2, 3, 4))
    dragging.mouse.up()
    with dragging.expect_response("**/desk/part/queue?*"):
        pass
    assert order(floor) == codes(five, 0, 1, 2, 3, 4)


def test_what_is_dropped_while_another_move_is_on_its_way_waits_for_it(
    dragging: Page, floor: Floor, five: Five
) -> None:
    """The answer to the first comes when the second was dropped already."""
    dragging.locator(f"#down-{five[2].code}").focus()
    with slowly(dragging):
        dragging.keyboard.press("Enter")
        dragging.mouse.up()
    stands(dragging, *codes(five, 0, 4, 1, 3, 2))
    assert order(floor) == codes(five, 0, 4, 1, 3, 2)
