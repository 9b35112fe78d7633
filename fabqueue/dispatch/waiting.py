"""What a member asks of the queue: why does it wait, how many are before it, when will it be finished."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch import claim, forecast, match
from fabqueue.dispatch.forecast import ZERO, Span
from fabqueue.dispatch.match import Bench, Reason
from fabqueue.dispatch.order import Place, ahead_of
from fabqueue.models import ACTIVE, Connection, Job, JobState, Machine, MachineKind, Run, RunState, Site
from fabqueue.services import planning

_WAITING = (RunState.WAITING, RunState.PREPARING)


@dataclass(frozen=True, slots=True)
class Finish:
    """When a job is expected to be finished."""

    low: datetime
    expected: datetime
    high: datetime


def waiting_reason(session: Session, job: Job) -> Reason | None:
    """Why an approved job is not being made at this moment; None for any other, and when its turn is now."""
    if not job.state.is_approved:
        return None
    runs = planning.unsettled(session, job)
    first = next((each for each in runs if each.state in ACTIVE or each.state is RunState.DONE), None)
    if first is not None:
        return _of_machine(first)
    waiting = next((each for each in runs if each.state is RunState.WAITING), None)
    if waiting is None:
        return Reason("wait_slicing") if runs else None
    return _of_queue(session, waiting)


def _of_machine(run: Run) -> Reason | None:
    """A machine has it, or had it: what a person must do, if anything."""
    assert run.machine is not None
    name = {"machine": run.machine.name}
    if run.state is RunState.IN_DOUBT:
        return Reason("wait_in_doubt", name)
    if run.state is RunState.DONE:
        return Reason("wait_taking_off", name)
    if _is_silent(run.machine):
        return _silence(run.machine)
    return Reason("wait_paused", name) if run.state is RunState.PAUSED else None


def _is_silent(machine: Machine) -> bool:
    return machine.connection is Connection.OFFLINE and not machine.is_manual


def _silence(machine: Machine) -> Reason:
    """The machine that has it does not answer: what is known of the run is as old as the last answer."""
    if machine.seen_at is None:
        return Reason("wait_offline", {"machine": machine.name})
    return Reason("wait_silent", {"machine": machine.name, "since_at": machine.seen_at.isoformat()})


def _of_queue(session: Session, run: Run) -> Reason | None:
    site = session.get_one(Site, run.site_id)
    if site.is_held:
        return Reason("wait_lab_held", {"reason": site.held_reason})
    benches = _benches(session, run)
    if not benches:
        return Reason("wait_no_machine", {"machine": run.machine_model.title})
    wish = match.wish(run)
    refusals = [match.refusal(wish, each) for each in benches]
    if reason := match.telling([each for each in refusals if each]) if all(refusals) else None:
        return _turn(session, run) or reason if reason.code == "wait_busy" else reason
    return _by_person(benches, refusals) or _turn(session, run)


def _by_person(benches: list[Bench], refusals: list[Reason | None]) -> Reason | None:
    """Machines would take it, but none of them without a person."""
    willing = [each for each, refusal in zip(benches, refusals, strict=True) if refusal is None]
    if any(match.dispatched(each) for each in willing):
        return None
    first = willing[0]
    code = "wait_certified_person" if first.needs_certification or first.kind is MachineKind.LASER else "wait_person"
    return Reason(code, {"machine": first.name})


def _turn(session: Session, run: Run) -> Reason | None:
    ahead = len(_ahead(session, run))
    return Reason("wait_turn", {"ahead": ahead}) if ahead else None


def _benches(session: Session, run: Run) -> list[Bench]:
    """The machines in service that could ever take a run."""
    held = set(session.scalars(select(Run.machine_id).where(Run.state.in_(ACTIVE))))
    return [match.bench(each, each.id in held) for each in _machines(session, run)]


def _machines(session: Session, run: Run) -> list[Machine]:
    rows = select(Machine).where(
        Machine.site_id == run.site_id, Machine.machine_model_id == run.machine_model_id, Machine.retired_at.is_(None)
    )
    return list(session.scalars(rows.order_by(Machine.position, Machine.slug)))


def _places(session: Session, run: Run) -> list[Place]:
    return claim.places(session, run.site_id, run.machine_model_id, *_WAITING)


def _ahead(session: Session, run: Run) -> list[Place]:
    places = _places(session, run)
    own = next((each for each in places if each.run_id == run.id), None)
    return ahead_of(own, places) if own else []


def _first_waiting(session: Session, job: Job) -> Run | None:
    return next((each for each in planning.unsettled(session, job) if each.state in _WAITING), None)


def position(session: Session, job: Job) -> int | None:
    """1 for the next in the queue of its machine model; None for a job that is not queued."""
    run = _first_waiting(session, job) if job.state is JobState.QUEUED else None
    return None if run is None else len(_ahead(session, run)) + 1


def expected_finish(session: Session, job: Job) -> Finish | None:
    """When all runs of an approved job are expected to be finished; None where anything that matters is unknown."""
    if not job.state.is_approved:
        return None
    spans = [_finish_of(session, each) for each in planning.unsettled(session, job) if each.state is not RunState.DONE]
    known = [each for each in spans if each is not None]
    if not known or len(known) < len(spans):
        return None
    moment = now()
    low, expected, high = (max(getattr(each, name) for each in known) for name in ("low", "expected", "high"))
    return Finish(*(moment + timedelta(seconds=each) for each in (low, expected, high)))


def _finish_of(session: Session, run: Run) -> Span | None:
    if run.state in ACTIVE:
        return _remaining(run)
    if session.get_one(Site, run.site_id).is_held:
        return None
    places = _ahead(session, run)
    ahead = {each.id: each for each in session.scalars(select(Run).where(Run.id.in_([each.run_id for each in places])))}
    spans = [_predicted(ahead[each.run_id]) for each in places]
    return forecast.finish(_predicted(run), spans, _free(session, run))


def _predicted(run: Run) -> Span | None:
    return Span.predicted(run.predicted_seconds) if run.predicted_seconds else None


def _free(session: Session, run: Run) -> list[Span | None]:
    """When each machine that serves is free: those that are out of service or out of reach do not."""
    wish, free = match.wish(run), []
    for machine in _machines(session, run):
        active = session.scalar(select(Run).where(Run.machine_id == machine.id, Run.state.in_(ACTIVE)))
        bench = match.bench(machine, active is not None)
        serves = match.closed(bench) is None or active is not None or not bench.bed_clear
        if bench.maintenance or bench.fault or not (bench.online or bench.manual) or not serves:
            continue
        if isinstance(match.stock_for(wish, bench), Reason) or not match.dispatched(bench):
            continue
        free.append(
            forecast.free_after(_remaining(active) if active else ZERO, active is not None or not bench.bed_clear)
        )
    return free


def _remaining(run: Run) -> Span | None:
    """What is left of a run on a machine: by the machine's own figure, else by prediction and progress."""
    if run.state in {RunState.IN_DOUBT, RunState.CANCELLING} or (run.machine is not None and _is_silent(run.machine)):
        return None
    if run.seconds_left is not None:
        return Span.predicted(run.seconds_left)
    if run.predicted_seconds is None:
        return None
    return Span.predicted(run.predicted_seconds * (1 - run.progress / 100))
