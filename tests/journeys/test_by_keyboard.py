"""The first journey with a keyboard alone: no click, and no focus but by the keys of a person."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Running
from tests.journeys.lab import PASSWORD, PATIENCE
from tests.support.factories import box_stl
from tests.support.keys import Keys

pytestmark = [pytest.mark.octoprint, pytest.mark.browser]

Open = Callable[[str], Keys]


@pytest.fixture
def at_the_keyboard(browser: Browser, running: Running) -> Iterator[Open]:
    """Somebody who signed in with the keyboard, in a window of their own."""
    with ExitStack() as stack:

        def open_window(name: str) -> Keys:
            window = browser.new_context(base_url=running.lab.url, viewport={"width": 1280, "height": 900})
            stack.callback(window.close)
            page = window.new_page()
            page.set_default_timeout(PATIENCE * 1000)
            keys = Keys(page)
            keys.sign_in(name, PASSWORD)
            return keys

        expect.set_options(timeout=60_000)
        yield open_window


def test_from_a_file_to_a_public_page_by_keyboard_alone(
    running: Running, at_the_keyboard: Open, tmp_path: Path
) -> None:
    file = tmp_path / "keyboard-hook.stl"
    file.write_bytes(box_stl((11, 8, 2)))
    maker = at_the_keyboard("mia")
    code = ask(maker, file)
    technician = at_the_keyboard("tara")
    approve(technician, code)
    make(technician, running.tool)
    hand_out(technician, code)
    publish(maker, code)


# the maker


def ask(keys: Keys, file: Path) -> str:
    """Upload, choose, ask; the job's code."""
    upload(keys, file)
    page = keys.page
    expect(page.get_by_text("You pay at most")).to_be_visible()
    keys.write("#quantity", "2")
    keys.write("#note", "Leaves face down.")
    expect(page.locator("#quote-price")).to_contain_text("2 pieces")
    choose(keys)
    keys.to("#quote-go button.primary", "Shift+Tab")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("/jobs/J-"))
    expect(page.locator("main")).to_contain_text("Leaves face down.")
    return page.url.rsplit("/", 1)[1]


def upload(keys: Keys, file: Path) -> None:
    """The control opens the file chooser with Space as with Enter."""
    page = keys.page
    page.goto("/make")
    keys.to("#sent-file")
    for key in ("Enter", "Space"):
        with page.expect_file_chooser() as chooser:
            page.keyboard.press(key)
    chooser.value.set_files(file)
    expect(page).to_have_url(re.compile("/make/designs/"))


def choose(keys: Keys) -> None:
    """The sewing machine among the options, by the arrows of the radio buttons."""
    page = keys.page
    keys.to("input[name=option]")
    for _ in range(10):
        if page.evaluate("document.activeElement.value") == "sewing-machine/pla":
            break
        page.keyboard.press("ArrowDown")
    expect(page.locator("input[name=option]:checked")).to_have_value("sewing-machine/pla")
    expect(page.locator("#quote-price")).to_contain_text("Sewing machine")


def publish(keys: Keys, code: str) -> None:
    """Finish the page that wrote itself, and open it to all."""
    page = keys.page
    page.goto(f"/jobs/{code}")
    keys.press(f'main a[href*="/jobs/{code}/finish"]')
    expect(page).to_have_url(re.compile("/finish"))
    keys.write("#function", "Holds a coat.")
    keys.write("#note", "Round the edges.")
    keys.press('main button[name=do][value="publish"]')
    expect(page).to_have_url(re.compile("/projects/"))
    expect(page.get_by_text("It is public now").first).to_be_visible()


# the technician


def approve(keys: Keys, code: str) -> None:
    """Find the job at the desk and approve it with the keys that the desk lists."""
    page = keys.page
    page.goto("/desk")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("approve")
    page.keyboard.press("Escape")
    keys.write("#find", code)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/desk/{code}"))
    keys.to("[data-key=a]")
    page.keyboard.press("a")
    expect(page.locator(".decided")).to_contain_text(code)


def make(keys: Keys, slug: str) -> None:
    """Start it, finish it and clear the machine, all at the wall of the desk."""
    page, card = keys.page, f'.machine[aria-labelledby="mc-{slug}"]'
    page.goto("/desk")
    for label in ("Start", "Finished"):
        expect(page.locator(card)).to_contain_text(label)
        keys.press(f"{card} button.primary")
    page.locator(f"#clear-{slug}").wait_for()
    keys.press(f"#clear-{slug}")
    page.locator(f"#clear-{slug}").wait_for(state="detached")


def hand_out(keys: Keys, code: str) -> None:
    """A dialog is opened and left, gives the focus back, and the button beside it hands out."""
    page = keys.page
    page.goto("/desk")
    keys.press(f"#place-{code}")
    expect(page.locator("#ask-t")).to_be_focused()
    page.keyboard.press("Escape")
    keys.has_focus(f"#place-{code}")
    keys.press(f'#shelf button[aria-label="Hand out {code}"]')
    expect(page.locator("#messages")).to_contain_text(code)
