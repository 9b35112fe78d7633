"""What is true of plates at any moment: no copy is lost or made twice by laying together, each job has its own."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.models import Job, JobState, Run, RunItem, RunState
from fabqueue.services import planning
from tests.services.histories.truths import Truths

J, R = JobState, RunState
STANDING = {R.WAITING, R.PREPARING}
PLATED = {J.QUEUED, J.IN_PRODUCTION}


class PlateTruths(Truths):
    """Besides: copies are conserved, what lies together is alike, good copies are credited once."""

    def hold(self, session: Session) -> None:
        super().hold(session)
        self.copies_are_conserved()
        self.good_copies_are_credited_once()
        self.what_lies_together_is_alike()
        self.what_failed_is_repeated_alone(session)

    def copies_are_conserved(self) -> None:
        """What is good and what is still to be made never is more than was asked for, and all of it until some is lost.

        So an item that was laid on a plate, or taken off it, lies on one open run.
        """
        for job in self._jobs:
            there = job.good_copies + sum(planning.copies_of(each, job) for each in self.still_open(job))
            assert there <= job.quantity, f"{job.code} would be made {there} times instead of {job.quantity}"
            assert not job.state.is_approved or self._lost(job) or there == job.quantity, f"{job.code} lacks copies"

    def _lost(self, job: Job) -> list[RunItem]:
        """The items of a job in runs that were broken off, failed, or came out badly."""
        items = (item for run in self._runs for item in run.items if item.job_id == job.id and run.state.is_over)
        return [each for each in items if each.outcome is not None and each.good_copies != each.copies]

    def good_copies_are_credited_once(self) -> None:
        """A job has the good copies that its items have; of one that was given up, at most."""
        for job in self._jobs:
            made = sum(item.good_copies or 0 for run in self._runs for item in run.items if item.job_id == job.id)
            given_up = job.state in {J.CANCELLED, J.REJECTED}
            assert job.good_copies == made or (given_up and job.good_copies < made), (job.code, job.good_copies, made)

    def what_lies_together_is_alike(self) -> None:
        for run in self._plates():
            self.reached.add(f"plate {run.state}")
            jobs = [item.job for item in run.items]
            assert len({each.id for each in jobs}) == len(jobs)
            assert {(each.machine_model_id, each.material_id) for each in jobs} == {
                (run.machine_model_id, run.material_id)
            }
            assert run.slicing is not None
            assert run.slicing.copies == sum(item.copies for item in run.items)
            assert run.state not in STANDING or all(each.state in PLATED for each in jobs)

    def what_failed_is_repeated_alone(self, session: Session) -> None:
        """No job is laid beside others after copies of it were lost at a machine."""
        for run in self._plates():
            earlier = select(RunItem.id).join(Run, Run.id == RunItem.run_id).where(
                RunItem.job_id.in_([item.job_id for item in run.items]), Run.started_at.is_not(None),
                RunItem.good_copies < RunItem.copies, Run.ended_at < run.created_at,
            )  # fmt: skip
            assert session.scalar(earlier.limit(1)) is None

    def _plates(self) -> list[Run]:
        return [each for each in self._runs if each.is_plate]
