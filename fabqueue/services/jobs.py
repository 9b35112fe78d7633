"""Jobs as their owner sees them: asked for, submitted, accepted, cancelled, collected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.models import (
    Account,
    DesignKind,
    Job,
    JobState,
    Machine,
    MachineModel,
    Material,
    MaterialOffer,
    Person,
    Quote,
    Request,
    Revision,
)
from fabqueue.permissions import Permission, allowed
from fabqueue.services import builds, events, ledger, people, planning, quotes, runs, settings, sites
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.laserwork import CARD

MOST_COPIES = 500
OPEN_STATES = frozenset(state for state in JobState if not state.is_closed)
CANCELLABLE = OPEN_STATES - {JobState.READY}


@dataclass(frozen=True)
class Wish:
    """What somebody asks for, as it came in: slugs, copies, settings."""

    machine_model: str
    material: str
    colour: str = ""
    quantity: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict)
    needed_by: date | None = None
    note: str = ""
    payer: str = ""
    machine: str = ""
    """The one machine of the model that is preferred; empty: any."""
    machine_required: bool = False
    """No other will do."""
    card: Mapping[str, Any] | None = None
    """A laser's test card to burn instead of the drawing; for technicians."""


def create(
    session: Session, config: Config, owner: Person, revision: Revision, wish: Wish, *, filed_by: Person,
    request: Request | None = None,
) -> Job:  # fmt: skip
    """A draft of a job, in `request` or one of its own. Raises Invalid naming every fault of the wish."""
    people.present(session, owner)
    model, material, chosen = _read(session, wish, revision.design.kind, filed_by)
    site = sites.the_site(session)
    request = request or Request(site_id=site.id, owner_id=owner.id, filed_by_id=filed_by.id, note=wish.note.strip(),
                                 needed_by=wish.needed_by)  # fmt: skip
    session.add(request)
    session.flush()
    number = sites.next_job_number(session, site)
    job = Job(
        site_id=site.id, number=number, code=f"{site.job_prefix}-{number}", request_id=request.id,
        revision_id=revision.id, machine_model_id=model.id, material_id=material.id, colour=wish.colour.strip(),
        quantity=wish.quantity, settings=chosen, payer_id=_payer(session, owner, wish).id,
        machine_id=_asked_for(session, model, wish), machine_required=bool(wish.machine) and wish.machine_required,
    )  # fmt: skip
    session.add(job)
    session.flush()
    session.refresh(job)
    events.record(session, events.actor_of(filed_by), job, "create", new=JobState.DRAFT)
    return job


def _read(session: Session, wish: Wish, kind: DesignKind, by: Person) -> tuple[MachineModel, Material, dict[str, Any]]:
    faults: list[Refused] = []
    chosen: dict[str, Any] = {}
    model = session.scalar(select(MachineModel).where(MachineModel.slug == wish.machine_model))
    material = session.scalar(select(Material).where(Material.slug == wish.material))
    if model is None or model.retired_at:
        faults.append(Refused("machine_model_unknown", {"slug": wish.machine_model}, "machine_model"))
    if material is None or material.retired_at:
        faults.append(Refused("material_unknown", {"slug": wish.material}, "material"))
    try:
        read_quantity(wish.quantity)
    except Invalid as invalid:
        faults += invalid.refusals
    try:
        chosen = settings.read(wish.settings, kind)
    except Invalid as invalid:
        faults += invalid.refusals
    if model and material and not _offered(session, model, material):
        values = {"machine": model.title, "material": material.name}
        faults.append(Refused("option_unknown", values, "material"))
    if wish.card is not None:
        faults += _of_card(wish, kind, by)
        chosen = {CARD: dict(wish.card)}
    if faults or model is None or material is None:
        raise Invalid(faults)
    return model, material, chosen


def _of_card(wish: Wish, kind: DesignKind, by: Person) -> list[Refused]:
    """What speaks against a test card: it burns at powers and speeds that nobody else may choose, and costs nothing."""
    if kind is not DesignKind.DRAWING or not allowed(by, Permission.MANAGE_MACHINES):
        return [Refused("card_for_technicians")]
    return [Refused("card_once", field="quantity")] if wish.quantity != 1 else []


def read_quantity(quantity: int) -> int:
    """A number of copies that may be asked for. Raises Invalid."""
    if not 1 <= quantity <= MOST_COPIES:
        raise Invalid([Refused("quantity_out_of_bounds", {"most": MOST_COPIES}, "quantity")])
    return quantity


def _asked_for(session: Session, model: MachineModel, wish: Wish) -> str | None:
    """Id of the machine that is preferred. Raises Invalid where it is none of the model."""
    return read_machine(session, model, wish.machine).id if wish.machine else None


def read_machine(session: Session, model: MachineModel, slug: str) -> Machine:
    """A machine that may be asked for by name. Raises Invalid."""
    rows = select(Machine).where(Machine.slug == slug, Machine.machine_model_id == model.id)
    machine = session.scalar(rows.where(Machine.retired_at.is_(None)))
    if machine is None:
        raise Invalid([Refused("machine_not_of_model", {"slug": slug, "machine": model.title}, "machine")])
    return machine


