"""A laser's test card asked for, step by step as its page does it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from fabqueue.db import WritingSession
from fabqueue.dispatch.context import Context
from fabqueue.models import Job, MachineModel, Person, Revision
from fabqueue.services import cards, jobs, profiles
from fabqueue.services.jobs import Wish
from fabqueue.services.laserwork import CARD
from fabqueue.tasks import burn, estimates
from fabqueue.tasks.analyse import carry_out
from printers.lasers import Setting

TRIED: Mapping[str, Any] = {
    "operation": "cut", "powers": [20.0, 50.0, 80.0], "speeds": [5.0, 30.0],
    "setting": asdict(Setting(65, 18, kerf_mm=0.2)), "label": asdict(Setting(15, 100, air=False)),
}  # fmt: skip
"""Three powers at two speeds: a card of 57 x 41 mm."""


def laser_of(context: Context, model: str) -> dict[str, Any]:
    """The laser of a machine model, as JSON."""
    with context.db.reading() as session:
        found = profiles.of(context.config, session.scalars(select(MachineModel).filter_by(slug=model)).one())
    assert found is not None
    assert found.laser is not None
    return asdict(found.laser)


def design(context: Context, person: str, model: str, material: str, name: str = "Test card") -> str:
    """The revision that the drawing of TRIED is, with its report and the estimate for the card; `person`: an id."""
    colours = cards.colours(context.config)
    kept = burn.card_drawing(context, laser_of(context, model), TRIED, colours)
    with context.db.writing() as session:
        owner = session.get_one(Person, person)
        revision, work = cards.design(session, context.config, owner, kept, "test-card.svg", name)
        session.commit()
        key = revision.id
    if work is not None:
        carry_out(context, work)
    estimates.ensure(context, key, {CARD: TRIED}, model, material)
    return key


def submitted(session: WritingSession, context: Context, revision: str, model: str, material: str) -> Job:
    """A card that waits for review, of whoever its design is."""
    drawn = session.get_one(Revision, revision)
    owner = drawn.design.project.owner
    job = jobs.create(session, context.config, owner, drawn, Wish(model, material, card=TRIED), filed_by=owner)
    jobs.submit(session, context.config, job, owner)
    return job
