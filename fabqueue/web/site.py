"""What a request works with: its sessions, the person, the lab."""

from typing import Any

from flask import Flask, g, has_request_context, session
from sqlalchemy.orm import Session

from fabqueue.calls import context, reading, the_site, writing
from fabqueue.models import Person
from fabqueue.permissions import Permission, allowed
from fabqueue.services import notices

__all__ = [
    "SIGN_IN_KEY", "can", "context", "current_person", "forget", "init_app", "me", "reading", "remember",
    "remembered_person", "the_site", "writing",
]  # fmt: skip

SIGN_IN_KEY = "person"


def current_person() -> Person | None:
    """Who is signed in, as the reading session sees them."""
    if not has_request_context():
        return None
    if "person" not in g:
        g.person = remembered_person(session.get(SIGN_IN_KEY, ""))
    found: Person | None = g.person
    return found


def remembered_person(remembered: str) -> Person | None:
    """The person a sign-in cookie names, unless the sign-in was ended since (`id.generation`)."""
    key, _, generation = str(remembered).partition(".")
    person = reading().get(Person, key) if key else None
    if person is None or person.left_at or str(person.sign_in_generation) != generation:
        return None
    return person


def me(opened: Session) -> Person:
    """The signed-in person in another session. Raises LookupError for a visitor."""
    person = current_person()
    found = opened.get(Person, person.id) if person else None
    if found is None:
        raise LookupError("nobody is signed in")
    return found


def remember(person: Person) -> None:
    """Sign `person` in: a fresh session, so that nothing of an earlier one stays."""
    language = session.get("language")
    session.clear()
    session.permanent = True
    session[SIGN_IN_KEY] = f"{person.id}.{person.sign_in_generation}"
    if language:
        session["language"] = language
    g.pop("person", None)


def forget() -> None:
    """Sign out."""
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    g.pop("person", None)


def can(permission: str, thing: Any = None) -> bool:
    """For templates: whether the person may do `permission` (a name of Permission) with `thing`."""
    return allowed(current_person(), Permission[permission], thing)


def init_app(app: Flask) -> None:
    @app.context_processor
    def _everywhere() -> dict[str, Any]:
        person = current_person()
        return {
            "person": person,
            "site": the_site(),
            "can": can,
            "unread_count": notices.unread_count(reading(), person) if person else 0,
        }
