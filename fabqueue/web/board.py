"""What the desk shows: machines as cards, who needs a person, jobs that wait, what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch import seeing
from fabqueue.dispatch.match import Reason
from fabqueue.dispatch.suiting import Suiting
from fabqueue.dispatch.waiting import Finish
from fabqueue.models import (
    Beam,
    Condition,
    Connection,
    Event,
    Job,
    JobState,
    Machine,
    Run,
    RunState,
    Site,
    Slot,
    Stock,
    SubjectKind,
)
from fabqueue.services import (
    arming,
    emergencies,
    jobs,
    lasers,
    occupancy,
    pauses,
    plates,
    progress,
    runs,
    spools,
    supplies,
    workshop,
)
from fabqueue.services.occupancy import Occupancy
from fabqueue.tasks import heartbeat
from fabqueue.tasks.promises import Promises
from fabqueue.web.site import context

CLEARABLE = frozenset({"needs_clearing", "maintenance", "fault", "offline"})
DECISIONS = ("approve", "request_changes", "reject")
MOST_DRAFTS = 50


@dataclass(frozen=True)
class Card:
    """One machine as a person sees it. state: of the machine, or of the run that holds it (names of the API).

    last: the run whose parts may still lie on the bed. next: the run a person may start (manual machines).
    left: seconds until its run is finished, as the machine said; None unknown, and while nobody watches the machines.
    staged: what waits at a laser to be armed. arm_left: seconds in which its armed run may still start. asks_presence:
    whoever is beside the laser should say so. unasked: it stands paused, and nobody asked for that from here.
    """

    machine: Machine
    state: str
    since: datetime | None
    run: Run | None = None
    last: Run | None = None
    next: Run | None = None
    left: int | None = None
    staged: Sequence[Run] = ()
    arm_left: int | None = None
    asks_presence: bool = False
    unasked: bool = False

    @property
    def unconfirmed(self) -> str:
        """The command that the machine should have confirmed by now."""
        return runs.overdue(self.run) if self.run else ""

    @property
    def spool(self) -> Slot | None:
        """The slot whose spool may be changed while its run is at work."""
        return spools.in_use(self.machine, self.run)

    @property
    def can_reconnect(self) -> bool:
        return not self.machine.is_manual and self.machine.fault_code in emergencies.RECONNECTABLE

    @property
    def shown(self) -> Run | None:
        """The run the card speaks of."""
        return self.run or self.last or (self.staged[0] if self.state == RunState.STAGED else None)

    @property
    def beam(self) -> str:
        """Code of what is known of a laser's beam, where somebody should know it."""
        return f"beam_{self.machine.beam}" if self.machine.beam else ""

    @property
    def beam_in_doubt(self) -> bool:
        """Whether somebody must look if the beam is off; nothing is armed here before."""
        return self.machine.beam is Beam.UNCONFIRMED

    @property
    def is_clearable(self) -> bool:
        """Whether somebody should say that the bed is clear."""
        if self.run is not None or self.machine.does_foreign_work:
            return False
        glows = self.beam_in_doubt and self.state in {*CLEARABLE, "available", "staged"}
        return glows or (self.machine.bed_cleared_at is None and self.state in CLEARABLE)

    @property
    def copies(self) -> int:
        """Copies that come off the bed with the next clear."""
        made = self.last if self.last and self.last.state is RunState.DONE else None
        return sum(item.copies for item in made.items) if made else 0


def cards(session: Session, machines: Sequence[Machine] | None = None) -> list[Card]:
    """These machines, or every one in service, in walking order."""
    shown = workshop.machines(session) if machines is None else machines
    known, are_watched = occupancy.of(session, shown), heartbeat.TICKER not in heartbeat.stopped(session)
    return [_card(session, machine, known[machine.id], are_watched) for machine in shown]


def card(session: Session, machine: Machine) -> Card:
    """One of them."""
    return cards(session, [machine])[0]


def _card(session: Session, machine: Machine, known: Occupancy, are_watched: bool) -> Card:
    run = known.active
    last = None if run or machine.does_foreign_work else known.last  # what is at work there is not that
    state = state_of(machine, run)
    following = _first(session, machine) if machine.is_manual and state == "available" else None
    left = run.seconds_left if run and are_watched and progress.is_known(run) else None
    staged: Sequence[Run] = known.staged if machine.is_armed_by_people else ()
    if staged and state == Condition.AVAILABLE:
        state = RunState.STAGED
    since = staged[0].changed_at if state == RunState.STAGED and not run else _since(machine, run, last, state)
    return Card(machine, state, since, run, last, following, left, staged, _arm_left(session, run),
                run is not None and lasers.asks(context().config.machines, run),
                state == RunState.PAUSED and pauses.is_unasked(session, run))  # fmt: skip


def _arm_left(session: Session, run: Run | None) -> int | None:
    left = arming.seconds_left(session, run) if run is not None and run.state is RunState.ARMED else None
    return None if left is None else max(0, round(left))


