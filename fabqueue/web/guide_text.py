"""A guide's Markdown as HTML for a page: our own text, its links turned into addresses of the application."""

from urllib.parse import urlsplit

from flask import url_for
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from fabqueue import guides

_reader = MarkdownIt("commonmark", {"html": False}).enable("table")


def render(page: guides.Page, language: str) -> Markup:
    """The page without its title, which the template shows."""
    tokens = _reader.parse(page.text)[3:]  # the title: opened, said, closed
    anchors = iter(guides.anchors(page)[1:])
    for token in tokens:
        if token.type == "heading_open":
            token.attrSet("id", next(anchors))
        elif token.type == "table_open":
            token.attrSet("class", "table")
        elif token.type == "inline":
            token.children = [each for each in token.children or [] if _settle(each, page, language)]
    html = _reader.renderer.render(tokens, _reader.options, {})
    return Markup(html)  # noqa: S704  the guides are ours, and HTML in them is shown as text


def _settle(token: Token, page: guides.Page, language: str) -> bool:
    """Give a link or a picture its address; False for a picture that was not made."""
    if token.type == "link_open":
        token.attrSet("href", _address(str(token.attrGet("href")), page))
    elif token.type == "image":
        name = guides.resolve(page.name, str(token.attrGet("src"))).removeprefix("pictures/")
        token.attrSet("src", url_for("guides.picture", language=language, name=name))
        return guides.picture(name, language) is not None
    return True


def _address(target: str, page: guides.Page) -> str:
    parts = urlsplit(target)
    if parts.scheme or not parts.path.endswith(".md"):
        return target
    name = guides.resolve(page.name, parts.path.removesuffix(".md"))
    where = url_for("guides.index") if name == guides.FIRST else url_for("guides.show", page=name)
    return f"{where}#{parts.fragment}" if parts.fragment else where
