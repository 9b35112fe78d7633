"""What an ended slicing means: its runs wait for machines, are split, or fail; a dearer price goes to the member."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.models import Job, JobState, Run, RunState, Slicing, SlicingState
from fabqueue.pricing import is_dearer
from fabqueue.services import events, jobs, ledger, planning, plates, quotes, runs, sites, slicings

TOO_MANY = "slicing_too_many"
NOT_THE_FILE = frozenset(
    {
        "slicing_gave_up", "slicing_no_slicer", "slicing_profile_missing", "slicing_profile_changed",
        "slicing_model_missing", "laser_check_failed",
    }
)  # fmt: skip
"""Failures that are the lab's, not the design's: the job fails and may be tried again as it is."""


def slicing_ended(session: WritingSession, config: Config, slicing_id: str) -> None:
    """Draw the consequences of an ended slicing for every run that waits for it."""
    slicing = session.get(Slicing, slicing_id)
    if slicing is None:
        return
    waiting = select(Run).where(Run.slicing_id == slicing.id, Run.state == RunState.PREPARING).order_by(Run.created_at)
    found = session.scalars(waiting).unique().all()
    if slicing.state is SlicingState.READY:
        _sliced(session, config, slicing, found)
    elif slicing.state is SlicingState.FAILED:
        for run in found:
            if run.state is RunState.PREPARING:  # what became of another run of its job may have taken it along
                _not_sliced(session, run, slicing)


def _sliced(session: WritingSession, config: Config, slicing: Slicing, found: Sequence[Run]) -> None:
    """First every run knows what it takes, as several may be of one job, whose price is that of all."""
    for run in found:
        runs.prepared(session, events.SYSTEM, run)
    if not slicing.is_plate:  # each of its jobs was compared before it was laid there
        for run in found:
            _compare_prices(session, config, run)


def _not_sliced(session: WritingSession, run: Run, slicing: Slicing) -> None:
    if slicing.is_plate:
        plates.did_not_fit(session, events.SYSTEM, run)
        return
    fitting = slicing.problem_values.get("fitting", 0) if slicing.problem_code == TOO_MANY else 0
    if 0 < fitting < slicing.copies:
        _split(session, run, int(fitting))
    elif slicing.problem_code in NOT_THE_FILE:
        runs.fail(session, events.SYSTEM, run, slicing.problem_code, slicing.problem_values)
    else:
        _ask_for_changes(session, run, slicing.problem_code, slicing.problem_values)


def _split(session: WritingSession, run: Run, fitting: int) -> None:
    """More copies than one bed holds: several runs in its place, and of those beside it that are as large."""
    assert run.slicing is not None
    job, preparing = run.items[0].job, RunState.PREPARING
    alike = [
        each for each in planning.of_job(session, job) if (each.slicing_id, each.state) == (run.slicing_id, preparing)
    ]
    for each in alike:
        events.move(session, events.SYSTEM, each, preparing, RunState.CANCELLED, "split", code="run_split",
                    values={"copies": fitting}, ended_at=now(), changed_at=now(), reason_code="run_split",
                    reason_values={"copies": fitting})  # fmt: skip
    together = sum(planning.copies_of(each, job) for each in alike)
    for copies in planning.portions(together, fitting):
        planning.make(session, events.SYSTEM, job, copies, slicings.for_copies(session, run.slicing, copies))


def _ask_for_changes(session: WritingSession, run: Run, code: str, values: dict[str, Any]) -> None:
    """The file cannot be sliced: its owner must change it, and nothing is held meanwhile."""
    events.move(session, events.SYSTEM, run, RunState.PREPARING, RunState.FAILED, "fail", code=code, values=values,
                ended_at=now(), changed_at=now(), reason_code=code, reason_values=values)  # fmt: skip
    for item in run.items:
        allowed = {JobState.QUEUED, JobState.IN_PRODUCTION, JobState.AWAITING_MEMBER}
        if item.job.state in allowed:
            events.move(session, events.SYSTEM, item.job, allowed, JobState.CHANGES_REQUESTED, "request_changes",
                        code=code, values=values, reason_code=code, reason_values=values)  # fmt: skip
            ledger.release(session, item.job)
            runs.stop_all(session, events.SYSTEM, item.job)


def _compare_prices(session: WritingSession, config: Config, run: Run) -> None:
    """Ask the member when what the slicer found for all copies is dearer than the quote by more than the tolerance."""
    for item in run.items:
        job = item.job
        session.refresh(job)
        found = _all_copies(session, job)
        if job.state is not JobState.QUEUED or job.quote is None or job.quote.source == "slicer" or found is None:
            continue
        price = quotes.from_slicer(config, job, *found)
        if is_dearer(job.quote.total_minor, price.total_minor, config.money.price_tolerance_percent):
            time, mass, area = (dict.fromkeys(("low", "expected", "high"), each) for each in found)
            site = sites.the_site(session)
            quote = quotes.write(session, site, job, price, time, mass if not found[2] else None, "slicer",
                                 area if found[2] else None)  # fmt: skip
            jobs.offer_dearer(session, events.SYSTEM, job, quote, "price_dearer_by_slicing")


def _all_copies(session: WritingSession, job: Job) -> tuple[int, int, int] | None:
    """Seconds, milligrams and sheet area of a first plan whose runs are all sliced; None for other plans."""
    open_runs = planning.unsettled(session, job)
    known = [each for each in open_runs if each.slicing and each.slicing.state is SlicingState.READY]
    if len(known) != len(open_runs) or sum(planning.copies_of(each, job) for each in known) != job.quantity:
        return None
    items = [item for each in known for item in each.items if item.job_id == job.id]
    seconds = sum(each.part_of(each.run.predicted_seconds) or 0 for each in items)
    milligrams = sum(each.part_of(each.run.predicted_milligrams) or 0 for each in items)
    return seconds, milligrams, sum(each.run.predicted_mm2 or 0 for each in items)
