"""What acting on one machine takes: the lease, the driver, what was just seen; every change is fenced."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from fabqueue.db import WritingSession
from fabqueue.dispatch.case import Case
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.facts import RunFacts, View
from fabqueue.dispatch.lease import Lease, LeaseLost
from fabqueue.models import Run
from fabqueue.services import events, runs
from fabqueue.services.errors import Conflict
from fabqueue.services.events import Actor
from printers.driver import Driver, DriverError

LOOK_LASTS = 40.0
"""Seconds for which what was seen is taken to be so, before a start: more than a look and one exchange take at their
slowest (5 of 7 s), and less than a lease lasts."""
_log = structlog.get_logger(__name__)

Change = Callable[[WritingSession, Actor, Run], None]


@dataclass
class Hand:
    """What acting on one machine takes. `sent` remembers the commands of this turn: one look, one start."""

    context: Context
    lease: Lease
    driver: Driver
    case: Case
    view: View
    sent: list[str] = field(default_factory=list)

    @property
    def run(self) -> RunFacts:
        assert self.case.run is not None
        return self.case.run

    def commit(self, change: Change) -> None:
        """Change the run in one transaction, if the machine is still ours and the run its. Raises LeaseLost, Conflict.

        Whoever changes a machine's address gives its run to any other, without our lease.
        """
        with self.lease.writing(self.case.machine_id) as (session, machine):
            run = session.get_one(Run, self.run.id)
            if (run.machine_id, run.file_name) != (machine.id, self.run.name):
                raise Conflict(run.state)
            change(session, events.of_machine(machine), run)

    def commit_as_seen(self, change: Change) -> None:
        """The same for what is right only while the machine is as it was seen. Raises Conflict, too, when that is long
        ago, as in a process that was frozen: the machine may have been restarted since."""

        def unless_old(session: WritingSession, actor: Actor, run: Run) -> None:
            if time.monotonic() - self.view.begun > LOOK_LASTS:
                raise Conflict(run.state)
            change(session, actor, run)

        self.commit(unless_old)

    def distrust(self) -> None:
        """Write down that something of the run's file may be under way. Raises what `commit` does, and SQLAlchemyError:
        then whoever has the machine next supposes so."""
        try:
            self.commit(runs.distrust)
        except (SQLAlchemyError, LeaseLost):
            self.lease.keep_back(self.case.machine_id)
            raise

    def delete(self, name: str) -> bool:
        """Take a file off the machine; whether it is gone. What stays there is told by the log."""
        try:
            self.driver.delete(name)
        except DriverError as error:
            _log.info("file_left", machine=self.case.bench.name, file=name, error=str(error))
            return False
        return True
