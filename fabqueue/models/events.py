"""What happened: one append-only table. Notices are made from it; answers to repeated requests are kept here too."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.models.base import Base, Created, Id, choice, link, optional_link


class ActorKind(StrEnum):
    PERSON = "person"
    MACHINE = "machine"
    SYSTEM = "system"


class SubjectKind(StrEnum):
    JOB = "job"
    RUN = "run"
    MACHINE = "machine"
    DESIGN = "design"
    PROJECT = "project"
    PERSON = "person"
    SITE = "site"
    STOCK = "stock"
    SHOWCASE = "showcase"


class MailState(StrEnum):
    NONE = "none"
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class Event(Base):
    """Who did what to what, when, from which state to which, why."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject", "subject_kind", "subject_id"),)

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[Created]
    actor_kind: Mapped[ActorKind] = choice(ActorKind)
    actor_id: Mapped[str | None]
    subject_kind: Mapped[SubjectKind] = choice(SubjectKind)
    subject_id: Mapped[str]
    verb: Mapped[str]
    old: Mapped[str] = mapped_column(default="")
    new: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    """Reason, a code of the wording catalogue; empty: none given."""
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Notice(Base):
    """Something a person should know, made from an event in the same transaction."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("person_id", "event_seq"),)

    id: Mapped[Id]
    person_id: Mapped[str] = link("person.id")
    event_seq: Mapped[int] = link("event.seq")
    code: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    job_id: Mapped[str | None] = optional_link("job.id")
    project_id: Mapped[str | None] = optional_link("project.id")
    created_at: Mapped[Created]
    read_at: Mapped[datetime | None]
    mail: Mapped[MailState] = choice(MailState, default=MailState.NONE, index=True)
    mail_attempts: Mapped[int] = mapped_column(default=0)
    mail_at: Mapped[datetime | None]
    """When to try next."""
    over_seq: Mapped[int | None] = optional_link("event.seq")
    """What settled it: nobody need see about it any more."""

    event: Mapped[Event] = relationship(foreign_keys=[event_seq])
    over: Mapped[Event | None] = relationship(foreign_keys=[over_seq])


class RepeatedAnswer(Base):
    """The first answer to a request that carried an Idempotency-Key; given again when it is repeated."""

    __tablename__ = "repeated_answer"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[Id]
    person_id: Mapped[str] = link("person.id")
    key: Mapped[str]
    request_digest: Mapped[str]
    status: Mapped[int]
    """0 while the first request is still at work."""
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[Created] = mapped_column(index=True)
