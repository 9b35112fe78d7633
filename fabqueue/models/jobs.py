"""Requests, jobs and quotes: what a member asks for, and what it was offered at."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.models.base import Base, Created, Id, choice, link, optional_link
from fabqueue.models.designs import Revision
from fabqueue.models.machines import MachineModel, Material
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
    created_at: Mapped[Created]

    owner: Mapped[Person] = relationship(foreign_keys=[owner_id], lazy="joined")
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
    """Higher goes first; equal ones by time of approval."""
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
    payer: Mapped[Account] = relationship()
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    quote: Mapped["Quote | None"] = relationship(foreign_keys=[quote_id], lazy="joined", post_update=True)
    offer: Mapped["Quote | None"] = relationship(foreign_keys=[offer_id], lazy="joined", post_update=True)

    @property
    def owner(self) -> Person:
        return self.request.owner

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
    source: Mapped[str]
    created_at: Mapped[Created]
    accepted_at: Mapped[datetime | None]
