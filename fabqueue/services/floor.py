"""What people do at machines: clear, load, take out of service, pause, resume, cancel, finish, decide a doubt.

Whoever calls has checked that the actor may. Starting a manual machine is `dispatch.by_hand.start`, because choosing
the run is dispatch's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from fabqueue.db import WritingSession, now
from fabqueue.models import ACTIVE, Beam, Job, JobState, Machine, Outcome, Run, RunState, Slot, Stock
from fabqueue.services import events, ledger, locks, outcomes, runs, servicing
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import Actor

S = RunState
Good = Mapping[str, int]
"""Good copies of each job of a run, by the job's id; of one that is not named, all."""


class Resolution(StrEnum):
    """What a person decides about a run in doubt."""

    DONE = "done"
    FAILED = "failed"
    REPEAT = "repeat"
    DROP = "drop"


def clear(
    session: WritingSession, actor: Actor, machine: Machine, outcome: Outcome = Outcome.GOOD,
    good_copies: int | Good | None = None, place: str = "", reason: str = "", *, cause: str = "", again: bool = False,
) -> Run | None:  # fmt: skip
    """The bed is empty; say what came out of the last run, which is returned. Raises Conflict, Refused.

    Not while something runs, ours or not: it would count as clear when that has ended and lies there.
    good_copies: of the whole run, or of each job by its id; all of them unless said. place: where the parts lie now.
    cause: why it failed, a code. again: what failed is made again at once.
    """
    locks.lock(session, machine)
    if _works(session, machine) or machine.does_foreign_work:
        raise Conflict("busy", "machine_is_busy", {"machine": machine.name})
    uncleared = _uncleared(session, machine)
    made = next((each for each in uncleared if each.state is S.DONE), None)
    _check_copies(made, outcome, good_copies)
    for run in uncleared:
        run.cleared_at, run.cleared_by_id = now(), _person_id(actor)
    if made is not None:
        _take_off(session, actor, made, outcome, good_copies, place.strip(), _why(cause, reason.strip()), again)
    machine.bed_cleared_at, machine.bed_cleared_by_id = now(), _person_id(actor)
    if machine.beam is not Beam.ASKED:  # somebody was there and looked
        machine.beam = machine.beam_at = None
    events.record(session, actor, machine, "clear", new=outcome if made else "", **_said(reason))
    servicing.look(session, machine)
    _look(session, machine)
    return made or next(iter(uncleared), None)


def _works(session: WritingSession, machine: Machine) -> bool:
    """Whether a run may change what lies on the bed: not one whose file a laser only fetches."""
    run = runs.active_on(session, machine)
    fetches = machine.is_armed_by_people and run is not None and run.state in {S.CLAIMED, S.SENDING}
    return run is not None and not fetches


def _uncleared(session: WritingSession, machine: Machine) -> list[Run]:
    """Ended runs of a machine that nobody cleared, newest first."""
    ended = select(Run).where(Run.machine_id == machine.id, Run.state.in_(runs.OVER), Run.cleared_at.is_(None))
    return list(session.scalars(ended.order_by(Run.ended_at.desc())).unique())


def _check_copies(run: Run | None, outcome: Outcome, good_copies: int | Good | None) -> None:
    if good_copies is None:
        return
    if isinstance(good_copies, Mapping):
        _check_each(run, outcome, good_copies)
        return
    most = sum(item.copies for item in run.items) if run else 0
    if not 0 <= good_copies <= most or (good_copies and outcome is Outcome.FAILED):
        raise Refused("good_copies_out_of_bounds", {"most": most}, "good_copies")


def _check_each(run: Run | None, outcome: Outcome, good: Good) -> None:
    most = {item.job_id: item.copies for item in run.items} if run else {}
    for key, copies in good.items():
        limit = most.get(key, 0)
        if not 0 <= copies <= limit or (copies and outcome is Outcome.FAILED):
            raise Refused("good_copies_out_of_bounds", {"most": limit}, "good_copies")


