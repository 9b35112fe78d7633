"""Another spool in the middle of a print: what the old one gave is counted up to then, the rest comes off the new."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession
from fabqueue.models import ACTIVE, Machine, Run, RunState, Slot, Stock
from fabqueue.services import events, floor, locks, outcomes, runs, stocks
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import Actor

AT_WORK = frozenset({RunState.RUNNING, RunState.PAUSED})


def in_use(machine: Machine, run: Run | None) -> Slot | None:
    """The slot that a run at work draws its filament from; None where there is none to change."""
    if run is None or run.state not in AT_WORK or run.stock_id is None:
        return None
    slot = next((each for each in machine.slots if each.stock_id == run.stock_id), None)
    return None if slot is None or slot.stock is None or slot.stock.is_sheets else slot


def choices(session: Session, run: Run) -> list[Stock]:
    """What may go on with a run: spools of its material that no other machine draws from."""
    drawn = select(Run.stock_id).where(Run.state.in_(ACTIVE), Run.stock_id.is_not(None))
    found = select(Stock).where(
        Stock.material_id == run.material_id, Stock.retired_at.is_(None), Stock.id.not_in(drawn)
    )
    return list(session.scalars(found.order_by(Stock.label, Stock.id)))


def change(session: WritingSession, actor: Actor, machine: Machine, stock: Stock) -> Run:
    """Note that a run at work goes on with another spool. Raises Conflict, Refused.

    By how far the run is, as its machine said last, the old spool gave its part of what the run needs. The same spool
    again changes nothing.
    """
    locks.lock(session, machine)
    run = runs.active_on(session, machine)
    if run is not None:
        locks.reread(session, run, lock=True)
    slot = in_use(machine, run)
    if run is None or slot is None:
        raise Conflict(run.state if run else "idle", "machine_not_at_it", {"machine": machine.name})
    if stock.id != run.stock_id:
        _check(run, stock)
        _change(session, actor, run, slot, stock)
    return run


def _check(run: Run, stock: Stock) -> None:
    if stock.material_id != run.material_id:
        raise Refused("spool_other_material", {"material": run.material.name}, "stock")


def _change(session: WritingSession, actor: Actor, run: Run, slot: Slot, stock: Stock) -> None:
    assert slot.stock is not None
    floor.take_from_elsewhere(session, actor, stock, slot.machine)
    old, given = slot.stock, outcomes.still_to_take(run, run.progress / 100)
    if given:
        stocks.take(session, actor, old, given, run.id)
        run.earlier_milligrams += given
    run.stock_id = slot.stock_id = stock.id
    session.flush()
    session.refresh(slot)
    session.refresh(run)
    values = {"position": slot.position}
    events.record(session, actor, slot.machine, "load", old=old.label, new=stock.label, values=values)
    events.record(session, actor, run, "change_spool")
