"""What may happen to plates: laid by hand and by rule, taken apart, cleared job by job."""

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession
from fabqueue.models import Job, JobState, MachineModel, Outcome, Run, RunState
from fabqueue.services import failures, gathering, plates, reviews, runs, sharing
from fabqueue.services.errors import Refused
from tests.services.histories.lab import numbers, when
from tests.services.histories.making import Making

R = RunState


class Plates(Making):
    """Jobs that are alike enough to share a bed."""

    def plate(self, session: Session, number: int, *states: RunState) -> Run:
        """One of those in these states. Raises Refused where there is none."""
        rows = select(Run).where(Run.state.in_(states)).order_by(Run.created_at, Run.id)
        found = [each for each in session.scalars(rows).unique() if each.is_plate]
        if not found:
            raise Refused("nothing_there")
        return found[number % len(found)]

    def lay(self, session: WritingSession, number: int, most: int) -> None:
        """What a technician is offered, or its first few."""
        model = session.scalars(select(MachineModel).where(MachineModel.slug == self.WISH[0])).one()
        found = sharing.offers(session, self.config, model)
        if not found:
            raise Refused("nothing_there")
        plates.put_together(session, self.hands(session), found[number % len(found)].runs[:most])

    @when(R.WAITING)
    @rule(number=numbers, most=st.integers(1, 4))
    def lay_together(self, number: int, most: int) -> None:
        with self.step() as session:
            self.lay(session, number, most)

    @when(R.WAITING)
    @rule(number=numbers, other=numbers)
    def lay_any_together(self, number: int, other: int) -> None:
        """What somebody's page still showed."""
        with self.step() as session:
            chosen = [self.pick(session, Run, each, R.WAITING) for each in (number, other)]
            plates.put_together(session, self.hands(session), chosen)

    @when(R.WAITING)
    @rule()
    def gather(self) -> None:
        """The lab's rule."""
        with self.step() as session:
            gathering.gather(session, self.config)

    @when(R.WAITING, R.PREPARING)
    @rule(number=numbers)
    def take_apart(self, number: int) -> None:
        with self.step() as session:
            plates.take_apart(session, self.hands(session), self.plate(session, number, *RunState))

    @rule(number=numbers, times=st.integers(1, 10), mended=st.booleans())
    def a_plate_goes_well(self, number: int, times: int, mended: bool) -> None:
        """So many steps from submitted jobs to a plate that lies on a bed."""
        if mended:
            self.set_right()
        for _ in range(times):
            with self.step() as session:
                if any(each.state is R.DONE for each in self._laid(session)):
                    return
                laid = self._laid(session)
                if laid:
                    self.as_usual(session, laid[number % len(laid)], number)
                else:
                    self.get_ready(session, number)

    def get_ready(self, session: WritingSession, number: int) -> None:
        """What is asked for is approved and sliced; then it is laid together."""
        for job in session.scalars(select(Job).where(Job.state == JobState.SUBMITTED)).all():
            reviews.approve(session, self.config, job, self.technician(session))
        for run in session.scalars(select(Run).where(Run.state == R.PREPARING)).unique().all():
            self.answer(session, run, 3000)
        self.lay(session, number, 4)

    def _laid(self, session: Session) -> list[Run]:
        """Plates on their way to a bed, or on one."""
        rows = select(Run).where(Run.cleared_at.is_(None), Run.state.not_in({R.FAILED, R.CANCELLED}))
        return [each for each in session.scalars(rows.order_by(Run.created_at, Run.id)).unique() if each.is_plate]

    @when(R.DONE)
    @rule(
        number=numbers, good=st.lists(st.sampled_from([None, 0, 1, 2]), max_size=4),
        outcome=st.sampled_from([Outcome.GOOD, Outcome.GOOD, Outcome.FAILED]),
        at_fault=st.sampled_from(failures.AtFault), again=st.booleans(),
    )  # fmt: skip
    def clear_by_job(
        self, number: int, good: list[int | None], outcome: Outcome, at_fault: failures.AtFault, again: bool
    ) -> None:
        with self.step() as session:
            plate = self.plate(session, number, R.DONE)
            counted = {
                item.job_id: copies for item, copies in zip(plate.items, good, strict=False) if copies is not None
            }
            verdict = failures.Verdict(outcome, None, "came loose", at_fault, again, counted)
            assert plate.machine is not None
            failures.clear(session, self.config, self.hands(session), plate.machine, verdict)

    @when(R.RUNNING)
    @rule(number=numbers)
    def a_plate_breaks_off(self, number: int) -> None:
        with self.step() as session:
            plate = self.plate(session, number, R.RUNNING)
            runs.fail(session, self.hands(session), plate, "run_machine_error")
