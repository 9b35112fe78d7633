"""Machines, what they are (models), what they eat (materials, stock) and where it is loaded (slots)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fabqueue.models.base import Base, Created, Id, choice, link, optional_link
from fabqueue.models.people import MachineKind, Person

OCTOPRINT, MANUAL = "octoprint", "manual"
"""The drivers that a lab is set up with; any other name of `printers.kinds` is as good."""


class Connection(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"


FOREIGN_WORK = "machine_foreign_print"  # stands where a fault does, and is none


class Condition(StrEnum):
    """Derived, in this order."""

    MAINTENANCE = "maintenance"
    FAULT = "fault"
    BUSY = "busy"
    NEEDS_CLEARING = "needs_clearing"
    AVAILABLE = "available"


class Beam(StrEnum):
    """What is known of a laser's beam after its work was broken off."""

    ASKED = "asked"  # it is to be turned off, and nobody has looked yet whether it is
    OFF = "off"  # its controller acknowledged the command
    UNCONFIRMED = "unconfirmed"  # it did not: somebody must look


class Chore(StrEnum):
    """What somebody has a laser's controller do while nothing runs."""

    HOME = "home"
    UNLOCK = "unlock"
    RESET = "reset"


class ChoreState(StrEnum):
    """What became of the last chore."""

    ASKED = "asked"
    BEGUN = "begun"  # it is being sent
    DONE = "done"  # its controller said so
    UNCONFIRMED = "unconfirmed"  # it was sent, and the controller did not say that it did it
    MISSED = "missed"  # it was not sent

    @property
    def is_over(self) -> bool:
        return self not in {ChoreState.ASKED, ChoreState.BEGUN}


class ServiceUnit(StrEnum):
    """What the interval of a service counts."""

    HOURS = "hours"
    RUNS = "runs"
    DAYS = "days"


class ServiceKind(StrEnum):
    BEGIN = "begin"  # the task was written down: it is counted from here
    DUE = "due"
    DONE = "done"


class MachineModel(Base):
    """What a profile describes: bed, nozzle, materials, rates. Machines of one model take the same runs."""

    __tablename__ = "machine_model"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    kind: Mapped[MachineKind] = choice(MachineKind)
    profile: Mapped[str] = mapped_column(default="")
    """Slug of the profile folder; empty for tools that are driven by hand."""
    per_hour_minor: Mapped[int] = mapped_column(default=0)
    setup_minor: Mapped[int] = mapped_column(default=0)
    """Charged once for each job."""
    needs_certification: Mapped[bool] = mapped_column(default=False)
    drawings_only: Mapped[bool] = mapped_column(default=False)
    """A tool driven by hand that can do nothing with a solid: a vinyl cutter, an embroidery machine."""
    created_at: Mapped[Created]
    retired_at: Mapped[datetime | None]

    offers: Mapped[list["MaterialOffer"]] = relationship(back_populates="machine_model", lazy="selectin")


class Material(Base):
    """A kind of stuff: PLA, PETG, poplar ply 4 mm."""

    __tablename__ = "material"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    per_kg_minor: Mapped[int] = mapped_column(default=0)
    filament_type: Mapped[str | None]
    """As slicers say it: PLA, PETG. It comes with imported presets, as do the next three."""
    colour_hex: Mapped[str | None]
    density_g_cm3: Mapped[float | None]
    diameter_mm: Mapped[float | None]
    thickness_mm: Mapped[float | None]
    """Of sheets; empty: it is no sheet, and is counted by its mass."""
    per_m2_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    sheet_width_mm: Mapped[float | None]
    sheet_height_mm: Mapped[float | None]
    """The sheets the lab buys: what is laid out at once fits on one; empty: on the machine's bed."""
    beam_reason: Mapped[str] = mapped_column(default="", server_default="")
    """Why it may go under a laser although the list of refused materials speaks against it; empty: nobody said so."""
    beam_allowed_at: Mapped[datetime | None]
    beam_allowed_by_id: Mapped[str | None] = optional_link("person.id")
    created_at: Mapped[Created]
    retired_at: Mapped[datetime | None]

    @property
    def is_sheet(self) -> bool:
        return self.thickness_mm is not None

    @property
    def sheet_mm(self) -> tuple[float, float] | None:
        """Width and height of the sheets the lab buys."""
        if self.sheet_width_mm is None or self.sheet_height_mm is None:
            return None
        return self.sheet_width_mm, self.sheet_height_mm


class MaterialOffer(Base):
    """A machine model can work a material, with this preset of its profile."""

    __tablename__ = "material_offer"
    __table_args__ = (UniqueConstraint("machine_model_id", "material_id"),)

    id: Mapped[Id]
    machine_model_id: Mapped[str] = link("machine_model.id")
    material_id: Mapped[str] = link("material.id")
    preset: Mapped[str] = mapped_column(default="")
    burning: Mapped[dict[str, Any] | None]
    """A laser's own settings, {operation: {"power_percent", "speed_mm_s", "passes", "interval_mm", "kerf_mm", "air"}};
    for each that is missing the profile's count."""
    burning_at: Mapped[datetime | None]
    burning_by_id: Mapped[str | None] = optional_link("person.id")

    machine_model: Mapped[MachineModel] = relationship(back_populates="offers")
    material: Mapped[Material] = relationship(lazy="joined")