def _offered(session: Session, model: MachineModel, material: Material) -> bool:
    offer = select(MaterialOffer.id)
    return session.scalar(
        offer.where(MaterialOffer.machine_model_id == model.id, MaterialOffer.material_id == material.id)
    ) is not None  # fmt: skip


def _payer(session: Session, owner: Person, wish: Wish) -> Account:
    """The owner's own account, unless another that the owner may charge is named."""
    own = ledger.account_of(session, owner)
    if wish.payer not in ("", own.id):
        raise Invalid([Refused("payer_unknown", field="payer")])
    return own


def submit(session: WritingSession, config: Config, job: Job, by: Person, *, override: str = "") -> None:
    """Send a draft, or a job that was sent back, to the technicians at the price of today.

    A blocker among the findings refuses it; staff may override with a reason. Raises Invalid, Refused, Conflict.
    """
    if job.state not in {JobState.DRAFT, JobState.CHANGES_REQUESTED}:
        raise Conflict(job.state)
    _check_findings(job, by, override)
    quote = quotes.freeze(session, config, sites.the_site(session), job)
    quote.accepted_at = now()
    said = {"code": "said", "values": {"text": override.strip()}} if override.strip() else {}
    events.move(session, events.actor_of(by), job, {JobState.DRAFT, JobState.CHANGES_REQUESTED}, JobState.SUBMITTED,
                "submit", submitted_at=now(), quote_id=quote.id, offer_id=None, approved_at=None, approved_by_id=None,
                reason_code="", reason_values={}, **said)  # type: ignore[arg-type]  # fmt: skip


def _check_findings(job: Job, by: Person, override: str) -> None:
    report = job.revision.report
    if report is None:
        code = job.revision.problem_code or "revision_not_ready"
        raise Refused(code, job.revision.problem_values or {"state": job.revision.state}, "revision")
    blockers = [each for each in report.data["findings"] if each["severity"] == "blocker"]
    if blockers and not (by.is_staff and override.strip()):
        raise Invalid([Refused(each["code"], each["values"], "revision") for each in blockers])


def offer_dearer(session: WritingSession, actor: events.Actor, job: Job, quote: Quote, code: str) -> None:
    """A dearer price goes back to the member, who accepts it or cancels; nobody else waits for that."""
    assert job.quote is not None
    values = {"old_minor": job.quote.total_minor, "new_minor": quote.total_minor}
    allowed = {JobState.SUBMITTED, JobState.QUEUED}
    events.move(session, actor, job, allowed, JobState.AWAITING_MEMBER, "offer", code=code, values=values,
                offer_id=quote.id, reason_code=code, reason_values=values)  # fmt: skip
    runs.lie_alone(session, actor, job)


def accept(session: WritingSession, config: Config, job: Job, by: Person) -> None:
    """Agree to the dearer price. What was approved goes on; otherwise the technicians see it again."""
    if job.state is not JobState.AWAITING_MEMBER or job.offer is None:
        raise Conflict(job.state)
    job.offer.accepted_at = now()
    approved = job.approved_at is not None
    events.move(session, events.actor_of(by), job, JobState.AWAITING_MEMBER,
                JobState.QUEUED if approved else JobState.SUBMITTED, "accept", quote_id=job.offer_id, offer_id=None,
                reason_code="", reason_values={})  # fmt: skip
    if approved:
        ledger.hold(session, config.money, job, by)
        runs.plan(session, config, events.actor_of(by), job)  # where a run was lost while the member thought
        runs.go_on(session, events.actor_of(by), job)


def cancel(session: WritingSession, job: Job, by: Person, reason: str = "") -> None:
    """Give a job up at any stage before it is ready; what a machine does for it is stopped. The price is released."""
    said = {"code": "said", "values": {"text": reason.strip()}} if reason.strip() else {}
    planning.lock_open(session, job)
    events.move(session, events.actor_of(by), job, CANCELLABLE, JobState.CANCELLED, "cancel", closed_at=now(),
                reason_code=said.get("code", ""), reason_values=said.get("values", {}), **said)  # type: ignore[arg-type]  # fmt: skip
    ledger.release(session, job, by)
    runs.stop_all(session, events.actor_of(by), job)


def collect(session: WritingSession, job: Job, by: Person) -> None:
    """The parts were taken; the project gets its build."""
    events.move(session, events.actor_of(by), job, JobState.READY, JobState.COLLECTED, "collect", collected_at=now(),
                closed_at=now())  # fmt: skip
    builds.log(session, job)


def of(session: Session, person: Person, *, open_only: bool = False, limit: int = 200) -> Sequence[Job]:
    """A person's jobs, newest first."""
    mine = select(Job).join(Request).where(Request.owner_id == person.id)
    if open_only:
        mine = mine.where(Job.state.in_(OPEN_STATES))
    return session.scalars(mine.order_by(Job.number.desc()).limit(limit)).all()


def with_state(session: Session, *states: JobState, limit: int = 500) -> Sequence[Job]:
    """Jobs in any of `states`, oldest submission first; for staff."""
    found = select(Job).where(Job.state.in_(states)).order_by(Job.submitted_at, Job.number)
    return session.scalars(found.limit(limit)).all()
