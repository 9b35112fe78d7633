"""Forgetting who somebody was: every row that says it in words, of theirs and of those who had to do with them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from fabqueue.db import new_id
from fabqueue.models import (
    Account,
    Consent,
    Event,
    Handover,
    Job,
    Notice,
    PastJob,
    Person,
    Request,
    RetiredName,
    SubjectKind,
    Token,
)
from fabqueue.services import keys

NAME_LENGTH = 6


def names_of(person: Person) -> set[str]:
    """What others may have written this person down as."""
    return {person.display_name, person.private_name, person.user_name, person.email or ""} - {""}


def forget(session: Session, person: Person, names: set[str]) -> None:
    """Nothing says who it was; the name they signed in with is never given again. `names`: those of before."""
    session.merge(RetiredName(digest=keys.digest(person.user_name)))
    person.user_name = f"left-{new_id()}"
    person.display_name = person.user_name[: len("left-") + NAME_LENGTH]
    person.private_name, person.email, person.password_hash, person.language = "", None, "", ""
    person.pin_hash = ""
    person.code_digest, person.link_mail_at, person.guardian_id, person.consent_at = None, None, None, None
    person.named_on_builds = person.named_on_projects = person.mail_notices = False
    _of_their_own(session, person)
    _imported(session, person, names)
    _said_to_others(session, person, names)
    _recorded(session, person, names)
    session.flush()


def _of_their_own(session: Session, person: Person) -> None:
    for account in session.scalars(select(Account).where(Account.person_id == person.id)):
        account.name = person.display_name
    for token in session.scalars(select(Token).where(Token.person_id == person.id)):
        token.name = "-"
    theirs = select(Request).where(Request.owner_id == person.id)
    for request in session.scalars(theirs):
        request.note = ""
    of_jobs = select(Handover).join(Job, Job.id == Handover.job_id).join(Request).where(Request.owner_id == person.id)
    for taken in session.scalars(of_jobs):
        taken.taken_by = ""
    session.execute(delete(Notice).where(Notice.person_id == person.id))
    session.execute(delete(Consent).where(Consent.person_id == person.id))


def _imported(session: Session, person: Person, names: set[str]) -> None:
    """Of past jobs mass and time stay: estimates are corrected by them."""
    theirs = select(PastJob).where(or_(PastJob.person_id == person.id, PastJob.person_name.in_(names)))
    for past in session.scalars(theirs):
        past.person_name = ""


def _said_to_others(session: Session, person: Person, names: set[str]) -> None:
    """Notices of what this person did, or of what was done for them: the name of today in place of the old one."""
    about = select(Job.id).join(Request).where(Request.owner_id == person.id)
    done = select(Event.seq).where(Event.actor_id == person.id)
    told = select(Notice).where(or_(Notice.job_id.in_(about), Notice.event_seq.in_(done)))
    for notice in session.scalars(told):
        notice.values = _without(notice.values, names, person.display_name)


def _recorded(session: Session, person: Person, names: set[str]) -> None:
    """What the record says about them in words; who did what, when, stays."""
    about = (Event.subject_kind == SubjectKind.PERSON) & or_(Event.subject_id == person.id, Event.new == person.id)
    for event in session.scalars(select(Event).where(about)):
        event.values = {key: _plain(value, person.display_name) for key, value in event.values.items()}
        event.old, event.new = (_other(each, names, person.display_name) for each in (event.old, event.new))


def _plain(value: Any, name: str) -> Any:
    return name if isinstance(value, str) else value


def _other(text: str, names: set[str], name: str) -> str:
    return name if text in names else text


def _without(values: Mapping[str, Any], names: set[str], name: str) -> dict[str, Any]:
    """`values` with `name` where one of `names` is all of a text, or stands in brackets behind a title."""
    found = {}
    for key, value in values.items():
        said = _other(value, names, name) if isinstance(value, str) else value
        for each in names:
            said = said.replace(f"({each})", f"({name})") if isinstance(said, str) else said
        found[key] = said
    return found
