"""Projects: pages of designs, private unless published."""

import re
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import (
    Build,
    Design,
    Job,
    JobState,
    Person,
    Project,
    ProjectAuthor,
    Revision,
    RevisionState,
    Visibility,
)
from fabqueue.services import events
from fabqueue.services.errors import Conflict, Invalid, Refused

LICENCES: dict[str, str] = {
    "CERN-OHL-P-2.0": "licence_permissive_hardware",
    "CERN-OHL-W-2.0": "licence_weak_hardware",
    "CERN-OHL-S-2.0": "licence_strong_hardware",
    "CC0-1.0": "licence_public_domain",
    "CC-BY-4.0": "licence_attribution",
    "CC-BY-SA-4.0": "licence_share_alike",
    "CC-BY-NC-4.0": "licence_non_commercial",
    "MIT": "licence_permissive_software",
    "GPL-3.0-or-later": "licence_strong_software",
    "LicenseRef-AllRightsReserved": "licence_none",
}
"""SPDX expression to the code of its plain words."""

FIELDS = ("title", "summary", "documentation", "function", "licence", "licensor", "version")
_LONGEST = {"title": 120, "summary": 400, "documentation": 100_000, "function": 400, "licensor": 200, "version": 40}
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]*")


def change(session: Session, project: Project, by: Person, fields: dict[str, str]) -> None:
    """Set any of FIELDS. Raises Invalid naming every fault."""
    faults = [fault for name, text in fields.items() for fault in _faults(project, name, text.strip())]
    if faults:
        raise Invalid(faults)
    changed = {name: text.strip() for name, text in fields.items() if getattr(project, name) != text.strip()}
    for name, text in changed.items():
        setattr(project, name, text)
    if changed:
        project.changed_at = now()
        events.record(session, events.actor_of(by), project, "change", values={"fields": sorted(changed)})


def _faults(project: Project, name: str, text: str) -> list[Refused]:
    if name not in FIELDS:
        return [Refused("project_field_unknown", {"name": name, "known": list(FIELDS)}, name)]
    if name == "title" and not text:
        return [Refused("project_title_missing", field=name)]
    if name == "licence" and text and text not in LICENCES:
        return [Refused("project_licence_unknown", {"licence": text, "known": list(LICENCES)}, name)]
    if name == "licence" and not text and project.is_public:
        return [Refused("project_licence_missing", field=name)]
    if name == "version" and not _VERSION.fullmatch(text):
        return [Refused("project_version_shape", field=name)]
    if len(text) > _LONGEST.get(name, 100):
        return [Refused("text_too_long", {"most": _LONGEST.get(name, 100)}, name)]
    return []


def publish(session: Session, project: Project, by: Person) -> None:
    """Show a project to everybody. Raises Invalid naming what is missing, Conflict when it is public."""
    if project.is_public:
        raise Conflict(project.visibility, "project_already_public")
    if faults := publish_faults(session, project):
        raise Invalid(faults)
    project.visibility, project.published_at = Visibility.PUBLIC, project.published_at or now()
    events.record(session, events.actor_of(by), project, "publish", old="private", new="public")


def publish_faults(session: Session, project: Project) -> list[Refused]:
    """What a project still needs before it can be published."""
    faults = []
    if not project.licence:
        faults.append(Refused("project_licence_missing", field="licence"))
    if not project.licensor:
        faults.append(Refused("project_licensor_missing", field="licensor"))
    if not project.function:
        faults.append(Refused("project_function_missing", field="function"))
    if not _has_readable_design(session, project):
        faults.append(Refused("project_design_missing"))
    if project.owner.guarded and not project.owner.consent_at:
        faults.append(Refused("project_consent_missing"))
    return faults


def _has_readable_design(session: Session, project: Project) -> bool:
    ready = select(Revision.id).join(Design).where(Design.project_id == project.id, Design.deleted_at.is_(None))
    return session.scalar(ready.where(Revision.state == RevisionState.READY).limit(1)) is not None


def unpublish(session: Session, project: Project, by: Person) -> None:
    """Make a project private again. Raises Conflict when it is."""
    if not project.is_public:
        raise Conflict(project.visibility, "project_already_private")
    project.visibility = Visibility.PRIVATE
    events.record(session, events.actor_of(by), project, "unpublish", old="public", new="private")


def delete(session: Session, project: Project, by: Person) -> None:
    """Take a project away; it can be restored for a while. Raises Refused while jobs of it are open."""
    open_jobs = select(Job.id).join(Revision).join(Design).where(Design.project_id == project.id)
    still_open = [state for state in JobState if not state.is_closed and state is not JobState.DRAFT]
    if session.scalar(open_jobs.where(Job.state.in_(still_open)).limit(1)):
        raise Refused("project_has_open_jobs")
    project.deleted_at = now()
    events.record(session, events.actor_of(by), project, "delete", old=str(project.visibility))


def restore(session: Session, project: Project, by: Person) -> None:
    """Bring a deleted project back as it was, but private."""
    project.deleted_at, project.visibility = None, Visibility.PRIVATE
    events.record(session, events.actor_of(by), project, "restore", new="private")


def deleted_of(session: Session, person: Person, days: int) -> Sequence[Project]:
    """A person's deleted projects that can still be restored."""
    since = now() - timedelta(days=days)
    mine = select(Project).where(Project.owner_id == person.id, Project.deleted_at > since)
    return session.scalars(mine.order_by(Project.deleted_at.desc())).all()


def public(session: Session, words: str = "", before: str = "", limit: int = 24) -> Sequence[Project]:
    """Public projects, newest publication first; `before` is the id after which to go on. Stable while paging."""
    found = select(Project).where(Project.visibility == Visibility.PUBLIC, Project.deleted_at.is_(None))
    if words.strip():
        like = f"%{words.strip().lower()}%"
        found = found.where(Project.title.ilike(like) | Project.summary.ilike(like))
    if before and (last := session.get(Project, before)) and last.published_at:
        older = (Project.published_at < last.published_at) | (
            (Project.published_at == last.published_at) & (Project.id < last.id)
        )
        found = found.where(older)
    return session.scalars(found.order_by(Project.published_at.desc(), Project.id.desc()).limit(limit)).all()


def of(session: Session, person: Person) -> Sequence[Project]:
    """The projects a person writes, last changed first."""
    mine = select(Project).join(ProjectAuthor).where(ProjectAuthor.person_id == person.id, Project.deleted_at.is_(None))
    return session.scalars(mine.order_by(Project.changed_at.desc())).all()


def designs(session: Session, project: Project) -> Sequence[Design]:
    """A project's designs in the order they came."""
    mine = select(Design).where(Design.project_id == project.id, Design.deleted_at.is_(None))
    return session.scalars(mine.order_by(Design.created_at)).all()


def builds(session: Session, project: Project, limit: int = 100) -> Sequence[Build]:
    """A project's builds, newest first."""
    made = select(Build).where(Build.project_id == project.id, Build.shown.is_(True))
    return session.scalars(made.order_by(Build.number.desc()).limit(limit)).all()
