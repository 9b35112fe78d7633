"""Sets up the demonstration lab through the services, as its admin would on the pages: nothing is inserted."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from fabqueue.db import WritingSession
from fabqueue.demo.catalogue import (
    GUEST,
    MACHINES,
    MATERIALS,
    PEOPLE,
    SCREEN,
    SHEETS,
    SPOOLS,
    TOKENS,
    DemoMachine,
    DemoProject,
    Spool,
)
from fabqueue.dispatch.context import Context
from fabqueue.models import MANUAL, OCTOPRINT, Machine, MachineKind, MachineModel, Person, Project, Role, Stock
from fabqueue.services import (
    authors,
    certifications,
    events,
    floor,
    guarding,
    guests,
    people,
    projects,
    screens,
    supplies,
    tokens,
    workshop,
)
from fabqueue.services.sheets import PileFacts, SheetFacts


@dataclass(frozen=True)
class Access:
    """What the demonstration tells whoever started it: passwords by user name, tokens by role."""

    passwords: dict[str, str]
    tokens: dict[str, str]
    code: str = ""
    """By which the guest follows what she asked for."""
    screen: str = ""
    """Secret of the wallboard's address."""


@dataclass(frozen=True)
class Place:
    """Where a machine of the demonstration is reached."""

    url: str
    key: str
    camera_url: str


def set_up(context: Context, places: Mapping[str, Place], machines: Sequence[DemoMachine] = MACHINES) -> Access:
    """People, materials, machine models, machines and loaded stock. `places`: machine slug to its address."""
    passwords = {each.user_name: secrets.token_urlsafe(9) for each in PEOPLE}
    with context.db.writing() as session:
        _people(session, context, passwords)
        admin = person(session, "adam")
        for slug, (name, price) in MATERIALS.items():
            supplies.save_material(session, admin, name, price, slug=slug)
        stock = {(each.material, each.colour): _spool(session, admin, each) for each in SPOOLS}
        needed = {slug for each in machines for slug in each.offers}
        stock |= {(slug, "natural"): _pile(session, admin, slug) for slug in SHEETS if slug in needed}
        for position, each in enumerate(machines):
            _machine(session, each, position, places.get(each.slug), stock[each.loaded])
        made = {role: tokens.create(session, person(session, name), "demo")[1] for role, name in TOKENS.items()}
        session.commit()
    return Access(passwords, made)


def welcome(context: Context, access: Access) -> Access:
    """A guest with her code, and a television with its address."""
    with context.db.writing() as session:
        code = guests.give_code(session, guests.begin(session, GUEST))
        _screen, secret = screens.make(session, person(session, "adam"), SCREEN)
        session.commit()
    return replace(access, code=code, screen=secret)


def move(context: Context, places: Mapping[str, Place]) -> None:
    """The machines of an earlier start are found at other addresses now."""
    with context.db.writing() as session:
        for slug, place in places.items():
            machine = session.scalars(select(Machine).where(Machine.slug == slug)).one()
            facts = workshop.MachineFacts(machine.name, machine.machine_model.slug, machine.driver, place.url,
                                          place.key, place.camera_url, machine.position)  # fmt: skip
            cleared = machine.bed_cleared_at, machine.bed_cleared_by_id
            workshop.save_machine(session, person(session, "adam"), facts, machine)
            machine.bed_cleared_at, machine.bed_cleared_by_id = cleared  # the same make-believe bed as before
        session.commit()


def person(session: WritingSession, user_name: str) -> Person:
    """Somebody of the demonstration."""
    return session.scalars(select(Person).where(Person.user_name == user_name)).one()


def the_guest(session: WritingSession) -> Person:
    return session.scalars(select(Person).where(Person.is_guest)).one()


def write_page(session: WritingSession, made: Project, project: DemoProject) -> None:
    """The words of a project as its owner wrote them: the short ones first, the documentation later."""
    owner = person(session, project.owner)
    first = ("summary", "function", "licence", "licensor", "version", "tags")
    projects.change(session, made, owner, {each: getattr(project, each) for each in first})
    projects.change(session, made, owner, {"documentation": project.documentation})
    for each in project.co_authors:
        authors.add(session, made, owner, each)


def _people(session: WritingSession, context: Context, passwords: Mapping[str, str]) -> None:
    rules = context.config.people
    for each in PEOPLE:
        password = passwords[each.user_name]
        made = people.sign_up(session, rules, each.user_name, password, display_name=each.display_name)
        if each.role != Role.MEMBER:
            people.grant_role(session, made, Role(each.role), None)
        people.update_profile(session, made, display_name=each.display_name, email="", language="", mail_notices=False,
                              named_on_builds=each.named)  # fmt: skip
    for each in PEOPLE:
        if each.guardian:
            guardian = person(session, each.guardian)
            guarding.guard(session, person(session, each.user_name), guardian, guardian)


def _spool(session: WritingSession, admin: Person, spool: Spool) -> Stock:
    label = f"{MATERIALS[spool.material][0]} {spool.colour}"
    facts = supplies.StockFacts(spool.material, label, spool.colour, spool.colour_hex, left_grams=spool.left_grams)
    return supplies.save_stock(session, admin, facts)


def _pile(session: WritingSession, admin: Person, slug: str) -> Stock:
    """A material in sheets, and a pile of it."""
    name, thickness, price, size = SHEETS[slug]
    sheet = SheetFacts(thickness, price, size)
    supplies.save_material(session, admin, name, 0, slug=slug, sheet=sheet)
    facts = supplies.StockFacts(slug, name, "natural", "#c9a26b", pile=PileFacts(size, 10, 8))
    return supplies.save_stock(session, admin, facts)


def _machine(session: WritingSession, machine: DemoMachine, position: int, place: Place | None, stock: Stock) -> None:
    """One machine with its model, loaded and with a clear bed."""
    admin, technician = person(session, "adam"), person(session, "tara")
    model = _model(session, admin, machine)
    driver = OCTOPRINT if place else MANUAL
    reached = place or Place("", "", "")
    facts = workshop.MachineFacts(machine.name, machine.model, driver, reached.url, reached.key, reached.camera_url,
                                  position)  # fmt: skip
    made = workshop.save_machine(session, admin, facts, slug=machine.slug)
    session.refresh(made)
    floor.load(session, events.actor_of(technician), made, stock)
    floor.clear(session, events.actor_of(technician), made)
    certifications.grant(session, person(session, "ines"), technician, model=model)
    if machine.is_laser:
        certifications.grant(session, technician, person(session, "ines"), model=model)


def _model(session: WritingSession, admin: Person, machine: DemoMachine) -> MachineModel:
    kind = MachineKind.LASER if machine.is_laser else MachineKind.PRINTER if machine.profile else MachineKind.OTHER
    facts = workshop.ModelFacts(
        machine.model_title, kind, machine.profile, machine.per_hour_minor, machine.setup_minor,
        needs_certification=machine.is_laser, drawings_only=machine.drawings_only, offers=machine.offers,
    )  # fmt: skip
    return workshop.save_model(session, admin, facts, slug=machine.model)