def same_colour(one: str, other: str) -> bool:
    """Names that people type."""
    return one.strip().casefold() == other.strip().casefold()


class Stock(Base):
    """A spool or sheet pile of one material and colour. Masses in milligrams, areas in square millimetres."""

    __tablename__ = "stock"

    id: Mapped[Id]
    site_id: Mapped[str] = link("site.id")
    material_id: Mapped[str] = link("material.id")
    label: Mapped[str]
    colour: Mapped[str] = mapped_column(default="")
    """A name people say, e.g. grey."""
    colour_hex: Mapped[str] = mapped_column(default="#9aa39d")
    full_mg: Mapped[int]
    left_mg: Mapped[int]
    low_mg: Mapped[int] = mapped_column(default=100_000)
    sheet_width_mm: Mapped[float | None]
    sheet_height_mm: Mapped[float | None]
    """One sheet of a pile; empty: a spool, for which the masses count and not the areas."""
    full_mm2: Mapped[int] = mapped_column(default=0, server_default="0")
    left_mm2: Mapped[int] = mapped_column(default=0, server_default="0")
    low_mm2: Mapped[int] = mapped_column(default=0, server_default="0")
    low_told_at: Mapped[datetime | None]
    """When technicians were told that it runs low; empty again once there is enough of it."""
    created_at: Mapped[Created]
    retired_at: Mapped[datetime | None]

    material: Mapped[Material] = relationship(lazy="joined")

    def is_called(self, colour: str) -> bool:
        """Whether it serves for what shall have this colour; empty: any."""
        return not colour or same_colour(self.colour, colour)

    @property
    def is_sheets(self) -> bool:
        return self.sheet_width_mm is not None

    @property
    def sheet_mm(self) -> tuple[float, float] | None:
        """Width and height of one sheet of a pile."""
        if self.sheet_width_mm is None or self.sheet_height_mm is None:
            return None
        return self.sheet_width_mm, self.sheet_height_mm

    @property
    def left(self) -> int:
        """What is left: square millimetres of a pile, milligrams of a spool; so are the next two."""
        return self.left_mm2 if self.is_sheets else self.left_mg

    @property
    def full(self) -> int:
        return self.full_mm2 if self.is_sheets else self.full_mg

    @property
    def low(self) -> int:
        return self.low_mm2 if self.is_sheets else self.low_mg

    @property
    def is_low(self) -> bool:
        return self.left < self.low


