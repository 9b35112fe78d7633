"""Every page, as everybody who may open it, in a real browser: nothing is said that did not pass the catalogue."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page
from werkzeug.wrappers import Response

from tests.languages import pseudo
from tests.languages.addresses import addresses
from tests.languages.conftest import ROLES, Scene
from tests.languages.reading import Leak, essence, leaks, texts, told
from tests.support.chromium import serving

_STYLE = re.compile(rb'<link rel="stylesheet"[^>]*>')

OF_MANY_KINDS = {
    "designs.show", "desk.show", "floor.clear", "jobs.cancel", "jobs.part", "jobs.show", "kiosk.arm", "lasers.arm",
    "machines.show", "people.new_password", "projects.show", "reviews.price", "staff_people.show", "tools.show",
}  # fmt: skip
"""Pages that say other things of each thing; of other pages three of a kind are enough."""


class Reading:
    """Opens pages as one person and remembers what was said in the wrong language."""

    def __init__(self, scene: Scene, page: Page, root: str, role: str, seen: set[str]) -> None:
        self.scene, self.page, self.root, self.role, self.seen = scene, page, root, role, seen
        self.found: list[tuple[str, Leak]] = []
        self.opened = 0
        self.client: FlaskClient = scene.app.test_client()
        self.client.set_cookie("fabqueue", scene.cookie(role))
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "fabqueue", "value": scene.cookie(role), "url": root}])

    def read(self, endpoint: str, address: str) -> None:
        """Open an address unless a page that says the same was read before."""
        with self.client.get(address) as answer:
            if answer.mimetype != "text/html" or answer.status_code in range(300, 400):
                return
            content = essence(answer.get_data(as_text=True))
            if content not in self.seen or not self.opened:
                self.seen.add(content)
                self._open(f"{self.role} {endpoint} {address}", address, answer)

    def _open(self, what: str, address: str, answer: Response) -> None:
        """Let the browser load that answer, with everything the page asks for, from the running server.

        But for the styles: texts are read whether they are seen or not.
        """
        body, status = _STYLE.sub(b"", answer.get_data()), answer.status_code
        headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
        self.page.route(
            self.root + address, lambda each: each.fulfill(status=status, headers=headers, body=body), times=1
        )
        self.page.goto(self.root + address, wait_until="domcontentloaded")
        self.opened += 1
        if b"<html" in body:
            assert self.page.evaluate("document.documentElement.lang") == self.scene.language.replace("_", "-"), what
        self.found += [(what, leak) for leak in leaks(texts(self.page), self.scene.language)]


def test_every_page_speaks_the_readers_language(scene: Scene, page: Page) -> None:
    """In the invented language members and technicians open the page of every thing; otherwise one of each kind."""
    seen: set[str] = set()
    found: list[tuple[str, Leak]] = []
    with serving(scene.app) as root:
        for role in ROLES:
            reading = Reading(scene, page, root, role, seen)
            for endpoint, address in _pages(scene, role):
                reading.read(endpoint, address)
            assert reading.opened, role
            found += reading.found
    assert not found, told(found)


def _pages(scene: Scene, role: str) -> Iterator[tuple[str, str]]:
    found: dict[str, list[str]] = {}
    for endpoint, address in addresses(scene.app, scene.lab, "GET"):
        if not address.startswith("/api/"):
            found.setdefault(endpoint, []).append(address)
    thorough = scene.language == pseudo.LANGUAGE and role in {"member", "technician"}
    for endpoint, places in found.items():
        most = len(places) if endpoint in OF_MANY_KINDS and thorough else 3 if thorough else 1
        yield from ((endpoint, address) for address in places[:: -(-len(places) // most)])


@pytest.mark.parametrize("role", ["member", "technician"])
def test_every_part_that_htmx_fetches_speaks_the_readers_language(scene: Scene, page: Page, role: str) -> None:
    """Dialogs and parts that are answered otherwise than to a browser that opens the address."""
    client, found, parts = scene.app.test_client(), list[tuple[str, Leak]](), 0
    client.set_cookie("fabqueue", scene.cookie(role))
    for endpoint, address in _pages(scene, ""):
        with client.get(address, headers={"HX-Request": "true"}) as answer:
            if answer.mimetype != "text/html" or b"<html" in answer.data:
                continue
            page.set_content(answer.get_data(as_text=True))
            parts += 1
            found += [(f"{endpoint} {address}", leak) for leak in leaks(texts(page), scene.language)]
    assert parts > 5
    assert not found, told(found)
