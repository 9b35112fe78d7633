"""The workshop's own things: machine models and machines. For staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.models import (
    Connection,
    Job,
    JobState,
    Machine,
    MachineKind,
    MachineModel,
    Material,
    MaterialOffer,
    Person,
    RunState,
    Slot,
)
from fabqueue.services import arming, events, locks, runs, sites
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.slugs import free, slugify
from printers import kinds

_CLOSED = [each for each in JobState if each.is_closed]
_WEB = ("http://", "https://")


@dataclass(frozen=True)
class ModelFacts:
    """What a form says about a machine model. Money in minor units; `offers` maps material slugs to presets."""

    title: str
    kind: MachineKind
    profile: str = ""
    per_hour_minor: int = 0
    setup_minor: int = 0
    needs_certification: bool = False
    drawings_only: bool = False
    offers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class MachineFacts:
    """What a form says about a machine."""

    name: str
    model: str
    driver: str
    """A name of `printers.kinds`."""
    url: str = ""
    key: str = ""
    """Empty when changing: the key stays."""
    camera_url: str = ""
    position: int = 0


def save_model(
    session: Session, by: Person, facts: ModelFacts, model: MachineModel | None = None, slug: str = "",
    known_profiles: Sequence[str] = (), lasers: Sequence[str] = (),
) -> MachineModel:  # fmt: skip
    """Make or change a machine model and what it takes; `lasers` are the known profiles that burn. Raises Invalid.

    Its kind and profile stay while runs that were planned for it are open: their files are for that machine, and
    what a printer starts by itself a laser must not.
    """
    faults = _model_faults(facts, known_profiles) + _kind_faults(facts, lasers)
    if model is not None:
        faults += _profile_faults(session, model, facts)
    if faults:
        raise Invalid(faults)
    if model is None:
        model = MachineModel(slug=free(session, MachineModel, slug or slugify(facts.title)), title=facts.title,
                             kind=facts.kind)  # fmt: skip
        session.add(model)
    model.title, model.kind, model.profile = facts.title.strip(), facts.kind, facts.profile
    model.per_hour_minor, model.setup_minor = facts.per_hour_minor, facts.setup_minor
    model.needs_certification, model.drawings_only = facts.needs_certification, facts.drawings_only
    session.flush()
    if facts.offers is not None:
        _set_offers(session, model, facts.offers)
    session.refresh(model)
    events.record(session, events.actor_of(by), sites.the_site(session), "save_model", values={"name": model.title})
    return model


def _model_faults(facts: ModelFacts, known_profiles: Sequence[str]) -> list[Refused]:
    faults = []
    if not facts.title.strip():
        faults.append(Refused("name_missing", field="title"))
    if facts.profile and known_profiles and facts.profile not in known_profiles:
        faults.append(Refused("profile_unknown", {"profile": facts.profile, "known": list(known_profiles)}, "profile"))
    for name in ("per_hour_minor", "setup_minor"):
        if getattr(facts, name) < 0:
            faults.append(Refused("rate_negative", field=name))
    return faults


def _kind_faults(facts: ModelFacts, lasers: Sequence[str]) -> list[Refused]:
    """A laser's profile is for lasers, and for tools driven by hand that take drawings only."""
    by_hand = facts.kind is MachineKind.OTHER and facts.drawings_only
    if facts.profile in lasers and facts.kind is not MachineKind.LASER and not by_hand:
        return [Refused("profile_of_a_laser", {"profile": facts.profile}, "kind")]
    if facts.kind is MachineKind.LASER and facts.profile and lasers and facts.profile not in lasers:
        return [Refused("profile_of_no_laser", {"profile": facts.profile}, "profile")]
    return []


def _profile_faults(session: Session, model: MachineModel, facts: ModelFacts) -> list[Refused]:
    locks.lock(session, model)
    changed = {"profile": facts.profile != model.profile, "kind": facts.kind is not model.kind,
               "drawings_only": model.drawings_only and not facts.drawings_only}  # fmt: skip
    count = runs.count_open(session, model) if any(changed.values()) else 0
    return [Refused("profile_in_use", {"count": count}, field) for field, is_so in changed.items() if is_so and count]


def _set_offers(session: Session, model: MachineModel, offers: Mapping[str, str]) -> None:
    by_slug = {each.slug: each for each in session.scalars(select(Material))}
    if unknown := sorted(set(offers) - set(by_slug)):
        raise Invalid([Refused("material_unknown", {"slug": unknown[0]}, "offers")])
    old = {each.material.slug: each for each in model.offers}
    for slug in sorted(set(old) - set(offers)):
        _check_unused(session, model, old[slug].material)
        session.delete(old[slug])
    for slug, preset in offers.items():
        if slug in old:
            old[slug].preset = preset
        else:
            session.add(MaterialOffer(machine_model_id=model.id, material_id=by_slug[slug].id, preset=preset))
    session.flush()


def _check_unused(session: Session, model: MachineModel, material: Material) -> None:
    """Raises Invalid while open jobs are made of a material on machines of a model."""
    waiting = select(func.count()).where(
        Job.machine_model_id == model.id, Job.material_id == material.id, Job.state.not_in(_CLOSED)
    )
    if count := session.scalar(waiting):
        raise Invalid([Refused("offer_in_use", {"count": count, "material": material.name}, "offers")])


