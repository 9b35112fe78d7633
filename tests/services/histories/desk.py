"""What technicians may do with jobs: approve, decline, divide, send to a machine, try again, hand out, refund."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fabqueue.models import Job, JobState, Machine, Means
from fabqueue.services import handovers, ledger, queueing, reviews
from tests.services.histories.lab import Lab, numbers, when

J = JobState


class Desk(Lab):
    """One technician."""

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

    @when(J.QUEUED, J.IN_PRODUCTION)
    @rule(number=numbers, machines=st.sampled_from([None, 1, 2, 3]))
    def spread(self, number: int, machines: int | None) -> None:
        """On how many machines at once."""
        with self.step() as session:
            job = self.pick(session, Job, number, J.QUEUED, J.IN_PRODUCTION)
            reviews.spread(session, self.config, job, self.technician(session), machines)

    @when(J.QUEUED, J.IN_PRODUCTION)
    @rule(number=numbers, which=numbers, required=st.booleans(), any_will_do=st.booleans())
    def ask_for_machine(self, number: int, which: int, required: bool, any_will_do: bool) -> None:
        with self.step() as session:
            job = self.pick(session, Job, number, J.QUEUED, J.IN_PRODUCTION)
            slug = "" if any_will_do else self.pick(session, Machine, which).slug
            queueing.ask_for(session, job, self.technician(session), slug, required)

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
