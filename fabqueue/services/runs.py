"""Runs: every transition as a compare-and-set with its event; what people ask of them.

What a transition means for the run's jobs is drawn in the same transaction by `services/outcomes.py`; runs are made
by `services/planning.py`, whose `plan` is offered here too.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.models import (
    ACTIVE,
    Beam,
    Event,
    Job,
    LeftFile,
    Machine,
    MachineModel,
    Outcome,
    Run,
    RunState,
    Stock,
    SubjectKind,
)
from fabqueue.services import events, locks, ordering, outcomes, pauses, planning, plates
from fabqueue.services.errors import Conflict
from fabqueue.services.events import Actor
from fabqueue.services.planning import of_job, plan, unsettled

__all__ = [
    "CONFIRM_SECONDS", "NOT_ARMED", "OVER", "UNSTARTED", "active_on", "ask_pause", "asked", "began", "cancelled",
    "claim", "count_open", "done", "doubt", "fail", "give_back", "give_up", "go_on", "intend", "is_busy", "lie_alone",
    "look", "of_job", "overdue", "paused", "plan", "prepared", "resumed", "send", "stage", "stop", "stop_all",
    "stopping", "unanswered", "unsettled", "wish_met", "withdraw",
]  # fmt: skip

S = RunState
UNSTARTED = frozenset({S.WAITING, S.PREPARING, S.STAGED})
OVER = frozenset({S.DONE, S.FAILED, S.CANCELLED})
NOT_ARMED: Mapping[str, Any] = {
    "armed_at": None, "armed_until": None, "armed_by_id": None, "frame_asked_at": None, "back_asked_at": None,
}  # fmt: skip
"""What no longer holds of a laser's run that is not released any more."""
CONFIRM_SECONDS = 30.0
"""How long a machine may take to show that it did what it was told, before people read that it did not."""


def active_on(session: Session, machine: Machine) -> Run | None:
    """The run that holds a machine."""
    holding = select(Run).where(Run.machine_id == machine.id, Run.state.in_(ACTIVE))
    return session.scalars(holding).unique().one_or_none()


def is_busy(session: Session, machine_id: str) -> bool:
    """Whether a run holds a machine."""
    holding = select(Run.id).where(Run.machine_id == machine_id, Run.state.in_(ACTIVE))
    return session.scalar(holding) is not None


def count_open(session: Session, model: MachineModel) -> int:
    """How many runs wait for machines of a model, are at work, or lie on a bed and may yet be repeated."""
    lying = (Run.state == S.DONE) & Run.cleared_at.is_(None)
    found = select(func.count()).where(Run.machine_model_id == model.id, or_(Run.state.not_in(OVER), lying))
    return session.scalar(found) or 0


# transitions


def _move(
    session: WritingSession, actor: Actor, run: Run, allowed: Collection[RunState], new: RunState, verb: str, *,
    code: str = "", values: Mapping[str, Any] | None = None, **columns: Any,
) -> None:  # fmt: skip
    events.move(session, actor, run, allowed, new, verb, code=code, values=values, changed_at=now(), **columns)


def prepared(session: WritingSession, actor: Actor, run: Run) -> None:
    """Its slicing is ready: it waits for a machine."""
    assert run.slicing is not None
    _move(session, actor, run, {S.PREPARING}, S.WAITING, "prepare", **planning.predicted(run.slicing))
    session.wake("dispatch")


