"""The queue of a machine model as people see it, and the order in which a technician puts it by hand.

Jobs that share a bed stand together and are moved together; nothing is put between them.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.models import Event, Job, JobState, MachineModel, Person, Run, RunItem, SubjectKind
from fabqueue.services import events, jobs, locks, ordering, planning, plates, sites
from fabqueue.services.errors import Conflict
from fabqueue.services.undoing import KEPT

WITH = "with"
"""In the event of a job that was pinned because another was moved: the code of that other."""
BACK = "back"
"""In the event of a job that stands again as it did: nothing of this is taken back once more."""

RELEASE = "release_machine"


def line(session: Session, config: Config, model: MachineModel) -> list[Job]:
    """The jobs of a machine model that wait, first come first; queued ones without a run that waits stand last.

    One of which a part is at a machine is among them as long as a run of the rest waits.
    """
    places = ordering.places(session, config, sites.the_site(session).id, model.id, *ordering.STANDING)
    runs = {each.run_id: number for number, each in enumerate(places)}
    items = session.execute(select(RunItem.job_id, RunItem.run_id).where(RunItem.run_id.in_(runs)))
    first: dict[str, int] = {}
    for job_id, run_id in items:
        first[job_id] = min(first.get(job_id, len(runs)), runs[run_id])
    wanted = session.scalars(select(Job).where(Job.machine_model_id == model.id, Job.state.in_(ordering.WANTED)))
    waiting = [each for each in wanted if each.state is JobState.QUEUED or each.id in first]
    return sorted(waiting, key=lambda job: (first.get(job.id, len(runs)), job.number))


def waits(job: Job) -> bool:
    """Whether a job stands in a queue."""
    session = object_session(job)
    if job.state is not JobState.IN_PRODUCTION or job.quantity == 1 or session is None:
        return job.state is JobState.QUEUED
    rest = select(RunItem.id).join(Run, Run.id == RunItem.run_id)
    rest = rest.where(RunItem.job_id == job.id, Run.state.in_(ordering.STANDING))
    return session.scalar(rest.limit(1)) is not None


def move(session: WritingSession, config: Config, job: Job, by: Person, to: int, before: str = "") -> int:
    """Put a waiting job at place `to` of its queue, counted from 0; beyond an end it goes to that end.

    before: code of the job that it goes before, which counts more than `to` while that one waits too: the queue may
    have changed since somebody looked at it. All that stand before the job stay before it: they are pinned with it, and
    the rules order what comes after them. Answers its place, counted from 1. Raises Conflict when the job does not wait
    any more.
    """
    waiting = _locked(session, config, job)
    together = _together(session, waiting, job)
    others = [each.code for each in waiting if each not in together]
    if before not in others:  # `to` counts those that share a bed with it
        ahead = [each for each in waiting if each is not job][: max(0, to)]
        return _put(session, waiting, job, by, sum(each not in together for each in ahead))
    return _put(session, waiting, job, by, others.index(before))


def beside(
    session: WritingSession, config: Config, job: Job, by: Person, other: Job, *, after: bool = False
) -> int:  # fmt: skip
    """Put a waiting job right before another of its queue, or right after it; the rest as `move` does.

    Answers its place, counted from 1. Raises Conflict when one of them does not wait there.
    """
    waiting = _locked(session, config, job)
    together = _together(session, waiting, job)
    others = [each for each in waiting if each not in together]
    if other not in others:
        raise Conflict(other.state, "queue_not_beside", {"code": other.code})
    return _put(session, waiting, job, by, others.index(other) + after)


def step(session: WritingSession, config: Config, job: Job, by: Person, places: int) -> int:
    """Move a waiting job by `places` (-1: one up, 0: pin it where it is, 1: one down).

    Answers its place, counted from 1. Raises Conflict.
    """
    waiting = _locked(session, config, job)
    together = _together(session, waiting, job)
    return _put(session, waiting, job, by, waiting.index(together[0]) + places)


def _together(session: Session, waiting: Sequence[Job], job: Job) -> list[Job]:
    """A job with those of a queue that it shares a bed with, in order: they stand together."""
    laid = plates.waiting(session, waiting)
    plate = laid.get(job.id)
    return [each for each in waiting if each is job or (plate is not None and laid.get(each.id) is plate)]


def _between(session: Session, others: Sequence[Job], to: int, *, up: bool) -> int:
    """A place among others that parts no bed: before one where somebody moves up, else after it."""
    if not 0 < to < len(others):
        return min(max(0, to), len(others))
    bed = _together(session, others, others[to])
    first, last = others.index(bed[0]), others.index(bed[-1])
    return to if to == first else first if up else last + 1


def _put(session: WritingSession, waiting: list[Job], job: Job, by: Person, to: int) -> int:
    """Put a job, with those that it shares a bed with, at place `to` among the others."""
    together = _together(session, waiting, job)
    others = [each for each in waiting if each not in together]
    to = _between(session, others, to, up=to < waiting.index(together[0]))
    return _pin_as(session, [*others[:to], *together, *others[to:]], job, by, to + len(together))


def _pin_as(session: WritingSession, waiting: list[Job], job: Job, by: Person, least: int) -> int:
    """Pin as they stand here the first `least` jobs, and as far as somebody was pinned before; answers the place."""
    place = waiting.index(job) + 1
    pinned = max([least - 1, *(number for number, each in enumerate(waiting) if each.pin is not None)])
    others = [(number, each) for number, each in enumerate(waiting[: pinned + 1], 1)
              if each is not job and each.pin != number]  # fmt: skip
    if others or job.pin != place:
        _pin(session, job, by, place)  # first: `last_move` reads back as far as this
    for number, each in others:
        _pin(session, each, by, number, {WITH: job.code})
    return place


def _locked(session: WritingSession, config: Config, job: Job) -> list[Job]:
    """The queue that a job is in, kept from being changed by others. Raises Conflict."""
    keys = {each.id for each in line(session, config, job.machine_model)}
    locks.lock_ids(session, Job, keys)
    session.expire_all()
    waiting = line(session, config, job.machine_model)
    if job not in waiting or not {each.id for each in waiting} <= keys:
        raise Conflict(job.state)
    return waiting


def ask_for(session: WritingSession, job: Job, by: Person, slug: str, required: bool = False) -> None:
    """Say which machine shall take an open job; without a slug any of its model may. Raises Invalid, Conflict.

    What it would share a bed with that asks for another machine is made without it.
    """
    planning.lock_open(session, job)
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
    _part(session, job, by)
    session.wake("dispatch")


def _part(session: WritingSession, job: Job, by: Person) -> None:
    """Take the bed apart that a job shares with one that asks for another machine: there is no machine for both."""
    plate = plates.waiting(session, [job]).get(job.id)
    asked = {item.job.machine_id for item in plate.items if item.job.machine_id} if plate else set()
    if plate is not None and len(asked) > 1:
        plates.take_apart(session, events.actor_of(by), plate)


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


def last_move(session: Session, waiting: Sequence[Job], person: Person) -> list[Event]:
    """What `person` did last to the order of a queue (`waiting`), when that can still be taken back.

    One event for each job whose pin it changed; that of the job that was moved stands last. Empty when somebody moved
    another since, when it was taken back, when the job waits no more, and after `undoing.KEPT`.
    """
    changes = select(Event).where(
        Event.subject_kind == SubjectKind.JOB, Event.subject_id.in_([each.id for each in waiting]),
        Event.verb.in_(("pin", "unpin")), Event.at > now() - KEPT,
    )  # fmt: skip
    codes, found = {each.id: each.code for each in waiting}, list[Event]()
    for event in session.scalars(changes.order_by(Event.seq.desc())):
        moved = event.values.get(WITH, codes[event.subject_id])
        if event.actor_id != person.id or BACK in event.values or (found and moved != found[0].values[WITH]):
            return []
        found.append(event)
        if WITH not in event.values:
            return found
    return []


def take_back(session: WritingSession, config: Config, job: Job, by: Person) -> None:
    """Undo what `by` did last to the order of the queue, which was to move or unpin `job`. Raises Conflict."""
    waiting = _locked(session, config, job)
    done = last_move(session, waiting, by)
    if not done or done[-1].subject_id != job.id:
        raise Conflict(job.state, "undo_not_offered")
    standing = {each.id: each for each in waiting}
    for event in done:
        _pin(session, standing[event.subject_id], by, int(event.old) if event.old else None, {BACK: True})


def _pin(session: WritingSession, job: Job, by: Person, place: int | None, why: dict[str, Any] | None = None) -> None:
    old, new = ("" if each is None else str(each) for each in (job.pin, place))
    verb, values = ("unpin", {}) if place is None else ("pin", {"place": place})
    events.record(session, events.actor_of(by), job, verb, old=old, new=new, values=values | (why or {}))
    job.pin = place
    session.wake("dispatch")
