"""Handovers: who took the parts of a job, and what they weighed."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from fabqueue.models.base import Base, Created, Id, link, optional_link


class Handover(Base):
    """One collection of a job. A mistaken one is undone and stays written; what was paid stands in the ledger."""

    __tablename__ = "handover"

    id: Mapped[Id]
    job_id: Mapped[str] = link("job.id")
    at: Mapped[Created]
    by_id: Mapped[str] = link("person.id", index=False)
    """Who said so: the owner, or staff at the counter."""
    taken_by: Mapped[str] = mapped_column(default="")
    """Who took it in the owner's place; empty: the owner. For staff and the owner alone."""
    place: Mapped[str] = mapped_column(default="")
    """Where it had lain."""
    milligrams: Mapped[int | None]
    """As weighed, all copies together."""
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[str | None] = optional_link("person.id")
    undone_reason: Mapped[str] = mapped_column(default="")
