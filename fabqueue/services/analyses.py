"""The analysis of revisions: claimed, kept, failed; found again when a worker died over it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from fabqueue.analysis.findings import VERSION
from fabqueue.analysis.sandbox import Analysis, EstimateRequest
from fabqueue.config import Config
from fabqueue.db import now
from fabqueue.models import Report, Revision, RevisionState, StoredFile
from fabqueue.services import claims, estimates, events, gallery, readings
from fabqueue.services.errors import Conflict
from fabqueue.storage import Kept

__all__ = ["VERSION", "Work", "begin", "fail", "finish", "pending"]

MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class Work:
    """What the sandbox needs to analyse one revision."""

    revision_id: str
    attempt: int
    sha256: str
    filename: str
    units: str
    requests: list[EstimateRequest]
    reading: dict[str, Any] | None = None
    """How a drawing is to be read."""


def pending(session: Session, limit: int = 20) -> list[str]:
    """Ids of revisions that wait for their analysis, also those whose worker was lost."""
    waiting = select(Revision.id).where(_is_due())
    return list(session.scalars(waiting.order_by(Revision.created_at).limit(limit)))


def begin(session: Session, config: Config, revision_id: str) -> Work | None:
    """Claim a revision for one try; None when it is gone, done, or somebody else is at it."""
    mine = select(Revision).where(Revision.id == revision_id, _is_due()).with_for_update(of=Revision)
    revision = session.scalar(mine)
    if revision is None:
        return None
    if revision.attempts >= MOST_ATTEMPTS:
        fail(session, revision_id, "analysis_gave_up", {"attempts": revision.attempts})
        return None
    reading = readings.asked(config, revision)
    if (report := readings.known(session, revision, reading)) is not None:
        serve(session, revision, report)
        return None
    try:
        events.move(session, events.SYSTEM, revision, {RevisionState.PENDING, RevisionState.RUNNING},
                    RevisionState.RUNNING, "analyse", attempts=revision.attempts + 1,
                    running_until=claims.end())  # fmt: skip
    except Conflict:
        return None
    wants = estimates.wanted(session, config, {}, drawing=revision if reading is not None else None)
    requests = list({each.key: each.request for each in wants}.values())
    return Work(revision.id, revision.attempts, revision.sha256, revision.filename, revision.units, requests, reading)


def _is_due() -> ColumnElement[bool]:
    lost = (Revision.state == RevisionState.RUNNING) & claims.is_over(Revision.running_until)
    return or_(Revision.state == RevisionState.PENDING, lost)


def serve(session: Session, revision: Revision, report: Report) -> None:
    """A report that is known already is the revision's: the same was read in the same way before."""
    revision.report_id, revision.state, revision.ready_at = report.id, RevisionState.READY, now()
    revision.running_until = None
    session.flush()
    session.refresh(revision)
    gallery.retime(session, revision.design.project)


def finish(session: Session, revision_id: str, analysis: Analysis, files: Mapping[str, Kept]) -> None:
    """Keep the report, estimates and pictures of a claimed revision; nothing happens when it is gone or done."""
    revision = session.get(Revision, revision_id)
    if revision is None or revision.state is not RevisionState.RUNNING:
        return
    report = _report(session, revision, analysis.report, files)
    estimates.keep(session, report, analysis.estimates)
    report.make_seconds = report.make_seconds or estimates.quickest(analysis.estimates)
    events.move(session, events.SYSTEM, revision, RevisionState.RUNNING, RevisionState.READY, "analysed",
                report_id=report.id, ready_at=now(), running_until=None)  # fmt: skip
    gallery.retime(session, revision.design.project)


def fail(session: Session, revision_id: str, code: str, values: Mapping[str, Any]) -> None:
    """There will be no report: `code` says why and what to do."""
    revision = session.get(Revision, revision_id)
    if revision is None or revision.state in {RevisionState.READY, RevisionState.FAILED}:
        return
    events.move(session, events.SYSTEM, revision, {RevisionState.PENDING, RevisionState.RUNNING},
                RevisionState.FAILED, "analysed", code=code, values=values, problem_code=code,
                problem_values=dict(values), running_until=None)  # fmt: skip


def _report(session: Session, revision: Revision, data: dict[str, Any], files: Mapping[str, Kept]) -> Report:
    read = data.get("reading")
    report = readings.known(session, revision, read)
    if report is None:
        for kept in files.values():
            keep_row(session, kept)
        preview = files.get("preview") or files.get("drawing")
        picture, sheet = files.get("picture"), files.get("sheet")
        report = Report(
            sha256=revision.sha256, units=revision.units, analyser=VERSION, reading=readings.key(read), data=data,
            picture_sha256=picture.sha256 if picture else None, preview_sha256=preview.sha256 if preview else None,
            sheet_sha256=sheet.sha256 if sheet else None,
        )  # fmt: skip
        session.add(report)
        session.flush()
    return report


def keep_row(session: Session, kept: Kept) -> None:
    """The row of a kept file, made when it is not there yet."""
    if session.get(StoredFile, kept.sha256) is None:
        session.add(StoredFile(sha256=kept.sha256, size=kept.size))
        session.flush()
