"""Claiming: one waiting run becomes one machine's, atomically, in the order that everybody sees."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession
from fabqueue.dispatch import match
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.lease import Lease
from fabqueue.dispatch.order import Place
from fabqueue.models import Job, JobState, Machine, Run, RunItem, RunState, Site, Stock
from fabqueue.services import events, runs
from fabqueue.services.errors import Conflict

_WANTED = (JobState.QUEUED, JobState.IN_PRODUCTION)


def claim(context: Context, lease: Lease, machine_id: str) -> str | None:
    """Give a leased, free machine the first run it may take; its id, or None when nothing suits it now."""
    with context.db.writing() as session:
        lease.fence(session, machine_id)
        try:
            run = claim_for(session, machine_id)
        except (IntegrityError, Conflict):  # the machine got a run, or the run a machine, since we looked
            session.rollback()
            return None
        session.commit()
        return run.id if run else None


def claim_for(session: WritingSession, machine_id: str) -> Run | None:
    """Claim within the session's transaction. Raises IntegrityError, Conflict when somebody was faster."""
    machine = session.get_one(Machine, machine_id)
    bench = match.bench(machine, runs.active_on(session, machine) is not None)
    if match.closed(bench) or not match.dispatched(bench) or session.get_one(Site, machine.site_id).is_held:
        return None
    run = next(suitable(session, machine, bench, lock=True), None)
    if run is not None:
        take(session, events.of_machine(machine), run, machine, bench)
    return run


def suits(context: Context, machine_id: str) -> bool:
    """Whether anything waits that a machine may take, its own state aside: asked before anything is locked."""
    with context.db.reading() as session:
        machine = session.get_one(Machine, machine_id)
        bench = replace(match.bench(machine, busy=False), online=True, fault=False, bed_clear=True)
        return next(suitable(session, machine, bench, lock=False), None) is not None


def suitable(session: Session, machine: Machine, bench: match.Bench, *, lock: bool) -> Iterator[Run]:
    """The candidates that match, in order."""
    return (run for run in candidates(session, machine, lock=lock) if match.refusal(match.wish(run), bench) is None)


def take(session: WritingSession, actor: events.Actor, run: Run, machine: Machine, bench: match.Bench) -> None:
    """The machine takes a run that matches it."""
    loaded = match.stock_for(match.wish(run), bench)
    stock = session.get(Stock, loaded.stock_id) if isinstance(loaded, match.Loaded) else None
    runs.claim(session, actor, run, machine, stock)


def candidates(session: Session, machine: Machine, *, lock: bool) -> Iterator[Run]:
    """Waiting runs for a machine's model in order; to `lock` them passes over one that another process has locked.

    Only runs all of whose jobs are wanted: a price that waits for a yes keeps its run back.
    """
    for place in places(session, machine.site_id, machine.machine_model_id, RunState.WAITING):
        row = select(Run.id).where(Run.id == place.run_id, Run.state == RunState.WAITING)
        if session.scalar(row.with_for_update(skip_locked=True) if lock else row) is not None:
            yield session.get_one(Run, place.run_id, populate_existing=True)


def places(session: Session, site_id: str, model_id: str, *states: RunState) -> list[Place]:
    """Where the runs of a machine model stand that are in these states, first come first."""
    rows = session.execute(_standing(site_id, model_id, states))
    return [Place(run, priority, approved, created) for run, priority, approved, created in rows]


def _standing(site_id: str, model_id: str, states: tuple[RunState, ...]) -> Select[str, int, datetime, datetime]:
    priority, approved = func.max(Job.priority), func.min(func.coalesce(Job.approved_at, Job.created_at))
    unwanted = select(RunItem.run_id).join(Job).where(RunItem.run_id == Run.id, Job.state.not_in(_WANTED)).exists()
    return (
        select(Run.id, priority, approved, Run.created_at)
        .join(RunItem, RunItem.run_id == Run.id).join(Job, Job.id == RunItem.job_id)
        .where(Run.site_id == site_id, Run.machine_model_id == model_id, Run.state.in_(states), ~unwanted)
        .group_by(Run.id, Run.created_at)
        .order_by(priority.desc(), approved, Run.created_at, Run.id)
    )  # fmt: skip
