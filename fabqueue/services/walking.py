"""The walking order: in which order people pass the machines."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from fabqueue.models import Machine, Person
from fabqueue.services import events, locks, sites, workshop
from fabqueue.services.errors import Conflict


def move(session: Session, by: Person, machine: Machine, places: int) -> None:
    """Move a machine by so many places (-1: one nearer to the start); at an end it stays. Raises Conflict."""
    order = list(_locked(session))
    if machine not in order:
        raise Conflict("retired", "walking_order_changed")
    new = max(0, min(len(order) - 1, order.index(machine) + places))
    order.remove(machine)
    order.insert(new, machine)
    _keep(session, by, order)


def arrange(session: Session, by: Person, slugs: Sequence[str]) -> None:
    """Take a whole order. Raises Conflict when these are not the machines that are here now."""
    here = {each.slug: each for each in _locked(session)}
    if sorted(here) != sorted(slugs):
        raise Conflict("changed", "walking_order_changed")
    _keep(session, by, [here[slug] for slug in slugs])


def _locked(session: Session) -> Sequence[Machine]:
    """The machines as they stand, while nobody else rearranges them."""
    locks.lock(session, sites.the_site(session))
    return workshop.machines(session)


def _keep(session: Session, by: Person, order: Sequence[Machine]) -> None:
    for place, machine in enumerate(order):
        if machine.position != place:
            events.record(session, events.actor_of(by), machine, "move", old=str(machine.position), new=str(place))
            machine.position = place
    session.flush()
