"""A lab on its first day: every page says what is not there yet; no list, table or heading has nothing below it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from lxml import html
from lxml.html import HtmlElement

from fabqueue.db import Database
from fabqueue.models import Person, Role
from tests.support import factories
from tests.support.pages import Browser, signing_in

CONTENT = ".//img | .//input | .//textarea | .//select | .//progress | .//*[@hx-get] | .//*[contains(@class, 'empty')]"
HEADINGS = {"h1", "h2", "h3", "h4", "legend", "caption", "summary"}
FILLED_LATER = "uploads"
"""The class of lists that a script fills."""


@pytest.fixture
def somebody(database: Database, empty: None) -> dict[str, Person]:
    """One of each, and nothing that anybody did."""
    roles = {"vera": tuple(Role), "max": (Role.MEMBER,)}
    with database.writing() as session:
        made = {name: factories.person(session, name, *held) for name, held in roles.items()}
        session.commit()
        for each in made.values():
            session.refresh(each)
    return made


def pages(app: Flask) -> list[str]:
    """Addresses that need nothing to be there, also those of parts that renew themselves."""
    rules = [each for each in app.url_map.iter_rules() if "GET" in (each.methods or ()) and not each.arguments]
    return sorted(each.rule for each in rules if not each.rule.startswith(("/api/", "/health", "/metrics")))


def holes(text: str) -> Iterator[str]:
    """Lists without an entry, and parts of the page that are a heading alone."""
    whole = html.fromstring(text)
    root = next(iter(whole.xpath("//main")), whole)
    for each in root.iter("ul", "ol", "dl", "tbody", "select"):
        if len(each) == 0 and FILLED_LATER not in each.get("class", ""):
            yield f"an empty <{each.tag}> “{each.get('id') or each.get('class') or ''}”"
    for each in root.iter("section", "fieldset", "aside"):
        if _heading(each) and not _is_filled(each):
            yield f"nothing below “{_heading(each)}”"


def _heading(element: HtmlElement) -> str:
    found = [each for each in element.iter() if each.tag in HEADINGS]
    return " ".join(found[0].text_content().split()) if found else ""


def _is_filled(part: HtmlElement) -> bool:
    if part.xpath(CONTENT):
        return True
    said = part.xpath(".//text()[normalize-space()]")
    return any(not any(up.tag in HEADINGS for up in each.getparent().xpath("ancestor-or-self::*")) for each in said)


def bare(vera: Browser) -> list[str]:
    """The pages of things that have nothing in them: a tool, a showcase, a material, a person."""
    tool = vera.post("/machines/find/by-hand", {"name": "Drill", "kind": "other", "materials": "Beech"}).location
    slug = tool.rpartition("/")[2]
    shown = vera.post("/new-showcase", {"title": "Nothing yet"}).location
    return [
        "/people/vera",
        "/people/max",
        tool,
        f"/m/{slug}",
        f"/round/{slug}",
        shown,
        "/materials/beech",
        "/desk",
        "/m/",
    ]


def look(browser: Browser, paths: list[str]) -> dict[str, list[str]]:
    """What is wrong with each page, also with nothing wrong."""
    answers = {path: browser.get(path) for path in paths}
    return {
        path: list(holes(answer.text)) for path, answer in answers.items()
        if answer.status_code == 200 and answer.mimetype == "text/html" and answer.text.strip()
    }  # fmt: skip


def test_every_page_of_an_empty_lab_says_what_is_not_there(app: Flask, somebody: dict[str, Person]) -> None:
    sign_in = signing_in(app, Browser)
    vera = sign_in(somebody["vera"])
    seen = {"max": look(sign_in(somebody["max"]), pages(app)), "visitor": look(sign_in(None), pages(app))}
    seen |= {"vera": look(vera, pages(app)), "vera, of a thing": look(vera, bare(vera))}
    assert len(seen["vera"]) > 40
    found = [f"{who} {path}: {said}" for who, each in seen.items() for path, said in each.items() if said]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "count"),
    [("<main><ul></ul></main>", 1), ("<main><section><h2>Jobs</h2></section></main>", 1),
     ("<main><table><thead><tr><th>When</th></tr></thead><tbody></tbody></table></main>", 1),
     ("<main><section><h2>Jobs</h2><p>None yet.</p></section></main>", 0)],
)  # fmt: skip
def test_a_hole_is_seen(text: str, count: int) -> None:
    assert len(list(holes(text))) == count
