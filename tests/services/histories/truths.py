"""What is true of a lab at any moment: states and their events, beds, runs of jobs, stock, accounts."""

from collections import defaultdict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.models import (
    ACTIVE,
    Account,
    Entry,
    EntryKind,
    Event,
    Job,
    JobState,
    Machine,
    MachineKind,
    Notice,
    Run,
    RunItem,
    RunState,
    Stock,
    SubjectKind,
)
from fabqueue.services import emergencies, ledger, runs

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
        self._new: list[Event] = []
        """What was recorded since the last look."""
        self._seen = 0
        self._held = False
        self._shut: dict[str, set[str]] = defaultdict(set)
        """Why each machine takes nothing, as its events tell."""
        self._spools: dict[str, int] = {}
        self._used: dict[str, int] = defaultdict(int)
        """What each run took off its spools, and how often; how often they were changed."""
        self._uses: dict[str, int] = defaultdict(int)
        self._changes: dict[str, int] = defaultdict(int)

    def hold(self, session: Session) -> None:
        """Fails with what is not true."""
        self._jobs = list(session.scalars(select(Job)).unique())
        self._runs = list(session.scalars(select(Run)).unique())
        self._new = list(session.scalars(select(Event).where(Event.seq > self._seen).order_by(Event.seq)))
        self._seen = self._new[-1].seq if self._new else self._seen
        self.every_change_has_its_events()
        self.nothing_goes_past_a_switch()
        self.machines_and_runs_agree(session)
        self.jobs_and_runs_agree()
        self.what_was_stopped_stays_stopped(session)
        self.nothing_is_negative(session)
        self.spools_go_down_once_for_each_run(session)
        self.notices_are_of_what_is_so(session)
        self.accounts_balance(session)

    def every_change_has_its_events(self) -> None:
        """From the state before to the state now leads a chain of events, each beginning where the last one ended."""
        told = self._told()
        for row in [*self._jobs, *self._runs]:
            state = self.states.get(row.id, "")
            for old, new in told[row.id]:
                assert old == state, (row.id, old, state)
                state = new
                self.reached.add(new)
            assert state == row.state, f"{row.state} without an event: {told[row.id]}"
            self.states[row.id] = state

    def _told(self) -> dict[str, list[tuple[str, str]]]:
        """What new events say of states, by what they are about."""
        known = {*J, *R, ""}
        told: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for each in self._new:
            begins = each.verb in {"create", "plan"}
            moves = each.old in known - {""} and each.new in known and each.verb not in {"reprioritise", "load"}
            if (begins or moves) and each.new:
                told[each.subject_id].append((each.old, each.new))
        return told

    def nothing_goes_past_a_switch(self) -> None:
        """Nothing is claimed by a machine that is shut, nothing starts in a lab on hold, or where it shall not."""
        for each in self._new:
            if each.subject_kind == SubjectKind.SITE and each.verb in {"hold", "release"}:
                self._held = each.verb == "hold"
            elif each.subject_kind == SubjectKind.MACHINE:
                self._switch(each)
            elif each.subject_kind == SubjectKind.RUN and each.verb in {"claim", "start"}:
                assert not self._held, f"{each.verb} in a lab on hold"
                shut = self._shut[each.actor_id or ""]
                assert not (shut if each.verb == "claim" else shut & {"maintenance", "emergency"}), (each.verb, shut)

    def _switch(self, event: Event) -> None:
        shut = self._shut[event.subject_id]
        faulty, offline = bool(event.new), event.new == "offline"
        on, off = {
            "maintenance_on": ({"maintenance"}, set()), "maintenance_off": (set(), {"maintenance"}),
            "emergency": ({"emergency", "fault"}, set()), "reconnect": (set(), {"emergency"}),
            "fault": ({"fault"}, set()) if faulty else (set(), {"fault"}),
            "connection": ({"offline"}, set()) if offline else (set(), {"offline"}),
        }.get(event.verb, (set(), set()))  # fmt: skip
        self._shut[event.subject_id] = (shut | on) - off

    def what_was_stopped_stays_stopped(self, session: Session) -> None:
        """Until somebody connects a machine again after an emergency, it is faulty and its run is on its way out."""
        for machine in session.scalars(select(Machine).where(Machine.emergency_at.is_not(None))).unique():
            assert machine.fault_code in emergencies.FAULTS
            holding = [each for each in self._runs if each.machine_id == machine.id and each.state in ACTIVE]
            assert all(each.stop_asked_at or each.state is R.CANCELLING for each in holding)

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

    def still_open(self, job: Job) -> list[Run]:
        """The runs that may yet bring copies of a job."""
        return [run for run in self._runs for item in run.items if item.job_id == job.id and _may_bring(run, item)]

    def jobs_and_runs_agree(self) -> None:
        """An approved job is never forgotten: it has a run that may bring what is missing."""
        for job in self._jobs:
            still = self.still_open(job)
            assert not job.state.is_approved or still, f"{job.code} is {job.state} and nothing works for it"
            idle = {R.CLAIMED, R.SENDING} if job.machine_model.kind is MachineKind.LASER else set()
            at_work = any(each.state in ACTIVE - idle or each.state is R.DONE for each in still)
            assert job.state not in HELD or (job.state is J.IN_PRODUCTION) == at_work
            assert job.state not in {J.READY, J.COLLECTED} or job.good_copies >= job.quantity
            waiting = [each for each in still if each.state in {R.WAITING, R.PREPARING}]
            assert not (job.state.is_closed and waiting), f"{job.code} is {job.state} and would still be made"

    def nothing_is_negative(self, session: Session) -> None:
        assert session.scalar(select(func.count()).where(Stock.left_mg < 0)) == 0

    def spools_go_down_once_for_each_run(self, session: Session) -> None:
        """A spool holds what it held, less what each run used of it, or what somebody weighed.

        Each run takes once from each spool that was in: as often as it was changed, and at its end.
        """
        spools = {each.id: each.left_mg for each in session.scalars(select(Stock))}
        self._spools = self._spools or dict(spools)
        for each in self._new:
            if each.subject_kind == SubjectKind.STOCK and each.verb == "weigh":
                self._spools[each.subject_id] = int(each.new)
            elif each.subject_kind == SubjectKind.STOCK and each.verb == "use":
                used = round(each.values["used_grams"] * 1000)
                self._used[each.values["run"]] += used
                self._uses[each.values["run"]] += 1
                self._spools[each.subject_id] = max(0, self._spools[each.subject_id] - used)
            elif each.subject_kind == SubjectKind.RUN and each.verb == "change_spool":
                self._changes[each.subject_id] += 1
        assert spools == self._spools
        assert all(count <= self._changes[key] + 1 for key, count in self._uses.items()), "it was used twice"
        for run in self._runs:
            assert (
                self._used.get(run.id, 0) == (run.milligrams or 0 if run.stock_id else 0) or run.state not in runs.OVER
            )

    def notices_are_of_what_is_so(self, session: Session) -> None:
        """Nobody is told any more of what is decided or over."""
        holds = {"notice_doubt": R.IN_DOUBT, "notice_paused": R.PAUSED, "notice_ready": J.READY,
                 "notice_question": J.CHANGES_REQUESTED, "notice_price_change": J.AWAITING_MEMBER}  # fmt: skip
        told = select(Notice.code, Event.subject_id).join(Event, Event.seq == Notice.event_seq)
        for code, key in session.execute(told.where(Notice.over_seq.is_(None), Notice.code.in_(holds))):
            assert self.states[key] == holds[code], (code, self.states[key])

    def accounts_balance(self, session: Session) -> None:
        """What is held is the price of approved jobs; what was charged is the price of what is ready, once."""
        entries = list(session.scalars(select(Entry)))
        held: dict[str, int] = defaultdict(int)
        for each in entries:
            held[each.job_id or ""] += each.held_minor
        for job in self._jobs:
            price = job.quote.total_minor if job.quote else 0
            wanted = price if job.state in HELD or _asked_again(job) else 0
            assert held[job.id] == wanted, (job.state, held[job.id], price)
            own = [each for each in entries if each.job_id == job.id and each.means is None]
            charged = -sum(each.minor for each in own if each.reason != ledger.FAILURE)
            if job.state in {J.READY, J.COLLECTED}:
                assert charged == price or (0 <= charged < price and any(map(_is_given_back, own))), charged
            else:
                assert charged <= 0, job.state
        for account in session.scalars(select(Account)):
            together = ledger.balance(session, account)
            assert together.held_minor == sum(held[job.id] for job in self._jobs if job.payer_id == account.id)


def _may_bring(run: Run, item: RunItem) -> bool:
    return item.outcome is None if run.state is R.DONE else not run.state.is_over


def _asked_again(job: Job) -> bool:
    """A dearer price was found after the approval: the old one stays held until its member has answered."""
    return job.state is J.AWAITING_MEMBER and job.approved_at is not None


def _is_given_back(entry: Entry) -> bool:
    """Somebody gave the price back of their own will."""
    return entry.kind is EntryKind.REFUND and entry.reason != ledger.TAKEN_BACK
