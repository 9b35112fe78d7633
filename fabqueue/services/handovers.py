"""Handing parts out: who took them, what they weigh, who paid or whose price was waived; and taking that back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.models import Handover, Job, JobState, Means, Person
from fabqueue.permissions import Permission, require
from fabqueue.services import builds, events, jobs, ledger, locks, shelf
from fabqueue.services.errors import Conflict, Refused

LONGEST_NAME = 80
LONGEST_REASON = 200
MOST_MILLIGRAMS = 100_000_000
UNDO_DAYS = 14


@dataclass(frozen=True)
class Taking:
    """What is said when parts are handed out. `means`: how it was paid now; None: the account pays."""

    taken_by: str = ""
    means: Means | None = None
    reason: str = ""
    """Why the price is waived."""
    milligrams: dict[str, int] = field(default_factory=dict)
    """Job id to what it weighs."""
    places: dict[str, str] = field(default_factory=dict)
    """Job id to where it lay, where that is known better now."""


def of(session: Session, job: Job) -> Handover | None:
    """The handover that counts, if the job was collected."""
    standing = select(Handover).where(Handover.job_id == job.id, Handover.undone_at.is_(None))
    return session.scalars(standing.order_by(Handover.at.desc(), Handover.id).limit(1)).first()


def together(session: Session, job: Job) -> Sequence[Job]:
    """The ready jobs of the same request, this one among them: they can be handed out at once."""
    same = select(Job).where(Job.request_id == job.request_id, Job.state == JobState.READY)
    return session.scalars(same.order_by(Job.number)).all()


def hand_out(session: WritingSession, taken: Sequence[Job], by: Person, said: Taking) -> None:
    """Collect jobs of one request together; each gets its entry, its project its build, the ledger what was paid.

    Raises Forbidden when money is recorded by somebody who may not, Refused, Conflict.
    """
    _check(by, said)
    for job in sorted(taken, key=lambda each: each.number):
        locks.lock(session, job)
        if (place := said.places.get(job.id, "").strip()) and place != job.place:
            shelf.put(session, job, by, place)
        session.add(
            Handover(job_id=job.id, by_id=by.id, taken_by=said.taken_by.strip(), place=job.place,
                     milligrams=said.milligrams.get(job.id))
        )  # fmt: skip
        jobs.collect(session, job, by)
        if said.means is not None:
            ledger.settle(session, job, by, said.means, said.reason.strip())


def milligrams_of(grams: float) -> int:
    """Raises Refused for what weighs nothing, too much, or is no number."""
    if not 0 < grams * 1000 <= MOST_MILLIGRAMS:
        raise Refused("weight_out_of_bounds", {"most_grams": MOST_MILLIGRAMS // 1000}, "grams")
    return max(1, round(grams * 1000))


def _check(by: Person, said: Taking) -> None:
    if said.means is not None:
        require(by, Permission.TAKE_PAYMENT)
    if said.means is Means.WAIVED and not said.reason.strip():
        raise Refused("waive_reason_missing", field="reason")
    for text, most, name in ((said.taken_by, LONGEST_NAME, "taken_by"), (said.reason, LONGEST_REASON, "reason")):
        if len(text.strip()) > most:
            raise Refused("text_too_long", {"most": most}, name)


def may_undo(job: Job) -> bool:
    """Whether the collection was so lately that the parts can still lie on the shelf."""
    return job.state is JobState.COLLECTED and not _is_late(job)


def _is_late(job: Job) -> bool:
    return job.collected_at is None or job.collected_at < now() - timedelta(days=UNDO_DAYS)


def undo(session: WritingSession, job: Job, by: Person, reason: str) -> None:
    """The parts lie on the shelf again: the job is ready, its build is hidden, counter-entries stand in the ledger.

    Raises Forbidden when money was recorded and `by` may record none, Refused without a reason or too late, Conflict.
    """
    locks.lock(session, job)
    if job.state is not JobState.COLLECTED:
        raise Conflict(job.state)
    if not reason.strip():
        raise Refused("reason_missing", field="reason")
    if len(reason.strip()) > LONGEST_REASON:
        raise Refused("text_too_long", {"most": LONGEST_REASON}, "reason")
    if _is_late(job):
        raise Refused("collection_too_old", {"days": UNDO_DAYS})
    if ledger.settled(session, job):
        require(by, Permission.TAKE_PAYMENT)
    if (standing := of(session, job)) is not None:
        standing.undone_at, standing.undone_by_id, standing.undone_reason = now(), by.id, reason.strip()
    events.move(session, events.actor_of(by), job, JobState.COLLECTED, JobState.READY, "uncollect", collected_at=None,
                closed_at=None, code="said", values={"text": reason.strip()})  # fmt: skip
    ledger.unsettle(session, job, by, reason.strip())
    builds.hide(session, job, by)
