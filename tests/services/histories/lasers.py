"""What may happen in a lab of two lasers, in any order, and what is true of them at any moment."""

from collections import defaultdict
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fabqueue.db import Clock, WritingSession, now
from fabqueue.dispatch import act
from fabqueue.dispatch.context import Context
from fabqueue.models import Beam, Event, Machine, Run, RunState, Stock, SubjectKind
from fabqueue.services import arming, events, lasers, runs, slicings
from fabqueue.services.arming import CHECKLIST
from fabqueue.storage import Kept
from fabqueue.tasks import estimates, work
from tests.services.histories.at_machines import AtMachines
from tests.services.histories.desk import Desk
from tests.services.histories.lab import numbers, when
from tests.services.histories.making import Making
from tests.services.histories.members import Members
from tests.services.histories.troubles import Troubles
from tests.services.histories.truths import Truths
from tests.support import factories

R = RunState
ALL = tuple(map(str, CHECKLIST))
LISTS = st.sampled_from([ALL, ALL, ALL, ALL[1:], ()])
SHEETS = 10
AREA_MM2 = 7000
LETS_GO = {"disarm", "stage", "send", "give_back", "withdraw", "doubt", "finish", "fail", "cancel"}
"""What ends an arming."""
UNARMED = {R.PREPARING, R.WAITING, R.CLAIMED, R.SENDING, R.STAGED}
GLOWS = {Beam.ASKED, Beam.UNCONFIRMED}


class LaserTruths(Truths):
    """Besides: what starts was armed, no beam is forgotten, sheets go down by what was laid out."""

    def __init__(self) -> None:
        super().__init__()
        self._armed: dict[str, bool] = defaultdict(bool)
        self._read = 0

    def hold(self, session: Session) -> None:
        super().hold(session)
        self.nothing_starts_unarmed(session)
        self.an_arming_is_of_one_run()
        self.no_beam_is_forgotten(session)
        self.sheets_go_down_by_what_was_laid_out(session)

    def nothing_starts_unarmed(self, session: Session) -> None:
        """Before every start of a run a person went through the whole checklist, and nothing took that back."""
        rows = select(Event).where(Event.subject_kind == SubjectKind.RUN, Event.seq > self._read)
        for each in session.scalars(rows.order_by(Event.seq)):
            self._read = each.seq
            if each.verb == "arm":
                assert each.actor_id, "nobody armed it"
                self._armed[each.subject_id] = each.values["checklist"] == sorted(ALL)
            elif each.verb == "start":
                assert self._armed.pop(each.subject_id, False), "nobody armed it"
            elif each.verb in LETS_GO:
                self._armed.pop(each.subject_id, None)

    def an_arming_is_of_one_run(self) -> None:
        for run in self._runs:
            assert (run.state is R.ARMED) <= (run.armed_until is not None and run.armed_by_id is not None)
            assert run.state not in UNARMED or (run.armed_at, run.armed_until, run.armed_by_id) == (None, None, None)

    def no_beam_is_forgotten(self, session: Session) -> None:
        """Broken off and not cleared: its beam was asked for. While it may glow nothing is armed."""
        for machine in session.scalars(select(Machine)).unique():
            here = [each for each in self._runs if each.machine_id == machine.id]
            assert machine.beam not in GLOWS or not any(each.state in {R.ARMED, R.STARTING} for each in here)
            assert machine.beam is not None or not any(map(self._lies_broken_off, here))

    def _lies_broken_off(self, run: Run) -> bool:
        return run.state in {R.FAILED, R.CANCELLED} and run.intent_at is not None and run.cleared_at is None

    def sheets_go_down_by_what_was_laid_out(self, session: Session) -> None:
        piles = session.scalars(select(Stock).where(Stock.sheet_width_mm.is_not(None)))
        left = sum(each.left_mm2 or 0 for each in piles)
        used = sum(each.mm2 or 0 for each in self._runs)
        assert left == 2 * SHEETS * 240_000 - used


