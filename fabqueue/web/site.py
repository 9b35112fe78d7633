"""What a request works with: its sessions, the person, the lab."""

from typing import Any

import structlog
from flask import Flask, current_app, g, has_request_context, request, session
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from fabqueue.calls import View, context, is_for_machines, reading, the_site, writing
from fabqueue.models import Person, SignIn
from fabqueue.permissions import Permission, allowed
from fabqueue.services import notices, sign_ins

__all__ = [
    "SIGN_IN_KEY", "admits_guests", "can", "context", "current_guest", "current_person", "current_sign_in", "forget",
    "init_app", "me", "reading", "remember", "the_site", "writing",
]  # fmt: skip

SIGN_IN_KEY = "sign_in"
"""Where the cookie holds the key of this browser's sign-in."""
_ADMITS = "fabqueue_admits_guests"
_log = structlog.get_logger(__name__)


def admits_guests(view: View) -> View:
    """Mark a view that guests may call as well. On every other page a guest is a visitor."""
    setattr(view, _ADMITS, True)
    return view


def current_person() -> Person | None:
    """Who is signed in, as the reading session sees them; a guest only where guests are admitted."""
    if not has_request_context():
        return None
    if "person" not in g:
        sign_in = current_sign_in()
        found = sign_in.person if sign_in else None
        g.person = None if found is not None and found.is_guest and not _admits_guests() else found
    person: Person | None = g.person
    return person


def current_guest() -> Person | None:
    """The guest whose code this browser holds, whatever the page."""
    sign_in = current_sign_in()
    return sign_in.person if sign_in and sign_in.person.is_guest else None


def current_sign_in() -> SignIn | None:
    """This browser's sign-in, unless it was ended since or has run out."""
    if "sign_in" not in g:
        found = sign_ins.find(reading(), str(session.get(SIGN_IN_KEY, "")))
        g.sign_in = found if found and sign_ins.is_fresh(context().config.people, found) else None
    sign_in: SignIn | None = g.sign_in
    return sign_in


def _admits_guests() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, _ADMITS, False))


def me(opened: Session) -> Person:
    """The signed-in person in another session. Raises LookupError for a visitor."""
    person = current_person()
    found = opened.get(Person, person.id) if person else None
    if found is None:
        raise LookupError("nobody is signed in")
    return found


def remember(opened: Session, person: Person) -> None:
    """Sign `person` in: a fresh session, so that nothing of an earlier one stays."""
    sign_ins.end_key(opened, str(session.get(SIGN_IN_KEY, "")))
    key = sign_ins.begin(opened, person, request.user_agent.string)
    _begin_session()
    session.permanent = not person.is_guest  # a guest may sit at the lab's own computer
    session[SIGN_IN_KEY] = key


def forget(opened: Session) -> None:
    """Sign out."""
    sign_ins.end_key(opened, str(session.get(SIGN_IN_KEY, "")))
    _begin_session()


def _begin_session() -> None:
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    for each in ("person", "sign_in"):
        g.pop(each, None)


def can(permission: str, thing: Any = None) -> bool:
    """For templates: whether the person may do `permission` (a name of Permission) with `thing`."""
    return allowed(current_person(), Permission[permission], thing)


def _note_seen() -> None:
    """Write down, now and then, that this browser was here."""
    if is_for_machines() or request.endpoint in (None, "static"):
        return
    sign_in = current_sign_in()
    if sign_in is None or not sign_ins.needs_touch(sign_in):
        return
    try:
        with context().db.progress() as opened:
            sign_ins.touch(opened, sign_in.id)
            opened.commit()
    except OperationalError as error:  # others write just now: the next page writes it down
        _log.warning("sign_in_not_touched", error=str(error))


def init_app(app: Flask) -> None:
    app.before_request(_note_seen)

    @app.context_processor
    def _everywhere() -> dict[str, Any]:
        person = current_person()
        return {
            "person": person,
            "guest": current_guest(),
            "site": the_site(),
            "can": can,
            "unread_count": notices.unread_count(reading(), person) if person else 0,
        }
