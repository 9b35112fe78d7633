"""Lasers beside arming: the beam after a stop, tracing the outline, and whether somebody is still there."""

from datetime import timedelta

from sqlalchemy.orm import Session

from fabqueue.config import MachineSettings
from fabqueue.db import WritingSession, now
from fabqueue.models import Beam, Machine, Person, Run, RunState
from fabqueue.services import arming, events, locks, runs
from fabqueue.services.errors import Conflict
from fabqueue.services.events import Actor

S = RunState
ANSWER = timedelta(minutes=1)
"""How long one may take to say that one is there, before technicians are told."""


# the beam


def beam_is(session: WritingSession, machine: Machine, found: Beam) -> None:
    """What came of turning the beam off. Said once: trying again in vain is no news."""
    if machine.beam is not found:
        verb = "beam_off" if found is Beam.OFF else "beam_unconfirmed"
        events.record(session, events.of_machine(machine), machine, verb, old=machine.beam or "", new=found,
                      values={"machine": machine.name})  # fmt: skip
    machine.beam, machine.beam_at = found, now()
    session.flush()


def stray(session: WritingSession, machine: Machine) -> None:
    """It works on a file of ours that belongs to no run there, so nobody armed it: it is told to stop, and its beam is
    looked after."""
    if machine.beam is not Beam.ASKED:
        events.record(session, events.SYSTEM, machine, "stop_stray", code="machine_stray_stopped")
        machine.beam, machine.beam_at = Beam.ASKED, now()


# the outline


def ask_frame(session: WritingSession, rules: MachineSettings, actor: Actor, machine: Machine, run: Run) -> None:
    """Have the outline of a staged run traced with the beam off, now. Raises Conflict while the machine is not free."""
    locks.lock(session, machine)
    locks.reread(session, run, lock=True)
    if run.machine_id != machine.id or run.state is not S.STAGED:
        raise Conflict(run.state, "run_not_staged", {"machine": machine.name})
    hindered = machine.maintenance_at or machine.emergency_at or machine.fault_code
    if hindered or runs.is_busy(session, machine.id) or not arming.is_seen(session, rules, machine):
        raise Conflict("busy", "frame_not_now", {"machine": machine.name})
    run.frame_asked_at = now()
    events.record(session, actor, run, "ask_frame")
    runs.look(session, run)


def framed(session: WritingSession, actor: Actor, run: Run) -> None:
    """The controller took the commands that trace it."""
    run.frame_asked_at, run.framed_at = None, now()
    events.record(session, actor, run, "frame")


def frame_missed(session: WritingSession, actor: Actor, run: Run, code: str = "") -> None:
    """It was not traced: the machine was not free in time, or did not answer."""
    run.frame_asked_at = None
    events.record(session, actor, run, "frame_missed", code=code)


# whoever is there


def asks(rules: MachineSettings, run: Run) -> bool:
    """Whether whoever armed a run at work is asked now if they are still there."""
    if run.state not in {S.RUNNING, S.PAUSED} or not rules.presence_minutes or not run.is_of_laser:
        return False
    since = run.present_at or run.started_at
    return since is not None and now() - since >= timedelta(minutes=rules.presence_minutes)


def is_unanswered(rules: MachineSettings, run: Run) -> bool:
    """Whether nobody answered for as long again as one may take, and technicians were not told yet."""
    since = run.present_at or run.started_at
    if not asks(rules, run) or run.absent_told_at is not None or since is None:
        return False
    return now() - since >= timedelta(minutes=rules.presence_minutes) + ANSWER


def present(session: WritingSession, actor: Actor, machine: Machine) -> None:
    """Somebody says that they are beside the laser. Raises Conflict when nothing works there."""
    run = runs.active_on(session, machine)
    if run is None or run.state not in {S.RUNNING, S.PAUSED}:
        raise Conflict(run.state if run else "idle", "machine_not_at_it", {"machine": machine.name})
    run.present_at, run.absent_told_at = now(), None
    events.record(session, actor, run, "present")


def absent(session: WritingSession, actor: Actor, run: Run) -> None:
    """Nobody said so: technicians are told. Nothing is stopped by it, since nothing is known by it."""
    run.absent_told_at = now()
    name = run.machine.name if run.machine else ""
    events.record(session, actor, run, "absent", values={"machine": name})


def armed_by(session: Session, run: Run) -> str:
    """The name of whoever armed it."""
    person = session.get(Person, run.armed_by_id) if run.armed_by_id else None
    return person.display_name if person else ""
