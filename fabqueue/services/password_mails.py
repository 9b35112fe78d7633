"""Links for a new password that somebody asked for by mail: the wish is kept until the mail is sent."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import PeopleSettings
from fabqueue.db import WritingSession, now
from fabqueue.models import Person
from fabqueue.services import people
from fabqueue.services.notices import MAIL_TRIES, next_mail_try


def ask(session: WritingSession, person: Person) -> None:
    """Have a link mailed; asking again before it is sent changes nothing but the number of tries."""
    person.link_mail_at, person.link_mail_attempts = now(), 0
    session.wake("password_mail", person.id)


def due(session: Session, limit: int = 50) -> list[str]:
    """Ids of people to whom a link should be mailed now."""
    waiting = select(Person.id).where(Person.link_mail_at <= now()).order_by(Person.link_mail_at)
    return list(session.scalars(waiting.limit(limit)))


def begin(session: Session, rules: PeopleSettings, person_id: str) -> tuple[str, datetime] | None:
    """Claim the mail for one try: a fresh secret and when it ends; None when there is nothing to do.

    The next try backs off. Only the digest of a secret is kept, so each try makes another.
    """
    person = session.get(Person, person_id)
    if person is None or person.link_mail_at is None or person.link_mail_at > now():
        return None
    if not person.email or person.left_at:
        person.link_mail_at = None
        return None
    person.link_mail_attempts += 1
    person.link_mail_at = next_mail_try(person.link_mail_attempts)
    return people.issue_link(session, rules, person, None)


def end(session: Session, person_id: str, *, sent: bool, permanent: bool = False) -> None:
    """Record how the try ended; gives up after MAIL_TRIES or when the server refused for good."""
    person = session.get(Person, person_id)
    if person and (sent or permanent or person.link_mail_attempts >= MAIL_TRIES):
        person.link_mail_at = None
