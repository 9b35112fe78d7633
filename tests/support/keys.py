"""A person with nothing but a keyboard in Chromium: no mouse, no click, no focus but the one that Tab moves."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

MOST_STEPS = 200

_SEEN = Path(__file__).with_name("focus.js").read_text()


class Keys:
    """Presses keys on a page. Every stop of Tab must be visible, on the screen, and after the one before it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.on("filechooser", lambda _chooser: None)  # from now on: asked for later, Chromium may open its own first
        self._before: dict[str, Any] | None = None

    def tab(self, key: str = "Tab") -> dict[str, Any] | None:
        """One step; what has the focus then, or None at the end of the page."""
        self.page.keyboard.press(key)
        seen: dict[str, Any] | None = self.page.evaluate(_SEEN)
        if seen is not None:
            assert seen["ring"], f"the focus cannot be seen: {seen['html']}"
            assert seen["inside"], f"the focus is outside the screen: {seen}"
            assert seen["free"], f"the focus lies under something: {seen}"
            assert seen["tabindex"] <= 0, f"a tabindex of its own breaks the order: {seen['html']}"
            if key == "Tab":
                self._follows(seen)
        self._before = seen if key == "Tab" else None
        return seen

    def _follows(self, seen: dict[str, Any]) -> None:
        """Within one part of the page the focus goes down, or to the right; never back."""
        before = self._before
        if before is None or before["place"] != seen["place"] or seen["number"] <= before["number"]:
            return
        back = seen["bottom"] <= before["top"] and seen["left"] < before["right"]
        assert not back, f"the focus jumps back from {before['html']} to {seen['html']}"

    def to(self, selector: str, key: str = "Tab") -> None:
        """Press `key` until what `selector` finds has the focus."""
        for _ in range(MOST_STEPS):
            self.tab(key)
            if self.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
        raise AssertionError(f"{selector} is not reached by {key}")

    def walk(self) -> list[str]:
        """From where the focus is to the end of the page: everything on the way, each thing once."""
        passed: list[str] = []
        numbers: set[int] = set()
        for _ in range(MOST_STEPS):
            seen = self.tab()
            if seen is not None and passed and seen["html"] == passed[-1]:
                continue  # a date has a stop for each of its parts
            if seen is None or seen["number"] in numbers:
                return passed
            numbers.add(seen["number"])
            passed.append(seen["html"])
        raise AssertionError(f"Tab never comes to the end of the page: {passed[-3:]}")

    def write(self, selector: str, text: str) -> None:
        self.to(selector)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def press(self, selector: str, key: str = "Enter") -> None:
        self.to(selector)
        self.page.keyboard.press(key)

    def has_focus(self, selector: str) -> None:
        expect(self.page.locator(selector)).to_be_focused()

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto("/sign-in")
        self.write("#name", name)
        self.write("#password", password)
        self.page.keyboard.press("Enter")
        expect(self.page).not_to_have_url(re.compile("/sign-in"))
