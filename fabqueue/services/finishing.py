"""The page that is finished at the shelf: what its maker adds to what the queue has written already.

A maker says what it is for and what the next one should know, adds photos, and publishes with one button or keeps it
private. Where the project is somebody else's, or public already, the build gets its note and photos and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import Build, Job, JobState, Person, Project
from fabqueue.permissions import is_author
from fabqueue.services import builds, events, handovers, photos, projects
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.photos import Pictures

LONGEST_NOTE = builds.LONGEST_NOTE


@dataclass(frozen=True)
class Said:
    """What the maker answered. `fields` are those of the project's page that may be set here."""

    note: str
    fields: dict[str, str]
    pictures: Sequence[Pictures] = ()


def is_over(job: Job) -> bool:
    """Whether there is something to finish: the parts wait on the shelf or were taken."""
    return job.state in {JobState.READY, JobState.COLLECTED}


def may_publish(job: Job) -> bool:
    """Whether the page is the owner's to publish, and private still."""
    project = job.revision.design.project
    return not project.is_public and is_author(job.owner, project)


def may_say(job: Job) -> bool:
    """Whether the owner's words and photos may go where they would stand: consent counts on a public page."""
    return not job.revision.design.project.is_public or job.owner.may_appear


def defaults(session: Session, config: Config, job: Job) -> dict[str, str]:
    """What the page has, and where it lacks something, what its owner would most likely write."""
    project = job.revision.design.project
    return {
        "function": project.function,
        "title": project.title,
        "licence": project.licence or _last_licence(session, job.owner) or config.site.licence,
        "licensor": project.licensor or job.owner.author_name or job.owner.display_name,
    }


def _last_licence(session: Session, person: Person) -> str:
    """The one the owner gave last."""
    given = select(Project.licence).where(Project.owner_id == person.id, Project.licence != "")
    return session.scalar(given.order_by(Project.changed_at.desc()).limit(1)) or ""


def save(session: WritingSession, config: Config, job: Job, by: Person, said: Said) -> Build | None:
    """Collect the parts where they still wait, and keep note, words and photos; nothing becomes public by it.

    Raises Invalid, Refused, Conflict before they are collected.
    """
    if not is_over(job):
        raise Conflict(job.state)
    if not may_say(job):
        raise Refused("project_consent_missing")
    if len(said.note.strip()) > LONGEST_NOTE:
        raise Refused("text_too_long", {"most": LONGEST_NOTE}, "note")
    project = job.revision.design.project
    if may_publish(job) and (changed := _changed(project, said.fields)):
        projects.change(session, project, by, changed)
    if job.state is JobState.READY:
        handovers.hand_out(session, [job], by, handovers.Taking())
    build = builds.of(session, job)
    _tell(session, job, by, build, said.note.strip())
    run = build.parts[-1].run_item.run if build and build.parts else None
    for each in said.pictures:
        photos.keep(session, config.uploads, job.owner, project, each, build=build, run=run, by=by)
    return build


def _changed(project: Project, fields: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in fields.items() if text.strip() and getattr(project, name) != text.strip()}


def _tell(session: Session, job: Job, by: Person, build: Build | None, note: str) -> None:
    if build is None or note == build.note:
        return
    build.note = note
    values = {"job": job.code} | ({"for": job.request.owner_id} if by.id != job.request.owner_id else {})
    events.record(session, events.actor_of(by), build.project, "tell", new=str(build.number), values=values)


def publish(session: WritingSession, job: Job, by: Person) -> None:
    """Show the page to everybody, in the owner's name. Raises Invalid naming what is missing, Conflict."""
    if not may_publish(job):
        raise Conflict(job.revision.design.project.visibility, "project_already_public")
    project = job.revision.design.project
    projects.publish(session, project, by)
    if by.id != job.request.owner_id:
        events.record(session, events.actor_of(by), project, "publish_for", values={"for": job.request.owner_id})
