"""What a look found, kept: changes of a machine's state at once and with an event, progress in one go for many."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch.case import Case
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.facts import View
from fabqueue.dispatch.lease import Lease
from fabqueue.dispatch.observe import Judgement
from fabqueue.models import Connection, Machine, Run, RunState
from fabqueue.services import events

OFFLINE_AFTER = 2
"""Looks that fail in a row before a machine is called offline."""
LONGEST_BACK_OFF = 60.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """Figures that may be lost. Progress in percent, temperatures as {part: {"actual", "target"}}."""

    machine_id: str
    answered: bool
    misses: int = 0
    temperatures: dict[str, Any] = field(default_factory=dict)
    run_id: str | None = None
    progress: float | None = None
    seconds_left: int | None = None
    picture_at: datetime | None = None


def sighting_of(case: Case, view: View, picture_at: datetime | None = None) -> Sighting:
    status = view.status
    if status is None:
        return Sighting(case.machine_id, False, view.misses)
    heat = {name: {"actual": each.actual, "target": each.target} for name, each in status.temperatures.items()}
    ours = case.run is not None and status.holds(case.run.name) and status.busy
    return Sighting(
        case.machine_id, True, 0, heat, case.run.id if case.run and ours else None,
        status.completion if ours else None, status.left_seconds if ours else None, picture_at,
    )  # fmt: skip


def keep(context: Context, sightings: Sequence[Sighting]) -> None:
    """Write many sightings in one transaction that may be lost."""
    with context.db.progress() as session:
        for each in sightings:
            _keep_machine(session, context, each)
            if each.run_id is not None and each.progress is not None:
                _keep_run(session, each)
        session.commit()


def _keep_machine(session: Session, context: Context, seen: Sighting) -> None:
    moment = now()
    wait = min(LONGEST_BACK_OFF, context.config.machines.poll_seconds * 2**seen.misses)
    values: dict[str, Any] = {"misses": seen.misses, "look_at": moment + timedelta(seconds=wait)}
    if seen.answered:
        values |= {"seen_at": moment, "temperatures": seen.temperatures}
    if seen.picture_at:
        values["picture_at"] = seen.picture_at
    _write(session, update(Machine).where(Machine.id == seen.machine_id).values(**values))


def _keep_run(session: Session, seen: Sighting) -> None:
    working = {RunState.RUNNING, RunState.PAUSED}
    rows = update(Run).where(Run.id == seen.run_id, Run.state.in_(working))
    _write(session, rows.values(progress=seen.progress, seconds_left=seen.seconds_left))


def _write(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})


def note(context: Context, lease: Lease, case: Case, view: View, verdict: Judgement) -> None:
    """Write down at once, with an event, that a machine went offline or came back, or has or lost a fault."""
    online = verdict.answers or (case.online and not verdict.fault_code and view.misses < OFFLINE_AFTER)
    keeps_fault = not verdict.answers and not verdict.fault_code
    code = case.fault_code if keeps_fault else verdict.fault_code
    values = case.fault_values if keeps_fault else verdict.fault_values
    if (online, code, values) == (case.online, case.fault_code, case.fault_values):
        return
    with context.db.writing() as session:
        lease.fence(session, case.machine_id)
        machine = session.get_one(Machine, case.machine_id)
        _connection(session, machine, online)
        _fault(session, machine, code, values)
        session.commit()


def _connection(session: Session, machine: Machine, online: bool) -> None:
    new = Connection.ONLINE if online else Connection.OFFLINE
    if machine.connection is not new:
        events.record(session, events.of_machine(machine), machine, "connection", old=machine.connection, new=new)
        machine.connection = new


def _fault(session: Session, machine: Machine, code: str, values: dict[str, Any]) -> None:
    if machine.fault_code != code:
        actor = events.of_machine(machine)
        events.record(session, actor, machine, "fault", old=machine.fault_code, new=code, code=code, values=values)
        machine.fault_at = now() if code else None
    machine.fault_code, machine.fault_values = code, values
    if code == "machine_foreign_print":  # whatever it makes will lie on the bed
        machine.bed_cleared_at = machine.bed_cleared_by_id = None
