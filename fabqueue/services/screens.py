"""Screens that show the wallboard by a secret address: made by staff, shown once, revocable."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import new_id, now
from fabqueue.models import Person, Screen
from fabqueue.services import events, keys, sites
from fabqueue.services.errors import Refused

LONGEST = 80


def make(session: Session, by: Person, name: str, arms: bool = False) -> tuple[Screen, str]:
    """A new screen and its secret, which nobody sees again. Raises Refused without a name.

    The secret has 80 bits, enough against guessing, and sixteen plain characters: somebody types it by remote control.
    arms: it stands beside the lasers, and certified people arm them there with a PIN.
    """
    if not name.strip():
        raise Refused("screen_name_missing", field="name")
    if len(name.strip()) > LONGEST:
        raise Refused("text_too_long", {"most": LONGEST}, "name")
    site, secret = sites.the_site(session), new_id()
    screen = Screen(site_id=site.id, name=name.strip(), digest=keys.digest(secret), made_by=by, arms=arms)
    session.add(screen)
    session.flush()
    events.record(session, events.actor_of(by), site, "make_screen", values={"name": screen.name})
    return screen, secret


def with_secret(session: Session, secret: str) -> Screen | None:
    """The screen with this secret, unless it was revoked."""
    found = select(Screen).where(Screen.digest == keys.digest(secret), Screen.revoked_at.is_(None))
    return session.scalar(found)


def revoke(session: Session, screen: Screen, by: Person) -> None:
    """Its address shows nothing from now on; nothing happens when that was done already."""
    if screen.revoked_at is None:
        screen.revoked_at = now()
        site = sites.the_site(session)
        events.record(session, events.actor_of(by), site, "revoke_screen", values={"name": screen.name})


def every(session: Session) -> Sequence[Screen]:
    """The screens whose addresses work, newest first."""
    found = select(Screen).where(Screen.revoked_at.is_(None))
    return session.scalars(found.order_by(Screen.created_at.desc())).all()
