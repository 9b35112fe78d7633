"""Parts of a page that renew themselves: sent again only when something in them changed."""

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import make_response, render_template, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.wrappers import Response


@dataclass(frozen=True)
class Part:
    """A part of a page with a stable id that asks for itself every so many seconds.

    template: what it holds. url: where it asks. css: classes. labelled: id of the heading that names it.
    """

    name: str
    template: str
    url: str
    seconds: int
    css: str = ""
    labelled: str = ""

    def html(self, say: str = "", /, **context: Any) -> Markup:
        """The part, for the page around it. say: read out to those who do not see what changed in it."""
        inner = render_template(self.template, **context)
        made = render_template("_parts/live.html", part=self, inner=Markup(inner), seen=_digest(inner), say=say)  # noqa: S704
        return Markup(made)  # noqa: S704

    def response(self, **context: Any) -> Response:
        """The part alone; 204 while it is as the page has it, so that focus and screen readers stay undisturbed."""
        html = self.html(**context)
        if f'seen={request.args.get("seen") or "-"}"' in html:
            return make_response("", 204)
        return make_response(html)


def _digest(inner: str) -> str:
    """What the part says, apart from the form token, which is new with every answer."""
    return hashlib.sha256(inner.replace(generate_csrf(), "").encode()).hexdigest()[:16]
