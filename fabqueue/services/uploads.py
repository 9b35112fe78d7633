"""Uploads: kept bytes become a revision of a design; the analysis follows after the commit."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from pathlib import PurePath
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fabqueue.analysis import kinds
from fabqueue.config import UploadSettings
from fabqueue.db import WritingSession, now
from fabqueue.models import (
    Design,
    DesignKind,
    Person,
    Photo,
    Project,
    ProjectAuthor,
    Revision,
    Showcase,
    StoredFile,
)
from fabqueue.services import analyses, events, people, readings
from fabqueue.services.errors import Refused
from fabqueue.storage import Kept

UNITS = ("", "mm", "cm", "m", "in")
DRAWING_UNITS = (*UNITS, "72dpi", "90dpi", "96dpi")
"""What one unit of a file may be said to be; drawings are also measured in pixels of one size or another."""
LONGEST_NAME = 120
WAIT = "wait_seconds"
"""What a refusal that passes by itself says of when."""


def add_design(
    session: WritingSession,
    rules: UploadSettings,
    person: Person,
    kept: Kept,
    filename: str,
    *,
    project: Project | None = None,
    name: str = "",
    units: str = "",
    owner: Person | None = None,
) -> Revision:
    """Revision 1 of a new design in `project`, else in a new private project named after the file. Raises Refused.

    owner: whose project that is, where `person` uploads for somebody else.
    """
    kind = check(session, rules, person, kept, filename, units)
    name = clean_name(name) or clean_name(PurePath(filename).stem) or "design"
    if project is None:
        project = start_project(session, people.present(session, owner or person), name, person)
    design = Design(project_id=project.id, name=name, kind=kind)
    session.add(design)
    session.flush()
    return _add(session, person, design, kept, filename, units, number=1)


def add_revision(
    session: WritingSession, rules: UploadSettings, person: Person, design: Design, kept: Kept, filename: str,
    units: str = "", reading: Mapping[str, Any] | None = None,
) -> Revision:  # fmt: skip
    """The next revision of a design; earlier ones stay. Raises Refused, also when the kind of file changed.

    reading: what is said of a drawing, as `Revision.reading`.
    """
    kind = check(session, rules, person, kept, filename, units)
    if kind is not design.kind:
        raise Refused("upload_other_kind", {"filename": filename}, "file")
    number = design.latest.number + 1
    return _add(session, person, design, kept, filename, units, number=number, reading=dict(reading or {}))


def check(session: Session, rules: UploadSettings, person: Person, kept: Kept, filename: str, units: str) -> DesignKind:
    """What kind of design a file is. Raises Refused for a format, size or amount the lab does not take."""
    kind = check_format(kept, filename, units)
    check_amounts(session, rules, person, kept.size)
    return kind


def check_format(kept: Kept, filename: str, units: str = "") -> DesignKind:
    """What kind of design a file is, before it is known whose. Raises Refused."""
    kind = kinds.kind_of(filename)
    if kind is None:
        code, values = kinds.refusal(filename)
        raise Refused(code, values, "file")
    known = DRAWING_UNITS if kind is kinds.Kind.DRAWING else UNITS
    if units not in known:
        raise Refused("upload_unit_unknown", {"units": units, "known": list(known[1:])}, "units")
    if kept.size == 0:
        raise Refused("upload_empty", {"filename": filename}, "file")
    return DesignKind(kind)


def check_amounts(session: Session, rules: UploadSettings, person: Person, size: int) -> None:
    """Whether an account may bring `size` bytes more now, designs and photos together. Raises Refused."""
    designs = select(func.count(), func.coalesce(func.sum(StoredFile.size), 0)).select_from(Revision)
    designs = designs.join(StoredFile).where(Revision.uploaded_by_id == person.id)
    pictures = or_(StoredFile.sha256 == Photo.large_sha256, StoredFile.sha256 == Photo.small_sha256)
    of_photos = select(func.coalesce(func.sum(StoredFile.size), 0)).select_from(Photo).join(StoredFile, pictures)
    photos = select(func.count()).where(Photo.person_id == person.id)
    an_hour_ago = now() - timedelta(hours=1)
    lately = session.execute(designs.where(Revision.created_at > an_hour_ago)).one()[0]
    lately += session.scalar(photos.where(Photo.created_at > an_hour_ago)) or 0
    if lately >= rules.per_hour:
        wait = _first_since(session, person, an_hour_ago) - an_hour_ago
        raise Refused("upload_too_many", {"most": rules.per_hour, WAIT: max(1, ceil(wait.total_seconds()))})
    held = session.execute(designs).one()[1] + (session.scalar(of_photos.where(Photo.person_id == person.id)) or 0)
    if held + size > rules.kept_mb * 1_000_000:
        raise Refused("upload_quota_full", {"most_bytes": rules.kept_mb * 1_000_000})
    if person.is_guest:
        _check_guests(session, rules, size)


def _first_since(session: Session, person: Person, since: datetime) -> datetime:
    """When an account brought its first file after `since`; now without any."""
    revision = select(func.min(Revision.created_at)).where(
        Revision.uploaded_by_id == person.id, Revision.created_at > since
    )
    photo = select(func.min(Photo.created_at)).where(Photo.person_id == person.id, Photo.created_at > since)
    return min((each for each in map(session.scalar, (revision, photo)) if each is not None), default=now())


def _check_guests(session: Session, rules: UploadSettings, size: int) -> None:
    """A guest is made in a moment; so all of them together have a limit as well."""
    theirs = select(func.coalesce(func.sum(StoredFile.size), 0)).select_from(Revision).join(StoredFile)
    theirs = theirs.join(Person, Person.id == Revision.uploaded_by_id).where(Person.is_guest.is_(True))
    if (session.scalar(theirs) or 0) + size > rules.guests_kept_mb * 1_000_000:
        raise Refused("guests_full")


def start_project(session: Session, person: Person, title: str, by: Person | None = None) -> Project:
    """A private project of `person` with an address made from its title."""
    project = Project(
        slug=free_slug(session, title), title=title, owner_id=person.id, licensor=person.author_name or ""
    )
    session.add(project)
    session.flush()
    session.add(ProjectAuthor(project_id=project.id, person_id=person.id))
    session.flush()
    session.refresh(project)
    events.record(session, events.actor_of(by or person), project, "create")
    return project


def free_slug(session: Session, title: str, kind: type[Project] | type[Showcase] = Project) -> str:
    """An address part no other of the `kind` has, made from a title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or kind.__tablename__
    taken = set(session.scalars(select(kind.slug).where(kind.slug.startswith(base, autoescape=True))))
    number, slug = 2, base
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug


