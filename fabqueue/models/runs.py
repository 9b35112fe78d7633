"""Runs: physical attempts on machines, the sliced files they need, and what they held."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.models.base import Base, Created, Id, choice, link, optional_link
from fabqueue.models.jobs import Job
from fabqueue.models.machines import Machine, MachineModel, Material, Stock
from fabqueue.models.people import MachineKind


class RunState(StrEnum):
    WAITING = "waiting"
    PREPARING = "preparing"
    CLAIMED = "claimed"
    SENDING = "sending"
    STAGED = "staged"
    ARMED = "armed"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    IN_DOUBT = "in_doubt"

    @property
    def is_active(self) -> bool:
        """Holds its machine: one such run per machine."""
        return self in ACTIVE

    @property
    def is_over(self) -> bool:
        return self in {RunState.DONE, RunState.FAILED, RunState.CANCELLED}

    @property
    def may_have_started(self) -> bool:
        """The start may have reached the machine: cancelling it is the machine's business too."""
        return self in {RunState.STARTING, RunState.RUNNING, RunState.PAUSED, RunState.CANCELLING, RunState.IN_DOUBT}


ACTIVE = frozenset(
    {
        RunState.CLAIMED,
        RunState.SENDING,
        RunState.ARMED,
        RunState.STARTING,
        RunState.RUNNING,
        RunState.PAUSED,
        RunState.CANCELLING,
        RunState.IN_DOUBT,
    }
)
_ACTIVE_SQL = text("state IN ({})".format(", ".join(f"'{each}'" for each in sorted(ACTIVE))))


class SlicingState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class Outcome(StrEnum):
    GOOD = "good"
    FAILED = "failed"


