"""Notices: what a person should know, made from events in their transaction, read in the bell or by mail."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import Event, Job, JobState, MailState, Notice, Person
from fabqueue.models.base import Base

JOB_NOTICES: dict[str, str] = {
    JobState.CHANGES_REQUESTED: "notice_question",
    JobState.AWAITING_MEMBER: "notice_price_change",
    JobState.READY: "notice_ready",
    JobState.FAILED: "notice_failed",
    JobState.REJECTED: "notice_rejected",
}
"""A job that reaches one of these states needs its owner to know."""

MAIL_TRIES = 6


def announce(session: Session, event: Event, subject: Base) -> None:
    """Make the notice that `event` calls for. Whoever did it need not be told."""
    if not isinstance(subject, Job) or event.old == event.new:
        return
    code = JOB_NOTICES.get(event.new)
    if code is None or event.actor_id == subject.request.owner_id:
        return
    session.add(_notice(subject.request.owner, event, subject, code))


def _notice(person: Person, event: Event, job: Job, code: str) -> Notice:
    by_mail = bool(person.email and person.mail_notices)
    values: dict[str, Any] = {"job": job.code, "title": job.title, "place": job.place}
    if event.code:
        values["reason"] = {"code": event.code, "values": event.values}
    return Notice(
        person_id=person.id,
        event_seq=event.seq,
        code=code,
        values=values,
        job_id=job.id,
        mail=MailState.PENDING if by_mail else MailState.NONE,
    )


def latest(session: Session, person: Person, limit: int = 50) -> Sequence[Notice]:
    """A person's notices, newest first."""
    mine = select(Notice).where(Notice.person_id == person.id)
    return session.scalars(mine.order_by(Notice.event_seq.desc()).limit(limit)).all()


def unread_count(session: Session, person: Person) -> int:
    unread = select(func.count()).where(Notice.person_id == person.id, Notice.read_at.is_(None))
    return session.scalar(unread) or 0


def mark_read(session: Session, person: Person, notice: Notice | None = None, job: Job | None = None) -> None:
    """Mark one notice, those about one job, or all of a person's notices as read."""
    rows = update(Notice).where(Notice.person_id == person.id, Notice.read_at.is_(None))
    if notice is not None:
        rows = rows.where(Notice.id == notice.id)
    if job is not None:
        rows = rows.where(Notice.job_id == job.id)
    session.execute(rows.values(read_at=now()))


def mails_due(session: Session, limit: int = 50) -> list[str]:
    """Ids of notices whose mail should be tried now."""
    due = Notice.mail_at.is_(None) | (Notice.mail_at <= now())
    waiting = select(Notice.id).where(Notice.mail == MailState.PENDING, due)
    return list(session.scalars(waiting.order_by(Notice.event_seq).limit(limit)))


def next_mail_try(attempts: int) -> datetime:
    """When a mail is tried again that was tried so often: the pause doubles."""
    return now() + timedelta(minutes=2**attempts)


def begin_mail(session: Session, notice_id: str) -> Notice | None:
    """Claim the mail of a notice for one try; None when there is nothing to do. The next try backs off."""
    notice = session.get(Notice, notice_id)
    if notice is None or notice.mail is not MailState.PENDING or (notice.mail_at and notice.mail_at > now()):
        return None
    notice.mail_attempts += 1
    notice.mail_at = next_mail_try(notice.mail_attempts)
    return notice


def end_mail(session: Session, notice_id: str, *, sent: bool, permanent: bool = False) -> None:
    """Record how the try ended; gives up after MAIL_TRIES or when the server refused for good."""
    notice = session.get(Notice, notice_id)
    if notice is None:
        return
    if sent:
        notice.mail = MailState.SENT
    elif permanent or notice.mail_attempts >= MAIL_TRIES:
        notice.mail = MailState.FAILED
