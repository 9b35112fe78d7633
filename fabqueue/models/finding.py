"""Machines that were found and are not the lab's yet: what a search brought, what was asked of each."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from fabqueue.models.base import Base, Created, Id, choice, link, optional_link


class CandidateState(StrEnum):
    """How far an OctoPrint that was found has come on its way into the lab."""

    FOUND = "found"
    """Its address is known; it will be asked what it is."""
    ANSWERS = "answers"
    """It is an OctoPrint and gives keys to applications."""
    SILENT = "silent"
    """It is none, or does not answer: `problem_code` says why."""
    TO_ASK = "to_ask"
    """Somebody wants its key; it will be asked."""
    ASKING = "asking"
    """It shows the question on its own screen."""
    ALLOWED = "allowed"
    """The key is here, and what its printer profile says."""
    DENIED = "denied"
    EXPIRED = "expired"
    """Nobody answered there in time."""
    ADDED = "added"
    """It is a machine of the lab now."""


class CandidateSource(StrEnum):
    ANNOUNCED = "announced"
    TYPED = "typed"


class NetworkSearch(Base):
    """One look around the network, wished for by a person."""

    __tablename__ = "network_search"

    id: Mapped[Id]
    asked_by_id: Mapped[str] = link("person.id", index=False)
    asked_at: Mapped[Created] = mapped_column(index=True)
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Candidate(Base):
    """An OctoPrint that announced itself, or whose address somebody typed. Its key never reaches a browser."""

    __tablename__ = "candidate"

    id: Mapped[Id]
    url: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    version: Mapped[str] = mapped_column(default="")
    source: Mapped[CandidateSource] = choice(CandidateSource)
    state: Mapped[CandidateState] = choice(CandidateState, default=CandidateState.FOUND, index=True)
    created_at: Mapped[Created]
    changed_at: Mapped[Created]
    """When it came into its state."""
    problem_code: Mapped[str] = mapped_column(default="")
    problem_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    key: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of its printer profile: name, model, bed_mm [x, y, z], round, nozzle_mm, extruders, heated_bed; what is known."""
    asked_by_id: Mapped[str | None] = optional_link("person.id")
    """Who wanted the key."""
    machine_id: Mapped[str | None] = optional_link("machine.id")
