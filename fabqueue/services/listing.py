"""Lists that are too long to read whole, a page at a time; new rows never shift what was already seen."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from fabqueue.models import Job, JobState, Person, Request


def jobs(
    session: Session, owner: Person | None, *, states: Collection[JobState] = (), before: int | None = None,
    limit: int = 50,
) -> Sequence[Job]:  # fmt: skip
    """Jobs of `owner` (None: everybody's), newest first, with numbers below `before`, in any of `states` if named."""
    found: Select[Job] = select(Job).order_by(Job.number.desc()).limit(limit)
    if owner is not None:
        found = found.join(Request).where(Request.owner_id == owner.id)
    if states:
        found = found.where(Job.state.in_(states))
    if before is not None:
        found = found.where(Job.number < before)
    return session.scalars(found).all()
