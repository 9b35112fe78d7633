"""What is true of a lab at any moment: states and their events, beds, runs of jobs, stock, accounts."""

from collections import defaultdict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.models import ACTIVE, Account, Entry, Event, Job, JobState, Machine, MachineKind, Run, RunState, Stock
from fabqueue.services import ledger, planning, runs

J, R = JobState, RunState
HELD = {J.QUEUED, J.IN_PRODUCTION}
BED_IN_USE = ACTIVE - {R.CLAIMED, R.SENDING, R.ARMED}


class Truths:
    """Looked at again and again while a lab lives. states: of its jobs and runs by id, when they were last seen."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.reached: set[str] = set()
        self._jobs: list[Job] = []
        self._runs: list[Run] = []
        self._seen = 0

    def hold(self, session: Session) -> None:
        """Fails with what is not true."""
        self._jobs = list(session.scalars(select(Job)).unique())
        self._runs = list(session.scalars(select(Run)).unique())
        self.every_change_has_its_events(session)
        self.machines_and_runs_agree(session)
        self.jobs_and_runs_agree(session)
        self.nothing_is_negative(session)
        self.accounts_balance(session)

    def every_change_has_its_events(self, session: Session) -> None:
        """From the state before to the state now leads a chain of events, each beginning where the last one ended."""
        told = self._told(session)
        for row in [*self._jobs, *self._runs]:
            state = self.states.get(row.id, "")
            for old, new in told[row.id]:
                assert old == state, (row.id, old, state)
                state = new
                self.reached.add(new)
            assert state == row.state, f"{row.state} without an event: {told[row.id]}"
            self.states[row.id] = state

    def _told(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        """What new events say of states, by what they are about."""
        known = {*J, *R, ""}
        told: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for each in session.scalars(select(Event).where(Event.seq > self._seen).order_by(Event.seq)):
            begins = each.verb in {"create", "plan"}
            moves = each.old in known - {""} and each.new in known and each.verb not in {"reprioritise", "load"}
            if (begins or moves) and each.new:
                told[each.subject_id].append((each.old, each.new))
            self._seen = each.seq
        return told

    def machines_and_runs_agree(self, session: Session) -> None:
        for machine in session.scalars(select(Machine)).unique():
            holding = [each for each in self._runs if each.machine_id == machine.id and each.state in ACTIVE]
            assert len(holding) <= 1
            clear = machine.bed_cleared_at is not None
            assert not (clear and any(each.state in BED_IN_USE for each in holding))
            assert not clear or not self._lies_there(machine)
        for run in self._runs:
            assert run.machine_id is not None or run.state not in ACTIVE
            assert (run.ended_at is not None) == run.state.is_over
            assert all(item.good_copies is None or 0 <= item.good_copies <= item.copies for item in run.items)

    def _lies_there(self, machine: Machine) -> bool:
        """Whether something that may have begun on a machine was never cleared away."""
        here = [each for each in self._runs if each.machine_id == machine.id and each.state in runs.OVER]
        return any(each.intent_at is not None and each.cleared_at is None for each in here)

    def jobs_and_runs_agree(self, session: Session) -> None:
        """An approved job is never forgotten: it has a run that may bring what is missing."""
        for job in self._jobs:
            still = planning.unsettled(session, job)
            assert not job.state.is_approved or still, f"{job.code} is {job.state} and nothing works for it"
            idle = {R.CLAIMED, R.SENDING} if job.machine_model.kind is MachineKind.LASER else set()
            at_work = any(each.state in ACTIVE - idle or each.state is R.DONE for each in still)
            assert job.state not in HELD or (job.state is J.IN_PRODUCTION) == at_work
            assert job.state not in {J.READY, J.COLLECTED} or job.good_copies >= job.quantity
            waiting = [each for each in still if each.state in {R.WAITING, R.PREPARING}]
            assert not (job.state.is_closed and waiting), f"{job.code} is {job.state} and would still be made"

    def nothing_is_negative(self, session: Session) -> None:
        assert session.scalar(select(func.count()).where(Stock.left_mg < 0)) == 0

    def accounts_balance(self, session: Session) -> None:
        """What is held is the price of approved jobs; what was charged is the price of what is ready, and no more."""
        for job in self._jobs:
            price = job.quote.total_minor if job.quote else 0
            held = ledger.held_for(session, job)
            assert held == (price if job.state in HELD or _asked_again(job) else 0), (job.state, held, price)
            own = select(func.coalesce(func.sum(Entry.minor), 0)).where(Entry.job_id == job.id, Entry.means.is_(None))
            charged = -int(session.scalar(own.where(Entry.reason != ledger.FAILURE)) or 0)
            assert 0 <= charged <= price if job.state in {J.READY, J.COLLECTED} else charged <= 0, job.state
        for account in session.scalars(select(Account)):
            together = ledger.balance(session, account)
            paid = [job for job in self._jobs if job.payer_id == account.id]
            assert together.held_minor == sum(ledger.held_for(session, job) for job in paid)


def _asked_again(job: Job) -> bool:
    """A dearer price was found after the approval: the old one stays held until its member has answered."""
    return job.state is J.AWAITING_MEMBER and job.approved_at is not None
