"""Claiming: one waiting run becomes one machine's, atomically, in the order that everybody sees."""

from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.dispatch import match, seeing
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.lease import Lease
from fabqueue.dispatch.match import Bench, Reason, Wish
from fabqueue.dispatch.suiting import Suiting
from fabqueue.models import Machine, Run, Site, Stock
from fabqueue.services import events, queueing, runs
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
    machine = seeing.machine(session, machine_id)
    bench = seeing.bench(config, machine, runs.is_busy(session, machine_id))
    site = session.get_one(Site, machine.site_id)
    if match.closed(bench) or not match.pulls(bench) or site.is_held:
        return None
    first = next(Suiting(session, config, site, bench).locked(), None)
    if first is None:
        return None
    run, wish = first
    take(session, config, events.of_machine(machine), run, machine, bench, wish)
    return run


def suits(context: Context, machine_id: str) -> bool:
    """Whether anything waits that a machine may take, its own state aside: asked before anything is locked."""
    with context.db.reading() as session:
        machine = seeing.machine(session, machine_id)
        seen = seeing.bench(context.config, machine, busy=False)
        bench = replace(seen, online=True, fault=False, foreign=False, bed_clear=True)
        return Suiting(session, context.config, session.get_one(Site, machine.site_id), bench).anything()


def take(
    session: WritingSession, config: Config, actor: events.Actor, run: Run, machine: Machine, bench: Bench, wish: Wish
) -> None:
    """The machine, `bench`, takes a run that needs `wish` and matches; where another was asked for, it is noted why."""
    loaded = match.stock_for(wish, bench)
    stock = session.get(Stock, loaded.stock_id) if isinstance(loaded, match.Loaded) else None
    why = _elsewhere(session, config, run, bench, wish)
    runs.claim(session, actor, run, machine, stock, *((why.code, why.values) if why else ()))


def _elsewhere(session: WritingSession, config: Config, run: Run, bench: Bench, wish: Wish) -> Reason | None:
    """Why another machine than the one that was asked for makes it."""
    if wish.machine_id:
        room = seeing.room(session, config, session.get_one(Site, run.site_id))
        return match.passed_by(wish, bench, room)
    released = queueing.released_from(session, [item.job_id for item in run.items])
    if released in ("", bench.name):
        return None
    return Reason("elsewhere_released", {"asked": released, "machine": bench.name})
