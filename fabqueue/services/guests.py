"""Guests: people without an account, who follow what they asked for by a code that they were shown once."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import PeopleSettings
from fabqueue.db import WritingSession, new_id
from fabqueue.models import Account, AccountKind, Person, Role, RoleGrant
from fabqueue.services import events, keys, people, sign_ins
from fabqueue.services.errors import Conflict, Invalid, Refused

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No two that read alike: a code is copied from paper."""
GROUPS, GROUP = 3, 4
"""59 random bits: with a limit on tries, nobody guesses one in the life of the machine."""


def begin(session: Session, name: str, email: str = "", *, language: str = "", by: Person | None = None) -> Person:
    """Somebody without an account; `by` of the staff, where they wrote it down. Raises Invalid."""
    faults = people.email_faults(session, email.strip())
    if not people.clean_name(name):
        faults.insert(0, Refused("guest_name_missing", field="name"))
    if faults:
        raise Invalid(faults)
    guest = Person(user_name=f"guest-{new_id()}", display_name=people.clean_name(name), email=email.strip() or None,
                   language=language, is_guest=True, named_on_projects=False)  # fmt: skip
    session.add(guest)
    session.flush()
    session.add(Account(kind=AccountKind.PERSON, name=guest.display_name, person_id=guest.id))
    session.flush()
    session.refresh(guest)
    events.record(session, events.actor_of(by or guest), guest, "begin_guest")
    return guest


def give_code(session: Session, guest: Person, by: Person | None = None) -> str:
    """A new code, which nobody sees again; the one before opens nothing any more. Raises Conflict for an account."""
    if not guest.is_guest or guest.left_at:
        raise Conflict("account", "guest_has_account")
    groups = ["".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS)]
    if guest.code_digest:
        sign_ins.end_all(session, guest, by or guest)
    guest.code_digest = keys.digest("".join(groups))
    events.record(session, events.actor_of(by or guest), guest, "give_code")
    return "-".join(groups)


def by_code(session: Session, code: str) -> Person:
    """The guest with this code, however it was typed. Raises Refused."""
    plain = "".join(each for each in code.upper() if each.isascii() and each.isalnum())
    guest = None
    if len(plain) == GROUPS * GROUP:
        guest = session.scalar(select(Person).where(Person.code_digest == keys.digest(plain)))
    if guest is None or guest.left_at or not guest.is_guest:
        raise Refused("guest_code_wrong", field="code")
    return guest


def become_member(
    session: WritingSession, rules: PeopleSettings, guest: Person, user_name: str, password: str, by: Person
) -> None:
    """Turn a guest into an account that keeps everything; the code opens nothing any more. Raises Invalid, Conflict."""
    if not guest.is_guest or guest.left_at:
        raise Conflict("account", "guest_has_account")
    user_name = user_name.strip().lower()
    if faults := people.name_faults(session, user_name) + people.password_faults(rules, password):
        raise Invalid(faults)
    old = guest.user_name
    guest.user_name, guest.is_guest, guest.code_digest, guest.named_on_projects = user_name, False, None, True
    session.add(RoleGrant(person_id=guest.id, role=Role.MEMBER, granted_by_id=by.id))
    events.record(session, events.actor_of(by), guest, "become_member", old=old, new=user_name)
    people.set_password(session, rules, guest, password, by)
    session.flush()
    session.refresh(guest)