class Machine(Base):
    """One individual printer, laser or tool. Facts are stored; `condition` is derived."""

    __tablename__ = "machine"

    id: Mapped[Id]
    site_id: Mapped[str] = link("site.id")
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    machine_model_id: Mapped[str] = link("machine_model.id")
    driver: Mapped[str] = mapped_column(String(32))
    """How it is controlled: a name of `printers.kinds`."""
    url: Mapped[str] = mapped_column(default="")
    key: Mapped[str] = mapped_column(default="")
    """The machine's own key; it never reaches a browser."""
    camera_url: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    """Walking order."""
    created_at: Mapped[Created]
    retired_at: Mapped[datetime | None]

    # Whether it may work while nobody is in the lab.
    works_alone: Mapped[bool] = mapped_column(default=False, server_default=false())
    alone_hours: Mapped[int | None]
    """The longest it may be alone; empty: as long as the lab's policy says."""
    alone_materials: Mapped[list[Any] | None]
    """Ids of the only materials it may work alone; empty: any."""

    # Facts that people state.
    bed_cleared_at: Mapped[datetime | None]
    """Empty: nobody has said that the bed is clear since the last run."""
    bed_cleared_by_id: Mapped[str | None] = optional_link("person.id")
    maintenance_at: Mapped[datetime | None]
    maintenance_by_id: Mapped[str | None] = optional_link("person.id")
    maintenance_reason: Mapped[str] = mapped_column(default="")
    service_task_id: Mapped[str | None] = optional_link("service_task.id")
    """The overdue task that took it out of service; empty where a person did."""
    emergency_at: Mapped[datetime | None]
    """Somebody stopped it in an emergency and nobody has connected it again."""
    emergency_by_id: Mapped[str | None] = optional_link("person.id")
    emergency_confirmed_at: Mapped[datetime | None]
    """When its own report said that it stands still."""
    reconnect_asked_at: Mapped[datetime | None]
    """Somebody asked to connect it again; dispatch carries it out."""
    beam: Mapped[Beam | None] = choice(Beam, nullable=True)
    """Of a laser whose work was broken off: whether its beam is known to be off; empty: nothing was broken off."""
    beam_at: Mapped[datetime | None]
    """Since when that is so, or when it was last tried."""
    chore: Mapped[Chore | None] = choice(Chore, nullable=True)
    """What somebody had a laser's controller do last; dispatch carries it out."""
    chore_state: Mapped[ChoreState | None] = choice(ChoreState, nullable=True)
    chore_at: Mapped[datetime | None]
    """Since when that is so."""

    # What it has done since it came.
    worked_seconds: Mapped[int] = mapped_column(default=0, server_default="0")
    worked_runs: Mapped[int] = mapped_column(default=0, server_default="0")

    # Facts that the machine states.
    connection: Mapped[Connection] = choice(Connection, default=Connection.OFFLINE)
    seen_at: Mapped[datetime | None]
    fault_code: Mapped[str] = mapped_column(default="")
    fault_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    fault_at: Mapped[datetime | None]
    temperatures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Part name to {"actual", "target"} in degrees Celsius."""
    picture_at: Mapped[datetime | None]

    # Who drives it now, and when it is looked at next (dispatch).
    lease_holder: Mapped[str] = mapped_column(default="")
    lease_until: Mapped[datetime | None]
    look_at: Mapped[datetime | None]
    misses: Mapped[int] = mapped_column(default=0)

    machine_model: Mapped[MachineModel] = relationship(lazy="joined")
    slots: Mapped[list["Slot"]] = relationship(back_populates="machine", lazy="selectin", order_by="Slot.position")

    @property
    def kind(self) -> MachineKind:
        return self.machine_model.kind

    @property
    def is_manual(self) -> bool:
        return self.driver == MANUAL

    @property
    def is_armed_by_people(self) -> bool:
        """A laser that is driven from here: nothing on it starts before a person arms that very run."""
        return not self.is_manual and self.kind is MachineKind.LASER

    @property
    def can_pause(self) -> bool:
        """Whether going on after a pause is sound: a stopped beam leaves a mark, and by hand nothing is carried out."""
        return not self.is_manual and self.kind is not MachineKind.LASER

    @property
    def does_foreign_work(self) -> bool:
        """Whether it is at work that nobody started from here: never touched, and nothing starts beside it."""
        return self.fault_code == FOREIGN_WORK

    @property
    def has_fault(self) -> bool:
        """Whether somebody has to mend something."""
        return bool(self.fault_code) and not self.does_foreign_work

    def condition(self, busy: bool) -> Condition:
        """Derived from the facts; `busy`: an active run holds the machine."""
        if self.maintenance_at:
            return Condition.MAINTENANCE
        if self.has_fault:
            return Condition.FAULT
        if busy or self.does_foreign_work:
            return Condition.BUSY
        return Condition.AVAILABLE if self.bed_cleared_at else Condition.NEEDS_CLEARING


class LeftFile(Base):
    """A file of a run that went away from a machine before the file could be taken from there; dispatch deletes it."""

    __tablename__ = "left_file"

    id: Mapped[Id]
    machine_id: Mapped[str] = link("machine.id")
    name: Mapped[str]
    """Name on the machine."""
    created_at: Mapped[Created]


class Slot(Base):
    """Where stock is loaded on a machine."""

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("machine_id", "position"),)

    id: Mapped[Id]
    machine_id: Mapped[str] = link("machine.id")
    position: Mapped[int] = mapped_column(default=0)
    stock_id: Mapped[str | None] = optional_link("stock.id", unique=True)

    machine: Mapped[Machine] = relationship(back_populates="slots")
    stock: Mapped[Stock | None] = relationship(lazy="joined")


class ServiceTask(Base):
    """Something that is done to every machine of a model again and again: every so many hours, runs or days."""

    __tablename__ = "service_task"

    id: Mapped[Id]
    machine_model_id: Mapped[str] = link("machine_model.id")
    name: Mapped[str]
    every: Mapped[int]
    unit: Mapped[ServiceUnit] = choice(ServiceUnit)
    blocks: Mapped[bool] = mapped_column(default=False)
    """Once it is due, its machine takes no new work until it is done."""
    created_at: Mapped[Created]
    retired_at: Mapped[datetime | None]

    machine_model: Mapped[MachineModel] = relationship(lazy="joined")


class ServiceRecord(Base):
    """A task became due on a machine, or somebody did it; with what the machine had done by then."""

    __tablename__ = "service_record"
    __table_args__ = (Index("ix_service_record_machine_task", "machine_id", "task_id"),)

    id: Mapped[Id]
    machine_id: Mapped[str] = link("machine.id", index=False)
    task_id: Mapped[str] = link("service_task.id", index=False)
    kind: Mapped[ServiceKind] = choice(ServiceKind)
    at: Mapped[Created]
    person_id: Mapped[str | None] = optional_link("person.id")
    note: Mapped[str] = mapped_column(default="")
    worked_seconds: Mapped[int]
    worked_runs: Mapped[int]

    task: Mapped[ServiceTask] = relationship(lazy="joined")
    person: Mapped[Person | None] = relationship()
