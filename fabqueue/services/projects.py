"""Projects: pages of designs, private unless published."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

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
from fabqueue.services import events, licences, tags, texts
from fabqueue.services.errors import Conflict, Invalid, Refused

FIELDS = ("title", "summary", "documentation", "function", "licence", "licensor", "version", "tags")
"""What authors may change; tags are one text with commas, or several."""
_LONGEST = {"title": 120, "summary": 400, "documentation": 100_000, "function": 400, "licensor": 200, "version": 40}
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]*")


def change(
    session: Session, project: Project, by: Person, fields: Mapping[str, str | Sequence[str]], base: int | None = None
) -> None:
    """Set any of FIELDS. `base`: the version of the page's words that was read before. Raises Invalid naming every
    fault, Refused when somebody saved since."""
    faults: list[Refused] = []
    wanted = {name: _checked(project, name, value, faults) for name, value in fields.items()}
    if faults:
        raise Invalid(faults)
    texts.before_change(session, project)
    texts.check_base(session, project, base)
    names = wanted.pop("tags", None)
    changed = {name: text for name, text in wanted.items() if getattr(project, name) != text}
    for name, text in changed.items():
        setattr(project, name, text)
    retagged = names is not None and tags.put(session, project, list(names))
    if changed or retagged:
        _changed(session, project, by, [*changed, *(["tags"] if retagged else [])])


def _changed(session: Session, project: Project, by: Person, names: Sequence[str], restored: int | None = None) -> None:
    project.changed_at = now()
    if set(names) & set(texts.WORDS):
        texts.keep(session, project, by, restored)
    values: dict[str, Any] = {"fields": sorted(names)}
    events.record(session, events.actor_of(by), project, "change", values=values)


def bring_back(session: Session, project: Project, by: Person, number: int) -> None:
    """The words of an older version stand on the page again; as a new version. Raises Refused."""
    texts.before_change(session, project)
    old = texts.version(session, project, number)
    if old is None:
        raise Refused("project_version_gone", {"number": number})
    changed = [name for name in texts.WORDS if getattr(project, name) != getattr(old, name)]
    for name in changed:
        setattr(project, name, getattr(old, name))
    if changed:
        _changed(session, project, by, changed, old.number)


def _checked(project: Project, name: str, value: str | Sequence[str], faults: list[Refused]) -> Any:
    """`value` as it is kept; what is wrong with it is added to `faults`."""
    try:
        if name == "tags":
            return tags.all_normal(tags.split(value) if isinstance(value, str) else value)
        text = str(value).strip()
        if name == "licence" and text:
            return licences.normal(text)
    except Refused as refused:
        faults.append(refused)
        return value
    faults += _faults(project, name, text)
    return text


def _faults(project: Project, name: str, text: str) -> list[Refused]:
    if name not in FIELDS:
        return [Refused("project_field_unknown", {"name": name, "known": list(FIELDS)}, name)]
    if name == "title" and not text:
        return [Refused("project_title_missing", field=name)]
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
    if project.owner.is_guest:
        faults.append(Refused("project_of_guest"))
    elif not project.owner.may_appear:
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


def of(session: Session, person: Person) -> Sequence[Project]:
    """The projects a person writes, last changed first."""
    mine = select(Project).join(ProjectAuthor).where(ProjectAuthor.person_id == person.id, Project.deleted_at.is_(None))
    return session.scalars(mine.order_by(Project.changed_at.desc())).all()


def designs(session: Session, project: Project) -> Sequence[Design]:
    """A project's designs in the order they came."""
    mine = select(Design).where(Design.project_id == project.id, Design.deleted_at.is_(None))
    return session.scalars(mine.order_by(Design.created_at)).all()


def builds(session: Session, project: Project, limit: int = 100, before: int | None = None) -> Sequence[Build]:
    """A project's builds, newest first; those with numbers below `before`."""
    made = select(Build).where(Build.project_id == project.id, Build.shown.is_(True))
    if before is not None:
        made = made.where(Build.number < before)
    return session.scalars(made.order_by(Build.number.desc()).limit(limit)).all()
