"""Done by the day it is needed? Said at the quote and at the review, before anybody promises it."""

from datetime import date

from fabqueue.dispatch.promise import Promise
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
    return Promises(reading(), context().config).promised(option, owner, day, colour, machine, required)
