"""What a call works with, whether a person's browser or a program makes it: its sessions, the lab, its guard."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request
from flask_limiter import Limiter
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.dispatch.context import Context
from fabqueue.models import Person, Site
from fabqueue.services import sites
from fabqueue.services.errors import Refused
from fabqueue.tasks import estimates

View = TypeVar("View", bound=Callable[..., Any])
Guard = Callable[[], Response | None]
_GUARD = "fabqueue_guard"
REFUSED = {"upload_too_many": 429, "estimate_too_many": 429, "estimate_busy": 503, "photo_busy": 503}
"""Refusals that have a status of their own."""
PROBLEMS = "fabqueue_problems"
"""The application's extension that answers errors of calls to the API."""


def context() -> Context:
    """Configuration, database and storage of this process."""
    found: Context = current_app.extensions["fabqueue"]
    return found


def reading() -> Session:
    """The request's session for reading; it never writes. Closed when the request ends."""
    if "reading" not in g:
        g.reading = context().db.reading()
    found: Session = g.reading
    return found


@contextmanager
def writing() -> Iterator[WritingSession]:
    """A session that commits when the block ends well. What was read before is read anew afterwards."""
    with context().db.writing() as opened:
        yield opened
        opened.commit()
    look_again()


def look_again() -> None:
    """What is read from now on is as things stand now, not as they stood when the request began."""
    if "reading" in g:
        g.reading.rollback()
        g.reading.expire_all()


def have_estimated(
    person: Person | None, revision_id: str, chosen: Mapping[str, Any], model_slug: str = "", material_slug: str = "",
    quantity: int = 1,
) -> None:  # fmt: skip
    """Have every estimate made that a quote needs; nothing stays open meanwhile. Raises Refused, AnalysisError.

    Each account may have so many made in an hour, wherever it asks from: a lab has one address for all of its people.
    """
    g.estimates_for = f"person:{person.id}" if person else f"address:{request.remote_addr}"
    look_again()
    estimates.ensure(context(), revision_id, chosen, model_slug, material_slug, _count_estimate, quantity)
    look_again()


def _count_estimate() -> None:
    """Count one question of this request's account. Raises Refused when there were too many."""
    try:
        for limiter in current_app.extensions["limiter"]:
            _counter(limiter)()
    except TooManyRequests:
        raise Refused("estimate_too_many", {"most": context().config.analysis.estimates_per_hour}) from None


@cache
def _counter(limiter: Limiter) -> Callable[[], None]:
    """A function that does nothing but be counted, with the limiter's ways of doing so while Valkey is away."""
    return limiter.shared_limit(
        lambda: f"{context().config.analysis.estimates_per_hour} per hour", scope="estimates",
        key_func=lambda: str(g.estimates_for),
    )(_counted)  # fmt: skip


def _counted() -> None:
    """An estimate is about to be made."""


def the_site() -> Site:
    """The lab's row."""
    if "site" not in g:
        g.site = sites.the_site(reading())
    found: Site = g.site
    return found


def guarded(guard: Guard) -> Callable[[View], View]:
    """Mark a view with the guard that decides before it runs."""

    def mark(view: View) -> View:
        setattr(view, _GUARD, guard)
        return view

    return mark


def guard_of(view: Callable[..., Any]) -> Guard | None:
    """The guard of a view, or None for one nobody opened."""
    return getattr(view, _GUARD, None)


def is_for_machines() -> bool:
    """Whether the caller is a program: it never gets an HTML page."""
    return request.path.startswith("/api/")


def init_app(app: Flask) -> None:
    """Deny every view that has no guard; close the sessions of each request."""

    @app.before_request
    def _deny_unless_opened() -> Response | None:
        if request.endpoint is None or request.endpoint == "static":
            return None
        guard = guard_of(current_app.view_functions[request.endpoint])
        if guard is None:
            abort(404)
        return guard()

    @app.teardown_appcontext
    def _close(_error: BaseException | None) -> None:
        opened = g.pop("reading", None)
        if opened is not None:
            opened.close()
