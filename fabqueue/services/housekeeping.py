"""What time takes away: drafts nobody submitted, deleted projects, old G-code, files no row names any more."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from fabqueue.config import RetentionSettings
from fabqueue.db import now
from fabqueue.models import (
    Design,
    Estimate,
    ImportBatch,
    ImportState,
    Job,
    JobState,
    PageVersion,
    Photo,
    Project,
    ProjectTag,
    RepeatedAnswer,
    Report,
    Revision,
    Run,
    Slicing,
    SlicingState,
    StoredFile,
)
from fabqueue.models.runs import ACTIVE, RunState
from fabqueue.services import events
from fabqueue.services.imports.batches import WAITING

ANSWERS_KEPT = timedelta(days=2)
UNNAMED_KEPT = timedelta(days=1)
"""A file may be kept before its row is written; nothing younger is removed."""


def tidy(session: Session, rules: RetentionSettings) -> list[str]:
    """One round. Returns digests of files that may now be removed from the storage."""
    _drop_drafts(session, rules)
    _drop_gcode(session, rules)
    _drop_deleted(session, rules)
    _drop_photos(session, rules)
    _drop_imports(session, rules)
    session.execute(delete(RepeatedAnswer).where(RepeatedAnswer.created_at < now() - ANSWERS_KEPT))
    return _drop_unnamed(session)


def _drop_drafts(session: Session, rules: RetentionSettings) -> None:
    old = select(Job).where(Job.state == JobState.DRAFT, Job.created_at < now() - timedelta(days=rules.draft_days))
    for job in session.scalars(old):
        events.move(session, events.SYSTEM, job, JobState.DRAFT, JobState.CANCELLED, "expire", code="draft_expired",
                    values={"days": rules.draft_days}, closed_at=now())  # fmt: skip


def _drop_gcode(session: Session, rules: RetentionSettings) -> None:
    """Sliced files whose runs all ended long ago; they can be sliced again from the design."""
    live = select(Run.slicing_id).where(
        Run.slicing_id.is_not(None), Run.state.in_([*ACTIVE, RunState.WAITING, RunState.PREPARING, RunState.STAGED])
    )
    before = now() - timedelta(days=rules.gcode_days)
    old = update(Slicing).where(Slicing.state == SlicingState.READY, Slicing.ready_at < before, Slicing.id.not_in(live))
    gone = {"gcode_sha256": None, "picture_sha256": None, "ready_at": None}
    again = old.values(state=SlicingState.PENDING, attempts=0, **gone)
    session.execute(again, execution_options={"synchronize_session": False})


def _drop_deleted(session: Session, rules: RetentionSettings) -> None:
    """Projects deleted long ago lose their words; designs that jobs came from stay for the ledger's sake."""
    before = now() - timedelta(days=rules.deleted_days)
    wiped = {"title": "", "summary": "", "documentation": "", "function": "", "licensor": ""}
    old = update(Project).where(Project.deleted_at < before, Project.title != "")
    gone = select(Project.id).where(Project.deleted_at < before)
    for kind in (PageVersion, ProjectTag):
        worded = delete(kind).where(kind.project_id.in_(gone))
        session.execute(worded, execution_options={"synchronize_session": False})
    session.execute(old.values(**wiped), execution_options={"synchronize_session": False})
    unused = (
        select(Revision.id)
        .join(Design)
        .join(Project)
        .where(Project.deleted_at < before, Revision.id.not_in(select(Job.revision_id)))
    )
    session.execute(delete(Revision).where(Revision.id.in_(unused)), execution_options={"synchronize_session": False})


def _drop_photos(session: Session, rules: RetentionSettings) -> None:
    """Photos withdrawn long ago, and those of projects deleted long ago, leave their entry without its pictures."""
    before = now() - timedelta(days=rules.deleted_days)
    gone = select(Project.id).where(Project.deleted_at < before)
    old = update(Photo).where(or_(Photo.withdrawn_at < before, Photo.project_id.in_(gone)))
    emptied = {"large_sha256": None, "small_sha256": None, "alternative_text": ""}
    session.execute(
        old.where(Photo.large_sha256.is_not(None)).values(**emptied), execution_options={"synchronize_session": False}
    )


def _drop_imports(session: Session, rules: RetentionSettings) -> None:
    """Files that somebody looked at and never had made: they are full of names."""
    waiting = ImportBatch.state.in_(WAITING)
    before = now() - timedelta(days=rules.draft_days)  # batches.kept_until says so on the page
    gone = {"state": ImportState.DISCARDED, "sha256": "", "found": {}, "choices": {}}
    old = update(ImportBatch).where(waiting, ImportBatch.created_at < before)
    session.execute(old.values(**gone), execution_options={"synchronize_session": False})


def _drop_unnamed(session: Session) -> list[str]:
    """Forget reports of files nobody keeps, then files that no row names: their digests, for the storage."""
    lone = select(Report.id).where(Report.sha256.not_in(select(Revision.sha256)))
    for kind, column in ((Estimate, Estimate.report_id), (Report, Report.id)):
        session.execute(delete(kind).where(column.in_(lone)), execution_options={"synchronize_session": False})
    digests = list(session.scalars(_unnamed(StoredFile.created_at < now() - UNNAMED_KEPT)))
    session.execute(delete(StoredFile).where(StoredFile.sha256.in_(digests)))
    return digests


def _unnamed(these: ColumnElement[bool]) -> Select[str]:
    """Digests of files that no row names."""
    columns: tuple[InstrumentedAttribute[Any], ...] = (
        Revision.sha256, Report.sha256, Report.picture_sha256, Report.preview_sha256, Report.sheet_sha256,
        Slicing.model_sha256,
        Slicing.gcode_sha256, Slicing.picture_sha256, Photo.large_sha256, Photo.small_sha256, ImportBatch.sha256,
    )  # fmt: skip
    named = (StoredFile.sha256.not_in(select(each).where(each.is_not(None))) for each in columns)
    return select(StoredFile.sha256).where(these, *named)


def forget(session: Session, sha256: str) -> bool:
    """Forget one file now, unless a row names it; whether it may be removed from the storage after the commit."""
    session.flush()
    if session.scalar(_unnamed(StoredFile.sha256 == sha256)) is None:
        return False
    session.execute(delete(StoredFile).where(StoredFile.sha256 == sha256))
    return True
