"""A lab whose histories are searched: how one begins and ends, and the steps that its rules are made of.

Every rule is one transaction of the services that pages and dispatch call, on a SQLite file; a refusal rolls it back.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition
from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import Database, WritingSession
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    ACTIVE,
    JobState,
    Person,
    Revision,
    Run,
    RunState,
)
from fabqueue.permissions import Forbidden
from fabqueue.services import (
    events,
)
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.storage import Storage
from tests.services.histories.truths import Truths
from tests.support.database import make_tables

J, R = JobState, RunState
REFUSALS = (Conflict, Refused, Invalid, Forbidden)
numbers = st.integers(0, 30)
Act = Callable[[WritingSession, events.Actor, Run], object]
"""What comes of a run, said by its machine."""


def room() -> Path:
    """A folder in memory where there is one: durability is not what this is about."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="fabqueue-history-", dir=memory if os.access(memory, os.W_OK) else None))


@cache
def prepared(kind: "type[Lab]") -> Path:
    """A folder with a lab of that kind in which nothing has happened yet, copied for each history."""
    folder = room()
    url = f"sqlite:///{folder / 'lab.sqlite3'}"
    make_tables(url)
    database = Database(url)
    try:
        kind.fill(Context(Config(base=folder), database, Storage(folder)))
    finally:
        database.close()
    return folder


def when(*states: str) -> Any:
    """A rule that would be refused for certain is not tried: some job or run is in one of these states."""
    return precondition(lambda self: any(each in states for each in self.truths.states.values()))


class Lab(RuleBasedStateMachine):
    """Two machines, two designs, two members and a technician, to whom nothing happens yet."""

    WISH = ("marlin-250", "pla")
    """Machine model and material that members ask for."""
    REACHED: ClassVar[set[str]] = set()
    """States that some history came to."""

    def __init__(self) -> None:
        super().__init__()
        self.truths = Truths()

    @classmethod
    def fill(cls, context: Context) -> None:
        """What is there before anything happens."""
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        self.folder = room() / "lab"
        shutil.copytree(prepared(type(self)), self.folder)
        self.config = Config(base=self.folder)
        self.database = Database(f"sqlite:///{self.folder / 'lab.sqlite3'}")
        with self.database.reading() as session:
            self.designs = list(session.scalars(select(Revision.id).order_by(Revision.created_at, Revision.id)))
            self.tara = session.scalars(select(Person.id).where(Person.user_name == "tara")).one()
        self.open()

    def open(self) -> None:
        """What every history begins with."""

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            shutil.rmtree(self.folder.parent)

    # helpers

    @contextmanager
    def step(self) -> Iterator[WritingSession]:
        """One transaction, kept only when nothing in it was refused."""
        with self.database.writing() as session:
            try:
                yield session
                session.commit()
            except REFUSALS:
                session.rollback()

    def technician(self, session: Session) -> Person:
        return session.get_one(Person, self.tara)

    def hands(self, session: Session) -> events.Actor:
        return events.actor_of(self.technician(session))

    def pick(self, session: Session, kind: Any, number: int, *states: Any) -> Any:
        """A row of that kind, in one of these states where there is one; Refused when there is none."""
        rows = list(session.scalars(select(kind).order_by(kind.created_at, kind.id)).unique())
        fitting = [each for each in rows if not states or each.state in states] or rows
        if not fitting:
            raise Refused("nothing_there")
        return fitting[number % len(fitting)]

    def on_run(self, number: int, state: RunState | None, act: Act) -> None:
        """Of a run in this state; None: of one that holds a machine."""
        with self.step() as session:
            run = self.pick(session, Run, number, *([state] if state else ACTIVE))
            act(session, events.of_machine(run.machine) if run.machine else events.SYSTEM, run)

    def set_right(self) -> None:
        """Whatever keeps machines from working is over."""

    # what always holds

    @invariant()
    def all_is_true(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            self.truths.hold(session)
        self.REACHED.update(self.truths.reached)
