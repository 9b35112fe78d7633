"""A machine with its real server, and what tests of dispatch do with them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.dispatch.advance import advance
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import Drivers
from fabqueue.models import Job, Machine, Run, RunState
from fabqueue.services import events
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run
from tests.support.octoprint import eventually


@dataclass
class Stand:
    """One machine, its real server, and what a test does with them."""

    context: Context
    drivers: Drivers
    lab: Lab
    server: OctoPrintServer
    folder: Path

    def run(self, seconds: float = 0.5, **more: object) -> str:
        """A waiting run that takes the printer about so long."""
        gcode = short_gcode(self.folder / f"{seconds}.gcode", seconds, steps=max(4, round(seconds * 10)))
        with self.context.db.writing() as session:
            run = waiting_run(session, self.context.storage, self.lab, gcode, **more)  # type: ignore[arg-type]
            session.commit()
            return run.id

    def advance(self) -> None:
        advance(self.context, self.drivers, self.lab.machine.id)

    def until(self, run_id: str, *states: RunState) -> Run:
        """Advance until the run is in one of the states."""

        def there() -> Run | None:
            run = self.read(run_id)
            if run.state not in states:
                self.advance()
                return None
            return run

        return eventually(there) or self.read(run_id)

    def read(self, run_id: str) -> Run:
        with self.context.db.reading() as session:
            run = session.get_one(Run, run_id)
            session.refresh(run.items[0].job)
            return run

    def machine(self) -> Machine:
        with self.context.db.reading() as session:
            return session.get_one(Machine, self.lab.machine.id)

    def job(self, run_id: str) -> Job:
        return self.read(run_id).items[0].job

    def write(self, change: Callable[..., object], *arguments: object, **more: object) -> None:
        """Call a service with a session, an actor and the machine's row."""
        with self.context.db.writing() as session:
            machine = session.get_one(Machine, self.lab.machine.id)
            change(session, events.actor_of(self.lab.tara), machine, *arguments, **more)
            session.commit()

    def seen(self, event: str, run_id: str) -> int:
        """How often OctoPrint itself reported an event for a run's files."""
        return len([path for _, _, path in self.server.events(event) if run_id in path])

    def selected(self) -> str:
        answer = requests.get(f"{self.server.url}/api/job", headers={"X-Api-Key": self.server.key}, timeout=10)
        return str(answer.json()["job"]["file"]["path"] or "")

    def command(self, path: str, **body: object) -> None:
        """What a person does in OctoPrint's own pages."""
        headers = {"X-Api-Key": self.server.key}
        requests.post(f"{self.server.url}{path}", json=body, headers=headers, timeout=10).raise_for_status()


def step_to(stand: Stand, monkeypatch: pytest.MonkeyPatch, run_id: str, state: RunState) -> None:
    """Advance in single steps until the run is in that state, and no further."""
    with single_steps(monkeypatch):
        stand.until(run_id, state)


@contextmanager
def single_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each call of `advance` carries out one decision at the most."""
    with monkeypatch.context() as patch:
        patch.setattr("fabqueue.dispatch.advance.MOST_STEPS", 1)
        yield