class LaserHistory(Members, Desk, Making, AtMachines, Troubles):
    """Two lasers, a pile at each, a drawing of each of two members, and a technician who may arm."""

    WISH = ("laser-600", "poplar-3")
    REACHED: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.truths = LaserTruths()
        self.following |= {R.SENDING: runs.stage, R.ARMED: act.intend_if_allowed}

    @classmethod
    def fill(cls, context: Context) -> None:
        with context.db.writing() as session:
            lab = factories.lab(session)
            laser = factories.laser(session, lab.site)
            (slot,) = laser.slots
            assert slot.stock is not None
            lab.machine.machine_model = laser.machine_model  # all machines are lasers
            lab.machine.slots[0].stock = factories.pile(session, lab.site, slot.stock.material)
            keys = [factories.drawing(session, context.storage, each).id for each in (lab.alice, lab.bob)]
            session.commit()
        for key in keys:
            work.find("analyse")(context, key)
            for copies in (1, 2, 3):
                estimates.ensure(context, key, {}, *cls.WISH, quantity=copies)

    def sliced(self, milligrams: int) -> slicings.Sliced:
        return slicings.Sliced(Kept("0" * 64, 1), "0" * 40, 60, None, AREA_MM2 + milligrams)

    def as_usual(self, session: WritingSession, run: Run, number: int) -> None:
        """Whoever is certified arms it as well."""
        if run.state is not R.STAGED or run.machine is None:
            super().as_usual(session, run, number)
            return
        run.machine.seen_at = now()
        session.flush()
        arming.arm(session, self.config.machines, self.hands(session), run.machine, run, ALL)

    # people at a laser

    @when(R.STAGED)
    @rule(
        number=numbers, ticked=st.sampled_from([ALL, ALL, ALL, ALL[1:], ()]), seen=st.sampled_from([True, True, False])
    )
    def arm(self, number: int, ticked: tuple[str, ...], seen: bool) -> None:
        with self.step() as session:
            run = self.pick(session, Run, number, R.STAGED)
            machine = run.machine or self.pick(session, Machine, number)
            machine.seen_at = now() if seen else None
            session.flush()
            arming.arm(session, self.config.machines, self.hands(session), machine, run, ticked)

    @when(R.ARMED)
    @rule(number=numbers)
    def time_goes_by(self, number: int) -> None:
        """The time of an arming is over; dispatch has not looked yet."""
        with self.step() as session:
            run = self.pick(session, Run, number, R.ARMED)
            session.execute(update(Run).where(Run.id == run.id, Run.state == R.ARMED).values(armed_until=Clock(-1.0)))

    @when(R.ARMED)
    @rule(number=numbers)
    def disarm(self, number: int) -> None:
        self.on_run(number, R.ARMED, lambda session, actor, run: arming.disarm(session, actor, run, "run_disarmed"))

    @when(R.STARTING)
    @rule(number=numbers)
    def withdraw(self, number: int) -> None:
        self.on_run(number, R.STARTING, lambda session, actor, run: runs.withdraw(session, actor, run, "run_disarmed"))

    @when(R.STAGED)
    @rule(number=numbers, goes=st.booleans())
    def send_away(self, number: int, goes: bool) -> None:
        """A technician wants it away from the laser; dispatch takes it away."""
        self.on_run(number, R.STAGED, arming.send_back)
        if goes:
            self.on_run(number, R.STAGED, given_back)

    @when(R.STAGED)
    @rule(number=numbers, traced=st.booleans())
    def frame(self, number: int, traced: bool) -> None:
        with self.step() as session:
            run = self.pick(session, Run, number, R.STAGED)
            machine = run.machine or self.pick(session, Machine, number)
            lasers.ask_frame(session, self.config.machines, self.hands(session), machine, run)
        self.on_run(number, R.STAGED, lasers.framed if traced else lasers.frame_missed)

    @when(R.SENDING, R.STAGED, R.ARMED)
    @rule(number=numbers, state=st.sampled_from([R.SENDING, R.STAGED, R.ARMED]))
    def somebody_starts_it_at_the_machine(self, number: int, state: RunState) -> None:
        """OctoPrint shows our file at work that nobody armed: it is stopped."""
        self.on_run(
            number, state, lambda session, actor, run: runs.stopping(session, actor, run, "run_started_unarmed")
        )

    @when(R.RUNNING, R.PAUSED)
    @rule(number=numbers)
    def is_present(self, number: int) -> None:
        with self.step() as session:
            lasers.present(session, self.hands(session), self.pick(session, Machine, number))

    @rule(number=numbers, found=st.sampled_from([Beam.OFF, Beam.UNCONFIRMED]))
    def beam_answers(self, number: int, found: Beam) -> None:
        """What comes of turning a beam off that may be on."""
        with self.step() as session:
            machine = self.pick(session, Machine, number)
            if machine.beam in GLOWS:
                lasers.beam_is(session, machine, found)

    @rule(number=numbers)
    def take_from_the_lab(self, number: int) -> None:
        """As when a machine is retired or gets another address."""
        with self.step() as session:
            arming.leave(session, self.hands(session), self.pick(session, Machine, number))


def given_back(session: WritingSession, actor: events.Actor, run: Run) -> None:
    runs.give_back(session, actor, run, "run_sent_back", {"machine": run.machine.name if run.machine else ""})
