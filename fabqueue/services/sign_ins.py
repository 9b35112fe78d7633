"""Sign-ins: each browser holds a key of its own, kept here as a digest, so that one can be ended without the others."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fabqueue.config import PeopleSettings
from fabqueue.db import now
from fabqueue.models import Person, SignIn
from fabqueue.services import events, keys

SEEN_EVERY = timedelta(hours=1)
"""How often it is written down that a browser was here: a page must not cost a write."""
LONGEST_AGENT = 300


def begin(session: Session, person: Person, agent: str = "") -> str:
    """Sign a browser in; returns the key for its cookie."""
    key = keys.new()
    printable = "".join(each for each in agent if each.isprintable())
    session.add(SignIn(person_id=person.id, digest=keys.digest(key), agent=printable[:LONGEST_AGENT]))
    session.flush()
    return key


def find(session: Session, key: str) -> SignIn | None:
    """The sign-in with this key whose person is still here. What was ended has no row any more."""
    found = session.scalar(select(SignIn).where(SignIn.digest == keys.digest(key))) if key else None
    return found if found is not None and found.person.left_at is None else None


def is_fresh(rules: PeopleSettings, sign_in: SignIn) -> bool:
    """Whether it was used within the time a sign-in lasts."""
    return now() - sign_in.seen_at < timedelta(days=rules.session_days) + SEEN_EVERY


def needs_touch(sign_in: SignIn) -> bool:
    return now() - sign_in.seen_at > SEEN_EVERY


def touch(session: Session, sign_in_id: str) -> None:
    found = session.get(SignIn, sign_in_id)
    if found:
        found.seen_at = now()


def of(session: Session, person: Person) -> Sequence[SignIn]:
    """A person's sign-ins, the one used last first."""
    mine = select(SignIn).where(SignIn.person_id == person.id).order_by(SignIn.seen_at.desc(), SignIn.id)
    return session.scalars(mine).all()


def end(session: Session, sign_in: SignIn, by: Person) -> None:
    """That browser is signed out."""
    session.delete(sign_in)
    events.record(session, events.actor_of(by), sign_in.person, "end_sign_in")


def end_key(session: Session, key: str) -> None:
    """Signing out: the key in the cookie opens nothing any more, not even a copy of the cookie."""
    session.execute(delete(SignIn).where(SignIn.digest == keys.digest(key)))


def end_all(session: Session, person: Person, by: Person, *, but: str = "") -> int:
    """End every sign-in of a person except the one whose id is `but`; how many that were."""
    found = [each for each in of(session, person) if each.id != but]
    for each in found:
        session.delete(each)
    session.flush()
    if found:
        events.record(session, events.actor_of(by), person, "end_sign_ins", values={"count": len(found)})
    return len(found)


def drop_old(session: Session, rules: PeopleSettings) -> None:
    """Forget sign-ins that have run out."""
    session.execute(delete(SignIn).where(SignIn.seen_at < now() - timedelta(days=rules.session_days + 1)))
