"""Builds: assembled instances of a project, made of what runs produced."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.models.base import Base, Created, Id, choice, link
from fabqueue.models.designs import Project
from fabqueue.models.people import Person
from fabqueue.models.runs import Outcome, RunItem


class Build(Base):
    """One instance of a project at a version. A project of one part gets its build when the job is collected."""

    __tablename__ = "build"
    __table_args__ = (UniqueConstraint("project_id", "number"),)

    id: Mapped[Id]
    project_id: Mapped[str] = link("project.id")
    number: Mapped[int]
    version: Mapped[str]
    builder_id: Mapped[str] = link("person.id")
    note: Mapped[str] = mapped_column(default="")
    author_note: Mapped[str] = mapped_column(default="")
    """What an author of the project adds; the record itself stays as it was written."""
    pictures_shown: Mapped[bool] = mapped_column(default=True)
    """Whether its pictures stand in the log; an author may hide them."""
    outcome: Mapped[Outcome] = choice(Outcome)
    shown: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]
    created_at: Mapped[Created]

    project: Mapped[Project] = relationship()
    builder: Mapped[Person] = relationship(lazy="joined")
    parts: Mapped[list["BuildPart"]] = relationship(back_populates="build", lazy="selectin")


class BuildPart(Base):
    """What one run made for a build."""

    __tablename__ = "build_part"
    __table_args__ = (UniqueConstraint("build_id", "run_item_id"),)

    id: Mapped[Id]
    build_id: Mapped[str] = link("build.id")
    run_item_id: Mapped[str] = link("run_item.id")

    build: Mapped[Build] = relationship(back_populates="parts")
    run_item: Mapped[RunItem] = relationship(lazy="joined")