class Slicing(Base):
    """A model sliced for a machine model, material and settings: made once, used by every run that needs it."""

    __tablename__ = "slicing"
    __table_args__ = (UniqueConstraint("model_sha256", "units", "profile_digest", "settings_digest", "copies"),)

    id: Mapped[Id]
    model_sha256: Mapped[str] = link("stored_file.sha256")
    filename: Mapped[str]
    """Tells the format of the model."""
    units: Mapped[str] = mapped_column(default="")
    profile_digest: Mapped[str]
    settings_digest: Mapped[str]
    machine_model_id: Mapped[str] = link("machine_model.id", index=False)
    material_id: Mapped[str] = link("material.id", index=False)
    settings: Mapped[dict[str, Any]]
    """The job's settings (layer height, infill, walls, supports, pose)."""
    copies: Mapped[int]
    parts: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """What shares the bed: [{"sha256", "filename", "units", "pose", "copies"}]; empty where one model has it."""
    state: Mapped[SlicingState] = choice(SlicingState, default=SlicingState.PENDING, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    running_until: Mapped[datetime | None]
    problem_code: Mapped[str] = mapped_column(default="")
    problem_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    gcode_sha256: Mapped[str | None] = optional_link("stored_file.sha256", index=True)
    gcode_sha1: Mapped[str] = mapped_column(default="")
    seconds: Mapped[int | None]
    milligrams: Mapped[int | None]
    mm2: Mapped[int | None]
    """Sheet area of a laser's file."""
    plan: Mapped[dict[str, Any] | None]
    """What a laser's file does: {"seconds": {"low", "expected", "high"}, "sheet_mm": [w, h] (the least it fits on),
    "operations": [{"operation", "length_mm", "area_mm2"}], "travel_mm", "frame": [lines with the beam off]}."""
    picture_sha256: Mapped[str | None] = optional_link("stored_file.sha256")
    """A laser's toolpath with its travel, as SVG."""
    created_at: Mapped[Created]
    ready_at: Mapped[datetime | None]

    @property
    def is_plate(self) -> bool:
        return bool(self.parts)


class Run(Base):
    """One physical attempt on one machine. It holds items and counts the good copies."""

    __tablename__ = "run"
    __table_args__ = (
        Index("uq_run_one_active_per_machine", "machine_id", unique=True, sqlite_where=_ACTIVE_SQL,
              postgresql_where=_ACTIVE_SQL),
    )  # fmt: skip

    id: Mapped[Id]
    site_id: Mapped[str] = link("site.id")
    machine_model_id: Mapped[str] = link("machine_model.id")
    material_id: Mapped[str] = link("material.id", index=False)
    colour: Mapped[str] = mapped_column(default="")
    state: Mapped[RunState] = choice(RunState, default=RunState.PREPARING, index=True)
    slicing_id: Mapped[str | None] = optional_link("slicing.id", index=True)
    machine_id: Mapped[str | None] = optional_link("machine.id", index=True)
    stock_id: Mapped[str | None] = optional_link("stock.id")
    """The stock loaded when it was claimed, or what somebody put in its place while it ran."""
    earlier_milligrams: Mapped[int] = mapped_column(default=0, server_default="0")
    """What was counted on spools that were taken out while it ran; part of what it used."""
    file_name: Mapped[str] = mapped_column(default="")
    """Name on the machine, unique for every attempt to send."""
    sends: Mapped[int] = mapped_column(default=0)
    inherited: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whoever sent its file may still be at it, unheard of: the file is not to be started, but sent anew."""
    created_at: Mapped[Created]
    changed_at: Mapped[Created]
    claimed_at: Mapped[datetime | None]
    intent_at: Mapped[datetime | None]
    """When the intent to start was committed: before the start is sent."""
    start_sent_at: Mapped[datetime | None]
    """When a start was sent whose answer nobody has: it may still be on its way."""
    armed_at: Mapped[datetime | None]
    """When a person released this laser run to be started; empty: nobody did, or it is over."""
    armed_until: Mapped[datetime | None]
    """Until when it may be started then, by the database's clock."""
    armed_by_id: Mapped[str | None] = optional_link("person.id")
    frame_asked_at: Mapped[datetime | None]
    """Somebody asked for its outline to be traced with the beam off; dispatch carries it out."""
    framed_at: Mapped[datetime | None]
    """When its outline was traced last."""
    back_asked_at: Mapped[datetime | None]
    """A technician wants its staged file taken from its machine."""
    present_at: Mapped[datetime | None]
    """When somebody last said that they are there while this laser run works."""
    absent_told_at: Mapped[datetime | None]
    """When technicians were told that nobody answered whether they are there."""
    started_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    progress: Mapped[float] = mapped_column(default=0.0)
    """0 to 100."""
    progress_at: Mapped[datetime | None]
    """When its machine last said so."""
    seconds_left: Mapped[int | None]
    seconds: Mapped[int | None]
    """What it took."""
    milligrams: Mapped[int | None]
    predicted_seconds: Mapped[int | None]
    predicted_milligrams: Mapped[int | None]
    mm2: Mapped[int | None]
    """Sheet area it used up."""
    predicted_mm2: Mapped[int | None]
    needs_width_mm: Mapped[float | None]
    needs_height_mm: Mapped[float | None]
    """The least sheet that its file fits on."""
    stop_asked_at: Mapped[datetime | None]
    """Somebody asked to cancel; dispatch carries it out."""
    pause_asked: Mapped[bool | None]
    """True: pause; False: resume; empty: nothing asked."""
    pause_asked_at: Mapped[datetime | None]
    unanswered: Mapped[str] = mapped_column(default="", server_default="")
    """The command (pause, resume, stop) that its machine did not confirm in time."""
    reason_code: Mapped[str] = mapped_column(default="")
    reason_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cleared_at: Mapped[datetime | None]
    cleared_by_id: Mapped[str | None] = optional_link("person.id")
    outcome: Mapped[Outcome | None] = choice(Outcome, nullable=True)
    cause: Mapped[str] = mapped_column(default="", server_default="")
    """Why it failed, in the words of whoever cleared it: a code of the wording catalogue."""
    at_fault: Mapped[str] = mapped_column(default="", server_default="")
    """Whose fault it was: machine or maker; empty while nobody said."""

    machine: Mapped[Machine | None] = relationship(lazy="joined")
    machine_model: Mapped[MachineModel] = relationship()
    material: Mapped[Material] = relationship()
    stock: Mapped[Stock | None] = relationship()
    slicing: Mapped[Slicing | None] = relationship(lazy="joined")
    items: Mapped[list["RunItem"]] = relationship(back_populates="run", lazy="selectin")

    @property
    def is_of_laser(self) -> bool:
        """Whether it may only be started after a person armed it."""
        return self.machine_model.kind is MachineKind.LASER

    @property
    def is_plate(self) -> bool:
        """Whether it makes parts of several jobs."""
        return len(self.items) > 1


class RunItem(Base):
    """Copies of one job in one run; a bed may carry several jobs."""

    __tablename__ = "run_item"
    __table_args__ = (
        UniqueConstraint("run_id", "job_id"),
        CheckConstraint("copies > 0", name="copies_positive"),
    )

    id: Mapped[Id]
    run_id: Mapped[str] = link("run.id")
    job_id: Mapped[str] = link("job.id")
    copies: Mapped[int]
    good_copies: Mapped[int | None]
    outcome: Mapped[Outcome | None] = choice(Outcome, nullable=True)
    alone_seconds: Mapped[int | None]
    alone_milligrams: Mapped[int | None]
    """What these copies would take on a bed of their own, by the slicer; empty where they have one."""

    run: Mapped[Run] = relationship(back_populates="items")
    job: Mapped[Job] = relationship(lazy="joined")

    def part_of(self, whole: int | None) -> int | None:
        """Its part of seconds or milligrams of the run, by what each item would take alone."""
        if whole is None or not self.run.is_plate:
            return whole
        alone = [each.alone_seconds or 0 for each in self.run.items]
        return round(whole * (self.alone_seconds or 0) / (sum(alone) or 1))
