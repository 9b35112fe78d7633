"""The technician's decisions: approve, ask for changes, decline, change, requeue, reprioritise."""

from typing import Any

from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.models import Job, JobState, MachineModel, Material, Person, Urgency
from fabqueue.pricing import is_dearer
from fabqueue.services import (
    beams,
    events,
    jobs,
    ledger,
    locks,
    planning,
    queueing,
    quotes,
    runs,
    settings,
    sites,
    spreading,
)
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.laserwork import CARD


def approve(
    session: WritingSession, config: Config, job: Job, by: Person, reason: str = "", *, spread: int | None = None
) -> None:
    """The machines may make it: the price is held and runs are planned. Raises Refused, Invalid, Conflict.

    spread: up to how many machines make its copies at the same time; None: as is wished, or as the lab's rule has it.
    """
    locks.lock(session, job)
    if job.state is not JobState.SUBMITTED:
        raise Conflict(job.state)
    if spread is not None:
        spreading.ask_for(session, events.actor_of(by), job, spread)
    beams.check(config, job.machine_model, job.material)
    ledger.hold(session, config.money, job, by)
    said = _said(reason) if reason.strip() else {}
    events.move(session, events.actor_of(by), job, JobState.SUBMITTED, JobState.QUEUED, "approve", approved_at=now(),
                approved_by_id=by.id, reason_code="", reason_values={}, **said)  # fmt: skip
    runs.plan(session, config, events.actor_of(by), job)


def request_changes(session: WritingSession, job: Job, by: Person, reason: str) -> None:
    """Ask the member something, or for a better file. Raises Refused without words."""
    said = _said(reason)
    events.move(session, events.actor_of(by), job, JobState.SUBMITTED, JobState.CHANGES_REQUESTED, "request_changes",
                reason_code=said["code"], reason_values=said["values"], **said)  # fmt: skip


def reject(session: WritingSession, job: Job, by: Person, reason: str) -> None:
    """Decline. Raises Refused without a reason."""
    said = _said(reason)
    planning.lock_open(session, job)
    allowed = {JobState.SUBMITTED, JobState.CHANGES_REQUESTED, JobState.AWAITING_MEMBER}
    events.move(session, events.actor_of(by), job, allowed, JobState.REJECTED, "reject", closed_at=now(),
                reason_code=said["code"], reason_values=said["values"], **said)  # fmt: skip
    ledger.release(session, job, by)
    runs.stop_all(session, events.actor_of(by), job)


def requeue(session: WritingSession, config: Config, job: Job, by: Person, reason: str = "") -> None:
    """Try a failed job again for its missing copies. Raises Refused, Conflict."""
    locks.lock(session, job)
    if job.state is not JobState.FAILED:
        raise Conflict(job.state)
    beams.check(config, job.machine_model, job.material)
    ledger.hold(session, config.money, job, by)
    said = _said(reason) if reason.strip() else {}
    events.move(session, events.actor_of(by), job, JobState.FAILED, JobState.QUEUED, "requeue", closed_at=None,
                reason_code="", reason_values={}, **said)  # fmt: skip
    runs.plan(session, config, events.actor_of(by), job)


def reprioritise(session: WritingSession, job: Job, by: Person, priority: int, reason: str = "") -> None:
    """Move a job in the queue: higher goes first. Raises Conflict when it is closed, Refused for no priority."""
    locks.lock(session, job)
    if job.state.is_closed:
        raise Conflict(job.state)
    if not -1000 <= priority <= 1000:
        raise Refused("priority_out_of_bounds", field="priority")
    said = _said(reason) if reason.strip() else {}
    events.record(session, events.actor_of(by), job, "reprioritise", old=str(job.priority), new=str(priority), **said)
    job.priority = priority
    session.wake("dispatch")


def call_urgent(session: WritingSession, job: Job, by: Person, urgency: Urgency) -> None:
    """Say how urgent a job is. A finer priority that means the same stays. Raises Conflict."""
    if job.urgency is not urgency:
        reprioritise(session, job, by, urgency.priority)


def spread(session: WritingSession, config: Config, job: Job, by: Person, machines: int | None) -> None:
    """Say up to how many machines make a job's copies at the same time; None: as the lab's rule has it.

    Of a job in the queue, what no machine has yet is planned anew by it. Raises Refused, Invalid, Conflict.
    """
    planning.lock_open(session, job)
    locks.lock(session, job)
    if job.state is not JobState.SUBMITTED and not job.state.is_approved:
        raise Conflict(job.state)
    if spreading.ask_for(session, events.actor_of(by), job, machines) and job.state.is_approved:
        planning.unplan(session, events.actor_of(by), job)
        runs.plan(session, config, events.actor_of(by), job)


def change(session: WritingSession, config: Config, job: Job, by: Person, **wanted: Any) -> None:
    """Change `machine_model`, `material`, `colour`, `settings` or `quantity` of a submitted job.

    Cheaper or a little dearer: the member pays at most the quoted price and the job stays in review. Dearer than
    the tolerance: the new price is offered to the member. A test card stays as it was asked for. Raises Invalid,
    Refused, Conflict.
    """
    locks.lock(session, job)
    if job.state is not JobState.SUBMITTED or job.quote is None:
        raise Conflict(job.state)
    if CARD in job.settings:
        raise Refused("card_stays")
    _apply(session, job, wanted, by)
    site = sites.the_site(session)
    quote = quotes.freeze(session, config, site, job)
    events.record(session, events.actor_of(by), job, "change",
                  values={key: value for key, value in wanted.items() if isinstance(value, str | int)})  # fmt: skip
    if is_dearer(job.quote.total_minor, quote.total_minor, 0):
        jobs.offer_dearer(session, events.actor_of(by), job, quote, "price_dearer_by_change")
    else:
        quote.accepted_at = now()
        job.quote_id = quote.id
        session.flush()
        session.refresh(job)


def _apply(session: WritingSession, job: Job, wanted: dict[str, Any], by: Person) -> None:
    model = session.scalar(
        select(MachineModel).where(MachineModel.slug == wanted.get("machine_model", job.machine_model.slug))
    )
    material = session.scalar(select(Material).where(Material.slug == wanted.get("material", job.material.slug)))
    if model is None or material is None:
        raise Invalid([Refused("machine_model_unknown", {"slug": wanted.get("machine_model", "")}, "machine_model")])
    if model.id != job.machine_model_id:  # what was asked for is no machine of the other model
        queueing.ask_for(session, job, by, "")
    job.machine_model_id, job.material_id = model.id, material.id
    job.colour = wanted.get("colour", job.colour)
    job.quantity = jobs.read_quantity(wanted.get("quantity", job.quantity))
    job.settings = settings.read(wanted.get("settings", job.settings), job.revision.design.kind)
    session.flush()
    session.refresh(job)


def _said(reason: str) -> dict[str, Any]:
    if not reason.strip():
        raise Refused("reason_missing", field="reason")
    return {"code": "said", "values": {"text": reason.strip()}}
