"""What a request works with: its sessions, the person, the lab."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app, g, has_request_context, session
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession
from fabqueue.dispatch.context import Context
from fabqueue.models import Person, Site
from fabqueue.permissions import Permission, allowed
from fabqueue.services import notices, sites

SIGN_IN_KEY = "person"


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
    if "reading" in g:
        g.reading.rollback()
        g.reading.expire_all()


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


def the_site() -> Site:
    """The lab's row."""
    if "site" not in g:
        g.site = sites.the_site(reading())
    found: Site = g.site
    return found


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

    @app.teardown_appcontext
    def _close(_error: BaseException | None) -> None:
        opened = g.pop("reading", None)
        if opened is not None:
            opened.close()
