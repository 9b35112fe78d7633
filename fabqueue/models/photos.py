"""Photos of what was made: two pictures without metadata, kept by digest."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.models.base import Base, Created, Id, link, optional_link
from fabqueue.models.builds import Build
from fabqueue.models.designs import Project
from fabqueue.models.people import Person
from fabqueue.models.runs import Outcome, Run, RunState


class Photo(Base):
    """A photo of a project, perhaps of one build or run. A withdrawn one leaves its entry; its bytes go in time."""

    __tablename__ = "photo"

    id: Mapped[Id]
    project_id: Mapped[str] = link("project.id")
    build_id: Mapped[str | None] = optional_link("build.id", index=True)
    run_id: Mapped[str | None] = optional_link("run.id", index=True)
    person_id: Mapped[str] = link("person.id")
    """Who brought it."""
    large_sha256: Mapped[str | None] = optional_link("stored_file.sha256", index=True)
    """At most 2000 pixels; empty once housekeeping took the bytes of a withdrawn photo."""
    small_sha256: Mapped[str | None] = optional_link("stored_file.sha256", index=True)
    """At most 640 pixels."""
    width: Mapped[int]
    """Of the large one, in pixels."""
    height: Mapped[int]
    alternative_text: Mapped[str] = mapped_column(default="")
    """What it shows, for people who do not see it."""
    position: Mapped[int] = mapped_column(default=0)
    """Order in the project; equal ones by time."""
    created_at: Mapped[Created]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[str | None] = optional_link("person.id")
    withdrawn_reason: Mapped[str] = mapped_column(default="")

    project: Mapped[Project] = relationship(lazy="joined")
    build: Mapped[Build | None] = relationship()
    run: Mapped[Run | None] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined")

    @property
    def is_shown(self) -> bool:
        """Whether there is something to see at all."""
        return self.withdrawn_at is None and self.large_sha256 is not None

    @property
    def is_of_run_alone(self) -> bool:
        """Taken at a machine, of a run that stands in no build log yet, or never will."""
        return self.run_id is not None and self.build_id is None

    @property
    def is_of_failure(self) -> bool:
        """Whether it shows what did not turn out: it explains a failure, and is no face of the project."""
        return self.run is not None and (self.run.state is RunState.FAILED or self.run.outcome is Outcome.FAILED)

    @property
    def is_for_everybody(self) -> bool:
        """Whether it may be seen where its project may: not of a build whose pictures are hidden, not of a run outside
        the build log, not by a guest or a guarded person.

        What somebody brought stays when they leave, as their builds do.
        """
        in_log = self.build is not None and self.build.shown and self.build.pictures_shown
        shows = in_log or (self.build is None and self.run_id is None)
        return self.is_shown and self.person.work_may_appear and shows
