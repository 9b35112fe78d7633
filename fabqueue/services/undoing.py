"""Taking back a tap: a bed that was called clear with all good copies, while nothing has come of it yet."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.models import Job, JobState, Notice, Outcome, Person, Run, RunState
from fabqueue.services import events, ledger, locks, outcomes, runs
from fabqueue.services.errors import Conflict
from fabqueue.services.events import Actor

KEPT = timedelta(minutes=15)
"""How long a tap can be taken back."""


def last(session: Session, person: Person) -> Run | None:
    """The bed that this person called clear last, when that can still be taken back."""
    mine = select(Run).where(Run.cleared_by_id == person.id, Run.cleared_at > now() - KEPT)
    run = session.scalars(mine.order_by(Run.cleared_at.desc()).limit(1)).unique().one_or_none()
    return run if run is not None and _obstacle(session, run) is None else None


def _obstacle(session: Session, run: Run) -> str | None:
    """The code of what stands in the way of taking the clearing of a run back."""
    if run.state is not RunState.DONE or run.outcome is not Outcome.GOOD or run.machine is None:
        return "undo_not_offered"
    if run.cleared_at is None or run.cleared_at < now() - KEPT:
        return "undo_too_late"
    if runs.active_on(session, run.machine) is not None or run.machine.bed_cleared_at is None:
        return "undo_next_at_work"
    untouched = all(item.good_copies == item.copies for item in run.items)
    standing = {JobState.READY, *outcomes.APPROVED}
    return None if untouched and all(item.job.state in standing for item in run.items) else "undo_went_on"


def take_back(session: WritingSession, actor: Actor, run: Run) -> None:
    """The bed is not clear after all, and nobody has said what is good. Raises Conflict when things went on."""
    if run.machine is not None:
        locks.lock(session, run.machine)
    locks.lock(session, run)
    for item in run.items:
        locks.lock(session, item.job)
    if (obstacle := _obstacle(session, run)) is not None or run.machine is None:
        raise Conflict(run.state, obstacle or "undo_not_offered")
    run.machine.bed_cleared_at = run.machine.bed_cleared_by_id = None
    run.cleared_at = run.cleared_by_id = run.outcome = None
    for item in run.items:
        item.job.good_copies -= item.good_copies or 0
        item.good_copies = item.outcome = None
        _reopen(session, actor, item.job)
    events.record(session, actor, run, "unclear")
    events.record(session, actor, run.machine, "unclear")
    runs.look(session, run)


def _reopen(session: WritingSession, actor: Actor, job: Job) -> None:
    """A job that became ready by it is in production again; what it was charged is given back and held."""
    session.flush()
    if job.state is JobState.READY:
        # nobody has read that it is ready: it was never said. Before the event, which settles what is left
        unread = delete(Notice).where(Notice.job_id == job.id, Notice.code == "notice_ready", Notice.read_at.is_(None))
        session.execute(unread)
        events.move(session, actor, job, JobState.READY, JobState.IN_PRODUCTION, "unready", ready_at=None)
        ledger.take_back(session, job, outcomes.person_of(session, actor))
    else:
        outcomes.settle(session, actor, job)