def _first(session: Session, machine: Machine) -> Run | None:
    """The run that starts next when a person says so; none while the queue is held."""
    bench = seeing.bench(context().config, machine, busy=False)
    site = session.get_one(Site, machine.site_id)
    if site.is_held:
        return None
    first = next(Suiting(session, context().config, site, bench).in_order(), None)
    return session.get_one(Run, first.run_id) if first else None


def state_of(machine: Machine, run: Run | None) -> str:
    """The one state that says most: a doubt first, then what keeps the machine from working, then what it does."""
    if run is not None and run.state is RunState.IN_DOUBT:
        return run.state
    if not machine.is_manual and machine.connection is Connection.OFFLINE and machine.maintenance_at is None:
        return "offline"
    if machine.does_foreign_work and machine.maintenance_at is None:
        return "foreign"
    if run is not None and not machine.fault_code:
        return run.state
    return machine.condition(busy=run is not None)


def _since(machine: Machine, run: Run | None, last: Run | None, state: str) -> datetime | None:
    facts = {"offline": machine.seen_at, "maintenance": machine.maintenance_at, "fault": machine.fault_at,
             "foreign": machine.fault_at,
             "needs_clearing": last.ended_at if last else None}  # fmt: skip
    return facts.get(state, run.changed_at if run else None)


@dataclass(frozen=True)
class Waiting:
    """A job in the queue of a machine model."""

    job: Job
    position: int | None
    reason: Reason | None
    finish: Finish | None
    plate: Run | None
    """The run that waits with it and others on one bed."""


def queue(session: Session, waiting_jobs: Sequence[Job]) -> list[Waiting]:
    outlook = Promises(session, context().config)
    laid = plates.waiting(session, waiting_jobs)
    return [
        Waiting(job, outlook.position(job), outlook.reason(job), outlook.finish(job), laid.get(job.id))
        for job in waiting_jobs
    ]


def waits(session: Session, job: Job) -> Reason | None:
    """Why an approved job is not being made at this moment; None for any other, and when its turn is now."""
    return Promises(session, context().config).reason(job)


@dataclass(frozen=True)
class Inbox:
    """Jobs that wait for somebody's decision: `submitted` for ours, `asked` for the member's, `stopped` drafts that a
    finding keeps from being submitted."""

    submitted: Sequence[Job]
    asked: Sequence[Job]
    stopped: Sequence[Job]

    @property
    def all(self) -> list[Job]:
        return [*self.submitted, *self.asked, *self.stopped]


def inbox(session: Session) -> Inbox:
    asked = jobs.with_state(session, JobState.CHANGES_REQUESTED, JobState.AWAITING_MEMBER)
    return Inbox(jobs.with_state(session, JobState.SUBMITTED), asked, _stopped(session))


def _stopped(session: Session) -> list[Job]:
    drafts = select(Job).where(Job.state == JobState.DRAFT).order_by(Job.number.desc()).limit(MOST_DRAFTS)
    return [job for job in session.scalars(drafts) if job.revision.report and job.revision.report.has_blocker]


@dataclass(frozen=True)
class Decision:
    """What somebody decided about a job."""

    job: Job
    event: Event


def decided_today(session: Session, site: Site) -> list[Decision]:
    """Newest first."""
    zone = ZoneInfo(site.time_zone)
    midnight = datetime.combine(now().astimezone(zone).date(), time(), zone)
    decisions = select(Event, Job).join(Job, Job.id == Event.subject_id).where(
        Event.subject_kind == SubjectKind.JOB, Event.verb.in_(DECISIONS), Event.at >= midnight
    )  # fmt: skip
    return [Decision(job, event) for event, job in session.execute(decisions.order_by(Event.seq.desc()).limit(20))]


def stocks(session: Session) -> list[Stock]:
    """Stock that runs low, then what is loaded."""
    every = supplies.stocks(session)
    loaded = {slot.stock_id for machine in workshop.machines(session) for slot in machine.slots}
    low = [each for each in every if each.is_low]
    return low + [each for each in every if not each.is_low and each.id in loaded]


@dataclass(frozen=True)
class Calls:
    """How many of each thing need a person."""

    clear: int
    doubt: int
    fault: int
    review: int
    failed: int
    ready: int
    low: int
    arm: int = 0
    beam: int = 0
    paused: int = 0

    @property
    def any(self) -> bool:
        return any((self.clear, self.doubt, self.fault, self.review, self.failed, self.low, self.arm, self.beam,
                    self.paused))  # fmt: skip


def calls(session: Session, shown: Sequence[Card]) -> Calls:
    states = [each.state for each in shown]
    return Calls(
        clear=sum(each.is_clearable for each in shown), doubt=states.count("in_doubt"), fault=states.count("fault"),
        review=len(jobs.with_state(session, JobState.SUBMITTED)), failed=len(jobs.with_state(session, JobState.FAILED)),
        ready=len(jobs.with_state(session, JobState.READY)),
        low=sum(each.is_low for each in supplies.stocks(session)), arm=sum(len(each.staged) for each in shown),
        beam=sum(each.machine.beam is Beam.UNCONFIRMED for each in shown), paused=sum(each.unasked for each in shown),
    )  # fmt: skip
