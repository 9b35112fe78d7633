"""What a look found, kept: changes of a machine's state at once and with an event, progress in one go for many."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Float, bindparam, update
from sqlalchemy.orm import Session

from fabqueue.db import Clock, now
from fabqueue.dispatch.case import Case
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.facts import View
from fabqueue.dispatch.lease import LET_GO, MACHINE, Lease
from fabqueue.dispatch.observe import Judgement
from fabqueue.models import Connection, Machine, Run, RunState
from fabqueue.services import emergencies, events

OFFLINE_AFTER = 2
"""Looks that fail in a row before a machine is called offline."""
LONGEST_BACK_OFF = 60.0
BLIND = 2 * LONGEST_BACK_OFF
"""Seconds without a look, after which a machine may have been used by others from beginning to end."""


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


def keep(context: Context, lease: Lease, sightings: Sequence[Sighting], late: frozenset[str] = frozenset()) -> None:
    """Write many sightings in one transaction that may be lost, and let go of all that are leased with it.

    Of a machine that somebody else drives by now nothing is written: who drives it has seen it later. late: machines
    at which our look is not over; they alone stay leased.
    """
    poll = context.config.machines.poll_seconds
    sightings = [each for each in sightings if each.machine_id not in lease.kept_back]
    with context.db.progress() as session:
        for statement, answered in ((_ANSWERED, True), (_SILENT, False)):
            rows = [_row(each, poll, lease.holder) for each in sightings if each.answered is answered]
            if rows:
                session.connection().execute(statement, rows)
        for each in sightings:
            if each.picture_at:
                _write(session, update(Machine).where(Machine.id == each.machine_id).values(picture_at=each.picture_at))
            if each.run_id is not None and each.progress is not None:
                _keep_run(session, each)
        unseen = lease.machines - late - {each.machine_id for each in sightings}
        if unseen:
            lease.release(session, unseen)
        session.commit()
    lease.machines, lease.is_over = (late, False) if late else (lease.machines, True)


_SILENT = MACHINE.update().where(MACHINE.c.id == bindparam("of"), MACHINE.c.lease_holder == bindparam("by")).values(
    misses=bindparam("missed"), look_at=Clock(bindparam("wait", type_=Float)), **LET_GO
)  # fmt: skip
_ANSWERED = _SILENT.values(seen_at=Clock(), temperatures=bindparam("heat", type_=MACHINE.c.temperatures.type))


def _row(seen: Sighting, poll: float, holder: str) -> dict[str, Any]:
    wait = min(LONGEST_BACK_OFF, poll * 2**seen.misses)
    row: dict[str, Any] = {"of": seen.machine_id, "by": holder, "missed": seen.misses, "wait": wait}
    return row | {"heat": seen.temperatures} if seen.answered else row


def _keep_run(session: Session, seen: Sighting) -> None:
    """Of a run in doubt too: that its machine is at it helps whoever decides."""
    working = {RunState.RUNNING, RunState.PAUSED, RunState.IN_DOUBT}
    rows = update(Run).where(Run.id == seen.run_id, Run.state.in_(working))
    _write(session, rows.values(progress=seen.progress, progress_at=Clock(), seconds_left=seen.seconds_left))


def _write(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})


def note(lease: Lease, case: Case, view: View, verdict: Judgement) -> None:
    """Write down at once, with an event, that a machine went offline or came back, or has or lost a fault."""
    online = verdict.answers or (case.online and not verdict.fault_code and view.misses < OFFLINE_AFTER)
    keeps_fault = not verdict.answers and not verdict.fault_code
    code = case.fault_code if keeps_fault else verdict.fault_code
    values = case.fault_values if keeps_fault else verdict.fault_values
    if case.emergency is not None:  # until a person connects it again, whatever it says of itself
        code, values = case.fault_code, case.fault_values
    if (online, code, values) == (case.online, case.fault_code, case.fault_values):
        return
    with lease.writing(case.machine_id) as (session, machine):
        write_down(session, machine, online, code, values)


def look_back(lease: Lease, case: Case, view: View) -> None:
    """What was made from elsewhere while nobody here looked lies on the bed, as far as the machine can tell.

    That somebody may have taken it off since, nobody here can know.
    """
    status = view.status
    if case.run is not None or not case.bench.bed_clear or abs(case.unseen) < BLIND or status is None:
        return
    if status.completion is None or not view.idle:
        return
    with lease.writing(case.machine_id) as (session, machine):
        machine.bed_cleared_at = machine.bed_cleared_by_id = None
        events.record(session, events.of_machine(machine), machine, "unclear")


def write_down(session: Session, machine: Machine, online: bool, code: str, values: dict[str, Any]) -> None:
    """How a machine is, within a transaction of whoever drives it. code: what is wrong, empty nothing."""
    _connection(session, machine, online)
    _fault(session, machine, code, values)


def _connection(session: Session, machine: Machine, online: bool) -> None:
    new = Connection.ONLINE if online else Connection.OFFLINE
    if machine.connection is not new:
        events.record(session, events.of_machine(machine), machine, "connection", old=machine.connection, new=new)
        machine.connection = new


def _fault(session: Session, machine: Machine, code: str, values: dict[str, Any]) -> None:
    if machine.emergency_at is not None:  # somebody stopped it since we looked
        return
    if code in emergencies.FAULTS:  # and somebody said since then that it is over
        code, values = "", {}
    if machine.fault_code != code:
        actor = events.of_machine(machine)
        events.record(session, actor, machine, "fault", old=machine.fault_code, new=code, code=code, values=values)
        machine.fault_at = now() if code else None
    machine.fault_code, machine.fault_values = code, values
    if machine.does_foreign_work:  # whatever it makes will lie on the bed
        machine.bed_cleared_at = machine.bed_cleared_by_id = None
