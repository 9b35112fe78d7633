"""Projects, their designs and revisions, stored files, and what the analysis found."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.models.base import Base, Created, Id, Sha256, choice, link, optional_link
from fabqueue.models.people import Person


class Visibility(StrEnum):
    PRIVATE = "private"
    PUBLIC = "public"


class DesignKind(StrEnum):
    MESH = "mesh"
    DRAWING = "drawing"
    TOOLPATH = "toolpath"


class RevisionState(StrEnum):
    """How far the analysis of a revision is."""

    PENDING = "pending"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class Project(Base):
    """An open, or still private, page."""

    __tablename__ = "project"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    documentation: Mapped[str] = mapped_column(default="")
    """Markdown."""
    function: Mapped[str] = mapped_column(default="")
    """What the thing is for, as Open Know-How asks."""
    licence: Mapped[str] = mapped_column(default="")
    """SPDX expression; needed to publish."""
    licensor: Mapped[str] = mapped_column(default="")
    version: Mapped[str] = mapped_column(default="1.0.0")
    visibility: Mapped[Visibility] = choice(Visibility, default=Visibility.PRIVATE)
    published_at: Mapped[datetime | None]
    owner_id: Mapped[str] = link("person.id")
    created_at: Mapped[Created]
    changed_at: Mapped[Created]
    deleted_at: Mapped[datetime | None]
    last_build_number: Mapped[int] = mapped_column(default=0)
    good_builds: Mapped[int] = mapped_column(default=0)
    built_at: Mapped[datetime | None]
    """When the newest good build was made."""
    make_seconds: Mapped[int | None]
    """What its designs take together where each is made quickest; empty while nothing is known."""

    owner: Mapped[Person] = relationship(foreign_keys=[owner_id], lazy="joined")
    authors: Mapped[list["ProjectAuthor"]] = relationship(back_populates="project", lazy="selectin")
    designs: Mapped[list["Design"]] = relationship(back_populates="project", order_by="Design.created_at")
    tags: Mapped[list["ProjectTag"]] = relationship(
        lazy="selectin", order_by="ProjectTag.name", cascade="all, delete-orphan"
    )

    @property
    def tag_names(self) -> list[str]:
        return [each.name for each in self.tags]

    @property
    def is_public(self) -> bool:
        return self.visibility is Visibility.PUBLIC and self.deleted_at is None


class ProjectAuthor(Base):
    """Somebody who may write a project; the owner is one of them."""

    __tablename__ = "project_author"

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    since: Mapped[Created]

    project: Mapped[Project] = relationship(back_populates="authors")
    person: Mapped[Person] = relationship(lazy="joined")


class ProjectTag(Base):
    """A word that projects are found by; written one way only (`services.tags`)."""

    __tablename__ = "project_tag"

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True, index=True)


class PageVersion(Base):
    """The words of a project's page as they stood after somebody saved them."""

    __tablename__ = "page_version"
    __table_args__ = (UniqueConstraint("project_id", "number"),)

    id: Mapped[Id]
    project_id: Mapped[str] = link("project.id")
    number: Mapped[int]
    title: Mapped[str]
    summary: Mapped[str]
    function: Mapped[str]
    documentation: Mapped[str]
    written_by_id: Mapped[str] = link("person.id")
    written_at: Mapped[Created]
    restored_number: Mapped[int | None]
    """The older version these words were brought back from."""

    written_by: Mapped[Person] = relationship(lazy="joined")


class Design(Base):
    """One part or drawing in a project."""

    __tablename__ = "design"

    id: Mapped[Id]
    project_id: Mapped[str] = link("project.id")
    name: Mapped[str]
    kind: Mapped[DesignKind] = choice(DesignKind)
    created_at: Mapped[Created]
    deleted_at: Mapped[datetime | None]

    project: Mapped[Project] = relationship(back_populates="designs", lazy="joined")
    revisions: Mapped[list["Revision"]] = relationship(
        back_populates="design", order_by="Revision.number", lazy="selectin"
    )

    @property
    def latest(self) -> "Revision":
        return self.revisions[-1]


