"""One machine and the run that holds it, read from the database in one go and then let go of."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import now
from fabqueue.dispatch import seeing
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import connection_of
from fabqueue.dispatch.facts import RunFacts
from fabqueue.dispatch.match import Bench, too_long
from fabqueue.models import ACTIVE, Machine, Run, RunState, Site
from fabqueue.services import runs
from printers import Connection

SEND_SECONDS = 60.0
"""How long after somebody pressed it an emergency stop may still be sent: later they have long pulled the plug."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """A machine that was stopped in an emergency and that nobody has connected again."""

    confirmed: bool
    fresh: bool


@dataclass(frozen=True, slots=True)
class Case:
    """What a look at a machine starts from. gcode: digest of the run's file in storage."""

    machine_id: str
    connection: Connection
    bench: Bench
    held: bool
    misses: int
    online: bool
    fault_code: str
    fault_values: dict[str, Any]
    picture_at: datetime | None
    emergency: Emergency | None = None
    reconnect: bool = False
    """Somebody asked to connect the machine again."""
    run: RunFacts | None = None
    gcode: str | None = None
    leftover: str = ""
    """File of the machine's last ended run, which a crash may have left there."""
    wanted: bool = True
    """Whether anything may wait for a machine of its model."""

    @property
    def takes_runs(self) -> bool:
        """Whether a free machine may claim."""
        return self.run is None and not self.held and self.emergency is None and self.wanted


def read(context: Context, machine_id: str) -> Case | None:
    """The case of a machine; None when it is gone, retired, or driven by hand."""
    with context.db.reading() as session:
        machine = session.get(Machine, machine_id)
        if machine is None or machine.retired_at is not None or machine.is_manual:
            return None
        run = runs.active_on(session, machine)
        held = session.get_one(Site, machine.site_id).is_held
        too_late = run is not None and _too_late(session, context.config, run, machine)
        return replace(
            _without_run(context, machine, held, busy=run is not None),
            run=facts_of(run, machine, held, too_late) if run else None,
            gcode=run.slicing.gcode_sha256 if run and run.slicing else None,
            leftover=_leftover(session, machine) if run and run.state is RunState.CLAIMED else "",
        )  # fmt: skip


def read_idle(context: Context, machine_ids: Collection[str]) -> dict[str, Case]:
    """The cases of those machines that no run holds, with a handful of questions for all of them together.

    Only whoever has their lease gives them runs, so they stay without one.
    """
    with context.db.reading() as session:
        holding = select(Run.machine_id).where(Run.machine_id.in_(machine_ids), Run.state.in_(ACTIVE))
        busy = set(session.scalars(holding))
        held = set(session.scalars(select(Site.id).where(Site.held_at.is_not(None))))
        models = set(session.scalars(select(Run.machine_model_id).where(Run.state == RunState.WAITING).distinct()))
        rows = select(Machine).where(Machine.id.in_(machine_ids), Machine.retired_at.is_(None)).options(*seeing.BENCH)
        idle = (each for each in session.scalars(rows).unique() if each.id not in busy and not each.is_manual)
        cases = ((each, _without_run(context, each, each.site_id in held, busy=False)) for each in idle)
        return {each.id: replace(case, wanted=each.machine_model_id in models) for each, case in cases}


def _without_run(context: Context, machine: Machine, held: bool, busy: bool) -> Case:
    return Case(
        machine_id=machine.id, connection=connection_of(machine), held=held,
        bench=seeing.bench(context.config, machine, busy),
        misses=machine.misses, online=machine.connection == "online", fault_code=machine.fault_code,
        fault_values=dict(machine.fault_values), picture_at=machine.picture_at, emergency=_emergency(machine),
        reconnect=machine.reconnect_asked_at is not None,
    )  # fmt: skip


def facts_of(run: Run, machine: Machine, held: bool, too_late: bool = False) -> RunFacts:
    """What deciding needs of a run."""
    blocked = "run_lab_held" if held else "run_machine_maintenance" if machine.maintenance_at else ""
    blocked = blocked or ("run_too_late" if too_late else "")
    return RunFacts(
        id=run.id, state=run.state, name=run.file_name, sha1=run.slicing.gcode_sha1 if run.slicing else "",
        sends=run.sends, stop_asked=run.stop_asked_at is not None, pause_asked=run.pause_asked, blocked=blocked,
        intent_age=(now() - run.intent_at).total_seconds() if run.intent_at else None, overdue=_overdue(run),
    )  # fmt: skip


def _overdue(run: Run) -> str:
    """The command that was not confirmed in its time and that nobody was told about yet."""
    command = runs.overdue(run)
    return command if command != run.unanswered else ""


def _emergency(machine: Machine) -> Emergency | None:
    """A stop that stands: whether the machine confirmed it, and whether it may still be sent."""
    if machine.emergency_at is None:
        return None
    age = (now() - machine.emergency_at).total_seconds()
    return Emergency(machine.emergency_confirmed_at is not None, age < SEND_SECONDS)


def _too_late(session: Session, config: Config, run: Run, machine: Machine) -> bool:
    """Whether a run that was not started yet would by now be at work while nobody is there to see."""
    if run.state not in {RunState.CLAIMED, RunState.SENDING}:
        return False
    room = seeing.room(session, config, session.get_one(Site, machine.site_id))
    wish = seeing.wish(session, config, run)
    return too_long(wish, seeing.bench(config, machine, busy=True), room) is not None


def _leftover(session: Session, machine: Machine) -> str:
    ended = select(Run.file_name).where(Run.machine_id == machine.id, Run.state.in_(runs.OVER), Run.file_name != "")
    return session.scalar(ended.order_by(Run.ended_at.desc()).limit(1)) or ""
