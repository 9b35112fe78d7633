"""Documentation of projects: Markdown in, safe HTML out."""

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_TAGS = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "table": {"class"}}
_SCHEMES = {"http", "https", "mailto"}
_reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def render(text: str) -> Markup:
    """`text` as HTML. Its headings begin at h3, below those of the page; HTML in it is shown as text."""
    tokens = _reader.parse(text)
    _lower_headings(tokens)
    for token in tokens:
        if token.type == "table_open":
            token.attrSet("class", "table")
    html = _reader.renderer.render(tokens, _reader.options, {})
    safe = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="nofollow noopener")
    return Markup(safe)  # noqa: S704  cleaned just now


def _lower_headings(tokens: Sequence[Token]) -> None:
    headings = [each for each in tokens if each.type in {"heading_open", "heading_close"}]
    highest = min((int(each.tag[1]) for each in headings), default=1)
    for each in headings:
        each.tag = f"h{min(6, int(each.tag[1]) - highest + 3)}"
