"""Services: what is done to every machine of a model again and again, when it is due, who did it.

A task counts hours of work, runs or days since it was last done. When it comes to be due, technicians are told once;
one that blocks takes its machine out of service until somebody has done it, or puts it back all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.models import (
    Machine,
    MachineModel,
    Person,
    ServiceKind,
    ServiceRecord,
    ServiceTask,
    ServiceUnit,
)
from fabqueue.services import events, locks, settling, sites
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import Actor

LONGEST_NAME, LONGEST_NOTE, MOST_EVERY, MOST_TASKS = 80, 500, 100_000, 50
SOON_PERCENT = 90
KEPT = timedelta(minutes=15)
"""How long it can be taken back that something was done."""
_SECONDS = {ServiceUnit.HOURS: 3600, ServiceUnit.DAYS: 86400}
_K = ServiceKind


@dataclass(frozen=True)
class TaskFacts:
    """What a form says about a task: every so many of a unit; blocks: keeps its machine from new work when due."""

    name: str
    every: int | None
    unit: ServiceUnit
    blocks: bool = False


@dataclass(frozen=True)
class Standing:
    """How a task stands on one machine. used: hours, runs or days since it was done, or since counting began.

    told: when technicians were told that it is due.
    """

    task: ServiceTask
    used: float
    done: ServiceRecord | None
    told: datetime | None

    @property
    def percent(self) -> float:
        return min(999.0, 100 * self.used / self.task.every)

    @property
    def is_due(self) -> bool:
        return self.used >= self.task.every

    @property
    def is_soon(self) -> bool:
        return not self.is_due and self.percent >= SOON_PERCENT


def tasks(session: Session, model_id: str) -> Sequence[ServiceTask]:
    """The tasks of a machine model, by name."""
    standing = select(ServiceTask).where(ServiceTask.machine_model_id == model_id, ServiceTask.retired_at.is_(None))
    return session.scalars(standing.order_by(ServiceTask.name)).all()


def add(session: WritingSession, by: Person, model: MachineModel, facts: TaskFacts) -> ServiceTask:
    """Write a task down; it is counted from now on, for what was done before is not known. Raises Refused."""
    name = facts.name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Refused("service_name_missing" if not name else "text_too_long", {"most": LONGEST_NAME}, "name")
    if facts.every is None or not 1 <= facts.every <= MOST_EVERY:
        raise Refused("service_every_out_of_bounds", {"most": MOST_EVERY}, "every")
    locks.lock(session, model)
    if len(tasks(session, model.id)) >= MOST_TASKS:
        raise Refused("service_too_many", {"most": MOST_TASKS})
    task = ServiceTask(machine_model_id=model.id, name=name, every=facts.every, unit=facts.unit, blocks=facts.blocks)
    session.add(task)
    session.flush()
    for machine in session.scalars(select(Machine).where(Machine.machine_model_id == model.id)).unique():
        _write(session, machine, task, _K.BEGIN)
    values = {"name": name, "model": model.title}
    events.record(session, events.actor_of(by), sites.the_site(session), "add_service", values=values)
    return task


def retire(session: WritingSession, by: Person, task: ServiceTask) -> None:
    """Nobody has to do it any more; its history stays. A machine that it kept out of service stays there."""
    if task.retired_at is not None:
        raise Conflict("retired", "service_gone")
    task.retired_at = now()
    values = {"name": task.name, "model": task.machine_model.title}
    gone = events.record(session, events.actor_of(by), sites.the_site(session), "retire_service", values=values)
    settling.service_retired(session, gone, task)


def standings(session: Session, machine: Machine) -> list[Standing]:
    """Every task of a machine, what is due first."""
    book = _book(session, machine)
    found = [_standing(machine, each, book.get(each.id, [])) for each in tasks(session, machine.machine_model_id)]
    return sorted(found, key=lambda each: -each.percent)


def _book(session: Session, machine: Machine) -> dict[str, list[ServiceRecord]]:
    """What the book of a machine says of each task, newest first."""
    about = select(ServiceRecord).where(ServiceRecord.machine_id == machine.id)
    found: dict[str, list[ServiceRecord]] = {}
    for each in session.scalars(about.order_by(ServiceRecord.at.desc(), ServiceRecord.id)):
        found.setdefault(each.task_id, []).append(each)
    return found


def _standing(machine: Machine, task: ServiceTask, records: Sequence[ServiceRecord]) -> Standing:
    done = next((each for each in records if each.kind is _K.DONE), None)
    since = next((each for each in records if each.kind is not _K.DUE), None)
    told = records[0].at if records and records[0].kind is _K.DUE else None
    return Standing(task, _used(machine, task, since), done, told)


def _used(machine: Machine, task: ServiceTask, since: ServiceRecord | None) -> float:
    """A machine that came after the task is counted from its first day."""
    if task.unit is ServiceUnit.RUNS:
        return float(machine.worked_runs - (since.worked_runs if since else 0))
    if task.unit is ServiceUnit.HOURS:
        return (machine.worked_seconds - (since.worked_seconds if since else 0)) / _SECONDS[task.unit]
    begun: datetime = since.at if since else machine.created_at
    return (now() - begun).total_seconds() / _SECONDS[task.unit]


def look(session: WritingSession, machine: Machine) -> None:
    """Tell technicians, once, what has come to be due on a machine; what blocks takes it out of service."""
    for each in standings(session, machine):
        if each.is_due and not each.told:
            _write(session, machine, each.task, _K.DUE)
            values = {"machine": machine.name, "task": each.task.name}
            events.record(session, events.SYSTEM, machine, "service_due", code="service_due", values=values)
            if each.task.blocks and machine.maintenance_at is None:
                _take_out(session, machine, each.task)


def look_all(session: WritingSession) -> None:
    """Days pass without anybody clearing a bed. A machine is locked before it is told of: it may just be served."""
    with_tasks = select(ServiceTask.machine_model_id).where(ServiceTask.retired_at.is_(None))
    of_them = select(Machine).where(Machine.retired_at.is_(None), Machine.machine_model_id.in_(with_tasks))
    for machine in session.scalars(of_them.order_by(Machine.id)).unique().all():
        if any(each.is_due and not each.told for each in standings(session, machine)):
            locks.lock(session, machine)
            look(session, machine)


def _take_out(session: WritingSession, machine: Machine, task: ServiceTask) -> None:
    machine.maintenance_at, machine.maintenance_by_id = now(), None
    machine.maintenance_reason, machine.service_task_id = task.name, task.id
    events.record(session, events.SYSTEM, machine, "maintenance_on", code="said", values={"text": task.name})


def done(session: WritingSession, actor: Actor, machine: Machine, task: ServiceTask, note: str = "") -> ServiceRecord:
    """Somebody did it: it counts from nothing again; a machine that it kept out of service is back. Raises Refused."""
    if len(note.strip()) > LONGEST_NOTE:
        raise Refused("text_too_long", {"most": LONGEST_NOTE}, "note")
    if task.retired_at is not None or task.machine_model_id != machine.machine_model_id:
        raise Refused("service_not_of_machine", {"machine": machine.name})
    locks.lock(session, machine)
    record = _write(session, machine, task, _K.DONE, actor.id if actor.kind == "person" else None, note.strip())
    events.record(session, actor, machine, "service_done", code="said" if note.strip() else "",
                  values={"task": task.name, **({"text": note.strip()} if note.strip() else {})})  # fmt: skip
    if machine.service_task_id == task.id:
        _go_on(session, actor, machine)
    return record


def _go_on(session: WritingSession, actor: Actor, machine: Machine) -> None:
    """What kept a machine out of service is done: it is back, unless something else that blocks came to be due then.

    What was due before does not count: somebody put the machine back all the same.
    """
    since = machine.maintenance_at
    machine.maintenance_at = machine.maintenance_by_id = machine.service_task_id = machine.look_at = None
    machine.maintenance_reason = ""
    blocking = [each for each in standings(session, machine) if each.is_due and each.task.blocks]
    following = next((each for each in blocking if since and each.told and each.told >= since), None)
    if following is not None:
        _take_out(session, machine, following.task)
        return
    events.record(session, actor, machine, "maintenance_off")
    session.wake("advance", machine.id)


def _undone_obstacle(session: Session, record: ServiceRecord) -> str | None:
    """The code of what stands in the way of taking back that something was done."""
    if record.kind is not _K.DONE or record.task.retired_at is not None:
        return "undo_not_offered"
    if record.at < now() - KEPT:  # asked first: a page asks it of everything that the book says
        return "undo_too_late"
    about = (ServiceRecord.machine_id == record.machine_id) & (ServiceRecord.task_id == record.task_id)
    newest = select(ServiceRecord.id).where(about).order_by(ServiceRecord.at.desc(), ServiceRecord.id).limit(1)
    return None if session.scalar(newest) == record.id else "undo_not_offered"


def may_undo(session: Session, record: ServiceRecord) -> bool:
    """Whether it can be taken back that something was done: a short while, unless it went on since."""
    return _undone_obstacle(session, record) is None


def undo(session: WritingSession, actor: Actor, machine: Machine, record: ServiceRecord) -> None:
    """It was not done after all: what was counted counts again; what is due and blocks takes its machine out again.

    Raises Conflict where that is not to be taken back any more.
    """
    locks.lock(session, machine)
    obstacle = "undo_not_offered" if record.machine_id != machine.id else _undone_obstacle(session, record)
    if obstacle is not None:
        raise Conflict(record.kind, obstacle)
    task = record.task
    session.delete(record)
    session.flush()
    events.record(session, actor, machine, "service_undone", values={"task": task.name})
    standing = _standing(machine, task, _book(session, machine).get(task.id, []))
    if standing.is_due and task.blocks and machine.maintenance_at is None:
        _take_out(session, machine, task)


def _write(
    session: WritingSession, machine: Machine, task: ServiceTask, kind: ServiceKind, person_id: str | None = None,
    note: str = "",
) -> ServiceRecord:  # fmt: skip
    record = ServiceRecord(
        machine_id=machine.id, task_id=task.id, kind=kind, person_id=person_id, note=note,
        worked_seconds=machine.worked_seconds, worked_runs=machine.worked_runs,
    )  # fmt: skip
    session.add(record)
    session.flush()
    return record


def history(session: Session, machine: Machine, limit: int = 50) -> Sequence[ServiceRecord]:
    """What was done to a machine, newest first."""
    mine = select(ServiceRecord).where(ServiceRecord.machine_id == machine.id, ServiceRecord.kind == _K.DONE)
    return session.scalars(mine.order_by(ServiceRecord.at.desc()).limit(limit)).all()
