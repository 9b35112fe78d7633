"""Carrying out what technicians have a laser's controller do: once, at a free laser, and not later than they wait for.

That it has begun is written down before it is sent: whoever finds it begun does not send it again.
"""

import structlog

from fabqueue.dispatch.case import Case
from fabqueue.dispatch.facts import View
from fabqueue.dispatch.lease import Lease
from fabqueue.models import ChoreState
from fabqueue.services import chores
from printers.driver import Chore, Driver, DriverError

WINDOW = 30.0
"""Seconds after which nobody expects it any more."""
_log = structlog.get_logger(__name__)


def pursue(lease: Lease, driver: Driver, case: Case, view: View) -> None:
    """Raises LeaseLost, Conflict when it was taken back meanwhile."""
    if case.chore is None:
        return
    if case.chore_begun:  # by somebody who did not come to its end
        _note(lease, case, ChoreState.UNCONFIRMED)
    elif case.run is not None or case.chore_age > WINDOW:
        _note(lease, case, ChoreState.MISSED)
    elif view.idle:
        _note(lease, case, ChoreState.BEGUN)
        _note(lease, case, ChoreState.DONE if _is_done(driver, case) else ChoreState.UNCONFIRMED)


def _is_done(driver: Driver, case: Case) -> bool:
    try:
        return driver.carry_out(Chore(case.chore or ""))
    except DriverError as error:
        _log.warning("chore_failed", machine=case.bench.name, chore=case.chore, error=str(error))
        return False


def _note(lease: Lease, case: Case, state: ChoreState) -> None:
    with lease.writing(case.machine_id) as (session, machine):
        chores.became(session, machine, state)
