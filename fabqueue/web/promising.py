"""Done by the day it is needed? Said at the quote and at the review, before anybody promises it."""

from collections.abc import Sequence
from datetime import date

from fabqueue.dispatch.promise import Promise
from fabqueue.models import DesignKind, Machine, Person
from fabqueue.services import spreading
from fabqueue.services.jobs import MOST_COPIES
from fabqueue.services.quotes import Option
from fabqueue.tasks.promises import Promises
from fabqueue.web.site import context, reading


def promised(
    option: Option | None, owner: Person, day: date | None, colour: str = "", machine: Machine | None = None,
    required: bool = False, beds: Sequence[int] = (),
) -> Promise | None:  # fmt: skip
    """The answer for an option that somebody chose, made in runs of so many copies; None where no day is named."""
    if option is None or day is None:
        return None
    return Promises(reading(), context().config).promised(option, owner, day, colour, machine, required, beds)


def divided(
    kind: DesignKind, option: Option, quantity: int | None, asked: int | None, machine: Machine | None
) -> list[int]:
    """The copies of each run, were it approved now; asked: up to how many machines at once, None: as the rule has it.

    machine: the one that is to make it, and then makes all.
    """
    copies = max(1, min(quantity or 1, MOST_COPIES))
    seconds = option.seconds["expected"] if option.seconds else None
    wanted, model = max(1, asked) if asked is not None else None, option.machine_model
    return spreading.portions(reading(), context().config, kind, model, copies, seconds, wanted, machine)
