"""Accounts of people: signing up, passwords and links for a new one, roles and certifications."""

import re
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fabqueue.config import PeopleSettings
from fabqueue.db import now
from fabqueue.models import Account, AccountKind, Job, PasswordLink, Person, Request, RetiredName, Role, RoleGrant
from fabqueue.models.people import folded
from fabqueue.services import events, keys, licensors, locks, sign_ins, tokens
from fabqueue.services.errors import Invalid, Refused

_USER_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_ATOM = r"[!#-'*+\-./0-9=?A-Z^-~]+"
_EMAIL = re.compile(rf"{_ATOM}@{_ATOM}\.{_ATOM}")
"""Printable ASCII without blanks and what separates addresses: mail carries nothing else everywhere."""
_LONGEST_PASSWORD = 1000
RESERVED = ("guest-", "left-")
"""How the names begin that are given to guests and to those who left."""
MOST_WORDS = 5
"""Of a search."""
_hasher = PasswordHasher()


def sign_up(
    session: Session,
    rules: PeopleSettings,
    user_name: str,
    password: str,
    *,
    display_name: str = "",
    email: str = "",
    language: str = "",
    role: Role = Role.MEMBER,
    by: Person | None = None,
) -> Person:
    """Make an account with its ledger account and first role. Raises Invalid naming every fault."""
    user_name, email = user_name.strip().lower(), email.strip()
    faults = name_faults(session, user_name) + password_faults(rules, password) + email_faults(session, email)
    if faults:
        raise Invalid(faults)
    person = Person(
        user_name=user_name,
        display_name=clean_name(display_name) or user_name,
        email=email or None,
        password_hash=_hasher.hash(password),
        language=language,
    )
    session.add(person)
    session.flush()
    session.add(RoleGrant(person_id=person.id, role=role, granted_by_id=by.id if by else None))
    session.add(Account(kind=AccountKind.PERSON, name=person.display_name, person_id=person.id))
    session.flush()
    session.refresh(person)
    events.record(session, events.actor_of(by or person), person, "sign_up", new=role)
    return person


def clean_name(name: str) -> str:
    """One printable line: a name stands in headers of mails and beside those of others."""
    printable = "".join(each if each.isprintable() else " " for each in name)
    return " ".join(printable.split())[:80].strip()


def is_user_name(text: str) -> bool:
    """Whether a user name has the shape of one that somebody can choose."""
    return _USER_NAME.fullmatch(text) is not None and not text.startswith(RESERVED)


def is_email(text: str) -> bool:
    """Whether mail can be sent to an address of this shape."""
    return _EMAIL.fullmatch(text) is not None and len(text) <= 254


def present(session: Session, person: Person) -> Person:
    """`person`, who stays as they are until the commit: neither merged nor gone meanwhile. Raises Refused."""
    locks.share(session, person)
    if person.left_at is not None:
        raise Refused("person_gone", {"name": person.display_name})
    return person


def name_faults(session: Session, user_name: str) -> list[Refused]:
    """Why nobody can be called so; guests' names, and those of people who left, belong to them for ever."""
    if not is_user_name(user_name):
        return [Refused("user_name_shape", field="user_name")]
    retired = select(RetiredName.digest).where(RetiredName.digest == keys.digest(user_name))
    if session.scalar(select(Person.id).where(Person.user_name == user_name)) or session.scalar(retired):
        return [Refused("user_name_taken", {"name": user_name}, "user_name")]
    return []


def email_faults(session: Session, email: str, person: Person | None = None) -> list[Refused]:
    if not email:
        return []
    if not is_email(email):
        return [Refused("email_shape", field="email")]
    owner = session.scalar(select(Person.id).where(func.lower(Person.email) == email.lower()))
    if owner and (person is None or owner != person.id):
        return [Refused("email_taken", field="email")]
    return []


def password_faults(rules: PeopleSettings, password: str) -> list[Refused]:
    """Why a password cannot be used; empty when it can."""
    if len(password) < rules.shortest_password:
        return [Refused("password_short", {"least": rules.shortest_password}, "password")]
    if len(password) > _LONGEST_PASSWORD:
        return [Refused("password_long", {"most": _LONGEST_PASSWORD}, "password")]
    return []


def by_name(session: Session, name: str) -> Person | None:
    """The person with this user name or e-mail address; no guest, who has nothing to sign in with."""
    name = name.strip().lower()
    matching = select(Person).where(or_(Person.user_name == name, func.lower(Person.email) == name))
    return session.scalar(matching.where(Person.left_at.is_(None), Person.is_guest.is_(False)))


def sign_in(session: Session, name: str, password: str) -> Person | None:
    """The person whose name and password these are, or None; takes as long for unknown names."""
    person = by_name(session, name)
    stored = person.password_hash if person and person.password_hash else _nobody()
    return person if _matches(stored, password) and person and person.password_hash else None


