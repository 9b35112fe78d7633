"""Every view says who may call it; every form needs its token; every code has its words."""

import re
from pathlib import Path

import pytest
from flask import Flask

from fabqueue.web.access import guard_of
from fabqueue.web.back import own_path
from fabqueue.web.markdown import render
from fabqueue.wording import all_sentences
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser

OURS = {
    "account",
    "designs",
    "explore",
    "files",
    "jobs",
    "language",
    "make",
    "notices",
    "people",
    "projects",
    "showcases",
    "curating",
    "wallboard",
}
SOURCES = Path(__file__).resolve().parents[3] / "fabqueue"


def test_every_view_has_a_guard(app: Flask) -> None:
    views = {name: view for name, view in app.view_functions.items() if name.partition(".")[0] in OURS}
    assert len(views) >= 45
    assert [name for name, view in views.items() if guard_of(view) is None] == []


def test_every_form_needs_its_token(app: Flask, lab: Lab, alice: Browser) -> None:
    posts = [each for each in app.url_map.iter_rules() if "POST" in (each.methods or ()) and _is_ours(each.endpoint)]
    assert len(posts) > 20
    for rule in posts:
        address = re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", "1", rule.rule))
        assert alice.client.post(address).status_code == 400, address


def _is_ours(endpoint: str) -> bool:
    return endpoint.partition(".")[0] in OURS


def test_every_code_that_a_service_says_has_a_sentence() -> None:
    said: set[str] = set()
    for path in (SOURCES / "services").glob("*.py"):
        text = path.read_text("utf-8")
        said |= set(re.findall(r'Refused\(\s*"([a-z_]+)"', text))
        said |= set(re.findall(r'Conflict\([^,()]*(?:\([^()]*\))?[^,()]*,\s*"([a-z_]+)"', text))
        said |= set(re.findall(r'"code": "([a-z_]+)"', text))
    assert len(said) > 50
    assert sorted(said - all_sentences().keys()) == []


def test_every_verb_that_is_recorded_has_a_sentence() -> None:
    verbs = re.compile(r'events\.(?:record|move)\((?:[^"(){]|\([^"()]*\))*"([a-z_]+)"')
    known = {code.split("_", 2)[2] for code in all_sentences() if code.startswith("event_")}
    found = {verb for path in (SOURCES / "services").glob("*.py") for verb in verbs.findall(path.read_text("utf-8"))}
    assert len(found) > 30
    assert sorted(found - known) == []


@pytest.mark.parametrize(
    "wanted", ["//x", "/\\x", "http://x", "x", "", None, "/a\nb", "/ok\\..", "javascript:alert(1)", "///x"]
)
def test_only_own_paths_are_gone_to(wanted: str | None) -> None:
    assert own_path(wanted, "/home") == "/home"


@pytest.mark.parametrize("wanted", ["/", "/jobs?show=open", "/projects/x#files"])
def test_own_paths_are_kept(wanted: str) -> None:
    assert own_path(wanted, "/home") == wanted


def test_headings_of_documentation_begin_below_those_of_the_page() -> None:
    assert render("## A\n\n### B") == "<h3>A</h3>\n<h4>B</h4>\n"
    assert render("# A\n\n## B") == "<h3>A</h3>\n<h4>B</h4>\n"


def test_pictures_from_elsewhere_are_not_fetched() -> None:
    assert "<img" not in render("![x](https://example.org/x.png)")


def test_a_figure_stays_with_its_unit_but_not_in_code() -> None:
    assert render("Walls of 3 mm, 4 mmx, `5 mm`") == "<p>Walls of 3&nbsp;mm, 4 mmx, <code>5 mm</code></p>\n"
