"""Notices: what a person should know, made from events in their transaction, read in the bell or by mail."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from fabqueue.db import now
from fabqueue.models import (
    Event,
    Job,
    JobState,
    Machine,
    MailState,
    Notice,
    Person,
    Project,
    Role,
    RoleGrant,
    Run,
    RunState,
    SubjectKind,
)
from fabqueue.models.base import Base
from fabqueue.services import alarms, settling
from fabqueue.services.alarms import Alarm

JOB_NOTICES: dict[str, str] = {
    JobState.CHANGES_REQUESTED: "notice_question",
    JobState.AWAITING_MEMBER: "notice_price_change",
    JobState.READY: "notice_ready",
    JobState.FAILED: "notice_failed",
    JobState.REJECTED: "notice_rejected",
}
"""A job that reaches one of these states needs its owner to know."""

PROJECT = "project"
FOR_STAFF = ("doubt", "fault", "unconfirmed", "beam", "laser_alone", "stock_low", "service_due")
KINDS = ("question", "price_change", "ready", "failed", "rejected", "filed", PROJECT, *FOR_STAFF)
"""What there are notices about: their codes without `notice_`."""
ALWAYS_IN_BELL = frozenset({"question", "price_change", PROJECT})
"""A job waits for the answer, or a project changed hands: who wants no mail about it must find it somewhere."""
BELL, MAIL = "bell", "mail"
MAIL_TRIES = 6


def kinds_for(person: Person) -> tuple[str, ...]:
    """What this person can get notices about."""
    return tuple(each for each in KINDS if each not in FOR_STAFF or person.is_staff)


def choices(person: Person) -> Iterator[tuple[str, str]]:
    """Every kind and way that a person may do without."""
    for kind in kinds_for(person):
        if kind not in ALWAYS_IN_BELL:
            yield kind, BELL
        yield kind, MAIL


def choose(session: Session, person: Person, wanted: Collection[str]) -> None:
    """Keep which notices come by which way: `kind:way` of every one that is wanted."""
    known = [f"{kind}:{way}" for kind, way in choices(person)]
    kept = [each for each in person.muted if each not in known]
    person.muted = kept + [each for each in known if each not in wanted]
    session.flush()


def wants(person: Person, kind: str, way: str) -> bool:
    """Whether notices of this kind come to this person that way."""
    if way == MAIL and not (person.email and person.mail_notices):
        return False
    return f"{kind}:{way}" not in person.muted


def announce(session: Session, event: Event, subject: Base) -> None:
    """Make the notices that `event` calls for, and settle those that it ends. Whoever did it need not be told."""
    settling.look(session, event, subject)
    alarm = alarms.of(session, event)
    if alarm is not None:
        _tell_technicians(session, event, alarm, alarms.values(alarm, event, subject))
    code = _code(event, subject) if isinstance(subject, Job) else None
    if code is None or not isinstance(subject, Job):
        return
    kind = "failed" if code == "notice_failure_charged" else code.removeprefix("notice_")
    for person in _readers(subject):
        ways = [way for way in (BELL, MAIL) if wants(person, kind, way)]
        if ways and person.id != event.actor_id:
            session.add(_notice(person, event, subject, code, ways))


def about_project(
    session: Session, person: Person, event: Event, project: Project, code: str, values: Mapping[str, Any]
) -> None:
    """Tell somebody what was done with a project they write or wrote; in the bell always, as they may lose it."""
    by_mail = wants(person, PROJECT, MAIL)
    session.add(Notice(
        person_id=person.id, event_seq=event.seq, code=code, values={"title": project.title, **values},
        project_id=project.id, mail=MailState.PENDING if by_mail else MailState.NONE,
    ))  # fmt: skip


def _tell_technicians(session: Session, event: Event, alarm: Alarm, values: Mapping[str, Any]) -> None:
    """Those whose work it is; an admin only where the lab has no technician. Whoever weighed it is told as well."""
    for person in _holders(session, Role.TECHNICIAN) or _holders(session, Role.ADMIN):
        ways = [way for way in (BELL, MAIL) if wants(person, alarm.kind, way)]
        if ways:
            session.add(Notice(
                person_id=person.id, event_seq=event.seq, code=alarm.code, values=dict(values),
                read_at=None if BELL in ways else now(), mail=MailState.PENDING if MAIL in ways else MailState.NONE,
            ))  # fmt: skip


def _holders(session: Session, role: Role) -> Sequence[Person]:
    """Who holds a role now."""
    held = select(RoleGrant.person_id).where(RoleGrant.role == role, RoleGrant.withdrawn_at.is_(None))
    return session.scalars(select(Person).where(Person.id.in_(held), Person.left_at.is_(None))).all()


def _code(event: Event, job: Job) -> str | None:
    if event.verb == "charge_failure":
        return "notice_failure_charged"
    if event.old == event.new:
        return None
    if event.verb == "submit" and event.old == JobState.DRAFT and event.actor_id != job.request.owner_id:
        return "notice_filed"
    return JOB_NOTICES.get(event.new)


def _readers(job: Job) -> list[Person]:
    """The owner, and who looks after a guarded one."""
    owner = job.request.owner
    return [owner, owner.guardian] if owner.guarded and owner.guardian else [owner]


def _notice(person: Person, event: Event, job: Job, code: str, ways: Collection[str]) -> Notice:
    title = job.title if person.id == job.request.owner_id else f"{job.title} ({job.request.owner.display_name})"
    values: dict[str, Any] = {"job": job.code, "title": title, "place": job.place}
    if event.code:
        values["reason"] = {"code": event.code, "values": event.values}
    return Notice(
        person_id=person.id,
        event_seq=event.seq,
        code=code,
        values=values,
        job_id=job.id,
        read_at=None if BELL in ways else now(),
        mail=MailState.PENDING if MAIL in ways else MailState.NONE,
    )


def latest(session: Session, person: Person, limit: int = 50) -> Sequence[Notice]:
    """A person's notices, newest first."""
    mine = select(Notice).where(Notice.person_id == person.id)
    known = mine.options(joinedload(Notice.event), joinedload(Notice.over))
    return session.scalars(known.order_by(Notice.event_seq.desc()).limit(limit)).all()


def about(session: Session, notice: Notice) -> Machine | Run | None:
    """The run whose doubt somebody must decide, else the machine that a notice speaks of."""
    event = notice.event
    if event.subject_kind is SubjectKind.MACHINE:
        return session.get(Machine, event.subject_id)
    run = session.get(Run, event.subject_id) if event.subject_kind is SubjectKind.RUN else None
    return run.machine if run is not None and run.state is not RunState.IN_DOUBT else run


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
