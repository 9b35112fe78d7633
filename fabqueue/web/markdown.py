"""Documentation of projects: Markdown in, safe HTML out. Its pictures are photos of the project and nothing else."""

import re
from collections.abc import Mapping, Sequence

import nh3
from flask import url_for
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from fabqueue.models import Photo

_TAGS = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s", "a",
    "table", "thead", "tbody", "tr", "th", "td", "img",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"}, "ol": {"start"}, "table": {"class"}, "img": {"src", "alt", "width", "height", "loading"},
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto"}
PHOTO = re.compile(r"photo:([0-9a-z]{1,32})")
"""How documentation names a photo: `![what it shows](photo:KEY)`."""
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:µm|mm|cm|m|mg|g|kg|ml|l|s|min|h|V|A|W|°C|%)(?!\w))")
_reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def render(text: str, photos: Mapping[str, Photo] | None = None) -> Markup:
    """`text` as HTML. Its headings begin at h3, below those of the page; HTML in it is shown as text.

    `photos`: those that may be shown, by key. Of any other picture only the words for it are shown, so that no page
    fetches anything from elsewhere.
    """
    tokens = _reader.parse(text)
    _lower_headings(tokens)
    for token in tokens:
        if token.type == "table_open":
            token.attrSet("class", "table")
        if token.children:
            token.children = [_pictured(each, photos or {}) for each in token.children]
    html = _reader.renderer.render(tokens, _reader.options, {})
    safe = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="nofollow noopener")
    return Markup(safe)  # noqa: S704  cleaned just now


def opening(text: str) -> str:
    """The first paragraph of `text` as it reads, without links, pictures and emphasis."""
    written = (each for each in _reader.parse(text) if each.type == "inline")
    return _plain(next(written, Token("inline", "", 0)).children or []).strip()


def _pictured(token: Token, photos: Mapping[str, Photo]) -> Token:
    """A picture as its photo, or as its words; in text, a figure stays with its unit; anything else as it is."""
    if token.type == "text":
        token.content = _BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", token.content)
    if token.type != "image":
        return token
    named = PHOTO.fullmatch(str(token.attrGet("src") or ""))
    photo = photos.get(named[1]) if named else None
    words = _plain(token.children or []).strip()
    if photo is None:
        return Token("text", "", 0, content=words)
    words = words or photo.alternative_text
    attributes: dict[str, str | int | float] = {
        "src": url_for("photos.large", key=photo.id), "alt": words, "width": photo.width, "height": photo.height,
        "loading": "lazy",
    }  # fmt: skip
    return Token("image", "img", 0, attrs=attributes, content=words, children=[Token("text", "", 0, content=words)])


def _plain(tokens: Sequence[Token]) -> str:
    """What is written, without how."""
    return "".join(
        each.content or (" " if each.type == "softbreak" else _plain(each.children or [])) for each in tokens
    )


def _lower_headings(tokens: Sequence[Token]) -> None:
    headings = [each for each in tokens if each.type in {"heading_open", "heading_close"}]
    highest = min((int(each.tag[1]) for each in headings), default=1)
    for each in headings:
        each.tag = f"h{min(6, int(each.tag[1]) - highest + 3)}"
