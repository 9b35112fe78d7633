"""Help in the application: the guides in the reader's language, with links, pictures and the chapter of each page."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from PIL import Image

from fabqueue import guides, paths
from fabqueue.app import create_app
from fabqueue.config import Config
from fabqueue.web.guide_text import render

MAKERS = "makers/first-job"


@pytest.fixture
def app(config: Config, lab: object) -> Flask:
    return create_app(config)


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


def opened(client: FlaskClient, address: str, language: str = "en", status: int = 200) -> str:
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == status, address
    return answer.get_data(as_text=True)


def test_the_first_page_leads_to_every_guide_and_each_to_its_chapters(visitor: FlaskClient) -> None:
    first = opened(visitor, "/help")
    for part in guides.parts():
        assert f'href="/help/{part.page.name}"' in first
        shown = opened(visitor, f"/help/{part.page.name}")
        for chapter in part.chapters:
            assert f'href="/help/{chapter.name}"' in shown
            assert escape(chapter.title) in opened(visitor, f"/help/{chapter.name}")


def test_every_link_and_picture_of_the_help_is_answered(visitor: FlaskClient) -> None:
    """Every page is followed from the first one on, as a reader would."""
    waiting, seen = ["/help"], set[str]()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        article = opened(visitor, address).partition("<article")[2].partition("</article>")[0]
        for found in re.findall(r'(?:href|src)="(/[^"#]*)', article):
            if found.startswith("/help/pictures/"):
                with visitor.get(found) as picture:
                    assert picture.status_code == 200, found
            elif found not in seen:
                waiting.append(found)
    assert {f"/help/{each.page.name}" for each in guides.parts()} < seen


def test_chinese_readers_get_chinese_pages_and_are_told_where_there_is_none(visitor: FlaskClient) -> None:
    there = opened(visitor, f"/help/{MAKERS}", "zh")
    assert guides.page(MAKERS, "zh_Hans").title in there  # type: ignore[union-attr]
    assert "本页尚未翻译" not in there
    english = opened(visitor, "/help/architecture", "zh")
    assert "本页尚未翻译" in english
    assert '<h1 lang="en"' in english
    assert "has not been translated" not in opened(visitor, "/help/architecture")


def test_a_heading_has_the_same_anchor_in_every_language(visitor: FlaskClient) -> None:
    assert 'id="what-to-keep"' in opened(visitor, "/help/operating")
    assert '<h2 id="what-to-keep">需要保留什么</h2>' in opened(visitor, "/help/operating", "zh")


@pytest.mark.parametrize(
    "address", ["/help/nothing", "/help/../README", "/help/zh_Hans/makers", "/help/..%2f..%2fREADME", "/help/makers.md",
                "/help/pictures/en/made/none.webp", "/help/pictures/xx/rooms.svg", "/help/pictures/en/../index.md",
                "/help/pictures/en/..%2f..%2fpyproject.toml"]
)  # fmt: skip
def test_nothing_but_guides_is_served(visitor: FlaskClient, address: str) -> None:
    opened(visitor, address, status=404)


def test_each_page_leads_to_the_chapter_that_is_about_it(visitor: FlaskClient) -> None:
    assert f'href="/help/{MAKERS}"' in opened(visitor, "/make")
    assert 'href="/help/makers/account"' in opened(visitor, "/sign-in")
    assert 'href="/help"' in opened(visitor, "/nothing/here", status=404)


def test_a_picture_is_shown_in_the_readers_language_or_left_out_where_it_was_not_made(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "guides", lambda: tmp_path)
    page = guides.Page("makers/x", "en", "# Title\n\n![Seen](../pictures/made/desk.webp)\n\nWords.")
    with app.test_request_context():
        assert "<img" not in render(page, "en")
        for folder in (tmp_path, tmp_path / "zh_Hans"):
            (folder / "pictures" / "made").mkdir(parents=True)
            Image.new("RGB", (8, 8)).save(folder / "pictures" / "made" / "desk.webp")
        assert '<img src="/help/pictures/zh_Hans/made/desk.webp" alt="Seen"' in render(page, "zh_Hans")
    with app.test_client().get("/help/pictures/zh_Hans/made/desk.webp") as shown:
        assert (shown.status_code, shown.mimetype) == (200, "image/webp")


def test_links_become_addresses_and_html_in_a_guide_stays_text(app: Flask) -> None:
    text = "# T\n\n## A *b*, c\n\n[d](check.md#x-y) [e](../index.md) [f](https://example.org) <script>1</script>"
    with app.test_request_context():
        made = render(guides.Page("makers/x", "en", text), "en")
    assert '<h2 id="a-b-c">' in made
    assert 'href="/help/makers/check#x-y"' in made
    assert 'href="/help"' in made
    assert 'href="https://example.org"' in made
    assert "&lt;script&gt;" in made
