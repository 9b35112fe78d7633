"""A lab's day beside its builds: a guest, a pupil, parts asked for together, a showcase, a handover, a spool run low.

The words, and the services they go through; what needs the machines stands in `making`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from fabqueue.db import WritingSession
from fabqueue.demo.catalogue import BIG, PROJECTS, SMALL, DemoProject, Order, stl_of
from fabqueue.demo.lab import person
from fabqueue.demo.shapes import name_plate
from fabqueue.models import Photo, Project, Stock
from fabqueue.services import handover, ledger, photos, projects, showcases, stocks


@dataclass(frozen=True)
class Brought:
    """A file that somebody brings who cannot do it alone, and what is asked for in their name.

    Its order's owner is a user name; empty: the guest. `by` files it for them; empty: they do it themselves.
    """

    file_name: str
    draw: Callable[[], bytes]
    words: str
    order: Order
    by: str = ""


BROUGHT = (
    Brought("name-tag-lea.stl", stl_of(lambda: name_plate("LEA")), "A name tag for my school bag, in orange.",
            Order("", SMALL, "orange", note="I come by on Saturday afternoon.")),
    Brought("name-tag-sam.stl", stl_of(lambda: name_plate("SAM")), "Sam drew it in the Wednesday course.",
            Order("sam", BIG, "grey", note="For Sam's locker; the course pays nothing extra."), by="ines"),
)  # fmt: skip

TOGETHER = (
    (2, Order("mia", SMALL, "orange", 2)),
    (6, Order("mia", BIG, "grey")),
)
"""Index of a project and an order: one request of several jobs."""
TOGETHER_NOTE = "Everything for one drawing machine: two gears and the bearing it turns on. It only helps complete."

SHOWCASE = (
    "Small things that mend big ones",
    "Three parts from this lab. Each took less than an hour and kept something from the bin.",
)
SLIDES: tuple[tuple[int | None, str, str, str], ...] = (
    (0, "A shelf that stays up", "The gusset is the whole idea.", "Where does a bracket without it break?"),
    (
        None,
        "Before you throw it away",
        "A knob, a clip, a hinge: **one missing part** is why most things are given up.",
        "",
    ),
    (
        1,
        "The amplifier plays again",
        "Measured with a caliper, drawn in twenty minutes.",
        "How would you hold a 6 mm shaft?",
    ),
    (3, "Four for every desk", "", "Why PETG here, and not PLA?"),
)
"""Index of a project (None: words alone), title, words, question."""

HANDED_OVER = ("Ordered 2 kg of grey PLA; it comes on Thursday.",
               "The mini printer lost a door sign this morning: I cleaned its bed, please watch the next first layer.\n"
               "The orange spool there is nearly empty, a new one lies in the drawer.")  # fmt: skip
"""What was done since, and what counts now."""

LOW = ("PLA orange", 92.0, "Weighed: the label said more than there was.")
PAID_IN = ("mia", 2000, "Cash at the counter")

SHOWN_TEXT = """
## How it looks

![{words}](photo:{key})

The note at the shelf was right: no brim, and the layers run along both legs.
"""
SHOWN_WORDS = "The finished bracket, drawn by the simulated camera"


def project_of(session: WritingSession, project: DemoProject) -> Project:
    return session.scalars(select(Project).where(Project.title == project.title)).one()


def play(session: WritingSession) -> None:
    """What people write and note once the builds lie on the shelf."""
    _showcase(session)
    _handover(session)
    _picture_in_text(session, PROJECTS[0])
    label, left, why = LOW
    stocks.weigh(
        session, person(session, "tara"), session.scalars(select(Stock).where(Stock.label == label)).one(), left, why
    )
    name, minor, note = PAID_IN
    ledger.payment(session, ledger.account_of(session, person(session, name)), minor, person(session, "tara"), note)


def _showcase(session: WritingSession) -> None:
    ines = person(session, "ines")
    made = showcases.create(session, ines, *SHOWCASE)
    for index, *caption in SLIDES:
        if index is None:
            showcases.add_words(session, made, ines, *caption)
        else:
            slide = showcases.add_project(session, made, ines, project_of(session, PROJECTS[index]))
            showcases.change_item(session, slide, ines, *caption)
    showcases.publish(session, made, ines)


def _handover(session: WritingSession) -> None:
    tara, adam = person(session, "tara"), person(session, "adam")
    done, current = HANDED_OVER
    handover.done(session, tara, handover.write(session, adam, done))
    handover.write(session, tara, current)


def _picture_in_text(session: WritingSession, project: DemoProject) -> None:
    """A co-author puts a build's photo into the documentation, which is one more version of it."""
    made, by = project_of(session, project), person(session, project.co_authors[0])
    seen: Photo = next(each for each in photos.of_project(session, made) if not each.is_of_failure)
    photos.describe(session, seen, by, SHOWN_WORDS)
    text = made.documentation + SHOWN_TEXT.format(words=SHOWN_WORDS, key=seen.id)
    projects.change(session, made, by, {"documentation": text})
