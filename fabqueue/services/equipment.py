"""What a machine has and what comes and goes: slots, machines and models that are retired and brought back."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.models import Job, Machine, MachineKind, MachineModel, Material, Person, Slot, Stock
from fabqueue.services import events, jobs, locks, runs, sites
from fabqueue.services.errors import Conflict, Invalid, Refused

MOST_SLOTS = 16
MOST_ALONE_HOURS = 168


def add_slot(session: Session, by: Person, machine: Machine) -> Slot:
    """One more place for stock. Raises Refused."""
    locks.lock(session, machine)
    if len(machine.slots) >= MOST_SLOTS:
        raise Refused("slots_too_many", {"most": MOST_SLOTS})
    slot = Slot(machine_id=machine.id, position=max((each.position for each in machine.slots), default=-1) + 1)
    session.add(slot)
    session.flush()
    session.refresh(machine)
    events.record(session, events.actor_of(by), machine, "add_slot", values={"number": slot.position + 1})
    return slot


def remove_slot(session: Session, by: Person, machine: Machine, position: int) -> None:
    """Take an empty slot away. Raises Refused while something is loaded there, Conflict while the machine works."""
    locks.lock(session, machine)
    slot = next((each for each in machine.slots if each.position == position), None)
    if slot is None:
        raise Refused("slot_unknown", {"machine": machine.name, "position": position}, "position")
    if runs.active_on(session, machine) is not None:
        raise Conflict("busy", "machine_is_busy", {"machine": machine.name})
    if slot.stock is not None:
        raise Refused("slot_loaded", {"stock": slot.stock.label})
    session.delete(slot)
    session.flush()
    session.refresh(machine)
    events.record(session, events.actor_of(by), machine, "remove_slot", values={"number": position + 1})


def may_work_alone(
    session: WritingSession, by: Person, machine: Machine, allowed: bool, hours: int | None, materials: Sequence[str]
) -> None:
    """What a machine may do while nobody is in the lab: for so many hours (None: the lab's), these materials (slugs;
    none: any). Raises Invalid."""
    if hours is not None and not 1 <= hours <= MOST_ALONE_HOURS:
        raise Invalid([Refused("alone_hours_out_of_bounds", {"most": MOST_ALONE_HOURS}, "alone_hours")])
    if allowed and machine.kind is MachineKind.LASER:
        raise Invalid([Refused("laser_never_alone", {"machine": machine.name}, "works_alone")])
    known = {each.slug: each.id for each in session.scalars(select(Material).where(Material.slug.in_(materials)))}
    if unknown := sorted(set(materials) - set(known)):
        raise Invalid([Refused("material_unknown", {"slug": unknown[0]}, "alone_materials")])
    wanted = (allowed, hours, sorted(known.values()) or None)
    if (machine.works_alone, machine.alone_hours, machine.alone_materials or None) == wanted:
        return
    machine.works_alone, machine.alone_hours, machine.alone_materials = wanted
    events.record(session, events.actor_of(by), machine, "work_alone", new="allowed" if allowed else "forbidden")
    session.wake("dispatch")


def retired_machines(session: Session) -> Sequence[Machine]:
    """Machines that were taken away, by name."""
    gone = select(Machine).where(Machine.retired_at.is_not(None))
    return session.scalars(gone.order_by(Machine.name)).all()


def bring_back_machine(session: Session, by: Person, machine: Machine) -> None:
    """A machine stands in the lab again; its bed needs clearing before the first run. Raises Conflict, Refused."""
    locks.lock(session, machine)
    if machine.retired_at is None:
        raise Conflict("in_service", "machine_already_so", {"machine": machine.name})
    if machine.machine_model.retired_at is not None:
        raise Refused("model_retired", {"machine": machine.machine_model.title})
    machine.retired_at = machine.bed_cleared_at = machine.bed_cleared_by_id = machine.look_at = None
    events.record(session, events.actor_of(by), machine, "bring_back")


def retired_models(session: Session) -> Sequence[MachineModel]:
    """Machine models that are not used any more, by title."""
    gone = select(MachineModel).where(MachineModel.retired_at.is_not(None))
    return session.scalars(gone.order_by(MachineModel.title)).all()


def retire_model(session: Session, by: Person, model: MachineModel) -> None:
    """Offer a kind of machine no more. Raises Refused while machines of it stand here, or jobs for it are open."""
    locks.lock(session, model)
    standing = select(func.count()).where(Machine.machine_model_id == model.id, Machine.retired_at.is_(None))
    if count := session.scalar(standing):
        raise Refused("model_has_machines", {"count": count})
    if count := open_jobs(session, model):
        raise Refused("model_has_jobs", {"count": count})
    model.retired_at = now()
    _record(session, by, "retire_model", model.title)


def bring_back_model(session: Session, by: Person, model: MachineModel) -> None:
    """Offer a kind of machine again. Raises Conflict when it is offered."""
    locks.lock(session, model)
    if model.retired_at is None:
        raise Conflict("in_service", "machine_already_so", {"machine": model.title})
    model.retired_at = None
    _record(session, by, "bring_back_model", model.title)


def open_jobs(session: Session, model: MachineModel) -> int:
    """How many open jobs are for machines of a model."""
    waiting = select(func.count()).where(Job.machine_model_id == model.id, Job.state.in_(jobs.OPEN_STATES))
    return session.scalar(waiting) or 0


def retired_stocks(session: Session, limit: int = 50) -> Sequence[Stock]:
    """Spools and piles that are gone, the last first."""
    gone = select(Stock).where(Stock.retired_at.is_not(None))
    return session.scalars(gone.order_by(Stock.retired_at.desc()).limit(limit)).all()


def bring_back_stock(session: Session, by: Person, stock: Stock) -> None:
    """It was found again. Raises Conflict when it is here."""
    locks.lock(session, stock)
    if stock.retired_at is None:
        raise Conflict("here", "stock_here_already", {"stock": stock.label})
    stock.retired_at = None
    events.record(session, events.actor_of(by), stock, "return")


def _record(session: Session, by: Person, verb: str, name: str) -> None:
    """Kinds of machines have no history of their own: it is the lab's."""
    events.record(session, events.actor_of(by), sites.the_site(session), verb, values={"name": name})
