"""What was brought in from elsewhere as a whole: its file, what it would make, what it made; past jobs; profiles."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.models.base import Base, Created, Id, Sha256, choice, link, optional_link
from fabqueue.models.people import Person


class ImportKind(StrEnum):
    PEOPLE = "people"
    PAST_JOBS = "past_jobs"
    BUNDLE = "bundle"


class ImportState(StrEnum):
    READING = "reading"
    """Its file waits to be read, or is being read."""
    READ = "read"
    """What it would make is shown; nothing is made."""
    MAKING = "making"
    MADE = "made"
    UNDONE = "undone"
    FAILED = "failed"
    """The file cannot be read."""
    DISCARDED = "discarded"


class ImportBatch(Base):
    """One file that somebody brings in. It is taken whole or not at all, and can be undone as a whole."""

    __tablename__ = "import_batch"

    id: Mapped[Id]
    kind: Mapped[ImportKind] = choice(ImportKind)
    state: Mapped[ImportState] = choice(ImportState, default=ImportState.READING, index=True)
    filename: Mapped[str]
    sha256: Mapped[Sha256] = mapped_column(index=True)
    by_id: Mapped[str] = link("person.id", index=False)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the person chose: columns, order of dates, what of a bundle."""
    found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the file holds and what would be made of it; for people who look at it."""
    problem_code: Mapped[str] = mapped_column(default="")
    problem_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    running_until: Mapped[datetime | None]
    created_at: Mapped[Created]
    made_at: Mapped[datetime | None]

    by: Mapped[Person] = relationship()

    @property
    def is_at_work(self) -> bool:
        return self.state in {ImportState.READING, ImportState.MAKING}


class ImportedThing(Base):
    """One row that an import made, so that it can be undone."""

    __tablename__ = "imported_thing"
    __table_args__ = (Index("ix_imported_thing_batch_kind", "import_batch_id", "kind"),)

    id: Mapped[Id]
    import_batch_id: Mapped[str] = link("import_batch.id", index=False)
    kind: Mapped[str]
    """Name of its table."""
    thing_id: Mapped[str]


class PastJob(Base):
    """What the lab made before FabQueue, as its form or list has it. Corrections of estimates read masses and times."""

    __tablename__ = "past_job"

    id: Mapped[Id]
    import_batch_id: Mapped[str] = link("import_batch.id")
    line: Mapped[int]
    person_id: Mapped[str | None] = optional_link("person.id", index=True)
    person_name: Mapped[str] = mapped_column(default="")
    """As the file has it; for staff alone."""
    filename: Mapped[str] = mapped_column(default="")
    material_id: Mapped[str | None] = optional_link("material.id", index=True)
    material_name: Mapped[str] = mapped_column(default="")
    machine_model_id: Mapped[str | None] = optional_link("machine_model.id", index=True)
    machine_name: Mapped[str] = mapped_column(default="")
    milligrams: Mapped[int | None]
    seconds: Mapped[int | None]
    made_on: Mapped[date | None]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    good: Mapped[bool | None]
    """Empty: the file does not say how it ended."""


class ImportedProfile(Base):
    """A machine profile that was imported: its files as text, so that every process on every host has them."""

    __tablename__ = "imported_profile"

    id: Mapped[Id]
    import_batch_id: Mapped[str] = link("import_batch.id")
    slug: Mapped[str] = mapped_column(unique=True)
    files: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Name to text, as a profile folder holds them."""
    digest: Mapped[Sha256]
    """Of the files; they never change."""
    slicer: Mapped[str] = mapped_column(default="")
    """The version that the box was sliced with."""
    created_at: Mapped[Created]
