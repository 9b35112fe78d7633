"""Who writes a project: its owner brings authors in and takes them out, may hand it over; authors may leave."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.models import Person, Project, ProjectAuthor
from fabqueue.services import events, locks, notices
from fabqueue.services.errors import Refused

MOST = 30


def add(session: Session, project: Project, by: Person, user_name: str) -> Person:
    """Somebody else may write it as well, and is told. Raises Refused."""
    locks.lock(session, project)
    person = session.scalar(select(Person).where(Person.user_name == user_name.strip().lower()))
    if person is None or person.left_at is not None or person.is_guest:
        raise Refused("author_unknown", {"name": user_name.strip()[:64]}, "user_name")
    if _row(project, person) is not None:
        raise Refused("author_already", {"name": person.display_name}, "user_name")
    if len(project.authors) >= MOST:
        raise Refused("authors_too_many", {"most": MOST}, "user_name")
    session.add(ProjectAuthor(project_id=project.id, person_id=person.id))
    session.flush()
    session.expire(project, ["authors"])
    _tell(session, project, by, person, "add_author", "notice_author_added")
    return person


def remove(session: Session, project: Project, by: Person, person: Person) -> None:
    """Take an author out, who is told; or oneself. Raises Refused for the owner."""
    locks.lock(session, project)
    row = _row(project, person)
    if row is None:
        raise Refused("author_gone", {"name": person.display_name})
    if person.id == project.owner_id:
        raise Refused("author_is_owner")
    session.delete(row)
    session.flush()
    session.expire(project, ["authors"])
    if person.id == by.id:
        _tell(session, project, by, project.owner, "leave", "notice_author_left")
    else:
        _tell(session, project, by, person, "remove_author", "notice_author_removed")


def hand_over(session: Session, project: Project, by: Person, person: Person) -> None:
    """One of its authors owns it from now on and is told; who owned it stays an author. Raises Refused."""
    locks.lock(session, project)
    if _row(project, person) is None or person.left_at is not None:
        raise Refused("author_gone", {"name": person.display_name})
    if person.id == project.owner_id:
        raise Refused("author_owns_already", {"name": person.display_name})
    if project.is_public and not person.may_appear:
        raise Refused("project_consent_missing")
    project.owner_id = person.id
    session.flush()
    session.refresh(project)
    _tell(session, project, by, person, "hand_over", "notice_author_owns")


def _row(project: Project, person: Person) -> ProjectAuthor | None:
    return next((each for each in project.authors if each.person_id == person.id), None)


def _tell(session: Session, project: Project, by: Person, person: Person, verb: str, code: str) -> None:
    event = events.record(session, events.actor_of(by), project, verb, values={"person": person.id})
    notices.about_project(session, person, event, project, code, {"name": by.display_name})
