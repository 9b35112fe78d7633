"""What people and machines may do in a lab of printers, in any order: rules for a search through its histories.

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
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import Database, WritingSession
from fabqueue.dispatch.claim import claim_for
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    ACTIVE,
    Job,
    JobState,
    Machine,
    Means,
    Outcome,
    Person,
    Revision,
    Run,
    RunState,
    Stock,
)
from fabqueue.permissions import Forbidden
from fabqueue.services import (
    events,
    failures,
    floor,
    handovers,
    jobs,
    ledger,
    preparation,
    quotes,
    reviews,
    runs,
    sites,
    slicings,
    stocks,
    undoing,
)
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.storage import Kept, Storage
from tests.services.truths import Truths
from tests.support import factories
from tests.support.database import make_tables

J, R = JobState, RunState
REFUSALS = (Conflict, Refused, Invalid, Forbidden, IntegrityError)
numbers = st.integers(0, 30)
Act = Callable[[WritingSession, events.Actor, Run], object]
"""What comes of a run, said by its machine."""


def room() -> Path:
    """A folder in memory where there is one: durability is not what this is about."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="fabqueue-history-", dir=memory if os.access(memory, os.W_OK) else None))


@cache
def prepared(kind: "type[History]") -> Path:
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


def send(session: WritingSession, actor: events.Actor, run: Run) -> None:
    runs.send(session, actor, run, f"fabqueue/x-{run.sends + 1}.gcode", run.sends + 1)