def save_machine(
    session: WritingSession, by: Person, facts: MachineFacts, machine: Machine | None = None, slug: str = ""
) -> Machine:
    """Make or change a machine. A new one needs its bed cleared before the first run. Raises Invalid."""
    model = session.scalar(select(MachineModel).where(MachineModel.slug == facts.model))
    if machine is not None:
        locks.lock(session, machine)
    faults = _machine_faults(facts, model, machine)
    if machine is not None and model is not None and model is not machine.machine_model:
        faults += _at_work_faults(session, machine)
    if faults or model is None:
        raise Invalid(faults)
    is_new, machine = machine is None, machine or _new_machine(session, by, facts, model, slug)
    if not _same_machine(machine, facts):
        _forget_facts(session, by, machine)
    if not is_new:
        events.record(session, events.actor_of(by), machine, "change")
    machine.name, machine.machine_model_id, machine.driver = facts.name.strip(), model.id, facts.driver
    machine.url, machine.camera_url = facts.url.strip().rstrip("/"), facts.camera_url.strip()
    machine.key, machine.position = facts.key.strip() or machine.key, facts.position
    machine.look_at, machine.misses = None, 0
    session.flush()
    session.refresh(machine)
    session.wake("advance", machine.id)
    return machine


def _at_work_faults(session: Session, machine: Machine) -> list[Refused]:
    is_busy = runs.is_busy(session, machine.id)
    return [Refused("machine_is_busy", {"machine": machine.name}, "model")] if is_busy else []


def _new_machine(session: Session, by: Person, facts: MachineFacts, model: MachineModel, slug: str) -> Machine:
    """A machine with one slot for stock."""
    slug = free(session, Machine, slug or slugify(facts.name))
    machine = Machine(
        site_id=sites.the_site(session).id, slug=slug, name=facts.name, machine_model_id=model.id, driver=facts.driver
    )
    session.add(machine)
    session.flush()
    session.add(Slot(machine_id=machine.id, position=0))
    events.record(session, events.actor_of(by), machine, "create")
    return machine


def keeps_key(machine: Machine | None, url: str) -> bool:
    """Whether the stored key may be used for `url`: never at another address, which could be anybody's."""
    return machine is not None and bool(machine.key) and machine.url == url.strip().rstrip("/")


def _same_machine(machine: Machine, facts: MachineFacts) -> bool:
    return (machine.driver, machine.url) == (facts.driver, facts.url.strip().rstrip("/"))


def _forget_facts(session: WritingSession, by: Person, machine: Machine) -> None:
    """What is known of the machine behind the old address says nothing about the bed and the faults of another.

    A run that was not started waits for any machine again: nobody could clear the bed under it. One that is being
    stopped is a doubt, for that the machine there has no such file does not prove that it is stopped.
    """
    run, actor = runs.active_on(session, machine), events.actor_of(by)
    if run is not None and run.state in {RunState.CLAIMED, RunState.SENDING}:
        runs.give_back(session, actor, run, "run_machine_away", {"machine": machine.name})
    if run is not None and run.state is RunState.CANCELLING:
        runs.doubt(session, actor, run, "run_stop_unanswered", {})
    arming.leave(session, events.actor_of(by), machine)
    machine.bed_cleared_at = machine.bed_cleared_by_id = machine.fault_at = None
    machine.fault_code, machine.fault_values = "", {}
    machine.connection = Connection.OFFLINE


def _machine_faults(facts: MachineFacts, model: MachineModel | None, machine: Machine | None) -> list[Refused]:
    faults = []
    if not facts.name.strip():
        faults.append(Refused("name_missing", field="name"))
    if model is None:
        faults.append(Refused("machine_model_unknown", {"slug": facts.model}, "model"))
    return faults + _connection_faults(facts, machine)


def _connection_faults(facts: MachineFacts, machine: Machine | None) -> list[Refused]:
    if facts.driver not in kinds.names():
        return [Refused("machine_driver_unknown", {"driver": facts.driver}, "driver")]
    faults, needs = [], kinds.kind(facts.driver).needs
    if "url" in needs and not facts.url.strip().startswith(_WEB):
        faults.append(Refused("machine_address_shape", field="url"))
    if "key" in needs and not facts.key.strip() and not keeps_key(machine, facts.url):
        faults.append(Refused("machine_key_missing", field="key"))
    if facts.camera_url.strip() and not facts.camera_url.strip().startswith(_WEB):
        faults.append(Refused("machine_address_shape", field="camera_url"))
    return faults


def retire_machine(session: WritingSession, by: Person, machine: Machine) -> None:
    """Take a machine out of the lab for good. Raises Refused while a run holds it."""
    locks.lock(session, machine)  # dispatch may be giving it one
    if runs.is_busy(session, machine.id):
        raise Refused("machine_is_busy", {"machine": machine.name})
    arming.leave(session, events.actor_of(by), machine)
    machine.retired_at = now()
    for slot in machine.slots:
        slot.stock_id = None
    events.record(session, events.actor_of(by), machine, "retire")


def machines(session: Session) -> Sequence[Machine]:
    """Machines in service, in walking order."""
    found = select(Machine).where(Machine.retired_at.is_(None))
    return session.scalars(found.order_by(Machine.position, Machine.name)).all()


def models(session: Session) -> Sequence[MachineModel]:
    return session.scalars(
        select(MachineModel).where(MachineModel.retired_at.is_(None)).order_by(MachineModel.title)
    ).all()
