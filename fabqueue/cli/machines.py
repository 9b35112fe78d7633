"""`fabqueue machine`: add, list and test machines."""

import sys

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.cli.common import database, fail, refusals, settings, words
from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.dispatch import health
from fabqueue.models import OCTOPRINT, Machine, MachineKind, MachineModel, Person, Role, RoleGrant
from fabqueue.services import people, profiles, supplies, workshop
from printers import kinds


@click.group()
def machine() -> None:
    """Add, list and test machines."""


@machine.command("add")
@click.argument("name")
@click.option("--model", required=True, help="Machine model of the lab, or the name of a profile to make one from.")
@click.option(
    "--driver", type=click.Choice(sorted(kinds.names())), default=OCTOPRINT,
    show_default=True, help="manual: a tool without a network, started and finished by a person.",
)  # fmt: skip
@click.option("--url", default="", help="Address of its OctoPrint, or what drives it, e.g. http://printer-1.local.")
@click.option("--key", default="", help="Application key of its OctoPrint, or what drives it; asked for when left out.")
@click.option("--camera", default="", help="Address of a still picture, when OctoPrint does not know one.")
@click.option("--by", default="", help="Who adds it; the first admin by default.")
def add(name: str, model: str, driver: str, url: str, key: str, camera: str, by: str) -> None:
    """Add the machine NAME. Somebody must say that its bed is clear before it takes work."""
    chosen = settings()
    if "key" in kinds.kind(driver).needs and not key and sys.stdin.isatty():
        key = click.prompt("Application key", hide_input=True)
    with database(chosen) as db, refusals(chosen), db.writing() as session:
        person = _staff(session, by)
        found = _model(session, chosen, person, model)
        facts = workshop.MachineFacts(name, found.slug, driver, url, key, camera)
        made = workshop.save_machine(session, person, facts)
        session.commit()
        click.echo(f"Added {made.name} as {made.slug}. Try it with `fabqueue machine test {made.slug}`.")


def _staff(session: Session, name: str) -> Person:
    """The person called `name`, or the first admin."""
    if name:
        person = people.by_name(session, name)
    else:
        admins = select(Person).join(RoleGrant, RoleGrant.person_id == Person.id)
        admins = admins.where(RoleGrant.role == Role.ADMIN, RoleGrant.withdrawn_at.is_(None), Person.left_at.is_(None))
        person = session.scalar(admins.order_by(RoleGrant.granted_at).limit(1))
    if person is None:
        fail("Make an admin first: `fabqueue user add NAME --role admin`." if not name else f"Nobody is called {name}.")
    if not person.is_staff:
        fail(f"{name} is neither technician nor admin.")
    return person


def _model(session: WritingSession, chosen: Config, by: Person, slug: str) -> MachineModel:
    """The lab's machine model, made from the profile of that name when there is none yet."""
    found = session.scalar(select(MachineModel).where(MachineModel.slug == slug))
    if found is not None:
        return found
    known = profiles.available(chosen, session)
    if slug not in known:
        fail(f"There is no machine model {slug}, nor a profile of that name. The profiles are {', '.join(known)}.")
    profile = known[slug]
    offers = {each.slug: each.slug for each in supplies.materials(session) if each.slug in profile.materials}
    facts = workshop.ModelFacts(profile.title, MachineKind(profile.kind), slug, offers=offers)
    click.echo(f"Made the machine model {profile.title}; set its rates on the machines page.")
    return workshop.save_model(session, by, facts, slug=slug)


@machine.command("list")
def show() -> None:
    """List the lab's machines: slug, model, driver, address."""
    chosen = settings()
    with database(chosen) as db, db.reading() as session:
        found = workshop.machines(session)
        for each in found:
            click.echo(f"{each.slug:<20} {each.machine_model.slug:<16} {each.driver:<10} {each.url or '-'}")
        if not found:
            click.echo("There are no machines yet.", err=True)


@machine.command("test")
@click.argument("slug")
def test(slug: str) -> None:
    """Ask the machine SLUG whether it would work for us. Exits with 1 when something is wrong."""
    chosen = settings()
    with database(chosen) as db, db.reading() as session:
        found = session.scalar(select(Machine).where(Machine.slug == slug, Machine.retired_at.is_(None)))
        if found is None:
            fail(f"There is no machine {slug}. `fabqueue machine list` names them.")
    if found.is_manual:
        click.echo(f"{found.name} is driven by hand; there is nothing to ask.")
        return
    _report(chosen, health.of(found), found.name)


def _report(chosen: Config, found: health.Health, name: str) -> None:
    reader = words(chosen)
    for problem in found.problems:
        click.echo(reader.say(problem["code"], problem["values"]))
        if advice := reader.advice(problem["code"], problem["values"]):
            click.echo(f"  {advice}")
    if found.problems:
        sys.exit(1)
    click.echo(f"{name} is well: {found.version}.")
