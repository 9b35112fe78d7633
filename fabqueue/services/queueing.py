"""The order of waiting jobs as a technician changes it, one place at a time."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession
from fabqueue.models import Job, JobState, Person
from fabqueue.services import reviews
from fabqueue.services.errors import Conflict


def line(session: Session, machine_model_id: str) -> list[Job]:
    """The queued jobs of a machine model, first come first: by priority, then by approval."""
    queued = select(Job).where(Job.machine_model_id == machine_model_id, Job.state == JobState.QUEUED)
    return list(session.scalars(queued.order_by(Job.priority.desc(), Job.approved_at, Job.number)))


def move(session: WritingSession, job: Job, by: Person, places: int) -> None:
    """Move a queued job by `places` (-1: one up, 1: one down); at the end of the queue it stays.

    Priorities are raised as little as the new order needs. Raises Conflict when the job is not queued any more.
    """
    waiting = line(session, job.machine_model_id)
    if job not in waiting:
        raise Conflict(job.state)
    old = waiting.index(job)
    new = max(0, min(len(waiting) - 1, old + places))
    waiting.insert(new, waiting.pop(old))
    for each, priority in zip(waiting, priorities(waiting), strict=True):
        if each.priority != priority:
            reviews.reprioritise(session, each, by, priority)


def priorities(wanted: Sequence[Job]) -> list[int]:
    """The least priorities, none below what a job has, with which `wanted` is the order of the queue."""
    found: list[int] = []
    for index in range(len(wanted) - 1, -1, -1):
        job, least = wanted[index], wanted[index].priority
        if found:
            least = max(least, found[-1] + (0 if _age(job) < _age(wanted[index + 1]) else 1))
        found.append(least)
    return found[::-1]


def _age(job: Job) -> tuple[object, int]:
    return (job.approved_at, job.number)
