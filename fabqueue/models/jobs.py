"""Requests, jobs and quotes: what a member asks for, and what it was offered at."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.models.base import Base, Created, Id, choice, link, optional_link
from fabqueue.models.designs import Revision
from fabqueue.models.machines import Machine, MachineModel, Material
from fabqueue.models.money import Account
from fabqueue.models.people import Person


class JobState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    AWAITING_MEMBER = "awaiting_member"
    QUEUED = "queued"
    IN_PRODUCTION = "in_production"
    READY = "ready"
    COLLECTED = "collected"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_closed(self) -> bool:
        return self in {JobState.COLLECTED, JobState.REJECTED, JobState.CANCELLED, JobState.FAILED}

    @property
    def awaits_review(self) -> bool:
        return self is JobState.SUBMITTED

    @property
    def needs_member(self) -> bool:
        return self in {JobState.CHANGES_REQUESTED, JobState.AWAITING_MEMBER}

    @property
    def is_approved(self) -> bool:
        """Approved and not yet ready: the machines owe it something."""
        return self in {JobState.QUEUED, JobState.IN_PRODUCTION}


class Urgency(StrEnum):
    """What a priority means to people. A program may give finer ones: all above 0 are urgent, all below can wait."""

    URGENT = "urgent"
    NORMAL = "normal"
    LATER = "later"

    @property
    def priority(self) -> int:
        """The one that stands for it."""
        return {Urgency.URGENT: 10, Urgency.NORMAL: 0, Urgency.LATER: -10}[self]

    @classmethod
    def of(cls, priority: int) -> "Urgency":
        return cls.URGENT if priority > 0 else cls.LATER if priority < 0 else cls.NORMAL


class Request(Base):
    """Jobs a member asks for together; submitted, reviewed and collected together."""

    __tablename__ = "request"

    id: Mapped[Id]
    site_id: Mapped[str] = link("site.id")
    owner_id: Mapped[str] = link("person.id")
    filed_by_id: Mapped[str] = link("person.id", index=False)
    """Who typed it in: the owner, or staff on the owner's behalf."""
    note: Mapped[str] = mapped_column(default="")
    needed_by: Mapped[date | None]
    is_gathering: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Its owner still puts drafts into it; they are submitted together."""
    created_at: Mapped[Created]

    owner: Mapped[Person] = relationship(foreign_keys=[owner_id], lazy="joined")
    filed_by: Mapped[Person] = relationship(foreign_keys=[filed_by_id])
    jobs: Mapped[list["Job"]] = relationship(back_populates="request")


class Job(Base):
    """Fabricate one revision, `quantity` copies."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("site_id", "number"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("good_copies >= 0", name="good_copies_counted"),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = link("site.id", index=False)
    number: Mapped[int]
    code: Mapped[str] = mapped_column(unique=True)
    """Short code people say, e.g. J-2419."""
    request_id: Mapped[str] = link("request.id")
    revision_id: Mapped[str] = link("revision.id")
    machine_model_id: Mapped[str] = link("machine_model.id")
    material_id: Mapped[str] = link("material.id")
    colour: Mapped[str] = mapped_column(default="")
    """Empty: any."""
    quantity: Mapped[int] = mapped_column(default=1)
    good_copies: Mapped[int] = mapped_column(default=0)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    payer_id: Mapped[str] = link("account.id")
    state: Mapped[JobState] = choice(JobState, default=JobState.DRAFT, index=True)
    priority: Mapped[int] = mapped_column(default=0)
    """Higher goes first; equal ones by the other rules of the queue."""
    pin: Mapped[int | None]
    """Its place among those that a technician put in order by hand; empty: the rules decide."""
    machine_id: Mapped[str | None] = optional_link("machine.id")
    """The one machine that was asked for; empty: any of the model."""
    machine_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Only that machine; else it is preferred, and another may take it when waiting would be long."""
    quote_id: Mapped[str | None] = mapped_column(ForeignKey("quote.id", use_alter=True))
    """What the member agreed to; the most it costs."""
    offer_id: Mapped[str | None] = mapped_column(ForeignKey("quote.id", use_alter=True))
    """A dearer quote that waits for the member's yes."""
    reason_code: Mapped[str] = mapped_column(default="")
    reason_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Why it is where it is: a question, a refusal, a failure."""
    place: Mapped[str] = mapped_column(default="")
    """Where the finished parts lie."""
    created_at: Mapped[Created]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[str | None] = optional_link("person.id")
    ready_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    request: Mapped[Request] = relationship(back_populates="jobs", lazy="joined")
    revision: Mapped[Revision] = relationship(lazy="joined")
    machine_model: Mapped[MachineModel] = relationship(lazy="joined")
    material: Mapped[Material] = relationship(lazy="joined")
    machine: Mapped[Machine | None] = relationship(lazy="joined")
    payer: Mapped[Account] = relationship()
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    quote: Mapped["Quote | None"] = relationship(foreign_keys=[quote_id], lazy="joined", post_update=True)
    offer: Mapped["Quote | None"] = relationship(foreign_keys=[offer_id], lazy="joined", post_update=True)

    @property
    def urgency(self) -> Urgency:
        return Urgency.of(self.priority)

    @property
    def owner(self) -> Person:
        return self.request.owner

    @property
    def filed_by(self) -> Person | None:
        """Who asked for it in the owner's name, where that was somebody else."""
        return self.request.filed_by if self.request.filed_by_id != self.request.owner_id else None

    @property
    def missing_copies(self) -> int:
        return max(0, self.quantity - self.good_copies)

    @property
    def title(self) -> str:
        return self.revision.design.name


class Quote(Base):
    """Price and time offered for a job, itemised. Never changed once written."""

    __tablename__ = "quote"

    id: Mapped[Id]
    job_id: Mapped[str] = link("job.id")
    machine_model_id: Mapped[str] = link("machine_model.id", index=False)
    material_id: Mapped[str] = link("material.id", index=False)
    quantity: Mapped[int]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    currency: Mapped[str]
    total_minor: Mapped[int]
    lines: Mapped[list[Any]]
    """[{"code", "values", "minor"}]."""
    seconds: Mapped[dict[str, Any] | None]
    """{"low", "expected", "high"} for all copies; empty where a person decides (a tool without slicer)."""
    milligrams: Mapped[dict[str, Any] | None]
    mm2: Mapped[dict[str, Any] | None]
    """Sheet area instead, on a laser."""
    source: Mapped[str]
    created_at: Mapped[Created]
    accepted_at: Mapped[datetime | None]
