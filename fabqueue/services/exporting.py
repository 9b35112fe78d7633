"""Everything of one person in one file: what the database says of them as JSON, and the files they brought."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import RawIOBase
from pathlib import Path, PurePath
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import inspect, or_, select
from sqlalchemy.orm import Session

from fabqueue.models import (
    Base,
    Build,
    Certification,
    Consent,
    Design,
    Entry,
    Event,
    Handover,
    Job,
    Notice,
    PageVersion,
    PastJob,
    Person,
    Photo,
    Project,
    ProjectAuthor,
    Quote,
    Request,
    Revision,
    RoleGrant,
    Run,
    RunItem,
    SignIn,
    SubjectKind,
    Token,
)
from fabqueue.services import events, ledger, showcases, uploads
from fabqueue.storage import Storage

SECRET = {"password_hash", "pin_hash", "digest", "code_digest", "found_by"}
"""Columns that stay here: they serve nobody but an attacker."""
CHUNK = 256 * 1024


@dataclass(frozen=True)
class Export:
    """What goes into the file: records by kind, and the stored files by their names in it."""

    records: Mapping[str, Any]
    files: Mapping[str, str]
    """Name to digest."""


def gather(session: Session, person: Person) -> Export:
    """Read everything of a person; the files are read later, without the database."""
    theirs = select(ProjectAuthor.project_id).where(ProjectAuthor.person_id == person.id)
    wanted = select(Project).where(Project.id.in_(theirs), Project.deleted_at.is_(None))
    projects = session.scalars(wanted.order_by(Project.created_at)).all()
    designs = _all(session, Design, Design.project_id.in_([each.id for each in projects]))
    revisions = _all(session, Revision, or_(Revision.design_id.in_([each.id for each in designs]),
                                            Revision.uploaded_by_id == person.id))  # fmt: skip
    photos = _all(session, Photo, Photo.person_id == person.id)
    account = ledger.account_of(session, person)
    records = {
        "person": _row(person),
        "roles": _rows(_all(session, RoleGrant, RoleGrant.person_id == person.id)),
        "certifications": _rows(_all(session, Certification, Certification.person_id == person.id)),
        "consents": _rows(_all(session, Consent, Consent.person_id == person.id)),
        "sign_ins": _rows(_all(session, SignIn, SignIn.person_id == person.id)),
        "keys_for_programs": _rows(_all(session, Token, Token.person_id == person.id)),
        "notices": _rows(_all(session, Notice, Notice.person_id == person.id)),
        "account": _row(account) | {"entries": _rows(_all(session, Entry, Entry.account_id == account.id))},
        "projects": _rows(projects), "designs": _rows(designs), "revisions": _rows(revisions),
        "page_versions": _rows(_all(session, PageVersion, PageVersion.project_id.in_([each.id for each in projects]))),
        "past_jobs": _rows(_all(session, PastJob, PastJob.person_id == person.id)),
        "showcases": _showcases(session, person),
        "photos": _rows(photos), "builds": _rows(_all(session, Build, Build.builder_id == person.id)),
        **_jobs(session, person),
    }  # fmt: skip
    pictures = {f"photos/{each.id}.jpg": each.large_sha256 for each in photos if each.large_sha256}
    return Export(records, _files(projects, designs, revisions) | pictures)


def _showcases(session: Session, person: Person) -> list[dict[str, Any]]:
    """Those they curate, and those they help with."""
    return [_row(each) | {"slides": _rows(each.items)} for each in showcases.of(session, person)]


def _jobs(session: Session, person: Person) -> dict[str, Any]:
    requests = _all(session, Request, Request.owner_id == person.id)
    jobs = _all(session, Job, Job.request_id.in_([each.id for each in requests]))
    ids = [each.id for each in jobs]
    items = _all(session, RunItem, RunItem.job_id.in_(ids))
    about = (Event.subject_kind == SubjectKind.PERSON) & (Event.subject_id == person.id)
    of_jobs = (Event.subject_kind == SubjectKind.JOB) & Event.subject_id.in_(ids)
    return {
        "requests": _rows(requests), "jobs": _rows(jobs), "quotes": _rows(_all(session, Quote, Quote.job_id.in_(ids))),
        "handovers": _rows(_all(session, Handover, Handover.job_id.in_(ids))),
        "run_items": _rows(items), "runs": _rows(_all(session, Run, Run.id.in_([each.run_id for each in items]))),
        "events": _rows(session.scalars(select(Event).where(about | of_jobs).order_by(Event.seq)).all()),
    }  # fmt: skip


def _all(session: Session, kind: Any, condition: Any) -> Sequence[Any]:
    return session.scalars(select(kind).where(condition)).unique().all()


def _rows(rows: Sequence[Base]) -> list[dict[str, Any]]:
    return [_row(each) for each in rows]


def _row(row: Base) -> dict[str, Any]:
    columns = [each.key for each in inspect(type(row)).column_attrs if each.key not in SECRET]
    return {key: _plain(getattr(row, key)) for key in columns}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _files(projects: Sequence[Project], designs: Sequence[Design], revisions: Sequence[Revision]) -> dict[str, str]:
    """One folder for each project and design; the names people gave, which no path can leave."""
    titles = {each.id: each.slug for each in projects}
    folders = {each.id: f"files/{titles[each.project_id]}/{_safe(each.name)}-{each.id[:4]}" for each in designs}
    named = {}
    for each in revisions:
        folder = folders.get(each.design_id, "files/for-others")
        named[f"{folder}/{each.number}-{each.id[:4]}-{_safe(each.filename)}"] = each.sha256
    return named


def _safe(name: str) -> str:
    plain = "".join("_" if each in '/\\:*?"<>|' else each for each in uploads.clean_filename(name))
    return PurePath(plain.strip(". ") or "file").name


def write(export: Export, storage: Storage) -> Iterator[bytes]:
    """The zip, piece by piece; a file that is gone meanwhile is named in `missing.txt` and stops nothing."""
    pipe = _Pipe()
    missing = []
    with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:
        text = json.dumps(export.records, ensure_ascii=False, indent=1, default=str)
        archive.writestr("data.json", text)
        for name, sha256 in export.files.items():
            try:
                place = storage.path(sha256)
            except FileNotFoundError:
                missing.append(name)
                continue
            yield from _add(archive, pipe, name, place)
        if missing:
            archive.writestr("missing.txt", "\n".join(missing))
    yield pipe.take()


def _add(archive: ZipFile, pipe: "_Pipe", name: str, place: Path) -> Iterator[bytes]:
    info = ZipInfo.from_file(place, name, strict_timestamps=False)
    info.compress_type = ZIP_STORED if place.stat().st_size > CHUNK else ZIP_DEFLATED
    with place.open("rb") as source, archive.open(info, "w", force_zip64=True) as into:
        while piece := source.read(CHUNK):
            into.write(piece)
            yield pipe.take()


class _Pipe(RawIOBase):
    """What the archive writes, until it is taken; it cannot go back, so nothing is kept."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        self._position = 0

    def write(self, piece: Any) -> int:
        self._held += piece
        self._position += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._position

    def writable(self) -> bool:
        return True

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


def note(session: Session, person: Person, by: Person) -> None:
    """It stands in the record who took the data of whom."""
    events.record(session, events.actor_of(by), person, "export")