def _take_off(
    session: WritingSession, actor: Actor, run: Run, outcome: Outcome, good_copies: int | Good | None, place: str,
    why: "_Why", again: bool,
) -> None:  # fmt: skip
    """Count what is good, item by item, and let the jobs go on. On a plate an item without good copies has failed."""
    good = _good_of_each(run, outcome, good_copies)
    run.outcome = outcome
    for item in run.items:
        item.good_copies = good[item.job_id]
        failed = len(run.items) > 1 and not item.good_copies
        item.outcome = Outcome.GOOD if item.good_copies else Outcome.FAILED if failed else outcome
        _count(session, item.job, item.good_copies, place)
    counted = {"good_copies": sum(item.good_copies or 0 for item in run.items)}
    said = why.values.get("text")
    events.record(session, actor, run, "clear", new=outcome, code="said" if said else "",
                  values=counted | _text(said or ""))  # fmt: skip
    if outcome is Outcome.FAILED:
        run.reason_code, run.reason_values = why.code, dict(why.values)
    if outcome is Outcome.FAILED and not again:
        outcomes.failed(session, actor, run, why.code, why.values)
    else:
        outcomes.settle_all(session, actor, run)


def _good_of_each(run: Run, outcome: Outcome, good_copies: int | Good | None) -> dict[str, int]:
    """Good copies by job; a number for the whole run goes to the items in turn."""
    if outcome is Outcome.FAILED:
        return {item.job_id: 0 for item in run.items}
    if isinstance(good_copies, Mapping):
        return {item.job_id: good_copies.get(item.job_id, item.copies) for item in run.items}
    left = sum(item.copies for item in run.items) if good_copies is None else good_copies
    found: dict[str, int] = {}
    for item in run.items:
        found[item.job_id] = min(item.copies, left)
        left -= found[item.job_id]
    return found


@dataclass(frozen=True)
class _Why:
    """Why what came out is no good: a code with its values."""

    code: str
    values: Mapping[str, Any]


def _why(cause: str, reason: str) -> _Why:
    ends = ("_because" if cause else "") + ("_said" if reason else "")
    return _Why(f"run_came_out_bad{ends}", ({"cause": {"code": cause}} if cause else {}) | _text(reason))


def _count(session: WritingSession, job: Job, good: int, place: str) -> None:
    """Good copies count for a job that is still wanted; a cancelled one gets no parts."""
    locks.lock(session, job)
    if not job.state.is_closed:
        job.good_copies += good
        job.place = place or job.place


def load(session: WritingSession, actor: Actor, machine: Machine, stock: Stock | None, position: int = 0) -> Slot:
    """Put stock into a slot, or take it out (None). A spool that was elsewhere has left there. Raises Refused."""
    locks.lock(session, machine)
    slot = _slot(machine, position)
    if runs.active_on(session, machine) is not None:
        raise Conflict("busy", "machine_is_busy", {"machine": machine.name})
    if stock is not None:
        take_from_elsewhere(session, actor, stock)
    old = slot.stock.label if slot.stock else ""
    slot.stock_id = stock.id if stock else None
    session.flush()
    session.refresh(slot)
    events.record(session, actor, machine, "load", old=old, new=stock.label if stock else "",
                  values={"position": position})  # fmt: skip
    _look(session, machine)
    return slot


def _slot(machine: Machine, position: int) -> Slot:
    for slot in machine.slots:
        if slot.position == position:
            return slot
    raise Refused("slot_unknown", {"machine": machine.name, "position": position}, "position")


def take_from_elsewhere(
    session: WritingSession, actor: Actor, stock: Stock, within: Machine | None = None
) -> None:  # fmt: skip
    """A spool that goes into a slot has left where it was; within: a machine at work whose slots may be changed.

    Raises Refused, Conflict where a machine is at work.
    """
    locks.lock(session, stock)
    if stock.retired_at is not None:
        raise Refused("stock_retired", {"stock": stock.label}, "stock")
    for slot in session.scalars(select(Slot).where(Slot.stock_id == stock.id)):
        if slot.machine is not within and runs.active_on(session, slot.machine) is not None:
            raise Conflict("busy", "machine_is_busy", {"machine": slot.machine.name})
        slot.stock_id = None
        events.record(session, actor, slot.machine, "load", old=stock.label, values={"position": slot.position})
    session.flush()


def maintenance(session: WritingSession, actor: Actor, machine: Machine, on: bool, reason: str = "") -> None:
    """Take a machine out of service, or back into it. What runs on it goes on; nothing new starts. Raises Refused."""
    if on and not reason.strip():
        raise Refused("reason_missing", field="reason")
    if on == bool(machine.maintenance_at):
        raise Conflict("maintenance" if on else "in_service", "machine_already_so", {"machine": machine.name})
    machine.maintenance_at = now() if on else None
    machine.maintenance_by_id = _person_id(actor) if on else None
    machine.maintenance_reason = reason.strip() if on else ""
    machine.service_task_id = None
    events.record(session, actor, machine, "maintenance_on" if on else "maintenance_off", **_said(reason))
    _look(session, machine)


