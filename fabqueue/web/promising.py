"""Done by the day it is needed? Said at the quote and at the review, before anybody promises it."""

from datetime import date

from fabqueue.db import now
from fabqueue.dispatch import lines, promise
from fabqueue.dispatch.match import Wish
from fabqueue.dispatch.promise import Promise
from fabqueue.dispatch.seeing import patience
from fabqueue.models import Machine, Person
from fabqueue.services.quotes import Option
from fabqueue.tasks.promises import Promises
from fabqueue.web.site import context, reading


def promised(
    option: Option | None, owner: Person, day: date | None, colour: str = "", machine: Machine | None = None,
    required: bool = False,
) -> Promise | None:  # fmt: skip
    """The answer for an option that somebody chose; None where no day is named."""
    if option is None or day is None:
        return None
    config, model = context().config, option.machine_model
    wish = Wish(
        model.id, option.material.id, option.material.name, colour,
        round(option.milligrams["expected"]) if option.milligrams else None,
        option.seconds["expected"] if option.seconds else None, machine.id if machine else "",
        required and machine is not None, patience(config, now()),
        not model.needs_certification or owner.certified_for(model.id, model.kind),
    )  # fmt: skip
    return promise.by(Promises(reading(), config), wish, lines.quoted(option.seconds), owner.id, day)
