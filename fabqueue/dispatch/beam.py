"""After work on a laser was broken off: its beam is off when the controller says so, and else somebody must look.

The row says that it is to be looked for, from the transaction that ended the work on; so a worker that dies loses
nothing, and the next look goes on with it.
"""

import structlog

from fabqueue.dispatch.case import Case
from fabqueue.dispatch.facts import View
from fabqueue.dispatch.lease import Lease
from fabqueue.models import Beam
from fabqueue.services import lasers
from printers.driver import Driver, DriverError

RETRY_SECONDS = 20.0
"""How often it is tried again where the controller did not acknowledge it."""
SILENT = 2
"""Looks in a row that came to nothing before people read that nothing is known."""
_log = structlog.get_logger(__name__)


def pursue(lease: Lease, driver: Driver, case: Case, view: View) -> None:
    """Send the command again and look for its acknowledgement. Raises LeaseLost."""
    if case.beam not in {Beam.ASKED, Beam.UNCONFIRMED} or view.busy:
        return
    if view.idle:
        if case.beam is Beam.ASKED or case.beam_age > RETRY_SECONDS:
            _note(lease, case, Beam.OFF if _is_acknowledged(driver, case) else Beam.UNCONFIRMED)
    elif case.beam is Beam.ASKED and (view.status is not None or view.misses >= SILENT):
        _note(lease, case, Beam.UNCONFIRMED)


def _is_acknowledged(driver: Driver, case: Case) -> bool:
    try:
        return driver.send_lines(case.connection.after_cancel)
    except DriverError as error:
        _log.warning("beam_not_confirmed", machine=case.bench.name, error=str(error))
        return False


def _note(lease: Lease, case: Case, found: Beam) -> None:
    with lease.writing(case.machine_id) as (session, machine):
        lasers.beam_is(session, machine, found)
