"""Every view is denied unless it says who may call it."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from fabqueue.permissions import Permission, allowed
from fabqueue.web.site import current_person

View = TypeVar("View", bound=Callable[..., Any])
Guard = Callable[[], Response | None]
_ATTRIBUTE = "fabqueue_guard"


def guarded(guard: Guard) -> Callable[[View], View]:
    """Mark a view with the guard that decides before it runs."""

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, guard)
        return view

    return mark


def open_to_all(view: View) -> View:
    """Anybody may call it; what it shows is decided object by object (`permissions.fetch`)."""
    return guarded(lambda: None)(view)


def signed_in(view: View) -> View:
    """For people with an account; a visitor is asked to sign in and comes back."""
    return guarded(_ask_to_sign_in)(view)


def permitted(permission: Permission) -> Callable[[View], View]:
    """For those the permission table allows; for everybody else the page does not exist."""

    def guard() -> Response | None:
        if not allowed(current_person(), permission):
            abort(404)
        return None

    return guarded(guard)


def _ask_to_sign_in() -> Response | None:
    if current_person() is not None:
        return None
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("people.sign_in", next=target))


def guard_of(view: Callable[..., Any]) -> Guard | None:
    """The guard of a view, or None for one nobody opened."""
    return getattr(view, _ATTRIBUTE, None)


def init_app(app: Flask) -> None:
    @app.before_request
    def _deny_unless_opened() -> Response | None:
        if request.endpoint is None or request.endpoint == "static":
            return None
        guard = guard_of(current_app.view_functions[request.endpoint])
        if guard is None:
            abort(404)
        return guard()
