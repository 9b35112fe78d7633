"""Materials under a laser: what the list refuses, and what a technician allows all the same."""

from sqlalchemy.orm import Session

from fabqueue import beam
from fabqueue.config import Config
from fabqueue.db import now
from fabqueue.models import MachineKind, MachineModel, Material, Person
from fabqueue.services import events, locks, profiles, sites
from fabqueue.services.errors import Conflict, Refused
from printers.profiles import Kind

LONGEST = 500


def burns(config: Config, model: MachineModel) -> bool:
    """Whether machines of a model work with a beam: lasers, and what has a laser's profile."""
    profile = profiles.of(config, model)
    return model.kind is MachineKind.LASER or (profile is not None and profile.kind is Kind.LASER)


def by_name(config: Config, material: Material) -> Refused | None:
    """Why the list refuses a material, whatever anybody allowed; None where it does not."""
    names = (material.name, material.slug.replace("-", " "))
    code = beam.refusal(names, config.lasers.refused, config.lasers.approved)
    return Refused(code, {"material": material.name}, "material") if code else None


def refusal(config: Config, model: MachineModel, material: Material) -> Refused | None:
    """Why a material must not be worked on machines of a model; None where it may, or does not burn there."""
    if material.beam_reason or not burns(config, model):
        return None
    return by_name(config, material)


def check(config: Config, model: MachineModel, material: Material) -> None:
    """Raises Refused for a material that must not go under a laser of this model."""
    if refused := refusal(config, model, material):
        raise refused


def allow(session: Session, by: Person, material: Material, reason: str) -> None:
    """A technician knows better than the list, and says why. Raises Refused without a reason."""
    locks.lock(session, material)
    if not reason.strip():
        raise Refused("reason_missing", field="reason")
    if len(reason.strip()) > LONGEST:
        raise Refused("text_too_long", {"most": LONGEST}, "reason")
    material.beam_reason, material.beam_allowed_at, material.beam_allowed_by_id = reason.strip(), now(), by.id
    values = {"name": material.name, "text": reason.strip()}
    events.record(session, events.actor_of(by), sites.the_site(session), "allow_beam", code="said", values=values)


def withdraw(session: Session, by: Person, material: Material) -> None:
    """The list counts again. Raises Conflict where it does."""
    locks.lock(session, material)
    if not material.beam_reason:
        raise Conflict("refused", "beam_not_allowed", {"material": material.name})
    forget(material)
    events.record(session, events.actor_of(by), sites.the_site(session), "withdraw_beam",
                  values={"name": material.name})  # fmt: skip


def forget(material: Material) -> None:
    """What was allowed under one name says nothing about another."""
    material.beam_reason, material.beam_allowed_at, material.beam_allowed_by_id = "", None, None