def claim(
    session: WritingSession, actor: Actor, run: Run, machine: Machine, stock: Stock | None, code: str = "",
    values: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """A machine takes it; `code`: why this one, where another was asked for.

    Raises Conflict when it is not waiting any more, IntegrityError when the machine has one.
    """
    _move(session, actor, run, {S.WAITING}, S.CLAIMED, "claim", code=code, values=values, machine_id=machine.id,
          claimed_at=now(), stock_id=stock.id if stock else None, reason_code="", reason_values={})  # fmt: skip
    outcomes.settle_all(session, actor, run)


def give_back(
    session: WritingSession, actor: Actor, run: Run, code: str, values: Mapping[str, Any], *, is_gone: bool = False
) -> None:
    """Nothing was started on its machine: it waits for any machine again, or is over if somebody stopped it meanwhile.

    `is_gone`: its file was taken from there. Else dispatch takes it away, when it can.
    """
    locks.lock(session, run)
    if not is_gone:
        leave_file(session, actor, run)
    allowed = {S.CLAIMED, S.SENDING, S.STAGED, S.CANCELLING}
    if run.stop_asked_at is not None and run.state in allowed:
        cancelled(session, actor, run)
        return
    _move(session, actor, run, allowed, S.WAITING, "give_back", code=code, values=values,
          machine_id=None, stock_id=None, claimed_at=None, file_name="", intent_at=None, start_sent_at=None,
          inherited=False, reason_code=code, reason_values=dict(values), **NOT_ARMED)  # fmt: skip
    outcomes.settle_all(session, actor, run)
    session.wake("dispatch")


def leave_file(session: WritingSession, _actor: Actor, run: Run) -> None:
    """Its file may be on its machine, where nothing may start it any more: dispatch takes it away, when it can."""
    if not run.machine_id or not run.file_name:
        return
    known = select(LeftFile.id).where(LeftFile.machine_id == run.machine_id, LeftFile.name == run.file_name)
    if session.scalar(known) is None:
        session.add(LeftFile(machine_id=run.machine_id, name=run.file_name))


def distrust(_session: WritingSession, _actor: Actor, run: Run) -> None:
    """Something that was sent of its file may arrive yet: it is not to be started, but sent anew."""
    run.inherited = True


def send(session: WritingSession, actor: Actor, run: Run, name: str, number: int) -> None:
    """Its file is being sent under a name of its own; `number` counts the attempts."""
    _move(session, actor, run, {S.CLAIMED, S.SENDING}, S.SENDING, "send", file_name=name, sends=number,
          inherited=False, values={"number": number})  # fmt: skip


def stage(session: WritingSession, actor: Actor, run: Run) -> None:
    """A laser's file is at its machine and verified. Nobody armed it, and it holds the machine no longer."""
    _move(session, actor, run, {S.SENDING}, S.STAGED, "stage", **NOT_ARMED)
    outcomes.settle_all(session, actor, run)


def intend(session: WritingSession, actor: Actor, run: Run) -> None:
    """Commit the intent to start, before the start is sent. From here on nobody may call the bed clear.

    Raises Conflict for a laser that nobody armed.
    """
    _move(session, actor, run, {S.ARMED if run.is_of_laser else S.SENDING}, S.STARTING, "start", intent_at=now(),
          start_sent_at=None)  # fmt: skip
    _occupy(run)


def start_sent(session: WritingSession, run: Run) -> None:
    """Mark that its start goes out now. Raises Conflict where one may be on its way, or it is not to start."""
    session.refresh(run)
    if run.state is not S.STARTING or run.start_sent_at is not None:
        raise Conflict(run.state)
    run.start_sent_at = now()


def start_answered(_session: WritingSession, _actor: Actor, run: Run) -> None:
    """The machine answered, whatever it did: if it did nothing, another start may be sent."""
    run.start_sent_at = None


def withdraw(session: WritingSession, actor: Actor, run: Run, code: str) -> None:
    """Commit that it shall not start any more, although the start may be under way. Its file is taken away next."""
    _move(session, actor, run, {S.STARTING}, S.CANCELLING, "withdraw", code=code, reason_code=code, reason_values={})


def began(session: WritingSession, actor: Actor, run: Run, code: str = "") -> None:
    """The machine works on it. That answers a doubt as well."""
    allowed = {S.SENDING, S.STARTING, S.ARMED, S.CLAIMED, S.IN_DOUBT}
    was_doubted = run.state is S.IN_DOUBT
    why: dict[str, Any] = {"reason_code": "", "reason_values": {}} if was_doubted else {}
    _move(session, actor, run, allowed, S.RUNNING, "begin", code=code, started_at=now(), start_sent_at=None, **why)
    _occupy(run)
    if was_doubted:
        session.execute(delete(LeftFile).where(LeftFile.machine_id == run.machine_id, LeftFile.name == run.file_name))
        outcomes.settle_all(session, actor, run)


def paused(session: WritingSession, actor: Actor, run: Run) -> None:
    """It stands still; where nobody asked its machine for that, technicians are told."""
    _move(session, actor, run, {S.RUNNING}, S.PAUSED, "pause", code=pauses.reason(actor, run))


def resumed(session: WritingSession, actor: Actor, run: Run) -> None:
    _move(session, actor, run, {S.PAUSED}, S.RUNNING, "resume")


def stopping(session: WritingSession, actor: Actor, run: Run, code: str = "") -> None:
    """Commit the intent to cancel it on its machine. A doubt is over with that; why it is stopped counts again.

    `code`: nobody asked for it, and this is why it must be.
    """
    allowed = {S.SENDING, S.STAGED, S.ARMED, S.STARTING, S.RUNNING, S.PAUSED, S.IN_DOUBT}
    why = _why_stopped(session, run) if run.state is S.IN_DOUBT else {}
    if code:
        why = {"reason_code": code, "reason_values": {}, "stop_asked_at": now()}
    _move(session, actor, run, allowed, S.CANCELLING, "stop", code=code, **why)
    _occupy(run)


def _why_stopped(session: Session, run: Run) -> dict[str, Any]:
    """The reason that was given with the request to stop, as columns of the run."""
    asked = select(Event).where(Event.subject_kind == SubjectKind.RUN, Event.subject_id == run.id)
    last = session.scalar(asked.where(Event.verb == "ask_stop").order_by(Event.seq.desc()).limit(1))
    return {"reason_code": last.code, "reason_values": dict(last.values)} if last else {}


def doubt(session: WritingSession, actor: Actor, run: Run, code: str, values: Mapping[str, Any]) -> None:
    """Nobody can know from here what happened: a person looks and decides. A start that is on its way shall find no
    file."""
    if run.start_sent_at is not None:
        leave_file(session, actor, run)
    allowed = {S.SENDING, S.ARMED, S.STARTING, S.RUNNING, S.PAUSED, S.CANCELLING}
    _move(session, actor, run, allowed, S.IN_DOUBT, "doubt", code=code, values=values, reason_code=code,
          reason_values=dict(values))  # fmt: skip
    _occupy(run)
    _douse(run)
    outcomes.settle_all(session, actor, run)


def done(session: WritingSession, actor: Actor, run: Run, seconds: int | None = None, code: str = "") -> None:
    """It ran to its end. What came out is said when somebody clears the bed."""
    _occupy(run)
    used = outcomes.use_stock(session, actor, run, 1.0, ran=True)
    allowed = (ACTIVE | {S.STAGED}) - {S.CLAIMED}
    _move(session, actor, run, allowed, S.DONE, "finish", code=code, progress=100.0, seconds_left=None,
          **_ending(run, seconds, used))  # fmt: skip
    outcomes.settle_all(session, actor, run)


def fail(
    session: WritingSession, actor: Actor, run: Run, code: str, values: Mapping[str, Any] | None = None, *,
    has_begun: bool = False,
) -> None:  # fmt: skip
    """It failed; its jobs fail with the same reason unless they are closed already.

    has_begun: its machine was at it, though nobody here started it or saw it begin; what it made lies on the bed.
    """
    values = dict(values or {})
    if has_begun:
        _occupy(run)
    _douse(run, has_begun)
    used = outcomes.use_stock(session, actor, run, run.progress / 100)
    _move(session, actor, run, ACTIVE | UNSTARTED, S.FAILED, "fail", code=code, values=values,
          reason_code=code, reason_values=values, seconds_left=None, **_ending(run, None, used))  # fmt: skip
    outcomes.failed(session, actor, run, code, values)


def give_up(session: WritingSession, actor: Actor, run: Run, code: str, values: Mapping[str, Any]) -> None:
    """It counts as failed, and whoever calls says what becomes of its jobs."""
    _douse(run)
    used = outcomes.use_stock(session, actor, run, run.progress / 100)
    _move(session, actor, run, ACTIVE, S.FAILED, "fail", code=code, values=values, reason_code=code,
          reason_values=dict(values), seconds_left=None, **_ending(run, None, used))  # fmt: skip
    for item in run.items:
        item.good_copies, item.outcome = 0, Outcome.FAILED
    session.flush()


def cancelled(session: WritingSession, actor: Actor, run: Run) -> None:
    """It was stopped, or never started. Jobs that are still wanted fail with the reason of whoever stopped it."""
    _douse(run)
    used = outcomes.use_stock(session, actor, run, run.progress / 100)
    code, values = run.reason_code or "run_cancelled", dict(run.reason_values)
    _move(session, actor, run, ACTIVE | UNSTARTED, S.CANCELLED, "cancel", code=code, values=values,
          seconds_left=None, **_ending(run, None, used))  # fmt: skip
    outcomes.failed(session, actor, run, code, values)


def _ending(run: Run, seconds: int | None, used: int | None) -> dict[str, Any]:
    """The columns that every end sets: when, how long it took, what it used."""
    moment = now()
    took = _took(run, seconds, moment)
    if run.machine is not None and run.started_at is not None:
        run.machine.worked_seconds = Machine.worked_seconds + (took or 0)  # added by the database
        run.machine.worked_runs = Machine.worked_runs + 1
    return {"ended_at": moment, "seconds": took, "milligrams": used, "pause_asked": None, "pause_asked_at": None,
            "unanswered": ""}  # fmt: skip


def _took(run: Run, seconds: int | None, until: datetime) -> int | None:
    if seconds is not None:
        return seconds
    return round((until - run.started_at).total_seconds()) if run.started_at else None


def _douse(run: Run, has_begun: bool = False) -> None:
    """A laser's work is broken off that may have begun: dispatch sees to its beam, and says what came of it."""
    began = has_begun or run.intent_at is not None or run.started_at is not None or run.state is S.CANCELLING
    if run.machine is not None and run.machine.is_armed_by_people and began:
        run.machine.beam, run.machine.beam_at = Beam.ASKED, now()


def _occupy(run: Run) -> None:
    if run.machine is not None:
        run.machine.bed_cleared_at = run.machine.bed_cleared_by_id = None


# what people ask for


def stop(
    session: WritingSession, actor: Actor, run: Run, code: str = "", values: Mapping[str, Any] | None = None
) -> None:
    """Stop a run: at once while it only waits, else by asking dispatch, which carries it out on the machine."""
    if run.state in OVER:
        return
    locks.reread(session, run, lock=True)  # its machine may be taking it, or staging it, just now
    if run.state in OVER:
        return
    run.reason_code, run.reason_values = code or run.reason_code, dict(values or run.reason_values)
    by_hand = run.machine is not None and run.machine.is_manual
    if run.state in UNSTARTED or by_hand:
        cancelled(session, actor, run)
    elif run.stop_asked_at is None:
        run.stop_asked_at, run.unanswered = now(), ""
        events.record(session, actor, run, "ask_stop", code=code, values=values)
        look(session, run)


def ask_pause(session: WritingSession, actor: Actor, run: Run, wanted: bool) -> None:
    """Ask dispatch to pause (True) or resume (False); a machine driven by hand is simply said to be so."""
    assert run.machine is not None
    if run.machine.is_manual:
        (paused if wanted else resumed)(session, actor, run)
        return
    run.pause_asked, run.pause_asked_at, run.unanswered = wanted, now(), ""
    events.record(session, actor, run, "ask_pause" if wanted else "ask_resume")
    look(session, run)


def asked(run: Run) -> tuple[str, datetime | None]:
    """The command that the run's machine has not confirmed yet, and when it was asked for; ("", None) for none."""
    if run.stop_asked_at is not None and run.state not in OVER:
        return "stop", run.stop_asked_at
    if run.pause_asked is None:
        return "", None
    return ("pause" if run.pause_asked else "resume"), run.pause_asked_at


def overdue(run: Run) -> str:
    """The command that the run's machine should have confirmed by now; empty when there is none."""
    command, since = asked(run)
    return command if since is not None and (now() - since).total_seconds() > CONFIRM_SECONDS else ""


def unanswered(session: WritingSession, actor: Actor, run: Run, command: str) -> None:
    """The machine does not show that it did what it was told; people at it read so. It is still tried."""
    run.unanswered = command
    events.record(session, actor, run, "unanswered", new=command, code=f"run_{command}_unconfirmed")


def wish_met(session: WritingSession, actor: Actor, run: Run, paused: bool) -> None:
    """The machine is as it was asked to be: `paused`, or at work. Raises Conflict when something else is wanted now."""
    if run.pause_asked is not paused:
        raise Conflict(run.state)
    run.pause_asked = run.pause_asked_at = None
    if run.unanswered:
        events.record(session, actor, run, "answer", new=run.unanswered)
    run.unanswered = ""


def look(session: WritingSession, run: Run) -> None:
    """Have dispatch look at the run's machine now.

    Whoever comes here has locked the run. Its machine comes before it in the order of locks, so nobody waits for one
    that somebody else is just changing: it is looked at all the same, at the latest when its next look is due.
    """
    if run.machine_id is None:
        return
    session.flush()
    free = select(Machine.id).where(Machine.id == run.machine_id).with_for_update(skip_locked=True, key_share=True)
    sooner = update(Machine).where(Machine.id.in_(free)).values(look_at=None)
    session.execute(sooner, execution_options={"synchronize_session": "fetch"})
    session.wake("advance", run.machine_id)


def stop_all(session: WritingSession, actor: Actor, job: Job) -> None:
    """Stop every run of a job that is given up; a run that another live job shares goes on, if it began."""
    for run in of_job(session, job):
        shared = any(item.job_id != job.id and item.job.state.is_approved for item in run.items)
        if not shared:
            stop(session, actor, run)
        elif run.state in ordering.STANDING:
            plates.take_apart(session, actor, run, without=job)


def lie_alone(session: WritingSession, actor: Actor, job: Job) -> None:
    """Somebody has to answer for the job first: what others wait for on a bed with it is taken apart."""
    for run in of_job(session, job):
        if run.is_plate and run.state in ordering.STANDING:
            plates.take_apart(session, actor, run)


def go_on(session: WritingSession, _actor: Actor, _job: Job) -> None:
    """The member agreed to a dearer price: the job's waiting runs may be claimed again."""
    session.wake("dispatch")
