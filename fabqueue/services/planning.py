"""Planning: which runs a job has, which may still bring copies, and new ones for the copies it lacks."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.models import Job, Outcome, Run, RunItem, RunState, Slicing, SlicingState
from fabqueue.services import events, locks, slicings, spreading
from fabqueue.services.events import Actor
from fabqueue.services.laserwork import CARD

S = RunState


class Open(NamedTuple):
    """A run that may still bring copies of a job."""

    run_id: str
    state: RunState
    copies: int


def of_job(session: Session, job: Job) -> list[Run]:
    """A job's runs with their items, oldest first, as the database has them now."""
    session.flush()
    rows = select(Run).join(RunItem).where(RunItem.job_id == job.id).order_by(Run.created_at, Run.id)
    others = selectinload(Run.items).lazyload(RunItem.job)  # twenty may share a bed, each asked for its runs
    return list(session.scalars(rows.options(others), execution_options={"populate_existing": True}).unique())


def copies_of(run: Run, job: Job) -> int:
    return sum(item.copies for item in run.items if item.job_id == job.id)


def _is_open(state: RunState, outcome: Outcome | None) -> bool:
    """Whether a run may still bring copies: it is not over, or it is done and nobody said what came out."""
    return outcome is None if state is S.DONE else not state.is_over


def unsettled(session: Session, job: Job) -> list[Run]:
    """The job's runs that may still bring copies."""
    still = {each.run_id for each in unsettled_states(session, job)}
    return [each for each in of_job(session, job) if each.id in still]


def unsettled_states(session: Session, job: Job) -> list[Open]:
    """The same at less cost: it is asked whenever anything happens to a run."""
    rows = select(Run.id, Run.state, RunItem.copies, RunItem.outcome).join(RunItem, RunItem.run_id == Run.id)
    found = session.execute(rows.where(RunItem.job_id == job.id))
    return [Open(key, state, copies) for key, state, copies, outcome in found if _is_open(state, outcome)]


def lacking(job: Job, still_open: Sequence[Open]) -> int:
    """How many copies of a job nothing will bring."""
    return max(0, job.missing_copies - sum(each.copies for each in still_open))


def plan(session: WritingSession, config: Config, actor: Actor, job: Job) -> list[Run]:
    """Make the run(s) for the copies a queued job still lacks, divided as `spreading` has it.

    Raises Refused when the machine model cannot take the design.
    """
    copies = lacking(job, unsettled_states(session, job))
    if not copies:
        return []
    locks.share(session, job.machine_model)  # its profile stays what it is until the runs are there
    beds = spreading.of_job(session, config, job, copies)
    if not job.machine_model.profile and CARD not in job.settings:
        return [make(session, actor, job, each, None) for each in beds]
    files = {each: slicings.for_job(session, config, job, each) for each in sorted(set(beds))}
    return [make(session, actor, job, each, files[each]) for each in beds]


def lock_open(session: WritingSession, job: Job) -> None:
    """Keep a job's runs from being changed by others until the commit: before the job itself, as the order of locks
    has it, for a machine that takes one of them comes to the job next."""
    session.flush()
    still = select(Run.id).join(RunItem, RunItem.run_id == Run.id).where(RunItem.job_id == job.id)
    locks.lock_ids(session, Run, session.scalars(still.where(Run.ended_at.is_(None))).all())


def unplan(session: WritingSession, actor: Actor, job: Job) -> None:
    """Give up a job's own runs that no machine has, to plan their copies anew. Raises Conflict: one has it now."""
    for run in unsettled(session, job):
        if run.state in {S.WAITING, S.PREPARING} and not run.is_plate:
            events.move(session, actor, run, run.state, S.CANCELLED, "spread", code="run_spread", ended_at=now(),
                        changed_at=now(), reason_code="run_spread", reason_values={})  # fmt: skip


def make(session: WritingSession, actor: Actor, job: Job, copies: int, slicing: Slicing | None) -> Run:
    """One run of `copies` of a job: preparing while its slicing is not ready, else waiting for a machine."""
    ready = slicing is None or slicing.state is SlicingState.READY
    run = Run(
        site_id=job.site_id, machine_model_id=job.machine_model_id, material_id=job.material_id, colour=job.colour,
        slicing_id=slicing.id if slicing else None, state=S.WAITING if ready else S.PREPARING,
    )  # fmt: skip
    _predict(run, job, copies, slicing)
    session.add(run)
    session.flush()
    session.add(RunItem(run_id=run.id, job_id=job.id, copies=copies))
    session.flush()
    session.refresh(run)
    events.record(session, actor, run, "plan", new=run.state, values={"copies": copies})
    session.wake("dispatch")
    return run


def _predict(run: Run, job: Job, copies: int, slicing: Slicing | None) -> None:
    """By the slicer where it has spoken, else by the quote's expected figures for so many copies."""
    if slicing is not None and slicing.state is SlicingState.READY:
        for name, value in predicted(slicing).items():
            setattr(run, name, value)
    elif job.quote is not None:
        run.predicted_seconds = _share(job.quote.seconds, copies, job.quote.quantity)
        run.predicted_milligrams = _share(job.quote.milligrams, copies, job.quote.quantity)
        run.predicted_mm2 = _share(job.quote.mm2, copies, job.quote.quantity)


def predicted(slicing: Slicing) -> dict[str, Any]:
    """What a ready slicing says of its run, as columns of the run."""
    width, height = slicing.plan["sheet_mm"] if slicing.plan else (None, None)
    return {
        "predicted_seconds": slicing.seconds, "predicted_milligrams": slicing.milligrams,
        "predicted_mm2": slicing.mm2, "needs_width_mm": width, "needs_height_mm": height,
    }  # fmt: skip


def _share(span: Mapping[str, Any] | None, copies: int, quantity: int) -> int | None:
    return round(span["expected"] * copies / quantity) if span else None


def plan_again(session: WritingSession, actor: Actor, job: Job) -> list[Run]:
    """Runs for the copies that nothing will bring, made like the job's last run on a bed of its own."""
    locks.share(session, job.machine_model)
    last = _last_alone(session, job)
    missing, most = lacking(job, unsettled_states(session, job)), copies_of(last, job)
    beds = portions(missing, most if last.slicing and most < missing else missing)
    return [make(session, actor, job, each, _like(session, last.slicing, each)) for each in beds]


def make_alone(session: WritingSession, actor: Actor, job: Job, copies: int) -> Run:
    """One run for so many copies, made like the job's last run on a bed of its own."""
    last = _last_alone(session, job)
    return make(session, actor, job, copies, _like(session, last.slicing, copies))


def _last_alone(session: Session, job: Job) -> Run:
    return [each for each in of_job(session, job) if not (each.slicing and each.slicing.is_plate)][-1]


def _like(session: WritingSession, slicing: Slicing | None, copies: int) -> Slicing | None:
    return slicings.for_copies(session, slicing, copies) if slicing else None


def portions(total: int, most: int) -> list[int]:
    """`total` copies in beds of at most `most`."""
    full, rest = divmod(total, most)
    return [most] * full + ([rest] if rest else [])
