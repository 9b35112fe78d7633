"""Every error page and fragment, every answer to an empty form, every problem of the API."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Blueprint, abort
from playwright.sync_api import Page
from werkzeug.exceptions import default_exceptions

from fabqueue.models import Person
from fabqueue.services import tokens
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.web.access import open_to_all
from tests.languages.addresses import addresses
from tests.languages.conftest import Scene
from tests.languages.reading import Leak, essence, leaks, texts, told
from tests.support.chromium import serving

HTMX = {"HX-Request": "true"}
STATUSES = sorted(code for code in default_exceptions if code >= 400)
REFUSALS = {
    "refused": Refused("password_short", {"least": 10}), "conflict": Conflict("queued"),
    "invalid": Invalid([Refused("project_licence_missing"), Refused("project_function_missing")]),
}  # fmt: skip
SPOKEN = {"title", "detail", "message", "advice", "text", "label"}


def _breaking() -> Blueprint:
    """Addresses that end in every way a request can end."""
    blueprint = Blueprint("breaking", __name__, url_prefix="/breaking")

    @blueprint.get("/<what>")
    @open_to_all
    def end(what: str) -> str:
        if what in REFUSALS:
            raise REFUSALS[what]
        if what == "crash":
            raise RuntimeError("a fault of the program")
        abort(int(what))

    return blueprint


def test_every_error_speaks_the_readers_language(scene: Scene, page: Page) -> None:
    scene.app.register_blueprint(_breaking())
    found: list[tuple[str, Leak]] = []
    with serving(scene.app) as root:
        page.context.add_cookies([{"name": "fabqueue", "value": scene.cookie("member"), "url": root}])
        for what in [*map(str, STATUSES), *REFUSALS, "crash"]:
            page.goto(f"{root}/breaking/{what}", wait_until="domcontentloaded")
            assert page.locator("h1").count() == 1, what
            found += [(what, leak) for leak in leaks(texts(page), scene.language)]
            fragment = page.request.get(f"{root}/breaking/{what}", headers=HTMX).text()
            assert "<html" not in fragment, what
            page.set_content(fragment)
            found += [(f"{what} in part", leak) for leak in leaks(texts(page), scene.language)]
    assert not found, told(found)


def _forms(scene: Scene) -> Iterator[tuple[str, str]]:
    """One address for each route that takes a form; signing out comes last."""
    shown: dict[str, str] = {}
    for endpoint, address in addresses(scene.app, scene.lab, "POST"):
        if not address.startswith("/api/"):
            shown.setdefault(endpoint, address)
    yield from sorted(shown.items(), key=lambda each: each[0] == "people.sign_out")


@pytest.fixture(scope="module")
def heard() -> dict[str, set[str]]:
    """What was read already, by language: most of what is wrong with a form is told to everybody alike."""
    return defaultdict(set)


@pytest.mark.parametrize("role", ["visitor", "member", "technician", "admin"])
@pytest.mark.parametrize("fields", [{}, {"file": "", "quantity": "abc", "amount": "abc"}], ids=["empty", "nonsense"])
def test_what_an_unfit_form_is_told_is_in_the_readers_language(
    scene: Scene, page: Page, role: str, fields: dict[str, str], heard: dict[str, set[str]]
) -> None:
    """Including what the next page says of it (messages). Forms need no token here: to fetch each one took longest."""
    scene.app.config["WTF_CSRF_ENABLED"] = False
    client = scene.app.test_client()
    client.set_cookie("fabqueue", scene.cookie(role))
    found: list[tuple[str, Leak]] = []
    for endpoint, address in _forms(scene):
        with client.post(address, data=fields, follow_redirects=True) as answer:
            assert answer.status_code != 500, (endpoint, answer.get_data(as_text=True))
            html = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
            if html and essence(html) not in heard[scene.language]:
                heard[scene.language].add(essence(html))
                page.set_content(html)
                found += [(endpoint, leak) for leak in leaks(texts(page), scene.language)]
        client.set_cookie("fabqueue", scene.cookie(role))
    assert not found, told(found)


@pytest.mark.parametrize("role", ["visitor", "member", "technician"])
def test_the_api_speaks_the_callers_language(scene: Scene, role: str) -> None:
    found: list[tuple[str, Leak]] = []
    client, headers = scene.app.test_client(), {"Accept-Language": scene.language.replace("_", "-")}
    if role != "visitor":
        with scene.context.db.writing() as session:
            person = session.get_one(Person, scene.lab.people[role].id)
            headers["X-Api-Key"] = tokens.create(session, person, "Мост")[1]
            session.commit()
    for method, address in _calls(scene):
        answer = client.open(address, method=method, headers=headers, json=None if method == "GET" else {})
        said = list(_spoken(answer.get_json(silent=True)))
        found += [(f"{method} {address}", leak) for leak in leaks(said, scene.language)]
    assert not found, told(found)


def _calls(scene: Scene) -> Iterator[tuple[str, str]]:
    """Everything that can be read, and each other route once."""
    for method in ("GET", "POST", "PATCH"):
        shown: set[str] = set()
        for endpoint, address in addresses(scene.app, scene.lab, method):
            if address.startswith("/api/v1/") and endpoint != "api.openapi" and endpoint not in shown:
                yield method, address
                shown |= set() if method == "GET" else {endpoint}


def _spoken(body: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """The texts for people in an answer, by the names of their fields."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from _spoken(value, name)
    elif isinstance(body, list):
        for value in body:
            yield from _spoken(value, key)
    elif isinstance(body, str) and key in SPOKEN:
        yield key, body
