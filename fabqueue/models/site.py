"""The lab itself. One row by default; machines, stock and jobs belong to a site."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.db import now
from fabqueue.models.base import Base, Created, Id, link, optional_link
from fabqueue.models.people import Person


class Site(Base):
    __tablename__ = "site"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    time_zone: Mapped[str]
    currency: Mapped[str]
    job_prefix: Mapped[str]
    opening_hours: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """ISO weekday ("1" is Monday) to a list of ["HH:MM", "HH:MM"] pairs; empty: no hours are kept."""
    closed_days: Mapped[list[Any] | None]
    """Pairs of ISO days, first and last, on which the lab stays closed; empty: none."""
    last_job_number: Mapped[int] = mapped_column(default=2000)
    policy_version: Mapped[int] = mapped_column(default=0, server_default="0")
    """Counts the changes of policy: every process sees by it that what it knows is old."""
    created_at: Mapped[Created]

    # The lab-wide switch: while held, nothing is dispatched.
    held_at: Mapped[datetime | None]
    held_by_id: Mapped[str | None] = optional_link("person.id")
    held_reason: Mapped[str] = mapped_column(default="")

    @property
    def is_held(self) -> bool:
        return self.held_at is not None


class Policy(Base):
    """One thing the lab decided on its pages: the name of a setting ("people.sign_up") and its value as text."""

    __tablename__ = "policy"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class HandoverNote(Base):
    """What the next shift must know, until somebody says that it is done."""

    __tablename__ = "handover_note"

    id: Mapped[Id]
    site_id: Mapped[str] = link("site.id")
    text: Mapped[str]
    by_id: Mapped[str] = link("person.id", index=False)
    at: Mapped[Created]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[str | None] = optional_link("person.id")

    by: Mapped[Person] = relationship(foreign_keys=[by_id], lazy="joined")
    done_by: Mapped[Person | None] = relationship(foreign_keys=[done_by_id], lazy="joined")


class Heartbeat(Base):
    """When a long-running process last did its round: the ticker, each worker."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
