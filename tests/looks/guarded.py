"""People of the pictured lab who have no account of their own, or one that somebody looks after."""

from typing import TYPE_CHECKING

from fabqueue.demo.catalogue import BIG
from fabqueue.demo.lab import person
from fabqueue.services import guarding, guests, people, sign_ins
from fabqueue.services.jobs import Wish
from tests.support import factories

if TYPE_CHECKING:
    from tests.looks.lab import Builder


def fill(builder: "Builder") -> None:
    """A guest with a job and a design that waits, a pupil without consent to appear, and one with it."""
    _guest(builder)
    with builder.writing() as session:
        tara, mia = builder.tara(session), person(session, "mia")
        for name, shown in {"lena": "Lena Brandt", "paul": "Paul Okoye"}.items():
            pupil = people.sign_up(session, builder.context.config.people, name, factories.PASSWORD, display_name=shown)
            guarding.guard(session, pupil, tara, mia)
        guarding.give_consent(session, pupil, tara, "His mother, on paper, file 12")


def _guest(builder: "Builder") -> None:
    with builder.writing() as session:
        guest = guests.begin(session, "Hanna Vogel", by=builder.tara(session))
        guests.give_code(session, guest)
        builder.made.guest = guest.user_name
        builder.made.people[guest.user_name] = sign_ins.begin(session, guest)
    for filename, size_mm in {"name-plate.stl": (60, 20, 3), "coaster.stl": (90, 90, 4)}.items():
        builder.upload(guest, filename, factories.box_stl(size_mm))
    builder.analyse()
    with builder.writing() as session:
        owner = person(session, guest.user_name)
        wish = Wish(BIG, "pla", quantity=2, note="For the door of class 6b.")
        builder.submit(session, builder.draft(session, "of a guest", owner, "name-plate.stl", wish))
