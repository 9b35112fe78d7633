"""What a call works with, whether a person's browser or a program makes it: its sessions, the lab, its guard."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.dispatch.context import Context
from fabqueue.models import Site
from fabqueue.services import sites

View = TypeVar("View", bound=Callable[..., Any])
Guard = Callable[[], Response | None]
_GUARD = "fabqueue_guard"
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
