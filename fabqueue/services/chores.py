"""Homing, unlocking and resetting a laser's controller: asked for by technicians, carried out by dispatch."""

from sqlalchemy.orm import Session

from fabqueue.config import MachineSettings
from fabqueue.db import WritingSession, now
from fabqueue.models import Chore, ChoreState, Machine
from fabqueue.services import arming, events, locks, runs
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import Actor


def ask(session: WritingSession, rules: MachineSettings, actor: Actor, machine: Machine, chore: Chore) -> None:
    """Have it done now, or not at all. Raises Conflict while the laser is not free, Refused for another machine."""
    locks.lock(session, machine)
    if not machine.is_armed_by_people:
        raise Refused("machine_not_to_arm", {"machine": machine.name})
    hindered = machine.retired_at or machine.emergency_at or machine.fault_code or is_under_way(machine)
    if hindered or runs.is_busy(session, machine.id) or not arming.is_seen(session, rules, machine):
        raise Conflict("busy", "chore_not_now", {"machine": machine.name})
    machine.chore, machine.chore_state, machine.chore_at = chore, ChoreState.ASKED, now()
    machine.look_at = None
    events.record(session, actor, machine, "ask_chore", values=_said(chore))
    session.wake("advance", machine.id)
    session.flush()


def is_under_way(machine: Machine) -> bool:
    return machine.chore_state is not None and not machine.chore_state.is_over


def became(session: Session, machine: Machine, state: ChoreState) -> None:
    """What became of it. Raises Conflict when it was over before: an emergency stop takes back what was asked for."""
    if machine.chore is None or not is_under_way(machine):
        raise Conflict(str(machine.chore_state))
    machine.chore_state, machine.chore_at = state, now()
    if state.is_over:
        events.record(session, events.of_machine(machine), machine, f"chore_{state}", values=_said(machine.chore))
    session.flush()


def _said(chore: Chore) -> dict[str, object]:
    return {"chore": {"code": f"chore_{chore}"}}
