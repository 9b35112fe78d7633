"""Claiming: one waiting run becomes one machine's, atomically, in the order that everybody sees."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.dispatch import match, seeing
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.lease import Lease
from fabqueue.models import Machine, Run, RunState, Site, Stock
from fabqueue.services import events, ordering, runs
from fabqueue.services.errors import Conflict


def claim(context: Context, lease: Lease, machine_id: str) -> str | None:
    """Give a leased, free machine the first run it may take; its id, or None when nothing suits it now."""
    with context.db.writing() as session:
        lease.fence(session, machine_id)
        try:
            run = claim_for(session, context.config, machine_id)
        except (IntegrityError, Conflict):  # the machine got a run, or the run a machine, since we looked
            session.rollback()
            return None
        session.commit()
        return run.id if run else None


def claim_for(session: WritingSession, config: Config, machine_id: str) -> Run | None:
    """Claim within the session's transaction. Raises IntegrityError, Conflict when somebody was faster."""
    machine = session.get_one(Machine, machine_id)
    bench = seeing.bench(config, machine, runs.active_on(session, machine) is not None)
    if match.closed(bench) or not match.dispatched(bench) or session.get_one(Site, machine.site_id).is_held:
        return None
    run = next(suitable(session, config, machine, bench, lock=True), None)
    if run is not None:
        take(session, config, events.of_machine(machine), run, machine, bench)
    return run


def suits(context: Context, machine_id: str) -> bool:
    """Whether anything waits that a machine may take, its own state aside: asked before anything is locked."""
    with context.db.reading() as session:
        machine = session.get_one(Machine, machine_id)
        seen = seeing.bench(context.config, machine, busy=False)
        bench = replace(seen, online=True, fault=False, bed_clear=True)
        return next(suitable(session, context.config, machine, bench, lock=False), None) is not None


def suitable(session: Session, config: Config, machine: Machine, bench: match.Bench, *, lock: bool) -> Iterator[Run]:
    """The waiting runs that match, in order; to `lock` them passes over one that another process has locked.

    What is known of all is asked first, once; a run that matches is looked at again when it is ours.
    """
    room = seeing.room(session, config, session.get_one(Site, machine.site_id))
    model, state = machine.machine_model_id, RunState.WAITING
    known = seeing.wishes(session, config, Run.machine_model_id == model, Run.state == state)
    for place in ordering.places(session, config, machine.site_id, model, state):
        if place.run_id not in known or match.refusal(known[place.run_id], bench, room):
            continue
        row = select(Run.id).where(Run.id == place.run_id, Run.state == state)
        if session.scalar(row.with_for_update(skip_locked=True) if lock else row) is None:
            continue
        run = session.get_one(Run, place.run_id, populate_existing=True)
        if match.refusal(seeing.wish(session, config, run), bench, room) is None:
            yield run


def take(
    session: WritingSession, config: Config, actor: events.Actor, run: Run, machine: Machine, bench: match.Bench
) -> None:
    """The machine takes a run that matches it."""
    loaded = match.stock_for(seeing.wish(session, config, run), bench)
    stock = session.get(Stock, loaded.stock_id) if isinstance(loaded, match.Loaded) else None
    runs.claim(session, actor, run, machine, stock)
