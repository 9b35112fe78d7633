"""What must hold for every template: it compiles, keeps to the policy, uses icons that exist, and has a title."""

import json
import re
from pathlib import Path

import pytest
from jinja2 import Environment

from fabqueue.app import create_app
from fabqueue.config import build
from tests.face.lab import TEMPLATES, Person, lab, page
from tests.face.sheet import STATES, app, context

PAGES = sorted(TEMPLATES.rglob("*.html"))
ALL = sorted(path for path in TEMPLATES.rglob("*") if path.is_file())
NAMES = [str(path.relative_to(TEMPLATES)) for path in ALL]
SPRITE = set(re.findall(r'<symbol id="i-([\w-]+)"', (TEMPLATES / "_sprite.html").read_text()))
ICON = re.compile(r"""(?:\bicon\(|\bicon_name=|\bempty\()["']([\w-]+)["']""")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The application's own, with every filter that its pages use."""
    return create_app(build({}, {}, tmp_path_factory.mktemp("lab"))).jinja_env


@pytest.fixture(scope="module")
def sheet() -> str:
    return page(app(), "sheet.html", **context("/picture.webp", "/part.glb"))


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(environment: Environment, name: str) -> None:
    assert environment.get_template(name).name == name


@pytest.mark.parametrize("path", PAGES, ids=[name for name in NAMES if name.endswith(".html")])
def test_it_holds_no_inline_script_or_style(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|hx-on|hx-vals=['\"]js:", source)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", source))


@pytest.mark.parametrize("path", PAGES, ids=[name for name in NAMES if name.endswith(".html")])
def test_its_icons_are_in_the_sprite(path: Path) -> None:
    assert set(ICON.findall(path.read_text())) <= SPRITE


@pytest.mark.parametrize("path", PAGES, ids=[name for name in NAMES if name.endswith(".html")])
def test_a_page_has_a_title(path: Path) -> None:
    source = path.read_text()
    if '{% extends "base.html" %}' in source:
        assert re.search(r"{% block title %}\s*\S", source)


@pytest.mark.parametrize("path", PAGES, ids=[name for name in NAMES if name.endswith(".html")])
def test_no_form_stands_in_a_paragraph(path: Path) -> None:
    """A browser ends the paragraph before it, and what follows loses its place."""
    block = r"\{\{-? ?post_button|<(?:form|ul|ol|dl|div|table|section)\b"
    inside = re.compile(rf"<p\b[^>]*>(?:(?!</p>|<p\b).)*?(?:{block})", re.S)
    assert [found[0] for found in inside.finditer(path.read_text())] == []


@pytest.mark.parametrize("path", PAGES, ids=[name for name in NAMES if name.endswith(".html")])
def test_sentences_follow_one_another_as_the_language_does(path: Path) -> None:
    """By `blank()` or `together`, for Chinese sentences have no blank between them."""
    apart = re.compile(r'[.?!:;]"(?:, [^{}()]*)?\) \}\}(?:</\w+>)* (?:\{\{ (?:_|ngettext)\(|<a (?!class="btn))')
    assert [found[0] for found in apart.finditer(path.read_text())] == []


def test_the_sheet_shows_only_icons_of_the_sprite(sheet: str) -> None:
    shown = set(re.findall(r'href="#i-([\w-]+)"', sheet))
    assert {"check", "stop", "bell"} <= shown <= SPRITE


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_a_word_and_an_icon_of_its_own(sheet: str, state: str) -> None:
    badge = re.search(rf'<span class="state" data-state="{state}">.*?#i-([\w-]+)".*?</svg>([^<]+)</span>', sheet)
    assert badge is not None
    assert badge[1] != "info"
    assert badge[2] != state


def test_the_rendered_sheet_keeps_to_the_policy(sheet: str) -> None:
    assert " style=" not in sheet
    assert not re.search(r"\son[a-z]+=", sheet)
    assert sheet.count('class="sprite"') == 1


def test_htmx_is_told_to_evaluate_nothing() -> None:
    html = page(lab(), "errors/error.html", code=404, title="Not here", advice="Look elsewhere.")
    settings = re.search(r"<meta name=\"htmx-config\" content='([^']+)'", html)
    assert settings is not None
    assert json.loads(settings[1])["allowEval"] is False
    assert json.loads(settings[1])["includeIndicatorStyles"] is False


def test_htmx_requests_carry_the_token_of_the_forms() -> None:
    html = page(lab(), "errors/error.html", code=404, title="Not here", advice="Look elsewhere.")
    headers = re.search(r"hx-headers='([^']+)'", html)
    assert headers is not None
    token = json.loads(headers[1])["X-CSRFToken"]
    assert f'name="csrf_token" value="{token}"' in html


def test_a_visitor_is_offered_to_sign_in_and_no_desk() -> None:
    html = page(lab(), "errors/error.html", code=404, title="Not here", advice="Look elsewhere.")
    assert "/people/sign_in" in html
    assert "/desk/index" not in html
    assert "pop-account" not in html


def test_a_member_sees_the_own_jobs_and_no_desk() -> None:
    html = page(lab(Person()), "errors/error.html", code=404, title="Not here", advice="Look elsewhere.")
    assert "/jobs/mine" in html
    assert "/desk/index" not in html
    assert "/machines/index" not in html


def test_staff_see_the_desk_and_the_machines() -> None:
    html = page(lab(Person(is_staff=True)), "errors/error.html", code=404, title="Not here", advice="Look elsewhere.")
    assert "/desk/index" in html
    assert "/machines/index" in html


def test_every_other_language_is_offered_in_its_own_name() -> None:
    html = page(lab(), "errors/error.html", code=404, title="Not here", advice="Look elsewhere.")
    assert re.findall(r'<button name="lang" value="(\w+)" lang="([\w-]+)"', html) == [("zh_Hans", "zh-Hans")]
    assert "<span>简体中文</span>" in html


def test_the_bell_counts_what_is_unread() -> None:
    assert 'aria-label="Notices, 2 unread"' in page(app(), "_parts/bell.html")
    assert 'aria-label="Notices"' in page(lab(Person()), "_parts/bell.html")


def test_a_name_is_never_translated_nor_taken_for_markup() -> None:
    html = page(lab(Person(display_name="<b>Mara</b>")), "errors/error.html", code=403, title="No", advice="Ask.")
    assert '<span translate="no">&lt;b&gt;Mara&lt;/b&gt;</span>' in html


def test_the_confirmation_page_posts_what_the_dialog_would() -> None:
    html = page(
        app(),
        "confirm.html",
        title="Cancel the print?",
        text="You pay for the material.",
        action="/jobs/1/cancel",
        yes="Cancel the print",
        back="/jobs/1",
        fields=[("run", "7")],
    )
    assert 'method="post" action="/jobs/1/cancel"' in html
    assert 'name="run" value="7"' in html
    assert 'name="csrf_token"' in html


def test_an_error_for_htmx_is_a_fragment() -> None:
    html = page(lab(), "errors/_fragment.html", title="Not saved", detail="The bed is full.", advice="Try again.")
    assert "<html" not in html
    assert 'data-say="Not saved"' in html
    assert "The bed is full. Try again." in html
