"""Whose name stands as licensor on a person's projects: it follows the name, and goes with it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.models import Person, Project
from fabqueue.services import events, sites


def name_of(session: Session, person: Person) -> str:
    """The name others may read, else the lab's."""
    return person.author_name or sites.the_site(session).name


def follow(session: Session, person: Person, old_name: str, by: Person | None = None) -> None:
    """Where `old_name` stands as licensor of the person's own projects, put the name of today in its place."""
    name = name_of(session, person)
    theirs = select(Project).where(Project.owner_id == person.id, Project.licensor == old_name)
    if name == old_name:
        return
    for project in session.scalars(theirs):
        project.licensor = name
        events.record(session, events.actor_of(by or person), project, "change", values={"fields": ["licensor"]})