@cache
def _nobody() -> str:
    """What a password is compared with for unknown names, so that they take as long."""
    return _hasher.hash(secrets.token_hex(16))


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password[:_LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


def set_password(
    session: Session, rules: PeopleSettings, person: Person, password: str, by: Person, *, keep_tokens: bool = False
) -> int:
    """Give a new password and end every other sign-in and token: whoever knew the old one may have made some.

    Returns how many tokens ended. Raises Invalid.
    """
    if faults := password_faults(rules, password):
        raise Invalid(faults)
    person.password_hash = _hasher.hash(password)
    sign_ins.end_all(session, person, by)
    events.record(session, events.actor_of(by), person, "new_password")
    return 0 if keep_tokens else tokens.revoke_all(session, person, by)


def change_password(
    session: Session, rules: PeopleSettings, person: Person, old: str, new: str, *, keep_tokens: bool = False
) -> int:
    """The person's own change, as `set_password`. Raises Refused when the old password is wrong, Invalid."""
    check_password(person, old, "old_password")
    return set_password(session, rules, person, new, person, keep_tokens=keep_tokens)


def check_password(person: Person, password: str, field: str = "password") -> None:
    """Raises Refused unless it is this person's."""
    if not _matches(person.password_hash or _nobody(), password):
        raise Refused("password_wrong", field=field)


def nobodys_password() -> str:
    """For an account whose person chooses one by a link."""
    return secrets.token_urlsafe(32)


def issue_link(session: Session, rules: PeopleSettings, person: Person, by: Person | None) -> tuple[str, datetime]:
    """A one-time secret with which `person` may choose a new password, and when it ends. Only its digest is kept."""
    secret = keys.new()
    expires = now() + timedelta(hours=rules.reset_hours)
    session.add(PasswordLink(person_id=person.id, digest=keys.digest(secret), issued_by_id=by.id if by else None,
                             expires_at=expires))  # fmt: skip
    events.record(session, events.actor_of(by) if by else events.SYSTEM, person, "issue_link")
    return secret, expires


def open_link(session: Session, secret: str) -> PasswordLink:
    """The valid link with this secret. Raises Refused."""
    link = session.scalar(select(PasswordLink).where(PasswordLink.digest == keys.digest(secret)))
    if link is None or link.used_at or link.expires_at < now() or link.person.left_at:
        raise Refused("link_used_up")
    return link


def use_link(session: Session, rules: PeopleSettings, secret: str, password: str) -> tuple[Person, int]:
    """Choose a new password by a link, which works once: the person, and how many tokens ended.

    Raises Refused, Invalid.
    """
    link = open_link(session, secret)
    ended = set_password(session, rules, link.person, password, link.person)
    link.used_at = now()
    return link.person, ended


def update_profile(
    session: Session, person: Person, *, display_name: str, email: str, language: str, mail_notices: bool,
    named_on_builds: bool, named_on_projects: bool = True, private_name: str | None = None,
) -> None:  # fmt: skip
    """The person's own settings; without `private_name` that stays. Raises Invalid."""
    faults = email_faults(session, email.strip(), person)
    if not clean_name(display_name):
        faults.append(Refused("display_name_missing", field="display_name"))
    if faults:
        raise Invalid(faults)
    old_name = person.display_name
    person.display_name, person.email = clean_name(display_name), email.strip() or None
    person.private_name = person.private_name if private_name is None else clean_name(private_name)
    person.language, person.mail_notices = language, mail_notices
    person.named_on_builds, person.named_on_projects = named_on_builds, named_on_projects
    licensors.follow(session, person, old_name)


def grant_role(session: Session, person: Person, role: Role, by: Person | None) -> None:
    """Give a role; nothing happens when it is held already."""
    if role in person.roles:
        return
    session.add(RoleGrant(person_id=person.id, role=role, granted_by_id=by.id if by else None))
    events.record(session, events.actor_of(by) if by else events.SYSTEM, person, "grant_role", new=role)
    session.refresh(person)


def withdraw_role(session: Session, person: Person, role: Role, by: Person) -> None:
    """Take a role back. Raises Refused for the last admin, who could not be replaced."""
    if role is Role.ADMIN and not has_other_admin(session, person):
        raise Refused("last_admin")
    for grant in person.role_grants:
        if grant.role is role and grant.withdrawn_at is None:
            grant.withdrawn_at, grant.withdrawn_by_id = now(), by.id
            events.record(session, events.actor_of(by), person, "withdraw_role", old=role)
    session.refresh(person)


def has_other_admin(session: Session, person: Person) -> bool:
    """Whether somebody else could make admins."""
    holders = select(RoleGrant.id).join(Person, Person.id == RoleGrant.person_id)
    others = holders.where(
        RoleGrant.role == Role.ADMIN, RoleGrant.withdrawn_at.is_(None), Person.id != person.id, Person.left_at.is_(None)
    )
    return session.scalar(others.limit(1)) is not None


def named(session: Session, user_name: str, field: str) -> Person:
    """The person or guest with this user name, for a form's `field`. Raises Refused."""
    found = session.scalar(select(Person).where(Person.user_name == user_name.strip().lower()))
    if found is None or found.left_at:
        raise Refused("person_unknown", {"name": user_name.strip()[:40]}, field)
    return found


def find(session: Session, words: str = "", limit: int = 100) -> list[Person]:
    """People and guests whose names or address hold every one of `words`, or whose job has that code; for staff.

    Accents and capitals count for nothing.
    """
    found = select(Person).where(Person.left_at.is_(None))
    typed = words.strip()
    # as it may be kept: a function over the column would read every job
    codes = {typed, typed.upper(), typed.lower(), typed.capitalize()}
    owner = select(Request.owner_id).join(Job).where(Job.code.in_(codes))
    for word in folded(words).split()[:MOST_WORDS]:
        found = found.where(Person.found_by.contains(word, autoescape=True) | Person.id.in_(owner))
    return list(session.scalars(found.order_by(Person.user_name).limit(limit)))
