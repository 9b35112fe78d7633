"""The queue of a machine model as people see it, and the order in which a technician puts it by hand."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import Event, Job, JobState, MachineModel, Person, RunItem, SubjectKind
from fabqueue.services import events, jobs, locks, ordering, sites
from fabqueue.services.errors import Conflict

RELEASE = "release_machine"


def line(session: Session, config: Config, model: MachineModel) -> list[Job]:
    """The queued jobs of a machine model, first come first; what has no run that waits stands last."""
    places = ordering.places(session, config, sites.the_site(session).id, model.id, *ordering.STANDING)
    runs = {each.run_id: number for number, each in enumerate(places)}
    items = session.execute(select(RunItem.job_id, RunItem.run_id).where(RunItem.run_id.in_(runs)))
    first: dict[str, int] = {}
    for job_id, run_id in items:
        first[job_id] = min(first.get(job_id, len(runs)), runs[run_id])
    queued = session.scalars(select(Job).where(Job.machine_model_id == model.id, Job.state == JobState.QUEUED))
    return sorted(queued, key=lambda job: (first.get(job.id, len(runs)), job.number))


def move(session: WritingSession, config: Config, job: Job, by: Person, to: int) -> None:
    """Put a queued job at place `to` of its queue, counted from 0; beyond an end it goes to that end.

    All that stand before it stay before it: they are pinned with it, and the rules order what comes after them.
    Raises Conflict when the job is not queued any more.
    """
    _put(session, _locked(session, config, job), job, by, to)


def step(session: WritingSession, config: Config, job: Job, by: Person, places: int) -> None:
    """Move a queued job by `places` (-1: one up, 1: one down). Raises Conflict."""
    waiting = _locked(session, config, job)
    _put(session, waiting, job, by, waiting.index(job) + places)


def _put(session: WritingSession, waiting: list[Job], job: Job, by: Person, to: int) -> None:
    waiting.remove(job)
    waiting.insert(max(0, to), job)
    pinned = max(number for number, each in enumerate(waiting) if each is job or each.pin is not None)
    for number, each in enumerate(waiting[: pinned + 1], 1):
        if each.pin != number:
            _pin(session, each, by, number)


def _locked(session: WritingSession, config: Config, job: Job) -> list[Job]:
    """The queue that a job is in, kept from being changed by others. Raises Conflict."""
    keys = sorted(each.id for each in line(session, config, job.machine_model))
    for key in keys:
        locks.lock_id(session, Job, key)
    session.expire_all()
    waiting = line(session, config, job.machine_model)
    if job not in waiting or not {each.id for each in waiting} <= set(keys):
        raise Conflict(job.state)
    return waiting


def ask_for(session: WritingSession, job: Job, by: Person, slug: str, required: bool = False) -> None:
    """Say which machine shall take an open job; without a slug any of its model may. Raises Invalid, Conflict."""
    locks.lock(session, job)
    if job.state.is_closed or job.state is JobState.READY:
        raise Conflict(job.state)
    machine = jobs.read_machine(session, job.machine_model, slug) if slug else None
    if (job.machine_id, job.machine_required) == (machine.id if machine else None, bool(machine) and required):
        return
    verb = RELEASE if machine is None else "require_machine" if required else "prefer_machine"
    old, named = job.machine, machine or job.machine
    events.record(session, events.actor_of(by), job, verb, old=old.name if old else "",
                  new=machine.name if machine else "", values={"machine": named.name if named else ""})  # fmt: skip
    job.machine_id, job.machine_required = machine.id if machine else None, bool(machine) and required
    session.flush()
    session.refresh(job)
    session.wake("dispatch")


def released_from(session: Session, job_ids: Sequence[str]) -> str:
    """The machine that jobs, which ask for none, were released from last; "" where they never asked for one."""
    about = select(Event.values).where(Event.subject_kind == SubjectKind.JOB, Event.subject_id.in_(job_ids))
    last = session.scalar(about.where(Event.verb == RELEASE).order_by(Event.seq.desc()).limit(1))
    return str(last["machine"]) if last else ""


def unpin(session: WritingSession, job: Job, by: Person) -> None:
    """Let the rules decide about a job again; without effect on one that nobody put anywhere."""
    locks.lock(session, job)
    if job.pin is not None:
        _pin(session, job, by, None)


def _pin(session: WritingSession, job: Job, by: Person, place: int | None) -> None:
    old, new = ("" if each is None else str(each) for each in (job.pin, place))
    verb, values = ("unpin", {}) if place is None else ("pin", {"place": place})
    events.record(session, events.actor_of(by), job, verb, old=old, new=new, values=values)
    job.pin = place
    session.wake("dispatch")
