"""PINs: a short secret with which a certified person arms a laser at a screen of the lab, without signing in there.

It opens nothing else. Ten thousand guesses would find a short one, so few are allowed: after some wrong ones it is
locked for a while, whoever tried, and the person reads so.
"""

import secrets
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import Person
from fabqueue.services import events
from fabqueue.services.errors import Refused

SHORTEST, LONGEST = 6, 12
MOST_MISSES = 5
LOCKED = timedelta(minutes=15)


def choose(session: Session, person: Person, pin: str) -> None:
    """Set a person's PIN, or take it away (""). Raises Refused for one that is too short or easily guessed."""
    if pin and not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
        raise Refused("pin_shape", {"least": SHORTEST, "most": LONGEST}, "pin")
    if pin and (len(set(pin)) < 3 or pin in "01234567890123" or pin in "98765432109876"):
        raise Refused("pin_easy", field="pin")
    person.pin_hash = PasswordHasher().hash(pin) if pin else ""
    person.pin_misses, person.pin_locked_until = 0, None
    events.record(session, events.actor_of(person), person, "choose_pin" if pin else "drop_pin")


def whose(session: Session, user_name: str, pin: str) -> Person | None:
    """The person with this name and PIN; None for a wrong one, which is counted: commit all the same.

    Takes as long for a name that nobody has. Raises Refused while the PIN is locked.
    """
    found = session.scalar(
        select(Person).where(Person.user_name == user_name.strip().lower(), Person.left_at.is_(None))
    )
    if found is not None and found.pin_locked_until is not None and found.pin_locked_until > now():
        raise Refused("pin_locked", field="pin")
    if not _fits(found.pin_hash if found is not None and found.pin_hash else _nobody(), pin) or found is None:
        if found is not None:
            _count_miss(session, found)
        return None
    found.pin_misses, found.pin_locked_until = 0, None
    return found


@cache
def _nobody() -> str:
    """What a PIN is compared with that belongs to nobody."""
    return PasswordHasher().hash(secrets.token_hex(8))


def _fits(kept: str, pin: str) -> bool:
    try:
        return PasswordHasher().verify(kept, pin)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _count_miss(session: Session, person: Person) -> None:
    person.pin_misses += 1
    if person.pin_misses >= MOST_MISSES:
        person.pin_misses, person.pin_locked_until = 0, now() + LOCKED
        events.record(session, events.SYSTEM, person, "lock_pin")
