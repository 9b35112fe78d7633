"""What is wrong with an open page, as far as a program can tell."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

from tests.support.chromium import is_complaint

_JAVASCRIPT = Path(__file__).with_name("faults.js").read_text("utf-8")
_SERIOUS = ("serious", "critical")
_AXE = Axe()
COLOURS = ["color-contrast", "link-in-text-block"]
"""Rules of axe about what differs between the themes."""
HARMLESS = frozenset({"shortened"})
"""Said in the table for the eye, and no fault: a long name that ends in dots where a list is narrow."""


@dataclass(frozen=True)
class Fault:
    """`kind`: sideways, sticks out, cut off, split figure, blank or narrow sign in Chinese, two lines, small target,
    shortened, console, axe."""

    kind: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.what}"


class Console:
    """Collects what a page complains about: errors of scripts, of the content policy, of files that are missing."""

    def __init__(self, page: Page) -> None:
        self._page, self._said = page, list[Fault]()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._said.append(Fault("console", page.url, str(error))))

    def _hear(self, message: ConsoleMessage) -> None:
        is_answer = message.text.startswith("Failed to load resource") and message.location["url"] == self._page.url
        if is_complaint(message) and not is_answer:  # an error page is itself an answer of that kind
            self._said.append(Fault("console", message.location["url"], message.text))

    def take(self) -> list[Fault]:
        said, self._said = self._said, []
        return said


def of_layout(page: Page, phone: bool) -> list[Fault]:
    """Text outside its box, split figures, wrapped buttons, blanks and narrow signs in Chinese; on a phone targets too
    small for a thumb."""
    return [Fault(*each) for each in dict.fromkeys(map(tuple, page.evaluate(_JAVASCRIPT, phone)))]


def of_access(page: Page, part: str = "html", rules: list[str] | None = None) -> list[Fault]:
    """Serious and critical findings of axe inside `part`, a selector; `rules`: only these."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = _AXE.run(page, context=part, options=options).response["violations"]
    return [
        Fault("axe", " ".join(map(str, node["target"])), each["id"])
        for each in found
        if each["impact"] in _SERIOUS
        for node in each["nodes"]
    ]
