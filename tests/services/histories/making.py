"""What comes of runs: sliced, claimed, made, broken off, doubted, as the slicer and the machines have it."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fabqueue.db import WritingSession
from fabqueue.dispatch import act
from fabqueue.dispatch.claim import claim_for
from fabqueue.models import ACTIVE, Job, JobState, Machine, Run, RunState
from fabqueue.services import events, floor, planning, preparation, reviews, runs, slicings
from fabqueue.storage import Kept
from tests.services.histories.lab import Act, Lab, numbers, when

J, R = JobState, RunState
states = st.none() | st.sampled_from(sorted(RunState))
"""Of the run that something happens to: half the time one at a machine, else any, for most of that must be refused."""


def send(session: WritingSession, actor: events.Actor, run: Run) -> None:
    runs.send(session, actor, run, f"fabqueue/x-{run.sends + 1}.gcode", run.sends + 1)


class Making(Lab):
    """A slicer, and machines that do what they are told or do not."""

    def __init__(self) -> None:
        super().__init__()
        self.following: dict[RunState, Act] = {
            R.CLAIMED: send, R.SENDING: act.intend_if_allowed, R.STARTING: runs.began, R.RUNNING: runs.done,
            R.PAUSED: runs.resumed, R.CANCELLING: runs.cancelled,
        }  # fmt: skip

    @rule(number=numbers, times=st.integers(1, 10), mended=st.booleans())
    def all_goes_well(self, number: int, times: int, mended: bool) -> None:
        """So many steps of a job's usual way, each a transaction of its own; perhaps all is set right first."""
        if mended:
            self.set_right()
        for _ in range(times):
            with self.step() as session:
                self.go_well(session, self.pick(session, Job, number), number)

    def go_well(self, session: WritingSession, job: Job, number: int) -> None:
        if job.state is J.SUBMITTED:
            reviews.approve(session, self.config, job, self.technician(session))
        elif still := planning.unsettled(session, job):
            self.as_usual(session, still[0], number)

    def as_usual(self, session: WritingSession, run: Run, number: int) -> None:
        if run.state is R.PREPARING:
            self.answer(session, run, 3000)
        elif run.state is R.WAITING:
            self.give_out(session, number)
        elif run.state is R.DONE and run.cleared_at is None:
            floor.clear(session, self.hands(session), run.machine)  # type: ignore[arg-type]
        else:
            self.go_further(session, run)

    def give_out(self, session: WritingSession, number: int) -> None:
        """A machine takes what is first in the queue; or its bed is cleared for that."""
        machine = self.pick(session, Machine, number)
        if claim_for(session, self.config, machine.id) is None:
            floor.clear(session, self.hands(session), machine)

    @when(R.PREPARING)
    @rule(
        number=numbers, works=st.sampled_from([True, True, True, False]), milligrams=st.integers(0, 9000),
        fitting=st.integers(0, 2),
    )  # fmt: skip
    def slice_it(self, number: int, works: bool, milligrams: int, fitting: int) -> None:
        with self.step() as session:
            run = self.pick(session, Run, number, R.PREPARING)
            self.answer(session, run, milligrams if works else None, fitting)

    def answer(self, session: WritingSession, run: Run, milligrams: int | None, fitting: int = 0) -> None:
        """What the slicer says of a run; None: it fails, for all but the first `fitting` have no room."""
        work = slicings.begin(session, self.config, run.slicing_id or "")
        if work is None:
            return
        if milligrams is not None:
            slicings.finish(session, work.slicing_id, work.attempt, self.sliced(milligrams))
        else:
            code = "slicing_too_many" if fitting else "slicing_gave_up"
            slicings.fail(session, work.slicing_id, work.attempt, code, {"fitting": fitting})
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
    @rule(number=numbers, state=states)
    def finish(self, number: int, state: RunState | None) -> None:
        self.on_run(number, state, runs.done)

    @when(*ACTIVE)
    @rule(number=numbers, state=states)
    def break_down(self, number: int, state: RunState | None) -> None:
        self.on_run(number, state, lambda session, actor, run: runs.fail(session, actor, run, "run_machine_error"))

    @when(*ACTIVE)
    @rule(number=numbers, state=states)
    def doubt(self, number: int, state: RunState | None) -> None:
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

    @when(*ACTIVE)
    @rule(number=numbers)
    def do_as_asked(self, number: int) -> None:
        """A run that somebody wants stopped is stopped, one step of the way."""
        with self.step() as session:
            run = self.pick(session, Run, number, *ACTIVE)
            if run.stop_asked_at is not None and run.machine is not None:
                begun = run.state.may_have_started and run.state is not R.CANCELLING
                (runs.stopping if begun else runs.cancelled)(session, events.of_machine(run.machine), run)
