"""From rows to what matching sees: machines, runs, and what holds in the room."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session, joinedload, object_session

from fabqueue.config import Config
from fabqueue.db import now
from fabqueue.dispatch.match import Alone, Bench, Loaded, Room, Size, Wish
from fabqueue.models import (
    Certification,
    Job,
    Machine,
    MachineModel,
    Material,
    Person,
    Request,
    Run,
    RunItem,
    Site,
    Slot,
    Stock,
)
from fabqueue.services import arming, opening, runs
from fabqueue.services.quotes import Option

BENCH = (
    joinedload(Machine.machine_model).lazyload(MachineModel.offers),
    joinedload(Machine.slots).joinedload(Slot.stock).lazyload(Stock.material),
)
"""Options to load a machine with what `bench` reads of it, and nothing else."""


def machine(session: Session, machine_id: str) -> Machine:
    """A machine as `bench` needs it."""
    return session.get_one(Machine, machine_id, options=BENCH)


def bench(config: Config, machine: Machine, busy: bool) -> Bench:
    """The facts of a row; `busy`: an active run holds it."""
    return Bench(
        id=machine.id, name=machine.name, model_id=machine.machine_model_id, kind=machine.kind,
        manual=machine.is_manual, needs_certification=machine.machine_model.needs_certification,
        online=machine.connection == "online", in_service=machine.retired_at is None,
        maintenance=machine.maintenance_at is not None, fault=machine.has_fault, busy=busy,
        foreign=machine.does_foreign_work, bed_clear=machine.bed_cleared_at is not None, slots=len(machine.slots),
        loaded=_loaded(machine.slots, _spoken_for(machine)),
        alone=_alone(config, machine), full=_is_full(config, machine),
        drawings_only=machine.machine_model.drawings_only,
    )  # fmt: skip


def _is_full(config: Config, machine: Machine) -> bool:
    """Whether as many files wait at a laser as may; asked of lasers alone."""
    if not machine.is_armed_by_people:
        return False
    session = object_session(machine)
    return session is not None and arming.count_staged(session, machine.id) >= config.machines.staged_most


def _spoken_for(machine: Machine) -> dict[str, int]:
    """What of its piles goes to runs that a laser has already; every other machine has one run at a time."""
    session = object_session(machine) if machine.is_armed_by_people else None
    return arming.spoken_for(session, machine.id) if session is not None else {}


def _loaded(slots: Sequence[Slot], spoken_for: Mapping[str, int]) -> tuple[Loaded, ...]:
    return tuple(_stock(each, each.stock, number == 0, spoken_for) for number, each in enumerate(slots) if each.stock)


def _stock(slot: Slot, stock: Stock, feeds: bool, spoken_for: Mapping[str, int]) -> Loaded:
    promised_mm2 = min(stock.left_mm2, spoken_for.get(stock.id, 0))
    return Loaded(stock.id, stock.material_id, stock.colour, stock.left_mg, stock.left_mm2 - promised_mm2,
                  stock.sheet_mm, slot.position + 1, feeds, promised_mm2)  # fmt: skip


def _alone(config: Config, machine: Machine) -> Alone:
    if not machine.works_alone or machine.is_armed_by_people:  # a laser never burns unattended
        return Alone()
    hours = config.queue.alone_hours if machine.alone_hours is None else machine.alone_hours
    return Alone(hours * 3600.0, frozenset(machine.alone_materials or ()))


def wish(session: Session, config: Config, run: Run) -> Wish:
    """What one run needs."""
    return wishes(session, config, Run.id == run.id)[run.id]


def wishes(session: Session, config: Config, *which: ColumnElement[bool]) -> dict[str, Wish]:
    """What runs need, by their ids, in one question for all (two where certifications count).

    Of a run of several jobs, the first that needs its machine is heard, else the first that asks for one, and patience
    begins with the last approval.
    """
    found: dict[str, Wish] = {}
    rows = session.execute(_rows().where(*which)).all()
    certified = _certified(session, {each.owner_id for each in rows}) if config.queue.certified_only else None
    for row in rows:
        made = _wish(row, config, certified)
        found[row.id] = _together(found[row.id], made) if row.id in found else made
    return found


@cache
def _rows() -> Select[*tuple[Any, ...]]:
    """A row for each job of each run; built once, as dispatch asks it all the time."""
    columns = (
        Run.id, Run.machine_model_id, MachineModel.kind, MachineModel.needs_certification, Run.material_id,
        Material.name, Run.colour, Run.predicted_milligrams, Run.predicted_seconds, Job.machine_id,
        Job.machine_required, func.coalesce(Job.approved_at, Job.created_at).label("approved_at"), Request.owner_id,
        Run.predicted_mm2, Run.needs_width_mm, Run.needs_height_mm,
    )  # fmt: skip
    query = select(*columns).select_from(Run).join(RunItem, RunItem.run_id == Run.id)
    query = query.join(Job, Job.id == RunItem.job_id).join(Request, Request.id == Job.request_id)
    query = query.join(Material, Material.id == Run.material_id)
    query = query.join(MachineModel, MachineModel.id == Run.machine_model_id)
    return query.order_by(Run.id, Job.number)


def _wish(row: Row[Any], config: Config, certified: set[tuple[str, str]] | None) -> Wish:
    may = not row.needs_certification or certified is None
    may = may or bool({(row.owner_id, row.machine_model_id), (row.owner_id, row.kind)} & (certified or set()))
    return Wish(
        row.machine_model_id, row.material_id, row.name, row.colour, row.predicted_milligrams, row.predicted_seconds,
        row.machine_id or "", row.machine_required, patience(config, row.approved_at), may, row.predicted_mm2,
        (row.needs_width_mm, row.needs_height_mm) if row.needs_width_mm is not None else None,
    )  # fmt: skip


def asked(
    config: Config, option: Option, owner: Person, colour: str = "", machine: Machine | None = None,
    required: bool = False,
) -> Wish:  # fmt: skip
    """What a run would need that a person might ask for, were it approved now."""
    model, seconds, milligrams = option.machine_model, option.seconds, option.milligrams
    return Wish(
        model.id, option.material.id, option.material.name, colour,
        round(milligrams["expected"]) if milligrams else None, seconds["expected"] if seconds else None,
        machine.id if machine else "", required and machine is not None, patience(config, now()),
        not model.needs_certification or owner.certified_for(model.id, model.kind), *_sheet(option),
    )  # fmt: skip


def _sheet(option: Option) -> tuple[int | None, Size | None]:
    """The area a laser would use up, and the least sheet it fits on."""
    if option.mm2 is None or option.plan is None:
        return None, None
    width, height = option.plan["sheet_mm"]
    return option.mm2["expected"], (width, height)


def _together(one: Wish, other: Wish) -> Wish:
    asking = max(one, other, key=lambda each: (each.required, bool(each.machine_id)))  # of alike ones the first
    return replace(
        asking, patient_until=max(one.patient_until, other.patient_until), certified=one.certified and other.certified
    )


def _certified(session: Session, owners: set[str]) -> set[tuple[str, str]]:
    """Pairs of a person and what a certification that holds covers: a machine model's id, or a kind."""
    held = select(Certification).where(Certification.person_id.in_(owners), Certification.withdrawn_at.is_(None))
    at = now()
    return {
        (each.person_id, each.machine_model_id or str(each.machine_kind))
        for each in session.scalars(held)
        if each.is_valid(at)
    }


def patience(config: Config, approved: datetime) -> float:
    """Until when others leave a run to the machine that it prefers."""
    return approved.timestamp() + config.queue.preference_hours * 3600


def room(session: Session, config: Config, site: Site) -> Room:
    """What holds now. A machine that was asked for is read once, however many runs ask for it."""
    at = now()
    found = cache(partial(_find, session, config))
    return Room(at.timestamp(), opening.hours(site, at), config.queue.certified_only, found)


def _find(session: Session, config: Config, key: str) -> Bench | None:
    found = session.get(Machine, key)
    if found is None:
        return None
    return bench(config, found, runs.is_busy(session, key))
