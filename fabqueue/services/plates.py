"""Plates: small runs of several jobs laid together on one bed, made in one go, and taken apart again.

A plate is a run of its own with an item for each job. The runs that it takes the place of are over; what each of them
would have taken alone stays with its item, so that time, material and fair share can be told apart. Whatever keeps a
plate from being made never harms its jobs: each gets a run of its own again.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.models import Job, JobState, Run, RunItem, RunState, SlicingState
from fabqueue.services import events, locks, ordering, planning, sharing, slicings
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import Actor

_WANTED = frozenset({JobState.QUEUED, JobState.IN_PRODUCTION, JobState.AWAITING_MEMBER})


def waiting(session: Session, jobs: Sequence[Job]) -> dict[str, Run]:
    """The plates that wait or are prepared, by the ids of those of the jobs that lie on them."""
    mine = select(RunItem.run_id).where(RunItem.job_id.in_([each.id for each in jobs]))
    shared = select(RunItem.run_id).where(RunItem.run_id.in_(mine)).group_by(RunItem.run_id)
    several = shared.having(func.count() > 1)
    found = session.scalars(select(Run).where(Run.id.in_(several), Run.state.in_(ordering.STANDING))).unique()
    return {item.job_id: run for run in found for item in run.items}


# laying together, taking apart


def put_together(session: WritingSession, actor: Actor, runs: Sequence[Run]) -> Run:
    """Lay waiting runs on one bed: they are over, and one run has all their items. Raises Conflict, Refused."""
    for run in sorted(runs, key=lambda each: each.id):
        locks.lock(session, run)
    _check(session, runs)
    plate = _plate(session, runs)
    for run in runs:
        _lay(session, actor, run, plate)
    session.flush()
    session.refresh(plate)
    copies = sum(each.copies for each in plate.items)
    events.record(session, actor, plate, "plan", new=plate.state, values={"copies": copies})
    session.wake("dispatch")
    return plate


def _check(session: Session, runs: Sequence[Run]) -> None:
    if len(runs) < 2:
        raise Refused("plate_of_one")
    for run in runs:
        if run.state is not RunState.WAITING:
            raise Conflict(run.state)
    if not all(sharing.is_ready(each) for each in runs) or len({sharing.kind(each) for each in runs}) > 1:
        raise Refused("plate_unlike")
    jobs = {each.items[0].job_id: each.items[0].job for each in runs}
    if len(jobs) < len(runs) or any(each.state not in ordering.WANTED for each in jobs.values()):
        raise Refused("plate_unlike")
    if sharing.failed_before(session, [each.id for each in runs]):
        raise Refused("plate_unlike")


def _plate(session: WritingSession, runs: Sequence[Run]) -> Run:
    """The run for all of them, without its items."""
    slicing = slicings.for_plate(session, [each.slicing for each in runs if each.slicing])
    ready, first = slicing.state is SlicingState.READY, runs[0]
    plate = Run(
        site_id=first.site_id, machine_model_id=first.machine_model_id, material_id=first.material_id,
        colour=first.colour, slicing_id=slicing.id, state=RunState.WAITING if ready else RunState.PREPARING,
        predicted_seconds=slicing.seconds if ready else sum(each.predicted_seconds or 0 for each in runs),
        predicted_milligrams=slicing.milligrams if ready else sum(each.predicted_milligrams or 0 for each in runs),
    )  # fmt: skip
    session.add(plate)
    session.flush()
    return plate


def _lay(session: WritingSession, actor: Actor, run: Run, plate: Run) -> None:
    """The items of a run go to the plate; it is over itself."""
    for item in run.items:
        session.add(
            RunItem(run_id=plate.id, job_id=item.job_id, copies=item.copies, alone_seconds=run.predicted_seconds,
                    alone_milligrams=run.predicted_milligrams)
        )  # fmt: skip
    _end(session, actor, run, "lay", "run_on_plate")


def _end(session: WritingSession, actor: Actor, run: Run, verb: str, code: str) -> None:
    moment = now()
    events.move(session, actor, run, ordering.STANDING, RunState.CANCELLED, verb, code=code, ended_at=moment,
                changed_at=moment, reason_code=code, reason_values={})  # fmt: skip


def take_apart(
    session: WritingSession, actor: Actor, plate: Run, code: str = "plate_taken_apart", *, without: Job | None = None
) -> list[Run]:
    """Give each job of a plate that waits, but not `without`, a run of its own. Raises Conflict: a machine has it."""
    _end(session, actor, plate, "take_apart", code)
    wanted = [each for each in plate.items if each.job is not without and each.job.state in _WANTED]
    return [planning.make_alone(session, actor, each.job, each.copies) for each in wanted]


def did_not_fit(session: WritingSession, actor: Actor, plate: Run) -> None:
    """The slicer made no plate of it: what it found room for is tried again, the rest has runs of its own."""
    slicing = plate.slicing
    assert slicing is not None
    fitting = int(slicing.problem_values.get("fitting", 0)) if slicing.problem_code == "slicing_too_many" else 0
    alone = take_apart(session, actor, plate, "plate_did_not_fit")
    together = _first(alone, slicing.parts[:fitting])
    failed = sharing.failed_before(session, [each.id for each in together])
    still = [each for each in together if each.id not in failed and each.items[0].job.state in ordering.WANTED]
    if len(still) > 1 and all(each.state is RunState.WAITING for each in still):
        put_together(session, actor, still)


def _first(runs: Sequence[Run], parts: Iterable[dict[str, Any]]) -> list[Run]:
    """The runs that make these parts; of equal ones it does not matter which."""
    left, found = list(runs), []
    for part in parts:
        run = next((each for each in left if each.slicing and slicings.part_of(each.slicing) == part), None)
        if run is not None:
            left.remove(run)
            found.append(run)
    return found
