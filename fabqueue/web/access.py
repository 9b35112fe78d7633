"""Every view is denied unless it says who may call it."""

from collections.abc import Callable

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from fabqueue.calls import View, guard_of, guarded
from fabqueue.permissions import Permission, allowed
from fabqueue.web.site import current_person

__all__ = ["guard_of", "guarded", "open_to_all", "permitted", "signed_in"]


def open_to_all(view: View) -> View:
    """Anybody may call it; what it shows is decided object by object (`permissions.fetch`)."""
    return guarded(lambda: None)(view)


def signed_in(view: View) -> View:
    """For people with an account. A visitor is asked to sign in and comes back; a page about one thing is 404 for them.

    That page says where to sign in; a redirect would tell apart what exists from what does not as soon as one view
    answered differently from the others.
    """
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
    if request.view_args:
        abort(404)
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("people.sign_in", next=target))
