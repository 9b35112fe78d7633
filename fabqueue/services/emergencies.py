"""Emergency stops: asked for by a person, kept until a person says that the machine may be connected again.

Sending is dispatch's (`dispatch.emergency`); what stands here keeps everything else from touching the machine.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.models import Beam, ChoreState, Event, Machine, SubjectKind
from fabqueue.services import arming, chores, events, lasers, locks, runs
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import Actor

UNCONFIRMED, STOPPED = "machine_emergency_unconfirmed", "machine_emergency_stopped"
TOLD = "emergency_unconfirmed"
FAULTS = frozenset({UNCONFIRMED, STOPPED})
RECONNECTABLE = FAULTS | {"machine_printer_error", "machine_printer_offline"}
"""Faults that connecting the machine again may end."""


def check(machine: Machine) -> None:
    """Raises Refused where nothing could carry it out."""
    if machine.is_manual:
        raise Refused("machine_no_emergency_stop", {"machine": machine.name})


def ask(session: WritingSession, actor: Actor, machine: Machine) -> None:
    """The machine is stopped: nothing starts on it, what runs there is over. Pressing again is no mistake."""
    check(machine)
    locks.lock(session, machine)
    machine.emergency_at, machine.emergency_confirmed_at = now(), None
    machine.emergency_by_id = actor.id if actor.kind == "person" else None
    machine.reconnect_asked_at = None
    machine.fault_code, machine.fault_values, machine.fault_at = UNCONFIRMED, {}, now()
    events.record(session, actor, machine, "emergency", new=UNCONFIRMED)
    if machine.is_armed_by_people:
        machine.beam, machine.beam_at = Beam.ASKED, now()
        _nothing_moves(session, machine)
    run = runs.active_on(session, machine)
    if run is not None:
        runs.stop(session, actor, run, "run_emergency_stopped")
    machine.look_at = None
    session.wake("advance", machine.id)
    session.flush()


def _nothing_moves(session: WritingSession, machine: Machine) -> None:
    """What a laser was asked to do at rest, and has not begun, is not done any more."""
    if machine.chore_state is ChoreState.ASKED:
        chores.became(session, machine, ChoreState.MISSED)
    for run in arming.staged(session, machine):
        if run.frame_asked_at is not None:
            lasers.frame_missed(session, events.of_machine(machine), run)


def confirm(session: WritingSession, machine: Machine) -> None:
    """Its own report says that it stands still. Nothing happens when that was noted before."""
    locks.lock(session, machine)
    if machine.emergency_at is None or machine.emergency_confirmed_at is not None:
        return
    machine.emergency_confirmed_at = now()
    machine.fault_code, machine.fault_values = STOPPED, {}
    events.record(session, events.of_machine(machine), machine, "emergency_confirmed", old=UNCONFIRMED, new=STOPPED)
    session.flush()


def missed(session: WritingSession, machine: Machine, code: str) -> None:
    """It may not have arrived; `code` says why. People read so at once."""
    events.record(session, events.SYSTEM, machine, "emergency_missed", code=code)


def is_told(session: Session, machine: Machine) -> bool:
    """Whether technicians know that the last emergency stop of a machine is not confirmed."""
    about = select(Event.verb).where(Event.subject_kind == SubjectKind.MACHINE, Event.subject_id == machine.id)
    last = about.where(Event.verb.in_(("emergency", TOLD))).order_by(Event.seq.desc()).limit(1)
    return session.scalar(last) == TOLD


def unconfirmed(session: WritingSession, machine: Machine) -> None:
    """It was not confirmed in the time that it may take: technicians are told, once for each stop."""
    locks.lock(session, machine)
    if machine.emergency_at is None or machine.emergency_confirmed_at is not None or is_told(session, machine):
        return
    events.record(session, events.SYSTEM, machine, TOLD, values={"machine": machine.name})


def connect_again(session: WritingSession, actor: Actor, machine: Machine) -> None:
    """Somebody has looked: dispatch connects the machine again, and an emergency is over. Raises Conflict."""
    locks.lock(session, machine)
    if machine.emergency_at is None and machine.fault_code not in RECONNECTABLE:
        raise Conflict(machine.fault_code or "connected", "machine_not_to_connect", {"machine": machine.name})
    machine.emergency_at = machine.emergency_by_id = machine.emergency_confirmed_at = None
    machine.reconnect_asked_at = now()
    machine.look_at = None
    events.record(session, actor, machine, "reconnect")
    session.wake("advance", machine.id)
    session.flush()


def reconnected(session: WritingSession, machine: Machine, code: str = "") -> None:
    """Connecting was tried; `code` says what was refused."""
    locks.lock(session, machine)
    machine.reconnect_asked_at = None
    if code:
        events.record(session, events.of_machine(machine), machine, "reconnect_failed", code=code)
    session.flush()