class History(RuleBasedStateMachine):
    """Two machines, two spools, two members and a technician."""

    WISH = ("marlin-250", "pla")
    """Machine model and material that members ask for."""
    REACHED: ClassVar[set[str]] = set()
    """States that some history came to."""

    def __init__(self) -> None:
        super().__init__()
        self.truths = Truths()
        self.following: dict[RunState, Act] = {
            R.CLAIMED: send, R.SENDING: runs.intend, R.STARTING: runs.began, R.RUNNING: runs.done,
            R.PAUSED: runs.resumed, R.CANCELLING: runs.cancelled,
        }  # fmt: skip

    @classmethod
    def fill(cls, context: Context) -> None:
        """People, machines, stock, and a design of each of two members."""
        with context.db.writing() as session:
            lab = factories.lab(session)
            other = factories.stock(session, lab.site, lab.pla, "red", left_mg=9000)
            factories.machine(session, lab.site, lab.model, other)
            lab.grey.left_mg = 12_000
            for number, owner in enumerate((lab.alice, lab.bob)):
                box = factories.analysed_box(session, context.storage, owner, (20, 20, 20 + number))
                factories.estimate(session, context.config, box)
            session.commit()

    @initialize()
    def begin(self) -> None:
        self.folder = room() / "lab"
        shutil.copytree(prepared(type(self)), self.folder)
        self.config = Config(base=self.folder)
        self.database = Database(f"sqlite:///{self.folder / 'lab.sqlite3'}")
        with self.database.reading() as session:
            self.designs = list(session.scalars(select(Revision.id).order_by(Revision.created_at, Revision.id)))
            self.tara = session.scalars(select(Person.id).where(Person.user_name == "tara")).one()
        for copies in (1, 2, 3):
            self.ask(copies, copies)

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

    def on_run(self, number: int, state: RunState, act: Act) -> None:
        with self.step() as session:
            run = self.pick(session, Run, number, state)
            act(session, events.of_machine(run.machine) if run.machine else events.SYSTEM, run)

    # members

    @rule(number=numbers, copies=st.integers(1, 3))
    def ask(self, number: int, copies: int) -> None:
        with self.step() as session:
            revision = session.get_one(Revision, self.designs[number % 2])
            owner = session.get_one(Person, revision.uploaded_by_id)
            wish = jobs.Wish(*self.WISH, quantity=copies)
            job = jobs.create(session, self.config, owner, revision, wish, filed_by=owner)
            jobs.submit(session, self.config, job, owner)

    @rule(number=numbers)
    def cancel_job(self, number: int) -> None:
        with self.step() as session:
            job = self.pick(session, Job, number)
            jobs.cancel(session, job, job.owner, "not needed")

    @when(J.QUEUED, J.SUBMITTED)
    @rule(number=numbers, agrees=st.booleans())
    def offer(self, number: int, agrees: bool) -> None:
        """A dearer price, which the member takes or leaves for later."""
        with self.step() as session:
            job = self.pick(session, Job, number, J.QUEUED, J.SUBMITTED)
            quote = quotes.freeze(session, self.config, sites.the_site(session), job)
            quote.total_minor += 100
            jobs.offer_dearer(session, self.hands(session), job, quote, "price_dearer_by_change")
            if agrees:
                jobs.accept(session, self.config, job, job.owner)

    @when(J.AWAITING_MEMBER)
    @rule(number=numbers)
    def accept(self, number: int) -> None:
        with self.step() as session:
            job = self.pick(session, Job, number, J.AWAITING_MEMBER)
            jobs.accept(session, self.config, job, job.owner)

    @rule(number=numbers, times=st.integers(1, 8))
    def all_goes_well(self, number: int, times: int) -> None:
        """So many steps of the usual way, each a transaction of its own: most histories begin like that."""
        for _ in range(times):
            with self.step() as session:
                job = self.pick(session, Job, number)
                if job.state is J.SUBMITTED:
                    reviews.approve(session, self.config, job, self.technician(session))
                    continue
                self.as_usual(session, self.pick(session, Run, number), number)

    def as_usual(self, session: WritingSession, run: Run, number: int) -> None:
        if run.state is R.PREPARING:
            self.answer(session, run, 3000)
        elif run.state is R.WAITING:
            claim_for(session, self.config, self.pick(session, Machine, number).id)
        elif run.state is R.DONE and run.cleared_at is None:
            floor.clear(session, self.hands(session), run.machine)  # type: ignore[arg-type]
        else:
            self.go_further(session, run)

    # technicians and jobs

    @when(J.SUBMITTED)
    @rule(number=numbers)
    def approve(self, number: int) -> None:
        with self.step() as session:
            job = self.pick(session, Job, number, J.SUBMITTED)
            reviews.approve(session, self.config, job, self.technician(session))

    @when(J.SUBMITTED)
    @rule(number=numbers, declined=st.booleans())
    def send_back(self, number: int, declined: bool) -> None:
        with self.step() as session:
            job = self.pick(session, Job, number, J.SUBMITTED)
            (reviews.reject if declined else reviews.request_changes)(session, job, self.technician(session), "thin")

    @when(J.FAILED)
    @rule(number=numbers)
    def requeue(self, number: int) -> None:
        with self.step() as session:
            reviews.requeue(session, self.config, self.pick(session, Job, number, J.FAILED), self.technician(session))

    @when(J.READY)
    @rule(number=numbers, means=st.sampled_from([None, *Means]))
    def hand_out(self, number: int, means: Means | None) -> None:
        with self.step() as session:
            job = self.pick(session, Job, number, J.READY)
            handovers.hand_out(session, [job], self.technician(session), handovers.Taking(means=means, reason="why"))

    @when(J.COLLECTED)
    @rule(number=numbers)
    def take_handover_back(self, number: int) -> None:
        with self.step() as session:
            handovers.undo(session, self.pick(session, Job, number, J.COLLECTED), self.technician(session), "wrong")

    @when(J.READY, J.COLLECTED)
    @rule(number=numbers)
    def refund(self, number: int) -> None:
        with self.step() as session:
            ledger.refund(session, self.pick(session, Job, number, J.COLLECTED, J.READY), self.technician(session), "x")

    # slicing and dispatch

    @when(R.PREPARING)
    @rule(number=numbers, works=st.sampled_from([True, True, True, False]), milligrams=st.integers(0, 9000))
    def slice_it(self, number: int, works: bool, milligrams: int) -> None:
        with self.step() as session:
            self.answer(session, self.pick(session, Run, number, R.PREPARING), milligrams if works else None)

    def answer(self, session: WritingSession, run: Run, milligrams: int | None) -> None:
        """What the slicer says of a run; None: it fails."""
        work = slicings.begin(session, self.config, run.slicing_id or "")
        if work is None:
            return
        if milligrams is not None:
            slicings.finish(session, work.slicing_id, work.attempt, self.sliced(milligrams))
        else:
            slicings.fail(session, work.slicing_id, work.attempt, "slicing_gave_up", {})
        preparation.slicing_ended(session, self.config, work.slicing_id)

    def sliced(self, milligrams: int) -> slicings.Sliced:
        return slicings.Sliced(Kept("0" * 64, 1), "0" * 40, 60, milligrams)

    @when(R.WAITING)
    @rule(number=numbers)
    def claim(self, number: int) -> None:
        with self.step() as session:
            claim_for(session, self.config, self.pick(session, Machine, number).id)

    @when(*ACTIVE)
    @rule(number=numbers, progress=st.floats(0, 100))
    def go_on(self, number: int, progress: float) -> None:
        """What a run comes to next when all is well."""
        with self.step() as session:
            run = self.pick(session, Run, number, *ACTIVE)
            if run.state is R.RUNNING:
                run.progress = progress
            self.go_further(session, run)

    def go_further(self, session: WritingSession, run: Run) -> None:
        actor = events.of_machine(run.machine) if run.machine else events.SYSTEM
        if run.state in self.following:
            self.following[run.state](session, actor, run)

    @when(*ACTIVE)
    @rule(number=numbers, state=st.sampled_from(sorted(RunState)))
    def finish(self, number: int, state: RunState) -> None:
        self.on_run(number, state, runs.done)

    @when(*ACTIVE)
    @rule(number=numbers, state=st.sampled_from(sorted(RunState)))
    def break_down(self, number: int, state: RunState) -> None:
        self.on_run(number, state, lambda session, actor, run: runs.fail(session, actor, run, "run_machine_error"))

    @when(*ACTIVE)
    @rule(number=numbers, state=st.sampled_from(sorted(RunState)))
    def doubt(self, number: int, state: RunState) -> None:
        self.on_run(number, state, lambda session, actor, run: runs.doubt(session, actor, run, "run_interrupted", {}))

    @when(R.CLAIMED, R.SENDING)
    @rule(number=numbers, state=st.sampled_from([R.CLAIMED, R.SENDING, R.RUNNING]))
    def give_back(self, number: int, state: RunState) -> None:
        self.on_run(
            number, state, lambda session, actor, run: runs.give_back(session, actor, run, "run_machine_away", {})
        )

    @when(R.RUNNING)
    @rule(number=numbers)
    def pause(self, number: int) -> None:
        self.on_run(number, R.RUNNING, runs.paused)

    @when(R.RUNNING)
    @rule(number=numbers)
    def stopping(self, number: int) -> None:
        self.on_run(number, R.RUNNING, runs.stopping)

    # technicians at machines

    @when(*ACTIVE)
    @rule(number=numbers)
    def cancel_at_machine(self, number: int) -> None:
        with self.step() as session:
            floor.cancel(session, self.hands(session), self.pick(session, Machine, number), "loose")

    @when(R.DONE)
    @rule(
        number=numbers, outcome=st.sampled_from(Outcome), good=st.sampled_from([None, 0, 1, 2]),
        at_fault=st.sampled_from(failures.AtFault), again=st.booleans(),
    )  # fmt: skip
    def clear(self, number: int, outcome: Outcome, good: int | None, at_fault: Any, again: bool) -> None:
        verdict = failures.Verdict(outcome, None, "as it is", at_fault, again, good)
        with self.step() as session:
            failures.clear(session, self.config, self.hands(session), self.pick(session, Machine, number), verdict)

    @when(R.DONE, R.FAILED, R.CANCELLED)
    @rule(number=numbers)
    def all_is_good(self, number: int) -> None:
        with self.step() as session:
            floor.clear(session, self.hands(session), self.pick(session, Machine, number))

    @when(R.DONE)
    @rule(number=numbers)
    def take_clearing_back(self, number: int) -> None:
        with self.step() as session:
            undoing.take_back(session, self.hands(session), self.pick(session, Run, number, R.DONE))

    @when(R.IN_DOUBT)
    @rule(number=numbers, outcome=st.sampled_from(floor.Resolution))
    def resolve(self, number: int, outcome: floor.Resolution) -> None:
        with self.step() as session:
            floor.resolve(session, self.hands(session), self.pick(session, Run, number, R.IN_DOUBT), outcome, "looked")

    @rule(number=numbers, grams=st.integers(0, 20))
    def weigh(self, number: int, grams: int) -> None:
        with self.step() as session:
            stocks.weigh(session, self.technician(session), self.pick(session, Stock, number), grams)

    @rule(number=numbers, spool=numbers)
    def load(self, number: int, spool: int) -> None:
        with self.step() as session:
            machine, stock = self.pick(session, Machine, number), self.pick(session, Stock, spool)
            floor.load(session, self.hands(session), machine, stock)

    # what always holds

    @invariant()
    def all_is_true(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            self.truths.hold(session)
        self.REACHED.update(self.truths.reached)