class StoredFile(Base):
    """The bytes behind a digest, kept once; unreferenced rows are removed by housekeeping."""

    __tablename__ = "stored_file"

    sha256: Mapped[Sha256] = mapped_column(primary_key=True)
    size: Mapped[int]
    """Bytes."""
    created_at: Mapped[Created]


class Report(Base):
    """What the analysis found in one file, read in one unit and one way by one version of the analyser."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("sha256", "units", "analyser", "reading"),)

    id: Mapped[Id]
    sha256: Mapped[str] = link("stored_file.sha256")
    units: Mapped[str] = mapped_column(default="")
    """The unit the uploader named; empty: as the file says."""
    analyser: Mapped[str]
    reading: Mapped[str] = mapped_column(default="")
    """Digest of how a drawing was read (colours, lines left out); empty for everything else."""
    data: Mapped[dict[str, Any]]
    """As in the API, but findings hold code and values only."""
    picture_sha256: Mapped[str | None] = optional_link("stored_file.sha256")
    preview_sha256: Mapped[str | None] = optional_link("stored_file.sha256")
    sheet_sha256: Mapped[str | None] = optional_link("stored_file.sha256")
    """Of a drawing: what is to be burnt and nothing else, as SVG."""
    make_seconds: Mapped[int | None]
    """One copy with usual settings, on the machine model that takes least time."""
    created_at: Mapped[Created]

    @property
    def has_blocker(self) -> bool:
        return any(each["severity"] == "blocker" for each in self.data["findings"])


class Revision(Base):
    """One immutable uploaded file of a design."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("design_id", "number"),)

    id: Mapped[Id]
    design_id: Mapped[str] = link("design.id")
    number: Mapped[int]
    sha256: Mapped[str] = link("stored_file.sha256")
    filename: Mapped[str]
    """As uploaded, for people; never part of a path."""
    units: Mapped[str] = mapped_column(default="")
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What its owner said of a drawing: {"operations": {"#rrggbb": ...}, "without_doubles": bool}, or empty."""
    state: Mapped[RevisionState] = choice(RevisionState, default=RevisionState.PENDING, index=True)
    problem_code: Mapped[str] = mapped_column(default="")
    problem_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    running_until: Mapped[datetime | None]
    """When a running analysis is given up and tried again."""
    report_id: Mapped[str | None] = optional_link("report.id", index=True)
    uploaded_by_id: Mapped[str] = link("person.id")
    created_at: Mapped[Created]
    ready_at: Mapped[datetime | None]

    design: Mapped[Design] = relationship(back_populates="revisions", lazy="joined")
    file: Mapped[StoredFile] = relationship(lazy="joined")
    report: Mapped[Report | None] = relationship(lazy="joined")


class Estimate(Base):
    """Predicted time and material of one report under one set of slicer settings, always a range."""

    __tablename__ = "estimate"
    __table_args__ = (UniqueConstraint("report_id", "profile_digest", "settings_digest"),)

    id: Mapped[Id]
    report_id: Mapped[str] = link("report.id")
    profile_digest: Mapped[str]
    settings_digest: Mapped[str]
    fits: Mapped[bool]
    reasons: Mapped[list[Any]]
    """[{"code", "values"}] why it does not fit."""
    seconds: Mapped[dict[str, Any] | None]
    """{"low", "expected", "high"} in seconds for one copy."""
    milligrams: Mapped[dict[str, Any] | None]
    """{"low", "expected", "high"} in milligrams for one copy."""
    mm2: Mapped[dict[str, Any] | None]
    """{"low", "expected", "high"}: sheet area of all copies, for lasers; their seconds are for all copies too."""
    plan: Mapped[dict[str, Any] | None]
    """A laser's: {"sheet_mm": [w, h], "operations": [...], "travel_mm", "runs"}."""
    source: Mapped[str]
    created_at: Mapped[Created]
