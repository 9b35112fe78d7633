"""Requests of several jobs: designs are put together as drafts, submitted at once, approved and collected together."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import Job, JobState, Person, Request, Revision
from fabqueue.services import events, handovers, jobs, locks, reviews, sites
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.jobs import Wish
from fabqueue.services.laserwork import CARD

MOST_JOBS = 50
LONGEST_NOTE = 2000


def open_of(session: Session, person: Person) -> Request | None:
    """The request that a person still puts jobs into."""
    mine = select(Request).where(Request.owner_id == person.id, Request.is_gathering)
    return session.scalar(mine.order_by(Request.created_at.desc()).limit(1))


def start(session: Session, person: Person, note: str = "", needed_by: date | None = None) -> Request:
    """An empty request that gathers jobs. Raises Refused."""
    request = Request(site_id=sites.the_site(session).id, owner_id=person.id, filed_by_id=person.id, is_gathering=True)
    session.add(request)
    _describe(request, note, needed_by)
    session.flush()
    session.refresh(request)
    return request


def jobs_of(session: Session, request: Request) -> Sequence[Job]:
    """Its jobs, in the order they were put in; those that were taken out again are not among them."""
    inside = select(Job).where(Job.request_id == request.id).order_by(Job.number)
    return [each for each in session.scalars(inside) if each.submitted_at or each.state is JobState.DRAFT]


def count(session: Session, job: Job) -> int:
    """How many jobs were asked for together with a job, itself counted."""
    inside = select(func.count()).where(Job.request_id == job.request_id)
    return session.scalar(inside.where(Job.submitted_at.is_not(None) | (Job.state == JobState.DRAFT))) or 1


def put(
    session: WritingSession, config: Config, person: Person, revision: Revision, wish: Wish,
    request: Request | None = None,
) -> Job:  # fmt: skip
    """One more draft in the person's open request, or in `request`. Raises Invalid, Refused, Conflict."""
    request = request or open_of(session, person) or start(session, person)
    locks.lock(session, request)
    if not request.is_gathering:
        raise Conflict("submitted", "request_not_gathering")
    if len(drafts(session, request)) >= MOST_JOBS:
        raise Refused("request_full", {"most": MOST_JOBS})
    _describe(request, request.note or wish.note, request.needed_by or wish.needed_by)
    return jobs.create(session, config, person, revision, replace(wish, note="", needed_by=None), filed_by=person,
                       request=request)  # fmt: skip


def drafts(session: Session, request: Request) -> list[Job]:
    return [each for each in jobs_of(session, request) if each.state is JobState.DRAFT]


def submit(
    session: WritingSession, config: Config, request: Request, by: Person, note: str | None = None,
    needed_by: date | None = None,
) -> list[Job]:  # fmt: skip
    """Send every draft at the price of today: all of them, or none. Raises Invalid naming each job that hinders."""
    locks.lock(session, request)
    if not request.is_gathering:
        raise Conflict("submitted", "request_not_gathering")
    if note is not None:
        _describe(request, note, needed_by)
    waiting = drafts(session, request)
    if not waiting:
        raise Refused("request_empty")
    faults: list[Refused] = []
    for job in waiting:
        faults += _refusals(job, lambda job=job: jobs.submit(session, config, job, by))  # type: ignore[misc]
    if faults:
        raise Invalid(faults)
    request.is_gathering = False
    session.flush()
    return waiting


def _refusals(job: Job, deed: Callable[[], None]) -> list[Refused]:
    """What hinders a deed with one job of several, each naming the job."""
    try:
        deed()
    except Invalid as invalid:
        found: Sequence[Refused] = invalid.refusals
    except Refused as refused:
        found = [refused]
    else:
        return []
    return [Refused("request_job_hinders", _naming(job, each)) for each in found]


def _naming(job: Job, refused: Refused) -> dict[str, object]:
    return {"job": job.code, "why": {"code": refused.code, "values": refused.values}}


def _describe(request: Request, note: str, needed_by: date | None) -> None:
    if len(note.strip()) > LONGEST_NOTE:
        raise Refused("text_too_long", {"most": LONGEST_NOTE}, "note")
    request.note, request.needed_by = note.strip(), needed_by


def with_state(session: Session, request: Request, state: JobState) -> list[Job]:
    """The jobs of a request that are in one state."""
    return [each for each in jobs_of(session, request) if each.state is state]


def approve(session: WritingSession, config: Config, request: Request, by: Person) -> list[Job]:
    """Approve every submitted job of a request: all, or none. Raises Invalid naming each that hinders, Conflict."""
    locks.lock(session, request)
    waiting = with_state(session, request, JobState.SUBMITTED)
    if not waiting:
        raise Conflict("decided", "request_nothing_to_approve")
    faults: list[Refused] = []
    for job in waiting:
        faults += _refusals(job, lambda job=job: reviews.approve(session, config, job, by))  # type: ignore[misc]
    if faults:
        raise Invalid(faults)
    return waiting


def collect(session: WritingSession, request: Request, by: Person) -> list[Job]:
    """Every finished job of a request was taken. Raises Conflict when none is ready."""
    locks.lock(session, request)
    ready = with_state(session, request, JobState.READY)
    if not ready:
        raise Conflict("none_ready", "request_nothing_ready")
    handovers.hand_out(session, ready, by, handovers.Taking())
    return ready


def repeat(session: WritingSession, config: Config, job: Job, by: Person, quantity: int | None = None) -> Job:
    """The same again as a draft of `by`'s own: design, machine, material, colour and settings. Raises Invalid."""
    count = job.quantity if quantity is None else quantity
    card = job.settings.get(CARD)
    chosen = {} if card else dict(job.settings)
    wish = Wish(job.machine_model.slug, job.material.slug, job.colour, count, chosen, card=card)
    made = jobs.create(session, config, by, job.revision, wish, filed_by=by)
    events.record(session, events.actor_of(by), made, "repeat", values={"job": job.code})
    return made
