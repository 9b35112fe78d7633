"""Leaving: the person is anonymised for good; ledger, events and runs stay, and say nothing of who it was."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.models import (
    Certification,
    Job,
    JobState,
    Person,
    Project,
    ProjectAuthor,
    Request,
    Role,
    RoleGrant,
    Showcase,
    ShowcaseHelper,
)
from fabqueue.services import (
    events,
    forgetting,
    jobs,
    ledger,
    licensors,
    locks,
    people,
    projects,
    showcases,
    sign_ins,
    tokens,
)
from fabqueue.services.errors import Conflict, Refused


def hindrances(session: Session, person: Person) -> list[Refused]:
    """What must be settled before somebody can leave; empty when nothing must."""
    found = []
    if count := _open_jobs(session, person):
        found.append(Refused("leave_open_jobs", {"count": count}))
    owed = -ledger.balance(session, ledger.account_of(session, person)).minor
    if owed > 0:
        found.append(Refused("leave_owes", {"owed_minor": owed}))
    if Role.ADMIN in person.roles and not people.has_other_admin(session, person):
        found.append(Refused("last_admin"))
    return found


def _open_jobs(session: Session, person: Person) -> int:
    open_states = [each for each in jobs.OPEN_STATES if each is not JobState.DRAFT]
    theirs = select(func.count()).select_from(Job).join(Request)
    return session.scalar(theirs.where(Request.owner_id == person.id, Job.state.in_(open_states))) or 0


def leave(session: WritingSession, person: Person, by: Person, *, keep_public: bool) -> None:
    """Take the person out of every row that names them. `keep_public`: public projects stay, without the name.

    There is no way back. Raises Refused for what must be settled first, Conflict when they have left already.
    """
    locks.lock(session, person)
    if person.left_at is not None:
        raise Conflict("left", "already_left")
    if hindered := hindrances(session, person):
        raise hindered[0]
    _give_up_drafts(session, person, by)
    tokens.revoke_all(session, person, by)
    sign_ins.end_all(session, person, by)
    everyone = [person, *session.scalars(select(Person).where(Person.merged_into_id == person.id))]
    names = set[str]().union(*(forgetting.names_of(each) for each in everyone))
    _end_roles(person, by)
    person.left_at = now()
    _settle_projects(session, person, by, names, keep_public=keep_public)
    _settle_showcases(session, person, by, keep_public=keep_public)
    for each in everyone:
        forgetting.forget(session, each, names)
    events.record(session, events.actor_of(by), person, "leave", values={"kept": keep_public})


def _give_up_drafts(session: WritingSession, person: Person, by: Person) -> None:
    drafts = select(Job).join(Request).where(Request.owner_id == person.id, Job.state == JobState.DRAFT)
    for job in session.scalars(drafts).all():
        jobs.cancel(session, job, by)


def _end_roles(person: Person, by: Person) -> None:
    rows: list[RoleGrant | Certification] = [*person.role_grants, *person.certifications]
    for row in rows:
        if row.withdrawn_at is None:
            row.withdrawn_at, row.withdrawn_by_id = now(), by.id


def _settle_projects(session: Session, person: Person, by: Person, names: set[str], *, keep_public: bool) -> None:
    """Shared projects pass to a co-author; of the others public ones stay or go, private ones are deleted."""
    for project in session.scalars(select(Project).where(Project.owner_id == person.id)).all():
        heir = _heir(session, project, person)
        if heir is not None:
            project.owner_id = heir
        elif project.is_public and not keep_public:
            projects.unpublish(session, project, by)
        if heir is None and not project.is_public and project.deleted_at is None:
            projects.delete(session, project, by)
        session.flush()
    written = select(Project).join(ProjectAuthor).where(ProjectAuthor.person_id == person.id)
    for project in session.scalars(written.where(Project.licensor.in_(names))).all():
        project.licensor = licensors.name_of(session, person)


def _settle_showcases(session: Session, person: Person, by: Person, *, keep_public: bool) -> None:
    """As with projects: who helped goes on with it, else a public one stays or goes, a private one is deleted."""
    session.execute(delete(ShowcaseHelper).where(ShowcaseHelper.person_id == person.id))
    session.flush()
    for showcase in session.scalars(select(Showcase).where(Showcase.curator_id == person.id)).all():
        session.refresh(showcase)
        heir = next((each for each in showcase.helpers if each.person.left_at is None), None)
        if heir is not None:
            showcase.curator_id = heir.person_id
            showcase.helpers.remove(heir)
        elif showcase.deleted_at is None and not (showcase.is_public and keep_public):
            showcases.delete(session, showcase, by)
        session.flush()


def _heir(session: Session, project: Project, person: Person) -> str | None:
    others = select(Person.id).join(ProjectAuthor, ProjectAuthor.person_id == Person.id)
    others = others.where(ProjectAuthor.project_id == project.id, Person.id != person.id, Person.left_at.is_(None))
    return session.scalar(others.order_by(Person.id).limit(1))
