"""Guarded accounts: a minor or pupil with somebody who looks after them, and the consent to appear publicly."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import Consent, Person, Project, Role, Visibility
from fabqueue.services import builds, events, projects
from fabqueue.services.errors import Conflict, Refused


def guard(session: Session, person: Person, by: Person, guardian: Person | None) -> None:
    """Guard an account, or name another guardian. What is public of theirs goes, unless consent is there.

    Raises Refused for staff, and for a guardian who cannot be one.
    """
    if person.roles - {Role.MEMBER}:
        raise Refused("guard_staff")
    if guardian is not None and (guardian.id == person.id or guardian.guarded or guardian.is_guest or guardian.left_at):
        raise Refused("guardian_unfit", {"name": guardian.display_name}, "guardian")
    person.guarded, person.guardian_id = True, guardian.id if guardian else None
    session.flush()
    session.refresh(person)
    values = {"name": guardian.display_name} if guardian else {}
    events.record(session, events.actor_of(by), person, "guard", new=guardian.id if guardian else "", values=values)
    if not person.may_appear:
        hide(session, person, by)


def release(session: Session, person: Person, by: Person, *, show_earlier: bool = False) -> None:
    """The account is like any other again. Raises Conflict when it is.

    What was taken from public view stays away: projects until their owner publishes them, builds unless `show_earlier`.
    """
    if not person.guarded:
        raise Conflict("open", "not_guarded")
    person.guarded, person.guardian_id = False, None
    session.flush()
    session.refresh(person)
    events.record(session, events.actor_of(by), person, "release")
    if show_earlier:
        builds.show_all_of(session, person, by)


def give_consent(
    session: Session, person: Person, by: Person, given_by: str, *, show_earlier: bool = False
) -> None:  # fmt: skip
    """Write down who agreed that the person appears publicly. Raises Refused, Conflict.

    It holds for what comes: builds that were hidden before stay hidden unless that agreed to `show_earlier` as well.
    """
    if not person.guarded:
        raise Conflict("open", "not_guarded")
    if person.consent_at is not None:
        raise Conflict("given", "consent_given")
    said = " ".join(given_by.split())
    if not said:
        raise Refused("consent_by_missing", field="given_by")
    if len(said) > 200:
        raise Refused("text_too_long", {"most": 200}, "given_by")
    person.consent_at = now()
    session.add(Consent(person_id=person.id, given_by=said, recorded_by_id=by.id, given_at=person.consent_at))
    events.record(session, events.actor_of(by), person, "give_consent", values={"given_by": said})
    if show_earlier:
        builds.show_all_of(session, person, by)


def withdraw_consent(session: Session, person: Person, by: Person) -> None:
    """The consent is taken back; what is public of the person goes at once. Raises Conflict without one."""
    if person.consent_at is None:
        raise Conflict("none", "consent_missing")
    person.consent_at = None
    rows = update(Consent).where(Consent.person_id == person.id, Consent.withdrawn_at.is_(None))
    session.execute(rows.values(withdrawn_at=now(), withdrawn_by_id=by.id))
    events.record(session, events.actor_of(by), person, "withdraw_consent")
    if not person.may_appear:
        hide(session, person, by)


def hide(session: Session, person: Person, by: Person) -> None:
    """Make their public projects private and take their builds out of public logs."""
    theirs = select(Project).where(Project.owner_id == person.id, Project.visibility == Visibility.PUBLIC)
    for project in session.scalars(theirs).all():
        if project.is_public:  # a deleted one is hidden already
            projects.unpublish(session, project, by)
    builds.hide_all_of(session, person, by)


def consents(session: Session, person: Person) -> Sequence[Consent]:
    """Every consent that was ever given, newest first."""
    theirs = select(Consent).where(Consent.person_id == person.id)
    return session.scalars(theirs.order_by(Consent.given_at.desc())).all()


def wards(session: Session, guardian: Person) -> Sequence[Person]:
    """Whom somebody looks after."""
    found = select(Person).where(Person.guardian_id == guardian.id, Person.guarded.is_(True), Person.left_at.is_(None))
    return session.scalars(found.order_by(Person.display_name)).all()
