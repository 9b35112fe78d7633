"""The lab itself. One row by default; machines, stock and jobs belong to a site."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from fabqueue.models.base import Base, Created, Id, optional_link


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
    last_job_number: Mapped[int] = mapped_column(default=2000)
    created_at: Mapped[Created]

    # The lab-wide switch: while held, nothing is dispatched.
    held_at: Mapped[datetime | None]
    held_by_id: Mapped[str | None] = optional_link("person.id")
    held_reason: Mapped[str] = mapped_column(default="")

    @property
    def is_held(self) -> bool:
        return self.held_at is not None


class Heartbeat(Base):
    """When a long-running process last did its round: the ticker, each worker."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
