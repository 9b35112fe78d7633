"""Finished parts that wait for their owner: where they lie."""

from sqlalchemy.orm import Session

from fabqueue.models import Job, JobState, Person
from fabqueue.services import events
from fabqueue.services.errors import Conflict, Refused

LONGEST = 80


def put(session: Session, job: Job, by: Person, place: str) -> None:
    """Say where the parts of a finished job lie now. Raises Refused without words, Conflict unless it is ready."""
    place = place.strip()
    if not place:
        raise Refused("place_missing", field="place")
    if len(place) > LONGEST:
        raise Refused("text_too_long", {"most": LONGEST}, "place")
    if job.state is not JobState.READY:
        raise Conflict(job.state)
    events.record(session, events.actor_of(by), job, "place", old=job.place, new=place, values={"place": place})
    job.place = place