def clean_name(name: str) -> str:
    """A name for people: one line, printable, not too long."""
    printable = "".join(each if each.isprintable() else " " for each in unicodedata.normalize("NFC", name))
    return " ".join(printable.split())[:LONGEST_NAME].strip()


def clean_filename(filename: str) -> str:
    """A file's name for people; however long it was, its ending stays, which tells the format."""
    ending = clean_name(PurePath(filename).suffix)
    return clean_name(clean_name(PurePath(filename).stem)[: LONGEST_NAME - len(ending)] + ending) or "design"


def _add(
    session: WritingSession, person: Person, design: Design, kept: Kept, filename: str, units: str, number: int,
    reading: dict[str, Any] | None = None,
) -> Revision:  # fmt: skip
    if session.get(StoredFile, kept.sha256) is None:
        session.add(StoredFile(sha256=kept.sha256, size=kept.size))
        session.flush()
    revision = Revision(
        design_id=design.id, number=number, sha256=kept.sha256, filename=clean_filename(filename), units=units,
        uploaded_by_id=person.id, reading=reading or {},
    )  # fmt: skip
    session.add(revision)
    session.flush()
    session.refresh(design)
    events.record(session, events.actor_of(person), revision, "upload", new=str(number))
    _analyse_once(session, revision)
    return revision


def _analyse_once(session: WritingSession, revision: Revision) -> None:
    """The same bytes in the same unit were analysed before: that report serves; otherwise wake the analysis.

    Of a drawing it also matters how it is read, which the analysis knows.
    """
    report = readings.known(session, revision, None)
    if report is not None:
        analyses.serve(session, revision, report)
    else:
        session.wake("analyse", revision.id)
