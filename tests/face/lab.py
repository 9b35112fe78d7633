"""A small Flask app that gives the templates the context base.html relies on, and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, render_template
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from jinja2 import FileSystemLoader, pass_context
from jinja2.runtime import Context

from fabqueue.web.lab import Face
from fabqueue.web.text import unbroken
from fabqueue.wording import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
PAGES = ROOT / "tests" / "face" / "pages"

ENDPOINTS = (
    "explore.index",
    "make.index",
    "jobs.mine",
    "desk.index",
    "people.sign_in",
    "people.sign_up",
    "people.sign_out",
    "account.index",
    "notices.index",
    "language.choose",
    "machines.index",
    "policy.index",
    "showcases.index",
    "wallboard.show",
    "wallboard.manage",
)


@dataclass(frozen=True)
class Person:
    """What base.html asks of the person signed in."""

    display_name: str = "Mara Lindqvist"
    initials: str = "ML"
    is_staff: bool = False

    def can(self, _permission: str) -> bool:
        return self.is_staff


@dataclass(frozen=True)
class Site:
    name: str = "Riverside FabLab"


@pass_context
def together(_page: Context, sentences: Iterable[object]) -> str:
    """Called as the reader's own is, for what is compiled once may be run in both applications."""
    return " ".join(map(str, sentences))


@pass_context
def amount(_page: Context, number: object, *_of: object) -> str:
    return str(number)


def lab(person: Person | None = None, unread: int = 0) -> Flask:
    """An app over the real templates and static files whose endpoints are empty pages."""
    app = Flask("lab", static_folder=str(STATIC), template_folder=str(TEMPLATES))
    app.config.update(SECRET_KEY="a key for tests", TESTING=True)
    app.jinja_env.loader = FileSystemLoader([TEMPLATES, PAGES])
    app.jinja_env.filters["together"] = together
    app.jinja_env.filters["amount"] = amount
    app.jinja_env.filters["unbroken"] = unbroken
    Babel(app)
    CSRFProtect(app)
    for endpoint in ENDPOINTS:
        app.add_url_rule("/" + endpoint.replace(".", "/"), endpoint, lambda: "", methods=["GET", "POST"])

    @app.context_processor
    def _context() -> dict[str, Any]:
        return {
            "person": person, "site": Site(), "unread_count": unread, "locale": "en", "languages": LANGUAGES,
            "can": lambda _permission, _thing=None: False, "opens": lambda: "", "chapter_here": lambda: "/help",
            "lab": Face("", "", has_logo=False, has_rules=False),
        }  # fmt: skip

    return app


def page(app: Flask, template: str, **context: Any) -> str:
    """The template rendered within a request of that app."""
    with app.test_request_context("/"):
        return render_template(template, **context)
