"""What happens to a run means something for its jobs: in production, ready, failed, or planned again."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.models import (
    ActorKind,
    Job,
    JobState,
    MachineKind,
    Outcome,
    Person,
    Run,
    RunState,
    Stock,
)
from fabqueue.services import events, ledger, locks, planning, plates, stocks
from fabqueue.services.events import Actor
from fabqueue.services.planning import Open

APPROVED = frozenset({JobState.QUEUED, JobState.IN_PRODUCTION})
_RESTING = frozenset({RunState.CLAIMED, RunState.SENDING})
"""A laser that only fetches a file makes nothing yet."""


def person_of(session: Session, actor: Actor) -> Person | None:
    """The person who acts; None for machines and FabQueue itself."""
    return session.get(Person, actor.id) if actor.kind is ActorKind.PERSON and actor.id else None


def settle_all(session: WritingSession, actor: Actor, run: Run) -> None:
    for item in run.items:
        settle(session, actor, item.job)


def settle(session: WritingSession, actor: Actor, job: Job) -> None:
    """Bring an approved job in step with its runs: queued, in production, ready, failed, or planned again."""
    locks.reread(session, job, lock=True)  # of two runs that end at once, the later one sees both
    if job.state not in APPROVED:
        return
    still_open = planning.unsettled_states(session, job)
    if job.good_copies >= job.quantity:
        _ready(session, actor, job)
    elif job.reason_code and not still_open:
        _fail(session, actor, job)
    elif job.reason_code or not planning.lacking(job, still_open):
        _show_progress(session, actor, job, still_open)
    else:
        _plan_again(session, actor, job)


def _show_progress(session: WritingSession, actor: Actor, job: Job, still_open: Sequence[Open]) -> None:
    """In production as long as a machine is at it, or its work lies on a bed."""
    resting = _RESTING if job.machine_model.kind is MachineKind.LASER else frozenset()
    states = [each.state for each in still_open]
    at_work = any((each.is_active and each not in resting) or each is RunState.DONE for each in states)
    new = JobState.IN_PRODUCTION if at_work else JobState.QUEUED
    if job.state is not new:
        events.move(session, actor, job, APPROVED, new, "produce" if at_work else "wait")


def _ready(session: WritingSession, actor: Actor, job: Job) -> None:
    """The good copies are there: the price is taken. Runs that only wait are not needed any more."""
    events.move(session, actor, job, APPROVED, JobState.READY, "ready", ready_at=now(), reason_code="",
                reason_values={})  # fmt: skip
    ledger.charge(session, job, person_of(session, actor))
    _drop_waiting(session, actor, job)


def _fail(session: WritingSession, actor: Actor, job: Job) -> None:
    events.move(session, actor, job, APPROVED, JobState.FAILED, "fail", code=job.reason_code,
                values=job.reason_values, closed_at=now())  # fmt: skip
    ledger.release(session, job, person_of(session, actor))


def _plan_again(session: WritingSession, actor: Actor, job: Job) -> None:
    """Good, and too few: another run for what is lacking, whatever other machines are still at."""
    planning.plan_again(session, actor, job)
    _show_progress(session, actor, job, planning.unsettled_states(session, job))


def failed(session: WritingSession, actor: Actor, run: Run, code: str, values: Mapping[str, Any]) -> None:
    """A run brought nothing: its jobs fail once nothing else of them is open; their waiting runs are dropped."""
    for item in run.items:
        item.good_copies, item.outcome = 0, Outcome.FAILED
        job = item.job
        locks.lock(session, job)
        if job.state in APPROVED:
            job.reason_code, job.reason_values = code, dict(values)
            session.flush()
            _drop_waiting(session, actor, job)
            settle(session, actor, job)
    session.flush()


def _drop_waiting(session: WritingSession, actor: Actor, job: Job) -> None:
    """Runs of a job that wait while a person decides about it, or that nobody needs any more."""
    waiting = {RunState.WAITING, RunState.PREPARING, RunState.STAGED}
    for run in planning.of_job(session, job):
        if run.state in waiting and len(run.items) > 1:
            plates.take_apart(session, actor, run, without=job)
        elif run.state in waiting:
            events.move(session, actor, run, waiting, RunState.CANCELLED, "cancel", code="run_not_needed",
                        ended_at=now(), changed_at=now(), reason_code="run_not_needed")  # fmt: skip
            run.items[0].good_copies, run.items[0].outcome = 0, Outcome.FAILED
    session.flush()


def use_stock(session: WritingSession, actor: Actor, run: Run, share: float, *, ran: bool = False) -> int | None:
    """Take what a run used off its stock: `share` (0 to 1) of the predicted mass, or all of its sheet area.

    What was laid out on a sheet is gone once the run began: nobody can use a sheet that is half burnt there.
    ran: it did so for certain, though nobody here started it or saw it begin. Returns milligrams, None when unknown;
    the area is written into the run.
    """
    if not (ran or run.started_at or run.intent_at):
        return None
    run.mm2 = run.predicted_mm2
    rest = still_to_take(run, share)
    if run.stock_id is not None:
        stock = session.get_one(Stock, run.stock_id)
        if used := run.mm2 if stock.is_sheets else rest:
            stocks.take(session, actor, stock, used, run.id)
    return None if rest is None else run.earlier_milligrams + rest


def still_to_take(run: Run, share: float) -> int | None:
    """Milligrams of `share` (0 to 1) of a run that no spool was charged for yet; None when unknown."""
    if run.predicted_milligrams is None:
        return None
    return max(0, round(run.predicted_milligrams * max(0.0, min(1.0, share))) - run.earlier_milligrams)
