"""What members may do: ask, accept a dearer price, change their mind."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fabqueue.models import Job, JobState, Person, Revision
from fabqueue.services import jobs, quotes, sites
from tests.services.histories.lab import Lab, numbers, when

J = JobState


class Members(Lab):
    """Two of them, each with a design."""

    def open(self) -> None:
        super().open()
        for copies in (1, 2, 3):
            self.ask(copies, copies)

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

    @when(J.CHANGES_REQUESTED)
    @rule(number=numbers)
    def submit_again(self, number: int) -> None:
        with self.step() as session:
            job = self.pick(session, Job, number, J.CHANGES_REQUESTED)
            jobs.submit(session, self.config, job, job.owner)
