"""Certifications: who may use which machine model, or every machine of a kind."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.models import Certification, MachineKind, MachineModel, Person
from fabqueue.services import events
from fabqueue.services.errors import Refused


def grant(
    session: Session, person: Person, by: Person, *, model: MachineModel | None = None, kind: MachineKind | None = None,
    expires_at: datetime | None = None,
) -> Certification:  # fmt: skip
    """Certify `person` for a machine model or for a whole kind. Raises Refused unless exactly one is named."""
    if (model is None) == (kind is None):
        raise Refused("certification_needs_one_subject")
    certification = Certification(
        person_id=person.id, machine_model_id=model.id if model else None, machine_kind=kind, granted_by_id=by.id,
        expires_at=expires_at,
    )  # fmt: skip
    session.add(certification)
    session.flush()
    events.record(session, events.actor_of(by), person, "certify", new=_subject(model, kind))
    session.refresh(person)
    return certification


def withdraw(session: Session, certification: Certification, by: Person) -> None:
    """Take a certification back; nothing happens when that was done already."""
    if certification.withdrawn_at is None:
        certification.withdrawn_at, certification.withdrawn_by_id = now(), by.id
        old = certification.machine_model_id or str(certification.machine_kind)
        events.record(session, events.actor_of(by), certification.person, "withdraw_certification", old=old)


def _subject(model: MachineModel | None, kind: MachineKind | None) -> str:
    return model.id if model else str(kind)


def held_for(session: Session, model: MachineModel, people: Collection[str]) -> set[str]:
    """Those among these people, by their ids, who are certified for a machine model now."""
    covering = or_(Certification.machine_model_id == model.id, Certification.machine_kind == model.kind)
    held = select(Certification).where(covering, Certification.person_id.in_(people))
    moment = now()
    return {each.person_id for each in session.scalars(held) if each.is_valid(moment)}
