"""One machine and the run that holds it, read from the database in one go and then let go of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import connection_of
from fabqueue.dispatch.facts import RunFacts
from fabqueue.dispatch.match import Bench, bench
from fabqueue.models import Machine, Run, RunState, Site
from fabqueue.services import runs
from printers import Connection


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
    run: RunFacts | None = None
    gcode: str | None = None
    leftover: str = ""
    """File of the machine's last ended run, which a crash may have left there."""

    @property
    def takes_runs(self) -> bool:
        """Whether a free machine may claim."""
        return self.run is None and not self.held


def read(context: Context, machine_id: str) -> Case | None:
    """The case of a machine; None when it is gone, retired, or driven by hand."""
    with context.db.reading() as session:
        machine = session.get(Machine, machine_id)
        if machine is None or machine.retired_at is not None or machine.is_manual:
            return None
        run = runs.active_on(session, machine)
        held = session.get_one(Site, machine.site_id).is_held
        return Case(
            machine_id=machine.id, connection=connection_of(machine), bench=bench(machine, run is not None),
            held=held, misses=machine.misses, online=machine.connection == "online", fault_code=machine.fault_code,
            fault_values=dict(machine.fault_values), picture_at=machine.picture_at,
            run=facts_of(run, machine, held) if run else None,
            gcode=run.slicing.gcode_sha256 if run and run.slicing else None,
            leftover=_leftover(session, machine) if run and run.state is RunState.CLAIMED else "",
        )  # fmt: skip


def facts_of(run: Run, machine: Machine, held: bool) -> RunFacts:
    """What deciding needs of a run."""
    blocked = "run_lab_held" if held else "run_machine_maintenance" if machine.maintenance_at else ""
    return RunFacts(
        id=run.id, state=run.state, name=run.file_name, sha1=run.slicing.gcode_sha1 if run.slicing else "",
        sends=run.sends, stop_asked=run.stop_asked_at is not None, pause_asked=run.pause_asked, blocked=blocked,
        intent_age=(now() - run.intent_at).total_seconds() if run.intent_at else None,
    )  # fmt: skip


def _leftover(session: Session, machine: Machine) -> str:
    ended = select(Run.file_name).where(Run.machine_id == machine.id, Run.state.in_(runs.OVER), Run.file_name != "")
    return session.scalar(ended.order_by(Run.ended_at.desc()).limit(1)) or ""