def pause(session: WritingSession, actor: Actor, machine: Machine) -> Run:
    """Pause what runs. Raises Conflict when nothing runs, Refused where going on afterwards would be wrong."""
    run = _current(session, machine, {S.RUNNING})
    if not machine.can_pause:
        raise Refused("machine_no_pause", {"machine": machine.name})
    runs.ask_pause(session, actor, run, True)
    return run


def resume(session: WritingSession, actor: Actor, machine: Machine) -> Run:
    """Let a paused run go on. Raises Conflict when none is paused, Refused for a laser, which would burn there."""
    run = _current(session, machine, {S.PAUSED})
    if machine.is_armed_by_people:
        raise Refused("machine_no_resume", {"machine": machine.name})
    runs.ask_pause(session, actor, run, False)
    return run


def cancel(session: WritingSession, actor: Actor, machine: Machine, reason: str = "") -> Run:
    """Stop the run that holds a machine; its job fails with this reason and can be tried again. Raises Conflict."""
    run = _current(session, machine, ACTIVE)
    code = "run_stopped_by_staff_said" if reason.strip() else "run_stopped_by_staff"
    runs.stop(session, actor, run, code, _text(reason))
    return run


def finish(session: WritingSession, actor: Actor, machine: Machine) -> Run:
    """The work at a manual machine is finished; it needs clearing now. Raises Conflict, Refused."""
    if not machine.is_manual:
        raise Refused("machine_finishes_itself", {"machine": machine.name})
    run = _current(session, machine, {S.RUNNING, S.PAUSED})
    runs.done(session, actor, run)
    return run


def resolve(session: WritingSession, actor: Actor, run: Run, outcome: Resolution, reason: str) -> None:
    """Decide about a run in doubt, with words for the log. Its bed needs clearing. Raises Conflict, Refused."""
    if run.state is not S.IN_DOUBT:
        raise Conflict(run.state)
    if not reason.strip():
        raise Refused("reason_missing", field="reason")
    events.record(session, actor, run, "resolve", new=outcome, **_said(reason))
    runs.leave_file(session, actor, run)
    if outcome is Resolution.DONE:
        runs.done(session, actor, run)
    elif outcome is Resolution.FAILED:
        runs.fail(session, actor, run, "run_found_failed", _text(reason))
    elif outcome is Resolution.REPEAT:
        _repeat(session, actor, run, reason)
    else:
        _drop(session, actor, run, reason)
    runs.look(session, run)


def _repeat(session: WritingSession, actor: Actor, run: Run, reason: str) -> None:
    """The run counts as failed and its jobs are planned again: their failure is answered already."""
    runs.give_up(session, actor, run, "run_to_repeat", _text(reason))
    for item in run.items:
        outcomes.settle(session, actor, item.job)


def _drop(session: WritingSession, actor: Actor, run: Run, reason: str) -> None:
    """The run counts as failed and the lab cancels its jobs."""
    runs.give_up(session, actor, run, "run_dropped", _text(reason))
    for item in run.items:
        if item.job.state.is_approved:
            events.move(session, actor, item.job, outcomes.APPROVED, JobState.CANCELLED, "cancel", code="run_dropped",
                        values=_text(reason), closed_at=now(), reason_code="run_dropped",
                        reason_values=_text(reason))  # fmt: skip
            ledger.release(session, item.job, outcomes.person_of(session, actor))
            runs.stop_all(session, actor, item.job)


def _current(session: WritingSession, machine: Machine, states: frozenset[RunState] | set[RunState]) -> Run:
    run = runs.active_on(session, machine)
    if run is None or run.state not in states:
        raise Conflict(run.state if run else "idle", "machine_not_at_it", {"machine": machine.name})
    return run


def _look(session: WritingSession, machine: Machine) -> None:
    """Have dispatch look at the machine now."""
    machine.look_at = None
    session.flush()
    if not machine.is_manual:
        session.wake("advance", machine.id)


def _person_id(actor: Actor) -> str | None:
    return actor.id if actor.kind == "person" else None


def _text(reason: str) -> dict[str, Any]:
    return {"text": reason.strip()} if reason.strip() else {}


def _said(reason: str) -> Mapping[str, Any]:
    return {"code": "said", "values": {"text": reason.strip()}} if reason.strip() else {}
